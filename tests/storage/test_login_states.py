from collections.abc import Callable
from functools import partial

import pytest

from storage.engine.database import Database, Tx
from storage.repositories import login_states
from tests.support.records import CHAT, MINUTE, NOW
from tests.support.threads import race


def use(tx: Tx, **changes: object) -> bool:
    arguments = {"state_hash": "hash", "chat_id": CHAT, "now": NOW, **changes}
    return login_states.use(tx, **arguments)  # type: ignore[arg-type]  # the test chooses what is wrong


@pytest.fixture
def shown(database: Database) -> Database:
    database.run_now(lambda tx: login_states.add(tx, state_hash="hash", chat_id=CHAT, expires_at=NOW + MINUTE))
    return database


def test_state_is_used_once(shown: Database) -> None:
    assert [shown.run_now(use), shown.run_now(use)] == [True, False]


@pytest.mark.parametrize(
    "wrong",
    [{"state_hash": "other"}, {"chat_id": CHAT + 1}, {"now": NOW + MINUTE}],
    ids=["another state", "another chat", "too late"],
)
def test_state_of_another_chat_or_time_is_not_used_up(shown: Database, wrong: dict[str, object]) -> None:
    assert not shown.run_now(lambda tx: use(tx, **wrong))
    assert shown.run_now(use)


def test_a_chat_waits_for_the_newest_link_until_it_is_used_or_over(shown: Database) -> None:
    def is_open(chat: int = CHAT, after: float = 0) -> bool:
        now = NOW + MINUTE * after
        return shown.run_now(lambda tx: login_states.is_open(tx, chat_id=chat, now=now))

    assert [is_open(), is_open(CHAT + 1), is_open(after=1)] == [True, False, False]
    shown.run_now(lambda tx: login_states.add(tx, state_hash="newer", chat_id=CHAT, expires_at=NOW + 2 * MINUTE))
    shown.run_now(use)
    assert is_open(after=1.5)
    shown.run_now(lambda tx: use(tx, state_hash="newer"))
    assert not is_open()


def test_of_many_simultaneous_uses_in_two_processes_one_succeeds(
    shown: Database, open_database: Callable[[], Database]
) -> None:
    other = open_database()
    runners = [partial(db.run_now, use) for db in (shown, other) * 8]
    assert sorted(race(runners)) == [False] * 15 + [True]
