"""The methods of the Bot API about the bot itself and the chats it is in."""

import re
from collections.abc import Mapping
from functools import partial
from urllib.parse import urlsplit

from bot.demo.telegram.bots import Webhook, member_json
from bot.demo.telegram.chats import Json
from bot.demo.telegram.errors import Misuse, bad_request, conflict
from bot.demo.telegram.groups import Group
from bot.demo.telegram.http.method_call import Method, MethodCall, known_chat
from bot.demo.telegram.http.params import Kind, array, chat, flag, integer, text, thing, unplayed
from bot.demo.telegram.updates import kinds_asked

_COMMAND = re.compile(r"[a-z0-9_]{1,32}")
_MOST_COMMANDS = 100
_LONGEST_COMMAND_DESCRIPTION = 256
_DESCRIPTION_LIMITS: Mapping[str, int] = {"description": 512, "short_description": 120}
_SCOPES: Mapping[str, frozenset[str]] = {
    "default": frozenset(),
    "all_private_chats": frozenset(),
    "all_group_chats": frozenset(),
    "all_chat_administrators": frozenset(),
    "chat": frozenset({"chat_id"}),
    "chat_administrators": frozenset({"chat_id"}),
    "chat_member": frozenset({"chat_id", "user_id"}),
}
_SECRET = re.compile(r"[A-Za-z0-9_-]{1,256}")
_WEBHOOK_PORTS = frozenset({None, 80, 88, 443, 8443})


def get_me(call: MethodCall) -> Json:
    """Tell the bot who it is."""
    return call.bot.me_json()


def set_my_commands(call: MethodCall) -> bool:
    """Put commands into the menu of a scope and language."""
    commands = call.params.get("commands", [])
    if len(commands) > _MOST_COMMANDS:
        raise Misuse("BOT_COMMANDS_TOO_MUCH")
    for command in commands:
        _check_command(command)
    call.bot.menus[_scope(call)] = commands
    return True


def _check_command(command: object) -> None:
    if not isinstance(command, dict) or set(command) != {"command", "description"}:
        raise Misuse("can't parse BotCommand: a command and a description are needed")
    if not _COMMAND.fullmatch(command["command"]):
        raise Misuse("BOT_COMMAND_INVALID")
    if not 0 < len(command["description"]) <= _LONGEST_COMMAND_DESCRIPTION:
        raise Misuse("BOT_COMMAND_DESCRIPTION_INVALID")


def get_my_commands(call: MethodCall) -> list[Json]:
    """Return the commands of exactly this scope and language."""
    return call.bot.menus.get(_scope(call), [])


def delete_my_commands(call: MethodCall) -> bool:
    """Take the menu of a scope and language away."""
    call.bot.menus.pop(_scope(call), None)
    return True


def _scope(call: MethodCall) -> tuple[str, int, int, str]:
    """Return the key of a menu: scope, chat, person, language; 0 where the scope has none."""
    scope = call.params.get("scope", {"type": "default"})
    fields = _SCOPES.get(scope.get("type"))
    if fields is None:
        raise Misuse("can't parse BotCommandScope: Unsupported type specified")
    if set(scope) != fields | {"type"}:
        raise Misuse(f"can't parse BotCommandScope: fields {sorted(fields)} are needed")
    if "chat_id" in fields:
        known_chat(call.bot, scope)
    return scope["type"], scope.get("chat_id", 0), scope.get("user_id", 0), call.language


def _set_text(name: str, call: MethodCall) -> bool:
    """Set one of the texts that people see before they start the bot; an empty one takes it away."""
    value = call.params.get(name, "")
    if len(value) > _DESCRIPTION_LIMITS[name]:
        raise Misuse(f"bot {name.replace('_', ' ')} is too long")
    call.bot.descriptions[name, call.language] = value
    return True


def _get_text(name: str, call: MethodCall) -> Json:
    return {name: call.bot.descriptions.get((name, call.language), "")}


def get_chat(call: MethodCall) -> Json:
    """Return a chat in full."""
    found = call.chat()
    gifts = dict.fromkeys(
        (
            "unlimited_gifts",
            "limited_gifts",
            "unique_gifts",
            "premium_subscription",
            "gifts_from_channels",
        ),
        False,
    )
    return found.chat_json() | {"accent_color_id": 0, "max_reaction_count": 11, "accepted_gift_types": gifts}


def get_chat_member(call: MethodCall) -> Json:
    """Return what an account is in a chat."""
    found = call.chat()
    accounts = {call.bot.id: call.bot, **found.people()}
    user = accounts.get(call.params.get("user_id", 0))
    if user is None:
        raise bad_request("user not found")
    return found.member_json(user) if isinstance(found, Group) else member_json(user, "member")


def get_chat_administrators(call: MethodCall) -> list[Json]:
    """Return who runs a group; of the bots among them only the one that asks."""
    found = call.readable_chat()
    if not isinstance(found, Group):
        raise bad_request("there are no administrators in the private chat")
    runs = [user for user in found.people().values() if found.may_delete(user)]
    return [found.member_json(user) for user in runs if user is call.bot or not user.is_bot]


def get_chat_member_count(call: MethodCall) -> int:
    """Return how many accounts are in a chat, the bot counted."""
    found = call.readable_chat()
    if not isinstance(found, Group):
        return len(found.people()) + 1
    return sum(found.status_of(user) not in {"left", "kicked"} for user in found.people().values())


def leave_chat(call: MethodCall) -> bool:
    """Leave a group."""
    found = call.writable_chat()
    if not isinstance(found, Group):
        raise bad_request("chat member status can't be changed in private chats")
    found.leaves(call.bot, by=call.bot)
    return True


def get_updates_start(call: MethodCall) -> tuple[int, int, int]:
    """Check a call of getUpdates; returns its offset, limit and seconds."""
    if call.bot.webhook.url:
        raise conflict(
            "can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first"
        )
    _allow(call)
    limit = call.params.get("limit", 100)
    return (
        call.params.get("offset", 0),
        min(max(limit, 1), 100),
        min(max(call.params.get("timeout", 0), 0), 50),
    )


def _allow(call: MethodCall) -> None:
    try:
        call.bot.updates.allow(kinds_asked(call.params.get("allowed_updates")))
    except ValueError as error:
        raise Misuse(str(error)) from None


def set_webhook(call: MethodCall) -> bool:
    """Have updates sent to an address, or with an empty one go back to getUpdates."""
    url = call.params.get("url", "")
    secret = call.params.get("secret_token")
    if url:
        _check_webhook(url, secret)
        call.bot.updates.end_listening(conflict("terminated by setWebhook request"))
    _allow(call)
    if call.params.get("drop_pending_updates"):
        call.bot.updates.drop_all()
    call.bot.webhook = Webhook(url, secret, call.params.get("max_connections", 40), call.params.get("allowed_updates"))
    return True


def _check_webhook(url: str, secret: str | None) -> None:
    address = urlsplit(url)
    if address.scheme != "https" or not address.hostname:
        raise Misuse("bad webhook: An HTTPS URL must be provided for webhook")
    if address.port not in _WEBHOOK_PORTS:
        raise Misuse("bad webhook: Webhook can be set up only on ports 80, 88, 443 or 8443")
    if secret is not None and not _SECRET.fullmatch(secret):
        raise Misuse("secret token contains unallowed characters")


def get_webhook_info(call: MethodCall) -> Json:
    """Tell where updates go and how many wait."""
    hook = call.bot.webhook
    info: Json = {
        "url": hook.url,
        "has_custom_certificate": False,
        "pending_update_count": len(call.bot.updates.unacknowledged),
    }
    if hook.url:
        info["max_connections"] = hook.max_connections
    if hook.allowed_updates:
        info["allowed_updates"] = hook.allowed_updates
    return info


_MENU: Mapping[str, Kind] = {"scope": thing, "language_code": text}
_WEBHOOK: Mapping[str, Kind] = {
    "url": text,
    "certificate": unplayed,
    "ip_address": text,
    "max_connections": integer,
    "allowed_updates": array,
    "drop_pending_updates": flag,
    "secret_token": text,
}
_LANGUAGE: Mapping[str, Kind] = {"language_code": text}

GET_UPDATES_KINDS: Mapping[str, Kind] = {
    "offset": integer,
    "limit": integer,
    "timeout": integer,
    "allowed_updates": array,
}
BOT_METHODS = (
    Method("getMe", get_me, {}),
    Method("setMyCommands", set_my_commands, {"commands": array, **_MENU}),
    Method("getMyCommands", get_my_commands, _MENU),
    Method("deleteMyCommands", delete_my_commands, _MENU),
    Method("setMyDescription", partial(_set_text, "description"), {"description": text, **_LANGUAGE}),
    Method("getMyDescription", partial(_get_text, "description"), _LANGUAGE),
    Method(
        "setMyShortDescription",
        partial(_set_text, "short_description"),
        {"short_description": text, **_LANGUAGE},
    ),
    Method("getMyShortDescription", partial(_get_text, "short_description"), _LANGUAGE),
    Method("getChat", get_chat, {"chat_id": chat}),
    Method("getChatMember", get_chat_member, {"chat_id": chat, "user_id": integer}),
    Method("getChatAdministrators", get_chat_administrators, {"chat_id": chat}),
    Method("getChatMemberCount", get_chat_member_count, {"chat_id": chat}),
    Method("getChatMembersCount", get_chat_member_count, {"chat_id": chat}),  # its name until Bot API 5.3
    Method("leaveChat", leave_chat, {"chat_id": chat}),
    Method("setWebhook", set_webhook, _WEBHOOK),
    Method("deleteWebhook", set_webhook, {"drop_pending_updates": flag}),
    Method("getWebhookInfo", get_webhook_info, {}),
)
