"""What an owner can set for a home: how long a question lives, what to be told, and when to be left in peace."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from datetime import UTC, datetime, time, timedelta, tzinfo
from enum import StrEnum
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError


class Topic(StrEnum):
    """Something that an owner is told by itself, unless it is switched off."""

    OPENINGS = "openings"
    """Somebody else opened the car."""
    LEFT_UNLOCKED = "left_unlocked"
    """The car reports itself unlocked ten minutes after an opening."""
    REQUESTS = "requests"
    """Somebody asks for access."""
    JOINS = "joins"
    """Somebody has taken an invitation."""
    ENDS = "ends"
    """A sign-in, a share or somebody's access ends."""


LEFT_UNLOCKED_AFTER = timedelta(minutes=10)
BUNDLED_FOR = timedelta(seconds=5)
"""How long an owner's news are collected, so that a burst of them is one message."""


@dataclass(frozen=True, slots=True)
class QuietHours:
    """From this hour of the day to that one nothing is told by itself; both in the home's time zone."""

    begin: int
    end: int

    def ends_at(self, now: datetime, zone: tzinfo) -> datetime | None:
        """Return when quiet hours that have begun end, in UTC; None outside of them."""
        local = now.astimezone(zone)
        hour = local.hour
        inside = self.begin <= hour < self.end if self.begin < self.end else not self.end <= hour < self.begin
        if not inside:
            return None
        day = local.date() if hour < self.end else local.date() + timedelta(days=1)
        return datetime.combine(day, time(self.end), tzinfo=zone).astimezone(UTC)


class Setting(StrEnum):
    """Something that an owner sets."""

    QUESTIONS = "questions"
    """How long a question can be answered."""
    REPORTS = "reports"
    """How long the car's own report is waited for."""
    LOCK = "lock"
    """Whether Lock asks first, too."""
    NEWS = "news"
    """What to be told by itself."""
    QUIET = "quiet"
    """When nothing is told by itself."""
    ZONE = "zone"
    """The time zone; it is chosen by its name, not by its place among choices."""
    LOG = "log"
    """How long the log is kept."""


PROMPT_SECONDS = (15, 30, 60, 120, 300)
WAIT_SECONDS = (30, 60, 90, 180, 360)
LOG_DAYS = (30, 90, 180, 365)
USUAL_LOG_DAYS = 180
PROMPT_CHOICES: tuple[int | None, ...] = (None, *PROMPT_SECONDS)
WAIT_CHOICES: tuple[int | None, ...] = (None, *WAIT_SECONDS)
LOCK_CHOICES = (False, True)
NEWS_CHOICES = tuple((topic, is_told) for topic in Topic for is_told in (False, True))
QUIET_CHOICES: tuple[QuietHours | None, ...] = (None, QuietHours(22, 7), QuietHours(23, 6), QuietHours(20, 8))


@dataclass(frozen=True, slots=True)
class Preferences:
    """The settings of one home; None means what the operator of the bot has set."""

    prompt_seconds: int | None = None
    wait_seconds: int | None = None
    lock_asks: bool = False
    silent: frozenset[Topic] = field(default_factory=frozenset)
    quiet: QuietHours | None = None
    zone_name: str = "UTC"
    log_days: int = USUAL_LOG_DAYS

    @property
    def zone(self) -> tzinfo:
        """The home's time zone; UTC where this machine does not know it."""
        try:
            return ZoneInfo(self.zone_name)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            return UTC

    @property
    def log_kept(self) -> timedelta:
        """How long the log is kept."""
        return timedelta(days=self.log_days)

    def tells(self, topic: Topic) -> bool:
        """Whether the owner wants to be told of this."""
        return topic not in self.silent

    def quiet_until(self, now: datetime) -> datetime | None:
        """Until when nothing is told by itself; None outside of quiet hours."""
        return None if self.quiet is None else self.quiet.ends_at(now, self.zone)


def changed(preferences: Preferences, setting: Setting, choice: int) -> Preferences:
    """Set something to one of its choices, by its place among them; raises IndexError where there is no such choice."""
    match setting:
        case Setting.QUESTIONS:
            return replace(preferences, prompt_seconds=PROMPT_CHOICES[choice])
        case Setting.REPORTS:
            return replace(preferences, wait_seconds=WAIT_CHOICES[choice])
        case Setting.LOCK:
            return replace(preferences, lock_asks=LOCK_CHOICES[choice])
        case Setting.NEWS:
            topic, is_told = NEWS_CHOICES[choice]
            silent = preferences.silent - {topic} if is_told else preferences.silent | {topic}
            return replace(preferences, silent=silent)
        case Setting.QUIET:
            return replace(preferences, quiet=QUIET_CHOICES[choice])
        case Setting.ZONE:
            raise IndexError("a time zone is chosen by its name")
        case Setting.LOG:
            return replace(preferences, log_days=LOG_DAYS[choice])


def written(preferences: Preferences) -> dict[str, object]:
    """Write settings as plain values, those that differ from what is usual."""
    usual = Preferences()
    differing = {
        one.name: getattr(preferences, one.name)
        for one in fields(Preferences)
        if getattr(preferences, one.name) != getattr(usual, one.name)
    }
    if "silent" in differing:
        differing["silent"] = sorted(differing["silent"])
    if "quiet" in differing:
        differing["quiet"] = [preferences.quiet.begin, preferences.quiet.end] if preferences.quiet else None
    return differing


def read(values: Mapping[str, object]) -> Preferences:
    """Read settings back; a value that this version does not know is left at what is usual."""
    silent, quiet, zone = values.get("silent"), values.get("quiet"), values.get("zone_name")
    return Preferences(
        prompt_seconds=_one_of(values.get("prompt_seconds"), PROMPT_SECONDS),
        wait_seconds=_one_of(values.get("wait_seconds"), WAIT_SECONDS),
        lock_asks=values.get("lock_asks") is True,
        silent=frozenset(topic for topic in Topic if isinstance(silent, list) and topic.value in silent),
        quiet=next((one for one in QUIET_CHOICES if one and [one.begin, one.end] == quiet), None),
        zone_name=zone if isinstance(zone, str) and zone else "UTC",
        log_days=_one_of(values.get("log_days"), LOG_DAYS) or USUAL_LOG_DAYS,
    )


def _one_of(value: object, choices: Sequence[int]) -> int | None:
    return next((one for one in choices if one == value), None)
