"""A whole Telegram in this process: bots, people and groups."""

import itertools
import secrets
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta

from bot.demo.dates import Dates
from bot.demo.telegram.bots import Bot, Tap
from bot.demo.telegram.chats import Message
from bot.demo.telegram.faults import Fault, Trouble, When
from bot.demo.telegram.groups import Group
from bot.demo.telegram.http.app import BotApi
from bot.demo.telegram.people import Person
from bot.demo.telegram.state import Call, TelegramState
from bot.demo.telegram.users import Json, User

__all__ = ["Bot", "Group", "Message", "Person", "Tap", "TelegramWorld"]

TAP_LIFETIME = timedelta(seconds=15)
"""How long a tap can be answered: not documented; about 15 seconds were observed."""


def _utc_now() -> datetime:
    return datetime.now(UTC)


class TelegramWorld:
    """Telegram for tests and the demo; `app` answers the Bot API.

    Calls that the documentation does not allow are refused and remembered in `violations`. Where it `is_limited`, so
    are messages above the documented limits; where time stands still, or for a benchmark, it is not.
    """

    def __init__(
        self,
        now: Callable[[], datetime] = _utc_now,
        *,
        tap_lifetime: timedelta = TAP_LIFETIME,
        is_limited: bool = False,
    ) -> None:
        self._state = TelegramState(now, tap_lifetime, is_limited)
        self._person_ids = itertools.count(5_000_000_001)
        self._group_ids = itertools.count(-4_000_000_001, -1)
        self._bot_ids = itertools.count(7_000_000_001)
        self.app = BotApi(self._state)

    @property
    def calls(self) -> list[Call]:
        """Every call of a bot, refused ones included."""
        return self._state.calls

    @property
    def violations(self) -> list[str]:
        """The calls that the documentation does not allow."""
        return self._state.violations

    @property
    def dates(self) -> Dates:
        """The dates of the answers."""
        return self._state.dates

    @property
    def bot(self) -> Bot:
        """The first bot."""
        if not self._state.bots:
            raise LookupError("there is no bot yet: add_bot() comes first")
        return self._state.bots[0]

    @property
    def updates_unacknowledged(self) -> list[Json]:
        """The updates that the first bot has not acknowledged."""
        return self.bot.updates.unacknowledged

    @property
    def refused_floods(self) -> list[Call]:
        """The calls that were refused because there were too many."""
        return [call for call in self.calls if call.error is not None and call.error.status == 429]

    def enforce_limits(self) -> None:
        """Refuse messages above the documented limits from now on."""
        self._state.is_limited = True

    def add_bot(self, username: str = "dimo_family_bot", **flags: bool) -> Bot:
        """Create a bot; flags are part of the answer of getMe, for example `can_read_all_group_messages`."""
        number = next(self._bot_ids)
        token = f"{number}:{secrets.token_urlsafe(27)[:35]}"
        bot = Bot(number, username, token=token, now=self._state.now, watchers=self._state.watchers)
        if unknown := set(flags) - set(bot.flags):
            raise ValueError(f"getMe has no {sorted(unknown)}")
        bot.flags |= flags
        self._state.bots.append(bot)
        return bot

    def add_person(
        self,
        first_name: str = "Ann",
        id: int | None = None,  # noqa: A002 - Telegram's word
        *,
        is_bot: bool = False,
        username: str | None = None,
        language: str = "en",
        has_started: bool = False,
    ) -> Person:
        """Create a person. A bot can write to them after they have written to it, or with `has_started`."""
        person = Person(
            id or next(self._person_ids),
            first_name,
            first_bot=lambda: self.bot,
            is_bot=is_bot,
            username=username,
            language=language,
        )
        if has_started:
            person.private_chat.started = True
        return person

    def add_group(
        self,
        title: str,
        members: Sequence[User],
        *,
        bot: Bot | None = None,
        kind: str = "group",
        with_bot: bool = True,
    ) -> Group:
        """Create a group or supergroup of these people; the first is its creator, who adds the bot."""
        account = bot or self.bot
        number = next(self._group_ids)
        if kind != "group":
            number -= 1_000_000_000_000
        group = Group(account, number, title, members, kind=kind, parent=self._state.watchers)
        if with_bot:
            group.joins(account, by=members[0])
        return group

    def calls_of(self, method: str) -> list[Call]:
        """Return the calls of one method."""
        return [call for call in self.calls if call.method == method]

    def fails_next(self, method: str, fault: Fault, *, times: int = 1, when: When | None = None) -> Trouble:
        """Fail the next calls of a method, or the next of those that `when` picks by their parameters."""
        return self._add(Trouble(method, fault, times, when or (lambda _: True)))

    def fails_always(self, method: str, fault: Fault, *, when: When | None = None) -> Trouble:
        """Fail all calls of a method, until `end()` of the returned trouble."""
        return self._add(Trouble(method, fault, None, when or (lambda _: True)))

    def redeliver(self, update: Message | Tap | Mapping[str, object]) -> None:
        """Send an update to the first bot once more, as Telegram does after a lost answer or a crash."""
        again = update.update if isinstance(update, Message | Tap) else dict(update)
        if not again:
            raise ValueError("this was never an update")
        self.bot.send_again(again)

    def revoke(self, bot: Bot | None = None) -> None:
        """Revoke the bot's token."""
        (bot or self.bot).revoke()

    async def until(self, check: Callable[[], object], *, within: float = 10) -> None:
        """Wait until something is true; it is checked after every call and every change in a chat."""
        await self._state.watchers.until(
            lambda: bool(check()), within=within, instead=lambda: f"Not in {within} s. {self.summary()}"
        )

    async def called(self, method: str, *, times: int = 1, within: float = 10) -> list[Call]:
        """Wait until this many calls of a method are finished; return them."""
        await self.until(lambda: sum(call.is_over for call in self.calls_of(method)) >= times, within=within)
        return self.calls_of(method)

    def summary(self) -> str:
        """Return the calls, the violations and all chats as text, for the text of an error."""
        calls = ", ".join(call.method for call in self.calls if call.method != "getUpdates")
        chats = "\n".join(chat.transcript() for bot in self._state.bots for chat in bot.chats.values())
        return f"Calls: {calls or 'none'}. Violations: {self.violations or 'none'}.\n{chats}"

    def _add(self, trouble: Trouble) -> Trouble:
        self._state.troubles.append(trouble)
        return trouble
