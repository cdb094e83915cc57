from collections.abc import Mapping

from sqlalchemy import update

from storage.engine.database import Database
from storage.repositories import home_settings
from storage.tables import HOME_SETTINGS
from tests.support.records import CHAT

VALUES = {"tell": "all", "quiet_from": 22, "share": 0.5, "asks": True, "zone": None, "word": "ž🚗\x00"}


def get(database: Database, home_chat_id: int = CHAT) -> Mapping[str, object]:
    return database.run_now(lambda tx: home_settings.get(tx, home_chat_id))


def put(database: Database, values: dict[str, object], home_chat_id: int = CHAT) -> None:
    database.run_now(lambda tx: home_settings.put(tx, home_chat_id, values))


def test_settings_are_read_as_last_stored_for_each_home(database: Database) -> None:
    assert get(database) == {}
    put(database, VALUES)
    put(database, {"tell": "none"}, CHAT + 1)
    assert get(database) == VALUES
    put(database, {"tell": "openings"})
    assert (get(database), get(database, CHAT + 1)) == ({"tell": "openings"}, {"tell": "none"})


def test_settings_of_every_home_are_read_except_those_that_do_not_open(database: Database) -> None:
    put(database, VALUES)
    put(database, {"tell": "none"}, CHAT + 1)
    put(database, {"tell": "lost"}, CHAT + 2)
    move = update(HOME_SETTINGS).where(HOME_SETTINGS.c.home_chat_id == CHAT + 2).values(home_chat_id=CHAT + 3)
    database.run_now(lambda tx: tx.connection.execute(move))
    assert database.run_now(home_settings.every) == {CHAT: VALUES, CHAT + 1: {"tell": "none"}}
