import re
from typing import get_type_hints

import pytest

from bot.telegram.requests import Tapped
from bot.telegram.routes import COMMANDS, Command, CommandTaps, Handlers, tap_handlers
from bot.telegram.ui import taps
from bot.telegram.ui.callback_data import kinds_of_tap

PROMISED = {
    *("start", "help", "privacy", "cancel"),
    *("car", "cars", "lock", "unlock", "frunk", "trunk", "charge", "status", "where", "schedule", "notes"),
    *("codes", "clearcodes"),
    *("invite", "members", "log", "forget"),
    "settings",
    *("link", "unlink"),
}


def all_handlers() -> list[object]:
    """Make a handler of each class, without collaborators."""
    return [object.__new__(kind) for kind in (*get_type_hints(Handlers).values(), CommandTaps)]


def test_every_kind_of_tap_has_exactly_one_handler() -> None:
    assert tap_handlers(*all_handlers()).keys() == kinds_of_tap()


def test_a_kind_of_tap_without_a_handler_stops_the_start() -> None:
    with pytest.raises(TypeError, match="SetZone"):
        tap_handlers(*(one for one in all_handlers() if type(one).__name__ != "SettingsHandlers"))


def test_a_kind_of_tap_with_two_handlers_stops_the_start() -> None:
    class Another:
        async def also_cancels(self, tapped: Tapped, tap: taps.Cancel) -> None:
            """Handle what another class handles already."""

    with pytest.raises(TypeError, match="Cancel"):
        tap_handlers(*all_handlers(), Another())


def test_the_menu_holds_the_promised_commands_once_each() -> None:
    assert sorted(command.name for command in COMMANDS) == sorted(PROMISED)


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.name)
def test_telegram_accepts_every_command(command: Command) -> None:
    assert re.fullmatch(r"[a-z0-9_]{1,32}", command.name)
    assert 1 <= len(command.description) <= 256


@pytest.mark.parametrize("name", ["unlock", "frunk", "trunk", "clearcodes", "unlink", "forget"])
def test_the_menu_says_which_commands_ask_first(name: str) -> None:
    assert ["asks first" in command.description for command in COMMANDS if command.name == name] == [True]


def test_a_command_whose_answer_concerns_nobody_else_works_in_private_only() -> None:
    private = {command.name for command in COMMANDS if command.is_private}
    assert private == {"link", "unlink", "invite", "members", "settings", "log", "forget", "where", "schedule", "notes"}
