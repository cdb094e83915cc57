"""Read values from DIMO's JSON; raises WrongShape if they are missing."""

import math
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import TypeVar

from bot import lengths

Record = Mapping[str, object]
T = TypeVar("T")


class WrongShape(ValueError):
    """JSON that is not of the documented form; names the key, never the value."""

    def __init__(self, key: str, kind: str) -> None:
        super().__init__(f"{key!r} is not {kind}")


def record(value: object, key: str = "answer") -> Record:
    """Return a JSON object."""
    if not isinstance(value, dict):
        raise WrongShape(key, "an object")
    return value


def array(value: object, key: str = "answer") -> list[object]:
    """Return a JSON array; null is empty, as Go writes an empty list. Raises WrongShape for anything else."""
    if value is None:
        return []
    if not isinstance(value, list):
        raise WrongShape(key, "a list")
    return value


def maybe(read: Callable[[Record, str], T], source: Record, key: str) -> T | None:
    """Read a value that may be missing, null or an empty text."""
    return None if source.get(key) in (None, "") else read(source, key)


def inner(source: Record, key: str) -> Record:
    """Read an object's object."""
    return record(source.get(key), key)


def values(source: Record, key: str) -> list[object]:
    """Read a list; a missing one is empty."""
    return array(source.get(key), key)


def records(source: Record, key: str) -> list[Record]:
    """Read a list of objects."""
    return [record(one, key) for one in values(source, key)]


def text(source: Record, key: str) -> str:
    """Read a text that is not empty."""
    found = source.get(key)
    if not isinstance(found, str) or not found:
        raise WrongShape(key, "a text")
    return found


def short_text(source: Record, key: str) -> str:
    """Read a text that is not empty, cut to the length of a name."""
    return text(source, key)[: lengths.NAME]


def whole(source: Record, key: str) -> int:
    """Read a whole number, as large as a database can store."""
    found = source.get(key)
    if not isinstance(found, int) or isinstance(found, bool) or abs(found) >= 1 << 63:
        raise WrongShape(key, "a whole number")
    return found


def number(source: Record, key: str) -> float:
    """Read a finite number."""
    found = source.get(key)
    try:
        if isinstance(found, int | float) and not isinstance(found, bool) and math.isfinite(found):
            return float(found)
    except OverflowError:
        pass
    raise WrongShape(key, "a number")


def moment(source: Record, key: str) -> datetime:
    """Read a point in time (RFC 3339), in UTC; a time without a zone is UTC."""
    try:
        found = datetime.fromisoformat(text(source, key)[: lengths.DATE])
        return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
    except (ValueError, OverflowError):
        raise WrongShape(key, "a time") from None


def epoch(source: Record, key: str) -> datetime:
    """Read a point in time given as seconds since 1970."""
    try:
        return datetime.fromtimestamp(number(source, key), UTC)
    except (ValueError, OverflowError, OSError):
        raise WrongShape(key, "a time") from None
