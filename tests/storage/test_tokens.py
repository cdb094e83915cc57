import pytest

from storage.engine.database import Database, DatabaseFault, Tx
from storage.records import Token
from storage.repositories import tokens
from storage.tables import TOKENS
from tests.support.records import CAR, CHAT, DAY, MINUTE, NOW, a_token, a_vehicle_token


def put(database: Database, token: Token) -> None:
    database.run_now(lambda tx: tokens.put(tx, token))


@pytest.fixture
def signed_in(database: Database) -> Database:
    database.run_now(lambda tx: tokens.put(tx, a_token()))
    database.run_now(lambda tx: tokens.put(tx, a_vehicle_token()))
    return database


def test_token_is_read_as_it_was_stored(signed_in: Database) -> None:
    assert signed_in.run_now(lambda tx: tokens.get(tx, CHAT, "user")) == a_token()
    assert signed_in.run_now(lambda tx: tokens.get(tx, CHAT, "vehicle", car_id=CAR)) == a_vehicle_token()


def test_missing_token_is_not_found(signed_in: Database) -> None:
    assert signed_in.run_now(lambda tx: tokens.get(tx, CHAT, "developer")) is None


def test_later_token_replaces_the_earlier_one(signed_in: Database) -> None:
    renewed = a_token(secret="renewed", expires_at=NOW + 28 * DAY)
    signed_in.run_now(lambda tx: tokens.put(tx, renewed))
    assert signed_in.run_now(lambda tx: tokens.get(tx, CHAT, "user")) == renewed


def test_dropped_token_is_deleted(signed_in: Database) -> None:
    signed_in.run_now(lambda tx: tokens.drop(tx, CHAT, "vehicle", car_id=CAR))
    assert signed_in.run_now(lambda tx: tokens.get(tx, CHAT, "vehicle", car_id=CAR)) is None
    assert signed_in.run_now(lambda tx: tokens.get(tx, CHAT, "user")) == a_token()


def test_dropping_vehicle_tokens_keeps_the_sign_in(signed_in: Database) -> None:
    signed_in.run_now(lambda tx: tokens.drop_vehicle_tokens(tx, CHAT))
    assert signed_in.run_now(lambda tx: tokens.get(tx, CHAT, "vehicle", car_id=CAR)) is None
    assert signed_in.run_now(lambda tx: tokens.get(tx, CHAT, "user")) == a_token()


def ending(database: Database) -> list[Token]:
    return database.run_now(lambda tx: tokens.ending(tx, before=NOW + DAY))


def test_ending_sign_ins_of_people_are_listed_soonest_first(database: Database) -> None:
    soon = a_token(expires_at=NOW + MINUTE)
    sooner = a_token(chat_id=CHAT + 1, kind="developer", expires_at=NOW)
    others = [
        a_token(chat_id=CHAT + 2, expires_at=NOW + 2 * DAY),
        a_token(chat_id=tokens.OPERATOR_CHAT, kind="developer", expires_at=NOW),
        a_vehicle_token(expires_at=NOW),
    ]
    for token in (soon, sooner, *others):
        put(database, token)
    assert ending(database) == [sooner, soon]


def test_the_end_of_a_sign_in_is_announced_once(database: Database) -> None:
    database.run_now(lambda tx: tokens.put(tx, a_token(expires_at=NOW)))
    database.run_now(lambda tx: tokens.mark_announced(tx, CHAT, "user", was=None, now=NOW))
    assert ending(database) == []


def test_renewed_sign_in_is_announced_again(database: Database) -> None:
    database.run_now(lambda tx: tokens.put(tx, a_token(expires_at=NOW)))
    database.run_now(lambda tx: tokens.mark_announced(tx, CHAT, "user", was=None, now=NOW))
    database.run_now(lambda tx: tokens.put(tx, a_token(expires_at=NOW + MINUTE)))
    assert ending(database) == [a_token(expires_at=NOW + MINUTE)]


def test_database_refuses_an_unknown_kind(database: Database) -> None:
    def put_raw(tx: Tx) -> None:
        row = {"chat_id": 1, "kind": "house", "car_id": 0, "expires_at": NOW, "sealed": b""}
        tx.connection.execute(TOKENS.insert(), row)

    with pytest.raises(DatabaseFault, match="ck_tokens_kind"):
        database.run_now(put_raw)
