"""Small pieces of text: names, times and ages, escaped and cut in one place."""

import re
import unicodedata
from collections.abc import Sequence
from datetime import datetime, timedelta
from html import escape

from bot import lengths
from bot.domain.ids import PersonId
from bot.domain.names import shown_name, without_links

SOMEBODY = "somebody"
_NEAR = timedelta(hours=18)
_SAME_YEAR = timedelta(days=300)
_UNITS = ((86400, "day"), (3600, "hour"), (60, "minute"))
_MANY_BREAKS = re.compile(r"(?<! ) *+\n(?: *+\n)++ *+")
_UNUSUAL = re.compile(r"[^\n -~\u00a1-\u00ac\u00ae-\u02af]")
"""Characters that need a closer look: neither ASCII nor a Latin letter."""


def name(text: str) -> str:
    """Show a name from outside in a text: without markup, and within one line."""
    return escape(label(text))


def who(text: str) -> str:
    """Show the name of a person, who may have been forgotten since."""
    return name(text) if text else SOMEBODY


def mention(person: PersonId, text: str) -> str:
    """Show a person's name so that Telegram notifies them, and opens a reply for them if one is asked for."""
    return f'<a href="tg://user?id={person}">{name(text)}</a>'


def label(text: str) -> str:
    """Show a name from outside on a button, which takes no markup: cut, without invisible characters and links."""
    return shown_name(text)


def said(text: str, *, longest: int = 200) -> str:
    """Show somebody else's words, escaped and cut."""
    shown = "".join(c if unicodedata.category(c)[0] != "C" else " " for c in text[: lengths.QUOTED])
    shown = without_links(" ".join(shown.split()))
    return escape(cut(shown, longest))


def cut(text: str, longest: int) -> str:
    """Cut a text to this many characters."""
    return text if len(text) <= longest else text[: longest - 1] + "…"


def passage(text: str) -> str:
    """Keep somebody else's words at any length, without characters that distort a message; not escaped."""
    kept = _UNUSUAL.sub(lambda found: _readable(found.group()), text.replace("\r\n", "\n"))
    return without_links(_MANY_BREAKS.sub("\n\n", kept).strip())


def _readable(character: str) -> str:
    kind = unicodedata.category(character)
    if character in "\n\r\v\f" or kind in {"Zl", "Zp"}:
        return "\n"
    if kind == "Cc" or character == "\t":
        return " "
    # Invisible marks are dropped, except the two that join letters and emoji. Halves of a surrogate pair can't be sent.
    # A character without a category may be an emoji that is newer than this Python.
    return "" if kind in {"Cf", "Cs"} and character not in "\u200c\u200d" else character


def moment(at: datetime, *, now: datetime) -> str:
    """Show a time in the reader's own time zone; older apps of Telegram show UTC."""
    is_near = abs(now - at) < _NEAR
    year = "" if abs(now - at) < _SAME_YEAR else f" {at.year}"
    plain = f"{at:%H:%M} UTC" if is_near else f"{at.day} {at:%b}{year}, {at:%H:%M} UTC"
    return _in_own_zone(at, plain, form="t" if is_near else "dt")


def day(at: datetime) -> str:
    """Show a day."""
    return _in_own_zone(at, f"{at.day} {at:%B} {at.year}", form="D")


def _in_own_zone(at: datetime, plain: str, *, form: str) -> str:
    # Telegram takes positive times of 31 bits. DIMO may send Go's zero time, which is in the year 1.
    seconds = int(at.timestamp())
    return f'<tg-time unix="{seconds}" format="{form}">{plain}</tg-time>' if 0 < seconds < 2**31 else plain


def age(at: datetime, *, now: datetime) -> str:
    """Say how old something is, as precisely as a person needs."""
    seconds = max((now - at).total_seconds(), 0.0)
    if seconds < 60:
        return "just now"
    size, unit = next(one for one in _UNITS if seconds >= one[0])
    return f"{count(int(seconds // size), unit)} ago"


def duration(span: timedelta) -> str:
    """Say how long something lasts."""
    seconds = int(span.total_seconds())
    for size, unit in _UNITS:
        if seconds >= size and not seconds % size and seconds != 60:
            return count(seconds // size, unit)
    return f"{seconds} seconds"


def has_time(person: str, lifetime: timedelta) -> str:
    """Say who can answer a question, and for how long; nobody else can."""
    return f"{name(person)} has {duration(lifetime)} to confirm."


def count(number: int, noun: str, plural: str | None = None) -> str:
    """Say how many there are of something."""
    return f"{number} {noun if number == 1 else plural or f'{noun}s'}"


def listed(names: Sequence[str], *, last: str = "and") -> str:
    """Join names with commas, and the last one with this word."""
    return f"{', '.join(names[:-1])} {last} {names[-1]}" if len(names) > 1 else "".join(names)


_KM_IN_A_MILE = 1.609344


def distance(km: float, *, miles: bool) -> str:
    """Show a distance in the reader's unit."""
    return f"{km / _KM_IN_A_MILE:.0f} mi" if miles else f"{km:.0f} km"


def title(car_name: str, description: str) -> str:
    """Name a car, and say which model it is unless its name says so."""
    model = f" ({name(description)})" if description and description != car_name else ""
    return f"<b>{name(car_name)}</b>{model}"
