"""A database as after years: a million rows in the journal, made in a minute or two."""

import random
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import islice
from typing import Any

from sqlalchemy import Table, insert

from storage.engine.database import Database, Tx
from storage.records import ActionDetails, ActionRow, CodeEntry, CodeQuery, CodeQueryDetails, Home, Prompt
from storage.repositories.sealed_records import SealedRecords
from storage.tables import ACTIONS, CODE_QUERIES, HOMES, PROMPTS

BIG = 700_001
"""The home chat that has a tenth of all actions."""

HOMES_IN_ALL = 1000
DAYS = 170
RARE, USUAL = "frunk", ("lock", "unlock", "trunk", "charge_start", "charge_stop")
_BATCH = 5000


def fill(database: Database, actions: int, *, homes: int = HOMES_IN_ALL, in_big: int | None = None) -> None:
    """Store this many actions, a fifth as many questions and a twentieth as many queries of error codes.

    One home has `in_big` of the actions, a tenth if it is not given; the oldest of them, and no other, is rare.
    """
    chance = random.Random(7)  # noqa: S311 - made-up rows
    big = actions // 10 if in_big is None else in_big
    now = datetime.now(UTC)
    step = timedelta(days=DAYS) / actions
    places = [BIG if number * big % actions < big else BIG + 1 + chance.randrange(homes) for number in range(actions)]

    first = places.index(BIG)
    kinds = (RARE if number == first else chance.choice(USUAL) for number in range(actions))
    journal = (
        an_action(home, now - step * (actions - number), kind, chance)
        for number, (home, kind) in enumerate(zip(places, kinds, strict=True))
    )
    _store(database, ACTIONS, ActionRow, journal)
    old = (an_action(home, now - timedelta(days=1), "lock", chance) for home in places[: actions // 5])
    _store(database, PROMPTS, Prompt, (_prompt(one) for one in old))
    _store(database, CODE_QUERIES, CodeQuery, (_query(home, now, chance) for home in places[: actions // 20]))
    linked = (Home(BIG + n, BIG + n, f"Person {n}", f"0x{n:040x}", None, now) for n in range(homes + 1))
    _store(database, HOMES, Home, linked)


def an_action(home: int, at: datetime, kind: str, chance: random.Random) -> ActionRow:
    """Make an action that ended long ago."""
    return ActionRow(
        id=str(uuid.UUID(int=chance.getrandbits(128), version=4)),
        home_chat_id=home,
        chat_id=home,
        message_id=chance.randrange(10**6),
        person_id=home + 10**6 * chance.randrange(5),
        car_id=home,
        state="confirmed",
        instance=1,
        requested_at=at,
        sent_at=at,
        settled_at=at,
        watch_until=None,
        details=ActionDetails(kind, "Anna", "Bluey"),
        shown_state="confirmed",
        version=1,
        shown_version=1,
    )


def _prompt(it: ActionRow) -> Prompt:
    return Prompt(
        id=f"q-{it.id}",
        chat_id=it.chat_id,
        home_chat_id=it.home_chat_id,
        person_id=it.person_id,
        car_id=it.car_id,
        message_id=it.message_id,
        state="expired",
        created_at=it.requested_at,
        expires_at=it.requested_at,
        subject="unlock",
    )


def _query(home: int, now: datetime, chance: random.Random) -> CodeQuery:
    return CodeQuery(
        chat_id=home,
        car_id=home,
        id=f"{chance.getrandbits(64):x}",
        person_id=home + 10**6,
        state="delivered",
        asked_at=now,
        clear_state="delivered",
        details=CodeQueryDetails((CodeEntry("P0301", "A misfire"),), "typed", "Anna", "Ben", None, home + 2 * 10**6),
    )


def _store(database: Database, table: Table, kind: type[Any], records: Iterator[Any]) -> None:
    sealed = SealedRecords(table, kind)
    while batch := list(islice(records, _BATCH)):
        database.run_now(partial(_insert, table=table, sealed=sealed, batch=batch))


def _insert(tx: Tx, table: Table, sealed: SealedRecords[Any], batch: list[Any]) -> None:
    tx.connection.execute(insert(table), [sealed.row(tx, one) for one in batch])
