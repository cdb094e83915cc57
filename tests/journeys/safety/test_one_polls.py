"""Several processes on one database: one asks Telegram for updates, and another one after its end or its death."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import pytest

from bot.lifetime import Outside, Running, running_bot
from bot.service.lease import STANDING_BY
from bot.service_manager import ServiceManager
from tests.support.dimo_makers import NO_CERTIFICATES
from tests.support.world import Family

pytestmark = pytest.mark.both_databases


@dataclass(frozen=True, slots=True)
class Statuses(ServiceManager):
    """Notes that a process stands by."""

    stands_by: asyncio.Event = field(default_factory=asyncio.Event)

    def alive(self, status: str) -> None:
        if status == STANDING_BY:
            self.stands_by.set()


@dataclass(frozen=True, slots=True)
class Process:
    bot: Running
    work: asyncio.Task[None]
    stands_by: asyncio.Event

    async def stops_polling(self) -> None:
        self.work.cancel()
        await asyncio.gather(self.work, return_exceptions=True)


@asynccontextmanager
async def a_process(family: Family) -> AsyncIterator[Process]:
    """Run a bot as its command does, polling only while it has the lease."""
    manager = Statuses()
    outside = Outside(family.machine, family.timeouts, NO_CERTIFICATES, manager=manager, limits=family.limits)
    async with running_bot(family.settings, outside) as bot:
        process = Process(bot, asyncio.create_task(bot.work()), manager.stands_by)
        yield process
        await process.stops_polling()


def polls(family: Family) -> int:
    return len(family.telegram.calls_of("getUpdates"))


async def test_the_second_process_stands_by_until_the_first_one_ends(family: Family) -> None:
    await family.stop_bot()
    async with a_process(family):
        await family.telegram.until(lambda: family.bot.updates.has_listener)
        async with a_process(family) as second:
            await second.stands_by.wait()
            before = polls(family)
            await family.says("/help", "What I can do")
            await family.telegram.until(lambda: family.bot.updates.has_listener)
            assert polls(family) == before + 1, "the second one polls, too"
            assert family.telegram.violations == []
    async with a_process(family):
        await family.says("/lock", "Accepted")


async def test_a_process_that_died_is_followed_at_once_and_one_that_hangs_after_its_time(family: Family) -> None:
    await family.stop_bot()
    async with a_process(family) as first:
        await family.telegram.until(lambda: family.bot.updates.has_listener)
        await first.stops_polling()
        said = family.dad.says("/lock")
        async with a_process(family) as second:
            await second.stands_by.wait()  # the first one may only be slow
            family.clock.advance(16)
            await family.dad.sees("Accepted", after=said)
            second.bot.lease.presence.close()
            async with a_process(family) as third:
                await second.stops_polling()
                await family.says("/unlock", "Unlock Bluey?")
                assert not third.stands_by.is_set()
