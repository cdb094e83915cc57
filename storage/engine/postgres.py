"""PostgreSQL's engine: it never waits for a server or its network for ever."""

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import psycopg
from psycopg.abc import RV, PQGen
from sqlalchemy import URL, Connection, Engine, create_engine, event

_CONNECTING: Mapping[str, int] = {
    "connect_timeout": 10,
    "keepalives": 1,
    "keepalives_idle": 30,
    "keepalives_interval": 10,
    "keepalives_count": 3,
    "tcp_user_timeout": 30_000,
}
"""libpq's options, for a network that drops packets in silence; the URL may say otherwise."""

_LIMITS: Mapping[str, str] = {
    "statement_timeout": "30s",
    "lock_timeout": "15s",
    "idle_in_transaction_session_timeout": "60s",
}
"""The server's own limits."""

PATIENCE_SECONDS = 40.0
"""How long to wait for a statement's answer: longer than the server's limits, whose errors say more."""


class PatientConnection(psycopg.Connection[Any]):
    """A connection that is closed when an answer does not come, even if a proxy or pooler keeps it open."""

    patience: float | None = None
    """A temporary limit in place of PATIENCE_SECONDS."""

    def wait(self, gen: PQGen[RV], interval: float = 0.1, timeout: float | None = None) -> RV:
        """Wait for an answer; raises OperationalError when it does not come."""
        return super().wait(self._limited(gen), interval, timeout)

    def _limited(self, gen: PQGen[RV]) -> PQGen[RV]:
        until = time.monotonic() + (PATIENCE_SECONDS if self.patience is None else self.patience)
        try:
            wanted = next(gen)
            while True:
                ready = yield wanted
                if not ready and time.monotonic() > until:
                    self.close()
                    raise psycopg.OperationalError("the server did not answer in time")
                wanted = gen.send(ready)
        except StopIteration as end:
            answer: RV = end.value
            return answer


def postgres_engine(url: URL, *, connections: int) -> Engine:
    """Build the engine without connecting."""
    given = {name: value for name, value in _CONNECTING.items() if name not in url.query}
    engine = create_engine(
        url,
        # A pooler gives each transaction another connection, on which earlier prepared statements do not exist.
        connect_args={"prepare_threshold": None, **given},
        pool_pre_ping=True,
        pool_size=connections,
        max_overflow=0,
        hide_parameters=True,
    )
    options = str(url.query.get("options", ""))
    limits = {name: value for name, value in _LIMITS.items() if name not in options}

    @event.listens_for(engine, "do_connect")
    def connect(_dialect: object, _record: object, args: tuple[Any, ...], options: dict[str, Any]) -> PatientConnection:
        return PatientConnection.connect(*args, **options)

    @event.listens_for(engine, "connect")
    def limit(connection: PatientConnection, _record: object) -> None:
        # Not in the start-up options: poolers refuse options that they do not know.
        for name, value in limits.items():
            connection.execute("SELECT set_config(%s, %s, false)", (name, value))
        connection.commit()

    return engine


@contextmanager
def unhurried(connection: Connection) -> Iterator[None]:
    """Lift all limits from an open transaction: a migration of a big table takes its time."""
    for name in _LIMITS:
        connection.exec_driver_sql(f"SET LOCAL {name} = 0")
    driver: Any = connection.connection.driver_connection
    driver.patience = float("inf")
    try:
        yield
    finally:
        driver.patience = None
