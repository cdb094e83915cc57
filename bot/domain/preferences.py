"""The settings of a home: how long a question can be answered, what the owner is told, and in which hours."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, time, timedelta, tzinfo
from enum import StrEnum
from typing import NamedTuple, TypeVar
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from bot.domain.roles import Role

T = TypeVar("T")


class Topic(StrEnum):
    """Something that an owner is told without asking, unless it is switched off."""

    OPENINGS = "openings"
    LEFT_UNLOCKED = "left_unlocked"
    REQUESTS = "requests"
    JOINS = "joins"
    ENDS = "ends"
    """A sign-in, a share or somebody's access ends."""
    LEFT_OPEN = "left_open"
    CHARGED = "charged"
    CHARGE_TROUBLE = "charge_trouble"
    """Charging has stopped by itself, or has not begun when a schedule says so."""
    LOW = "low"
    """The battery or the fuel is low."""
    TYRES = "tyres"
    MOVED = "moved"


_OFF_AT_FIRST = frozenset({Topic.CHARGE_TROUBLE, Topic.TYRES, Topic.MOVED})
"""The topics of which an owner is told only after switching them on."""


_ZONES_IN_MILES = frozenset(
    {
        *(f"America/{city}" for city in ("Los_Angeles", "Denver", "Chicago", "New_York", "Phoenix", "Anchorage")),
        *("America/Detroit", "America/Boise", "Pacific/Honolulu", "Europe/London", "Europe/Belfast"),
    }
)
"""The zones of the United States and the United Kingdom, whose road signs show miles."""

BUNDLED_FOR = timedelta(seconds=5)
"""How long news for an owner are collected, so that a burst of them is one message."""


class QuietHours(NamedTuple):
    """The hours of the day, in the home's time zone, in which no message makes a sound."""

    begin: int
    end: int

    def ends_at(self, now: datetime, zone: tzinfo) -> datetime | None:
        """Return in UTC when quiet hours that have begun end; None outside of them."""
        local = now.astimezone(zone)
        hour = local.hour
        inside = self.begin <= hour < self.end if self.begin < self.end else not self.end <= hour < self.begin
        if not inside:
            return None
        day = local.date() + timedelta(days=hour >= self.end)
        return datetime.combine(day, time(self.end), tzinfo=zone).astimezone(UTC)


class Setting(StrEnum):
    """Something that an owner sets."""

    QUESTIONS = "questions"
    """How long a question can be answered."""
    REPORTS = "reports"
    """How long the bot waits for the car's own report."""
    LOCK = "lock"
    """Whether Lock asks first, too."""
    NEWS = "news"
    QUIET = "quiet"
    ZONE = "zone"
    """It is chosen by its name, not by its place among choices."""
    LOG = "log"
    UNITS = "units"
    WHERE = "where"
    """Who, besides the owner, may ask where a car is."""
    LEFT = "left"
    """How long a car may stand open or unlocked before somebody is told."""


PROMPT_CHOICES = (None, 15, 30, 60, 120, 300)
WAIT_CHOICES = (None, 30, 60, 90, 180, 360)
"""Seconds; None for what the bot's operator has set."""
LEFT_CHOICES = (5, 10, 20, 30, 60)
"""Minutes."""
DEFAULT_LEFT_MINUTES = 10
LOG_DAYS = (30, 90, 180, 365)
DEFAULT_LOG_DAYS = 180
LOCK_CHOICES = (False, True)
NEWS_CHOICES = tuple((topic, is_told) for topic in Topic for is_told in (False, True))
UNIT_CHOICES = (None, False, True)
WHERE_CHOICES: tuple[tuple[Role, ...], ...] = ((), (Role.DRIVER,), (Role.DRIVER, Role.GUEST))
QUIET_CHOICES = (None, QuietHours(22, 7), QuietHours(23, 6), QuietHours(20, 8))


@dataclass(frozen=True, slots=True)
class Preferences:
    """The settings of one home; None for what the bot's operator has set."""

    prompt_seconds: int | None = None
    wait_seconds: int | None = None
    lock_asks: bool = False
    silent: frozenset[Topic] = frozenset()
    """The topics that were switched off."""
    told: frozenset[Topic] = frozenset()
    """Of those that are off at first, the topics that were switched on."""
    left_minutes: int = DEFAULT_LEFT_MINUTES
    quiet: QuietHours | None = None
    zone_name: str = "UTC"
    log_days: int = DEFAULT_LOG_DAYS
    miles: bool | None = None
    where: tuple[Role, ...] = ()

    @property
    def zone(self) -> tzinfo:
        """The home's time zone; UTC if this machine does not know it."""
        try:
            return ZoneInfo(self.zone_name)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            return UTC

    @property
    def is_in_miles(self) -> bool:
        """Whether distances are shown in miles: as chosen, else as is usual in the home's time zone."""
        return self.zone_name in _ZONES_IN_MILES if self.miles is None else self.miles

    @property
    def left_for(self) -> timedelta:
        """How long a car may stand open or unlocked before somebody is told."""
        return timedelta(minutes=self.left_minutes)

    @property
    def log_kept(self) -> timedelta:
        """How long the log is kept."""
        return timedelta(days=self.log_days)

    def lets_ask_where(self, role: Role) -> bool:
        """Return whether people of this role may ask where a car is."""
        return role is Role.OWNER or role in self.where

    def tells(self, topic: Topic) -> bool:
        """Return whether the owner wants to be told of this."""
        return topic in self.told if topic in _OFF_AT_FIRST else topic not in self.silent

    def quiet_until(self, now: datetime) -> datetime | None:
        """Return when the present quiet hours end; None outside of quiet hours."""
        return None if self.quiet is None else self.quiet.ends_at(now, self.zone)


def _switched(preferences: Preferences, topic: Topic, is_told: bool) -> Preferences:
    if topic in _OFF_AT_FIRST:
        told = preferences.told | {topic} if is_told else preferences.told - {topic}
        return replace(preferences, told=told)
    silent = preferences.silent - {topic} if is_told else preferences.silent | {topic}
    return replace(preferences, silent=silent)


_CHANGES: Mapping[Setting, Callable[[Preferences, int], Preferences]] = {
    Setting.QUESTIONS: lambda it, choice: replace(it, prompt_seconds=PROMPT_CHOICES[choice]),
    Setting.REPORTS: lambda it, choice: replace(it, wait_seconds=WAIT_CHOICES[choice]),
    Setting.LOCK: lambda it, choice: replace(it, lock_asks=LOCK_CHOICES[choice]),
    Setting.NEWS: lambda it, choice: _switched(it, *NEWS_CHOICES[choice]),
    Setting.QUIET: lambda it, choice: replace(it, quiet=QUIET_CHOICES[choice]),
    Setting.LOG: lambda it, choice: replace(it, log_days=LOG_DAYS[choice]),
    Setting.UNITS: lambda it, choice: replace(it, miles=UNIT_CHOICES[choice]),
    Setting.WHERE: lambda it, choice: replace(it, where=WHERE_CHOICES[choice]),
    Setting.LEFT: lambda it, choice: replace(it, left_minutes=LEFT_CHOICES[choice]),
}


def changed(preferences: Preferences, setting: Setting, choice: int) -> Preferences:
    """Set something to one of its choices, by its place among them; raises LookupError if there is no such choice."""
    return _CHANGES[setting](preferences, choice)


def written(preferences: Preferences) -> dict[str, object]:
    """Write the settings that differ from the defaults as plain values."""
    defaults, plain = asdict(Preferences()), asdict(preferences)
    differing = {name: value for name, value in plain.items() if value != defaults[name]}
    return {name: sorted(value) if isinstance(value, frozenset) else value for name, value in differing.items()}


def read(values: Mapping[str, object]) -> Preferences:
    """Read settings back; the default replaces a value that this version does not know."""
    quiet, zone, where = values.get("quiet"), values.get("zone_name"), values.get("where")
    return Preferences(
        prompt_seconds=_one_of(PROMPT_CHOICES, values.get("prompt_seconds"), None),
        wait_seconds=_one_of(WAIT_CHOICES, values.get("wait_seconds"), None),
        lock_asks=values.get("lock_asks") is True,
        silent=_topics(values.get("silent")),
        told=_topics(values.get("told")),
        left_minutes=_one_of(LEFT_CHOICES, values.get("left_minutes"), DEFAULT_LEFT_MINUTES),
        quiet=_one_of(QUIET_CHOICES, tuple(quiet) if isinstance(quiet, list | tuple) else None, None),
        zone_name=zone if isinstance(zone, str) and zone else "UTC",
        log_days=_one_of(LOG_DAYS, values.get("log_days"), DEFAULT_LOG_DAYS),
        miles=_one_of(UNIT_CHOICES, values.get("miles"), None),
        where=_one_of(WHERE_CHOICES, tuple(where) if isinstance(where, list | tuple) else (), ()),
    )


def _topics(value: object) -> frozenset[Topic]:
    return frozenset(topic for topic in Topic if isinstance(value, list) and topic in value)


def _one_of(choices: Sequence[T], value: object, default: T) -> T:
    return next((one for one in choices if one == value), default)
