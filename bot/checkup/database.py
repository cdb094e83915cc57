"""The database and its keys, opened in the same way as at a start."""

from collections.abc import Awaitable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from urllib.parse import urlsplit

from bot.checkup.findings import Finding, fail, ok, several, untried, warn
from bot.domain.expiry import TokenKind
from bot.settings import Settings
from storage import (
    BadDatabaseUrl,
    Database,
    DatabaseFault,
    SchemaTooNew,
    Tampered,
    Tx,
    Unrotated,
    Vault,
    WrongKeys,
    check_keys,
    unrotated,
    upgrade,
)
from storage.repositories import cars, homes, key_values, tokens

_DATABASE, _KEYS, _CHATS = "DATABASE_URL", "ENCRYPTION_KEYS", "Linked chats"
_CHECKED_FACT = "checked"


@dataclass(frozen=True, slots=True)
class Opened:
    """What was found, and the database; None if it can't be used."""

    database: Database | None
    findings: list[Finding]


async def findings(opened: Awaitable[Opened]) -> Sequence[Finding]:
    """Return what was found."""
    return (await opened).findings


async def usable(opened: Awaitable[Opened]) -> Database | None:
    """Return the database, if it can be used."""
    try:
        return (await opened).database
    except Exception:  # noqa: BLE001 - it has a line of its own
        return None


def examine(settings: Settings, now: datetime, memory: Path | None) -> Opened:
    """Open, migrate and write the database, and check the keys; `memory` notes which file the last run used. Blocks.

    Writes nothing if the keys are wrong. The caller closes the database.
    """
    kind = _kind(settings)
    vault = Vault.from_keys(settings.encryption_keys)
    try:
        database = Database.open(settings.database_url, vault, memory=memory)
    except BadDatabaseUrl as error:
        return _unusable(f"{error}.", f"{error.remedy}.")
    try:
        return Opened(database, _try_out(database, kind, len(settings.encryption_keys), now))
    except BaseException as error:
        database.close()
        if isinstance(error, WrongKeys):
            return Opened(None, _wrong_keys(kind))
        if isinstance(error, SchemaTooNew):
            return _unusable(f"{kind}: {error}.", "Or use another database.")
        if isinstance(error, DatabaseFault):
            return _unusable(f"{kind} can't be used: {error}.", f"{error.trouble}.")
        raise


def _kind(settings: Settings) -> str:
    url = settings.database_url
    parts = urlsplit(url)
    if parts.scheme == "sqlite":
        return f"the SQLite file {url.removeprefix('sqlite:///')}"
    host = f" at {parts.hostname}" if parts.hostname else ""
    return f"the PostgreSQL database {parts.path.strip('/')}{host}"


def _unusable(found: str, remedy: str) -> Opened:
    because = f"{_DATABASE} does not work"
    return Opened(None, [fail(_DATABASE, found, remedy), *(untried(subject, because) for subject in (_KEYS, _CHATS))])


def _wrong_keys(kind: str) -> list[Finding]:
    found = "does not hold the key that this database was written with."
    return [
        ok(_DATABASE, f"{kind} can be opened. Nothing was changed in it."),
        fail(_KEYS, found, "Put the old key back beside the new one."),
        untried(_CHATS, f"{_KEYS} does not fit"),
    ]


def _try_out(database: Database, kind: str, keys: int, now: datetime) -> list[Finding]:
    changed = upgrade(database)
    database.run_now(check_keys)
    database.run_now(lambda tx: key_values.put(tx, _CHECKED_FACT, now.isoformat(), now=now))
    state = "was brought up to date" if changed else "is up to date"
    return [
        ok(_DATABASE, f"{kind} {state} and can be written."),
        _keys(keys, database.run_now(unrotated)),
        _chats(database, now),
    ]


def _keys(count: int, left: Unrotated) -> Finding:
    said = "1 key, and it fits" if count == 1 else f"{count} keys, and they fit"
    if not any(left):
        return ok(_KEYS, f"{said}; everything is encrypted under the first.")
    found = f"{said}; {several(left.rows, 'record')} not encrypted under the first."
    return warn(_KEYS, found, "Run `python -m bot rotate-keys` before you remove a key.")


def _chats(database: Database, now: datetime) -> Finding:
    try:
        chats, cars_, ended = database.run_now(lambda tx: _count(tx, now))
    except (Tampered, WrongKeys) as error:
        return fail(_CHATS, f"{error}.", "Restore the database from a copy, or let the person /unlink and /link.")
    if not chats:
        return warn(_CHATS, "none yet.", "Run the bot and write /link to it.")
    found = f"{several(chats, 'chat')} with {several(cars_, 'car')}"
    if ended:
        return warn(_CHATS, f"{found}; the sign-in of {ended} has ended.", "Write /link there again.")
    return ok(_CHATS, f"{found}.")


def _count(tx: Tx, now: datetime) -> tuple[int, int, int]:
    """Count the linked chats, their cars, and the chats whose sign-in has ended."""
    chats = [home.chat_id for home in homes.all_homes(tx)]
    sign_ins = [token for chat in chats if (token := tokens.get(tx, chat, TokenKind.USER))]
    return (
        len(chats),
        sum(len(cars.list_for(tx, chat)) for chat in chats),
        sum(token.expires_at <= now for token in sign_ins),
    )
