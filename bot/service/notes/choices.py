"""What each person chooses for themselves: whether they take notes, and which are muted."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from bot.domain.ids import ChatId, NoteId, PersonId
from bot.domain.notes import NOTE_TOPICS, TOPIC_OF, MuteLength, Note, NoteKind
from bot.domain.preferences import Topic
from bot.domain.refusals import Reason
from bot.domain.roles import Ability, Role
from bot.service.access import Authorization, authorizations, authorize
from bot.service.confirmation import once
from bot.service.declined import Declined
from bot.service.notes.recipients import choice_of, is_muted
from bot.service.notifications.items import note_of
from bot.service.ports import Ask, Clock
from bot.service.preferences import preferences_of
from storage import Database, NoteChoice, Tx
from storage.repositories import note_choices, notes


@dataclass(frozen=True, slots=True)
class NotesView:
    """What a person is told of the cars they use."""

    takes: bool
    topics: tuple[Topic, ...]
    """What the owners of the cars have switched on."""
    muted: Mapping[Topic, datetime | None]
    """Until when the person wants no notes of a topic; None for good."""
    is_owner: bool


@dataclass(frozen=True, slots=True)
class Muted:
    """A topic of which somebody gets no notes until then; None for good."""

    kind: NoteKind
    until: datetime | None


@dataclass(kw_only=True, slots=True)
class NoteChoices:
    """Every method raises Declined for people without access; those that change something return None if repeated."""

    db: Database
    clock: Clock
    plan: Callable[[Tx, ChatId], None] = field(repr=False)
    """Called with each home whose notes somebody takes, or does not take any more."""

    async def show(self, ask: Ask) -> NotesView:
        """Return which notes a person takes."""
        return await self.db.read(lambda tx: self._view(tx, ask))

    async def take(self, ask: Ask, *, takes: bool) -> NotesView | None:
        """Send somebody notes from now on, or none; what was muted is told again."""

        def commit(tx: Tx) -> NotesView:
            self._store(tx, ask, NoteChoice(int(ask.person.id), takes))
            return self._view(tx, ask)

        return await once(self.db, self.clock, ask, commit)

    async def note(self, ask: Ask, note: NoteId) -> Note:
        """Return a note that a person was sent and that is not over."""
        return await self.db.read(lambda tx: self._note(tx, ask, note))

    async def mute(self, ask: Ask, note: NoteId, length: MuteLength) -> Muted | None:
        """Send somebody no notes of a topic for a while, or for good."""

        def commit(tx: Tx) -> Muted:
            meant, now = self._note(tx, ask, note), self.clock.now()
            zone = preferences_of(tx, self._allowed(tx, ask)[0].home_id).zone
            until, choice = length.ends_at(now, zone), choice_of(tx, ask.person.id)
            self._store(tx, ask, replace(choice, muted={**choice.muted, TOPIC_OF[meant.kind]: until}))
            return Muted(meant.kind, until)

        return await once(self.db, self.clock, ask, commit)

    def _store(self, tx: Tx, ask: Ask, choice: NoteChoice) -> None:
        homes = [one.home_id for one in self._allowed(tx, ask)]
        note_choices.put(tx, choice)
        for home in homes:
            self.plan(tx, home)

    def _view(self, tx: Tx, ask: Ask) -> NotesView:
        allowed, now = self._allowed(tx, ask), self.clock.now()
        choice, is_owner = choice_of(tx, ask.person.id), any(one.access.role is Role.OWNER for one in allowed)
        told = [preferences_of(tx, one.home_id).tells for one in allowed]
        topics = tuple(one for one in Topic if one in NOTE_TOPICS and any(tells(one) for tells in told))
        muted = {one: choice.muted[one] for one in topics if is_muted(choice, one, now=now)}
        return NotesView(is_owner if choice.takes is None else choice.takes, topics, muted, is_owner)

    def _note(self, tx: Tx, ask: Ask, note: NoteId) -> Note:
        self._allowed(tx, ask)
        row = notes.get(tx, note)
        if row is None or row.person_id != ask.person.id:
            raise Declined(Reason.NOTE_OVER)
        return note_of(row)

    def _allowed(self, tx: Tx, ask: Ask) -> list[Authorization]:
        """Return where a person may see what cars report, in all their homes; raises Declined if that is nowhere."""
        now, person = self.clock.now(), PersonId(ask.person.id)
        authorize(tx, ask, Ability.STATUS, now=now)
        return [one for one in authorizations(tx, person, ChatId(int(person))) if not one.access.has_ended(now)]
