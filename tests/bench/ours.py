"""The bot without its limits on people and homes: a bench is a flood."""

import sys

from bot.__main__ import main
from tests.support.hasty_replica import lift_limits

if __name__ == "__main__":
    lift_limits()
    sys.exit(main([]))
