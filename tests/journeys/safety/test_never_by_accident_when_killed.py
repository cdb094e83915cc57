"""A process that is killed in the middle of its work: `python -m bot` and SIGKILL, with the real clock.

The process is killed once for each database, with one action being sent, one queued and one watched; each test
checks the outcome of one of them.
"""

import asyncio
import os
import shutil
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

from bot.demo.dimo.faults import slow
from bot.demo.telegram.chats import Message
from storage import Vault
from tests.support.clocks import RunningClock
from tests.support.databases import wiped
from tests.support.world import Family, a_family

ROOT = Path(__file__).resolve().parents[3]
WAITS_IN_LINE = "It waits for the command before it."


@dataclass(frozen=True, slots=True)
class Aftermath:
    """What was shown when the process was killed, and what was shown in the end."""

    in_flight: Message
    queued: Message
    watched: Message
    shown_before: dict[Message, int]
    received: list[str]
    received_by_other_car: list[str]
    requests: int
    said_afterwards: list[str]

    def since_the_kill(self, message: Message) -> list[str]:
        """Return what a message showed after the process was started again."""
        return message.texts[self.shown_before[message] :]


@pytest.fixture(scope="module")
def aftermaths(
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
    key: str,
    vault: Vault,
    signing_key: RSAPrivateKey,
    sqlite_template: Path,
) -> Mapping[str, Aftermath]:
    """Kill a bot with SIGKILL, start it again, and return what people saw, on both databases at the same time."""
    folder = tmp_path_factory.mktemp("killed")
    urls = {"sqlite": f"sqlite:///{shutil.copy(sqlite_template, folder / 'bot.db')}"}
    with suppress(pytest.skip.Exception):
        urls["postgresql"] = wiped(request.getfixturevalue("migrated_postgres"), vault)

    async def on_each() -> list[Aftermath]:
        trials = (_killed_and_started_again(url, key, signing_key, folder) for url in urls.values())
        return await asyncio.gather(*trials)

    return dict(zip(urls, asyncio.run(on_each()), strict=True))


@pytest.fixture(params=["sqlite", "postgresql"])
def aftermath(request: pytest.FixtureRequest, aftermaths: Mapping[str, Aftermath]) -> Aftermath:
    if request.param not in aftermaths:
        request.getfixturevalue("postgres")
    return aftermaths[request.param]


def test_an_action_that_was_being_sent_is_unknown_and_not_sent_again(aftermath: Aftermath) -> None:
    """DIMO had not answered, and its message says so once."""
    (last,) = aftermath.since_the_kill(aftermath.in_flight)
    assert last.startswith("❓ Unknown")
    assert "📋 Status" in aftermath.in_flight.labels
    assert aftermath.received == ["doors/unlock"]


def test_an_action_that_was_queued_is_refused_and_never_sent(aftermath: Aftermath) -> None:
    """It certainly was not sent, and nobody waits at the car any more."""
    (last,) = aftermath.since_the_kill(aftermath.queued)
    assert last.startswith("⛔ Refused")
    assert "I was restarted before I could send it. Nothing was sent." in last
    assert "frunk/open" not in aftermath.received


def test_an_action_that_was_watched_is_still_watched(aftermath: Aftermath) -> None:
    """The car's report reaches the next process, and confirms the action."""
    assert aftermath.since_the_kill(aftermath.watched)[-1].startswith("✅ Confirmed: 🔒 Mum locked Kitt")
    assert aftermath.received_by_other_car == ["doors/lock"]


def test_a_restart_sends_no_command_and_shows_each_outcome_in_its_own_message(aftermath: Aftermath) -> None:
    assert aftermath.requests == 2
    assert aftermath.said_afterwards == []


async def _killed_and_started_again(url: str, key: str, signing_key: RSAPrivateKey, folder: Path) -> Aftermath:
    async with a_family(url, key, signing_key, clock=RunningClock()) as family:
        family.environ["CONFIRMATION_WAIT_SECONDS"] = "3"
        await family.start_bot()
        await family.link()
        mum, kitt = await family.add_relative("Mum", "Kitt")
        kitt.change(locked=False)
        kitt.silent = True
        await family.stop_bot()
        gate = asyncio.Event()
        family.car.fail_next(slow(gate))
        async with _process(family, folder) as first:
            watched = await family.says("/lock", "Accepted", person=mum)
            in_flight = await _confirmed(family, "/unlock", "Unlock", "Sending")
            queued = await _confirmed(family, "/frunk", "Frunk", WAITS_IN_LINE)
            first.kill()
        # The request had reached DIMO, which carries it out.
        gate.set()
        await family.car.wait_received(1)
        shown = {message: len(message.texts) for message in (in_flight, queued, watched)}
        kitt.report("bodyLockIsLocked", 1.0)
        async with _process(family, folder) as second:
            await in_flight.becomes("Unknown")
            await queued.becomes("Refused")
            await watched.becomes("Confirmed")
            second.terminate()
        return Aftermath(
            in_flight=in_flight,
            queued=queued,
            watched=watched,
            shown_before=shown,
            received=family.car.received,
            received_by_other_car=kitt.received,
            requests=family.dimo.arrived["devices", "command"],
            said_afterwards=[m.text for m in family.dad.private_chat.from_bot if m.id > queued.id],
        )


@asynccontextmanager
async def _process(family: Family, folder: Path) -> AsyncIterator[asyncio.subprocess.Process]:
    """Run `python -m bot` for the length of the block, which kills it."""
    environ = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), **family.environ}
    process = await asyncio.create_subprocess_exec(sys.executable, "-m", "bot", cwd=folder, env=environ)
    try:
        await family.telegram.until(lambda: family.bot.updates.has_listener, within=20)
        yield process
        await process.wait()
        await family.telegram.until(lambda: not family.bot.updates.has_listener)
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def _confirmed(family: Family, command: str, label: str, shows: str) -> Message:
    question = await family.asks(command, "No undo")
    await family.taps(question, label if label == "Unlock" else f"Open {label.lower()}")
    return await question.becomes(shows)
