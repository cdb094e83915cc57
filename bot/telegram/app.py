"""Which handler takes which update, in order."""

import hashlib
import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

import httpx
from telegram import BotCommand, BotCommandScopeAllPrivateChats
from telegram.ext import (
    Application,
    ApplicationBuilder,
    CallbackQueryHandler,
    CommandHandler,
    MessageHandler,
    filters,
)

from bot.domain.actions import Action
from bot.telegram.gate import Gate, Said, Tapped
from bot.telegram.handlers.about import AboutHandlers
from bot.telegram.handlers.actions import ActionHandlers
from bot.telegram.handlers.cars import CarHandlers
from bot.telegram.handlers.linking import LinkHandlers
from bot.telegram.menu import MENU
from bot.telegram.request import QueuedRequest
from bot.telegram.taps import (
    Act,
    Cancel,
    ChooseCar,
    Confirm,
    Link,
    LookAgain,
    RefreshStatus,
    ShowCars,
    ShowStatus,
)

App = Application[Any, Any, Any, Any, Any, Any]


@dataclass(frozen=True, slots=True)
class Handlers:
    """All handlers of the bot."""

    about: AboutHandlers
    actions: ActionHandlers
    cars: CarHandlers
    linking: LinkHandlers


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
        application.add_handler(CommandHandler(name, gate.command(handle), filters=new))
    application.add_handler(MessageHandler(new & filters.COMMAND, gate.command(handlers.about.unknown)))
    application.add_handler(
        MessageHandler(new & (filters.TEXT | filters.CAPTION), gate.free_text(handlers.linking.free_text))
    )
    application.add_handler(CallbackQueryHandler(gate.tapped(_taps(handlers))))


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
        "link": handlers.linking.link,
        "unlink": handlers.actions.unlink,
        "cancel": handlers.actions.cancel_all,
    }


def _taps(handlers: Handlers) -> Callable[[Tapped], Awaitable[None]]:  # noqa: C901 - the table of all taps
    async def handle(tapped: Tapped) -> None:  # noqa: C901 - one line for each kind of tap
        match tapped.tap:
            case Act() as tap:
                await handlers.actions.act(tapped, tap)
            case Confirm() as tap:
                await handlers.actions.confirm(tapped, tap)
            case Cancel() as tap:
                await handlers.actions.cancel(tapped, tap)
            case ShowStatus() as tap:
                await handlers.cars.show_status(tapped, tap)
            case RefreshStatus() as tap:
                await handlers.cars.refresh_status(tapped, tap)
            case ChooseCar() as tap:
                await handlers.cars.choose(tapped, tap)
            case ShowCars() as tap:
                await handlers.cars.show_cars(tapped, tap)
            case LookAgain() as tap:
                await handlers.linking.look_again(tapped, tap)
            case Link() as tap:
                await handlers.linking.link_again(tapped, tap)

    return handle


def menu_fingerprint() -> str:
    """Return a text that changes when the menu does, so that Telegram is told only then."""
    entries = [[entry.name, entry.description] for entry in MENU]
    return hashlib.sha256(json.dumps(entries).encode()).hexdigest()


async def register_menu(application: App) -> None:
    """Tell Telegram the commands of private chats. A scope only decorates; access is checked at every command."""
    menu = [BotCommand(entry.name, entry.description) for entry in MENU]
    await application.bot.set_my_commands(menu, scope=BotCommandScopeAllPrivateChats())
