"""Invitations: made by an owner, opened by whoever has the link, taken by one person."""

import hashlib
import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from bot.domain.family import (
    GRANTED_ROLES,
    INVITATION_LIFETIME,
    Invitation,
    Lasting,
    Term,
    read_until,
    term_of,
)
from bot.domain.ids import ChatId, InvitationId, PersonId
from bot.domain.limits import CODES_ARE_TYPED_FOR
from bot.domain.prompts import Prompt, Task
from bot.domain.refusals import Reason
from bot.domain.roles import Ability, Role, has_ended
from bot.service.access import access_to, authorize_at_home, membership_lock
from bot.service.confirmation import once
from bot.service.declined import Declined
from bot.service.family.access_expiry import AccessExpiry
from bot.service.family.groups import answer_by_access
from bot.service.notifications.outbox import Outbox
from bot.service.ports import Ask, Clock
from bot.service.preferences import preferences_of
from bot.service.prompting import Prompting
from storage import Database, Home, Member, SharedChat, Tx
from storage import Invitation as InvitationRow
from storage.engine import locks
from storage.repositories import cars, homes, invitations, members, prompts, shared_chats


@dataclass(frozen=True, slots=True)
class Made:
    """A fresh invitation; only this once its code is known."""

    code: str = field(repr=False)
    invitation: Invitation


@dataclass(frozen=True, slots=True)
class Offer:
    """An invitation as the person sees it who opens its link."""

    code: str = field(repr=False)
    inviter: str = field(repr=False)
    car_names: tuple[str, ...] = field(repr=False)
    role: Role
    term: Term


@dataclass(frozen=True, slots=True)
class Joined:
    """Somebody has become a member."""

    home: ChatId
    role: Role
    until: datetime | None


class Invitations:
    """Invites people to the cars of a home; every method raises Declined for those who may not."""

    def __init__(
        self, *, db: Database, clock: Clock, prompting: Prompting, outbox: Outbox, departures: AccessExpiry
    ) -> None:
        self._db = db
        self._clock = clock
        self._prompting = prompting
        self._outbox = outbox
        self._departures = departures

    async def check(self, ask: Ask) -> None:
        """Make sure that the asker may invite from here."""
        await self._db.read(lambda tx: self._home(tx, ask))

    async def invite(self, ask: Ask, role: Role, lasting: Lasting) -> Made | None:
        """Make an invitation. None for an update seen before."""

        def commit(tx: Tx) -> Made:
            home, now = self._home(tx, ask), self._clock.now()
            zone = preferences_of(tx, home.chat_id).zone
            return self._made(tx, ask, home, role, term_of(lasting, now=now, zone=zone))

        return await once(self._db, self._clock, ask, commit)

    async def want_date(self, ask: Ask, role: Role) -> Prompt | None:
        """Wait for the date that the owner types next. None for an update seen before."""

        def commit(tx: Tx) -> Prompt:
            home = ChatId(self._home(tx, ask).chat_id)
            return self._prompting.ask(
                tx,
                ask,
                home=home,
                subject=Task.ENTER_INVITATION_END,
                car=None,
                about=role.value,
                lifetime=CODES_ARE_TYPED_FOR,
            )

        return await once(self._db, self._clock, ask, commit)

    async def take_date(self, ask: Ask, text: str) -> Made | Reason | None:
        """Take a text as the date that was waited for; None where none was, Reason for what is no date."""

        def commit(tx: Tx) -> Made | Reason | None:
            now = self._clock.now()
            waiting = self._prompting.waiting(tx, ask, Task.ENTER_INVITATION_END)
            if waiting is None or waiting.about is None:
                return None
            home = self._home(tx, ask)
            until = read_until(text, now=now, zone=preferences_of(tx, home.chat_id).zone)
            if until is None:
                return Reason.NO_DATE
            prompts.claim(tx, waiting.id, person_id=ask.person.id, chat_id=ask.chat, now=now)
            return self._made(tx, ask, home, Role(waiting.about), Term(until=until))

        if not await self._prompting.is_waiting(ask, Task.ENTER_INVITATION_END):
            return None  # the text is somebody else's to take, who asks whether it was seen before
        return await once(self._db, self._clock, ask, commit)

    async def open(self, ask: Ask) -> list[Invitation]:
        """Return the invitations that somebody can still take."""
        now = self._clock.now()

        def find(tx: Tx) -> list[InvitationRow]:
            return invitations.open_for(tx, self._home(tx, ask).chat_id, now=now)

        return [_invitation(row) for row in await self._db.read(find)]

    async def withdraw(self, ask: Ask, invitation: InvitationId) -> bool | None:
        """Withdraw an invitation; False if it was taken or over. None for an update seen before."""

        def commit(tx: Tx) -> bool:
            home = self._home(tx, ask).chat_id
            return invitations.withdraw(tx, invitation, home_chat_id=home, now=self._clock.now())

        return await once(self._db, self._clock, ask, commit)

    async def look(self, person: PersonId, code: str) -> Offer:
        """Show what a code invites to; raises Declined where it invites this person to nothing."""
        return await self._db.read(lambda tx: self._offer(tx, person, code))

    async def join(self, ask: Ask, code: str) -> Joined | None:
        """Make the asker a member. Of any number of people who tap at once one gets further than Declined."""

        def commit(tx: Tx) -> Joined:
            now = self._clock.now()
            if ask.chat != int(ask.person.id):  # the chat is attached, and only an owner attaches a group
                raise Declined(Reason.PRIVATE_CHAT_ONLY)
            self._offer(tx, ask.person.id, code)
            row = invitations.use(tx, _hashed(code), person_id=ask.person.id, now=now)
            if row is None:
                raise Declined(Reason.INVITATION_OVER)
            role, until = Role(row.role), _term(row).end(now)
            members.put(tx, _member(row, ask, role, until, now))
            attached = SharedChat(ask.chat, row.home_chat_id, "private", row.created_by, now, title="")
            shared_chats.attach(tx, attached)
            answer_by_access(tx, row.home_chat_id, ask.person.id, now=now)
            self._outbox.joined(tx, row.home_chat_id, ask.person, role, until=until, now=now)
            return Joined(ChatId(row.home_chat_id), role, until)

        joined = await once(self._db, self._clock, ask, commit)
        self._outbox.ring()
        self._departures.ring()
        return joined

    def _offer(self, tx: Tx, person: PersonId, code: str) -> Offer:
        """Read an open invitation; one made by somebody who is no longer the owner invites to nothing."""
        row, now = invitations.by_code(tx, _hashed(code)), self._clock.now()
        if row is None:
            raise Declined(Reason.INVITATION_OVER)
        locks.hold(tx, membership_lock(row.home_chat_id))
        home = homes.get(tx, row.home_chat_id)
        access = access_to(tx, home, person)
        if access is not None and not access.has_ended(now):
            raise Declined(Reason.MEMBER_ALREADY)  # who taps their own link again is in already
        if home is None or not _is_open(row, now) or home.owner_id != row.created_by:
            raise Declined(Reason.INVITATION_OVER)
        names = tuple(car.details.name for car in cars.list_for(tx, home.chat_id))
        return Offer(code, row.name or home.owner_name, names, Role(row.role), _term(row))

    def _home(self, tx: Tx, ask: Ask) -> Home:
        now = self._clock.now()
        return authorize_at_home(tx, ask, Ability.INVITE, now=now)

    def _made(self, tx: Tx, ask: Ask, home: Home, role: Role, term: Term) -> Made:
        if role not in GRANTED_ROLES:
            raise Declined(Reason.NOT_ALLOWED)
        code, now = secrets.token_urlsafe(16), self._clock.now()
        row = InvitationRow(
            id=secrets.token_urlsafe(12),
            code_hash=_hashed(code),
            home_chat_id=home.chat_id,
            role=role.value,
            lasts_seconds=None if term.span is None else int(term.span.total_seconds()),
            until=term.until,
            created_by=ask.person.id,
            created_at=now,
            expires_at=now + INVITATION_LIFETIME,
            used_at=None,
            used_by=None,
            withdrawn_at=None,
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


def _member(row: InvitationRow, ask: Ask, role: Role, until: datetime | None, now: datetime) -> Member:
    return Member(
        home_chat_id=row.home_chat_id,
        person_id=ask.person.id,
        role=role.value,
        until=until,
        added_at=now,
        added_by=row.created_by,
        last_used_at=None,
        end_told_at=None,
        name=ask.person.name,
    )
