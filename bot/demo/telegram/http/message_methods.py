"""The methods of the Bot API that send, change and delete texts, delete and pin messages, and answer taps."""

from collections.abc import Mapping
from datetime import timedelta

from bot.demo.telegram.bots import Answer
from bot.demo.telegram.chats import Message, Version
from bot.demo.telegram.errors import Misuse, bad_request, too_old
from bot.demo.telegram.groups import Group
from bot.demo.telegram.http.method_call import Method, MethodCall
from bot.demo.telegram.http.params import Kind, array, chat, flag, integer, text, thing, unplayed
from bot.demo.telegram.http.writing import SENDING, TARGET, edit, message_of, send, version
from bot.demo.telegram.users import Json

_LONGEST_TEXT = 4096
_LONGEST_ANSWER = 200
_MOST_DELETED = 100
_DELETABLE_FOR = timedelta(hours=48)
_ACTIONS = frozenset(
    {
        "typing",
        "upload_photo",
        "record_video",
        "upload_video",
        "record_voice",
        "upload_voice",
        "upload_document",
        "choose_sticker",
        "find_location",
        "record_video_note",
        "upload_video_note",
    }
)


def _text_of(call: MethodCall) -> Version:
    """Return the text of a call as people see it."""
    source = call.params.get("text")
    if not source:
        raise Misuse("message text is empty")
    shown = version(source, call.params, "entities")
    if not shown.text:
        raise Misuse("text must be non-empty")
    if len(shown.text) > _LONGEST_TEXT:
        raise Misuse("message is too long")
    return shown


def send_message(call: MethodCall) -> Json:
    """Send a message."""
    return send(call, _text_of(call))


def edit_message_text(call: MethodCall) -> Json:
    """Change the text of a message of the bot; without a markup its buttons are removed."""
    shown = _text_of(call)
    message = message_of(call, "edit")
    if message.document is not None or message.photo is not None or message.venue is not None:
        raise bad_request("there is no text in the message to edit")
    return edit(call, message, shown)


def edit_message_reply_markup(call: MethodCall) -> Json:
    """Change the buttons of a message of the bot."""
    message = message_of(call, "edit")
    return edit(call, message, message.versions[-1])


def delete_message(call: MethodCall) -> bool:
    """Delete one message within 48 hours; other people's messages in a group only with the right to do so."""
    message = message_of(call, "delete")
    if not _is_deletable(call, message):
        raise bad_request("message can't be deleted for everyone")
    message.delete()
    return True


def pin_chat_message(call: MethodCall) -> bool:
    """Pin a message; in a group only an administrator may."""
    message = message_of(call, "pin")
    chat_of = message.chat
    if isinstance(chat_of, Group) and not chat_of.is_administrator(call.bot):
        raise bad_request("not enough rights to manage pinned messages in the chat")
    if message not in chat_of.pinned:
        chat_of.pinned.append(message)
        chat_of.watchers.changed()
    return True


def delete_messages(call: MethodCall) -> bool:
    """Delete up to 100 messages; those that are missing or can't be deleted are skipped."""
    ids = call.params.get("message_ids")
    if not ids:
        raise Misuse("message identifiers are not specified")
    if len(ids) > _MOST_DELETED:
        raise Misuse("too many message identifiers specified")
    target = call.writable_chat()
    for message in [target.message(integer("message_ids", number)) for number in ids]:
        if message is not None and _is_deletable(call, message):
            message.delete()
    return True


def _is_deletable(call: MethodCall, message: Message) -> bool:
    if call.now - message.date > _DELETABLE_FOR:
        return False
    chat_of = message.chat
    return message.sender is call.bot or not isinstance(chat_of, Group) or chat_of.is_administrator(call.bot)


def answer_callback_query(call: MethodCall) -> bool:
    """Answer a tap, which is possible once and for a short time."""
    if len(call.params.get("text", "")) > _LONGEST_ANSWER:
        raise Misuse("MESSAGE_TOO_LONG")
    tap = call.bot.taps.get(call.params.get("callback_query_id", ""))
    if tap is None or tap.at is None or tap.answer is not None or call.now - tap.at > call.state.tap_lifetime:
        raise too_old()
    url = call.params.get("url")
    own_links = (f"https://t.me/{call.bot.username}?", f"t.me/{call.bot.username}?")
    if url is not None and not url.startswith(own_links):
        raise Misuse("URL_INVALID")
    tap.answer = Answer(call.params.get("text"), call.params.get("show_alert", False), url)
    tap.message.chat.watchers.changed()
    return True


def send_chat_action(call: MethodCall) -> bool:
    """Show for some seconds that the bot is busy."""
    if call.params.get("action") not in _ACTIONS:
        raise Misuse("wrong parameter action in request")
    target = call.writable_chat()
    target.actions.append(call.params["action"])
    target.watchers.changed()
    return True


_TEXT: Mapping[str, Kind] = {
    "text": text,
    "parse_mode": text,
    "entities": array,
    "link_preview_options": thing,
}
_CHOSEN: Mapping[str, Kind] = {"chat_id": chat, "message_id": integer}

MESSAGE_METHODS = (
    Method("sendMessage", send_message, {**SENDING, **_TEXT}),
    Method("editMessageText", edit_message_text, {**TARGET, **_TEXT}),
    Method("editMessageReplyMarkup", edit_message_reply_markup, TARGET),
    Method("deleteMessage", delete_message, _CHOSEN),
    Method(
        "pinChatMessage",
        pin_chat_message,
        {"business_connection_id": unplayed, **_CHOSEN, "disable_notification": flag},
    ),
    Method("deleteMessages", delete_messages, {"chat_id": chat, "message_ids": array}),
    Method(
        "answerCallbackQuery",
        answer_callback_query,
        {"callback_query_id": text, "text": text, "show_alert": flag, "url": text, "cache_time": integer},
    ),
    Method(
        "sendChatAction",
        send_chat_action,
        {"business_connection_id": unplayed, "chat_id": chat, "message_thread_id": unplayed, "action": text},
    ),
)
