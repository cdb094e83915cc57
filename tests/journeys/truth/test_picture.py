"""The picture of `/status`: it shows what the car reported, is replaced in place, and words do without it."""

from collections.abc import AsyncIterator

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from bot.demo.telegram import faults
from bot.demo.telegram.chats import Message
from bot.domain.pictures import CarPicture
from bot.domain.reports import OPENABLE, Signal
from bot.picture.drawing import draw
from tests.support.newcomers import a_listening_bot
from tests.support.people import a_group, says_there
from tests.support.world import Family

CLOSED = CarPicture(closed=frozenset(OPENABLE), is_locked=True, is_charging=False, battery_percent=72)
TRUNK_OPEN = CarPicture(
    open=frozenset({Signal.TRUNK_OPEN}),
    closed=frozenset(OPENABLE) - {Signal.TRUNK_OPEN},
    is_locked=True,
    is_charging=False,
    battery_percent=72,
)


@pytest.fixture
async def home(sqlite_url: str, key: str, signing_key: rsa.RSAPrivateKey) -> AsyncIterator[Family]:
    """A family with a linked account and a listening bot, on SQLite."""
    async with a_listening_bot(sqlite_url, key, signing_key) as family:
        await family.link()
        yield family


def content(message: Message) -> bytes | None:
    return None if message.photo is None else message.photo.content


async def the_status(home: Family) -> Message:
    status = await home.says("/status", "📋 Bluey")
    return await status.becomes("🔒 Locked")


async def refreshed(home: Family, status: Message) -> None:
    home.clock.advance(20)
    edits = status.edits
    await home.taps(status, "🔄 Refresh")
    await status.becomes(lambda message: message.edits > edits and "Asking" not in message.text)


async def test_the_status_is_a_picture_with_the_words_as_its_caption(home: Family) -> None:
    status = await the_status(home)
    assert content(status) == draw(CLOSED)
    assert "🧳 Trunk closed" in status.text


async def test_a_car_that_was_not_asked_yet_is_drawn_as_unknown(home: Family) -> None:
    await home.restart_bot()
    status = await the_status(home)
    shown = [version.photo.content for version in status.versions if version.photo]
    assert (shown[0], shown[-1]) == (draw(CarPicture()), draw(CLOSED))


async def test_a_new_report_replaces_the_picture_in_place(home: Family) -> None:
    status = await the_status(home)
    home.car.change(trunk_open=True)
    await refreshed(home, status)
    await status.becomes("🧳 Trunk open")
    assert content(status) == draw(TRUNK_OPEN)
    assert home.telegram.violations == []


async def test_the_same_picture_is_not_sent_again(home: Family) -> None:
    status = await the_status(home)
    sent = len(home.telegram.calls_of("editMessageMedia"))
    await refreshed(home, status)
    assert len(home.telegram.calls_of("editMessageMedia")) == sent
    assert content(status) == draw(CLOSED)


async def test_a_picture_of_an_earlier_run_is_replaced(home: Family) -> None:
    status = await the_status(home)
    await home.restart_bot()
    home.car.change(trunk_open=True)
    await refreshed(home, status)
    await status.becomes("🧳 Trunk open")
    assert content(status) == draw(TRUNK_OPEN)


@pytest.mark.parametrize(
    "refusal", ["Bad Request: IMAGE_PROCESS_FAILED", "Bad Request: not enough rights to send photos to the chat"]
)
async def test_words_alone_are_shown_where_telegram_takes_no_photo(home: Family, refusal: str) -> None:
    refused = home.telegram.fails_always("sendPhoto", faults.refused(refusal))
    status = await the_status(home)
    assert content(status) is None
    refused.end()
    await refreshed(home, status)  # a text can't become a photo
    assert content(status) is None
    assert "🔒 Locked" in status.text


async def test_a_group_without_photos_gets_the_words(home: Family) -> None:
    group = await a_group(home)
    group.has_no_photos = True
    status = await says_there(group, home.dad, "/status", "📋 Bluey")
    assert content(status) is None
    await status.becomes("🔒 Locked")


async def test_words_are_sent_anew_if_a_later_picture_is_refused(home: Family) -> None:
    status = await the_status(home)
    home.telegram.fails_always("editMessageMedia", faults.refused("Bad Request: IMAGE_PROCESS_FAILED"))
    home.car.change(trunk_open=True)
    home.clock.advance(20)
    await home.taps(status, "🔄 Refresh")
    words = await home.dad.sees("🧳 Trunk open", after=status)
    assert content(words) is None
