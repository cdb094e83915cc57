"""What the methods that send and edit messages share."""

from collections.abc import Mapping
from dataclasses import replace

from bot.demo.telegram.attachments import Document, Venue
from bot.demo.telegram.chats import Chat, Message, Version
from bot.demo.telegram.errors import Misuse, bad_request, not_modified
from bot.demo.telegram.groups import Group
from bot.demo.telegram.http.html import parse_html
from bot.demo.telegram.http.markup import check_markup, inline_keyboard
from bot.demo.telegram.http.method_call import MethodCall
from bot.demo.telegram.http.params import Kind, Params, chat, flag, integer, text, thing, unplayed
from bot.demo.telegram.text import Entity, found_entities, trimmed
from bot.demo.telegram.users import Json

_UNPLAYED_MODES = frozenset({"markdown", "markdownv2"})

TARGET: Mapping[str, Kind] = {
    "business_connection_id": unplayed,
    "chat_id": chat,
    "message_id": integer,
    "inline_message_id": unplayed,
    "reply_markup": thing,
}
SENDING: Mapping[str, Kind] = {
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


def message_of(call: MethodCall, purpose: str) -> Message:
    """Return the message that a call names; raises an ApiError if there is none."""
    found = call.writable_chat().message(call.params.get("message_id", 0))
    if found is None:
        raise bad_request(f"message to {purpose} not found")
    return found


def version(source: str, params: Params, entities_name: str) -> Version:
    """Return a text or a caption as people see it."""
    html, plain, entities = _parsed(source, params, entities_name)
    plain, entities = trimmed(plain, entities)
    return Version(plain, [*entities, *found_entities(plain, entities)], html)


def _parsed(source: str, params: Params, entities_name: str) -> tuple[str | None, str, list[Entity]]:
    mode = params.get("parse_mode", "").lower()
    if mode == "html":
        return source, *parse_html(source)
    if mode in _UNPLAYED_MODES:
        raise Misuse(f'this simulator does not know parse_mode "{params["parse_mode"]}"')
    if mode:
        raise Misuse("unsupported parse_mode")
    entities = params.get(entities_name, [])
    if not all(isinstance(entity, dict) and {"type", "offset", "length"} <= set(entity) for entity in entities):
        raise Misuse("can't parse MessageEntity: a type, an offset and a length are needed")
    return None, source, list(entities)


def send(call: MethodCall, shown: Version, document: Document | None = None, *, venue: Venue | None = None) -> Json:
    """Send a message; raises an ApiError if the bot may not write there."""
    target = call.writable_chat()
    topic = _topic(call, target, is_photo=shown.photo is not None)
    markup = call.params.get("reply_markup")
    check_markup(markup, is_private=target.kind == "private")
    buttons = markup if markup and "inline_keyboard" in markup else None
    message = target.add(
        call.bot,
        replace(shown, markup=buttons),
        call.now,
        reply_to=_replied_to(target, call),
        asks_reply=bool(markup and markup.get("force_reply")),
        placeholder=markup.get("input_field_placeholder", "") if markup else "",
        document=document,
        venue=venue,
        extra=topic,
        sounds=not call.params.get("disable_notification"),
    )
    return message.message_json()


def _topic(call: MethodCall, target: Chat, *, is_photo: bool) -> Json:
    """Return what says in which topic a new message is; raises an ApiError if the bot may not write there."""
    number = call.params.get("message_thread_id")
    if not isinstance(target, Group):
        if number is not None:
            raise Misuse("message thread not found")
        return {}
    if number not in target.topics:
        raise bad_request("message thread not found")
    if target.is_muted or (is_photo and target.has_no_photos):
        kind = "photos" if is_photo else "text messages"
        raise bad_request(f"not enough rights to send {kind} to the chat")
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


def edit(call: MethodCall, message: Message, shown: Version) -> Json:
    """Show something else in a message of the bot; without another photo it keeps its own."""
    markup = inline_keyboard(call.params.get("reply_markup"), is_private=message.chat.kind == "private")
    if message.sender is not call.bot:
        raise bad_request("message can't be edited")
    photo = shown.photo or message.photo
    new = replace(shown, markup=markup, edited_at=call.now, photo=photo)
    if new.shows_the_same(message.versions[-1]):
        raise not_modified()
    message.show(new)
    return message.message_json()
