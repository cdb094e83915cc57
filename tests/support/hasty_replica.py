"""The bot as a process that is declared dead soon, and without its limits on people and homes."""

import sys
from typing import cast

from bot.domain import limits

_UNLIMITED = 10**9


def lift_limits() -> None:
    """Lift what keeps people from flooding the bot; called before anything imports it by name."""
    limits.ACTIONS_PER_MINUTE = _UNLIMITED
    known = cast("dict[limits.Bound, limits.Limit]", limits.LIMITS)
    known.update({bound: limits.Limit(_UNLIMITED, limit.window) for bound, limit in known.items()})


def hasten() -> None:
    """Let a dead process be noticed within seconds."""
    from bot.service import background, inbox, lease
    from bot.service.actions import recovery
    from storage.engine import heartbeat

    heartbeat.BEAT_SECONDS, heartbeat.HELD_SECONDS, heartbeat.DEAD_SECONDS = 0.5, 8.0, 9.0
    background._OTHERS_SECONDS = background._SOON_SECONDS = 0.5
    lease._EVERY_SECONDS = inbox._EVERY_SECONDS = recovery._EVERY_SECONDS = 0.5


if __name__ == "__main__":
    lift_limits()
    hasten()
    from bot.__main__ import main

    sys.exit(main([]))
