from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial

import pytest
from sqlalchemy import select, update

from storage.encryption.vault import Tampered
from storage.engine.database import Database, Tx
from storage.records import CodeWatch, CodeWatchDetails
from storage.repositories import code_watches
from storage.tables import CODE_WATCHES
from tests.support.records import CAR, CHAT, MINUTE, NOW, a_code_watch, some_watch_details
from tests.support.threads import race

MOMENT = timedelta(microseconds=1)
LATER = NOW + 60 * MINUTE


def put(database: Database, *watches: CodeWatch) -> None:
    for watch in watches:
        database.run_now(partial(code_watches.put, record=watch))


def get(database: Database, *, chat_id: int = CHAT, car_id: int = CAR) -> CodeWatch | None:
    return database.run_now(lambda tx: code_watches.get(tx, chat_id, car_id))


def due(database: Database) -> list[CodeWatch]:
    return database.run_now(lambda tx: code_watches.due(tx, now=NOW))


def claim(database: Database, watch: CodeWatch, *, next_look_at: datetime = LATER) -> bool:
    return database.run_now(lambda tx: code_watches.claim(tx, watch, next_look_at=next_look_at))


@pytest.fixture
def watched(database: Database) -> Database:
    put(database, a_code_watch())
    return database


@pytest.mark.parametrize("details", [some_watch_details(), CodeWatchDetails()], ids=["full", "empty"])
def test_watch_comes_back_as_it_was_kept(database: Database, details: CodeWatchDetails) -> None:
    watch = a_code_watch(details=details)
    put(database, watch)
    assert get(database) == watch
    assert due(database) == [watch]


def test_putting_again_replaces_the_watch(watched: Database) -> None:
    slower = a_code_watch(every_seconds=86_400, next_look_at=LATER, details=CodeWatchDetails())
    put(watched, slower)
    assert get(watched) == slower


def test_car_that_is_not_watched_has_no_watch(watched: Database) -> None:
    assert get(watched, car_id=CAR + 1) is None
    assert get(watched, chat_id=CHAT + 1) is None


def test_dropped_watch_is_gone_and_others_stay(watched: Database) -> None:
    others = [a_code_watch(car_id=CAR + 1), a_code_watch(chat_id=CHAT + 1)]
    put(watched, *others)
    watched.run_now(lambda tx: code_watches.drop(tx, CHAT, CAR))
    assert get(watched) is None
    assert due(watched) == others


def test_watch_that_is_off_is_kept_and_never_due(watched: Database) -> None:
    off = a_code_watch(every_seconds=0)
    put(watched, off)
    assert get(watched) == off
    assert due(watched) == []
    assert watched.run_now(code_watches.next_due) is None
    assert not claim(watched, off)


def test_due_are_those_whose_look_has_come_the_earliest_first(database: Database) -> None:
    watches = [
        a_code_watch(next_look_at=NOW),
        a_code_watch(car_id=CAR + 1, next_look_at=NOW - MINUTE),
        a_code_watch(chat_id=CHAT + 1, next_look_at=NOW - 2 * MINUTE),
        a_code_watch(car_id=CAR + 2, next_look_at=NOW + MOMENT),
    ]
    put(database, *watches)
    assert due(database) == watches[2::-1]


def test_next_due_is_the_soonest_look(watched: Database) -> None:
    put(watched, a_code_watch(car_id=CAR + 1, next_look_at=LATER))
    assert watched.run_now(code_watches.next_due) == NOW
    assert watched.run_now(lambda tx: code_watches.next_due(tx, after=NOW)) == LATER


def test_next_due_without_a_watch_is_none(database: Database) -> None:
    assert database.run_now(code_watches.next_due) is None


def test_claimed_watch_is_due_at_its_next_look_and_keeps_the_rest(watched: Database) -> None:
    assert claim(watched, a_code_watch())
    assert get(watched) == a_code_watch(next_look_at=LATER)
    assert due(watched) == []


def test_second_claim_gets_nothing(watched: Database) -> None:
    claim(watched, a_code_watch())
    assert not claim(watched, a_code_watch(), next_look_at=LATER + MINUTE)
    assert get(watched) == a_code_watch(next_look_at=LATER)


def test_a_claim_that_moves_nothing_gets_nothing(watched: Database) -> None:
    """Otherwise the next process could claim the watch, too."""
    assert not claim(watched, a_code_watch(), next_look_at=NOW)
    assert claim(watched, a_code_watch())


def test_dropped_watch_is_not_claimed(watched: Database) -> None:
    watched.run_now(lambda tx: code_watches.drop(tx, CHAT, CAR))
    assert not claim(watched, a_code_watch())


def test_claiming_leaves_other_watches_alone(watched: Database) -> None:
    others = [a_code_watch(car_id=CAR + 1), a_code_watch(chat_id=CHAT + 1)]
    put(watched, *others)
    assert claim(watched, a_code_watch())
    assert due(watched) == others


def test_of_many_claims_in_two_processes_exactly_one_wins(
    watched: Database, open_database: Callable[[], Database]
) -> None:
    databases = (watched, open_database()) * 8
    runners = [
        partial(claim, database, a_code_watch(), next_look_at=LATER + number * MOMENT)
        for number, database in enumerate(databases)
    ]
    answers = race(runners)
    assert sorted(answers) == [False] * 15 + [True]
    assert get(watched) == a_code_watch(next_look_at=LATER + answers.index(True) * MOMENT)


def test_of_many_claims_of_one_next_look_exactly_one_wins(
    watched: Database, open_database: Callable[[], Database]
) -> None:
    """Processes whose clocks agree ask for the same time."""
    databases = (watched, open_database()) * 8
    assert sorted(race([partial(claim, each, a_code_watch()) for each in databases])) == [False] * 15 + [True]


def test_what_is_read_to_be_changed_is_changed_by_one_at_a_time(
    watched: Database, open_database: Callable[[], Database]
) -> None:
    """Without the lock two would read the same codes, and one of their changes would be lost."""

    def mute(tx: Tx, code: str) -> None:
        watch = code_watches.get_for_update(tx, CHAT, CAR)
        assert watch is not None
        details = replace(watch.details, muted=(*watch.details.muted, code))
        code_watches.put(tx, replace(watch, details=details))

    codes = [f"P{number:04}" for number in range(16)]
    databases = (watched, open_database()) * 8
    race([partial(each.run_now, partial(mute, code=code)) for each, code in zip(databases, codes, strict=True)])
    kept = get(watched)
    assert kept is not None
    assert sorted(kept.details.muted) == sorted([*some_watch_details().muted, *codes])


@pytest.mark.parametrize(
    "target",
    [a_code_watch(car_id=CAR + 1), a_code_watch(chat_id=CHAT + 1)],
    ids=["another car", "another chat"],
)
def test_what_is_copied_into_another_row_does_not_open(watched: Database, target: CodeWatch) -> None:
    def attack(tx: Tx) -> None:
        sealed = tx.connection.execute(select(CODE_WATCHES.c.sealed)).scalar_one()
        code_watches.put(tx, target)
        tx.connection.execute(update(CODE_WATCHES).values(sealed=sealed))

    watched.run_now(attack)
    with pytest.raises(Tampered):
        get(watched, chat_id=target.chat_id, car_id=target.car_id)


def test_a_watch_that_does_not_open_is_left_out_of_what_is_due_and_stays(watched: Database) -> None:
    other = a_code_watch(car_id=CAR + 1)
    put(watched, other)
    change = update(CODE_WATCHES).where(CODE_WATCHES.c.car_id == CAR).values(sealed=bytes(80))
    watched.run_now(lambda tx: tx.connection.execute(change))
    assert due(watched) == [other]
    with pytest.raises(Tampered):
        get(watched)
    assert watched.run_now(lambda tx: len(tx.connection.execute(CODE_WATCHES.select()).all())) == 2


def test_nothing_private_is_in_a_records_text() -> None:
    told = repr(a_code_watch())
    assert not [code for code in ("P0301", "C1234", "B0001", "U0100") if code in told]
