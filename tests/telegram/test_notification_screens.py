from datetime import UTC, datetime, timedelta

import pytest

from bot.domain.actions import ACTIONS, Action
from bot.domain.ids import CarId
from bot.domain.notifications import AccessEnded, AccessLost, HowEnded, MemberJoined, NewsItem, Opening
from bot.domain.outcomes import State
from bot.domain.roles import Role
from bot.telegram import screens
from bot.telegram.ui.taps import Act
from tests.support.screens import NASTY, labels, read_screen

NOW = datetime(2026, 5, 1, 12, 0, tzinfo=UTC)
EARLIER = NOW - timedelta(minutes=10)
TELLABLE = (State.ACCEPTED, State.CONFIRMED, State.NOT_CONFIRMED, State.UNKNOWN)
OPENINGS = [action for action in Action if ACTIONS[action].opens]


def an_opening(
    car: int = 1, *, who: str = "Mum", action: Action = Action.UNLOCK, state: State = State.ACCEPTED
) -> Opening:
    return Opening(CarId(car), NASTY if who == NASTY else f"Car {car}", who, action, EARLIER, state)


@pytest.mark.parametrize("action", OPENINGS)
@pytest.mark.parametrize("state", TELLABLE)
def test_the_text_of_an_opening_claims_no_more_than_is_known(action: Action, state: State) -> None:
    shown = read_screen(screens.notifications.news([an_opening(action=action, state=state)], now=NOW))
    assert ("the car reported it" in shown) == (state is State.CONFIRMED)
    assert ("no clear answer" in shown) == (state is State.UNKNOWN)
    assert "Mum's" in shown


def test_each_car_that_was_opened_has_its_own_lock_button() -> None:
    one = screens.notifications.news([an_opening(), an_opening()], now=NOW)
    assert labels(one) == ["🔒 Lock"]
    two = screens.notifications.news([an_opening(1), an_opening(2), an_opening(1)], now=NOW)
    assert labels(two) == ["🔒 Lock Car 1", "🔒 Lock Car 2"]
    assert [button.does for row in two.rows for button in row] == [
        Act(Action.LOCK, CarId(1)),
        Act(Action.LOCK, CarId(2)),
    ]


def test_a_forgotten_person_is_called_somebody() -> None:
    items: list[NewsItem] = [
        an_opening(who=""),
        MemberJoined("", Role.GUEST, None),
        AccessEnded("", NOW),
    ]
    shown = read_screen(screens.notifications.news(items, now=NOW))
    assert shown.count("Somebody") == shown.count("\n") + 1 == 3


@pytest.mark.parametrize("count", [1, 20, 400])
def test_any_number_of_items_with_any_names_fits_into_a_message(count: int) -> None:
    items: list[NewsItem] = [an_opening(number, who=NASTY, state=State.UNKNOWN) for number in range(1, count + 1)]
    items += [MemberJoined(NASTY, Role.DRIVER, NOW), AccessEnded(NASTY, NOW)] * count
    shown = read_screen(screens.notifications.news(items, now=NOW))
    assert ("more: /log has them" in shown) == (count > 6)


def test_the_end_of_access_names_the_owner_in_private_only() -> None:
    for how in HowEnded:
        assert "Next: ask Dad" in read_screen(screens.notifications.access_ended(AccessLost("Dad", how=how)))
        assert "Dad" not in read_screen(screens.notifications.access_ended(AccessLost("Dad", "Grandma", how)))
        for names in ((NASTY, None), ("Dad", NASTY)):
            read_screen(screens.notifications.access_ended(AccessLost(names[0], names[1], how)))
