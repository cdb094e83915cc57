from datetime import UTC, datetime, timedelta

import pytest

from bot.domain.actions import ACTIONS, Action
from bot.domain.roles import ABILITY_FOR, Ability, Access, Role, may

NOW = datetime(2026, 5, 1, 12, 0, tzinfo=UTC)
EVERYBODY = set(Role)
ALLOWED = {
    Ability.LOCK: EVERYBODY,
    Ability.STATUS: EVERYBODY,
    Ability.OPEN: EVERYBODY,
    Ability.CHARGE: EVERYBODY,
    Ability.READ_CODES: EVERYBODY,
    Ability.WRITE_CODES: {Role.OWNER, Role.DRIVER},
    Ability.WATCH_CODES: {Role.OWNER},
    Ability.READ_LOG: EVERYBODY,
    Ability.WHERE: {Role.OWNER},
    Ability.SCHEDULE: {Role.OWNER, Role.DRIVER},
    Ability.READ_LOG_OF_OTHERS: {Role.OWNER},
    Ability.INVITE: {Role.OWNER},
    Ability.MEMBERS: {Role.OWNER},
    Ability.SHARE_IN_CHAT: {Role.OWNER},
    Ability.SETTINGS: {Role.OWNER},
    Ability.UNLINK: {Role.OWNER},
}


def test_the_table_of_abilities_is_complete() -> None:
    assert set(ALLOWED) == set(Ability)


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("ability", Ability)
def test_roles_may_do_what_the_table_says(role: Role, ability: Ability) -> None:
    assert may(Access(role), ability, now=NOW) == (role in ALLOWED[ability])


@pytest.mark.parametrize("ability", Ability)
def test_without_access_nothing_is_allowed(ability: Ability) -> None:
    assert not may(None, ability, now=NOW)


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("ability", Ability)
@pytest.mark.parametrize("ago", [timedelta(), timedelta(microseconds=1), timedelta(days=400)])
def test_access_that_has_ended_allows_nothing(role: Role, ability: Ability, ago: timedelta) -> None:
    """At the moment of its end access is over."""
    assert not may(Access(role, until=NOW - ago), ability, now=NOW)


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("ability", Ability)
def test_until_its_end_access_allows_what_the_role_allows(role: Role, ability: Ability) -> None:
    access = Access(role, until=NOW + timedelta(microseconds=1))
    assert may(access, ability, now=NOW) == (role in ALLOWED[ability])


@pytest.mark.parametrize("action", Action)
def test_actions_that_open_the_car_need_the_ability_to_open(action: Action) -> None:
    assert (ABILITY_FOR[action] is Ability.OPEN) == ACTIONS[action].opens


@pytest.mark.parametrize(
    ("action", "ability"),
    [
        (Action.LOCK, Ability.LOCK),
        (Action.CHARGE_START, Ability.CHARGE),
        (Action.CHARGE_STOP, Ability.CHARGE),
    ],
)
def test_other_actions_have_abilities_of_their_own(action: Action, ability: Ability) -> None:
    assert ABILITY_FOR[action] is ability
