"""Several processes of the bot on one PostgreSQL, and people who use it meanwhile."""

import asyncio
import os
import random
import signal
import sys
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, closing, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from sqlalchemy import select

from bot.demo.dimo.car import NO_LOCK_SIGNALS, Car
from bot.demo.telegram.bots import Tap
from bot.demo.telegram.chats import Message
from bot.demo.telegram.people import Person
from bot.demo.watchers import NotSeen
from bot.domain.outcomes import State
from storage import Database, Tx, Vault
from storage.tables import ACTIONS, INBOX
from tests.support.clocks import SteppedClock
from tests.support.world import Family, a_family

ROOT = Path(__file__).resolve().parents[2]
COMMANDS = {"lock": "doors/lock", "unlock": "doors/unlock"}
SECONDS = 60
PATIENCE = 8
"""Seconds that somebody waits for a question before they ask again."""

_PAUSE = 2.0
"""Seconds from one use of a car to the next. Telegram takes one message a second in a chat, which the processes share:
with less, the outcomes of a rush are told for minutes after it."""


class RealClock(SteppedClock):
    """The machine's own clock, for a world that other processes use."""

    def now(self) -> datetime:
        return datetime.now(UTC)

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


@dataclass(eq=False)
class Replicas:
    """A family, and the processes that serve it."""

    family: Family
    folder: Path
    module: str
    processes: list[asyncio.subprocess.Process] = field(default_factory=list)
    started: int = 0

    async def start(self) -> asyncio.subprocess.Process:
        """Start one more process."""
        self.started += 1
        own = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "TMPDIR": str(self.folder)}
        quiet = {"LOG_LEVEL": "ERROR", "SSL_CERT_DIR": str(self.folder), "OPENINGS_PER_MINUTE": "1000000"}
        quiet["PROMPT_TTL_SECONDS"] = "15"
        quiet["PYTHONFAULTHANDLER"] = "1"  # a process that crashes says where
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", self.module), cwd=self.folder, env={**self.family.environ, **own, **quiet}
        )
        self.processes.append(process)
        return process

    async def start_polling(self) -> asyncio.subprocess.Process:
        """Start the process that requests updates, if no other one does."""
        process = await self.start()
        await self.family.telegram.until(lambda: self.family.bot.updates.has_listener, within=SECONDS)
        return process

    async def kill(self, process: asyncio.subprocess.Process) -> None:
        """Kill a process, which gets no chance to do anything more."""
        self.processes.remove(process)
        with suppress(ProcessLookupError):  # it has died by itself
            process.kill()
        await process.wait()

    def database(self) -> Database:
        """Open the database that they share."""
        environ = self.family.environ
        return Database.open(environ["DATABASE_URL"], Vault.from_keys([environ["ENCRYPTION_KEYS"]]))

    async def end(self) -> None:
        """End all processes."""
        for process in self.processes:
            with suppress(ProcessLookupError):
                process.send_signal(signal.SIGCONT)
                process.kill()
        for process in self.processes:
            await process.wait()


@asynccontextmanager
async def replicas(
    url: str, key: str, signing_key: RSAPrivateKey, folder: Path, *, module: str = "tests.support.hasty_replica"
) -> AsyncIterator[Replicas]:
    """Build a world for several processes; they end with the block."""
    async with a_family(url, key, signing_key, clock=RealClock()) as family:
        several = Replicas(family, folder, module)
        try:
            yield several
        finally:
            await several.end()


@dataclass(eq=False)
class User:
    """Somebody who unlocks and locks their car again and again."""

    person: Person
    car: Car
    taps: list[Tap] = field(default_factory=list)
    unasked: int = 0
    """How often no question came: the process died between storing and sending it. Nothing is done then."""

    async def uses(self, until: float) -> None:
        """Unlock the car, lock it while that is under way, and wait until the question tells what became of it."""
        while time.monotonic() < until:
            pause = asyncio.create_task(asyncio.sleep(_PAUSE))
            asked = self.person.says("/unlock")
            try:
                question = await self.person.sees("Unlock Car", after=asked, within=PATIENCE)
            except NotSeen:
                self.unasked += 1
                continue
            self.taps.append(self.person.taps(question, "Unlock"))
            self.person.says("/lock")
            with suppress(NotSeen):  # the examination says so
                await question.becomes(_is_over, within=SECONDS)
            await pause


def _is_over(message: Message) -> bool:
    """Return whether a question shows an outcome, or that it is over."""
    return not any("Cancel" in label for label in message.labels)


async def add_users(several: Replicas, count: int) -> list[User]:
    """Link as many people, each with a car whose share ends soon."""
    family = several.family
    users = []
    for number in range(count):
        person, account = family.telegram.add_person(f"Person {number}"), family.dimo.add_account(f"Person {number}")
        car = account.add_car(name=f"Car {number}", reports=NO_LOCK_SIGNALS)
        until = family.clock.now() + timedelta(days=2)
        family.dimo.share(car, family.license, permissions={1, 2}, until=until)
        await family.link(person, account)
        users.append(User(person, car))
    return users


async def rush(several: Replicas, users: list[User], *, seconds: float, every: float = 1.0) -> int:
    """Let all use their cars while a random process dies and another one starts; returns how many died."""
    until, killed = time.monotonic() + seconds, 0
    using = [asyncio.create_task(user.uses(until)) for user in users]
    while time.monotonic() < until:
        await asyncio.sleep(every)
        await several.kill(random.choice(several.processes))  # noqa: S311 - nothing secret
        await several.start()
        killed += 1
    await asyncio.gather(*using)
    return killed


async def settle(several: Replicas) -> None:
    """Wait until nothing is left to be received, handled, done or told."""
    updates = several.family.bot.updates
    await several.family.telegram.until(lambda: updates.has_listener and not updates.unacknowledged, within=SECONDS)
    with closing(several.database()) as database:
        async with asyncio.timeout(SECONDS):
            # Of the processes' own database no event is seen.
            while await database.read(_is_something_left):  # noqa: ASYNC110 - see above
                await asyncio.sleep(0.1)


def _is_something_left(tx: Tx) -> bool:
    rows = tx.connection.execute(select(ACTIONS.c.state, ACTIONS.c.shown_version, ACTIONS.c.version)).all()
    unfinished = any(state in {State.QUEUED, State.SENDING} or shown != version for state, shown, version in rows)
    return unfinished or tx.connection.execute(select(INBOX.c.update_id).limit(1)).first() is not None


@dataclass(frozen=True, slots=True)
class Found:
    """What came out."""

    states: Mapping[str, int]
    commands: int
    taps: int
    futile: int
    """Taps that were answered and did nothing: the process died in between, and Telegram takes no second answer."""
    unasked: int
    problems: list[str]


async def examine(several: Replicas, users: list[User]) -> Found:
    """Compare what the cars received and people saw with what was asked for."""
    for tap in [tap for user in users for tap in user.taps]:
        with suppress(NotSeen):  # an update counts as decided before its tap is answered
            await tap.message.chat.wait_until(partial(_is_told, tap))
    with closing(several.database()) as database:
        kept = await database.read(_actions)
    problems = [problem for user in users for problem in _problems(user, kept.get(user.car.token_id, []))]
    problems += several.family.telegram.violations + several.family.dimo.violations
    taps = sum(len(user.taps) for user in users)
    states = [state for rows in kept.values() for _, state in rows]
    return Found(
        {state: states.count(state) for state in sorted(set(states))},
        sum(len(user.car.received) for user in users),
        taps,
        taps - sum(command == COMMANDS["unlock"] for rows in kept.values() for command, _ in rows),
        sum(user.unasked for user in users),
        problems,
    )


def _actions(tx: Tx) -> dict[int, list[tuple[str, str]]]:
    """Return each car's actions in the order of asking: its command, and its state."""
    from storage.repositories.journal import RECORDS

    found: dict[int, list[tuple[str, str]]] = {}
    for row in RECORDS.readable(tx, select(ACTIONS).order_by(ACTIONS.c.requested_at, ACTIONS.c.id)):
        found.setdefault(row.car_id, []).append((COMMANDS[row.details.action], row.state))
    return found


def _problems(user: User, actions: list[tuple[str, str]]) -> list[str]:
    who, received = user.person.first_name, user.car.received
    problems = []
    if not _explains(actions, received):
        problems.append(f"{who}: the car received {received} for {actions}")
    opened = sum(command == COMMANDS["unlock"] for command, _ in actions)
    if opened > len(user.taps):
        problems.append(f"{who}: {len(user.taps)} taps made {opened} actions")
    problems += [f"{who}: not told: {tap.message.texts}" for tap in user.taps if not _is_told(tap)]
    history = user.person.private_chat.from_bot
    ends = sum("The share of" in message.text for message in history)
    if ends > 1:
        problems.append(f"{who}: told {ends} times that the share ends")
    return problems


def _is_told(tap: Tap) -> bool:
    return tap.answer is not None or _is_over(tap.message)


def _explains(actions: list[tuple[str, str]], received: list[str]) -> bool:
    """Return whether the car received each sent command once and in order, and perhaps those whose fate is unknown."""
    reached = {0}
    for command, state in actions:
        arrived = {at + 1 for at in reached if at < len(received) and received[at] == command}
        if state == State.UNKNOWN:
            reached |= arrived
        elif state != State.REFUSED:
            reached = arrived
    return len(received) in reached
