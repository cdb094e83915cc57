"""Actions that wait for one car: only the first asks for its turn, and identical locks are one."""

import asyncio
from typing import Any

import pytest

from bot.demo.dimo.faults import slow
from bot.domain.actions import Action
from bot.domain.ids import ChatId
from bot.service.actions.requests import Asked
from storage import ActionRow, Member, SharedChat, Tx
from storage.repositories import journal, members, shared_chats
from tests.support.clocks import START
from tests.support.dimo_setting import signing_key
from tests.support.use_cases import HOME, TEEN, Process, Town, a_process, a_town, an_ask

MANY = 20
TEENS = ChatId(int(TEEN.id))


@pytest.fixture
def town(sqlite_url: str, key: str) -> Town:
    return a_town("", signing_key=signing_key(), DATABASE_URL=sqlite_url, ENCRYPTION_KEYS=key)


@pytest.fixture
def tries(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The actions that asked the database for their turn."""
    asked: list[str] = []
    begin = journal.begin

    def counted(tx: Tx, action_id: str, **more: Any) -> ActionRow | None:
        asked.append(action_id)
        return begin(tx, action_id, **more)

    monkeypatch.setattr(journal, "begin", counted)
    return asked


async def _requests(process: Process, town: Town, *actions: Action) -> None:
    for action in actions:
        await process.services.actions.requests.request(an_ask(), action, town.car_id)
        for _ in range(5):
            await asyncio.sleep(0)  # so that the action has its place in the queue before the next one comes


async def _busy(process: Process, town: Town) -> asyncio.Event:
    """Keep the car busy with a command that DIMO does not answer until the event is set."""
    answer = asyncio.Event()
    town.car.fail_next(slow(answer))
    await _requests(process, town, Action.CHARGE_START)
    await town.dimo.wait_arrived("devices", "command", 1)
    return answer


async def _quarters(process: Process, count: int) -> None:
    for _ in range(count):
        await process.clock.until_somebody_sleeps(0.25)
        process.clock.advance(0.25)


async def test_only_the_first_that_waits_for_a_car_asks_for_its_turn(town: Town, tries: list[str]) -> None:
    async with a_process(town) as process:
        answer = await _busy(process, town)
        await _requests(process, town, *[Action.CHARGE_STOP] * MANY)
        await _quarters(process, 8)
        waiting = await process.db.read(lambda tx: journal.open_ends(tx, now=START, since=START))
        first = min(row.id for row in waiting if row.state == "queued")
        assert set(tries) == {first}
        answer.set()
        await process.settles()
        # Each asks when it becomes the first, and again when the one before it has ended.
        assert len(tries) <= 8 + 3 * MANY
    assert town.car.received == ["charge/start", *["charge/stop"] * MANY]


async def test_identical_locks_that_wait_for_a_car_are_one(town: Town) -> None:
    async with a_process(town) as process:
        answer = await _busy(process, town)
        await _requests(process, town, *[Action.LOCK] * MANY)
        answer.set()
        await process.settles()
        await process.rests()
        shown = [texts[-1] for texts in process.paper.messages.values()]
    assert town.car.received == ["charge/start", "doors/lock"]
    assert sum("Lock" in text for text in shown) == 1


async def test_a_lock_that_is_on_its_way_already_is_not_joined(town: Town) -> None:
    answer = asyncio.Event()
    town.car.fail_next(slow(answer))
    async with a_process(town) as process:
        await _requests(process, town, Action.LOCK)
        await town.dimo.wait_arrived("devices", "command", 1)
        await _requests(process, town, Action.LOCK, Action.LOCK)
        answer.set()
        await process.settles()
    assert town.car.received == ["doors/lock", "doors/lock"]


async def test_a_lock_behind_an_opening_that_waits_does_not_join_the_one_before_it(town: Town) -> None:
    """Otherwise the car would stay open."""
    async with a_process(town) as process:
        answer = await _busy(process, town)
        await _requests(process, town, Action.LOCK)
        asked = await process.services.actions.requests.request(an_ask(), Action.UNLOCK, town.car_id)
        assert isinstance(asked, Asked)
        await process.services.confirmation.confirm(an_ask(), asked.prompt.id, message=None)
        await _requests(process, town, Action.LOCK)
        answer.set()
        await process.settles()
    assert town.car.received == ["charge/start", "doors/lock", "doors/unlock", "doors/lock"]


async def test_who_joins_from_another_chat_is_answered_there(town: Town) -> None:
    def let_in(tx: Tx) -> None:
        members.put(tx, Member(HOME, TEEN.id, "driver", TEEN.name, None, START, HOME))
        shared_chats.attach(tx, SharedChat(TEENS, HOME, "private", HOME, START))

    async with a_process(town) as process:
        await process.db.run(let_in)
        answer = await _busy(process, town)
        await _requests(process, town, Action.LOCK)
        await process.services.actions.requests.request(an_ask(TEEN, TEENS), Action.LOCK, town.car_id)
        answer.set()
        await process.settles()
        for _ in range(40):
            await asyncio.sleep(0)
            process.clock.advance(0.25)
        await process.rests()
        locks = [texts for texts in process.paper.messages.values() if "Lock" in texts[0]]
    assert town.car.received == ["charge/start", "doors/lock"]
    assert len(locks) == 2
    assert all("Accepted" in texts[-1] or "Confirmed" in texts[-1] for texts in locks)
