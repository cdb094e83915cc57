"""Small pieces of text: names, times and ages, escaped and cut in one place."""

import unicodedata
from datetime import datetime, timedelta
from html import escape

_LONGEST_NAME = 40
_NEAR = timedelta(hours=18)


def name(text: str) -> str:
    """Show a name from outside in a text: never markup, never longer than a line."""
    return escape(label(text))


def label(text: str) -> str:
    """Show a name from outside on a button, which takes no markup: cut, and without invisible characters."""
    shown = "".join(c for c in text if unicodedata.category(c)[0] != "C")
    shown = " ".join(shown.split()) or "?"
    if len(shown) > _LONGEST_NAME:
        shown = shown[: _LONGEST_NAME - 1].rstrip() + "…"
    return shown


def said(text: str, *, longest: int = 200) -> str:
    """Show somebody else's words, escaped and cut."""
    shown = "".join(c if unicodedata.category(c)[0] != "C" else " " for c in text)
    shown = " ".join(shown.split())
    return escape(shown if len(shown) <= longest else shown[: longest - 1] + "…")


def moment(at: datetime, *, now: datetime) -> str:
    """Show a time: Telegram's apps turn it into the reader's own time zone, older ones show UTC."""
    is_near = abs(now - at) < _NEAR
    plain = f"{at:%H:%M} UTC" if is_near else f"{at.day} {at:%b}, {at:%H:%M} UTC"
    return f'<tg-time unix="{int(at.timestamp())}" format="{"t" if is_near else "dt"}">{plain}</tg-time>'


def day(at: datetime) -> str:
    """Show a day."""
    return f'<tg-time unix="{int(at.timestamp())}" format="D">{at.day} {at:%B %Y}</tg-time>'


def age(at: datetime, *, now: datetime) -> str:
    """Say how old something is, as far as it matters to a person."""
    seconds = max((now - at).total_seconds(), 0.0)
    if seconds < 60:
        return "just now"
    for size, unit in ((86400, "day"), (3600, "hour"), (60, "minute")):
        count = int(seconds // size)
        if count:
            return f"{count} {unit}{'' if count == 1 else 's'} ago"
    return "just now"


def duration(span: timedelta) -> str:
    """Say how long something lasts."""
    seconds = int(span.total_seconds())
    if seconds % 60 or seconds < 120:
        return f"{seconds} seconds"
    return f"{seconds // 60} minutes"
