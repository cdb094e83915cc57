from typing import Any

import pytest
from telegram import (
    Chat,
    ForceReply,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    LinkPreviewOptions,
    MessageEntity,
    ReplyParameters,
)
from telegram.error import BadRequest, ChatMigrated, Forbidden

from bot.demo.telegram.chats import Button
from tests.demo.telegram.conftest import Setting

LOCK = InlineKeyboardButton("🔒 Lock", callback_data="lock:1", style="success")
LINK = InlineKeyboardButton("Sign in", url="https://login.dimo.org/?clientId=0x1")


async def test_people_see_text_entities_and_buttons(setting: Setting) -> None:
    seen = await setting.shown(
        "<b>Bluey</b> &amp; co", parse_mode="HTML", reply_markup=InlineKeyboardMarkup([[LOCK], [LINK]])
    )
    assert seen.text == "Bluey & co"
    assert seen.html == "<b>Bluey</b> &amp; co"
    assert seen.entities == [{"type": "bold", "offset": 0, "length": 5}]
    assert seen.keyboard == [
        [Button("🔒 Lock", callback_data="lock:1", style="success")],
        [Button("Sign in", url="https://login.dimo.org/?clientId=0x1")],
    ]
    assert setting.world.violations == []


async def test_library_reads_back_what_it_sent(setting: Setting) -> None:
    asked = setting.ann.says("/start")
    sent = await setting.bot.send_message(
        setting.ann.id,
        "<i>Hi</i> /lock",
        parse_mode="HTML",
        reply_markup=InlineKeyboardMarkup.from_button(LOCK),
        reply_parameters=ReplyParameters(asked.id),
        link_preview_options=LinkPreviewOptions(is_disabled=True),
    )
    assert sent.text_html == "<i>Hi</i> /lock"
    assert [entity.type for entity in sent.entities] == [MessageEntity.ITALIC, MessageEntity.BOT_COMMAND]
    assert sent.date == setting.clock.now()
    assert sent.chat.type == Chat.PRIVATE
    assert sent.from_user is not None
    assert sent.from_user.username == "dimo_family_bot"
    assert sent.reply_to_message is not None
    assert sent.reply_to_message.text == "/start"
    assert sent.reply_markup == InlineKeyboardMarkup.from_button(LOCK)


async def test_text_is_trimmed_and_given_entities_are_kept(setting: Setting) -> None:
    seen = await setting.shown("  Bluey ", entities=[MessageEntity(MessageEntity.BOLD, 2, 5)])
    assert (seen.text, seen.entities) == ("Bluey", [{"type": "bold", "offset": 0, "length": 5}])


async def test_forced_reply_is_seen_and_has_no_buttons(setting: Setting) -> None:
    seen = await setting.shown("Which code?", reply_markup=ForceReply(input_field_placeholder="P0106"))
    assert (seen.asks_reply, seen.placeholder) == (True, "P0106")
    assert seen.buttons == []


@pytest.mark.parametrize(
    ("text", "more", "description"),
    [
        ("", {}, "Message text is empty"),
        (" \n ", {}, "Text must be non-empty"),
        ("x" * 4097, {}, "Message is too long"),
        (
            "<b>x",
            {"parse_mode": "HTML"},
            "Can't parse entities: can't find end tag corresponding to start tag \"b\"",
        ),
        ("x", {"reply_parameters": ReplyParameters(99)}, "Message to be replied not found"),
    ],
)
async def test_invalid_texts_are_refused(setting: Setting, text: str, more: dict[str, Any], description: str) -> None:
    with pytest.raises(BadRequest) as refused:
        await setting.bot.send_message(setting.ann.id, text, **more)
    assert refused.value.message == description


async def test_length_counts_after_parsing(setting: Setting) -> None:
    seen = await setting.shown("<b>" + "&lt;" * 4096 + "</b>", parse_mode="HTML")
    assert len(seen.text) == 4096


@pytest.mark.parametrize(
    ("button", "description"),
    [
        ({"text": "Lock", "callback_data": "é" * 33}, "BUTTON_DATA_INVALID"),
        (
            {"text": "Lock"},
            "can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard",
        ),
        ({"callback_data": "x"}, "can't parse inline keyboard button: Can't find field \"text\""),
        ({"text": " ", "callback_data": "x"}, "inline keyboard button text must be non-empty"),
        (
            {"text": "Lock", "callback_data": "x", "style": "red"},
            "can't parse inline keyboard button: invalid button style specified",
        ),
        (
            {"text": "Go", "url": "http://localhost/x"},
            "inline keyboard button URL 'http://localhost/x' is invalid: Wrong HTTP URL",
        ),
        (
            {"text": "Go", "callback_data": "x", "url": "https://x.org"},
            "can't parse inline keyboard button: exactly one of ['callback_data', 'url'] must be used",
        ),
        ({"text": "Go", "callback": "x"}, "can't parse inline keyboard button: unknown fields ['callback']"),
        ("Lock", "can't parse inline keyboard button: InlineKeyboardButton must be an Object"),
    ],
)
async def test_invalid_buttons_are_refused(setting: Setting, button: Any, description: str) -> None:
    markup = {"inline_keyboard": [[button]]}
    body = await setting.raw("sendMessage", chat_id=setting.ann.id, text="x", reply_markup=markup)
    assert body["description"] == f"Bad Request: {description}"
    assert setting.ann.private_chat.messages == []


@pytest.mark.parametrize(
    ("markup", "description"),
    [
        (
            {"inline_keyboard": [{}]},
            'field "inline_keyboard" of the InlineKeyboardMarkup must be an Array of Arrays',
        ),
        ({"inline_keyboard": [[{"text": "x", "callback_data": "x"}] * 101]}, "reply markup is too long"),
        ({"buttons": []}, "unknown fields in the reply markup: ['buttons']"),
    ],
)
async def test_invalid_keyboards_are_refused(setting: Setting, markup: Any, description: str) -> None:
    body = await setting.raw("sendMessage", chat_id=setting.ann.id, text="x", reply_markup=markup)
    assert body["description"] == f"Bad Request: {description}"


async def test_callback_data_of_64_bytes_is_accepted(setting: Setting) -> None:
    button = InlineKeyboardButton("Lock", callback_data="x" * 64)
    seen = await setting.shown(reply_markup=InlineKeyboardMarkup.from_button(button))
    assert seen.buttons[0].callback_data == "x" * 64


async def test_web_app_button_is_refused_in_a_group(setting: Setting) -> None:
    group = setting.world.add_group("Family", [setting.ann])
    button = {"text": "Open", "web_app": {"url": "https://x.org"}}
    body = await setting.raw("sendMessage", chat_id=group.id, text="x", reply_markup={"inline_keyboard": [[button]]})
    assert body["description"] == "Bad Request: BUTTON_TYPE_INVALID"


async def test_edit_shows_the_new_text_and_removes_the_buttons(setting: Setting) -> None:
    seen = await setting.shown("Sending", reply_markup=InlineKeyboardMarkup.from_button(LOCK))
    setting.clock.forward(seconds=3)
    edited = await setting.bot.edit_message_text("Accepted", setting.ann.id, seen.id)
    assert not isinstance(edited, bool)
    assert edited.edit_date == setting.clock.now()
    assert (seen.texts, seen.edits, seen.labels) == (["Sending", "Accepted"], 1, [])


async def test_buttons_can_be_edited_alone(setting: Setting) -> None:
    seen = await setting.shown("Bluey", reply_markup=InlineKeyboardMarkup.from_button(LOCK))
    await setting.bot.edit_message_reply_markup(setting.ann.id, seen.id)
    assert (seen.text, seen.labels) == ("Bluey", [])


async def test_edit_that_changes_nothing_is_refused(setting: Setting) -> None:
    seen = await setting.shown("Sending", reply_markup=InlineKeyboardMarkup.from_button(LOCK))
    with pytest.raises(BadRequest, match="Message is not modified"):
        await setting.bot.edit_message_text(
            "Sending ", setting.ann.id, seen.id, reply_markup=InlineKeyboardMarkup.from_button(LOCK)
        )
    with pytest.raises(BadRequest, match="Message is not modified"):
        await setting.bot.edit_message_reply_markup(
            setting.ann.id, seen.id, reply_markup=InlineKeyboardMarkup.from_button(LOCK)
        )
    assert seen.edits == 0


async def test_edit_of_a_deleted_or_foreign_message_is_refused(setting: Setting) -> None:
    seen = await setting.shown()
    setting.ann.deletes(seen)
    with pytest.raises(BadRequest, match="Message to edit not found"):
        await setting.bot.edit_message_text("x", setting.ann.id, seen.id)
    said = setting.ann.says("Hi")
    with pytest.raises(BadRequest, match="Message can't be edited"):
        await setting.bot.edit_message_text("x", setting.ann.id, said.id)


async def test_only_an_inline_keyboard_can_be_edited_in(setting: Setting) -> None:
    seen = await setting.shown()
    body = await setting.raw(
        "editMessageText",
        chat_id=setting.ann.id,
        message_id=seen.id,
        text="x",
        reply_markup={"force_reply": True},
    )
    assert body["description"] == "Bad Request: inline keyboard expected"


async def test_bot_deletes_any_message_in_a_private_chat(setting: Setting) -> None:
    said = setting.ann.says("my secret")
    await setting.bot.delete_message(setting.ann.id, said.id)
    assert said.deleted
    assert setting.ann.private_chat.messages == []
    assert setting.ann.private_chat.history == [said]
    with pytest.raises(BadRequest, match="Message to delete not found"):
        await setting.bot.delete_message(setting.ann.id, said.id)


async def test_nothing_is_deleted_after_48_hours(setting: Setting) -> None:
    seen = await setting.shown()
    setting.clock.forward(hours=49)
    with pytest.raises(BadRequest, match="Message can't be deleted for everyone"):
        await setting.bot.delete_message(setting.ann.id, seen.id)


async def test_many_are_deleted_at_once_and_missing_ones_skipped(setting: Setting) -> None:
    one, two = await setting.shown("1"), await setting.shown("2")
    await setting.bot.delete_messages(setting.ann.id, [one.id, two.id, 999])
    assert one.deleted
    assert two.deleted


async def test_deleting_in_a_group_needs_the_right(setting: Setting) -> None:
    group = setting.world.add_group("Family", [setting.ann])
    said = setting.ann.says("/lock", chat=group)
    with pytest.raises(BadRequest, match="Message can't be deleted"):
        await setting.bot.delete_message(group.id, said.id)
    group.promotes(setting.account)
    await setting.bot.delete_message(group.id, said.id)
    assert said.deleted


async def test_bot_cannot_write_first(setting: Setting) -> None:
    stranger = setting.world.add_person("Ben")
    with pytest.raises(BadRequest, match="Chat not found"):
        await setting.bot.send_message(stranger.id, "Hello")
    stranger.says("/start")
    await setting.bot.send_message(stranger.id, "Hello")


async def test_blocked_bot_cannot_write(setting: Setting) -> None:
    setting.ann.blocks()
    with pytest.raises(Forbidden, match="Forbidden: bot was blocked by the user"):
        await setting.bot.send_message(setting.ann.id, "Hello")
    setting.ann.says("/start")
    await setting.bot.send_message(setting.ann.id, "Hello")


@pytest.mark.parametrize(
    ("status", "description"),
    [
        ("kicked", "Forbidden: bot was kicked from the group chat"),
        ("left", "Forbidden: bot is not a member of the group chat"),
    ],
)
async def test_bot_outside_a_group_cannot_write_there(setting: Setting, status: str, description: str) -> None:
    group = setting.world.add_group("Family", [setting.ann])
    group.leaves(setting.account, by=setting.ann, status=status)
    with pytest.raises(Forbidden, match=description):
        await setting.bot.send_message(group.id, "Hello")


async def test_sending_to_a_migrated_group_is_refused_with_the_new_chat(setting: Setting) -> None:
    group = setting.world.add_group("Family", [setting.ann])
    new = group.becomes_supergroup()
    with pytest.raises(ChatMigrated) as moved:
        await setting.bot.send_message(group.id, "Hello")
    assert moved.value.new_chat_id == new.id
    assert (await setting.bot.send_message(new.id, "Hello")).chat.type == Chat.SUPERGROUP


async def test_chat_action_is_seen_and_checked(setting: Setting) -> None:
    await setting.bot.send_chat_action(setting.ann.id, "typing")
    assert setting.ann.private_chat.actions == ["typing"]
    body = await setting.raw("sendChatAction", chat_id=setting.ann.id, action="honking")
    assert body["description"] == "Bad Request: wrong parameter action in request"
