"""Which handler takes which command, and which tap."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import get_type_hints

from bot.domain.actions import Action
from bot.domain.log import ANYBODY
from bot.domain.refusals import Reason
from bot.domain.roles import Ability
from bot.service.declined import Declined
from bot.telegram.handlers.actions import ActionHandlers
from bot.telegram.handlers.cars import CarHandlers
from bot.telegram.handlers.codes import CodeHandlers
from bot.telegram.handlers.family import FamilyHandlers
from bot.telegram.handlers.free_text import FreeTextHandler
from bot.telegram.handlers.groups import GroupHandlers
from bot.telegram.handlers.help import HelpHandlers
from bot.telegram.handlers.linking import LinkHandlers
from bot.telegram.handlers.log import LogHandlers
from bot.telegram.handlers.notes import NoteHandlers
from bot.telegram.handlers.privacy import PrivacyHandlers
from bot.telegram.handlers.schedules import ScheduleHandlers
from bot.telegram.handlers.settings import SettingsHandlers
from bot.telegram.handlers.where import WhereHandlers
from bot.telegram.requests import Said, SaidHandler, TapHandler, Tapped
from bot.telegram.ui import taps
from bot.telegram.ui.callback_data import Tap, kinds_of_tap
from bot.telegram.ui.screen import Screen


@dataclass(frozen=True, slots=True, kw_only=True)
class Handlers:
    """All handlers of the bot."""

    help: HelpHandlers
    actions: ActionHandlers
    cars: CarHandlers
    where: WhereHandlers
    schedules: ScheduleHandlers
    notes: NoteHandlers
    linking: LinkHandlers
    codes: CodeHandlers
    family: FamilyHandlers
    groups: GroupHandlers
    settings: SettingsHandlers
    log: LogHandlers
    privacy: PrivacyHandlers
    free_text: FreeTextHandler


@dataclass(frozen=True, slots=True)
class Command:
    """A command: its public name, which stays stable, its line in Telegram's menu, and its handler."""

    name: str
    description: str
    handler: Callable[[Handlers], SaidHandler]
    ability: Ability | None = None
    """What a person must be allowed for it to stand in their menu; None for everybody's."""
    is_private: bool = False
    """Its answer concerns nobody else in a group, so it works in private chats only."""
    is_for_linking: bool = False
    """It needs a DIMO account of one's own, which members do not need."""


_private = partial(Command, is_private=True)
COMMANDS: tuple[Command, ...] = (
    Command("car", "The car's buttons and its last report", lambda h: h.cars.panel, Ability.STATUS),
    Command("lock", "Lock the doors", lambda h: h.actions.command(Action.LOCK), Ability.LOCK),
    Command("unlock", "Unlock the doors (asks first)", lambda h: h.actions.command(Action.UNLOCK), Ability.OPEN),
    Command("frunk", "Open the front trunk (asks first)", lambda h: h.actions.command(Action.FRUNK), Ability.OPEN),
    Command("trunk", "Open the rear trunk (asks first)", lambda h: h.actions.command(Action.TRUNK), Ability.OPEN),
    Command("charge", "Start or stop charging", lambda h: h.cars.charge, Ability.CHARGE),
    Command("status", "What the car last reported", lambda h: h.cars.status, Ability.STATUS),
    _private("where", "Where the car is: a pin on the map", lambda h: h.where.look, Ability.WHERE),
    _private("schedule", "Lock and charge at set times", lambda h: h.schedules.command, Ability.SCHEDULE),
    _private("notes", "What I tell you of the car by myself", lambda h: h.notes.command, Ability.STATUS),
    Command("codes", "Error codes: read them, ask what they mean", lambda h: h.codes.command, Ability.READ_CODES),
    Command(
        "clearcodes", "Mark error codes as cleared (asks first)", lambda h: h.codes.clear_command, Ability.WRITE_CODES
    ),
    Command("cars", "Choose a car", lambda h: h.cars.list_cars, Ability.STATUS),
    _private("invite", "Invite somebody to your cars", lambda h: h.family.invite, Ability.INVITE),
    _private(
        "members",
        "Who may use your cars",
        lambda h: partial(h.family.show_members, tap=taps.ShowMembers()),
        Ability.MEMBERS,
    ),
    _private(
        "log", "Who did what with the car", lambda h: partial(h.log.show, tap=taps.TurnLog(ANYBODY)), Ability.READ_LOG
    ),
    _private(
        "settings",
        "What I ask, what I tell you, and when",
        lambda h: partial(h.settings.show, tap=taps.ShowSettings()),
        Ability.SETTINGS,
    ),
    _private("link", "Connect your DIMO account", lambda h: h.linking.link, is_for_linking=True),
    _private("unlink", "Delete this chat's tokens (asks first)", lambda h: h.linking.unlink, Ability.UNLINK),
    Command("cancel", "Drop the open question", lambda h: h.actions.cancel_all),
    Command("help", "What I can do", lambda h: h.help.help),
    Command("privacy", "What is stored, and how to delete it", lambda h: h.privacy.show),
    _private("forget", "Delete all that is stored about you (asks first)", lambda h: h.privacy.forget),
    Command("start", "Begin", lambda h: h.help.start),
)
"""Every command, in the order of Telegram's menu."""

_GROUPS = _private("groups", "", lambda h: lambda said: h.groups.show_groups(said, taps.ShowGroups()))
"""It has a button like a command, and no command."""


@dataclass(frozen=True, slots=True)
class CommandTaps:
    """The buttons that do what a command does."""

    handlers: Handlers

    async def run(self, tapped: Tapped, tap: taps.RunCommand) -> Screen | None:
        """Do what a command does, with an answer in a new message; raises Declined for an unknown one."""
        command = next((one for one in (*COMMANDS, _GROUPS) if one.name == tap.command), None)
        if command is None:
            raise Declined(Reason.BUTTON_OUT_OF_DATE)
        if command.is_private and tapped.is_in_group:
            raise Declined(Reason.PRIVATE_CHAT_ONLY)
        screen = await command.handler(self.handlers)(Said(tapped.ask, "", title=tapped.title))
        return None if screen is None else replace(screen, is_separate=True)


def tap_handlers(*handlers: object) -> Mapping[type[Tap], TapHandler]:
    """Bind each kind of tap to the public method that takes it; raises TypeError for a kind without exactly one."""
    found: list[tuple[type[Tap], TapHandler]] = [
        (kind, getattr(handler, name))
        for handler in handlers
        for name, method in vars(type(handler)).items()
        if callable(method) and not name.startswith("_")
        for kind in get_type_hints(method).values()
        if isinstance(kind, type) and kind in kinds_of_tap()
    ]
    handled = [kind for kind, _ in found]
    if wrong := [kind.__name__ for kind in kinds_of_tap() if handled.count(kind) != 1]:
        raise TypeError(f"kinds of tap without exactly one handler: {', '.join(wrong)}")
    return dict(found)
