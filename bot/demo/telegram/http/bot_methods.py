"""The methods of the Bot API about the bot itself: who it is, its menus, its descriptions."""

import re
from collections.abc import Mapping
from functools import partial

from bot.demo.telegram.errors import Misuse
from bot.demo.telegram.http.method_call import Method, MethodCall, known_chat
from bot.demo.telegram.http.params import Kind, array, text, thing
from bot.demo.telegram.users import Json

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


def get_me(call: MethodCall) -> Json:
    """Return the bot's own account."""
    return call.bot.me_json()


def set_my_commands(call: MethodCall) -> bool:
    """Set the menu of a scope and language."""
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
    """Return the menu of exactly this scope and language."""
    return call.bot.menus.get(_scope(call), [])


def delete_my_commands(call: MethodCall) -> bool:
    """Delete the menu of a scope and language."""
    call.bot.menus.pop(_scope(call), None)
    return True


def _scope(call: MethodCall) -> tuple[str, int, int, str]:
    """Return the key of a menu: scope, chat, person and language; 0 where the scope has no chat or person."""
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
    """Set one of the texts that people see before they start the bot; an empty text removes it."""
    value = call.params.get(name, "")
    if len(value) > _DESCRIPTION_LIMITS[name]:
        raise Misuse(f"bot {name.replace('_', ' ')} is too long")
    call.bot.descriptions[name, call.language] = value
    return True


def _get_text(name: str, call: MethodCall) -> Json:
    return {name: call.bot.descriptions.get((name, call.language), "")}


_MENU: Mapping[str, Kind] = {"scope": thing, "language_code": text}
_LANGUAGE: Mapping[str, Kind] = {"language_code": text}

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
)
