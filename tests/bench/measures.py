"""The measurements, one function each."""

import asyncio
import statistics
import time
from collections.abc import Sequence
from dataclasses import dataclass

from bot.demo.telegram.chats import Message
from tests.bench.rigs import Bench, Family, Rig, has_button, link

PATIENCE = 120.0


@dataclass(frozen=True, slots=True)
class Rush:
    """The results of many taps at once."""

    taps: int
    answered: int
    sent: int
    finished: int
    telegram_calls: int
    seconds: float
    cpu: float

    @property
    def per_second(self) -> float:
        """Finished actions a second."""
        return self.finished / self.seconds


async def restart(rig: Rig) -> float:
    """Stop the process and start it again; returns the seconds until it first asked for updates."""
    await rig.stop()
    return await rig.start()


async def sign_in(bench: Bench) -> float:
    """Wait for the license's first sign-in; returns the seconds from the first getUpdates to its signature."""
    async with asyncio.timeout(PATIENCE):
        await bench.dimo_watch.signed_in.wait()
    return bench.dimo_watch.signed_in_at - bench.ours.watch.polled_at


async def prepare(bench: Bench) -> None:
    """Bring every family of both bots to its panel."""
    for family in bench.ours.families:
        await link(bench, family)
    for family in bench.bare.families:
        family.person.says("/start")
        await panel(family)


async def panel(family: Family) -> Message:
    """Wait for the newest message with a Lock button."""
    return await family.person.private_chat.wait_for(
        lambda message: has_button(message.labels, "Lock"), within=PATIENCE
    )


async def confirming_tap(bench: Bench, rig: Rig, family: Family) -> tuple[float, int]:
    """Tap Unlock on the question (ours) or on the panel (bare).

    Returns the seconds until the command arrived at DIMO, and the DIMO calls up to the outcome.
    """
    chat = family.person.private_chat
    if rig is bench.ours:
        asked = family.person.says("/unlock")
        message = await chat.wait_for(
            lambda message: has_button(message.labels, "Unlock") and not has_button(message.labels, "Lock"),
            after=asked,
        )
        await _quiet(bench)
    else:
        message = await panel(family)
    return await _timed_tap(bench, rig, family, message, "Unlock")


async def warm_lock(bench: Bench, rig: Rig, family: Family) -> tuple[float, int]:
    """Tap Lock on the panel, with everything fetched in advance; returns the same as `confirming_tap`."""
    return await _timed_tap(bench, rig, family, await panel(family), "Lock")


async def _timed_tap(bench: Bench, rig: Rig, family: Family, message: Message, label: str) -> tuple[float, int]:
    bench.dimo_watch.commands.clear()
    calls = len(bench.dimo.calls)
    done = outcomes(rig, family)
    started = time.perf_counter()
    tap = family.person.taps(message, label)
    await family.person.private_chat.wait_until(lambda: outcomes(rig, family) > done, within=PATIENCE)
    await tap.answered()
    return bench.dimo_watch.commands[family.car.token_id] - started, len(bench.dimo.calls) - calls


async def _quiet(bench: Bench) -> None:
    """Wait for the end of the question's own calls to DIMO, which end while a person reads."""
    count = -1
    while count != len(bench.dimo.calls):
        count = len(bench.dimo.calls)
        await asyncio.sleep(0.1)


def outcomes(rig: Rig, family: Family) -> int:
    """Count the messages of this chat that show how an action ended."""
    return sum(rig.done in message.text for message in family.person.private_chat.history)


async def rush(rig: Rig) -> Rush:
    """Tap Lock in every family at once, and wait until all see the outcome or time is up."""
    before = {family.car.token_id: outcomes(rig, family) for family in rig.families}
    sent = sum(len(family.car.received) for family in rig.families)
    called, cpu = telegram_calls(rig), rig.cpu()
    panels = [(family, await panel(family)) for family in rig.families]
    started = time.perf_counter()
    taps = [family.person.taps(message, "Lock") for family, message in panels]
    waits = [_one_more(rig, family, before[family.car.token_id]) for family in rig.families]
    finished = await asyncio.gather(*waits, return_exceptions=True)
    seconds = time.perf_counter() - started
    await asyncio.gather(*(tap.answered() for tap in taps), return_exceptions=True)
    return Rush(
        taps=len(taps),
        answered=sum(tap.answer is not None for tap in taps),
        sent=sum(len(family.car.received) for family in rig.families) - sent,
        finished=sum(result is None for result in finished),
        telegram_calls=telegram_calls(rig) - called,
        seconds=seconds,
        cpu=rig.cpu() - cpu,
    )


def telegram_calls(rig: Rig) -> int:
    """Count the calls to Telegram, without those for updates."""
    return sum(call.method != "getUpdates" for call in rig.telegram.calls)


async def _one_more(rig: Rig, family: Family, before: int) -> None:
    await family.person.private_chat.wait_until(lambda: outcomes(rig, family) > before, within=PATIENCE)


def percentile(values: Sequence[float], share: int) -> float:
    """Return the percentile `share` of the values."""
    return statistics.quantiles(values, n=100, method="inclusive")[share - 1]
