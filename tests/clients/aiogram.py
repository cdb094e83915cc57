"""`python -m tests.clients.aiogram`."""

import sys

from tests.clients.environments import python_command
from tests.clients.telegram_scene import main

if __name__ == "__main__":
    sys.exit(main(python_command("aiogram", version="3.31.0", program="aiogram_bot.py")))
