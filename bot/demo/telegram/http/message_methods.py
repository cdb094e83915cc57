"""The methods of the Bot API that send, change and delete messages and answer taps."""

from collections.abc import Mapping
from datetime import timedelta

from bot.demo.telegram.bots import Answer
from bot.demo.telegram.chats import Chat, Document, Message, Version
from bot.demo.telegram.errors import ApiError, Misuse, bad_request, not_modified, too_old
from bot.demo.telegram.groups import Group
from bot.demo.telegram.http.html import parse_html
from bot.demo.telegram.http.markup import check_markup, inline_keyboard
from bot.demo.telegram.http.method_call import Method, MethodCall
from bot.demo.telegram.http.params import Kind, array, chat, flag, integer, text, thing, unplayed, upload
from bot.demo.telegram.text import Entity, found_entities, trimmed
from bot.demo.telegram.users import Json

_LONGEST_TEXT = 4096
_LONGEST_CAPTION = 1024
_LARGEST_FILE = 50 * 1024 * 1024
_LONGEST_ANSWER = 200
_MOST_DELETED = 100
_DELETABLE_FOR = timedelta(hours=48)
_UNPLAYED_MODES = frozenset({"markdown", "markdownv2"})
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


def _message(call: MethodCall, purpose: str) -> Message:
    found = call.writable_chat().message(call.params.get("message_id", 0))
    if found is None:
        raise bad_request(f"message to {purpose} not found")
    return found


def _text_of(call: MethodCall) -> Version:
    """Return the text of a call as people see it."""
    source = call.params.get("text")
    if not source:
        raise Misuse("message text is empty")
    shown = _version(source, call, "entities")
    if not shown.text:
        raise Misuse("text must be non-empty")
    if len(shown.text) > _LONGEST_TEXT:
        raise Misuse("message is too long")
    return shown


def _version(source: str, call: MethodCall, entities_name: str) -> Version:
    html, plain, entities = _parsed(source, call, entities_name)
    plain, entities = trimmed(plain, entities)
    return Version(plain, [*entities, *found_entities(plain, entities)], html)


def _parsed(source: str, call: MethodCall, entities_name: str) -> tuple[str | None, str, list[Entity]]:
    mode = call.params.get("parse_mode", "").lower()
    if mode == "html":
        return source, *parse_html(source)
    if mode in _UNPLAYED_MODES:
        raise Misuse(f'this simulator does not know parse_mode "{call.params["parse_mode"]}"')
    if mode:
        raise Misuse("unsupported parse_mode")
    entities = call.params.get(entities_name, [])
    if not all(isinstance(entity, dict) and {"type", "offset", "length"} <= set(entity) for entity in entities):
        raise Misuse("can't parse MessageEntity: a type, an offset and a length are needed")
    return None, source, list(entities)


def send_message(call: MethodCall) -> Json:
    """Send a message."""
    return _send(call, _text_of(call))


def send_document(call: MethodCall) -> Json:
    """Send a file with a caption."""
    file = call.params.get("document")
    if file is None:
        raise Misuse("there is no document in the request")
    if not file.content:
        raise Misuse("file must be non-empty")
    if len(file.content) > _LARGEST_FILE:
        raise ApiError(413, "Request Entity Too Large")
    return _send(call, _caption(call), Document(file.name, file.kind, file.content))


def _caption(call: MethodCall) -> Version:
    caption = _version(call.params.get("caption", ""), call, "caption_entities")
    if len(caption.text) > _LONGEST_CAPTION:
        raise Misuse("message caption is too long")
    return caption


def _send(call: MethodCall, shown: Version, document: Document | None = None) -> Json:
    target = call.writable_chat()
    topic = _topic(call, target)
    markup = call.params.get("reply_markup")
    check_markup(markup, is_private=target.kind == "private")
    version = Version(
        shown.text, shown.entities, shown.html, markup if markup and "inline_keyboard" in markup else None
    )
    message = target.add(
        call.bot,
        version,
        call.now,
        reply_to=_replied_to(target, call),
        asks_reply=bool(markup and markup.get("force_reply")),
        placeholder=markup.get("input_field_placeholder", "") if markup else "",
        document=document,
        extra=topic,
        sounds=not call.params.get("disable_notification"),
    )
    return message.message_json()


def _topic(call: MethodCall, target: Chat) -> Json:
    """Return what says in which topic a new message is; raises an ApiError if the bot may not write there."""
    number = call.params.get("message_thread_id")
    if not isinstance(target, Group):
        if number is not None:
            raise Misuse("message thread not found")
        return {}
    if number not in target.topics:
        raise bad_request("message thread not found")
    if target.is_muted:
        raise bad_request("not enough rights to send text messages to the chat")
    if not target.topics[number] and target.status_of(call.bot) != "administrator":
        raise bad_request("TOPIC_CLOSED")
    return target.topic_json(number)


def _replied_to(target: Chat, call: MethodCall) -> Message | None:
    reply = call.params.get("reply_parameters")
    if reply is None:
        return None
    found = target.message(reply.get("message_id", 0))
    if found is None and not reply.get("allow_sending_without_reply"):
        raise bad_request("message to be replied not found")
    return found


def edit_message_text(call: MethodCall) -> Json:
    """Change the text of a message of the bot; without a markup its buttons are removed."""
    shown = _text_of(call)
    message = _message(call, "edit")
    if message.document is not None:
        raise bad_request("there is no text in the message to edit")
    return _edit(call, message, shown)


def edit_message_caption(call: MethodCall) -> Json:
    """Change or remove the caption of a file of the bot; without a markup its buttons are removed."""
    caption = _caption(call)
    message = _message(call, "edit")
    if message.document is None:
        raise bad_request("there is no caption in the message to edit")
    return _edit(call, message, caption)


def edit_message_reply_markup(call: MethodCall) -> Json:
    """Change the buttons of a message of the bot."""
    message = _message(call, "edit")
    return _edit(call, message, message.versions[-1])


def _edit(call: MethodCall, message: Message, shown: Version) -> Json:
    markup = inline_keyboard(call.params.get("reply_markup"), is_private=message.chat.kind == "private")
    if message.sender is not call.bot:
        raise bad_request("message can't be edited")
    version = Version(shown.text, shown.entities, shown.html, markup, edited_at=call.now)
    if version.shows_the_same(message.versions[-1]):
        raise not_modified()
    message.show(version)
    return message.message_json()


def delete_message(call: MethodCall) -> bool:
    """Delete one message within 48 hours; other people's messages in a group only with the right to do so."""
    message = _message(call, "delete")
    if not _is_deletable(call, message):
        raise bad_request("message can't be deleted for everyone")
    message.delete()
    return True


def pin_chat_message(call: MethodCall) -> bool:
    """Pin a message; in a group only an administrator may."""
    message = _message(call, "pin")
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


_TARGET: Mapping[str, Kind] = {
    "business_connection_id": unplayed,
    "chat_id": chat,
    "message_id": integer,
    "inline_message_id": unplayed,
    "reply_markup": thing,
}
_TEXT: Mapping[str, Kind] = {
    "text": text,
    "parse_mode": text,
    "entities": array,
    "link_preview_options": thing,
}
_SENDING: Mapping[str, Kind] = {
    "business_connection_id": unplayed,
    "chat_id": chat,
    "message_thread_id": integer,
    "direct_messages_topic_id": unplayed,
    "disable_notification": flag,
    "protect_content": flag,
    "allow_paid_broadcast": flag,
    "message_effect_id": text,
    "suggested_post_parameters": unplayed,
    "reply_parameters": thing,
    "reply_markup": thing,
}
_CAPTION: Mapping[str, Kind] = {"caption": text, "parse_mode": text, "caption_entities": array}
_DOCUMENT: Mapping[str, Kind] = {
    "document": upload,
    "thumbnail": unplayed,
    "disable_content_type_detection": flag,
    **_CAPTION,
}

_CHOSEN: Mapping[str, Kind] = {"chat_id": chat, "message_id": integer}

MESSAGE_METHODS = (
    Method("sendMessage", send_message, {**_SENDING, **_TEXT}),
    Method("sendDocument", send_document, {**_SENDING, **_DOCUMENT}),
    Method("editMessageText", edit_message_text, {**_TARGET, **_TEXT}),
    Method(
        "editMessageCaption",
        edit_message_caption,
        {**_TARGET, **_CAPTION, "show_caption_above_media": unplayed},
    ),
    Method("editMessageReplyMarkup", edit_message_reply_markup, _TARGET),
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
