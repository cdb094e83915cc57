"""Real processes on one PostgreSQL, of which some die or are paused."""

import asyncio
import signal
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

from bot.demo.dimo.faults import slow, status
from tests.support.people import joins
from tests.support.replicas import SECONDS, Replicas, add_users, examine, replicas, rush, settle

pytestmark = [pytest.mark.both_databases, pytest.mark.timeout(180)]


@pytest.fixture
async def several(postgres_url: str, key: str, signing_key: RSAPrivateKey, tmp_path: Path) -> AsyncIterator[Replicas]:
    async with replicas(postgres_url, key, signing_key, tmp_path) as several:
        yield several


async def test_an_unlock_of_a_driver_whose_process_is_killed_is_told_by_another_one(several: Replicas) -> None:
    family = several.family
    first = await several.start_polling()
    await family.link()
    mom = await joins(family, "Mom")
    await several.start()
    gate = asyncio.Event()
    family.car.fail_next(slow(gate))
    question = await family.says("/unlock", "Unlock Bluey?", person=mom)
    mom.taps(question, "Unlock")
    await family.dimo.wait_arrived("devices", "command", 1)
    await several.kill(first)
    await question.becomes("Unknown", within=SECONDS)
    await family.dad.sees("Mom's Unlock for Bluey at", within=SECONDS)
    gate.set()
    assert len(family.car.received) <= 1


async def test_a_process_that_is_paused_sends_nothing_once_another_one_said_unknown(several: Replicas) -> None:
    family = several.family
    paused = await several.start_polling()
    await family.link()
    await several.start()
    family.car.fail_next(status(429, retry_after=3))
    said = family.dad.says("/lock")
    await family.dimo.wait_calls("devices", "command", 1)
    paused.send_signal(signal.SIGSTOP)
    await family.dad.sees("Unknown: Bluey may NOT be locked.", after=said, within=SECONDS)
    paused.send_signal(signal.SIGCONT)
    await family.dad.sees("held up on its way to DIMO for too long. Nothing was sent.", after=said, within=SECONDS)
    assert family.car.received == []
    assert len(family.dimo.calls_of("devices", "command")) == 1
    await family.dad.sees("Accepted", after=family.dad.says("/lock"), within=SECONDS)


async def test_taps_survive_a_process_that_dies_every_second(several: Replicas) -> None:
    await several.start_polling()
    users = await add_users(several, 4)
    await several.start()
    await several.start()
    await rush(several, users, seconds=8)
    await settle(several)
    found = await examine(several, users)
    assert found.problems == []
    assert found.commands
