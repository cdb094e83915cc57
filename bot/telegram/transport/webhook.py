"""A webhook: Telegram sends the updates by itself, to an address that the bot has named."""

import json
import logging
from collections.abc import Awaitable, Callable, Sequence

from telegram import Bot, Update
from telegram.error import BadRequest, InvalidToken, RetryAfter, TelegramError

from bot.service.outages import Outage
from bot.service.ports import Clock
from bot.telegram.transport.errors import seconds_to_wait
from bot.telegram.transport.polling import ALLOWED_UPDATES, LISTENING, NoUpdates
from bot.telegram.transport.starting import what_is_wrong

_log = logging.getLogger(__name__)

_EVERY_SECONDS = 60.0


class Webhook:
    """Names the address to Telegram, keeps it named, and hands on what comes there."""

    def __init__(
        self,
        *,
        bot: Bot,
        clock: Clock,
        url: str,
        secret: str,
        take: Callable[[Sequence[Update]], Awaitable[None]],
        settle: Callable[[], Awaitable[None]],
        alive: Callable[[str], None] = lambda _: None,
    ) -> None:
        """Make a webhook; `settle`, `take` and `alive` are a Poller's."""
        self._bot = bot
        self._clock = clock
        self._url = url
        self._secret = secret
        self._take = take
        self._settle = settle
        self._alive = alive
        self._outage = Outage(clock, _log)

    def __repr__(self) -> str:
        return f"<webhook at {self._url}>"

    async def run(self) -> None:
        """Keep the webhook set for ever; raises NoUpdates if Telegram refuses the address or the token."""
        while True:
            try:
                await self._keep_set()
            except TelegramError as error:
                await self._recover(error)
            else:
                self._outage.ended("Telegram answers again")
                self._alive(LISTENING)
                await self._clock.sleep(_EVERY_SECONDS)

    async def _keep_set(self) -> None:
        """Set the webhook unless it is set: another process or a person may have removed it. Raises TelegramError."""
        if (await self._bot.get_webhook_info()).url == self._url:
            return
        await self._bot.set_webhook(
            self._url, secret_token=self._secret, allowed_updates=ALLOWED_UPDATES, max_connections=100
        )
        _log.info("Telegram sends updates to %s", self._url)

    async def _recover(self, error: TelegramError) -> None:
        if isinstance(error, InvalidToken):
            raise NoUpdates("Telegram does not accept TELEGRAM_BOT_TOKEN. Ask @BotFather for the token and set it.")
        if isinstance(error, BadRequest):
            raise NoUpdates(f"PUBLIC_URL: Telegram does not take {self._url}: {error.message}. Correct it.")
        self._alive("Waiting for Telegram")
        seconds = seconds_to_wait(error) if isinstance(error, RetryAfter) else None
        await self._outage.wait(what_is_wrong(error), seconds=seconds)

    async def receive(self, body: bytes) -> None:
        """Handle an update; returns once Telegram may forget it. What can't be read is skipped: it would come again."""
        try:
            update = Update.de_json(json.loads(body), self._bot)
        except Exception as error:  # noqa: BLE001 - whatever PTB can't read, only this update is skipped
            _log.error("An update can't be read (%s) and is skipped", type(error).__name__)
            return
        await self._settle()
        await self._take((update,))
