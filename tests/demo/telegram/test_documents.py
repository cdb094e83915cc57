from typing import Any

import pytest
from telegram import InlineKeyboardButton, InlineKeyboardMarkup
from telegram.error import BadRequest, Forbidden

from bot.demo.telegram.attachments import Document
from tests.demo.telegram.conftest import Setting

CSV = "\ufeffäöü;1\r\n\r\nlast line\r\n".encode()


async def test_a_file_arrives_byte_for_byte_with_its_name_caption_and_buttons(setting: Setting) -> None:
    lock = InlineKeyboardButton("🔒 Lock", callback_data="lock:1")
    sent = await setting.bot.send_document(
        setting.ann.id,
        CSV,
        filename="log.csv",
        caption="<b>2</b> lines",
        parse_mode="HTML",
        reply_markup=InlineKeyboardMarkup.from_button(lock),
    )
    seen = await setting.ann.sees("2 lines")
    assert seen.document == Document("log.csv", "text/csv", CSV)
    assert (seen.html, seen.labels) == ("<b>2</b> lines", ["🔒 Lock"])
    assert sent.document is not None
    assert (sent.document.file_name, sent.document.file_size) == ("log.csv", len(CSV))
    assert (sent.caption, sent.text) == ("2 lines", None)
    assert setting.world.violations == []


async def test_a_file_needs_no_caption(setting: Setting) -> None:
    sent = await setting.bot.send_document(setting.ann.id, b"\x00\xff", filename="a.bin")
    seen = setting.ann.private_chat.message(sent.message_id)
    assert seen is not None
    assert seen.document == Document("a.bin", "application/octet-stream", b"\x00\xff")
    assert repr(seen.document) == "Document(name='a.bin', kind='application/octet-stream')"


async def test_a_message_with_a_file_has_no_text_to_edit(setting: Setting) -> None:
    sent = await setting.bot.send_document(setting.ann.id, CSV, caption="2 lines")
    with pytest.raises(BadRequest, match="There is no text in the message to edit"):
        await setting.bot.edit_message_text("3 lines", setting.ann.id, sent.message_id)


async def test_a_caption_is_edited_and_removed(setting: Setting) -> None:
    sent = await setting.bot.send_document(setting.ann.id, CSV, filename="log.csv", caption="2 lines")
    seen = await setting.ann.sees("2 lines")
    edited = await setting.bot.edit_message_caption(
        setting.ann.id, sent.message_id, caption="<b>3</b> lines", parse_mode="HTML"
    )
    assert not isinstance(edited, bool)
    assert (edited.caption, edited.text) == ("3 lines", None)
    await setting.bot.edit_message_caption(setting.ann.id, sent.message_id)
    assert seen.texts == ["2 lines", "3 lines", ""]
    with pytest.raises(BadRequest, match="Message is not modified"):
        await setting.bot.edit_message_caption(setting.ann.id, sent.message_id)
    assert seen.document == Document("log.csv", "text/csv", CSV)
    assert setting.world.violations == []


async def test_a_message_without_a_file_has_no_caption_to_edit(setting: Setting) -> None:
    shown = await setting.shown()
    with pytest.raises(BadRequest, match="There is no caption in the message to edit"):
        await setting.bot.edit_message_caption(setting.ann.id, shown.id, caption="x")


async def test_a_files_type_follows_from_its_name(setting: Setting) -> None:
    await setting.http.post(
        f"/bot{setting.account.token}/sendDocument",
        data={"chat_id": str(setting.ann.id)},
        files={"document": ("log.CSV", CSV, "image/png")},
    )
    assert setting.ann.private_chat.last.document == Document("log.CSV", "text/csv", CSV)


async def test_a_file_does_not_reach_a_person_who_blocked_the_bot(setting: Setting) -> None:
    setting.ann.blocks()
    with pytest.raises(Forbidden):
        await setting.bot.send_document(setting.ann.id, CSV)


@pytest.mark.parametrize(
    ("more", "description"),
    [
        ({"document": b""}, "File must be non-empty"),
        ({"document": CSV, "caption": "x" * 1025}, "Message caption is too long"),
        (
            {"document": "https://x.test/log.csv"},
            'This simulator takes parameter "document" as an uploaded file only',
        ),
    ],
)
async def test_invalid_files_are_refused(setting: Setting, more: dict[str, Any], description: str) -> None:
    with pytest.raises(BadRequest) as refused:
        await setting.bot.send_document(setting.ann.id, **more)
    assert refused.value.message == description
    assert len(setting.world.violations) == 1


async def test_a_call_without_a_file_is_refused(setting: Setting) -> None:
    body = await setting.raw("sendDocument", chat_id=setting.ann.id)
    assert body["description"] == "Bad Request: there is no document in the request"
