from typing import Any

import pytest
from sqlalchemy import LargeBinary, insert, select, update

from storage.encryption.sealed_tables import (
    SEALED_ACCESS_REQUESTS,
    SEALED_EVENTS,
    SEALED_HOME_SETTINGS,
    SEALED_HOMES,
    SEALED_INVITATIONS,
    SEALED_MEMBERS,
    SEALED_SHARED_CHATS,
    SEALED_TABLES,
    SealedTable,
)
from storage.encryption.vault import Tampered, Vault
from storage.engine.database import Database, Tx
from storage.records import Token
from storage.repositories import (
    access_requests,
    cars,
    code_queries,
    code_watches,
    events,
    home_settings,
    homes,
    invitations,
    journal,
    members,
    prompts,
    shared_chats,
    tokens,
)
from storage.tables import CANARIES, METADATA, TOKENS
from tests.support.records import (
    CAR,
    CHAT,
    a_car,
    a_code_query,
    a_code_watch,
    a_home,
    a_member,
    a_prompt,
    a_shared_chat,
    a_token,
    a_vehicle_token,
    an_access_request,
    an_action,
    an_event,
    an_invitation,
    some_details,
)


def test_every_binary_column_is_sealed_and_rotated() -> None:
    binary = {
        (table.name, column.name)
        for table in METADATA.tables.values()
        for column in table.c
        if isinstance(column.type, LargeBinary)
    }
    registered = {(sealed.table.name, "sealed") for sealed in SEALED_TABLES}
    assert binary == registered | {(CANARIES.name, "sealed")}


def test_size_of_the_ciphertext_does_not_tell_the_action(vault: Vault) -> None:
    row = {"chat_id": CHAT}
    sizes = {len(SEALED_HOMES.seal(vault, row, {"action": word})) for word in ("lock", "unlock", "charge")}
    assert len(sizes) == 1


def copy_token(tx: Tx, *, source: dict[str, object], target: dict[str, object]) -> None:
    """Do what a thief with write access does: put a ciphertext into another row."""
    sealed = tx.connection.execute(TOKENS.select().filter_by(**source)).mappings().one()["sealed"]
    tx.connection.execute(update(TOKENS).filter_by(**target).values(sealed=sealed))


@pytest.mark.parametrize(
    "target",
    [a_token(chat_id=CHAT + 1), a_token(kind="developer"), a_vehicle_token(car_id=CAR + 1)],
    ids=["another chat", "another kind", "another car"],
)
def test_token_copied_into_another_row_does_not_open(database: Database, target: Token) -> None:
    source = a_vehicle_token() if target.kind == "vehicle" else a_token()
    rows = [{"chat_id": token.chat_id, "kind": token.kind, "car_id": token.car_id} for token in (source, target)]

    def attack(tx: Tx) -> None:
        tokens.put(tx, source)
        tokens.put(tx, target)
        copy_token(tx, source=rows[0], target=rows[1])

    database.run_now(attack)
    with pytest.raises(Tampered):
        database.run_now(lambda tx: tokens.get(tx, target.chat_id, target.kind, car_id=target.car_id))


def share(tx: Tx) -> None:
    members.put(tx, a_member())
    invitations.add(tx, an_invitation())
    shared_chats.attach(tx, a_shared_chat())
    access_requests.put(tx, an_access_request())
    home_settings.put(tx, CHAT, {"greeting": "Welcome home"})
    events.add(tx, an_event())


@pytest.mark.parametrize(
    ("sealed", "other"),
    [
        (SEALED_MEMBERS, {"home_chat_id": CHAT + 1}),
        (SEALED_MEMBERS, {"person_id": 1}),
        (SEALED_INVITATIONS, {"id": "another", "code_hash": "another"}),
        (SEALED_SHARED_CHATS, {"chat_id": 1}),
        (SEALED_SHARED_CHATS, {"home_chat_id": CHAT + 1}),
        (SEALED_ACCESS_REQUESTS, {"home_chat_id": CHAT + 1}),
        (SEALED_ACCESS_REQUESTS, {"person_id": 1}),
        (SEALED_HOME_SETTINGS, {"home_chat_id": CHAT + 1}),
        (SEALED_EVENTS, {"id": "another"}),
    ],
)
def test_what_belongs_to_one_row_of_a_family_opens_in_no_other(
    sqlite_database: Database, sealed: SealedTable, other: dict[str, Any]
) -> None:
    def attack(tx: Tx) -> list[dict[str, Any]]:
        share(tx)
        row = tx.connection.execute(select(sealed.table)).mappings().one()
        tx.connection.execute(insert(sealed.table).values({**row, **other}))
        return sealed.readable(
            tx.all(select(sealed.table), {}), lambda found: {**found, "sealed": sealed.open(tx.vault, found)}
        )

    opened = sqlite_database.run_now(attack)
    assert len(opened) == 1
    assert not other.items() <= opened[0].items()


def test_nothing_private_is_readable_in_the_file(sqlite_database: Database) -> None:
    def fill(tx: Tx) -> None:
        homes.put(tx, a_home())
        tokens.put(tx, a_token())
        cars.replace_all(tx, CHAT, [a_car(details=some_details(device_id="2ab3XyZ"))])
        prompts.add(tx, a_prompt(about="query-17"))
        journal.intend(tx, an_action())
        code_queries.put(tx, a_code_query())
        code_watches.put(tx, a_code_watch())
        share(tx)

    sqlite_database.run_now(fill)
    file = sqlite_database.file
    assert file is not None
    stored = b"".join(path.read_bytes() for path in file.parent.glob("bot.db*"))
    private = [a_token().secret, "eyJhbGci", "Ann Wintergreen", "a11ce", "Bluey", "Model 3", "unlock"]
    private += ["2ab3XyZ", "query-17", "Ben Wintergreen", "misfire", "P0301", "U0100", "C1234", "B0001"]
    private += ["Cleo Wintergreen", "Garden party", "greeting", "Welcome home", "frunk"]
    assert [word for word in private if word.encode() in stored] == []
