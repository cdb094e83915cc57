"""`python -m tests.clients.dimo_data_sdk`: needs Node 18 or newer, with npm."""

import sys

from tests.clients.dimo_scene import main
from tests.clients.environments import bundle_command

if __name__ == "__main__":
    sys.exit(main(bundle_command("@dimo-network/data-sdk", version="1.6.0", program="dimo_data_sdk_calls.mjs")))
