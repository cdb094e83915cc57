"""Runs `python -m bot check` against a simulated Telegram and DIMO, and reads what it prints."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from bot.checkup import Means, run
from bot.serving import Receive, Scope, Send, bound_socket, url_of
from bot.settings import Settings, load
from storage import Database, Vault
from tests.support.world import Family

LICENSE = ("DIMO_CLIENT_ID", "DIMO_REDIRECT_URI", "DIMO_API_KEY")
LICENSE_LINES = (*LICENSE, "License sign-in")
CAR_LINES = ("Shared cars", "Token for a car", "tesla-oracle's commands")
TELEGRAM_LINES = ("Group privacy", "Business mode", "Guest mode", "Webhook")
PATHS = {
    "auth": "DIMO_AUTH_URL",
    "token-exchange": "DIMO_TOKEN_EXCHANGE_URL",
    "identity": "DIMO_IDENTITY_URL",
    "telemetry": "DIMO_TELEMETRY_URL",
    "devices": "DIMO_DEVICES_URL",
    "oracle": "DIMO_ORACLE_URL",
    "triggers": "DIMO_TRIGGERS_URL",
}


@dataclass(frozen=True)
class Report:
    """What a check printed, line by line."""

    is_well: bool
    lines: list[str]

    def line(self, subject: str) -> str:
        """Return the only line about a subject."""
        (line,) = [line for line in self.lines if line[5:].startswith(f"{subject}: ")]
        return line

    def level(self, subject: str) -> str:
        return self.line(subject)[:4].rstrip()

    def levels(self, *subjects: str) -> set[str]:
        return {self.level(subject) for subject in subjects}

    @property
    def failed(self) -> list[str]:
        return [line for line in self.lines if line.startswith("FAIL")]


def means(family: Family) -> Means:
    return Means(clock=family.clock, timeouts=family.timeouts)


async def check(family: Family, given: Means | None = None, /, **changes: str) -> Report:
    """Run a check with these variables changed, or removed by an empty text; check the form of every line."""
    lines: list[str] = []
    settings = load(family.environ | changes, env_file=None)
    is_well = await run(settings, lines.append, given or means(family))
    told = Report(is_well, lines)
    check_the_form(told, settings)
    return told


def check_the_form(told: Report, settings: Settings) -> None:
    assert told.is_well == (not told.failed)
    for line in told.lines:
        assert line[:5] in {"ok   ", "warn ", "FAIL "}
        assert line.isprintable(), "one line without control characters"
        assert line.endswith(".")
        assert line.startswith("ok") or line.count(". ") >= 1, f"no remedy: {line}"
        assert not [secret for secret in settings.secrets if secret in line]
        assert "eyJ" not in line


async def sign_in_page(scope: Scope, receive: Receive, send: Send) -> None:
    """Serve a web page."""
    del scope, receive
    headers = [(b"content-type", b"text/html"), (b"content-length", b"4")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": b"<p/>"})


async def broken_page(scope: Scope, receive: Receive, send: Send) -> None:
    del scope, receive
    await send({"type": "http.response.start", "status": 500, "headers": [(b"content-length", b"0")]})
    await send({"type": "http.response.body", "body": b""})


@contextmanager
def opened(family: Family, *keys: str) -> Iterator[Database]:
    """Open the family's database while the bot may use it too."""
    vault = Vault.from_keys(keys or family.environ["ENCRYPTION_KEYS"].split(","))
    with closing(Database.open(family.environ["DATABASE_URL"], vault)) as database:
        yield database


def closed_port() -> str:
    """Return an address at which nobody answers."""
    with closing(bound_socket()) as bound:
        return url_of(bound)


def content(database_url: str) -> bytes:
    """Return the bytes of the SQLite file."""
    return Path(database_url.removeprefix("sqlite:///")).read_bytes()


BOTH = pytest.mark.parametrize("database_url", ["sqlite_url", "postgres_url"], indirect=True)
