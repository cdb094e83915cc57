"""The bot without its limits on people, homes and messages: a bench is a flood."""

import os
import sys
from typing import cast

from bot.__main__ import main
from bot.domain import limits
from bot.telegram.transport import limits as message_limits

KEEPS_MESSAGE_LIMITS = "BENCH_KEEPS_MESSAGE_LIMITS"
_UNLIMITED = 10**9

if __name__ == "__main__":
    # Before anything imports them by name.
    limits.ACTIONS_PER_MINUTE = _UNLIMITED
    known = cast("dict[limits.Bound, limits.Limit]", limits.LIMITS)
    known.update({bound: limits.Limit(_UNLIMITED, limit.window) for bound, limit in known.items()})
    if KEEPS_MESSAGE_LIMITS not in os.environ:
        message_limits.TELEGRAM = None
    sys.exit(main([]))
