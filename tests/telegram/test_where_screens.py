from datetime import UTC, datetime, timedelta, tzinfo
from zoneinfo import ZoneInfo

import pytest

from bot.domain.whereabouts import Position
from bot.service.cars.where import LocationNotShared, Whereabouts
from bot.telegram import screens
from bot.telegram.ui import taps
from tests.support.screens import NASTY, labels, read_screen

NOW = datetime(2026, 5, 1, 12, 0, tzinfo=UTC)
BERLIN = ZoneInfo("Europe/Berlin")


def a_position(**changes: object) -> Position:
    values: dict[str, object] = {"latitude": -33.9, "longitude": 18.4, "at": NOW, "accuracy_metres": 6.0}
    return Position(**{**values, "is_approximate": False, **changes})  # type: ignore[arg-type]  # its own values


def address(position: Position, zone: tzinfo = UTC) -> str:
    screen = screens.where.where(Whereabouts("Bluey", position, zone), now=NOW)
    read_screen(screen)
    assert screen.pin is not None
    return screen.pin.address


def test_a_pin_tells_the_time_of_the_home() -> None:
    assert address(a_position()).startswith("12:00 UTC (just now).")
    assert address(a_position(), BERLIN).startswith("14:00 (just now).")
    yesterday = NOW - timedelta(hours=20)
    assert address(a_position(at=yesterday), BERLIN).startswith("30 Apr, 18:00 (20 hours ago).")


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({}, "Exact to about 6 m."),
        ({"accuracy_metres": 0.2}, "Exact to about 1 m."),
        ({"accuracy_metres": None}, "How exact that is, it does not say."),
        ({"is_approximate": True}, "Only the rough area is shared, some kilometres wide."),
    ],
)
def test_a_pin_says_how_exact_it_is(changes: dict[str, object], words: str) -> None:
    assert address(a_position(**changes)).endswith(words)


def test_names_can_do_no_harm() -> None:
    it = Whereabouts(NASTY, a_position(), UTC)
    read_screen(screens.where.where(it, now=NOW))
    read_screen(screens.where.where(Whereabouts(NASTY, None, UTC), now=NOW))
    read_screen(screens.where.not_shared(LocationNotShared(NASTY, NASTY)))


def test_only_the_owner_gets_the_button_that_shares_the_location() -> None:
    (row,) = screens.where.not_shared(LocationNotShared("Bluey", None)).rows
    assert [button.does for button in row] == [taps.ShareLocation()]
    assert labels(screens.where.not_shared(LocationNotShared("Bluey", "Anna"))) == []
