"""`python -m tests.clients.grammy`: needs Node 18 or newer, with npm."""

import sys

from tests.clients.environments import node_command
from tests.clients.telegram_scene import main

if __name__ == "__main__":
    sys.exit(main(node_command("grammy", version="1.46.0", program="grammy_bot.cjs")))
