"""The handlers of Telegram's updates, made from the use cases."""

from bot.service.chat_migration import ChatMigration
from bot.telegram.answers import Answers
from bot.telegram.app import App, add_handlers
from bot.telegram.gate import Gate
from bot.telegram.handlers.groups import GroupHandlers
from bot.telegram.routes import Handlers
from bot.wiring.assembly import Assembly


def add_all_handlers(application: App, wired: Assembly) -> None:
    """Connect Telegram's updates with the use cases."""
    wired.make(Answers, stranger=wired.get(GroupHandlers).stranger)
    gate, handlers, migration = wired.get(Gate), wired.get(Handlers), wired.get(ChatMigration)
    add_handlers(application, gate=gate, handlers=handlers, migration=migration)
