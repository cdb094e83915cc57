"""`python -m tests.clients.grammy`: needs Node 18 or newer, with npm."""

import sys

from tests.clients.node import command
from tests.clients.scene import main

if __name__ == "__main__":
    sys.exit(main(command("grammy", version="1.46.0")))
