import re
from typing import Any

import pytest

from bot.telegram.app import Handlers, commands, menu_fingerprint
from bot.telegram.handlers.actions import ActionHandlers
from bot.telegram.handlers.cars import CarHandlers
from bot.telegram.handlers.codes import CodeHandlers
from bot.telegram.handlers.family import FamilyHandlers
from bot.telegram.handlers.free_text import FreeTextHandler
from bot.telegram.handlers.groups import GroupHandlers
from bot.telegram.handlers.help import HelpHandlers
from bot.telegram.handlers.linking import LinkHandlers
from bot.telegram.handlers.log import LogHandlers
from bot.telegram.handlers.privacy import PrivacyHandlers
from bot.telegram.handlers.settings import SettingsHandlers
from bot.telegram.ui.menu import GROUP_MENU, MENU, MenuEntry

PROMISED = {
    *("start", "help", "privacy", "cancel"),
    *("car", "cars", "lock", "unlock", "frunk", "trunk", "charge", "status"),
    *("codes", "clearcodes"),
    *("invite", "members", "log", "forget"),
    "settings",
    *("link", "unlink"),
}


@pytest.fixture
def handlers() -> Handlers:
    """All handlers, as they are before anything is asked of them."""
    nothing: Any = None
    cars = CarHandlers(chat=nothing, clock=nothing, garage=nothing, status=nothing, actions=nothing, background=nothing)
    linking = LinkHandlers(chat=nothing, linking=nothing, cars=cars)
    codes = CodeHandlers(
        chat=nothing, clock=nothing, codes=nothing, watching=nothing, prompting=nothing, background=nothing
    )
    family = FamilyHandlers(
        chat=nothing,
        clock=nothing,
        invitations=nothing,
        membership=nothing,
        sharing=nothing,
        prompting=nothing,
    )
    groups = GroupHandlers(chat=nothing, sharing=nothing, moves=nothing)
    settings = SettingsHandlers(chat=nothing, clock=nothing, settings=nothing)
    return Handlers(
        about=HelpHandlers(chat=nothing, garage=nothing, cars=cars, family=family, groups=groups),
        actions=ActionHandlers(chat=nothing, clock=nothing, actions=nothing, prompting=nothing),
        cars=cars,
        linking=linking,
        codes=codes,
        family=family,
        groups=groups,
        settings=settings,
        log=LogHandlers(chat=nothing, history=nothing),
        forgetting=PrivacyHandlers(chat=nothing, forgetting=nothing, prompting=nothing),
        free_text=FreeTextHandler(chat=nothing, linking=linking, family=family, settings=settings, codes=codes),
    )


def test_every_command_of_the_menu_has_a_handler_and_every_handler_stands_in_the_menu(
    handlers: Handlers,
) -> None:
    assert sorted(commands(handlers)) == sorted(entry.name for entry in MENU)


def test_the_menu_holds_the_promised_commands_once_each() -> None:
    assert sorted(entry.name for entry in MENU) == sorted(PROMISED)


@pytest.mark.parametrize("entry", MENU, ids=lambda entry: entry.name)
def test_an_entry_is_one_that_telegram_takes(entry: MenuEntry) -> None:
    assert re.fullmatch(r"[a-z0-9_]{1,32}", entry.name)
    assert 1 <= len(entry.description) <= 256


@pytest.mark.parametrize("name", ["unlock", "frunk", "trunk", "clearcodes", "unlink", "forget"])
def test_what_is_asked_first_says_so_in_the_menu(name: str) -> None:
    assert ["asks first" in entry.description for entry in MENU if entry.name == name] == [True]


def test_the_menu_of_groups_leaves_out_what_is_nobody_elses_business() -> None:
    left_out = {entry.name for entry in MENU} - {entry.name for entry in GROUP_MENU}
    assert left_out >= {"link", "unlink", "invite", "members", "log", "forget"}
    assert {"car", "lock", "unlock", "status", "codes", "help", "privacy", "cancel"}.isdisjoint(left_out)


def test_the_fingerprint_of_the_menu_is_the_same_in_every_process() -> None:
    assert menu_fingerprint() == menu_fingerprint()
    assert len(menu_fingerprint()) == 64
