"""Departures: access that ends by itself. That it has ended needs nobody; here it is told, and open questions close."""

from functools import partial

from bot.domain.prompts import Prompt
from bot.service.alarm import Alarm
from bot.service.confirmation import prompt_of
from bot.service.notifications.outbox import Outbox
from bot.service.ports import Announcer, Clock
from storage import Database, Member, Tx
from storage.repositories import members, prompts


class AccessExpiry:
    """Tells both sides once of each access that has ended, to the second, or at the next start."""

    def __init__(self, *, db: Database, clock: Clock, outbox: Outbox, announcer: Announcer) -> None:
        self._db = db
        self._clock = clock
        self._outbox = outbox
        self._announcer = announcer
        self._alarm = Alarm(clock, name="ending access later")

    def ring(self) -> None:
        """Tell that somebody's end has changed, once it is committed."""
        self._alarm.ring()

    async def keep_ending(self) -> None:
        """Tell of every end when it comes, for as long as the bot runs."""
        while True:
            self._alarm.clear()
            now = self._clock.now()
            for member in await self._db.read(partial(members.ended_untold, now=now)):
                await self._end(member)
            await self._alarm.until(await self._db.read(partial(members.next_end, after=now)))

    async def _end(self, member: Member) -> None:
        questions = await self._db.run(partial(self._ended, member=member))
        self._outbox.ring()
        for question in questions:
            await self._announcer.prompt_cancelled(question)

    def _ended(self, tx: Tx, *, member: Member) -> list[Prompt]:
        """Take the end on, unless another process did or it has moved; returns the questions that end with it."""
        now, home, person = self._clock.now(), member.home_chat_id, member.person_id
        if member.until is None:
            return []
        if not members.mark_end_told(tx, home, person, until=member.until, now=now):
            return []
        self._outbox.access_ended(tx, member, now=now)
        return [prompt_of(row) for row in prompts.cancel_of_person(tx, home_chat_id=home, person_id=person)]
