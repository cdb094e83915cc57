"""Two processes look at one car for days, and die in the middle of it: each note begins once, and none is lost."""

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import timedelta

import pytest

from bot.demo.dimo.car import ALL_SIGNALS
from bot.demo.dimo.faults import status
from storage.repositories import events, note_watches
from tests.support.dimo_setting import signing_key
from tests.support.use_cases import HOME, PaperBot, Process, Town, a_process, a_town

BEGUN, OVER = "trunk still open", "trunk closed again"
MINUTE = 60.0


@dataclass
class Watched:
    """A car, and the processes that look at it."""

    town: Town
    paper: PaperBot = field(default_factory=PaperBot)
    rng: random.Random = field(default_factory=lambda: random.Random(7))  # noqa: S311 - the same days each time

    @asynccontextmanager
    async def process(self, *, tells: bool = True) -> AsyncIterator[Process]:
        """Run a process; of those in one process of the system only one may tell, as its locks are shared."""
        async with a_process(self.town, paper=self.paper) as process:
            process.services.notes.watches.home_changed(HOME)
            await process.rests()
            if not tells:
                yield process
                return
            delivering = asyncio.create_task(process.services.family.notifications.keep_delivering())
            try:
                yield process
            finally:
                delivering.cancel()
                with suppress(asyncio.CancelledError):
                    await delivering

    async def look(self, processes: list[Process]) -> None:
        """Let time pass until the car is due, and let all look at it at once; some die in the middle of it."""
        due = await processes[0].db.read(lambda tx: note_watches.next_due(tx, after=self.town.clock.now()))
        if due is not None:
            self.town.clock.advance((due - self.town.clock.now()).total_seconds() + 0.1)
        looks = [asyncio.create_task(one.services.notes.watches.look_at_due()) for one in processes]
        if self.rng.random() < 0.2:
            for _ in range(self.rng.randrange(200)):
                await asyncio.sleep(0)
            self.rng.choice(looks).cancel()
        await asyncio.gather(*looks, return_exceptions=True)

    async def told(self, process: Process) -> None:
        """Wait until everything is told: what is being told must not be late because the clock jumps."""
        async with asyncio.timeout(30):
            while await process.db.read(events.next_due) is not None:
                self.town.clock.advance(0.1)
                await asyncio.sleep(0.01)

    def texts(self, words: str) -> list[str]:
        return [text for texts in self.paper.messages.values() for text in texts if words in text]

    def messages(self, words: str) -> int:
        return sum(words in texts[0] for texts in self.paper.messages.values())


@pytest.fixture
def watched(request: pytest.FixtureRequest, key: str) -> Watched:
    url = request.getfixturevalue(getattr(request, "param", "sqlite_url"))
    town = a_town("", signing_key=signing_key(), DATABASE_URL=url, ENCRYPTION_KEYS=key)
    town.car.reports = ALL_SIGNALS
    return Watched(town)


@pytest.mark.parametrize("watched", ["sqlite_url", "postgres_url"], indirect=True)
async def test_two_processes_that_die_tell_each_event_once(watched: Watched) -> None:
    car, rng, events = watched.town.car, watched.rng, 5
    async with AsyncExitStack() as stack:
        processes = [await stack.enter_async_context(watched.process(tells=tells)) for tells in (True, False)]
        for _ in range(events):
            car.change(trunk_open=True)
            for _ in range(rng.randint(4, 7)):
                await watched.look(processes)
                await watched.told(processes[0])
            car.change(trunk_open=False)
            for _ in range(rng.randint(2, 4)):
                await watched.look(processes)
                await watched.told(processes[0])
        assert watched.messages(BEGUN) == events
        assert len(watched.texts(OVER)) == events


async def test_a_car_that_can_not_be_read_is_left_alone_for_a_day(watched: Watched) -> None:
    async with watched.process() as process:
        watched.town.dimo.fail("token-exchange", "exchange", status(403, "lacks permissions"), times=None)
        await watched.look([process])
        due = await process.db.read(lambda tx: note_watches.next_due(tx, after=watched.town.clock.now()))
        assert due is not None
        assert due - watched.town.clock.now() > timedelta(hours=23)
