"""Exactly once: an update is handled once, and a prompt is confirmed once, which does what it asks."""

import logging
from collections.abc import Awaitable, Callable, Mapping
from contextvars import ContextVar
from dataclasses import dataclass, replace
from typing import TypeVar

from bot.domain.ids import CarId, ChatId, MessageId, PersonId, PromptId, ThreadId
from bot.domain.prompts import Prompt, PromptState, Subject, subject_named, why_not_confirmed
from bot.domain.refusals import Reason
from bot.domain.roles import Ability
from bot.service.access import authorize_for_home
from bot.service.declined import Declined
from bot.service.ports import Ask, Clock
from storage import Database, DatabaseFault, Trouble, Tx
from storage import Prompt as PromptRow
from storage.repositories import handled_updates, prompts

_log = logging.getLogger(__name__)

T = TypeVar("T")

_SAID = {Trouble.DISK_FULL: Reason.DISK_FULL, Trouble.HELD_UP: Reason.FAILED_BEFORE_SENDING}
"""What a person is told about a trouble of the database, before which nothing was sent."""

decided: ContextVar[Callable[[], None]] = ContextVar("decided", default=lambda: None)
"""What is called once the present update has committed what it does, or that it does nothing."""


@dataclass(frozen=True, slots=True)
class Done:
    """What a use case has done in the transaction that confirms a prompt, and what it does after the commit."""

    result: object
    """Its type decides which screen shows it."""
    after_commit: Callable[[], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Started:
    """The result of work that continues in the background and shows its outcome by itself."""


Confirm = Callable[[Tx, Ask, Prompt], Done]
"""Does what a prompt is about; raises Declined, which leaves the prompt open and everything unchanged."""


@dataclass(kw_only=True, slots=True)
class Confirmation:
    """Dispatches each confirmed prompt to the use case of its subject."""

    db: Database
    clock: Clock
    use_cases: Mapping[Subject, Confirm]

    async def confirm(self, ask: Ask, prompt: PromptId, *, message: MessageId | None) -> object | None:
        """Do what an open prompt is about, for the person who was asked; returns the result.

        Of any number of simultaneous or repeated calls exactly one gets further than Declined, or None for an update
        seen before. `message` is the one that shows the prompt, if the prompt itself does not know it yet.
        """

        def commit(tx: Tx) -> Done:
            claimed = self._claim(tx, ask, prompt)
            if claimed.subject not in self.use_cases:
                raise Declined(Reason.PROMPT_GONE)  # it is answered by writing: only a forged tap confirms it
            return self.use_cases[claimed.subject](tx, ask, replace(claimed, message=claimed.message or message))

        done = await once(self.db, self.clock, ask, commit)
        if done is None:
            return None
        await done.after_commit()
        return done.result

    async def is_of_another(self, ask: Ask, prompt: PromptId) -> bool:
        """Return whether an open prompt asks somebody else, and the asker may know that: they may use the car."""

        def find(tx: Tx) -> bool:
            stored = prompts.get(tx, prompt)
            if stored is None or stored.person_id == ask.person.id or stored.chat_id != ask.chat:
                return False
            authorize_for_home(tx, ask, ChatId(stored.home_chat_id), Ability.STATUS, now=self.clock.now())
            return stored.state == PromptState.OPEN

        try:
            return await self.db.read(find)
        except Declined:
            return False

    def _claim(self, tx: Tx, ask: Ask, prompt: PromptId) -> Prompt:
        now = self.clock.now()
        row = prompts.claim(tx, prompt, person_id=ask.person.id, chat_id=ask.chat, now=now)
        if row is not None:
            return prompt_of(row)
        stored = prompts.get(tx, prompt)
        asked = prompt_of(stored) if stored else None
        why = why_not_confirmed(asked, person=ask.person.id, chat=ask.chat)
        if asked is not None and why is Reason.PROMPT_OF_ANOTHER:
            # A person who may not use the car learns nothing of what others are asked about it.
            authorize_for_home(tx, ask, asked.home, Ability.STATUS, now=now)
        raise Declined(why)


async def once(db: Database, clock: Clock, ask: Ask, work: Callable[[Tx], T]) -> T | None:
    """Commit work together with the key of its update. None for an update seen before.

    The key of declined work is kept too: the update could otherwise act when it is delivered again.
    """

    def commit(tx: Tx) -> T | None:
        return work(tx) if handled_updates.first_time(tx, ask.key, now=clock.now()) else None

    try:
        return await db.run(commit)
    except Declined:
        await db.run(lambda tx: handled_updates.first_time(tx, ask.key, now=clock.now()))
        raise
    except DatabaseFault as fault:
        # Nothing is sent before this commit.
        if fault.trouble not in _SAID:
            raise
        raise Declined(_SAID[fault.trouble]) from fault
    finally:
        decided.get()()


def prompt_of(row: PromptRow) -> Prompt:
    """Return a stored prompt as the domain knows it."""
    return Prompt(
        id=PromptId(row.id),
        chat=ChatId(row.chat_id),
        home=ChatId(row.home_chat_id),
        person=PersonId(row.person_id),
        car=None if row.car_id is None else CarId(row.car_id),
        message=None if row.message_id is None else MessageId(row.message_id),
        state=PromptState(row.state),
        asked_at=row.created_at,
        expires_at=row.expires_at,
        subject=subject_named(row.subject),
        about=row.about,
        thread=None if row.thread_id is None else ThreadId(row.thread_id),
    )
