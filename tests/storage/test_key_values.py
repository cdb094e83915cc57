from collections.abc import Callable
from functools import partial

from storage.encryption.vault import Place
from storage.engine.database import Database
from storage.repositories import key_values
from tests.support.records import NOW
from tests.support.threads import race


def test_unknown_name_has_no_value(database: Database) -> None:
    assert database.run_now(lambda tx: key_values.get(tx, "command_api")) is None


def test_later_value_replaces_the_earlier_one(database: Database) -> None:
    database.run_now(lambda tx: key_values.put(tx, "command_api", "devices", now=NOW))
    database.run_now(lambda tx: key_values.put(tx, "command_api", "oracle", now=NOW))
    assert database.run_now(lambda tx: key_values.get(tx, "command_api")) == "oracle"


def test_a_hidden_value_is_only_compared(database: Database) -> None:
    database.run_now(lambda tx: key_values.hide(tx, "operator", "12", now=NOW))
    stored = database.run_now(lambda tx: key_values.get(tx, "operator"))
    assert stored is not None
    for text, is_it in (("12", True), ("1", False), (stored, False)):
        assert database.run_now(partial(key_values.hides, name="operator", text=text)) is is_it
    database.run_now(lambda tx: key_values.put(tx, "operator", "12", now=NOW))
    assert not database.run_now(lambda tx: key_values.hides(tx, "operator", "12"))


def test_a_value_that_only_grows_keeps_the_greatest(database: Database) -> None:
    for value in ("2026-05-01T12:00:00", "2026-05-01T12:00:30", "2026-05-01T11:20:00"):
        database.run_now(partial(key_values.raise_to, name="time", value=value, now=NOW))
    assert database.run_now(lambda tx: key_values.get(tx, "time")) == "2026-05-01T12:00:30"


def test_of_many_processes_that_raise_a_value_the_greatest_stays(
    database: Database, open_database: Callable[[], Database]
) -> None:
    both = (database, open_database())
    work = [partial(key_values.raise_to, name="time", value=str(n), now=NOW) for n in (3, 9, 1, 7, 5, 8, 2, 4)]
    race([partial(both[n % 2].run_now, one) for n, one in enumerate(work)])
    assert database.run_now(lambda tx: key_values.get(tx, "time")) == "9"


def test_a_hash_under_a_key_of_the_vault_is_compared_too(database: Database) -> None:
    """As a database of revision 0005 holds it."""
    place = Place("facts", "value", "operator=12")
    stored = f"forgotten:{database.vault.fingerprints(place)[0]}"
    database.run_now(lambda tx: key_values.put(tx, "operator", stored, now=NOW))
    for text, is_it in (("12", True), ("13", False)):
        assert database.run_now(partial(key_values.hides, name="operator", text=text)) is is_it
