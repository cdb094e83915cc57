"""What is read in each part of a Telegram message."""

from collections.abc import Mapping
from typing import Any

import pytest
from telegram import Message

from bot import lengths
from bot.telegram.contents import Content, content_of, with_file
from bot.telegram.ui.attached import Attached
from tests.support.dimo_makers import a_jwt

ADDRESS = f"https://family.example/back?token={a_jwt()}&state=n0nce"
IDS = {"file_id": "eyJhbGciOi", "file_unique_id": "eyJ0"}
PHOTO = [{**IDS, "width": 1, "height": 1}]
POLL = {
    "id": "1",
    "question": "?",
    "options": [{"text": ADDRESS, "voter_count": 0, "persistent_id": "1"}],
    "total_voter_count": 0,
    "is_closed": False,
    "is_anonymous": True,
    "type": "regular",
    "allows_multiple_answers": False,
    "allows_revoting": False,
    "members_only": False,
}


def a_message(**content: Any) -> Message:
    frame = {"message_id": 1, "date": 1, "chat": {"id": 7, "type": "private"}}
    message = Message.de_json({**frame, **content}, None)
    assert message is not None
    return message


def linked() -> dict[str, Any]:
    return {"type": "text_link", "offset": 0, "length": 4, "url": ADDRESS}


@pytest.mark.parametrize(
    "content",
    [
        {"text": ADDRESS},
        {"text": "here", "entities": [linked()]},
        {"text": "here", "link_preview_options": {"url": ADDRESS}},
        {"text": "here", "quote": {"text": ADDRESS, "position": 0}},
        {"text": "here", "something_new": {"parts": [{"text": ADDRESS}]}},
        {"photo": PHOTO, "caption": ADDRESS},
        {"photo": PHOTO, "caption": "here", "caption_entities": [linked()]},
        {"document": {**IDS, "file_name": f"{a_jwt()}.pdf"}},
        {"contact": {"phone_number": "1", "first_name": "Me", "vcard": f"URL:{ADDRESS}"}},
        {"venue": {"location": {"latitude": 1, "longitude": 1}, "title": "x", "address": ADDRESS}},
        {"poll": POLL},
    ],
    ids="+".join,
)
def test_a_secret_is_found_wherever_it_is_written(content: Mapping[str, Any]) -> None:
    assert content_of(a_message(**content)).is_secret


@pytest.mark.parametrize(
    "content",
    [
        {"text": "hello"},
        {
            "text": "hi",
            "reply_to_message": {"message_id": 2, "date": 1, "chat": {"id": 7, "type": "x"}, "text": ADDRESS},
        },
        {"photo": PHOTO},
        {"sticker": {**IDS, "width": 1, "height": 1, "is_animated": False, "is_video": False, "type": "regular"}},
        {"photo": PHOTO, "from": {"id": 7, "is_bot": False, "first_name": a_jwt()}},
    ],
    ids="+".join,
)
def test_what_others_wrote_and_ids_are_no_secrets(content: Mapping[str, Any]) -> None:
    assert not content_of(a_message(**content)).is_secret


@pytest.mark.parametrize(
    ("text", "command"),
    [("/unlok now", "unlok"), ("/Unlock@the_bot", "Unlock"), ("/ lock", "lock"), ("／lock", "lock"), ("lock", "")],
)
def test_the_command_is_what_was_typed_behind_the_slash(text: str, command: str) -> None:
    assert content_of(a_message(text=text)).command == command


class Files:
    """A chat that hands out one file, or none."""

    def __init__(self, content: bytes | None) -> None:
        self._content = content
        self.fetched: list[str] = []

    async def fetch(self, file_id: str, *, most: int) -> bytes | None:
        self.fetched.append(file_id)
        assert most == lengths.FILE
        return self._content


async def read(
    content: bytes | None, *, name: str = "a.txt", caption: str = "", size: int = 9
) -> tuple[Content, Files]:
    document = {**IDS, "file_name": name, "file_size": size}
    message, files = a_message(document=document, caption=caption), Files(content)
    chat: Any = files
    return await with_file(content_of(message), message, chat), files


ENCODINGS = ("utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be")


@pytest.mark.parametrize("encoding", ENCODINGS)
async def test_a_text_file_is_read_as_if_its_text_had_been_written(encoding: str) -> None:
    content, _ = await read("Zürich P0420".encode(encoding), caption="mine:")
    assert content.text == "mine:\nZürich P0420"
    assert content.attached is Attached.TEXT_FILE
    assert not content.is_secret


@pytest.mark.parametrize("encoding", ENCODINGS)
async def test_a_secret_in_a_file_is_found_in_every_encoding(encoding: str) -> None:
    content, _ = await read(ADDRESS.encode(encoding))
    assert content.is_secret


async def test_bytes_that_are_no_text_are_read_as_far_as_possible() -> None:
    content, _ = await read(b"\xff\xfeP\x00" + b"\xd8" * 3 + b"\x80")
    assert content.attached is Attached.TEXT_FILE


async def test_a_file_that_is_too_long_is_not_fetched_and_may_hold_a_secret() -> None:
    content, files = await read(b"", size=lengths.FILE + 1)
    assert (content.attached, content.is_secret, files.fetched) == (Attached.UNREAD_FILE, True, [])


async def test_a_file_that_telegram_does_not_hand_out_may_hold_a_secret() -> None:
    content, _ = await read(None)
    assert (content.attached, content.is_secret) == (Attached.UNREAD_FILE, True)


async def test_other_files_are_not_fetched() -> None:
    content, files = await read(b"", name="a.pdf")
    assert (content.attached, content.is_secret, files.fetched) == (Attached.FILE, False, [])
