"""Engines from a database URL: the URLs that hosts give are rewritten, and every SQLite connection is set up."""

import os
import sqlite3
import stat
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError

from storage.engine.backups import copies_of
from storage.engine.faults import Trouble, trouble_of

_POSTGRES = ("postgres://", "postgresql://", "postgresql+psycopg://")

READERS = 2
"""Threads that read; PostgreSQL has a connection for each."""

FEWEST_CONNECTIONS = 4
CONNECTIONS = 7
"""Connections to PostgreSQL, unless a setting says otherwise: for four writers, the readers and the presence."""

# FULL: a committed intent survives a power cut. busy_timeout comes first, because the others may have to wait.
_PRAGMAS = (
    "busy_timeout = 5000",
    "journal_mode = WAL",
    "synchronous = FULL",
    "foreign_keys = ON",
    "secure_delete = ON",
    "temp_store = MEMORY",
)


BESIDE = ("-wal", "-shm", "-journal")
_OF_OTHERS = stat.S_IRWXG | stat.S_IRWXO


class BadDatabaseUrl(ValueError):
    """A database URL that cannot be used; the text never contains the URL, which may hold a password."""

    def __init__(self, said: str, trouble: Trouble | str | None = None) -> None:
        super().__init__(said)
        self.remedy = trouble or "Write sqlite:///data/bot.db or postgresql://user:password@host/name"


@dataclass(frozen=True, slots=True)
class Engines:
    """Where transactions run: one engine writes, on `writers` threads, and one only reads; `file` is SQLite's."""

    writer: Engine
    reader: Engine
    writers: int
    file: Path | None


def engines_for(url: str, memory: Path | None = None, *, connections: int = CONNECTIONS) -> Engines:
    """Build the engines without connecting; raises BadDatabaseUrl.

    `memory` is the file in which `remember` noted which SQLite file was used last. Without it, a lost disk or a
    misspelled path would look like a bot that has forgotten everybody.
    """
    if url.startswith(_POSTGRES):
        return _postgres(url, connections)
    parsed = _parse(url)
    if parsed.get_backend_name() != "sqlite":
        raise BadDatabaseUrl("the database is neither SQLite nor PostgreSQL")
    if parsed.database in (None, "", ":memory:"):
        raise BadDatabaseUrl("the SQLite URL names no file")
    file = Path(str(parsed.database))
    if memory is not None:
        _refuse_missing(file, memory)
    return _sqlite(parsed, file)


def remember(file: Path, memory: Path) -> None:
    """Note which SQLite file is used, once there is something in it: another process may open it at the same time."""
    with suppress(OSError):  # where it can't be written, there is no such memory
        memory.write_text(f"{file.resolve()}\n", encoding="utf-8")


def _refuse_missing(file: Path, memory: Path) -> None:
    try:
        last = memory.read_text(encoding="utf-8", errors="replace").strip()
    except OSError:
        return
    if not file.exists() or not file.stat().st_size:  # an empty file is what another verb has left
        raise BadDatabaseUrl(
            f"{file} is not there, and the last run used {last}",
            "Bring it back or correct the path. An empty one is made by: python -m bot --new",
        )


def _parse(url: str) -> URL:
    try:
        return make_url(url)
    except (ArgumentError, ValueError):
        raise BadDatabaseUrl("the database URL is not a URL") from None


def _postgres(url: str, connections: int) -> Engines:
    parsed = _parse("postgresql+psycopg://" + url.split("://", 1)[1])
    from storage.engine.postgres import postgres_engine  # imports the driver, which SQLite does without

    writers = max(connections, FEWEST_CONNECTIONS) - READERS - 1  # the presence has one of its own
    engine = postgres_engine(parsed, connections=writers + READERS)
    reader = engine.execution_options(postgresql_readonly=True)
    return Engines(writer=engine, reader=reader, writers=writers, file=None)


def _sqlite(url: URL, file: Path) -> Engines:
    _make_private(file)
    return Engines(
        writer=_sqlite_engine(url, begin="BEGIN IMMEDIATE"),
        reader=_sqlite_engine(url, begin="BEGIN", extra=("query_only = ON",)),
        writers=1,
        file=file,
    )


def _make_private(file: Path) -> None:
    """Create folder and file so that only their user can read them; SQLite gives new files beside it the same mode.

    Files of an earlier time are taken from everybody else.
    """
    try:
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        file.touch(mode=0o600, exist_ok=True)
    except OSError as error:
        raise BadDatabaseUrl(f"the SQLite file can't be made: {error.strerror}", trouble_of(error)) from error
    if file.is_dir():
        raise BadDatabaseUrl("unable to open the SQLite file: it is a folder", Trouble.NO_FILE)
    for path in (
        () if os.name == "nt" else (file, *(file.with_name(file.name + end) for end in BESIDE), *copies_of(file))
    ):
        try:
            if (mode := path.stat().st_mode) & _OF_OTHERS:
                path.chmod(stat.S_IMODE(mode) & ~_OF_OTHERS)
        except FileNotFoundError:  # never made, or gone meanwhile
            continue
        except OSError as error:
            said = f"others may read {path.name}, and that can't be changed: {error.strerror}"
            raise BadDatabaseUrl(said, Trouble.NOT_OURS) from error


def _sqlite_engine(url: URL, *, begin: str, extra: tuple[str, ...] = ()) -> Engine:
    # `rw` never makes a file: one that was deleted must be missed, and not be replaced by an empty one.
    address = f"{Path(str(url.database)).resolve().as_uri()}?mode=rw"
    engine = create_engine(
        url, creator=lambda: sqlite3.connect(address, uri=True, check_same_thread=False), hide_parameters=True
    )

    @event.listens_for(engine, "connect")
    def prepare(connection: sqlite3.Connection, _record: object) -> None:
        # The driver's own BEGIN is deferred: a write after a read then fails on a stale snapshot.
        connection.isolation_level = None
        for pragma in (*_PRAGMAS, *extra):
            connection.execute(f"PRAGMA {pragma}").fetchall()

    @event.listens_for(engine, "begin")
    def start(connection: Connection) -> None:
        connection.exec_driver_sql(begin)

    return engine
