"""The bot as a process that looks at cars every second, and tells after two that something stands open."""

import sys
from datetime import timedelta

from tests.support.hasty_replica import hasten, lift_limits

LEFT_FOR = 2.0

if __name__ == "__main__":
    lift_limits()
    hasten()
    from bot.domain import note_rules, preferences

    note_rules.LOOKS_WHILE_REPORTING = note_rules.LOOKS_OTHERWISE = timedelta(seconds=1)
    left_for = property(lambda _: timedelta(seconds=LEFT_FOR))
    preferences.Preferences.left_for = left_for  # type: ignore[method-assign, assignment]  # of this process only
    from bot.__main__ import main

    sys.exit(main([]))
