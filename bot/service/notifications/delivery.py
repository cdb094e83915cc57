"""News: tells what is in the outbox when it is due.

A burst of news is one message; quiet hours put it off; what was told is deleted. Of two bots on one database one tells,
and what a crash keeps from being told, or from being deleted, is told by the next one.
"""

import asyncio
import itertools
import logging
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial

from bot.dimo.errors import DimoError
from bot.domain.family import Request
from bot.domain.ids import CarId, ChatId
from bot.domain.notifications import LeftUnlocked
from bot.domain.preferences import BUNDLED_FOR, Preferences, Topic
from bot.domain.reports import Signal
from bot.service.background import Background
from bot.service.cars.status import Status
from bot.service.declined import Declined
from bot.service.notifications.items import Check, Farewell, Item, left_unlocked, read
from bot.service.notifications.outbox import Kind, Outbox
from bot.service.ports import Announcer, Clock, Reach
from bot.service.preferences import preferences_of
from storage import ActionRow, Database, Event, Home, Tampered, Tx, WrongKeys
from storage.repositories import events, homes

_log = logging.getLogger(__name__)
_UNREADABLE = (Tampered, WrongKeys)

_TAKEN_FOR = timedelta(minutes=5)
"""How long a process that took news on has for telling them, before they are due again."""

_LOOK_AGAIN_AFTER = timedelta(minutes=3)
_LOOK_FOR = timedelta(hours=1)
"""How long after an opening a report that can't be had is asked for again."""

_TOPICS: Mapping[str, Topic] = {
    Kind.OPENING: Topic.OPENINGS,
    Kind.LEFT_UNLOCKED: Topic.LEFT_UNLOCKED,
    Kind.REQUEST: Topic.REQUESTS,
    Kind.JOINED: Topic.JOINS,
    Kind.ACCESS_ENDED: Topic.ENDS,
}

_ALONE = frozenset({Kind.REQUEST, Kind.YOUR_ACCESS_ENDED})
"""What has buttons, or a reader, of its own."""


@dataclass(frozen=True, slots=True)
class _Taken:
    """Something that this process has taken on to tell."""

    event: Event
    item: Item


class NotificationDelivery:
    """Tells owners, and those whom it concerns, what is in the outbox."""

    def __init__(
        self,
        *,
        db: Database,
        clock: Clock,
        outbox: Outbox,
        announcer: Announcer,
        status: Status,
        background: Background,
    ) -> None:
        self._db = db
        self._clock = clock
        self._outbox = outbox
        self._announcer = announcer
        self._status = status
        self._background = background

    async def keep_telling(self) -> None:
        """Tell all news when they are due, for as long as the bot runs."""
        while True:
            self._outbox.alarm.clear()
            now = self._clock.now()
            due = await self._db.read(events.next_due)
            if due is not None and due <= now:
                for taken in await self._db.run(partial(self._take, now=now)):
                    self._background.start(self._tell(taken), name="telling news")
            await self._outbox.alarm.until(await self._db.read(partial(events.next_due, after=now)))

    def _take(self, tx: Tx, *, now: datetime) -> list[list[_Taken]]:
        """Take on what is due, and what the next seconds would bring beside it; each list is a message."""
        soon = events.due(tx, now=now + BUNDLED_FOR)
        messages: list[list[_Taken]] = []
        for home, group in itertools.groupby(soon, key=lambda event: event.home_chat_id):
            for those in _messages(group, now):
                try:
                    messages.append(list(self._take_of(tx, home, those, now)))
                except _UNREADABLE:
                    _log.exception("A home's news can't be told")
        return [those for those in messages if those]

    def _take_of(self, tx: Tx, number: int, those: Iterable[Event], now: datetime) -> Iterator[_Taken]:
        home, preferences = homes.get(tx, number), preferences_of(tx, number)
        for event in those:
            item = None if home is None else _item(tx, home, event, preferences, now)
            if item is None:
                events.delete(tx, [event.id])
            elif isinstance(item, datetime):
                events.postpone(tx, event, until=item)
            elif events.postpone(tx, event, until=now + _TAKEN_FOR):
                yield _Taken(replace(event, due_at=now + _TAKEN_FOR), item)

    async def _tell(self, taken: list[_Taken]) -> None:
        """Tell one message's worth of news; who can't be reached now is told again when they are due again."""
        checked = await asyncio.gather(*(self._checked(one) for one in taken))
        told = [one for one in checked if one is not None]
        if told and await self._announce(told) is Reach.LATER:
            return
        await self._db.run(partial(events.delete, ids=[one.event.id for one in told]))

    async def _checked(self, one: _Taken) -> _Taken | None:
        """Ask a car that was opened whether it is locked; None where that is nothing to tell, or not yet."""
        if not isinstance(one.item, Check):
            return one
        found = await self._left_unlocked(one.item.row)
        if isinstance(found, LeftUnlocked):
            # The answer may have taken its time: then another look has this on by now.
            until = self._clock.now() + _TAKEN_FOR
            is_ours = await self._db.run(partial(events.postpone, event=one.event, until=until))
            return replace(one, item=found) if is_ours else None
        if found is None:
            await self._db.run(partial(events.delete, ids=[one.event.id]))
        else:
            await self._db.run(partial(events.postpone, event=one.event, until=found))
        self._outbox.ring()
        return None

    async def _left_unlocked(self, row: ActionRow) -> LeftUnlocked | datetime | None:
        try:
            report = await self._status.look(ChatId(row.home_chat_id), CarId(row.car_id))
        except (DimoError, Declined):
            again = self._clock.now() + _LOOK_AGAIN_AFTER
            return again if again < row.requested_at + _LOOK_FOR else None
        reading, now = report.reading(Signal.LOCKED), self._clock.now()
        return await self._db.read(partial(left_unlocked, row=row, reading=reading, now=now))

    async def _announce(self, told: list[_Taken]) -> Reach:
        home, items = ChatId(told[0].event.home_chat_id), [one.item for one in told]
        match items:
            case [Request() as request]:
                return await self._announcer.request(home, request)
            case [Farewell() as farewell]:
                return await self._say_farewell(farewell)
        news = [item for item in items if not isinstance(item, Check | Request | Farewell)]
        return await self._announcer.news(home, news)

    async def _say_farewell(self, to: Farewell) -> Reach:
        """Tell somebody in their private chat, or where they asked for access if they have none with the bot."""
        reach = await self._announcer.access_ended(ChatId(int(to.person)), owner_name=to.owner_name)
        if reach is not Reach.NEVER or to.group is None:
            return reach
        return await self._announcer.access_ended(to.group, owner_name=to.owner_name, person_name=to.person_name)


def _item(tx: Tx, home: Home, event: Event, preferences: Preferences, now: datetime) -> Item | datetime | None:
    """Say what is to be told, or when to ask again; quiet hours and topics are the owner's, not those of others."""
    topic = _TOPICS.get(event.kind)
    if topic is not None and not preferences.tells(topic):
        return None
    if topic is not None and (quiet_until := preferences.quiet_until(now)) is not None:
        return quiet_until
    try:
        return read(tx, home, event, now=now)
    except (*_UNREADABLE, LookupError, ValueError):
        _log.exception("A piece of news can't be told")
        return None


def _messages(group: Iterable[Event], now: datetime) -> list[list[Event]]:
    """Put together what is told in one message: all that is due, or soon, but for what needs a message of its own."""
    soon = list(group)
    alone = [[event] for event in soon if event.kind in _ALONE and event.due_at <= now]
    bundle = [event for event in soon if event.kind not in _ALONE]
    return [*alone, bundle] if any(event.due_at <= now for event in bundle) else alone
