from functools import partial

from storage.engine.database import Database
from storage.repositories import panels
from tests.support.records import CAR, GROUP, PERSON, a_panel


def test_a_chat_has_one_panel_and_a_car_may_have_several(database: Database) -> None:
    newest, private = a_panel(message_id=8), a_panel(chat_id=PERSON, page="more", thread_id=3)
    for panel in (a_panel(), newest, private, a_panel(chat_id=PERSON + 1, car_id=CAR + 1)):
        database.run_now(partial(panels.put, panel=panel))
    assert database.run_now(lambda tx: panels.get(tx, GROUP)) == newest
    assert database.run_now(lambda tx: panels.of_car(tx, CAR)) == [newest, private]


def test_a_panel_is_dropped_unless_the_chat_has_a_newer_one(database: Database) -> None:
    old, newest = a_panel(), a_panel(message_id=8)
    database.run_now(lambda tx: panels.put(tx, newest))
    assert not database.run_now(lambda tx: panels.drop(tx, old))
    assert database.run_now(lambda tx: panels.drop(tx, newest))
    assert database.run_now(lambda tx: panels.get(tx, GROUP)) is None
