"""A presence whose session PostgreSQL ended is noticed as lost, and is renewed."""

from collections.abc import Iterator
from contextlib import closing

import pytest
from sqlalchemy import text

from storage.engine.database import Database, Tx
from storage.engine.presence import Presence

_END_THE_HOLDER = text(
    "SELECT pg_terminate_backend(pid, 10000) FROM pg_locks WHERE locktype = 'advisory'"
    " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
    " AND (classid::bigint << 32) | objid::bigint = :number"
)


@pytest.fixture
def presence(postgres_database: Database) -> Iterator[Presence]:
    with closing(Presence.open(postgres_database)) as presence:
        yield presence


def end_its_session(database: Database, presence: Presence) -> None:
    """End the session that holds a presence, as a restarted server does, and wait until it has ended."""

    def end(tx: Tx) -> None:
        assert tx.connection.execute(_END_THE_HOLDER, {"number": presence.number}).scalars().all() == [True]

    database.run_now(end)


def test_a_presence_whose_session_was_ended_is_not_alive(presence: Presence, postgres_database: Database) -> None:
    end_its_session(postgres_database, presence)
    assert not presence.is_alive(presence.number)


def test_a_renewed_presence_is_alive_again_with_its_number(presence: Presence, postgres_database: Database) -> None:
    number = presence.number
    end_its_session(postgres_database, presence)
    presence.renew()
    assert presence.number == number
    assert presence.is_alive(number)


def test_renewing_a_presence_that_was_not_lost_takes_no_second_lock(presence: Presence) -> None:
    presence.renew()
    assert presence.is_alive(presence.number)
    presence.close()
    assert not presence.is_alive(presence.number)


def test_a_lost_presence_can_be_closed(presence: Presence, postgres_database: Database) -> None:
    end_its_session(postgres_database, presence)
    presence.close()


def test_a_presence_in_a_file_needs_no_renewal(sqlite_database: Database) -> None:
    with closing(Presence.open(sqlite_database)) as presence:
        presence.renew()
        assert presence.is_alive(presence.number)
