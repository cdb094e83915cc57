"""`python -m tests.clients.dimo_python_sdk`."""

import sys

from tests.clients.dimo_scene import main
from tests.clients.environments import python_command

if __name__ == "__main__":
    sys.exit(main(python_command("dimo-python-sdk", version="1.8.0", program="dimo_python_sdk_calls.py")))
