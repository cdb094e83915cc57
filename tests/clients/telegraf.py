"""`python -m tests.clients.telegraf`: needs Node 18 or newer, with npm."""

import sys

from tests.clients.environments import node_command
from tests.clients.telegram_scene import main

if __name__ == "__main__":
    sys.exit(main(node_command("telegraf", version="4.16.3", program="telegraf_bot.cjs")))
