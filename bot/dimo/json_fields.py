"""Read values out of DIMO's JSON, and say so when they are not there."""

import math
from collections.abc import Mapping
from datetime import UTC, datetime

Record = Mapping[str, object]


class WrongShape(ValueError):
    """JSON that is not of the documented form; names the key, never the value."""


def _wrong(key: str, kind: str) -> WrongShape:
    return WrongShape(f"{key!r} is not {kind}")


def record(value: object, key: str = "answer") -> Record:
    """Read a JSON object."""
    if not isinstance(value, dict):
        raise _wrong(key, "an object")
    return value


def inner(source: Record, key: str) -> Record:
    """Read an object's object."""
    return record(source.get(key), key)


def maybe_inner(source: Record, key: str) -> Record | None:
    """Read an object's object that may be missing or null."""
    return None if source.get(key) is None else inner(source, key)


def records(source: Record, key: str) -> list[Record]:
    """Read a list of objects; a missing or null one is empty, as Go writes an empty list."""
    found = source.get(key)
    if found is None:
        return []
    if not isinstance(found, list):
        raise _wrong(key, "a list")
    return [record(one, key) for one in found]


def text(source: Record, key: str) -> str:
    """Read a text that is not empty."""
    found = source.get(key)
    if not isinstance(found, str) or not found:
        raise _wrong(key, "a text")
    return found


def maybe_text(source: Record, key: str) -> str | None:
    """Read a text that may be missing, null or empty."""
    return text(source, key) if source.get(key) else None


def whole(source: Record, key: str) -> int:
    """Read a whole number."""
    found = source.get(key)
    if not isinstance(found, int) or isinstance(found, bool):
        raise _wrong(key, "a whole number")
    return found


def maybe_whole(source: Record, key: str) -> int | None:
    """Read a whole number that may be missing or null."""
    return None if source.get(key) is None else whole(source, key)


def maybe_number(source: Record, key: str) -> float | None:
    """Read a finite number that may be missing or null."""
    found = source.get(key)
    if found is None:
        return None
    if not isinstance(found, int | float) or isinstance(found, bool):
        raise _wrong(key, "a number")
    try:
        number = float(found)
    except OverflowError:
        raise _wrong(key, "a number") from None
    if not math.isfinite(number):
        raise _wrong(key, "a number")
    return number


def moment(source: Record, key: str) -> datetime:
    """Read a point in time (RFC 3339), in UTC; a time without a zone is UTC."""
    try:
        found = datetime.fromisoformat(text(source, key))
        return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
    except (ValueError, OverflowError):
        raise _wrong(key, "a time") from None


def maybe_moment(source: Record, key: str) -> datetime | None:
    """Read a point in time that may be missing or null."""
    return None if source.get(key) is None else moment(source, key)


def epoch(source: Record, key: str) -> datetime:
    """Read a point in time given as seconds since 1970."""
    seconds = maybe_number(source, key)
    if seconds is None:
        raise _wrong(key, "a time")
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (ValueError, OverflowError, OSError):
        raise _wrong(key, "a time") from None
