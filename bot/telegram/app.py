"""Which handler takes which update, in order."""

import hashlib
import json
import re
from collections.abc import Awaitable, Callable, Coroutine, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import httpx
from telegram import (
    BotCommand,
    BotCommandScopeAllGroupChats,
    BotCommandScopeAllPrivateChats,
    ChatMember,
    Update,
)
from telegram import Chat as TelegramChat
from telegram.ext import (
    Application,
    ApplicationBuilder,
    CallbackContext,
    CallbackQueryHandler,
    ChatMemberHandler,
    CommandHandler,
    MessageHandler,
    filters,
)

from bot.domain.actions import Action
from bot.domain.ids import ChatId
from bot.telegram.gate import Gate, Said, Tapped
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
from bot.telegram.transport.http_request import QueuedRequest
from bot.telegram.ui import taps
from bot.telegram.ui.menu import GROUP_MENU, MENU, PRIVATE_ONLY
from bot.telegram.ui.taps import Tap

App = Application[Any, Any, Any, Any, Any, Any]
Update_ = Callable[[Update, CallbackContext[Any, Any, Any, Any]], Coroutine[Any, Any, None]]
Handle = Callable[[Tapped, Any], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Handlers:
    """All handlers of the bot."""

    about: HelpHandlers
    actions: ActionHandlers
    cars: CarHandlers
    linking: LinkHandlers
    codes: CodeHandlers
    family: FamilyHandlers
    groups: GroupHandlers
    settings: SettingsHandlers
    log: LogHandlers
    forgetting: PrivacyHandlers
    free_text: FreeTextHandler


def build_application(*, token: str, api_url: str, transport: httpx.AsyncBaseTransport | None) -> App:
    """Make python-telegram-bot's application; its handlers are added by `add_handlers`."""
    return (
        ApplicationBuilder()
        .token(token)
        .base_url(f"{api_url}/bot")
        .base_file_url(f"{api_url}/file/bot")
        .request(QueuedRequest(transport))
        .get_updates_request(QueuedRequest(transport))
        .updater(None)
        .job_queue(None)
        .build()
    )


def add_handlers(application: App, *, gate: Gate, handlers: Handlers) -> None:
    """Register everything; the first handler that fits an update takes it."""
    new = filters.UpdateType.MESSAGE
    for name, handle in commands(handlers).items():
        gated = gate.command(handle, in_groups=name not in PRIVATE_ONLY)
        application.add_handler(CommandHandler(name, gated, filters=new))
    unknown = gate.command(handlers.about.unknown, in_groups=True)
    # In a group other bots have commands, too.
    ours = filters.Regex(re.compile(rf"/\w+@{re.escape(application.bot.username)}\b", re.IGNORECASE))
    meant = filters.COMMAND & (filters.ChatType.PRIVATE | ours)
    application.add_handler(MessageHandler(new & meant, unknown))
    application.add_handler(MessageHandler(filters.StatusUpdate.MIGRATE, _moved(handlers.groups)))
    application.add_handler(ChatMemberHandler(_membership(handlers.groups), ChatMemberHandler.MY_CHAT_MEMBER))
    application.add_handler(
        MessageHandler(new & (filters.TEXT | filters.CAPTION), gate.free_text(handlers.free_text.handle))
    )
    application.add_handler(CallbackQueryHandler(gate.tapped(_taps(handlers))))


_GONE = (ChatMember.LEFT, ChatMember.BANNED)


def _moved(groups: GroupHandlers) -> Update_:
    async def handle(update: Update, _: CallbackContext[Any, Any, Any, Any]) -> None:
        message = update.message
        if message is None:
            return
        old = message.migrate_from_chat_id or message.chat_id
        new = message.migrate_to_chat_id or message.chat_id
        await groups.moved(ChatId(old), ChatId(new))

    return handle


def _membership(groups: GroupHandlers) -> Update_:
    async def handle(update: Update, _: CallbackContext[Any, Any, Any, Any]) -> None:
        change = update.my_chat_member
        if change is None or change.chat.type == TelegramChat.PRIVATE:
            return
        if change.new_chat_member.status in _GONE:
            await groups.removed_from(ChatId(change.chat.id))

    return handle


def commands(handlers: Handlers) -> Mapping[str, Callable[[Said], Awaitable[None]]]:
    """Name the handler of each command; a test holds the names against the menu."""
    act = handlers.actions.command
    return {
        "start": handlers.about.start,
        "help": handlers.about.help,
        "privacy": handlers.about.privacy,
        "car": handlers.cars.panel,
        "cars": handlers.cars.cars,
        "status": handlers.cars.status,
        "charge": handlers.cars.charge,
        "lock": act(Action.LOCK),
        "unlock": act(Action.UNLOCK),
        "frunk": act(Action.FRUNK),
        "trunk": act(Action.TRUNK),
        "codes": handlers.codes.command,
        "clearcodes": handlers.codes.clear_command,
        "invite": handlers.family.invite,
        "members": handlers.family.members,
        "log": handlers.log.show,
        "forget": handlers.forgetting.ask,
        "settings": handlers.settings.command,
        "link": handlers.linking.link,
        "unlink": handlers.actions.unlink,
        "cancel": handlers.actions.cancel_all,
    }


def _taps(handlers: Handlers) -> Callable[[Tapped], Awaitable[None]]:
    """Find the handler of a tap by its kind; a test holds the table against the taps that there are."""
    table = {kind: handle for part in _tables(handlers) for kind, handle in part.items()}

    async def handle(tapped: Tapped) -> None:
        await table[type(tapped.tap)](tapped, tapped.tap)

    return handle


def _tables(handlers: Handlers) -> Iterator[Mapping[type[Tap], Handle]]:
    actions, cars, linking, codes = handlers.actions, handlers.cars, handlers.linking, handlers.codes
    family, groups = handlers.family, handlers.groups
    yield {
        taps.Act: actions.act,
        taps.Confirm: actions.confirm,
        taps.Cancel: actions.cancel,
        taps.ShowStatus: cars.show_status,
        taps.RefreshStatus: cars.refresh_status,
        taps.ChooseCar: cars.choose,
        taps.ShowCars: cars.show_cars,
        taps.LookAgain: linking.look_again,
        taps.Link: linking.link_again,
    }
    yield {
        taps.ShowCodes: codes.show,
        taps.TurnCodes: codes.turn,
        taps.EnterCodes: codes.enter,
        taps.ReadCodes: codes.read_from_car,
        taps.SendCodes: codes.send,
        taps.ClearCodes: codes.clear,
        taps.ShowWatch: codes.watch,
        taps.SetWatch: codes.set_watch,
        taps.MuteCodes: codes.mute,
        taps.UnmuteCodes: codes.unmute,
    }
    yield {
        taps.ChooseRole: family.choose_role,
        taps.Invite: family.make,
        taps.ShowInvitations: family.show_invitations,
        taps.Withdraw: family.withdraw,
        taps.Join: family.join,
        taps.ShowMembers: family.show_members,
        taps.ShowMember: family.show_member,
        taps.SetRole: family.set_role,
        taps.SetEnd: family.set_end,
        taps.RemoveMember: family.remove,
        taps.ShareHere: groups.share_here,
        taps.ShowGroups: groups.show_groups,
        taps.StopSharing: groups.stop_sharing,
        taps.AskForAccess: groups.ask_for_access,
        taps.AnswerRequest: groups.answer,
    }
    yield {
        taps.ShowSettings: handlers.settings.show,
        taps.SetSetting: handlers.settings.choose,
        taps.SetZone: handlers.settings.choose_zone,
    }
    yield {
        taps.TurnLog: handlers.log.turn,
        taps.FilterLog: handlers.log.choose,
        taps.ExportLog: handlers.log.export,
    }


def menu_fingerprint() -> str:
    """Return a text that changes when a menu does, so that Telegram is told only then."""
    entries = [[[entry.name, entry.description] for entry in menu] for menu in (MENU, GROUP_MENU)]
    return hashlib.sha256(json.dumps(entries).encode()).hexdigest()


async def register_menu(application: App) -> None:
    """Tell Telegram the commands of private chats and of groups. A scope only decorates; access is checked each time."""
    for entries, scope in (
        (MENU, BotCommandScopeAllPrivateChats()),
        (GROUP_MENU, BotCommandScopeAllGroupChats()),
    ):
        menu = [BotCommand(entry.name, entry.description) for entry in entries]
        await application.bot.set_my_commands(menu, scope=scope)
