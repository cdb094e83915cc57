from datetime import UTC, datetime, timedelta

import pytest

from bot.domain import limits

NOW = datetime(2026, 5, 1, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("age", "is_late"),
    [
        (timedelta(), False),
        (timedelta(seconds=120), False),
        (timedelta(seconds=120, microseconds=1), True),
        (timedelta(days=1), True),
        (timedelta(seconds=-30), False),  # Telegram's clock may be slightly ahead
    ],
)
def test_commands_older_than_two_minutes_are_too_old(age: timedelta, is_late: bool) -> None:
    assert limits.is_too_old(NOW - age, now=NOW) is is_late


def test_the_limits_are_those_that_were_promised() -> None:
    assert timedelta(minutes=3) == limits.UNSETTLED_FOR
    assert timedelta(minutes=6) == limits.QUIET_WATCH
    assert timedelta(minutes=15) == limits.LINK_STATE_LIFETIME
    assert timedelta(days=3) == limits.END_NOTICE
    assert timedelta(minutes=1) == limits.OPENINGS_WINDOW
