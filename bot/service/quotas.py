"""Bounds what people make the bot do, above all those without access; all counts are in the database."""

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import Enum, auto

from bot.domain.ids import ChatId, PersonId
from bot.domain.limits import LIMITS, Bound
from bot.domain.refusals import Reason
from bot.domain.roles import has_ended
from bot.service.background import log_failure
from bot.service.declined import Declined
from bot.service.ports import Clock
from storage import Database, DatabaseFault, Tx
from storage.repositories import counters, homes, members

_log = logging.getLogger(__name__)

_KNOWN_FOR = timedelta(seconds=30)
"""How long a person counts as known without another look: a family's taps must not wait for that."""

_MOST_KNOWN = 1000
_ALL = 0


class Admission(Enum):
    """Whether somebody's message or tap is handled."""

    YES = auto()
    TOLD_NO = auto()
    """Not handled, and the person is told so, once."""
    SILENT_NO = auto()


@dataclass(kw_only=True, slots=True)
class Quotas:
    """Counts the requests of people without access, and whatever else costs DIMO's calls or somebody's attention."""

    db: Database
    clock: Clock
    is_operator: Callable[[Tx, PersonId], bool]
    """Returns whether a person runs the bot, who may have no home yet."""
    _known: dict[PersonId, datetime] = field(default_factory=dict, init=False)

    async def admit(self, person: PersonId, chat: ChatId) -> Admission:
        """Admit everybody who has access to a car, and the others within their limits.

        Everybody is admitted while the database fails: whoever asks must learn that.
        """
        try:
            return await self._admit(person, chat)
        except DatabaseFault as fault:
            log_failure(_log, "People without access could not be counted", fault)
            return Admission.YES

    async def _admit(self, person: PersonId, chat: ChatId) -> Admission:
        now = self.clock.now()
        if now - self._known.get(person, now - _KNOWN_FOR) < _KNOWN_FOR:
            return Admission.YES
        if await self.db.read(lambda tx: self._is_known(tx, person, now)):
            self._known[person] = now
            if len(self._known) > _MOST_KNOWN:
                del self._known[next(iter(self._known))]
            return Admission.YES
        return await self.db.run(lambda tx: self._admit_stranger(tx, person, chat))

    def _is_known(self, tx: Tx, person: PersonId, now: datetime) -> bool:
        if homes.get(tx, person) is not None or self.is_operator(tx, person):
            return True
        return any(not has_ended(until, now) for until in members.ends_of(tx, person))

    def _admit_stranger(self, tx: Tx, person: PersonId, chat: ChatId) -> Admission:
        """Count a request for the person, then for the chat, then for all: who is over a limit uses up no other one."""
        subjects = [(Bound.STRANGER, int(person)), (Bound.STRANGERS, _ALL)]
        if chat < 0:
            subjects.insert(1, (Bound.STRANGERS_IN_CHAT, int(chat)))
        for bound, subject in subjects:
            over = self._count(tx, bound, subject) - LIMITS[bound].most
            if over > 0:
                return Admission.TOLD_NO if over == 1 and bound is not Bound.STRANGERS else Admission.SILENT_NO
        return Admission.YES

    def spend(self, tx: Tx, bound: Bound, subject: int = _ALL) -> None:
        """Count something; raises Declined if it is over its limit. The caller keeps the count by its commit."""
        if not self.has_left(tx, bound, subject):
            raise Declined(Reason.TOO_MUCH)

    def has_left(self, tx: Tx, bound: Bound, subject: int = _ALL) -> bool:
        """Count something, and return whether it is within its limit."""
        return self._count(tx, bound, subject) <= LIMITS[bound].most

    def _count(self, tx: Tx, bound: Bound, subject: int) -> int:
        return counters.count(tx, bound, subject, now=self.clock.now(), window=LIMITS[bound].window)
