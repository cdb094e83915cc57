"""Roles, and what each of them may do."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from bot.domain.actions import Action


class Role(StrEnum):
    """The role of a person for the cars of a home."""

    OWNER = "owner"
    DRIVER = "driver"
    GUEST = "guest"


class Ability(StrEnum):
    """Something that a role may or may not do."""

    LOCK = "lock"
    OPEN = "open"
    CHARGE = "charge"
    STATUS = "status"
    WHERE = "where"
    """Of a home's owner; the home's settings may let its other people ask, too."""
    SCHEDULE = "schedule"
    READ_CODES = "read_codes"
    WRITE_CODES = "write_codes"
    WATCH_CODES = "watch_codes"
    READ_LOG = "read_log"
    READ_LOG_OF_OTHERS = "read_log_of_others"
    INVITE = "invite"
    MEMBERS = "members"
    SHARE_IN_CHAT = "share_in_chat"
    SETTINGS = "settings"
    UNLINK = "unlink"


_GUEST = frozenset({Ability.LOCK, Ability.OPEN, Ability.CHARGE, Ability.STATUS, Ability.READ_CODES, Ability.READ_LOG})
_ABILITIES: Mapping[Role, frozenset[Ability]] = {
    Role.GUEST: _GUEST,
    Role.DRIVER: _GUEST | {Ability.WRITE_CODES, Ability.SCHEDULE},
    Role.OWNER: frozenset(Ability),
}
ABILITY_FOR: Mapping[Action, Ability] = {
    Action.LOCK: Ability.LOCK,
    Action.UNLOCK: Ability.OPEN,
    Action.FRUNK: Ability.OPEN,
    Action.TRUNK: Ability.OPEN,
    Action.CHARGE_START: Ability.CHARGE,
    Action.CHARGE_STOP: Ability.CHARGE,
}
"""The ability that each action needs."""


def has_ended(until: datetime | None, now: datetime) -> bool:
    """Return whether access that lasts until this moment has ended; the moment itself is outside, None has no end."""
    return until is not None and until <= now


@dataclass(frozen=True, slots=True)
class Access:
    """A person's access to the cars of one home; without an end if `until` is None."""

    role: Role
    until: datetime | None = None

    def has_ended(self, now: datetime) -> bool:
        """Return whether the access is over."""
        return has_ended(self.until, now)


def abilities(access: Access | None, *, now: datetime) -> frozenset[Ability]:
    """Return everything that somebody with this access may do now; nothing without access."""
    return frozenset() if access is None or access.has_ended(now) else _ABILITIES[access.role]


def abilities_of(role: Role) -> frozenset[Ability]:
    """Return everything that a role may do while its access lasts."""
    return _ABILITIES[role]


def may(access: Access | None, ability: Ability, *, now: datetime) -> bool:
    """Return whether somebody with this access may do this now."""
    return ability in abilities(access, now=now)
