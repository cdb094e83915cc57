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
from tests.support.use_cases import DAD, HOME, TEEN, Process, Town, a_process, a_town, an_ask

MANY = 20
TEENS, GROUP = ChatId(int(TEEN.id)), ChatId(-7)


@pytest.fixture
def town(sqlite_url: str, key: str) -> Town:
    return a_town("", signing_key=signing_key(), DATABASE_URL=sqlite_url, ENCRYPTION_KEYS=key)


@pytest.fixture
def town_anywhere(url: str, key: str) -> Town:
    """A town on each kind of database."""
    return a_town("", signing_key=signing_key(), DATABASE_URL=url, ENCRYPTION_KEYS=key)


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


async def test_identical_locks_of_the_same_moment_are_one(town_anywhere: Town) -> None:
    town = town_anywhere
    async with a_process(town) as process:
        answer = await _busy(process, town)
        request = process.services.actions.requests.request
        await asyncio.gather(*[request(an_ask(), Action.LOCK, town.car_id) for _ in range(MANY)])
        answer.set()
        await process.settles()
    assert town.car.received == ["charge/start", "doors/lock"]


async def test_a_lock_joins_the_persons_own_though_others_lock_too(town: Town) -> None:
    async with a_process(town) as process:
        await process.db.run(_let_teen_in)
        answer = await _busy(process, town)
        for _ in range(MANY):
            await _requests(process, town, Action.LOCK)
            await process.services.actions.requests.request(an_ask(TEEN, TEENS), Action.LOCK, town.car_id)
        answer.set()
        await process.settles()
    assert town.car.received == ["charge/start", "doors/lock", "doors/lock"]


@pytest.mark.parametrize("of_whom", ["another person", "another chat"])
async def test_a_lock_does_not_depend_on_access_that_it_does_not_need(town: Town, of_whom: str) -> None:
    """The first is refused when its turn comes: Teen was removed, or the group is no longer shared."""
    async with a_process(town) as process:
        await process.db.run(_let_teen_in)
        answer = await _busy(process, town)
        request = process.services.actions.requests.request
        first = an_ask(TEEN, TEENS) if of_whom == "another person" else an_ask(DAD, GROUP)
        await request(first, Action.LOCK, town.car_id)
        await request(an_ask(), Action.LOCK, town.car_id)
        await process.db.run(_let_nobody_in)
        answer.set()
        await process.settles()
        await process.rests()
        shown = [texts[-1] for texts in process.paper.messages.values()]
    assert town.car.received == ["charge/start", "doors/lock"]
    assert sum("Refused" in text for text in shown) == 1
    assert sum("Accepted: 🔒 Dad's Lock" in text for text in shown) == 1


async def test_an_action_that_another_process_has_settled_holds_nothing_up(town: Town) -> None:
    """It has waited too long by then, so this process would settle it too."""
    async with a_process(town) as process:
        answer = await _busy(process, town)
        await _requests(process, town, Action.CHARGE_STOP)
        process.clock.advance(30)
        await _requests(process, town, Action.LOCK)
        taken = await process.db.read(lambda tx: journal.recent_on_car(tx, town.car_id, since=START))
        stop = next(row for row in taken if row.details.action == Action.CHARGE_STOP)
        await process.db.run(
            lambda tx: journal.settle(tx, stop.id, expected=("queued",), state="refused", now=process.clock.now())
        )
        process.clock.advance(16)
        answer.set()
        await process.settles()
    assert town.car.received == ["charge/start", "doors/lock"]


def _let_teen_in(tx: Tx) -> None:
    members.put(tx, Member(HOME, TEEN.id, "driver", TEEN.name, None, START, HOME))
    for chat, kind in ((TEENS, "private"), (GROUP, "group")):
        shared_chats.attach(tx, SharedChat(chat, HOME, kind, HOME, START))


def _let_nobody_in(tx: Tx) -> None:
    members.remove(tx, HOME, TEEN.id)
    for chat in (TEENS, GROUP):
        shared_chats.detach_chat(tx, chat)
