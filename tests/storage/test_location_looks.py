from datetime import timedelta

from storage.engine.database import Database, Tx
from storage.repositories import location_looks
from tests.support.records import CHAT, NOW, PERSON, a_location_look

HOUR = timedelta(hours=1)
OTHER = PERSON + 1


def test_looks_are_listed_by_home_newest_first(database: Database) -> None:
    looks = [
        a_location_look("1"),
        a_location_look("2", at=NOW + HOUR, person_id=OTHER),
        a_location_look("3", home_chat_id=CHAT + 1),
    ]

    def add_all(tx: Tx) -> None:
        for look in looks:
            location_looks.add(tx, look)

    database.run_now(add_all)
    assert database.run_now(lambda tx: location_looks.of_home(tx, CHAT)) == [looks[1], looks[0]]
    assert database.run_now(lambda tx: location_looks.of_home(tx, CHAT, person_id=PERSON)) == [looks[0]]
    assert database.run_now(lambda tx: location_looks.of_home(tx, CHAT, since=NOW + HOUR)) == [looks[1]]


def test_a_forgotten_persons_look_stays_as_nobodys(database: Database) -> None:
    database.run_now(lambda tx: location_looks.add(tx, a_location_look()))
    database.run_now(lambda tx: location_looks.anonymise(tx, PERSON))
    assert database.run_now(lambda tx: location_looks.of_home(tx, CHAT)) == [a_location_look(person_id=0, name="")]
