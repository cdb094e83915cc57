"""Questions before guarded things: asked, cancelled, and closed when their time is over."""

import secrets
from collections.abc import Callable, Iterable
from datetime import timedelta
from typing import TypeVar

from bot.domain.ids import CarId, ChatId, MessageId, PromptId
from bot.domain.limits import TEXT_LIFETIME
from bot.domain.prompts import WRITTEN, Prompt, PromptState, Subject, Task, subject_named
from bot.domain.refusals import Reason
from bot.domain.roles import Ability
from bot.service.access import authorize_for_home
from bot.service.alarm import Alarm
from bot.service.confirmation import once, prompt_of
from bot.service.declined import Declined
from bot.service.ports import Announcer, Ask, Clock
from bot.service.preferences import preferences_of
from storage import Database, Tx
from storage import Prompt as PromptRow
from storage.repositories import prompts

T = TypeVar("T")


class Prompting:
    """Keeps the questions of all chats; each is in the database before it is on a screen."""

    def __init__(self, *, db: Database, clock: Clock, announcer: Announcer, ttl: timedelta) -> None:
        self._db = db
        self._clock = clock
        self._announcer = announcer
        self._ttl = ttl
        self._alarm = Alarm(clock, name="closing questions later")

    @property
    def ttl(self) -> timedelta:
        """How long a question can be answered, unless its home says otherwise."""
        return self._ttl

    def ask(
        self,
        tx: Tx,
        ask: Ask,
        *,
        home: ChatId,
        subject: Subject,
        car: CarId | None = None,
        about: str | None = None,
    ) -> Prompt:
        """Store an open question within the caller's transaction.

        One that waits for a text takes the place of an earlier one of its kind: a text answers only one.
        """
        now, lifetime = self._clock.now(), self._lifetime(tx, home)
        if isinstance(subject, Task) and subject in WRITTEN:
            self.stop_waiting(tx, ask, subject)
            lifetime = TEXT_LIFETIME
        row = PromptRow(
            id=secrets.token_urlsafe(12),
            chat_id=ask.chat,
            home_chat_id=home,
            person_id=ask.person.id,
            car_id=car,
            message_id=None,
            state=PromptState.OPEN.value,
            created_at=now,
            expires_at=now + lifetime,
            subject=subject.value,
            about=about,
        )
        prompts.add(tx, row)
        return prompt_of(row)

    def _lifetime(self, tx: Tx, home: ChatId) -> timedelta:
        chosen = preferences_of(tx, home).prompt_seconds
        return self._ttl if chosen is None else timedelta(seconds=chosen)

    def waiting(self, tx: Tx, ask: Ask, subject: Task) -> PromptRow | None:
        """Return the person's newest question here that waits for a text, if it is of this kind."""
        last = next(iter(self._written(tx, ask)), None)
        return last if last is not None and last.subject == subject.value else None

    async def is_waiting(self, ask: Ask, subject: Task) -> bool:
        """Return whether the person's newest question here that waits for a text is of this kind."""
        return await self._db.read(lambda tx: self.waiting(tx, ask, subject)) is not None

    def stop_waiting(self, tx: Tx, ask: Ask, subject: Task, *, about: str | None = None) -> None:
        """Drop the person's questions of this kind here, or those about one thing, that wait for a text."""
        for row in self._written(tx, ask):
            if row.subject == subject and about in (None, row.about):
                prompts.cancel(tx, row.id, chat_id=ask.chat, now=self._clock.now())

    async def take_text(self, ask: Ask, subject: Task, use: Callable[[Tx, Prompt], T]) -> T | None:
        """Give `use` the question of this kind that waits for the person's text here; it calls `stop_waiting`.

        None if the person's newest such question is another, or for an update seen before.
        """
        if not await self.is_waiting(ask, subject):
            return None  # the text belongs to something else, which then checks whether it was seen before

        def commit(tx: Tx) -> T | None:
            waiting = self.waiting(tx, ask, subject)
            return None if waiting is None else use(tx, prompt_of(waiting))

        return await once(self._db, self._clock, ask, commit)

    def _written(self, tx: Tx, ask: Ask) -> list[PromptRow]:
        found = prompts.open_of_person(tx, chat_id=ask.chat, person_id=ask.person.id, now=self._clock.now())
        return [row for row in found if subject_named(row.subject) in WRITTEN]

    async def shown(self, prompt: PromptId, message: MessageId) -> None:
        """Remember which message shows a question, so that its end can be shown there; at once if it has come."""

        def keep(tx: Tx) -> PromptRow | None:
            prompts.set_message(tx, prompt, message)
            return prompts.get(tx, prompt)

        row = await self._db.run(keep)
        self._alarm.ring()
        state = None if row is None else PromptState(row.state)
        if row is not None and state is PromptState.EXPIRED:
            await self._announcer.prompt_expired(prompt_of(row))
        elif row is not None and state is PromptState.CANCELLED:
            await self._announcer.prompt_cancelled(prompt_of(row))

    async def cancel(self, ask: Ask, prompt: PromptId) -> Prompt:
        """Drop an open question, one's own or about a car that one may use; raises Declined where that can't be."""
        now = self._clock.now()

        def commit(tx: Tx) -> Prompt:
            asked = prompts.get(tx, prompt)
            if asked is not None and asked.person_id != ask.person.id:
                authorize_for_home(tx, ask, ChatId(asked.home_chat_id), Ability.STATUS, now=now)
            row = prompts.cancel(tx, prompt, chat_id=ask.chat, now=now)
            if row is None:
                raise Declined(_why_not_cancelled(prompts.get(tx, prompt), ask.chat))
            return prompt_of(row)

        return await self._db.run(commit)

    async def cancel_all(self, ask: Ask) -> list[Prompt]:
        """Drop every open question of this person in this chat."""
        now = self._clock.now()
        rows = await self._db.run(
            lambda tx: prompts.cancel_open(tx, chat_id=ask.chat, person_id=ask.person.id, now=now)
        )
        return [prompt_of(row) for row in rows]

    async def show_cancelled(self, cancelled: Iterable[Prompt]) -> None:
        """Show that prompts were cancelled, wherever they were asked."""
        for prompt in cancelled:
            await self._announcer.prompt_cancelled(prompt)

    async def get(self, prompt: PromptId) -> Prompt | None:
        """Return a question as it stands."""
        row = await self._db.read(lambda tx: prompts.get(tx, prompt))
        return prompt_of(row) if row else None

    async def keep_closing(self) -> None:
        """Close questions when their time is over, for as long as the bot runs."""
        while True:
            self._alarm.clear()
            await self._close_due()
            await self._alarm.until(await self._db.read(prompts.next_expiry))

    async def _close_due(self) -> None:
        now = self._clock.now()
        for row in await self._db.run(lambda tx: prompts.expire_due(tx, now=now)):
            await self._announcer.prompt_expired(prompt_of(row))


def _why_not_cancelled(row: PromptRow | None, chat: ChatId) -> Reason:
    if row is None or row.chat_id != chat:
        return Reason.PROMPT_GONE
    return {
        PromptState.CONFIRMED: Reason.PROMPT_ANSWERED,
        PromptState.CANCELLED: Reason.PROMPT_CANCELLED,
    }.get(PromptState(row.state), Reason.PROMPT_EXPIRED)
