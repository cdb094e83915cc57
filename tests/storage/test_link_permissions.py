from dataclasses import replace
from functools import partial

import pytest
from sqlalchemy import update

from storage.encryption.vault import Tampered
from storage.engine.database import Database, DatabaseFault, Tx
from storage.records import LinkPermission
from storage.repositories import erasure, link_permissions
from storage.tables import LINK_PERMISSIONS
from tests.support.dumps import dump
from tests.support.records import MINUTE, NOW, OWNER, PERSON, a_link_permission

ALLOWED = a_link_permission(state="allowed", answered_at=NOW + MINUTE)
DENIED = a_link_permission(state="denied", answered_at=NOW + MINUTE)


def put(database: Database, *permissions: LinkPermission) -> None:
    for one in permissions:
        database.run_now(partial(link_permissions.put, record=one))


def get(database: Database, person_id: int = PERSON) -> LinkPermission | None:
    return database.run_now(lambda tx: link_permissions.get(tx, person_id))


def test_a_permission_is_read_as_last_stored(database: Database) -> None:
    assert get(database) is None
    for stored in (a_link_permission(), ALLOWED):
        put(database, stored)
        assert get(database) == stored
        assert database.run_now(lambda tx: link_permissions.get_for_update(tx, PERSON)) == stored


def test_who_was_asked_is_stored_unless_it_is_answered(database: Database) -> None:
    put(database, a_link_permission(asked_person_id=None), a_link_permission(person_id=1, state="denied"))
    for person_id in (PERSON, 1, 2):
        database.run_now(partial(link_permissions.mark_asked, person_id=person_id, asked_person_id=5))
    assert get(database) == a_link_permission(asked_person_id=5)
    assert get(database, 1) == a_link_permission(person_id=1, state="denied")


def test_only_an_open_question_is_dropped(database: Database) -> None:
    put(database, a_link_permission(), a_link_permission(person_id=1), a_link_permission(person_id=2, state="allowed"))
    for person_id in (PERSON, 2):
        database.run_now(partial(link_permissions.drop_open, person_id=person_id))
    assert (get(database), get(database, 1)) == (None, a_link_permission(person_id=1))
    assert get(database, 2) == a_link_permission(person_id=2, state="allowed")


def test_erasure_removes_a_person_who_was_allowed(database: Database) -> None:
    before = database.run_now(dump)
    put(database, ALLOWED)
    database.run_now(lambda tx: erasure.forget(tx, PERSON))
    assert database.run_now(dump) == before


@pytest.mark.parametrize("stored", [a_link_permission(), DENIED])
def test_erasure_keeps_a_no_and_an_open_question_without_the_name(database: Database, stored: LinkPermission) -> None:
    """Otherwise the operator would be asked again."""
    put(database, stored)
    database.run_now(lambda tx: erasure.forget(tx, PERSON))
    assert get(database) == replace(stored, name="")


def test_erasure_of_who_was_asked_lets_an_open_question_be_asked_again(database: Database) -> None:
    put(database, a_link_permission(), a_link_permission(person_id=1, state="allowed"))
    database.run_now(lambda tx: erasure.forget(tx, OWNER))
    assert get(database) is None
    assert get(database, 1) == a_link_permission(person_id=1, state="allowed", asked_person_id=None)


def test_a_row_that_does_not_open_prevents_no_erasure(database: Database) -> None:
    def fill(tx: Tx) -> None:
        link_permissions.put(tx, ALLOWED)
        tx.connection.execute(update(LINK_PERMISSIONS).values(sealed=bytes(80)))

    database.run_now(fill)
    with pytest.raises(Tampered):
        get(database)
    database.run_now(lambda tx: erasure.forget(tx, PERSON))
    assert get(database) is None


def test_the_database_refuses_an_unknown_state(database: Database) -> None:
    with pytest.raises(DatabaseFault, match="ck_link_permissions_state"):
        put(database, a_link_permission(state="perhaps"))
