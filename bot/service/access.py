"""Authorization: resolve the homes of a person in a chat, check role and expiry, and pick the car.

This is decided only here, at the moment of acting: a button that was drawn earlier proves nothing.
"""

from dataclasses import dataclass, field
from datetime import datetime

from bot.dimo.permissions import Permission
from bot.domain.diagnosis import is_tesla
from bot.domain.ids import CarId, ChatId, PersonId
from bot.domain.linking import SharedCar
from bot.domain.refusals import Reason
from bot.domain.roles import Ability, Access, Role, abilities_of, may
from bot.service.car_names import named
from bot.service.declined import Declined
from bot.service.ports import Ask, Person
from bot.service.preferences import preferences_of
from storage import Car, Home, Tx
from storage.repositories import cars, homes, members, shared_chats


@dataclass(frozen=True, slots=True)
class Authorization:
    """A person's access to the cars of one home; it may have ended."""

    home: Home
    access: Access
    person: Person = field(repr=False)
    """The name from when the home let them in, because anybody can change their name in Telegram."""

    @property
    def home_id(self) -> ChatId:
        """The id of the home, which is its chat's id."""
        return ChatId(self.home.chat_id)


def membership_lock(home: int) -> str:
    """Name the lock that serializes joining with unlinking, so that nobody who joins is still a member after a relink."""
    return f"home:{home}"


def access_to(tx: Tx, home: Home | None, person: PersonId) -> Access | None:
    """Return a person's access to a home, also if it has ended; None for a stranger."""
    found = _authorization(tx, home, person)
    return None if found is None else found.access


def has_access(tx: Tx, home: Home | None, person: PersonId, *, now: datetime) -> bool:
    """Return whether a person has access to a home now."""
    access = access_to(tx, home, person)
    return access is not None and not access.has_ended(now)


def authorizations(tx: Tx, person: PersonId, chat: ChatId) -> list[Authorization]:
    """Return a person's authorizations in a chat, ended ones too: for its own home, then for the homes attached to it.

    A private chat has the id of its person, and nobody else is authorized there.
    """
    if chat > 0 and chat != int(person):
        return []
    numbers = (chat, *shared_chats.homes_of_chat(tx, chat))
    found = (_authorization(tx, homes.get(tx, number), person) for number in numbers)
    return [one for one in found if one is not None]


def role_of(tx: Tx, person: PersonId, *, now: datetime) -> Role | None:
    """Return the role with the most abilities that a person has in their private chat; None without access."""
    found = authorizations(tx, person, ChatId(int(person)))
    roles = [one.access.role for one in found if not one.access.has_ended(now)]
    return max(roles, key=lambda role: len(abilities_of(role)), default=None)


def authorize(tx: Tx, ask: Ask, ability: Ability, *, now: datetime) -> Authorization:
    """Return the first authorization that allows this; raises Declined."""
    return _first_that_may(authorizations(tx, ask.person.id, ask.chat), ability, now)


def authorize_at_home(tx: Tx, ask: Ask, ability: Ability, *, now: datetime) -> Home:
    """Return the home whose own chat this is, if the person may do this there; raises Declined.

    What concerns the family itself is only done there, because everybody reads what is in a group.
    """
    found = authorize(tx, ask, ability, now=now)
    if found.home.chat_id != ask.chat:
        raise Declined(Reason.PRIVATE_CHAT_ONLY)
    return found.home


def authorize_for_home(tx: Tx, ask: Ask, home: ChatId, ability: Ability, *, now: datetime) -> Authorization:
    """Return the authorization for one home, if it allows this in this chat; raises Declined."""
    found = [one for one in authorizations(tx, ask.person.id, ask.chat) if one.home.chat_id == home]
    return _first_that_may(found, ability, now)


def authorize_for_car(
    tx: Tx, ask: Ask, ability: Ability, car: CarId | None, *, now: datetime
) -> tuple[Authorization, Car]:
    """Return the authorization and the car: this one, or else the person's last choice in the chat, or else the only one.

    Without an explicit car, skip cars that the person may no longer use. Raises Declined.
    The car's name is unique in this chat, in the home's chat and in the person's private chat.
    """
    allowed, meant = _meant(tx, ask, ability, car, now)
    return allowed, named(tx, [meant], ask.chat, allowed.home_id, ask.person.id)[0]


def _meant(tx: Tx, ask: Ask, ability: Ability, car: CarId | None, now: datetime) -> tuple[Authorization, Car]:
    found = authorizations(tx, ask.person.id, ask.chat)
    if car is not None:
        return _explicit_car(tx, ask.chat, found, ability, car, now)
    found = [one for one in found if not one.access.has_ended(now)] or found
    choice = shared_chats.choice(tx, ask.chat, ask.person.id)
    if choice is not None:
        chosen = cars.get(tx, choice.home_chat_id, choice.car_id)
        of_choice = [one for one in found if one.home.chat_id == choice.home_chat_id]
        if chosen is not None and of_choice:
            return _first_that_may(of_choice, ability, now), chosen
    _first_that_may(found, ability, now)
    able = [
        (one, car) for one in found if may(one.access, ability, now=now) for car in cars.list_for(tx, one.home.chat_id)
    ]
    if not able:
        raise Declined(Reason.NO_CARS_SHARED)
    if len({car.car_id for _, car in able}) > 1:
        raise Declined(Reason.WHICH_CAR)
    return able[0]


def _authorization(tx: Tx, home: Home | None, person: PersonId) -> Authorization | None:
    if home is None:
        return None
    if home.owner_id == person:
        return Authorization(home, Access(Role.OWNER), Person(person, home.owner_name))
    member = members.get(tx, home.chat_id, person)
    if member is None:
        return None
    return Authorization(home, Access(Role(member.role), member.until), Person(person, member.name))


def _first_that_may(found: list[Authorization], ability: Ability, now: datetime) -> Authorization:
    """Return the first authorization that allows this; raises Declined with the reason that fits best."""
    for one in found:
        if may(one.access, ability, now=now):
            return one
    if not found:
        raise Declined(Reason.NO_CAR_HERE)
    raise Declined(Reason.ACCESS_ENDED if _have_all_ended(found, now) else Reason.NOT_ALLOWED)


def _have_all_ended(found: list[Authorization], now: datetime) -> bool:
    return all(one.access.has_ended(now) for one in found)


def _explicit_car(
    tx: Tx, chat: ChatId, found: list[Authorization], ability: Ability, car: CarId, now: datetime
) -> tuple[Authorization, Car]:
    having = [(one, known) for one in found if (known := cars.get(tx, one.home.chat_id, car)) is not None]
    if having:
        allowed = _first_that_may([one for one, _ in having], ability, now)
        return next(pair for pair in having if pair[0] is allowed)
    # A person without access must not learn whether a car exists, so it is not reported as removed.
    is_of_others = any(cars.get(tx, home, car) is not None for home in shared_chats.homes_of_chat(tx, chat))
    if not found or is_of_others:
        raise Declined(Reason.NO_CAR_HERE)
    raise Declined(Reason.ACCESS_ENDED if _have_all_ended(found, now) else Reason.CAR_GONE)


def may_ask_where(tx: Tx, allowed: Authorization, *, now: datetime) -> bool:
    """Return whether somebody may ask where a home's cars are: its owner, and whom the home's settings name."""
    may_see = may(allowed.access, Ability.STATUS, now=now)
    return may_see and preferences_of(tx, allowed.home_id).lets_ask_where(allowed.access.role)


def shared_car(row: Car) -> SharedCar:
    """Describe a car with what its share allows; permissions that DIMO did not name count as granted."""
    details = row.details
    return SharedCar(
        name=details.name,
        description=" ".join(str(part) for part in (details.make, details.model, details.year) if part),
        may_be_commanded=not details.permissions or int(Permission.COMMANDS) in details.permissions,
        may_be_read=not details.permissions or int(Permission.NON_LOCATION_HISTORY) in details.permissions,
        share_ends_at=row.share_expires_at,
        is_tesla=is_tesla(details.make),
    )
