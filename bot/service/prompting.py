"""Questions before guarded things: asked, cancelled, and closed when their time is over."""

import asyncio
import secrets
from datetime import timedelta

from bot.domain.ids import CarId, ChatId, MessageId, PromptId
from bot.domain.prompts import Prompt, PromptState, Subject
from bot.domain.refusals import Reason
from bot.domain.roles import Ability
from bot.service.access import permitted
from bot.service.declined import Declined
from bot.service.ports import Announcer, Ask, Clock
from bot.service.views import prompt_of
from storage import Database, Tx, prompts
from storage import Prompt as PromptRow

_IDLE_SECONDS = 3600.0


class Prompting:
    """Keeps the questions of all chats; each is in the database before it is on a screen."""

    def __init__(self, *, db: Database, clock: Clock, announcer: Announcer, ttl: timedelta) -> None:
        self._db = db
        self._clock = clock
        self._announcer = announcer
        self._ttl = ttl
        self._asked = asyncio.Event()

    @property
    def ttl(self) -> timedelta:
        """How long a question can be answered."""
        return self._ttl

    def ask(self, tx: Tx, ask: Ask, *, home: ChatId, subject: Subject, car: CarId | None) -> Prompt:
        """Store an open question within the caller's transaction."""
        now = self._clock.now()
        row = PromptRow(
            id=secrets.token_urlsafe(12),
            chat_id=ask.chat,
            home_chat_id=home,
            person_id=ask.person.id,
            car_id=car,
            message_id=None,
            state=PromptState.OPEN.value,
            created_at=now,
            expires_at=now + self._ttl,
            subject=subject.value,
        )
        prompts.add(tx, row)
        return prompt_of(row)

    async def shown(self, prompt: PromptId, message: MessageId) -> None:
        """Remember which message shows a question, so that its end can be shown there; at once if it has come."""

        def keep(tx: Tx) -> PromptRow | None:
            prompts.set_message(tx, prompt, message)
            return prompts.get(tx, prompt)

        row = await self._db.run(keep)
        self._asked.set()
        if row is not None and PromptState(row.state) is PromptState.EXPIRED:
            await self._announcer.prompt_expired(prompt_of(row))

    async def cancel(self, ask: Ask, prompt: PromptId) -> Prompt:
        """Drop an open question; raises Declined where there is none to drop or the person may not use the car."""
        now = self._clock.now()

        def commit(tx: Tx) -> Prompt:
            permitted(tx, person=ask.person.id, chat=ask.chat, ability=Ability.STATUS, now=now)
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

    async def get(self, prompt: PromptId) -> Prompt | None:
        """Return a question as it stands."""
        row = await self._db.read(lambda tx: prompts.get(tx, prompt))
        return prompt_of(row) if row else None

    async def keep_closing(self) -> None:
        """Close questions when their time is over, for as long as the bot runs."""
        while True:
            self._asked.clear()
            await self._close_due()
            await self._until_next()

    async def _close_due(self) -> None:
        now = self._clock.now()
        for row in await self._db.run(lambda tx: prompts.expire_due(tx, now=now)):
            await self._announcer.prompt_expired(prompt_of(row))

    async def _until_next(self) -> None:
        due = await self._db.read(prompts.next_expiry)
        wait = _IDLE_SECONDS if due is None else (due - self._clock.now()).total_seconds()
        if wait <= 0:
            return
        asked = asyncio.ensure_future(self._asked.wait())
        timer = asyncio.create_task(self._clock.sleep(wait + 0.01), name="closing questions later")
        try:
            await asyncio.wait({asked, timer}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            asked.cancel()
            timer.cancel()


def _why_not_cancelled(row: PromptRow | None, chat: ChatId) -> Reason:
    if row is None or row.chat_id != chat:
        return Reason.PROMPT_GONE
    return {
        PromptState.CONFIRMED: Reason.PROMPT_ANSWERED,
        PromptState.CANCELLED: Reason.PROMPT_CANCELLED,
    }.get(PromptState(row.state), Reason.PROMPT_EXPIRED)
