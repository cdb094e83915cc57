"""What was found out about one setting or service, as one line."""

from dataclasses import dataclass
from enum import StrEnum


class Level(StrEnum):
    """How a line begins. Only a failure makes the check fail."""

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
        # Names of cars and texts of servers are in it: nothing of theirs may steer the terminal or start a line.
        return "".join(c if c.isprintable() else " " for c in line).rstrip()


def ok(subject: str, found: str) -> Finding:
    """Say that something works."""
    return Finding(Level.OK, subject, found)


def warn(subject: str, found: str, remedy: str) -> Finding:
    """Say that something works less well than it could."""
    return Finding(Level.WARN, subject, found, remedy)


def fail(subject: str, found: str, remedy: str) -> Finding:
    """Say that something does not work."""
    return Finding(Level.FAIL, subject, found, remedy)


def untried(subject: str, because: str) -> Finding:
    """Say that something could not be tried, for a reason that has a line of its own."""
    return warn(subject, f"not tried, because {because}.", "Mend that first.")


def several(count: int, word: str) -> str:
    """Say how many there are of something."""
    return f"{count} {word}" if count == 1 else f"{count} {word}s"
