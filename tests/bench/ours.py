"""The bot without its limits on people, homes and messages: a bench is a flood."""

import os
import sys

from bot.__main__ import main
from bot.telegram.transport import limits
from tests.support.hasty_replica import lift_limits

KEEPS_MESSAGE_LIMITS = "BENCH_KEEPS_MESSAGE_LIMITS"

if __name__ == "__main__":
    lift_limits()  # before anything imports them by name
    if KEEPS_MESSAGE_LIMITS not in os.environ:
        limits.TELEGRAM = None
    sys.exit(main([]))
