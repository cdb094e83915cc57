"""Unlinking asks first, and deletes everything that opens a car."""

import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from bot.demo.telegram.chats import Message
from tests.support.newcomers import NO_CAR, a_listening_bot
from tests.support.world import Family


@pytest.fixture
async def town(sqlite_url: str, key: str, signing_key: rsa.RSAPrivateKey) -> AsyncIterator[Family]:
    """A bot with a license, and dad, who has linked nothing yet."""
    async with a_listening_bot(sqlite_url, key, signing_key) as family:
        yield family


async def unlinked(family: Family) -> Message:
    question = await family.says("/unlink", "Unlink this chat?")
    await family.taps(question, "Unlink")
    return await question.becomes("Unlinked. The tokens are deleted here.")


async def test_unlinking_asks_first(family: Family) -> None:
    question = await family.says("/unlink", "Unlink this chat?")
    await family.taps(question, "Cancel")
    await question.becomes("Cancelled: Unlink. Nothing was deleted.")
    await family.says("/car", "🚗 Bluey")


async def test_unlinking_deletes_the_account_and_its_cars(family: Family) -> None:
    panel = await family.says("/car", "🚗 Bluey")
    said = await unlinked(family)
    assert said.labels == []
    await family.says("/lock", NO_CAR)
    await family.dad.sends_forged(f"a:unlock:{family.car.token_id}", panel).answered()
    await family.dad.sees(NO_CAR, after=panel)
    assert family.car.received == []


async def test_unlinking_leaves_no_trace_of_a_token_in_the_files(town: Family) -> None:
    """Not even of encrypted tokens: a key that leaks later must not open what was deleted."""
    await town.link()
    await town.says("/lock", "Accepted")
    file = Path(town.environ["DATABASE_URL"].removeprefix("sqlite:///"))
    with closing(sqlite3.connect(file)) as database:
        sealed = [row[0] for row in database.execute("SELECT sealed FROM tokens WHERE chat_id > 0")]
    assert len(sealed) == 2
    await unlinked(town)
    assert file.with_name(f"{file.name}-wal").stat().st_size == 0
    left = b"".join(one.read_bytes() for one in file.parent.iterdir() if one.is_file())
    assert not [one for one in sealed if one in left]


async def test_unlinking_cancels_open_questions(family: Family) -> None:
    question = await family.says("/unlock", "Unlock Bluey?")
    await unlinked(family)
    await family.taps(question, "Unlock")
    await question.becomes("Cancelled: Unlock")
    assert family.car.received == []


async def test_reports_from_before_an_unlinking_are_not_shown_after_it(town: Family) -> None:
    await town.link()
    await (await town.says("/status", "📋 Bluey")).becomes("🔒 Locked")
    await unlinked(town)
    town.dimo.switch_off("telemetry")
    await town.link()
    status = await town.says("/status", "📋 Bluey")
    await status.becomes("I can't get the car's report")
    assert not [text for text in status.texts if "Locked" in text]


async def test_an_unlinked_chat_can_be_linked_again(family: Family) -> None:
    await unlinked(family)
    await family.link()
    await family.says("/lock", "Accepted")


async def test_openings_before_an_unlinking_count_against_the_limit(town: Family) -> None:
    await town.link()
    for _ in range(town.settings.openings_per_minute):
        question = await town.says("/unlock", "Unlock Bluey?")
        await town.taps(question, "Unlock")
        await question.becomes("Accepted")
    await unlinked(town)
    await town.link()
    await town.says("/unlock", "a lot of openings")
