"""Measure a fresh /lock after an outage: `python -m tests.bench.backlog [--old 600] [--chats 400] [--locks 10]`.

While Telegram was away, people in many chats have written commands, which are old now; each chat gets an answer, and
Telegram enforces its limits. Meanwhile one person locks the car.
"""

import argparse
import asyncio
import statistics
import tempfile
import time
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from bot.demo.telegram.chats import Message
from bot.demo.telegram.people import Person
from tests.bench.ours import KEEPS_MESSAGE_LIMITS
from tests.bench.rigs import Bench, bench, link, utc_now

PATIENCE = 120.0
_OLD = timedelta(minutes=5)
_BATCH = 100
"""Updates of one answer."""


@dataclass(frozen=True, slots=True)
class Locked:
    """Seconds until a lock was at DIMO, and until the person was told."""

    sent: float
    told: float


async def measure(old: int, chats: int, locks: int) -> None:
    """Let the backlog come, lock again and again while it is worked off, and print the figures."""
    with tempfile.TemporaryDirectory() as folder:
        async with bench(Path(folder), families=1) as both:
            rig = both.ours
            rig.environ[KEEPS_MESSAGE_LIMITS] = "1"
            await rig.start()
            await link(both, rig.families[0])
            await rig.stop()
            people = _write_old(both, old, chats)
            rig.telegram.enforce_limits()
            fresh = rig.families[0].person.says("/lock")
            rig.watch.polls.clear()
            await rig.start()
            first = await _locked(both, fresh, since=rig.watch.polled_at)
            brought = rig.watch.polls[old // _BATCH] - rig.watch.polled_at
            later = [await _lock(both) for _ in range(locks)]
            waiting = sum(not _is_answered(person) for person in people)
            alone = Locked(first.sent - brought, first.told - brought)
            print(f"behind {old} old updates, from the first getUpdates: {_text([first])}")
            print(f"the same, from the getUpdates that brought it: {_text([alone])}")
            print(f"{locks} locks one second apart, while answers wait: {_text(later)}; {waiting} answers waited still")
            await rig.telegram.until(lambda: all(map(_is_answered, people)), within=PATIENCE)
            print(f"all {len(people)} chats answered {time.perf_counter() - rig.watch.polled_at:.0f} s after the start")
            print(f"refused by Telegram (429): {len(rig.telegram.refused_floods)}")


def _write_old(both: Bench, old: int, chats: int) -> list[Person]:
    """Write commands that are old, from so many chats."""
    telegram, sent_at = both.ours.telegram, utc_now() - _OLD
    people = [telegram.add_person(f"Old {number}", has_started=True) for number in range(chats)]
    for number in range(old):
        (people[number] if number < chats else both.ours.families[0].person).says("/lock", date=sent_at)
    return people


def _is_answered(person: Person) -> bool:
    return person.private_chat.find("reached me late") is not None


async def _lock(both: Bench) -> Locked:
    await asyncio.sleep(1)
    started = time.perf_counter()
    return await _locked(both, both.ours.families[0].person.says("/lock"), since=started)


async def _locked(both: Bench, said: Message, *, since: float) -> Locked:
    family = both.ours.families[0]
    both.dimo_watch.commands.clear()
    await family.person.private_chat.wait_for("Accepted", after=said, within=PATIENCE)
    return Locked(both.dimo_watch.commands[family.car.token_id] - since, time.perf_counter() - since)


def _text(locks: list[Locked]) -> str:
    parts = {"at DIMO": [one.sent for one in locks], "told": [one.told for one in locks]}
    return ", ".join(f"{name} {statistics.median(s):.2f} s (at most {max(s):.2f})" for name, s in parts.items())


def main() -> None:
    """Read the command line and measure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--old", type=int, default=600)
    parser.add_argument("--chats", type=int, default=400)
    parser.add_argument("--locks", type=int, default=10)
    given = parser.parse_args()
    asyncio.run(measure(given.old, given.chats, given.locks))


if __name__ == "__main__":
    main()
