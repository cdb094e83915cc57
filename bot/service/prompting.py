"""Prompts, the questions before guarded actions: asked, cancelled, and closed when their time is over."""

import asyncio
import secrets
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import TypeVar

from bot.domain.ids import CarId, ChatId, MessageId, PromptId
from bot.domain.limits import TEXT_LIFETIME
from bot.domain.places import Place
from bot.domain.prompts import WRITTEN, Prompt, PromptState, Subject, Task, why_not_open
from bot.domain.roles import Ability
from bot.service.access import authorize_for_home
from bot.service.background import Alarm
from bot.service.confirmation import once, prompt_of
from bot.service.declined import Declined
from bot.service.ports import Announcer, Ask, Clock, Reach, Spot
from bot.service.preferences import preferences_of
from storage import Database, Tx
from storage import Prompt as PromptRow
from storage.repositories import prompts

T = TypeVar("T")

_AGAIN_AFTER = timedelta(minutes=1)


@dataclass(kw_only=True, slots=True)
class Prompting:
    """Stores the prompts of all chats; each is in the database before it is on a screen."""

    db: Database
    clock: Clock
    announcer: Announcer
    ttl: timedelta
    """How long a prompt can be answered if its home has not set that."""
    _alarm: Alarm = field(init=False)
    _late: set[PromptId] = field(default_factory=set, init=False)
    """The prompts that Telegram did not let us show as closed."""
    _again: datetime | None = field(default=None, init=False)
    """When these are tried again."""

    def __post_init__(self) -> None:
        self._alarm = Alarm(self.clock, name="closing questions later", people_wait=True)

    def ask(
        self, tx: Tx, ask: Ask, *, home: ChatId, subject: Subject, car: CarId | None = None, about: str | None = None
    ) -> Prompt:
        """Store an open prompt in the caller's transaction.

        One that is answered by writing replaces an earlier one of its subject, as one text would answer both.
        """
        if isinstance(subject, Task) and subject in WRITTEN:
            self.stop_waiting(tx, ask, subject)
        now = self.clock.now()
        row = PromptRow(
            id=secrets.token_urlsafe(12),
            chat_id=ask.chat,
            home_chat_id=home,
            person_id=ask.person.id,
            car_id=car,
            message_id=None,
            state=PromptState.OPEN.value,
            created_at=now,
            expires_at=now + self._lifetime(tx, home, subject),
            subject=subject.value,
            about=about,
            thread_id=ask.thread,
        )
        prompts.add(tx, row)
        return prompt_of(row)

    def _lifetime(self, tx: Tx, home: ChatId, subject: Subject) -> timedelta:
        if subject in WRITTEN:
            return TEXT_LIFETIME
        chosen = preferences_of(tx, home).prompt_seconds
        return self.ttl if chosen is None else timedelta(seconds=chosen)

    def waiting(self, tx: Tx, ask: Ask, subject: Task) -> Prompt | None:
        """Return the prompt that the person's next text in this chat will answer, if it has this subject."""
        last = next(iter(self._written(tx, ask)), None)
        return last if last is not None and last.subject is subject else None

    async def is_waiting(self, ask: Ask, subject: Task) -> bool:
        """Return whether the person's next text here answers a prompt of this subject."""
        return await self.db.read(lambda tx: self.waiting(tx, ask, subject)) is not None

    def stop_waiting(self, tx: Tx, ask: Ask, subject: Task, *, about: str | None = None) -> None:
        """Cancel the prompts of this subject, or those about one thing, that the person is to answer here by writing."""
        for prompt in self._written(tx, ask):
            if prompt.subject is subject and about in (None, prompt.about):
                prompts.cancel(tx, prompt.id, chat_id=ask.chat, now=self.clock.now())

    async def take_text(self, ask: Ask, subject: Task, use: Callable[[Tx, Prompt], T]) -> T | None:
        """Give `use` the prompt of this subject that the person's text answers; it calls `stop_waiting`.

        None if the text answers no such prompt, or for an update seen before.
        """
        if not await self.is_waiting(ask, subject):
            return None  # the text belongs to something else, which then checks whether it was seen before

        def commit(tx: Tx) -> T | None:
            waiting = self.waiting(tx, ask, subject)
            return None if waiting is None else use(tx, waiting)

        return await once(self.db, self.clock, ask, commit)

    def _written(self, tx: Tx, ask: Ask) -> list[Prompt]:
        rows = prompts.open_of_person(tx, chat_id=ask.chat, person_id=ask.person.id, now=self.clock.now())
        return [prompt for prompt in map(prompt_of, rows) if prompt.subject in WRITTEN]

    async def shown(self, prompt: PromptId, message: MessageId) -> None:
        """Remember the message that shows a prompt; if the prompt is closed by then, show that in it."""

        def keep(tx: Tx) -> PromptRow | None:
            prompts.set_message(tx, prompt, message)
            return prompts.get(tx, prompt)

        row = await self.db.run(keep)
        self._alarm.ring()
        if row is not None and row.state in {PromptState.EXPIRED, PromptState.CANCELLED}:
            await self.show_closed([prompt_of(row)])

    async def cancel(self, ask: Ask, prompt: PromptId) -> Prompt:
        """Cancel an open prompt of the person, or about a car that they may use; raises Declined."""
        now = self.clock.now()

        def commit(tx: Tx) -> Prompt:
            asked = prompts.get(tx, prompt)
            if asked is not None and asked.person_id != ask.person.id:
                authorize_for_home(tx, ask, ChatId(asked.home_chat_id), Ability.STATUS, now=now)
            row = prompts.cancel(tx, prompt, chat_id=ask.chat, now=now)
            if row is None:
                stored = prompts.get(tx, prompt)
                raise Declined(why_not_open(None if stored is None else prompt_of(stored), chat=ask.chat))
            return prompt_of(row)

        return await self.db.run(commit)

    async def cancel_all(self, ask: Ask) -> list[Prompt]:
        """Cancel every open prompt of this person in this chat."""
        now, chat, person = self.clock.now(), ask.chat, ask.person.id
        rows = await self.db.run(lambda tx: prompts.cancel_open(tx, chat_id=chat, person_id=person, now=now))
        return [prompt_of(row) for row in rows]

    async def get(self, prompt: PromptId) -> Prompt | None:
        """Return a prompt as it is stored."""
        row = await self.db.read(lambda tx: prompts.get(tx, prompt))
        return prompt_of(row) if row else None

    async def show_closed(self, closed: Iterable[Prompt]) -> None:
        """Show that prompts were cancelled or have expired, each in its message unless that asked for a reply.

        What Telegram does not take now is tried again every minute, and at the next start.
        """
        # Side by side, so that a chat with a flood limit delays no other one.
        answers = await asyncio.gather(*(self._show_closed(prompt) for prompt in closed))
        await self.were_shown(prompt for prompt, is_over in answers if is_over)
        late = {prompt.id for prompt, is_over in answers if not is_over}
        if late:
            self._late |= late
            self._again = self._again or self.clock.now() + _AGAIN_AFTER
            self._alarm.ring()

    async def _show_closed(self, prompt: Prompt) -> tuple[Prompt, bool]:
        """Show that a prompt is closed; returns with it whether nothing is left to show."""
        if prompt.message is None or prompt.subject in WRITTEN:
            return prompt, True
        spot = Spot(prompt.chat, prompt.message, Place(prompt.chat, prompt.thread))
        return prompt, (await self.announcer.show(spot, prompt)).reach is not Reach.LATER

    async def were_shown(self, closed: Iterable[Prompt]) -> None:
        """Note that the messages of prompts show that they are closed."""
        ids = [prompt.id for prompt in closed]
        if ids:
            await self.db.run(partial(prompts.mark_shown_as_closed, prompt_ids=ids))

    async def keep_closing(self) -> None:
        """Close prompts when their time is over, for as long as the bot runs."""
        await self.show_closed(map(prompt_of, await self.db.read(prompts.stale)))
        while True:
            self._alarm.clear()
            expiry = await self.close_due()
            await self._alarm.until(min((due for due in (expiry, self._again) if due is not None), default=None))
            if self._again is not None and self.clock.now() >= self._again:
                late, self._late, self._again = self._late, set(), None
                rows = await self.db.read(prompts.stale)
                await self.show_closed(prompt_of(row) for row in rows if row.id in late)

    async def close_due(self) -> datetime | None:
        """Close the prompts whose time is over, and show that; returns when the next one ends."""
        now = self.clock.now()
        expired, expiry = await self.db.run(lambda tx: (prompts.expire_due(tx, now=now), prompts.next_expiry(tx)))
        await self.show_closed(prompt_of(row) for row in expired)
        return expiry
