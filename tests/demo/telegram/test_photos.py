from typing import Any

import pytest
from telegram import InlineKeyboardButton, InlineKeyboardMarkup, InputMediaPhoto
from telegram.error import BadRequest

from bot.domain.pictures import CarPicture
from bot.picture.drawing import draw
from tests.demo.telegram.conftest import Setting

PNG, OTHER = draw(CarPicture()), draw(CarPicture(is_locked=True))
LOCK = InlineKeyboardMarkup.from_button(InlineKeyboardButton("🔒 Lock", callback_data="lock:1"))


async def test_a_photo_arrives_with_its_caption_and_buttons(setting: Setting) -> None:
    sent = await setting.bot.send_photo(
        setting.ann.id, PNG, caption="<b>Bluey</b>", parse_mode="HTML", reply_markup=LOCK
    )
    seen = await setting.ann.sees("Bluey")
    assert seen.photo is not None
    assert (seen.photo.content, seen.photo.width, seen.photo.height) == (PNG, 720, 400)
    assert (seen.html, seen.labels) == ("<b>Bluey</b>", ["🔒 Lock"])
    assert (sent.caption, sent.text) == ("Bluey", None)
    assert [entity.type for entity in sent.caption_entities] == ["bold"]
    assert [(size.width, size.file_size) for size in sent.photo] == [(720, len(PNG))]
    assert setting.world.violations == []


async def test_another_photo_replaces_it_in_place_with_the_caption(setting: Setting) -> None:
    sent = await setting.bot.send_photo(setting.ann.id, PNG, caption="one", reply_markup=LOCK)
    media = InputMediaPhoto(OTHER, caption="<b>two</b>", parse_mode="HTML")
    edited = await setting.bot.edit_message_media(media, setting.ann.id, sent.message_id)
    assert not isinstance(edited, bool)
    seen = await setting.ann.sees("two")
    assert seen.id == sent.message_id
    assert [version.photo.content for version in seen.versions if version.photo] == [PNG, OTHER]
    assert (edited.caption, seen.labels) == ("two", [])
    assert edited.photo[0].file_id != sent.photo[0].file_id


async def test_a_caption_is_edited_beside_the_same_photo(setting: Setting) -> None:
    sent = await setting.bot.send_photo(setting.ann.id, PNG, caption="one")
    await setting.bot.edit_message_caption(setting.ann.id, sent.message_id, caption="two")
    seen = await setting.ann.sees("two")
    assert seen.photo is not None
    assert seen.photo.content == PNG
    with pytest.raises(BadRequest, match="Message is not modified"):
        await setting.bot.edit_message_caption(setting.ann.id, sent.message_id, caption="two")


async def test_a_photo_has_no_text_to_edit_and_a_text_no_photo(setting: Setting) -> None:
    sent = await setting.bot.send_photo(setting.ann.id, PNG)
    with pytest.raises(BadRequest, match="There is no text in the message to edit"):
        await setting.bot.edit_message_text("x", setting.ann.id, sent.message_id)
    shown = await setting.shown()
    with pytest.raises(BadRequest, match="There is no media in the message to edit"):
        await setting.bot.edit_message_media(InputMediaPhoto(PNG), setting.ann.id, shown.id)


async def test_a_group_may_forbid_photos_alone(setting: Setting) -> None:
    group = setting.world.add_group("Family", [setting.ann])
    group.has_no_photos = True
    with pytest.raises(BadRequest, match="Not enough rights to send photos to the chat"):
        await setting.bot.send_photo(group.id, PNG)
    await setting.bot.send_message(group.id, "words")


@pytest.mark.parametrize(
    ("more", "description"),
    [
        ({"photo": b"GIF89a"}, "Image_process_failed"),
        ({"photo": PNG[:-4]}, "Image_process_failed"),
        ({"photo": PNG[:16] + b"\0\0\0\1\0\0\0\x30" + PNG[24:]}, "Photo_invalid_dimensions"),
        ({"photo": PNG, "caption": "x" * 1025}, "Message caption is too long"),
        ({"photo": PNG, "has_spoiler": True}, 'This simulator does not know parameter "has_spoiler"'),
        ({"photo": "https://x.test/a.png"}, 'This simulator takes parameter "photo" as an uploaded file only'),
    ],
)
async def test_invalid_photos_are_refused(setting: Setting, more: dict[str, Any], description: str) -> None:
    with pytest.raises(BadRequest) as refused:
        await setting.bot.send_photo(setting.ann.id, **more)
    assert refused.value.message == description
    assert len(setting.world.violations) == 1


@pytest.mark.parametrize(
    ("media", "description"),
    [
        ('{"type": "video", "media": "attach://x"}', 'this simulator takes a photo only as parameter "media"'),
        ('{"type": "photo"}', "there is no photo in the request"),
        ('{"type": "photo", "media": "attach://x"}', "there is no photo in the request"),
        ('{"type": "photo", "media": "id"}', 'this simulator takes parameter "media" as an uploaded file only'),
        ("[]", "object expected as media"),
        (None, "media is empty"),
    ],
)
async def test_invalid_media_is_refused(setting: Setting, media: str | None, description: str) -> None:
    sent = await setting.bot.send_photo(setting.ann.id, PNG)
    body = await setting.raw("editMessageMedia", chat_id=setting.ann.id, message_id=sent.message_id, media=media)
    assert body["description"] == f"Bad Request: {description}"
