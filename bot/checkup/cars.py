"""The cars that are shared with the license: what was granted, and whether DIMO accepts it."""

from collections.abc import Awaitable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.checkup.findings import Finding, Untried, fail, how, needed, ok, said, several, untried, warn
from bot.checkup.licensing import Inquiries
from bot.checkup.services import Choice
from bot.dimo.client import Dimo
from bot.dimo.environments import Service
from bot.dimo.errors import DimoError, NotPermitted, SignInExpired
from bot.dimo.identity import Vehicle
from bot.dimo.permissions import Permission
from bot.dimo.signing import BadApiKey
from bot.dimo.tokens import DeveloperJwt, VehicleJwt
from bot.domain.car_names import CarTraits, distinct_names
from bot.domain.diagnosis import TESLA_KEY, Group, is_tesla, never_sent
from bot.domain.ids import CarId
from bot.domain.names import LONGEST_NAME
from bot.domain.refusals import KNOWN_FAULTS, Reason
from bot.domain.reports import Signal
from bot.service.dimo_mapping import report_from

CARS, LACKS, TOKEN, PROBE = "Shared cars", "What cars lack", "Token for a car", "tesla-oracle's commands"
_NEEDED = frozenset({Permission.NON_LOCATION_HISTORY, Permission.COMMANDS})
_AT_MOST = 10
_SHARE_AGAIN = "The owner opens /link and shares the car again, with both permissions."
_KNOWN_FAULT = KNOWN_FAULTS[Reason.DIMO_REJECTS_ITS_TOKENS]
_OWN_FAULT = "DIMO did not accept its own token: this is DIMO's fault."
_GROUPS: Mapping[Group, str] = {
    Group.LOCK: "lock",
    Group.TRUNKS: "trunks",
    Group.DOORS: "doors",
    Group.WINDOWS: "windows",
    Group.BATTERY_OR_FUEL: "battery or fuel",
    Group.CHARGING: "charging",
    Group.TYRES: "tyres",
}
_WORDS: Mapping[Permission, str] = {
    Permission.NON_LOCATION_HISTORY: "reports",
    Permission.COMMANDS: "commands",
    Permission.CURRENT_LOCATION: "location",
    Permission.LOCATION_HISTORY: "location",
    Permission.VIN: "VIN",
    Permission.LIVE_DATA: "live data",
}


@dataclass(frozen=True, slots=True)
class Ticket:
    """A vehicle JWT and its car."""

    car: Vehicle
    name: str
    jwt: VehicleJwt


def missing() -> Sequence[Finding]:
    """Say that nothing was tried because there is no license."""
    return [untried(subject, "no license is set") for subject in (CARS, TOKEN, PROBE)]


async def shared(asked: Inquiries, now: datetime) -> Finding:
    """Say which cars are shared with the license, and what was granted."""
    cars = await needed(asked.cars)
    if not cars:
        return warn(CARS, "none yet.", "Run the bot, write /link to it, and share a car on DIMO's page.")
    names = _names(cars)
    more = f", and {len(cars) - _AT_MOST} more" if len(cars) > _AT_MOST else ""
    described = "; ".join(f"{names[car.token_id]} ({_described(car, now)})" for car in cars[:_AT_MOST])
    found = f"{several(len(cars), 'car')}: {described}{more}."
    is_whole = all(_granted(car, now) >= _NEEDED for car in cars)
    return ok(CARS, found) if is_whole else warn(CARS, found, _SHARE_AGAIN)


async def ticket(asked: Inquiries, dimo: Dimo, now: datetime) -> Ticket:
    """Get a token for one of the cars that take commands, a Tesla if there is one; raises Untried without such a car."""
    shared_cars = await asked.cars
    cars = [car for car in shared_cars if Permission.COMMANDS in _granted(car, now)]
    if not cars:
        raise Untried("no car is shared for commands")
    car = max(cars, key=lambda one: is_tesla(one.connection))
    wanted = _granted(car, now) & _NEEDED
    jwt = await dimo.exchange.exchange(await asked.sign_in, token_id=car.token_id, permissions=wanted)
    return Ticket(car, _names(shared_cars)[car.token_id], jwt)


async def lacks(asked: Inquiries, dimo: Dimo, now: datetime) -> Sequence[Finding]:
    """Say for each car what is missing for commands, notes and location, each with the next step."""
    cars = (await needed(asked.cars))[:_AT_MOST]
    names, sign_in = _names(await asked.cars), await needed(asked.sign_in)
    findings: list[Finding] = []
    for car in cars:  # one after the other, as a check has no hurry
        findings += _lacks(car, names, await _sent(car, dimo, sign_in, now), now)
    return findings


async def _sent(car: Vehicle, dimo: Dimo, sign_in: DeveloperJwt, now: datetime) -> Collection[Signal] | None:
    """Return which signals a car ever sent; None if that can't be read."""
    reading = frozenset({Permission.NON_LOCATION_HISTORY})
    if not reading <= _granted(car, now):
        return None
    try:
        jwt = await dimo.exchange.exchange(sign_in, token_id=car.token_id, permissions=reading)
        return report_from(await dimo.telemetry.snapshot(car.token_id, jwt)).readings.keys()
    except DimoError:
        return None  # the line of that service says why


def _lacks(car: Vehicle, names: Mapping[int, str], sent: Collection[Signal] | None, now: datetime) -> Iterator[Finding]:
    granted, subject = _granted(car, now), names[car.token_id]
    if Permission.COMMANDS not in granted:
        yield warn(subject, "it takes no commands from here: they are not shared.", _SHARE_AGAIN)
    elif is_tesla(car.connection):
        key = "DIMO's key in the car and Tesla's permission for commands, which can't be seen from here"
        remedy = f"If commands stay without effect, the owner opens {TESLA_KEY}, and connects the car at DIMO again."
        yield ok(subject, f"a Tesla obeys only with {key}. {remedy}")
    if Permission.NON_LOCATION_HISTORY not in granted:
        yield warn(subject, "neither reports nor notes: reading is not shared.", _SHARE_AGAIN)
    elif sent is not None and (lacking := never_sent(sent)):
        listed = ", ".join(_GROUPS[group] for group in lacking)
        yield warn(subject, f"it never sent: {listed}. Notes about these can't come.", "Nothing to mend.")
    if not granted & {Permission.LOCATION_HISTORY, Permission.APPROXIMATE_LOCATION}:
        yield ok(subject, "its location is not shared; /where offers that to the owner.")


async def token(got: Awaitable[Ticket]) -> Finding:
    """Say whether DIMO gives a token for a shared car."""
    try:
        found = await needed(got)
    except Untried as untried_:
        error = untried_.__cause__
        if not isinstance(error, DimoError) or error.service != Service.TOKEN_EXCHANGE:
            raise
        if isinstance(error, SignInExpired):
            return fail(TOKEN, _OWN_FAULT, "Try again later.")
        return fail(TOKEN, f"{said(error)}.", _SHARE_AGAIN if isinstance(error, NotPermitted) else "Try again later.")
    return ok(TOKEN, f"DIMO gave one for {found.name}, good until {found.jwt.expires_at:%H:%M} UTC.")


async def probe(got: Awaitable[Ticket], look: Awaitable[None], choice: Awaitable[Choice], dimo: Dimo) -> Finding:
    """Say whether the oracle takes commands, by sending one that does not exist: nothing moves."""
    try:
        await look
    except DimoError as error:
        raise Untried(f"it {how(error)}") from error
    try:
        found = await got
    except (DimoError, BadApiKey) as error:
        raise Untried("there is no token for a car") from error
    if not is_tesla(found.car.connection):
        return warn(PROBE, "not tried, because no Tesla is shared; others take none.", "Nothing to mend.")
    try:
        await dimo.oracle.probe(found.car.token_id, found.jwt)
    except DimoError as error:
        bad = fail if (await choice).needs(Service.ORACLE) else warn
        is_known = isinstance(error, SignInExpired)
        words = (
            f"{_KNOWN_FAULT.rstrip('.')}: this is DIMO's fault." if is_known else f"for {found.name} it {how(error)}."
        )
        return bad(PROBE, words, "Use devices-api if it answers (DIMO_COMMAND_API), or try again later.")
    return ok(PROBE, f"route, token and permission work for {found.name}; nothing was moved.")


def _granted(car: Vehicle, now: datetime) -> frozenset[Permission]:
    """Return what is granted at this moment."""
    is_over = car.share_expires_at is not None and car.share_expires_at <= now
    return frozenset() if is_over or car.permissions is None else car.permissions


def _names(cars: Sequence[Vehicle]) -> Mapping[int, str]:
    """Name the cars so that none can be taken for another."""
    traits = [
        CarTraits(id=CarId(car.token_id), name=car.name or f"car {car.token_id}", year=car.year, model=car.model)
        for car in cars
    ]
    return {car: name[:LONGEST_NAME] for car, name in distinct_names(traits).items()}


def _described(car: Vehicle, now: datetime) -> str:
    words = dict.fromkeys(_WORDS[one] for one in sorted(_granted(car, now)))
    until = f" until {car.share_expires_at:%Y-%m-%d}" if words and car.share_expires_at else ""
    return f"{', '.join(words) or 'nothing'}{until}"
