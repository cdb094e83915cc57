"""Connects python-telegram-bot with the gate: which update goes where, in order."""

import re
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import fields
from functools import partial
from typing import Any, TypeVar

import telegram
from telegram import Message, Update, ext
from telegram.ext import filters

from bot.domain.ids import ChatId
from bot.service.chat_migration import ChatMigration
from bot.service.family.groups import Groups
from bot.telegram.gate import Gate
from bot.telegram.routes import COMMANDS, CommandTaps, Handlers, tap_handlers
from bot.telegram.transport.http_request import BoundedRequest, Send

T = TypeVar("T")
App = ext.Application[Any, Any, Any, Any, Any, Any]
Context = ext.CallbackContext[Any, Any, Any, Any]
UpdateHandler = Callable[[Update, Context], Coroutine[Any, Any, None]]

_GONE = (telegram.ChatMember.LEFT, telegram.ChatMember.BANNED)


def build_application(*, token: str, api_url: str, send: Send) -> App:
    """Make python-telegram-bot's application; its handlers are added by `add_handlers`."""
    return (
        ext.ApplicationBuilder()
        .token(token)
        .base_url(f"{api_url}/bot")
        .base_file_url(f"{api_url}/file/bot")
        .request(BoundedRequest(send))
        .get_updates_request(BoundedRequest(send))
        .updater(None)
        .job_queue(None)
        .build()
    )


def add_handlers(application: App, *, gate: Gate, handlers: Handlers, migration: ChatMigration) -> None:
    """Register everything; the first handler that fits an update takes it."""
    new = filters.UpdateType.MESSAGE
    for command in COMMANDS:
        gated = partial(gate.command, command.handler(handlers), is_private=command.is_private)
        application.add_handler(
            ext.CommandHandler(command.name, _with(lambda update: update.message, gated), filters=new)
        )
    # In a group other bots have commands, too.
    ours = filters.Regex(re.compile(rf"/\w+@{re.escape(application.bot.username)}\b", re.IGNORECASE))
    for messages, handle in (
        (
            new & filters.COMMAND & filters.ChatType.GROUPS & ours,
            partial(gate.command, handlers.help.unknown, is_private=False),
        ),
        (filters.StatusUpdate.MIGRATE, partial(_migrated, migration)),
        (new & ~filters.StatusUpdate.ALL, partial(gate.message, handlers.free_text.handle)),
    ):
        application.add_handler(ext.MessageHandler(messages, _with(lambda update: update.message, handle)))
    edited = _with(lambda update: update.edited_message, gate.edited)
    application.add_handler(ext.MessageHandler(filters.UpdateType.EDITED_MESSAGE, edited))
    membership = _with(lambda update: update.my_chat_member, partial(_membership, handlers.groups.groups))
    application.add_handler(ext.ChatMemberHandler(membership, ext.ChatMemberHandler.MY_CHAT_MEMBER))
    table = tap_handlers(CommandTaps(handlers), *(getattr(handlers, one.name) for one in fields(handlers)))
    tapped = _with(lambda update: update.callback_query, partial(gate.tapped, table))
    application.add_handler(ext.CallbackQueryHandler(tapped))


def _with(part: Callable[[Update], T | None], handle: Callable[[T], Awaitable[None]]) -> UpdateHandler:
    """Hand on the part of an update that a handler is about."""

    async def take(update: Update, _: Context) -> None:
        found = part(update)
        if found is not None:
            await handle(found)

    return take


async def _migrated(migration: ChatMigration, message: Message) -> None:
    """Keep everything of a group that became a supergroup."""
    old = message.migrate_from_chat_id or message.chat_id
    new = message.migrate_to_chat_id or message.chat_id
    await migration.note(ChatId(old), ChatId(new))


async def _membership(groups: Groups, change: telegram.ChatMemberUpdated) -> None:
    """Forget a group that the bot is no longer in."""
    if change.chat.type != telegram.Chat.PRIVATE and change.new_chat_member.status in _GONE:
        await groups.forget(ChatId(change.chat.id))
