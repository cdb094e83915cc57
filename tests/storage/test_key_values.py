from storage.engine.database import Database
from storage.repositories import key_values
from tests.support.records import NOW


def test_fact_never_put_is_none(database: Database) -> None:
    assert database.run_now(lambda tx: key_values.get(tx, "command_api")) is None


def test_later_fact_takes_the_place_of_the_earlier(database: Database) -> None:
    database.run_now(lambda tx: key_values.put(tx, "command_api", "devices", now=NOW))
    database.run_now(lambda tx: key_values.put(tx, "command_api", "oracle", now=NOW))
    assert database.run_now(lambda tx: key_values.get(tx, "command_api")) == "oracle"
