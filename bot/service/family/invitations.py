"""Invitations: an owner makes one, somebody opens its link, and one person joins by it."""

import hashlib
import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from bot.domain.family import GRANTED_ROLES, INVITATION_LIFETIME, AccessLength, Invitation, Term, read_until, term_of
from bot.domain.ids import InvitationId, PersonId
from bot.domain.prompts import Prompt, Task
from bot.domain.refusals import Reason
from bot.domain.roles import Ability, Access, Role, has_ended
from bot.service.access import authorize_at_home, has_access, membership_lock
from bot.service.car_names import named
from bot.service.confirmation import once
from bot.service.declined import Declined
from bot.service.family.access_expiry import AccessExpiry
from bot.service.family.members import add_member
from bot.service.notifications.outbox import Outbox
from bot.service.ports import Ask, Clock
from bot.service.preferences import preferences_of
from bot.service.prompting import Prompting
from storage import Database, Tx
from storage import Invitation as InvitationRow
from storage.engine import locks
from storage.repositories import cars, homes, invitations


@dataclass(frozen=True, slots=True)
class Made:
    """A new invitation; its code is known only here."""

    code: str = field(repr=False)
    invitation: Invitation


@dataclass(frozen=True, slots=True)
class Offer:
    """An invitation as it is shown to the person who opens its link."""

    code: str = field(repr=False)
    inviter: str = field(repr=False)
    car_names: tuple[str, ...] = field(repr=False)
    role: Role
    term: Term


@dataclass(kw_only=True, slots=True)
class Invitations:
    """Invites people to the cars of a home; every method raises Declined for those who may not.

    Those that change something return None for an update seen before.
    """

    db: Database
    clock: Clock
    prompting: Prompting
    outbox: Outbox
    access_expiry: AccessExpiry

    async def check_may_invite(self, ask: Ask) -> None:
        """Raise Declined unless the asker may invite from here."""
        await self.db.read(lambda tx: self._authorize(tx, ask))

    async def invite(self, ask: Ask, role: Role, length: AccessLength) -> Made | None:
        """Make an invitation."""

        def commit(tx: Tx) -> Made:
            zone = preferences_of(tx, ask.chat).zone
            return self._made(tx, ask, role, term_of(length, now=self.clock.now(), zone=zone))

        return await once(self.db, self.clock, ask, commit)

    async def ask_for_date(self, ask: Ask, role: Role) -> Prompt | None:
        """Wait for the date that the owner types next."""

        def commit(tx: Tx) -> Prompt:
            self._authorize(tx, ask)
            return self.prompting.ask(tx, ask, home=ask.chat, subject=Task.ENTER_INVITATION_END, about=role)

        return await once(self.db, self.clock, ask, commit)

    async def take_date(self, ask: Ask, text: str) -> Made | None:
        """Read a text as the requested date; None if no date was requested. Raises Declined for any other text."""
        if not await self.prompting.is_waiting(ask, Task.ENTER_INVITATION_END):
            return None
        zone = await self.db.read(lambda tx: preferences_of(tx, ask.chat).zone)
        until = read_until(text, now=self.clock.now(), zone=zone)

        def commit(tx: Tx, waiting: Prompt) -> Made:
            if until is None:
                raise Declined(Reason.NO_DATE)
            self.prompting.stop_waiting(tx, ask, Task.ENTER_INVITATION_END)
            return self._made(tx, ask, Role(waiting.about or ""), Term(until=until))

        return await self.prompting.take_text(ask, Task.ENTER_INVITATION_END, commit)

    async def list_open(self, ask: Ask) -> list[Invitation]:
        """Return the invitations by which somebody can still join."""

        def find(tx: Tx) -> list[Invitation]:
            self._authorize(tx, ask)
            return [_invitation(row) for row in invitations.open_for(tx, ask.chat, now=self.clock.now())]

        return await self.db.read(find)

    async def withdraw(self, ask: Ask, invitation: InvitationId) -> bool | None:
        """Withdraw an invitation; False if it was used or has expired."""

        def commit(tx: Tx) -> bool:
            self._authorize(tx, ask)
            return invitations.withdraw(tx, invitation, home_chat_id=ask.chat, now=self.clock.now())

        return await once(self.db, self.clock, ask, commit)

    async def offer(self, person: PersonId, code: str) -> Offer:
        """Return what a code offers; raises Declined if it offers this person nothing."""
        return await self.db.read(lambda tx: self._offer(tx, person, code))

    async def exists(self, code: str) -> bool:
        """Return whether a code belongs to an invitation, expired or not."""
        return await self.db.read(lambda tx: invitations.by_code(tx, _hashed(code))) is not None

    async def join(self, ask: Ask, code: str) -> Access | None:
        """Make the asker a member; of several people who tap at once all but one are Declined."""

        def commit(tx: Tx) -> Access:
            now = self.clock.now()
            if ask.chat != int(ask.person.id):  # this chat gets attached, and only owners attach groups
                raise Declined(Reason.PRIVATE_CHAT_ONLY)
            self._offer(tx, ask.person.id, code)
            row = invitations.use(tx, _hashed(code), person_id=ask.person.id, now=now)
            if row is None:
                raise Declined(Reason.INVITATION_OVER)
            home, role, until = row.home_chat_id, Role(row.role), _term(row).end(now)
            add_member(tx, home, ask.person, role, until=until, by=row.created_by, now=now)
            self.outbox.joined(tx, home, ask.person, role, until=until, now=now)
            return Access(role, until)

        joined = await once(self.db, self.clock, ask, commit)
        self.outbox.wake()
        self.access_expiry.ends_changed()
        return joined

    def _offer(self, tx: Tx, person: PersonId, code: str) -> Offer:
        """Read an open invitation; one made by somebody who is no longer the owner has expired."""
        row, now = invitations.by_code(tx, _hashed(code)), self.clock.now()
        if row is None:
            raise Declined(Reason.INVITATION_OVER)
        locks.hold(tx, membership_lock(row.home_chat_id))
        home = homes.get(tx, row.home_chat_id)
        if has_access(tx, home, person, now=now):
            raise Declined(Reason.MEMBER_ALREADY)  # they may have tapped a used link again
        if home is None or not _is_open(row, now) or home.owner_id != row.created_by:
            raise Declined(Reason.INVITATION_OVER)
        offered = named(tx, cars.list_for(tx, home.chat_id), home.chat_id, person)
        names = tuple(car.details.name for car in offered)
        return Offer(code, row.name or home.owner_name, names, Role(row.role), _term(row))

    def _authorize(self, tx: Tx, ask: Ask) -> None:
        authorize_at_home(tx, ask, Ability.INVITE, now=self.clock.now())

    def _made(self, tx: Tx, ask: Ask, role: Role, term: Term) -> Made:
        self._authorize(tx, ask)
        if role not in GRANTED_ROLES:
            raise Declined(Reason.NOT_ALLOWED)
        code, now = secrets.token_urlsafe(16), self.clock.now()
        row = InvitationRow(
            id=secrets.token_urlsafe(12),
            code_hash=_hashed(code),
            home_chat_id=ask.chat,
            role=role,
            lasts_seconds=None if term.span is None else int(term.span.total_seconds()),
            until=term.until,
            created_by=ask.person.id,
            created_at=now,
            expires_at=now + INVITATION_LIFETIME,
            name=ask.person.name,
        )
        invitations.add(tx, row)
        return Made(code, _invitation(row))


def _hashed(code: str) -> str:
    return hashlib.sha256(code.encode()).hexdigest()


def _is_open(row: InvitationRow, now: datetime) -> bool:
    is_free = row.used_at is None and row.withdrawn_at is None and row.expires_at > now
    return is_free and not has_ended(row.until, now)


def _term(row: InvitationRow) -> Term:
    return Term(None if row.lasts_seconds is None else timedelta(seconds=row.lasts_seconds), row.until)


def _invitation(row: InvitationRow) -> Invitation:
    return Invitation(InvitationId(row.id), Role(row.role), _term(row), row.expires_at)
