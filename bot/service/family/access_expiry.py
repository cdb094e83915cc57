"""Access that ends by itself: tells both sides of it and closes open questions. The end itself needs no process."""

from collections.abc import Callable
from functools import partial

from bot.domain.ids import ChatId, PersonId
from bot.domain.prompts import Prompt
from bot.service.background import Alarm
from bot.service.confirmation import prompt_of
from bot.service.notifications.outbox import Outbox
from bot.service.ports import Clock
from bot.service.prompting import Prompting
from storage import Database, Member, Tx
from storage.repositories import members, prompts


class AccessExpiry:
    """Announces once each access that has ended, to the second, or at the next start."""

    def __init__(
        self,
        *,
        db: Database,
        clock: Clock,
        outbox: Outbox,
        prompting: Prompting,
        access_changed: Callable[[ChatId, PersonId], None],
    ) -> None:
        """Make an announcer; `access_changed` is called with the home and the person after each end."""
        self._db = db
        self._clock = clock
        self._outbox = outbox
        self._prompting = prompting
        self._access_changed = access_changed
        self._alarm = Alarm(clock, name="ending access later")

    def ends_changed(self) -> None:
        """Look again for the next end: a change that moved one was committed."""
        self._alarm.ring()

    async def keep_announcing(self) -> None:
        """Announce every end when it comes, for as long as the bot runs."""
        while True:
            self._alarm.clear()
            now = self._clock.now()
            for member in await self._db.read(partial(members.ended_untold, now=now)):
                await self._announce(member)
            await self._alarm.until(await self._db.read(partial(members.next_end, after=now)))

    async def _announce(self, member: Member) -> None:
        questions = await self._db.run(partial(self._end, member=member))
        self._outbox.wake()
        self._access_changed(ChatId(member.home_chat_id), PersonId(member.person_id))
        await self._prompting.show_closed(questions)

    def _end(self, tx: Tx, *, member: Member) -> list[Prompt]:
        """Record the end and cancel the member's questions, unless another process did or the end has moved."""
        now, home, person = self._clock.now(), member.home_chat_id, member.person_id
        if member.until is None or not members.mark_end_told(tx, home, person, until=member.until, now=now):
            return []
        self._outbox.access_ended(tx, member, now=now)
        return [prompt_of(row) for row in prompts.cancel_of_person(tx, home_chat_id=home, person_id=person)]
