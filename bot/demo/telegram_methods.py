"""The methods of the Bot API that send, change and delete messages and answer taps."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, TypeAlias

from bot.demo.telegram_bots import Answer, Bot, PrivateChat
from bot.demo.telegram_chats import Chat, Json, Message, Version
from bot.demo.telegram_errors import Misuse, bad_request, forbidden, migrated, not_modified, too_old
from bot.demo.telegram_groups import Group
from bot.demo.telegram_html import parse_html
from bot.demo.telegram_markup import check_markup, inline_keyboard
from bot.demo.telegram_network import Network
from bot.demo.telegram_params import Kind, Params, array, chat, flag, integer, text, thing, unplayed
from bot.demo.telegram_text import Entity, found_entities, trimmed

Method: TypeAlias = Callable[[Network, Bot, Params], Any]

_LONGEST_TEXT = 4096
_LONGEST_ANSWER = 200
_MOST_DELETED = 100
_DELETABLE_FOR = timedelta(hours=48)
_ACTIONS = frozenset(
    "typing upload_photo record_video upload_video record_voice upload_voice upload_document choose_sticker "
    "find_location record_video_note upload_video_note".split()
)


@dataclass(frozen=True, slots=True)
class Spec:
    """A method with its documented name and parameters."""

    name: str
    run: Method
    kinds: Mapping[str, Kind]


def writable_chat(bot: Bot, params: Params) -> Chat:
    """Return the chat of a call, if the bot may write there."""
    if "chat_id" not in params:
        raise Misuse("chat_id is empty")
    found = bot.chats.get(params["chat_id"])
    if found is None or (isinstance(found, PrivateChat) and not found.started):
        raise bad_request("chat not found")
    if isinstance(found, PrivateChat) and found.blocked:
        raise forbidden("bot was blocked by the user")
    if isinstance(found, Group):
        _check_group(found, bot)
    return found


def _check_group(group: Group, bot: Bot) -> None:
    if group.migrated_to is not None:
        raise migrated(group.migrated_to.id)
    status = group.status_of(bot)
    if status == "kicked":
        raise forbidden(f"bot was kicked from the {group.kind} chat")
    if status == "left":
        raise forbidden(f"bot is not a member of the {group.kind} chat")


def _message(bot: Bot, params: Params, purpose: str) -> Message:
    found = writable_chat(bot, params).message(params.get("message_id", 0))
    if found is None:
        raise bad_request(f"message to {purpose} not found")
    return found


def _shown(params: Params) -> Version:
    """Return the text of a call as people will see it."""
    source = params.get("text")
    if not source:
        raise Misuse("message text is empty")
    html, plain, entities = _parsed(source, params)
    plain, entities = trimmed(plain, entities)
    if not plain:
        raise Misuse("text must be non-empty")
    if len(plain) > _LONGEST_TEXT:
        raise Misuse("message is too long")
    return Version(plain, [*entities, *found_entities(plain, entities)], html)


def _parsed(source: str, params: Params) -> tuple[str | None, str, list[Entity]]:
    mode = params.get("parse_mode", "").lower()
    if mode == "html":
        return source, *parse_html(source)
    if mode:
        raise Misuse("unsupported parse_mode")
    entities = params.get("entities", [])
    if not all(
        isinstance(entity, dict) and {"type", "offset", "length"} <= set(entity) for entity in entities
    ):
        raise Misuse("can't parse MessageEntity: a type, an offset and a length are needed")
    return None, source, list(entities)


def send_message(network: Network, bot: Bot, params: Params) -> Json:
    """Put a message into a chat."""
    shown = _shown(params)
    target = writable_chat(bot, params)
    markup = params.get("reply_markup")
    check_markup(markup, is_private=target.kind == "private")
    version = Version(
        shown.text, shown.entities, shown.html, markup if markup and "inline_keyboard" in markup else None
    )
    message = target.add(
        bot,
        version,
        network.now(),
        reply_to=_replied_to(target, params),
        asks_reply=bool(markup and markup.get("force_reply")),
    )
    return message.message_json()


def _replied_to(target: Chat, params: Params) -> Message | None:
    reply = params.get("reply_parameters")
    if reply is None:
        return None
    found = target.message(reply.get("message_id", 0))
    if found is None and not reply.get("allow_sending_without_reply"):
        raise bad_request("message to be replied not found")
    return found


def edit_message_text(network: Network, bot: Bot, params: Params) -> Json:
    """Show another text in a message of the bot; without a markup its buttons go."""
    shown = _shown(params)
    message = _message(bot, params, "edit")
    return _edit(network, bot, message, params, shown)


def edit_message_reply_markup(network: Network, bot: Bot, params: Params) -> Json:
    """Show other buttons under a message of the bot."""
    message = _message(bot, params, "edit")
    return _edit(network, bot, message, params, message.versions[-1])


def _edit(network: Network, bot: Bot, message: Message, params: Params, shown: Version) -> Json:
    markup = inline_keyboard(params.get("reply_markup"), is_private=message.chat.kind == "private")
    if message.sender is not bot:
        raise bad_request("message can't be edited")
    version = Version(shown.text, shown.entities, shown.html, markup, edited_at=network.now())
    if version.shows_the_same(message.versions[-1]):
        raise not_modified()
    message.show(version)
    return message.message_json()


def delete_message(network: Network, bot: Bot, params: Params) -> bool:
    """Delete one message, within 48 hours; what others wrote in a group only with the right to."""
    message = _message(bot, params, "delete")
    if not _is_deletable(network, bot, message):
        raise bad_request("message can't be deleted for everyone")
    message.delete()
    return True


def delete_messages(network: Network, bot: Bot, params: Params) -> bool:
    """Delete up to 100 messages; what is not there or can't be deleted is passed over."""
    ids = params.get("message_ids")
    if not ids:
        raise Misuse("message identifiers are not specified")
    if len(ids) > _MOST_DELETED:
        raise Misuse("too many message identifiers specified")
    target = writable_chat(bot, params)
    for message in [target.message(integer("message_ids", id)) for id in ids]:
        if message is not None and _is_deletable(network, bot, message):
            message.delete()
    return True


def _is_deletable(network: Network, bot: Bot, message: Message) -> bool:
    if network.now() - message.date > _DELETABLE_FOR:
        return False
    chat_of = message.chat
    return message.sender is bot or not isinstance(chat_of, Group) or chat_of.may_delete(bot)


def answer_callback_query(network: Network, bot: Bot, params: Params) -> bool:
    """Answer a tap, once and soon."""
    if len(params.get("text", "")) > _LONGEST_ANSWER:
        raise Misuse("MESSAGE_TOO_LONG")
    tap = bot.taps.get(params.get("callback_query_id", ""))
    if (
        tap is None
        or tap.at is None
        or tap.answer is not None
        or network.now() - tap.at > network.tap_lifetime
    ):
        raise too_old()
    url = params.get("url")
    if url is not None and not url.startswith((f"https://t.me/{bot.username}?", f"t.me/{bot.username}?")):
        raise Misuse("URL_INVALID")
    tap.answer = Answer(params.get("text"), params.get("show_alert", False), url)
    tap.message.chat.watchers.changed()
    return True


def send_chat_action(network: Network, bot: Bot, params: Params) -> bool:  # noqa: ARG001 - a Method
    """Show for a moment that the bot is busy."""
    if params.get("action") not in _ACTIONS:
        raise Misuse("wrong parameter action in request")
    target = writable_chat(bot, params)
    target.actions.append(params["action"])
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
    "message_thread_id": unplayed,
    "direct_messages_topic_id": unplayed,
    "disable_notification": flag,
    "protect_content": flag,
    "allow_paid_broadcast": flag,
    "message_effect_id": text,
    "suggested_post_parameters": unplayed,
    "reply_parameters": thing,
    "reply_markup": thing,
}

MESSAGE_METHODS = (
    Spec("sendMessage", send_message, {**_SENDING, **_TEXT}),
    Spec("editMessageText", edit_message_text, {**_TARGET, **_TEXT}),
    Spec("editMessageReplyMarkup", edit_message_reply_markup, _TARGET),
    Spec("deleteMessage", delete_message, {"chat_id": chat, "message_id": integer}),
    Spec("deleteMessages", delete_messages, {"chat_id": chat, "message_ids": array}),
    Spec(
        "answerCallbackQuery",
        answer_callback_query,
        {"callback_query_id": text, "text": text, "show_alert": flag, "url": text, "cache_time": integer},
    ),
    Spec(
        "sendChatAction",
        send_chat_action,
        {"business_connection_id": unplayed, "chat_id": chat, "message_thread_id": unplayed, "action": text},
    ),
)
