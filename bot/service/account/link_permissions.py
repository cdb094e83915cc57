"""Permission to link: the operator is asked once for each person, unless the settings let anybody link."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial

from bot.domain.ids import ChatId, PersonId
from bot.domain.limits import Bound
from bot.domain.linking import LinkAnswer, LinkNews, LinkPermissionState, PermissionAsked
from bot.domain.refusals import Reason
from bot.service.account.operator import Operator
from bot.service.confirmation import once
from bot.service.declined import Declined
from bot.service.ports import Announcer, Ask, Clock, Person, Reach, Spot
from bot.service.quotas import Quotas
from storage import Database, LinkPermission, Tx
from storage.engine import locks
from storage.repositories import homes, link_permissions

_log = logging.getLogger(__name__)

_ASKING_TAKES = timedelta(minutes=1)
"""How long after its start a question that no message shows may still be on its way to the operator."""


@dataclass(frozen=True, slots=True)
class _Effect:
    """The result of an answer to a question in one of these states, and what the person is told."""

    of: frozenset[LinkPermissionState]
    state: LinkPermissionState
    news: LinkNews


_EFFECTS: Mapping[LinkAnswer, _Effect] = {
    LinkAnswer.ALLOW: _Effect(
        frozenset({LinkPermissionState.OPEN, LinkPermissionState.DENIED}),  # a no can become a yes later
        LinkPermissionState.ALLOWED,
        LinkNews.OPERATOR_SAID_YES,
    ),
    LinkAnswer.DENY: _Effect(
        frozenset({LinkPermissionState.OPEN}), LinkPermissionState.DENIED, LinkNews.OPERATOR_SAID_NO
    ),
}


@dataclass(kw_only=True, slots=True)
class LinkPermissions:
    """Lets the operator decide who may link; whoever has linked here before may do it again."""

    db: Database
    clock: Clock
    operator: Operator
    announcer: Announcer
    quotas: Quotas
    is_needed: bool

    def is_given(self, tx: Tx, person: PersonId) -> bool:
        """Return whether a person may link an account to their private chat, which has their number."""
        if not self.is_needed or self.operator.is_open(tx) or self.operator.is_this(tx, person):
            return True
        if homes.get(tx, person) is not None:
            return True
        known = link_permissions.get(tx, person)
        return known is not None and known.state == LinkPermissionState.ALLOWED

    async def request(self, person: Person) -> LinkNews | None:
        """Ask the operator; None if the person may link already."""
        if await self.db.read(lambda tx: self.is_given(tx, person.id)):
            return None
        claimed = await self.db.run(lambda tx: self._claim(tx, person))
        return claimed if isinstance(claimed, LinkNews) else await self._ask(claimed, person)

    async def take_attempt(self, person: Person) -> None:
        """Count an address or a token that is about to be taken to DIMO; raises Declined over the limit."""

        def count(tx: Tx) -> None:
            self.quotas.spend(tx, Bound.LINKS, int(person.id))
            self.quotas.spend(tx, Bound.ALL_LINKS)

        await self.db.run(count)

    def _claim(self, tx: Tx, person: Person) -> LinkNews | PersonId:
        """Store the question before it is shown; return the operator to show it to, or what the person is told."""
        locks.hold(tx, f"link permission:{person.id}")
        operator, known = self.operator.find(tx), link_permissions.get_for_update(tx, person.id)
        if known is not None and known.state != LinkPermissionState.OPEN:
            return LinkNews.OPERATOR_SAID_NO
        if operator is None:
            _log.warning("Somebody wants to link, and there is nobody to ask: set OPERATOR_ID or LINKING")
            return LinkNews.OPERATOR_AWAY
        if not self.quotas.has_left(tx, Bound.QUESTIONS, int(operator)):
            return LinkNews.OPERATOR_SILENT
        now = self.clock.now()
        if known is not None and self._is_asked(known, operator, now):
            return LinkNews.OPERATOR_SILENT
        link_permissions.put(tx, LinkPermission(person.id, LinkPermissionState.OPEN, None, now, person.name))
        return operator

    def _is_asked(self, known: LinkPermission, operator: PersonId, now: datetime) -> bool:
        """Return whether this operator was shown the question, or another update is about to show it."""
        if known.asked_person_id is None:
            return known.asked_at + _ASKING_TAKES > now
        return known.asked_person_id == operator

    async def _ask(self, operator: PersonId, person: Person) -> LinkNews:
        shown = await self.announcer.show(Spot(ChatId(int(operator))), PermissionAsked(person.id, person.name))
        if shown.reach is Reach.SHOWN:
            await self.db.run(partial(link_permissions.mark_asked, person_id=person.id, asked_person_id=operator))
            return LinkNews.OPERATOR_ASKED
        await self.db.run(lambda tx: link_permissions.drop_open(tx, person.id))
        return LinkNews.OPERATOR_AWAY

    async def answer(self, ask: Ask, person: PersonId, answer: LinkAnswer) -> str | None:
        """Answer as the operator and return the person's name; None for an update seen before. Raises Declined."""
        effect = _EFFECTS[answer]

        def commit(tx: Tx) -> str:
            known = link_permissions.get_for_update(tx, person)
            is_asked = int(ask.chat) == int(ask.person.id) and self.operator.is_this(tx, ask.person.id)
            if known is None or known.state not in effect.of or not is_asked:
                raise Declined(Reason.LINK_QUESTION_OVER)
            link_permissions.put(tx, replace(known, state=effect.state, answered_at=self.clock.now()))
            return known.name

        name = await once(self.db, self.clock, ask, commit)
        if name is not None:
            await self.announcer.show(Spot(ChatId(int(person))), effect.news)
        return name
