"""After a fault the outcome is shown as it is known, and the car is free, in the same run or at the next start."""

import asyncio
import secrets
from collections.abc import AsyncIterator
from contextlib import closing
from functools import partial

import psycopg
import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

from bot.demo.dimo.faults import slow
from bot.demo.telegram.chats import Message
from storage import ActionRow, Database, Vault
from storage.engine.heartbeat import Heartbeat
from storage.repositories import journal
from storage.tables import ACTIONS
from tests.support.breaking_databases import CutLine, takes_no_outcomes
from tests.support.records import an_action
from tests.support.world import Family, a_family

pytestmark = pytest.mark.both_databases

A_DEAD_PROCESS = 77
ANOTHER_CAR = 99


@pytest.fixture
def line(postgres_url: str) -> CutLine:
    return CutLine(postgres_url)


@pytest.fixture
async def family_behind_a_line(line: CutLine, key: str, signing_key: RSAPrivateKey) -> AsyncIterator[Family]:
    """A family whose bot uses PostgreSQL, with connections that will be cut."""
    with line.address() as url:
        async with a_family(url, key, signing_key) as family:
            await family.start_bot()
            await family.link()
            yield family


@pytest.fixture
async def family_on_postgres(postgres_url: str, key: str, signing_key: RSAPrivateKey) -> AsyncIterator[Family]:
    async with a_family(postgres_url, key, signing_key) as family:
        await family.start_bot()
        await family.link()
        yield family


async def test_an_outcome_that_could_not_be_stored_is_shown_as_unknown_and_frees_the_car(
    family: Family, vault: Vault
) -> None:
    """The disk is full when DIMO answers, and still when the recovery finds the action."""
    with takes_no_outcomes(family.environ["DATABASE_URL"], vault):
        said = family.dad.says("/lock")
        await family.car.wait_received(1)
        while (pause := await family.clock.until_asleep("recovery")) > 5:
            family.clock.advance(pause)
    family.clock.advance(pause)
    await family.dad.sees("Unknown: Bluey may NOT be locked.", after=said)
    await family.says("/lock", "Accepted")
    assert family.car.received == ["doors/lock", "doors/lock"]


async def test_an_intent_whose_commit_was_never_answered_frees_its_car_in_the_same_run(
    family_behind_a_line: Family, line: CutLine
) -> None:
    """It is stored, but the bot does not know: nothing was sent for it, and nothing is."""
    family = family_behind_a_line
    said = family.dad.says("/lock")
    await family.dad.sees("Something failed on my side.", after=said)
    assert line.is_cut
    family.clock.advance(await family.clock.until_asleep("recovery"))
    await family.dad.sees("Unknown: Bluey may NOT be locked.", after=said)
    assert family.car.received == []
    await family.says("/lock", "Accepted")
    assert family.car.received == ["doors/lock"]


async def test_an_action_that_can_not_be_decrypted_does_not_stop_the_recovery_of_others(
    family: Family, vault: Vault
) -> None:
    """One row of the journal was tampered with; people still wait for the next one."""
    await family.stop_bot()
    left = an_action(
        home_chat_id=family.dad.id,
        chat_id=family.dad.id,
        message_id=None,
        person_id=family.dad.id,
        car_id=family.car.token_id,
        instance=A_DEAD_PROCESS,
        requested_at=family.clock.now(),
    )
    with closing(Database.open(family.environ["DATABASE_URL"], vault)) as database:
        _leave(database, an_action("a-touched-one", car_id=ANOTHER_CAR, instance=A_DEAD_PROCESS), left)
        _touch(database, "a-touched-one")
    await family.start_bot()
    await family.dad.sees("Unknown: Bluey may be locked or unlocked.")


async def test_a_bot_that_may_have_been_declared_dead_sends_nothing(
    family_on_postgres: Family, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another process may have said Unknown, and may have sent the next command to the car."""
    family = family_on_postgres
    monkeypatch.setattr(Heartbeat, "holds", lambda _self, _number: False)
    await family.says("/lock", "held up on its way to DIMO for too long. Nothing was sent.")
    assert family.car.received == []
    monkeypatch.undo()
    await family.says("/lock", "Accepted")


async def test_an_answer_that_comes_after_another_process_gave_it_up_is_shown(
    family_on_postgres: Family,
) -> None:
    """The first bot was declared dead, so the second one said Unknown; the answer itself is more certain."""
    family = family_on_postgres
    sending, gate = await _lock_that_hangs(family)
    _declare_all_dead(family)
    async with family.another_bot():
        await sending.becomes("Unknown: Bluey may NOT be locked.")
        gate.set()
        await sending.becomes("Accepted: 🔒 Dad's Lock for Bluey.")
    assert family.car.received == ["doors/lock"]


async def _lock_that_hangs(family: Family) -> tuple[Message, asyncio.Event]:
    """Ask for a Lock whose answer DIMO holds back until the event is set; returns its message, too."""
    gate = asyncio.Event()
    family.car.fail_next(slow(gate))
    said = family.dad.says("/lock")
    await family.dimo.wait_arrived("devices", "command", 1)
    await family.clock.until_somebody_sleeps(0.4)
    family.clock.advance(0.4)
    return await family.dad.sees("Sending: 🔒 Dad's Lock for Bluey.", after=said), gate


def _declare_all_dead(family: Family) -> None:
    with closing(psycopg.connect(family.environ["DATABASE_URL"], autocommit=True)) as connection:
        assert connection.execute("DELETE FROM facts WHERE name LIKE 'process:%'").rowcount == 1


def _leave(database: Database, *rows: ActionRow) -> None:
    """Store intents like those of a process that died before any answer."""
    for row in rows:
        database.run_now(partial(journal.intend, row=row))


def _touch(database: Database, action_id: str) -> None:
    """Change a row so that no key decrypts it."""
    change = ACTIONS.update().where(ACTIONS.c.id == action_id).values(sealed=secrets.token_bytes(64))
    database.run_now(lambda tx: tx.connection.execute(change))
