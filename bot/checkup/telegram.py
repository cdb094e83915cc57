"""Telegram: its address, the bot's token, and what BotFather lets the bot do."""

import asyncio
from collections.abc import Awaitable, Sequence
from dataclasses import dataclass
from typing import TypeVar
from urllib.parse import urlsplit

import httpx
from telegram import Bot, User, WebhookInfo
from telegram.error import InvalidToken, RetryAfter, TelegramError

from bot.checkup.findings import Finding, fail, ok, untried, warn
from bot.settings import Settings
from bot.telegram.transport.errors import what_to_check
from bot.telegram.transport.http_request import BoundedRequest, Send

T = TypeVar("T")

_API, _TOKEN, _WEBHOOK = "TELEGRAM_API_URL", "TELEGRAM_BOT_TOKEN", "Webhook"


@dataclass(frozen=True, slots=True)
class _Flag:
    """A property in getMe's answer that BotFather sets and that this bot does not want."""

    name: str
    subject: str
    is_off: str
    is_on: str
    remedy: str


_FLAGS = (
    _Flag(
        "can_read_all_group_messages",
        "Group privacy",
        is_off="on: in groups the bot sees only what is meant for it.",
        is_on="off: in groups the bot is sent every message, and it needs none of them.",
        remedy="Write /setprivacy to @BotFather, choose the bot, and Enable.",
    ),
    _Flag(
        "can_connect_to_business",
        "Business mode",
        is_off="off: nobody can connect the bot to their private chats.",
        is_on="on: people can let the bot read and answer their private chats.",
        remedy="Write /mybots to @BotFather, choose the bot, Bot Settings, Business Mode, and turn it off.",
    ),
    _Flag(
        "supports_guest_queries",
        "Guest mode",
        is_off="off: the bot is only where it was invited.",
        is_on="on: the bot can be called into chats that it is no member of.",
        remedy="Write /mybots to @BotFather, choose the bot, Bot Settings, Guest Mode, and turn it off.",
    ),
)


async def examine(settings: Settings, send: Send) -> list[Finding]:
    """Ask Telegram for the bot's profile and its webhook; neither disturbs a running bot."""
    token, url = settings.telegram_bot_token, settings.telegram_api_url
    request = BoundedRequest(send)
    bot = Bot(token, base_url=f"{url}/bot", request=request, get_updates_request=request)
    me, webhook = await asyncio.gather(_answer(bot.get_me()), _answer(bot.get_webhook_info()))
    if isinstance(me, TelegramError):
        return _silent(url, me)
    name = f"@{me.username} ({me.full_name})"
    return [
        ok(_API, f"{url} answers."),
        ok(_TOKEN, f"Telegram knows the bot as {name}."),
        *_flags(me),
        _webhook(webhook),
    ]


async def _answer(call: Awaitable[T]) -> T | TelegramError:
    try:
        return await call
    except TelegramError as error:
        return error


def _silent(url: str, error: TelegramError) -> list[Finding]:
    """Say whether Telegram refused the token, or something else answers at the address."""
    rest = [flag.subject for flag in _FLAGS] + [_WEBHOOK]
    if _is_telegrams(error):
        refused = isinstance(error, InvalidToken)
        return [
            ok(_API, f"{url} answers."),
            fail(_TOKEN, "Telegram does not accept it.", "Ask @BotFather for the token and set it.")
            if refused
            else warn(_TOKEN, "not tried, because Telegram gets too many requests.", "Try again in a minute."),
            *(untried(subject, "the token was not accepted") for subject in rest),
        ]
    found = "does not answer" if isinstance(error.__cause__, httpx.HTTPError) else "is not Telegram's Bot API"
    remedy = f"{what_to_check(error)}, and check the address; without {_API} it is Telegram's own."
    return [
        fail(_API, f"{url} {found}.", remedy),
        *(untried(subject, f"{_API} does not work") for subject in [_TOKEN, *rest]),
    ]


def _is_telegrams(error: TelegramError) -> bool:
    """Return whether Telegram itself answered, in a form that python-telegram-bot could read."""
    return isinstance(error, InvalidToken | RetryAfter) and error.__cause__ is None


def _flags(me: User) -> Sequence[Finding]:
    return [
        warn(flag.subject, flag.is_on, flag.remedy) if getattr(me, flag.name) else ok(flag.subject, flag.is_off)
        for flag in _FLAGS
    ]


def _webhook(webhook: WebhookInfo | TelegramError) -> Finding:
    if isinstance(webhook, TelegramError):
        return warn(_WEBHOOK, "Telegram did not say whether one is set.", "Try again in a minute.")
    if not webhook.url:
        return ok(_WEBHOOK, "none is set: the bot asks for its updates itself.")
    # Only the host: many bots' addresses hold a secret.
    return fail(
        _WEBHOOK,
        f"updates go to {urlsplit(webhook.url).hostname}, so the bot can't ask for them itself.",
        "Stop the program that runs there, then open TELEGRAM_API_URL/bot<the token>/deleteWebhook in a browser.",
    )
