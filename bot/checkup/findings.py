"""The result of a check of one setting or service, as one line."""

from collections.abc import Awaitable
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeVar

from bot.dimo.errors import DimoError, NoAnswer, NotSent
from bot.dimo.signing import BadApiKey

T = TypeVar("T")


class Level(StrEnum):
    """The first word of a line. Only a failure makes the check fail."""

    OK = "ok"
    WARN = "warn"
    FAIL = "FAIL"


@dataclass(frozen=True, slots=True)
class Finding:
    """One line: the subject is a variable's name or plain words; the remedy says what to do unless all is well."""

    level: Level
    subject: str
    found: str
    remedy: str = ""

    def __str__(self) -> str:
        line = f"{self.level:<4} {self.subject}: {self.found} {self.remedy}"
        # It contains names of cars and texts of servers, which must not control the terminal or start a line.
        return "".join(c if c.isprintable() else " " for c in line).rstrip()


def ok(subject: str, found: str) -> Finding:
    """Say that something works."""
    return Finding(Level.OK, subject, found)


def warn(subject: str, found: str, remedy: str) -> Finding:
    """Say that something works, but not as well as it could."""
    return Finding(Level.WARN, subject, found, remedy)


def fail(subject: str, found: str, remedy: str) -> Finding:
    """Say that something does not work."""
    return Finding(Level.FAIL, subject, found, remedy)


def untried(subject: str, because: str) -> Finding:
    """Say that something could not be tried; the reason has a line of its own."""
    return warn(subject, f"not tried, because {because}.", "Mend that first.")


class Untried(Exception):
    """Something could not be tried; the text is the reason, which has a line of its own."""


async def needed(work: Awaitable[T]) -> T:
    """Wait for a value that a line needs; raises Untried if that failed."""
    try:
        return await work
    except DimoError as error:
        raise Untried(said(error)) from error
    except BadApiKey as error:
        raise Untried("the license can't sign in") from error


def said(error: DimoError) -> str:
    """Say which of DIMO's services failed to answer, and how."""
    return f"DIMO's {error.service} service {how(error)}"


def how(error: DimoError) -> str:
    """Say how a service failed to answer, as the end of a sentence."""
    if error.unreachable:
        return "is not reachable"
    if isinstance(error, NoAnswer | NotSent):
        return "did not answer in time"
    words = f": {error.dimo_said.rstrip('.')}" if error.dimo_said else ""
    return f"answers with an error ({error.status}){words}"


def several(count: int, word: str) -> str:
    """Return a number with its noun."""
    return f"{count} {word}" if count == 1 else f"{count} {word}s"
