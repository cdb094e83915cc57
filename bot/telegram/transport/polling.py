"""Long polling: hands updates on, and raises if none can ever come, so that the process ends."""

import logging
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from telegram import Bot, Update
from telegram.error import Conflict, InvalidToken, NetworkError, RetryAfter, TelegramError

from bot.service.outages import Outage
from bot.service.ports import Clock
from bot.telegram.transport.errors import seconds_to_wait
from bot.telegram.transport.http_request import UnreadableAnswer
from bot.telegram.transport.starting import what_is_wrong

_log = logging.getLogger(__name__)

ALLOWED_UPDATES = ("message", "edited_message", "callback_query", "my_chat_member")
"""Of edited messages only the secrets in them count."""
LISTENING = "Listening"
"""How the polling stands once Telegram has answered."""
_WAIT_SECONDS = 50
_RETURN_SECONDS = 5.0
"""How late the return of Telegram may be noticed: people tap their buttons as soon as their phones are online."""
_MOST_UPDATES = 100
"""Updates of one answer; a person's long messages may make it longer than may be read."""


class NoUpdates(Exception):
    """Telegram gives no updates; the text says why and what to do, for the log and the command line."""


class Poller:
    """Asks Telegram for updates and hands them on, until it is cancelled."""

    def __init__(
        self,
        *,
        bot: Bot,
        clock: Clock,
        take: Callable[[Sequence[Update]], Awaitable[None]],
        settle: Callable[[], Awaitable[None]],
        alive: Callable[[str], None] = lambda _: None,
    ) -> None:
        """Make a poller; `settle` makes sure of the time before updates are handed on.

        `take` handles updates, and returns when Telegram may forget them: the next request acknowledges them.

        `alive` is called each time that the polling comes around, with how it stands.
        """
        self._bot = bot
        self._clock = clock
        self._take = take
        self._settle = settle
        self._offset: int | None = None
        self._limit = _MOST_UPDATES
        self._alive = alive
        self._outage = Outage(clock, _log)

    async def run(self) -> None:
        """Poll for ever; raises NoUpdates when the token is revoked or a webhook is set."""
        while True:
            try:
                await self._listen()
            except UnreadableAnswer as error:
                await self._ask_for_less(error)
            except TelegramError as error:
                await self._recover(error)

    async def _listen(self) -> None:
        """Wait for updates and hand them on; raises TelegramError."""
        try:
            updates = await self._bot.get_updates(
                offset=self._offset, limit=self._limit, timeout=_WAIT_SECONDS, allowed_updates=ALLOWED_UPDATES
            )
        except TelegramError:
            raise
        except Exception:  # noqa: BLE001 - an update that PTB can't read must not keep all others away
            await self._skip_unreadable()
        else:
            await self._heard(updates)

    async def _skip_unreadable(self) -> None:
        """Read the waiting updates one by one and skip those that can't be read; raises TelegramError."""
        waiting = await self._waiting(limit=self._limit)
        if not waiting:
            raise NetworkError("the answer with the updates can't be read")
        for raw in waiting:
            try:
                update = Update.de_json(raw, self._bot)
            except Exception as error:  # noqa: BLE001 - whatever PTB can't read, only this update is skipped
                _log.error("An update can't be read (%s) and is skipped", type(error).__name__)
                self._offset = raw["update_id"] + 1
            else:
                await self._heard((update,))

    async def _waiting(self, *, limit: int) -> list[dict[str, Any]]:
        """Return the waiting updates as Telegram sends them; this acknowledges those before the offset."""
        wanted = {"offset": self._offset or 0, "timeout": 0, "limit": limit}
        # In lower case, which Telegram accepts as well: PTB warns of calls for which it has methods of its own.
        found: list[dict[str, Any]] = await self._bot.do_api_request(
            "getupdates", api_kwargs=wanted | {"allowed_updates": list(ALLOWED_UPDATES)}
        )
        return found

    async def _heard(self, updates: tuple[Update, ...]) -> None:
        await self._settle()
        self._outage.ended("Telegram answers again")
        self._alive(LISTENING)
        if len(updates) < self._limit:
            self._limit = _MOST_UPDATES
        if updates:
            # A stop acknowledges them once they are handled, even if it comes right now.
            self._offset = updates[-1].update_id + 1
            await self._take(updates)

    async def _ask_for_less(self, error: UnreadableAnswer) -> None:
        """Request fewer updates at once; skip the next one if it alone makes the answer too long."""
        if self._limit > 1:
            self._limit //= 10
            return
        if self._offset is not None:
            _log.error("An update is too long and is skipped")
            self._offset += 1
        await self._recover(error)

    async def acknowledge(self) -> None:
        """Acknowledge at a stop the updates that were handed on, so that they are not delivered again."""
        try:
            if self._offset is not None:
                await self._waiting(limit=1)
        except TelegramError:
            _log.info("The last updates could not be acknowledged; they may come again and will do nothing")

    async def _recover(self, error: TelegramError) -> None:
        if isinstance(error, InvalidToken):
            raise NoUpdates("Telegram does not accept TELEGRAM_BOT_TOKEN. Ask @BotFather for the token and set it.")
        if isinstance(error, Conflict) and "webhook" in error.message.lower():
            raise NoUpdates("A webhook is set for this bot, so it can't poll. Delete the webhook, or stop its process.")
        self._alive("Waiting for Telegram")
        if isinstance(error, Conflict):
            await self._outage.wait("Another process polls with the same bot token. Stop one of the two")
        elif isinstance(error, RetryAfter):
            await self._outage.wait(what_is_wrong(error), seconds=seconds_to_wait(error))
        else:
            await self._outage.wait("Telegram can't be reached", at_most=_RETURN_SECONDS)
