"""Who may do what: the one place that decides it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from bot.domain.actions import Action


class Role(StrEnum):
    """What a person is to a car."""

    OWNER = "owner"
    DRIVER = "driver"
    GUEST = "guest"


class Ability(StrEnum):
    """Something that a role may or may not do."""

    LOCK = "lock"
    OPEN = "open"
    CHARGE = "charge"
    STATUS = "status"
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


_EVERYBODY = frozenset(Role)

_MAY: Mapping[Ability, frozenset[Role]] = {
    Ability.LOCK: _EVERYBODY,
    Ability.OPEN: _EVERYBODY,
    Ability.CHARGE: _EVERYBODY,
    Ability.STATUS: _EVERYBODY,
    Ability.READ_CODES: _EVERYBODY,
    Ability.WRITE_CODES: frozenset({Role.OWNER, Role.DRIVER}),
    Ability.WATCH_CODES: frozenset({Role.OWNER}),
    Ability.READ_LOG: _EVERYBODY,
    Ability.READ_LOG_OF_OTHERS: frozenset({Role.OWNER}),
    Ability.INVITE: frozenset({Role.OWNER}),
    Ability.MEMBERS: frozenset({Role.OWNER}),
    Ability.SHARE_IN_CHAT: frozenset({Role.OWNER}),
    Ability.SETTINGS: frozenset({Role.OWNER}),
    Ability.UNLINK: frozenset({Role.OWNER}),
}

_NEEDED: Mapping[Action, Ability] = {
    Action.LOCK: Ability.LOCK,
    Action.UNLOCK: Ability.OPEN,
    Action.FRUNK: Ability.OPEN,
    Action.TRUNK: Ability.OPEN,
    Action.CHARGE_START: Ability.CHARGE,
    Action.CHARGE_STOP: Ability.CHARGE,
}


@dataclass(frozen=True, slots=True)
class Access:
    """A person's standing with the cars of one home chat; `until` None means without an end."""

    role: Role
    until: datetime | None = None


def ability_for(action: Action) -> Ability:
    """Return what a person must be allowed, to do an action."""
    return _NEEDED[action]


def abilities(access: Access | None, *, now: datetime) -> frozenset[Ability]:
    """Return all that somebody with this access may do at this moment."""
    return frozenset(ability for ability in Ability if may(access, ability, now=now))


def may(access: Access | None, ability: Ability, *, now: datetime) -> bool:
    """Say whether somebody with this access may do this at this moment; no access may nothing."""
    if access is None or (access.until is not None and access.until <= now):
        return False
    return access.role in _MAY[ability]
