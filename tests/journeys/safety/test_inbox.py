"""Nothing that Telegram has handed out is lost: what is slow is stored before Telegram may forget it."""

import asyncio
import json
from collections.abc import Mapping
from contextlib import closing
from datetime import timedelta
from typing import Any

import pytest

from bot.demo.telegram.faults import DROPPED, Fault, held
from storage import Database, Vault, WaitingUpdate
from storage.repositories import inbox
from tests.support.world import Family

pytestmark = pytest.mark.both_databases


def stored(family: Family) -> list[WaitingUpdate]:
    vault = Vault.from_keys([family.environ["ENCRYPTION_KEYS"]])
    with closing(Database.open(family.environ["DATABASE_URL"], vault)) as database:
        return database.run_now(inbox.every)


async def is_acknowledged(family: Family) -> None:
    await family.telegram.until(lambda: not family.telegram.updates_unacknowledged)


async def test_a_slow_command_is_stored_before_it_is_acknowledged_and_forgotten_after_it(family: Family) -> None:
    gate = asyncio.Event()
    family.telegram.fails_next("sendMessage", held(gate))
    said = family.dad.says("/help")
    await is_acknowledged(family)
    assert [one.person_id for one in stored(family)] == [family.dad.id]
    gate.set()
    await family.dad.sees("What I can do", after=said)
    await family.settles()
    assert stored(family) == []


async def test_a_command_that_was_acknowledged_and_not_handled_is_handled_by_the_next_process(family: Family) -> None:
    """The process died: nothing of it is left but the row, with its number."""
    family.telegram.fails_next("sendMessage", Fault(gate=asyncio.Event(), drops=True))
    said = family.dad.says("/help")
    await is_acknowledged(family)
    (row,) = stored(family)
    await family.stop_bot()
    vault = Vault.from_keys([family.environ["ENCRYPTION_KEYS"]])
    with closing(Database.open(family.environ["DATABASE_URL"], vault)) as database:
        database.run_now(lambda tx: inbox.put(tx, row))
    await family.start_bot()
    await family.dad.sees("What I can do", after=said)
    await family.settles()
    assert stored(family) == []


async def test_an_action_that_is_handed_on_again_is_done_once(family: Family) -> None:
    lock = family.dad.says("/lock")
    await family.dad.sees("Accepted", after=lock)
    await family.stop_bot()
    vault = Vault.from_keys([family.environ["ENCRYPTION_KEYS"]])
    again = WaitingUpdate(lock.update["update_id"], family.dad.id, 1, family.clock.now(), json.dumps(lock.update))
    with closing(Database.open(family.environ["DATABASE_URL"], vault)) as database:
        database.run_now(lambda tx: inbox.put(tx, again))
    await family.start_bot()
    await family.settles()
    assert family.car.received == ["doors/lock"]


def store(family: Family, update: Mapping[str, Any], *, ago: timedelta = timedelta()) -> None:
    """Store an update as a process that died has left it."""
    row = WaitingUpdate(update["update_id"], family.dad.id, 1, family.clock.now() - ago, json.dumps(update))
    vault = Vault.from_keys([family.environ["ENCRYPTION_KEYS"]])
    with closing(Database.open(family.environ["DATABASE_URL"], vault)) as database:
        database.run_now(lambda tx: inbox.put(tx, row))


async def test_an_old_tap_that_was_left_behind_does_nothing_though_telegram_does_not_say_that_it_is_old(
    family: Family,
) -> None:
    panel = await family.says("/car", "Bluey")
    tap = await family.taps(panel, "Lock")
    await family.dad.sees("Accepted", after=panel)
    await family.stop_bot()
    query = {**tap.update["callback_query"], "id": "1"}
    store(family, {"update_id": tap.update["update_id"] + 50, "callback_query": query}, ago=timedelta(minutes=10))
    family.telegram.fails_always("answerCallbackQuery", DROPPED)
    await family.start_bot()
    await family.has_handled_all()
    await family.settles()
    assert family.car.received == ["doors/lock"]


async def test_nothing_that_was_left_behind_is_done_before_telegram_has_told_the_time(family: Family) -> None:
    """The computer may have been paused, and know nothing of it."""
    lock = family.dad.says("/lock")
    await family.dad.sees("Accepted", after=lock)
    away = family.telegram.fails_always("getMe", DROPPED)
    message = {**lock.update["message"], "message_id": lock.update["message"]["message_id"] + 50}
    store(family, {"update_id": lock.update["update_id"] + 50, "message": message})
    family.clock.advance(await family.clock.until_asleep("adopting updates"))
    await family.telegram.until(lambda: away.met)
    await family.clock.until_asleep("adopting updates")
    assert family.car.received == ["doors/lock"]
    away.end()
    family.clock.advance(15)
    await family.has_handled_all()
    await family.settles()
    assert family.car.received == ["doors/lock", "doors/lock"]
