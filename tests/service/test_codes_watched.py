"""The rules of the watch: when it checks, what counts as new, and what is muted."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import pairwise

import pytest

from bot.demo.dimo.faults import Fault, html, status
from bot.domain.code_history import FORGOTTEN_AFTER, WatchSetting
from bot.domain.ids import CarId, CodeQueryId
from bot.domain.refusals import Reason
from bot.service.declined import Declined
from storage import CodeWatch, Tx
from storage.repositories import cars, code_queries, code_watches
from tests.support.dimo_setting import signing_key
from tests.support.use_cases import HOME, Process, Town, a_process, a_town, an_ask

HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)


@dataclass(frozen=True)
class Watch:
    """Dad's watch of his car."""

    town: Town
    process: Process

    async def set(self, every: timedelta | None = 6 * HOUR) -> WatchSetting:
        setting = await self.process.services.codes.watches.set(an_ask(), self.town.car_id, every)
        assert setting is not None
        return setting

    def reports(self, *codes: str) -> None:
        """Make the car report these codes, and no others."""
        self.town.car.report("obdDTCList", ",".join(codes))

    async def next_look(self, *, after: timedelta | None = None) -> None:
        """Let time pass until the next check, or this long, and check."""
        due = await self.process.db.read(code_watches.next_due)
        assert due is not None
        wait = after or due - self.town.clock.now()
        self.town.clock.advance(wait.total_seconds())
        await self.process.services.codes.watches.look_at_due()

    async def comes_back_after_long(self, *codes: str) -> None:
        """Make the car report nothing until a code counts as new again, and then these."""
        self.reports()
        await self.next_look()
        await self.next_look(after=FORGOTTEN_AFTER + timedelta(days=1))
        self.reports(*codes)
        await self.next_look()

    @property
    def announced(self) -> list[list[str]]:
        """The codes that each message announced."""
        news = [texts[0] for texts in self.process.paper.messages.values() if "new error code" in texts[0]]
        return [[line[3:].partition("<")[0] for line in text.splitlines() if " – " in line] for text in news]

    @property
    def looks(self) -> int:
        return len(self.town.dimo.calls_of("telemetry", "query"))

    async def mute(self) -> WatchSetting | None:
        """Mute what the last message announced."""
        query = await self.process.db.read(lambda tx: _draft(tx, self.town))
        return await self.process.services.codes.watches.mute(an_ask(), self.town.car_id, query)

    async def unmute(self) -> WatchSetting | None:
        return await self.process.services.codes.watches.unmute(an_ask(), self.town.car_id)

    async def stored(self) -> CodeWatch | None:
        return await self.process.db.read(lambda tx: code_watches.get(tx, HOME, self.town.car_id))

    async def due(self) -> datetime:
        stored = await self.stored()
        assert stored is not None
        return stored.next_look_at


def _draft(tx: Tx, town: Town) -> CodeQueryId:
    """Return the draft of the last announcement."""
    query = tx.connection.exec_driver_sql("SELECT id FROM code_queries ORDER BY asked_at DESC LIMIT 1").scalar_one()
    assert code_queries.get(tx, HOME, town.car_id, query) is not None
    return CodeQueryId(query)


@pytest.fixture
async def watch(sqlite_url: str, key: str) -> AsyncIterator[Watch]:
    town = a_town("", signing_key=signing_key(), DATABASE_URL=sqlite_url, ENCRYPTION_KEYS=key)
    async with a_process(town) as process:
        yield Watch(town, process)


# What counts as new


async def test_what_is_reported_when_the_watch_is_turned_on_is_known(watch: Watch) -> None:
    watch.reports("P0106")
    setting = await watch.set()
    assert setting.report is not None
    assert setting.report.codes.names == ("P0106",)
    watch.reports("P0106", "P0301")
    await watch.next_look()
    await watch.next_look()
    assert watch.announced == [["P0301"]]


async def test_a_code_that_comes_back_after_long_is_new_again_and_one_that_comes_and_goes_is_not(watch: Watch) -> None:
    await watch.set(24 * HOUR)
    for codes, announced in ((("P0301",), 1), ((), 1), (("P0301", "P0302"), 2)):
        watch.reports(*codes)
        await watch.next_look()
        assert len(watch.announced) == announced
    await watch.comes_back_after_long("P0301")
    assert watch.announced == [["P0301"], ["P0302"], ["P0301"]]


async def test_what_a_car_reports_that_could_not_be_read_at_first_is_new(watch: Watch) -> None:
    """Nobody has seen the code yet."""
    watch.town.dimo.switch_off("telemetry", status(503))
    watch.reports("P0106")
    assert (await watch.set()).unreadable is Reason.DIMO_TROUBLE
    watch.town.dimo.heal("telemetry")
    await watch.next_look()
    assert watch.announced == [["P0106"]]


async def test_the_first_list_that_a_car_ever_sends_is_new(watch: Watch) -> None:
    setting = await watch.set()
    assert setting.report is not None
    assert setting.report.codes.listed is None
    await watch.next_look()
    watch.reports("P0106")
    await watch.next_look()
    assert watch.announced == [["P0106"]]


# The interval


async def test_the_interval_is_kept_from_look_to_look(watch: Watch) -> None:
    """The first check comes after half the interval at the earliest; missed checks are not repeated."""
    began = watch.town.clock.now()
    await watch.set()
    first, looks = await watch.due(), watch.looks
    assert 3 * HOUR <= first - began <= 6 * HOUR
    for number in (1, 2):
        await watch.next_look()
        assert await watch.due() == first + number * 6 * HOUR
    await watch.next_look(after=40 * HOUR)
    assert watch.looks == looks + 3
    assert (await watch.due() - first) % (6 * HOUR) == timedelta()
    assert timedelta() < await watch.due() - watch.town.clock.now() <= 6 * HOUR


async def test_the_looks_of_many_cars_are_spread(watch: Watch) -> None:
    """Each car has its own time, so that DIMO gets no bursts, and taps need not wait."""
    numbers = range(1, 6)

    def add(tx: Tx) -> None:
        (known,) = cars.list_for(tx, HOME)
        cars.replace_all(tx, HOME, [known, *(replace(known, car_id=number, position=number) for number in numbers)])

    await watch.process.db.run(add)
    for number in numbers:
        await watch.process.services.codes.watches.set(an_ask(), CarId(number), 6 * HOUR)
    tomorrow = watch.town.clock.now() + 24 * HOUR
    rows = await watch.process.db.read(lambda tx: code_watches.due(tx, now=tomorrow))
    moments = sorted(row.next_look_at for row in rows)
    assert len(moments) == len(numbers)
    assert min(later - earlier for earlier, later in pairwise(moments)) > MINUTE


async def test_another_interval_or_none_can_be_set_at_any_time(watch: Watch) -> None:
    await watch.set()
    assert (await watch.set(HOUR)).every == HOUR
    assert await watch.due() - watch.town.clock.now() <= HOUR
    assert (await watch.set(None)).every is None
    assert await watch.stored() is None


@pytest.mark.parametrize("hours", [2, 5, 9999])
async def test_an_interval_that_no_button_has_is_not_taken(watch: Watch, hours: int) -> None:
    """Each check costs credits: a forged tap can't make the bot check every second."""
    with pytest.raises(Declined) as caught:
        await watch.set(hours * HOUR)
    assert caught.value.reason is Reason.BUTTON_OUT_OF_DATE
    assert await watch.stored() is None
    assert watch.looks == 0


@pytest.mark.parametrize(
    ("fault", "wait"),
    [(html(522), 30 * MINUTE), (status(403, "privilege missing"), 6 * HOUR)],
)
async def test_a_car_that_could_not_be_read_is_looked_at_again(watch: Watch, fault: Fault, wait: timedelta) -> None:
    """Soon if the fault passes by itself; at the next interval if somebody has to do something first."""
    await watch.set()
    watch.reports("P0301")
    watch.town.dimo.fail("telemetry", "query", fault, times=2)
    await watch.next_look()
    assert wait - MINUTE < await watch.due() - watch.town.clock.now() < wait + MINUTE
    watch.town.dimo.heal("telemetry")
    await watch.next_look()
    assert watch.announced == [["P0301"]]


async def test_a_car_that_is_not_linked_any_more_is_not_watched_any_more(watch: Watch) -> None:
    await watch.set()
    looks = watch.looks
    await watch.process.db.run(lambda tx: cars.replace_all(tx, HOME, []))
    watch.town.clock.advance((6 * HOUR).total_seconds())
    await watch.process.services.codes.watches.look_at_due()
    assert watch.looks == looks
    assert await watch.stored() is None


# Muted


async def test_a_muted_code_is_not_announced_until_it_is_unmuted(watch: Watch) -> None:
    await watch.set(24 * HOUR)
    watch.reports("P0301")
    await watch.next_look()
    muted = await watch.mute()
    assert muted is not None
    assert muted.muted == ("P0301",)
    await watch.comes_back_after_long("P0301")
    assert watch.announced == [["P0301"]]
    unmuted = await watch.unmute()
    assert unmuted is not None
    assert unmuted.muted == ()
    await watch.comes_back_after_long("P0301")
    assert watch.announced == [["P0301"], ["P0301"]]


async def test_what_was_muted_stays_so_while_the_watch_is_off(watch: Watch) -> None:
    await watch.set()
    watch.reports("P0301")
    await watch.next_look()
    await watch.mute()
    off = await watch.set(None)
    assert (off.every, off.muted) == (None, ("P0301",))
    assert await watch.process.db.read(code_watches.next_due) is None
    watch.reports()
    assert (await watch.set()).muted == ("P0301",)
    watch.reports("P0301", "P0302")
    await watch.next_look()
    assert watch.announced == [["P0301"], ["P0302"]]


async def test_unmuting_while_the_watch_is_off_forgets_it(watch: Watch) -> None:
    await watch.set()
    watch.reports("P0301")
    await watch.next_look()
    await watch.mute()
    await watch.set(None)
    await watch.unmute()
    assert await watch.stored() is None


async def test_mute_and_unmute_without_a_watch_do_nothing(watch: Watch) -> None:
    """The watch was turned off after the code was announced."""
    await watch.set()
    watch.reports("P0301")
    await watch.next_look()
    await watch.set(None)
    for setting in (await watch.mute(), await watch.unmute()):
        assert setting is not None
        assert (setting.every, setting.muted) == (None, ())
    assert await watch.stored() is None
