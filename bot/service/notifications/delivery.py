"""Delivers the events of the outbox when they are due.

Events that come close together become one message; what was delivered is deleted. Of two
processes on one database only one delivers an event, and the next start delivers what a crash left behind.
"""

import asyncio
import itertools
import logging
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial

from bot.domain.family import Request
from bot.domain.ids import ChatId
from bot.domain.notifications import AccessLost, News
from bot.domain.preferences import BUNDLED_FOR, Preferences, Topic
from bot.service.background import Background
from bot.service.event_log import log_event, milliseconds
from bot.service.notifications.items import CarLeftFor, Item, NoteToTell, YourAccessEnded, home_gone, note_told, read
from bot.service.notifications.outbox import EventKind, Outbox
from bot.service.ports import Announcer, Clock, Reach, Spot
from bot.service.preferences import preferences_of
from storage import Database, Event, Home, Presence, Tampered, Tx, WrongKeys
from storage.repositories import events, homes

_log = logging.getLogger(__name__)
_UNREADABLE = (Tampered, WrongKeys)

_CLAIMED_FOR = timedelta(minutes=5)
"""How long a process has to deliver the events that it claimed; after its death they are due at once."""

_TOPICS: Mapping[str, Topic] = {
    EventKind.OPENING: Topic.OPENINGS,
    EventKind.REQUEST: Topic.REQUESTS,
    EventKind.JOINED: Topic.JOINS,
    EventKind.ACCESS_ENDED: Topic.ENDS,
}
"""The topic by which an owner mutes a kind of event. Kinds without a topic are always told."""

_SINGLE = frozenset(
    {EventKind.REQUEST, EventKind.YOUR_ACCESS_ENDED, EventKind.CAR_LEFT, EventKind.HOME_GONE, EventKind.NOTE}
)
"""Kinds that need a message of their own, for their buttons or their reader."""


@dataclass(frozen=True, slots=True)
class _Claimed:
    """An event that this process delivers."""

    event: Event
    item: Item


@dataclass(kw_only=True, slots=True)
class NotificationDelivery:
    """Tells owners what has happened, and members that their access has ended."""

    db: Database
    clock: Clock
    presence: Presence
    outbox: Outbox
    announcer: Announcer
    background: Background
    _under_way: set[str] = field(default_factory=set, init=False)
    """The events that this process delivers now; a computer that was asleep must not begin them anew."""

    async def keep_delivering(self) -> None:
        """Deliver every event when it is due, for as long as the bot runs."""
        while True:
            self.outbox.alarm.clear()
            claimers, due = await self.db.read(lambda tx: (events.claimers(tx), events.next_due(tx)))
            has_released = await self._release(claimers)
            now, number = self.clock.now(), self.presence.number
            if has_released or (due is not None and due <= now):
                busy = frozenset(self._under_way)
                for claimed in await self.db.run(partial(_claim_due, now=now, number=number, busy=busy)):
                    self._under_way.update(one.event.id for one in claimed)
                    self.background.start(self._deliver(claimed), name="sending a notification")
                due = await self.db.read(partial(events.next_due, after=now))
            await self.outbox.alarm.until(due)

    async def _release(self, claimers: Collection[int]) -> bool:
        """Make due what processes that died were about to tell; returns whether there was anything."""
        dead = [
            number
            for number in claimers
            if not (self.presence.holds(number) or await asyncio.to_thread(self.presence.is_alive, number))
        ]
        for number in dead:
            await self.db.run(partial(events.release, number=number, now=self.clock.now()))
        return bool(dead)

    async def _deliver(self, claimed: list[_Claimed]) -> None:
        try:
            await self._send(claimed)
        finally:
            self._under_way.difference_update(one.event.id for one in claimed)

    async def _send(self, claimed: list[_Claimed]) -> None:
        """Send one message; if nobody can be reached now, its events become due again by themselves."""
        told = [one for one in claimed if self._is_ours(one.event)]
        began = self.clock.now()
        if told and isinstance(told[0].item, NoteToTell):
            await self._tell_note(told[0].event, told[0].item, began)
            return
        reach = await self._announce(told) if told else Reach.NEVER
        if reach is Reach.LATER:
            return
        gone = await self.db.run(partial(events.delete, ids=[one.event.id for one in told]))
        # Another process may have delivered some of them meanwhile, and has logged those.
        for one in told:
            if one.event.id in gone:
                self._log(one.event, reach, began)

    def _is_ours(self, event: Event) -> bool:
        """Return whether no other process can have taken the event over, because this one was held up."""
        return event.claimed_by is not None and self.presence.holds(event.claimed_by)

    def _log(self, event: Event, reach: Reach, began: datetime) -> None:
        now = self.clock.now()
        log_event(
            _log,
            "note",
            id=event.id,
            home=event.home_chat_id,
            kind=event.kind,
            outcome=reach,
            waited_ms=milliseconds(event.created_at, began),
            told_ms=milliseconds(began, now),
        )

    async def _tell_note(self, event: Event, it: NoteToTell, began: datetime) -> None:
        """Send a note, or edit its message while that exists."""
        show = self.announcer.show if it.message is None else self.announcer.update
        shown = await show(Spot(ChatId(int(it.person)), it.message), it.note)
        now = self.clock.now()
        if shown.reach is Reach.LATER:
            return
        if await self.db.run(partial(note_told, event=event, it=it, shown=shown, now=now)):
            self._log(event, shown.reach, began)
        self.outbox.wake()

    async def _announce(self, told: list[_Claimed]) -> Reach:
        home, items = ChatId(told[0].event.home_chat_id), [one.item for one in told]
        match items:
            case [Request() as request]:
                return (await self.announcer.show(Spot(home), request)).reach
            case [YourAccessEnded() as ended]:
                return await self._announce_to_member(ended)
            case [CarLeftFor() as left]:
                return (await self.announcer.show(Spot(ChatId(int(left.person))), left.told)).reach
        news = tuple(
            item for item in items if not isinstance(item, CarLeftFor | NoteToTell | Request | YourAccessEnded)
        )
        return (await self.announcer.show(Spot(home), News(news))).reach

    async def _announce_to_member(self, ended: YourAccessEnded) -> Reach:
        """Tell somebody in their private chat, or in the group where they asked for access if they have none."""
        shown = await self.announcer.show(Spot(ChatId(int(ended.person))), AccessLost(ended.owner_name, how=ended.how))
        if shown.reach is Reach.NEVER and ended.group is not None:
            shown = await self.announcer.show(
                Spot(ended.group.chat, at=ended.group), AccessLost(ended.owner_name, ended.person_name, ended.how)
            )
        return shown.reach


def _claim_due(tx: Tx, *, now: datetime, number: int, busy: frozenset[str]) -> list[list[_Claimed]]:
    """Claim what is due, together with what the next seconds would bring; each list is one message."""
    soon = [event for event in events.due(tx, now=now + BUNDLED_FOR) if event.id not in busy]
    messages: list[list[_Claimed]] = []
    for home, group in itertools.groupby(soon, key=lambda event: event.home_chat_id):
        for those in _messages(group, now):
            try:
                messages.append(list(_claim(tx, home, those, now, number)))
            except _UNREADABLE:
                _log.exception("The notifications of a home can't be read")
    return [message for message in messages if message]


def _messages(group: Iterable[Event], now: datetime) -> list[list[Event]]:
    """Split the events of a home into messages: one for all that can be bundled, if any of them is due."""
    soon = list(group)
    single = [[event] for event in soon if event.kind in _SINGLE and event.due_at <= now]
    bundle = [event for event in soon if event.kind not in _SINGLE]
    return [*single, bundle] if any(event.due_at <= now for event in bundle) else single


def _claim(tx: Tx, home_chat: int, those: Iterable[Event], now: datetime, number: int) -> Iterator[_Claimed]:
    home, preferences = homes.get(tx, home_chat), preferences_of(tx, home_chat)
    for event in those:
        item = _item(tx, home, event, preferences, now)
        if item is None:
            events.delete(tx, [event.id])
        elif isinstance(item, datetime):
            events.postpone(tx, event, until=item)
        elif events.postpone(tx, event, until=now + _CLAIMED_FOR, by=number):
            yield _Claimed(replace(event, due_at=now + _CLAIMED_FOR, claimed_by=number), item)


def _item(tx: Tx, home: Home | None, event: Event, preferences: Preferences, now: datetime) -> Item | datetime | None:
    """Return what is to be told, or when to ask again, or None."""
    if event.kind == EventKind.HOME_GONE:
        return home_gone(event)
    topic = _TOPICS.get(event.kind)
    if home is None:
        return None
    if topic is not None and not preferences.tells(topic):
        return None
    try:
        return read(tx, home, event, now=now)
    except (*_UNREADABLE, LookupError, ValueError):
        _log.exception("A notification can't be read")
        return None
