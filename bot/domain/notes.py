"""Notes: what the bot tells of a car by itself, once for each event, until it is over."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta, tzinfo
from enum import StrEnum

from bot.domain.ids import CarId, NoteId
from bot.domain.preferences import Topic
from bot.domain.reports import Signal


class NoteKind(StrEnum):
    """What a note is about."""

    LEFT_OPEN = "left_open"
    LEFT_UNLOCKED = "left_unlocked"
    CHARGED = "charged"
    CHARGE_STOPPED = "charge_stopped"
    NOT_CHARGING = "not_charging"
    LOW_BATTERY = "low_battery"
    LOW_FUEL = "low_fuel"
    LOW_TYRE = "low_tyre"
    MOVED = "moved"


@dataclass(frozen=True, slots=True)
class Note:
    """A note as one person is shown it."""

    id: NoteId
    kind: NoteKind
    car: CarId
    car_name: str = field(repr=False)
    since: datetime
    parts: tuple[Signal, ...]
    percent: float | None
    lock_helps: bool
    over_at: datetime | None


class MuteLength(StrEnum):
    """For how long somebody wants no notes of a topic."""

    HALF_AN_HOUR = "30m"
    TOMORROW = "tomorrow"
    FOR_GOOD = "good"

    def ends_at(self, now: datetime, zone: tzinfo) -> datetime | None:
        """Return when it ends, in UTC: tomorrow begins at seven in the morning. None for never."""
        if self is MuteLength.FOR_GOOD:
            return None
        if self is MuteLength.HALF_AN_HOUR:
            return now + timedelta(minutes=30)
        day = now.astimezone(zone).date() + timedelta(days=1)
        return datetime.combine(day, time(_MORNING), tzinfo=zone).astimezone(UTC)


_MORNING = 7

TOPIC_OF: Mapping[NoteKind, Topic] = {
    NoteKind.LEFT_OPEN: Topic.LEFT_OPEN,
    NoteKind.LEFT_UNLOCKED: Topic.LEFT_UNLOCKED,
    NoteKind.CHARGED: Topic.CHARGED,
    NoteKind.CHARGE_STOPPED: Topic.CHARGE_TROUBLE,
    NoteKind.NOT_CHARGING: Topic.CHARGE_TROUBLE,
    NoteKind.LOW_BATTERY: Topic.LOW,
    NoteKind.LOW_FUEL: Topic.LOW,
    NoteKind.LOW_TYRE: Topic.TYRES,
    NoteKind.MOVED: Topic.MOVED,
}
"""The topic by which notes of a kind are switched on, off and muted."""

NOTE_TOPICS = frozenset(TOPIC_OF.values())
