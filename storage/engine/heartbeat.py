"""Presence on PostgreSQL: a row for each process, which it renews.

A session's lock would not outlive a transaction behind a pooler. A process may be declared dead although it lives,
because it was paused or could not reach the database: it has another number from then on, and nothing may be sent in
the name of the old one. `holds` is false before others can have declared the number dead.
"""

import logging
import tempfile
import time
from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from threading import Event, Thread

from sqlalchemy import (
    Connection,
    DateTime,
    Engine,
    String,
    bindparam,
    column,
    delete,
    func,
    insert,
    inspect,
    select,
    table,
    text,
    update,
)
from sqlalchemy.exc import SQLAlchemyError

from storage.engine.locked_files import LockedFile, is_locked
from storage.engine.presence import Presence, new_number

_log = logging.getLogger(__name__)

BEAT_SECONDS = 2.0
"""How often a process renews its row."""

HELD_SECONDS = 12.0
"""How long after a renewal a process may rely on its number. The rest of DEAD_SECONDS is for what it sends at the end."""

DEAD_SECONDS = 15.0
"""How long others see the same renewal before they declare its process dead."""

_PREFIX = "process:"
_NAME, _BEAT = column("name", String()), column("updated_at", DateTime(timezone=True))
_FACTS = table("facts", _NAME, column("value"), _BEAT)
_IS_THIS = bindparam("this_name") == _NAME
_IS_PROCESS = _NAME.startswith(_PREFIX)
_NOW = func.clock_timestamp(type_=_BEAT.type)
_RENEW = update(_FACTS).where(_IS_THIS).values(updated_at=_NOW)
_BEGIN = insert(_FACTS).values(name=bindparam("this_name"), value="", updated_at=_NOW)
_END = delete(_FACTS).where(_IS_THIS)
_GET = select(_NAME).where(_IS_THIS)
_ALL = select(_NAME, _BEAT).where(_IS_PROCESS)
_ANY_IS_NEW = select(_NAME).where(_IS_PROCESS, _NOW - text(f"interval '{DEAD_SECONDS} seconds'") < _BEAT).limit(1)
# A row that is locked is being renewed.
_UNRENEWED = select(_NAME).where(_IS_THIS, bindparam("seen") == _BEAT).with_for_update(skip_locked=True)
_DECLARE_DEAD = delete(_FACTS).where(_NAME.in_(_UNRENEWED))


def _steady() -> float:
    """Return seconds that also count while the computer is suspended, if the system has such a clock."""
    return time.clock_gettime(getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC))


class Heartbeat(Presence):
    """A row for each process on PostgreSQL, renewed by a thread.

    Others wait for a change of the row's moment, and compare no clocks. A locked file besides shows processes of the
    same computer at once that this one has died.
    """

    def __init__(self, engine: Engine) -> None:
        super().__init__()
        self._engine = engine.execution_options(isolation_level="AUTOCOMMIT")
        self._file: LockedFile | None = None
        self._held_until = 0.0
        self._living = 1
        self._others = _Others()
        self._closing = Event()
        self._connection: Connection | None = None
        self._begin(self._connected(), _steady())
        self._thread = Thread(target=self._keep_beating, name="presence", daemon=True)
        self._thread.start()

    def holds(self, number: int) -> bool:
        """Return whether the row was renewed lately enough that nobody can have declared it dead."""
        return number == self.number and _steady() < self._held_until

    def is_alive(self, number: int) -> bool:
        """Return whether a process has this row; True while the database can't say it."""
        if is_locked(_file_of(number)) is False:
            return False
        try:
            with self._engine.connect() as connection:
                return connection.execute(_GET, {"this_name": _name_of(number)}).first() is not None
        except SQLAlchemyError:
            return True

    def living(self) -> int:
        """Return how many rows there were at the last renewal."""
        return self._living

    def close(self) -> None:
        """Remove the row; without the database others declare it dead later."""
        self._closing.set()
        self._thread.join()
        self._held_until = 0.0
        if self._connection is not None:
            with suppress(SQLAlchemyError):
                self._connection.execute(_END, {"this_name": _name_of(self.number)})
            self._disconnect()
        if self._file is not None:
            self._file.close()

    def beat(self) -> None:
        """Renew the row, and declare those dead who have not renewed theirs; raises SQLAlchemyError."""
        began, connection = _steady(), self._connected()
        if connection.execute(_RENEW, {"this_name": _name_of(self.number)}).rowcount:
            self._held_until = began + HELD_SECONDS
        else:
            _log.warning("This process was held up, and others took over what it had begun")
            self._held_until, self.number = 0.0, new_number()
            self._begin(connection, began)
        beats = {int(row.name.removeprefix(_PREFIX)): row.updated_at for row in connection.execute(_ALL)}
        silent = self._others.silent(beats, asked_at=began)
        dead = silent | {number for number in beats if is_locked(_file_of(number)) is False}
        for number in dead:
            connection.execute(_DECLARE_DEAD, {"this_name": _name_of(number), "seen": beats[number]})
            _file_of(number).unlink(missing_ok=True)
        self._living = len(beats.keys() - dead)

    def _begin(self, connection: Connection, began: float) -> None:
        """Store a new number; its file exists before its row, or else not at all."""
        if self._file is not None:
            self._file.close()
        with suppress(OSError):
            self._file = LockedFile(_file_of(self.number))
        connection.execute(_BEGIN, {"this_name": _name_of(self.number)})
        self._held_until = began + HELD_SECONDS

    def _keep_beating(self) -> None:
        while not self._closing.wait(BEAT_SECONDS):
            try:
                self.beat()
            except SQLAlchemyError:
                self._disconnect()  # whoever else uses the database says that it is away

    def _connected(self) -> Connection:
        """Return this process's own connection: others can't keep it waiting."""
        if self._connection is None:
            self._connection = self._engine.connect()
            self._connection.detach()
        return self._connection

    def _disconnect(self) -> None:
        if self._connection is not None:
            with suppress(SQLAlchemyError):
                self._connection.close()
            self._connection = None


class _Others:
    """How long the others have not renewed their rows, as far as this process has looked without a gap."""

    def __init__(self) -> None:
        self._seen: dict[int, tuple[datetime, float]] = {}
        self._looked_at = 0.0

    def silent(self, beats: Mapping[int, datetime], *, asked_at: float) -> set[int]:
        """Return whose row is as it was DEAD_SECONDS ago; after a gap the database may have been away for all."""
        known = self._seen if asked_at - self._looked_at < HELD_SECONDS else {}
        self._looked_at = now = _steady()
        self._seen = {
            number: known[number] if number in known and known[number][0] == beat else (beat, now)
            for number, beat in beats.items()
        }
        return {number for number, (_, since) in self._seen.items() if asked_at - since >= DEAD_SECONDS}


def _name_of(number: int) -> str:
    return f"{_PREFIX}{number}"


def _file_of(number: int) -> Path:
    return Path(tempfile.gettempdir()) / f"dimo-family-bot.alive-{number}"


def is_any_new(connection: Connection) -> bool:
    """Return whether a process has renewed its row just now, by the database's own clock."""
    return inspect(connection).has_table(_FACTS.name) and connection.execute(_ANY_IS_NEW).first() is not None
