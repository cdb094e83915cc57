"""The texts of the log: lines in a chat, and a table for a spreadsheet."""

import csv
import io
import re
import unicodedata
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, tzinfo
from typing import BinaryIO

from bot.domain.log import AccessChange, AccessLine, AnyLine, LogFilter, LookLine
from bot.domain.names import without_links
from bot.service.actions.log import LogFile, LogPage
from bot.telegram.texts.actions import ACTION_WORDS, STATE_WORDS, words_for
from bot.telegram.texts.family import ROLE_WORDS
from bot.telegram.texts.formatting import count, moment, name
from bot.telegram.texts.refusals import REFUSALS

EVERYBODY = "Everybody"
EVERYTHING = "Everything"
FORGOTTEN = "Forgotten person"
CHOOSE = "<b>Which lines?</b>\nChoose a person or an action."
COLUMNS = ("Time", "UTC", "Person", "Action", "Car", "Outcome", "Why", "Request id")
NOT_SENT = "I could not send the file.\nNext: tap Export again in a minute."

_LOOKED = "looked where the car was"
_FORMULA_STARTS = ("=", "+", "-", "@")

_SEPARATOR = re.compile(r"([;,|])")
"""Spreadsheets may end a cell here, even within quotes: many countries use the semicolon, as numbers contain commas."""

_QUOTES = " \u00a0\"'`“”„‘’«»"
"""What a spreadsheet may take away before it looks for a formula."""


def page(it: LogPage, *, now: datetime) -> str:
    """Show a page of the log, two lines for each entry."""
    lines = [f"📜 <b>Log{_of(it.wanted, it.person_name)}</b>"]
    if not it.lines:
        return "\n".join([*lines, "There is nothing here yet."])
    return "\n".join([*lines, *(_entry(one, now) for one in it.lines)])


def _of(wanted: LogFilter, person: str | None) -> str:
    action = f" – {ACTION_WORDS[wanted.action].noun}" if wanted.action is not None else ""
    return f" – {name(person)}{action}" if person else action


def _entry(it: AnyLine, now: datetime) -> str:
    if isinstance(it, AccessLine):
        sign, what = _access(it)
        until = "" if it.until is None else f" until {moment(it.until, now=now)}"
        return f"{moment(it.at, now=now)}\n{sign} {name(it.person_name)}: {what}{until}"
    person = name(it.person_name or FORGOTTEN)
    if isinstance(it, LookLine):
        return f"{moment(it.at, now=now)}\n📍 {person}: {_LOOKED}, {name(it.car_name)}"
    words, (sign, state) = words_for(it.action, closes=it.closes), STATE_WORDS[it.state]
    return f"{moment(it.at, now=now)}, {sign} {state}\n{words.sign} {person}: {words.noun}, {name(it.car_name)}"


def _access(it: AccessLine) -> tuple[str, str]:
    """Return the sign and the words for a change of access."""
    role = f" as a {ROLE_WORDS[it.role]}" if it.role is not None else ""
    return {
        AccessChange.JOINED: ("👋", f"joined{role}"),
        AccessChange.ENDED: ("⌛", "access ended"),
        AccessChange.REMOVED: ("🗑", "removed"),
    }[it.change]


def caption(it: LogFile) -> str:
    """Say what is in the file."""
    return f"The log: {count(it.lines, 'line')}, the newest first. Times: {it.zone}."


def file_name(it: LogFile) -> str:
    """Name the file after the day on which it was made."""
    return f"log-{it.made_at.astimezone(it.zone):%Y-%m-%d}.csv"


def table(lines: Iterable[AnyLine], zone: tzinfo) -> BinaryIO:
    """Write the log as a CSV file for spreadsheets, which read UTF-8 only after a byte order mark."""
    content = io.BytesIO()
    text = io.TextIOWrapper(content, "utf-8-sig", newline="")
    writer = csv.writer(text, quoting=csv.QUOTE_ALL)
    writer.writerow(COLUMNS)
    writer.writerows([_cell(value) for value in _row(line, zone)] for line in lines)
    text.detach()
    content.seek(0)
    return content


def _row(it: AnyLine, zone: tzinfo) -> Iterator[str]:
    yield f"{it.at.astimezone(zone):%Y-%m-%d %H:%M:%S}"
    yield f"{it.at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
    yield without_links(it.person_name or FORGOTTEN)
    if isinstance(it, AccessLine):
        until = "" if it.until is None else f" until {it.until.astimezone(zone):%Y-%m-%d %H:%M}"
        yield from (f"{_access(it)[1]}{until}", "", "", "", "")
        return
    if isinstance(it, LookLine):
        yield from (_LOOKED, without_links(it.car_name), "", "", "")
        return
    yield words_for(it.action, closes=it.closes).noun
    yield without_links(it.car_name)
    yield STATE_WORDS[it.state][1]
    yield "" if it.reason is None else REFUSALS[it.reason].why.format(car=without_links(it.car_name))
    yield it.request_id or ""


def _cell(value: str) -> str:
    """Make a cell from a person's words: without invisible characters, and with an apostrophe before a formula.

    Some spreadsheets read full-width signs as the plain ones.
    """
    shown = value if value.isprintable() else "".join(c if c.isprintable() else " " for c in value)
    return "".join(_text(part) for part in _SEPARATOR.split(shown))


def _text(part: str) -> str:
    first = unicodedata.normalize("NFKC", part.lstrip(_QUOTES)[:1])
    return f"'{part}" if first in _FORMULA_STARTS else part
