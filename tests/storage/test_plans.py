"""What runs while nobody does anything, and erasure, read no table from end to end that grows with use."""

from collections.abc import Callable
from datetime import datetime
from functools import partial

import pytest
from sqlalchemy import bindparam, select

from storage.engine.database import Database, Tx
from storage.maintenance import retention
from storage.repositories import (
    cars,
    code_queries,
    code_watches,
    erasure,
    events,
    home_settings,
    homes,
    inbox,
    journal,
    journal_pages,
    key_values,
    link_consents,
    members,
    note_watches,
    panels,
    prompts,
    schedules,
    tokens,
)
from storage.tables import ACTIONS
from tests.support.plans import plans, whole_reads
from tests.support.records import CAR, CHAT, NOW, PERSON, store_one_of_each

SMALL = {
    *("events", "inbox", "link_consents", "link_permissions"),  # what waits now, and who may link
    *("cars", "home_settings"),  # read by intent: every home's, twice an hour or once a day
    "homes",  # in this plan: the homes that the purge has jumped to
}


def every_idle_look(tx: Tx, now: datetime) -> None:
    journal.open_ends(tx, now=now, since=now)
    inbox.every(tx)
    key_values.get(tx, "polling")
    for look in (
        events.due,
        code_queries.due,
        code_watches.due,
        note_watches.due,
        schedules.due,
        prompts.expire_due,
        members.ended_untold,
    ):
        look(tx, now=now)
    nexts = (
        events.next_due,
        code_queries.next_due,
        code_watches.next_due,
        note_watches.next_due,
        schedules.next_due,
        members.next_end,
    )
    for following in nexts:
        following(tx, after=now)
    for soonest in (prompts.next_expiry, link_consents.next_expiry, prompts.stale, home_settings.every, cars.every):
        soonest(tx)
    link_consents.take_expired(tx, now=now)
    tokens.ending(tx, before=now)
    cars.ending(tx, before=now)


def forget_and_unlink(tx: Tx) -> None:
    panels.of_home(tx, CHAT)
    prompts.cancel_of_person(tx, home_chat_id=CHAT, person_id=PERSON)
    prompts.cancel_of_car(tx, home_chat_id=CHAT, car_id=CAR)
    erasure.is_under_way(tx, PERSON)
    homes.unlink(tx, CHAT)
    erasure.forget(tx, PERSON)


@pytest.mark.parametrize(
    "work",
    [
        partial(every_idle_look, now=NOW),
        partial(retention.purge, now=NOW),
        forget_and_unlink,
        partial(journal_pages.people, home_chat_id=CHAT),
    ],
    ids=["idle", "purge", "erasure", "people of the log"],
)
def test_no_table_that_grows_with_use_is_read_from_end_to_end(database: Database, work: Callable[[Tx], object]) -> None:
    database.run_now(store_one_of_each)
    with plans() as seen:
        database.run_now(work)
    assert seen
    assert set(whole_reads(seen)) - SMALL == set()


def test_a_whole_read_is_noticed(database: Database) -> None:
    with plans() as seen:
        database.run_now(
            lambda tx: tx.all(select(ACTIONS.c.id).where(ACTIONS.c.instance == bindparam("one")), {"one": 1})
        )
    assert set(whole_reads(seen)) == {"actions"}
