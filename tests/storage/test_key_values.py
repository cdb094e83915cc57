from storage.engine.database import Database
from storage.repositories import key_values
from tests.support.records import NOW


def test_unknown_name_has_no_value(database: Database) -> None:
    assert database.run_now(lambda tx: key_values.get(tx, "command_api")) is None


def test_later_value_replaces_the_earlier_one(database: Database) -> None:
    database.run_now(lambda tx: key_values.put(tx, "command_api", "devices", now=NOW))
    database.run_now(lambda tx: key_values.put(tx, "command_api", "oracle", now=NOW))
    assert database.run_now(lambda tx: key_values.get(tx, "command_api")) == "oracle"
