from datetime import UTC, datetime, timedelta, timezone

import pytest

from storage.engine.database import Database, Tx
from storage.repositories import key_values
from storage.tables import FACTS
from tests.support.records import NOW


def moment(tx: Tx) -> datetime:
    kept: datetime = tx.connection.execute(FACTS.select()).mappings().one()["updated_at"]
    return kept


def test_moment_is_read_in_utc_to_the_microsecond(database: Database) -> None:
    elsewhere = NOW.astimezone(timezone(timedelta(hours=5, minutes=30)))
    database.run_now(lambda tx: key_values.put(tx, "name", "value", now=elsewhere))
    kept = database.run_now(moment)
    assert kept == NOW
    assert kept.tzinfo is UTC


def test_moment_without_a_zone_is_refused(database: Database) -> None:
    with pytest.raises(ValueError, match="time zone"):
        database.run_now(lambda tx: key_values.put(tx, "name", "value", now=NOW.replace(tzinfo=None)))
