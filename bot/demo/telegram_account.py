"""The methods of the Bot API about the bot itself and the chats it is in."""

import re
from collections.abc import Mapping
from functools import partial
from typing import Any
from urllib.parse import urlsplit

from bot.demo.telegram_bots import Bot, PrivateChat, Webhook, member_json
from bot.demo.telegram_chats import Chat, Json
from bot.demo.telegram_errors import Misuse, bad_request, conflict
from bot.demo.telegram_groups import Group
from bot.demo.telegram_methods import Spec, writable_chat
from bot.demo.telegram_network import Network
from bot.demo.telegram_params import Kind, Params, array, chat, flag, integer, text, thing, unplayed
from bot.demo.telegram_updates import kinds_asked

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


def get_me(network: Network, bot: Bot, params: Params) -> Json:  # noqa: ARG001 - a Method
    """Tell the bot who it is."""
    return bot.me_json()


def set_my_commands(network: Network, bot: Bot, params: Params) -> bool:  # noqa: ARG001 - a Method
    """Put commands into the menu of a scope and language."""
    commands = params.get("commands", [])
    if len(commands) > _MOST_COMMANDS:
        raise Misuse("BOT_COMMANDS_TOO_MUCH")
    for command in commands:
        _check_command(command)
    bot.menus[_scope(bot, params)] = commands
    return True


def _check_command(command: Any) -> None:  # noqa: ANN401 - whatever a caller sent
    if not isinstance(command, dict) or set(command) != {"command", "description"}:
        raise Misuse("can't parse BotCommand: a command and a description are needed")
    if not _COMMAND.fullmatch(command["command"]):
        raise Misuse("BOT_COMMAND_INVALID")
    if not 0 < len(command["description"]) <= _LONGEST_COMMAND_DESCRIPTION:
        raise Misuse("BOT_COMMAND_DESCRIPTION_INVALID")


def get_my_commands(network: Network, bot: Bot, params: Params) -> list[Json]:  # noqa: ARG001 - a Method
    """Return the commands of exactly this scope and language."""
    return bot.menus.get(_scope(bot, params), [])


def delete_my_commands(network: Network, bot: Bot, params: Params) -> bool:  # noqa: ARG001 - a Method
    """Take the menu of a scope and language away."""
    bot.menus.pop(_scope(bot, params), None)
    return True


def _scope(bot: Bot, params: Params) -> tuple[str, int, int, str]:
    """Return the key of a menu: scope, chat, person, language; 0 where the scope has none."""
    scope = params.get("scope", {"type": "default"})
    fields = _SCOPES.get(scope.get("type"))
    if fields is None:
        raise Misuse("can't parse BotCommandScope: Unsupported type specified")
    if set(scope) != fields | {"type"}:
        raise Misuse(f"can't parse BotCommandScope: fields {sorted(fields)} are needed")
    if "chat_id" in fields:
        _readable_chat(bot, scope)
    return scope["type"], scope.get("chat_id", 0), scope.get("user_id", 0), params.get("language_code", "")


def _set_text(name: str, network: Network, bot: Bot, params: Params) -> bool:  # noqa: ARG001 - a Method
    """Set one of the texts that people see before they start the bot; an empty one takes it away."""
    value = params.get(name, "")
    if len(value) > _DESCRIPTION_LIMITS[name]:
        raise Misuse(f"bot {name.replace('_', ' ')} is too long")
    bot.descriptions[name, params.get("language_code", "")] = value
    return True


def _get_text(name: str, network: Network, bot: Bot, params: Params) -> Json:  # noqa: ARG001 - a Method
    return {name: bot.descriptions.get((name, params.get("language_code", "")), "")}


def _readable_chat(bot: Bot, params: Params) -> Chat:
    if "chat_id" not in params:
        raise Misuse("chat_id is empty")
    found = bot.chats.get(params["chat_id"])
    if found is None or (isinstance(found, PrivateChat) and not found.started):
        raise bad_request("chat not found")
    return found


def get_chat(network: Network, bot: Bot, params: Params) -> Json:  # noqa: ARG001 - a Method
    """Return a chat in full."""
    found = _readable_chat(bot, params)
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


def get_chat_member(network: Network, bot: Bot, params: Params) -> Json:  # noqa: ARG001 - a Method
    """Return what an account is in a chat."""
    found, user_id = _readable_chat(bot, params), params.get("user_id", 0)
    if isinstance(found, Group) and (user := {bot.id: bot, **found.members}.get(user_id)):
        return found.member_json(user)
    if isinstance(found, PrivateChat) and (user := {bot.id: bot, found.person.id: found.person}.get(user_id)):
        return member_json(user, "member")
    raise bad_request("user not found" if isinstance(found, Group) else "member not found")


def leave_chat(network: Network, bot: Bot, params: Params) -> bool:  # noqa: ARG001 - a Method
    """Leave a group."""
    found = writable_chat(bot, params)
    if not isinstance(found, Group):
        raise bad_request("chat member status can't be changed in private chats")
    found.leaves(bot, by=bot)
    return True


def get_updates_start(network: Network, bot: Bot, params: Params) -> tuple[int, int, int]:  # noqa: ARG001 - like a Method
    """Check a call of getUpdates; returns its offset, limit and seconds."""
    if bot.webhook.url:
        raise conflict(
            "can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first"
        )
    _allow(bot, params)
    limit = params.get("limit", 100)
    return params.get("offset", 0), min(max(limit, 1), 100), min(max(params.get("timeout", 0), 0), 50)


def _allow(bot: Bot, params: Params) -> None:
    try:
        bot.updates.allow(kinds_asked(params.get("allowed_updates")))
    except ValueError as error:
        raise Misuse(str(error)) from None


def set_webhook(network: Network, bot: Bot, params: Params) -> bool:  # noqa: ARG001 - a Method
    """Have updates sent to an address, or with an empty one go back to getUpdates."""
    url = params.get("url", "")
    secret = params.get("secret_token")
    if url:
        _check_webhook(url, secret)
        bot.updates.end_listening(conflict("terminated by setWebhook request"))
    _allow(bot, params)
    if params.get("drop_pending_updates"):
        bot.updates.drop_all()
    bot.webhook = Webhook(url, secret, params.get("max_connections", 40), params.get("allowed_updates"))
    return True


def _check_webhook(url: str, secret: str | None) -> None:
    address = urlsplit(url)
    if address.scheme != "https" or not address.hostname:
        raise Misuse("bad webhook: An HTTPS URL must be provided for webhook")
    if address.port not in _WEBHOOK_PORTS:
        raise Misuse("bad webhook: Webhook can be set up only on ports 80, 88, 443 or 8443")
    if secret is not None and not _SECRET.fullmatch(secret):
        raise Misuse("secret token contains unallowed characters")


def get_webhook_info(network: Network, bot: Bot, params: Params) -> Json:  # noqa: ARG001 - a Method
    """Tell where updates go and how many wait."""
    hook = bot.webhook
    info: Json = {
        "url": hook.url,
        "has_custom_certificate": False,
        "pending_update_count": len(bot.updates.unacknowledged),
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
ACCOUNT_METHODS = (
    Spec("getMe", get_me, {}),
    Spec("setMyCommands", set_my_commands, {"commands": array, **_MENU}),
    Spec("getMyCommands", get_my_commands, _MENU),
    Spec("deleteMyCommands", delete_my_commands, _MENU),
    Spec("setMyDescription", partial(_set_text, "description"), {"description": text, **_LANGUAGE}),
    Spec("getMyDescription", partial(_get_text, "description"), _LANGUAGE),
    Spec(
        "setMyShortDescription",
        partial(_set_text, "short_description"),
        {"short_description": text, **_LANGUAGE},
    ),
    Spec("getMyShortDescription", partial(_get_text, "short_description"), _LANGUAGE),
    Spec("getChat", get_chat, {"chat_id": chat}),
    Spec("getChatMember", get_chat_member, {"chat_id": chat, "user_id": integer}),
    Spec("leaveChat", leave_chat, {"chat_id": chat}),
    Spec("setWebhook", set_webhook, _WEBHOOK),
    Spec("deleteWebhook", set_webhook, {"drop_pending_updates": flag}),
    Spec("getWebhookInfo", get_webhook_info, {}),
)
