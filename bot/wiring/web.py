"""Wires what others ask the bot over HTTP where PUBLIC_URL is set."""

from collections.abc import Awaitable, Callable, Sequence

from starlette.routing import BaseRoute
from telegram import Update

from bot.service.account.sign_in import SignIn
from bot.service.notes.triggers import Triggers
from bot.telegram.transport.webhook import Webhook
from bot.web.callback import Callback
from bot.web.triggers import TriggersEndpoint
from bot.web.webhook import WEBHOOK_PATH, WebhookEndpoint
from bot.wiring.core import Core


def make_webhook(
    core: Core,
    sign_in: SignIn,
    triggers: Triggers | None,
    routes: list[BaseRoute],
    *,
    take: Callable[[Sequence[Update]], Awaitable[None]],
    settle: Callable[[], Awaitable[None]],
    alive: Callable[[str], None],
) -> Webhook:
    """Make the webhook under PUBLIC_URL, and add what is answered there to the routes of the web server."""
    settings, chat = core.settings, core.chat
    webhook = Webhook(
        bot=chat.bot,
        clock=core.clock,
        url=f"{settings.public_url}{WEBHOOK_PATH}",
        secret=settings.telegram_secret,
        take=take,
        settle=settle,
        alive=alive,
    )
    callback = Callback(keep=sign_in.keep_landing, chat_address=chat.private_address)
    endpoint = WebhookEndpoint(secret=settings.telegram_secret, receive=webhook.receive)
    routes += [endpoint.route, *callback.routes]
    if triggers is not None:
        routes.append(TriggersEndpoint(secret=settings.trigger_secret, hinted=triggers.hinted).route)
    return webhook
