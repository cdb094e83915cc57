from traceback import format_exception
from typing import Any

import pytest
from sqlalchemy import LargeBinary, update

from storage.encryption.sealed_tables import SEALED_TABLES, SealedTable
from storage.encryption.vault import Tampered, Vault
from storage.engine.database import Database, Tx
from storage.records import Token
from storage.repositories import cars, homes, prompts, tokens
from storage.tables import CANARIES, HOMES, METADATA, TOKENS
from tests.support.records import CAR, CHAT, a_home, a_prompt, a_token, a_vehicle_token, store_one_of_each


def test_every_binary_column_is_sealed_and_rotated() -> None:
    binary = {
        (table.name, column.name)
        for table in METADATA.tables.values()
        for column in table.c
        if isinstance(column.type, LargeBinary)
    }
    registered = {(sealed.table.name, "sealed") for sealed in SEALED_TABLES}
    assert binary == registered | {(CANARIES.name, "sealed")}


def test_size_of_the_ciphertext_does_not_distinguish_the_actions(vault: Vault) -> None:
    homes = SealedTable(HOMES)
    sizes = {len(homes.seal(vault, {"chat_id": CHAT}, {"action": word})) for word in ("lock", "unlock", "charge")}
    assert len(sizes) == 1


def copy_token(tx: Tx, *, source: dict[str, object], target: dict[str, object]) -> None:
    """Copy a ciphertext into another row, as an attacker with write access could."""
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


@pytest.mark.parametrize("sealed", SEALED_TABLES, ids=lambda sealed: sealed.table.name)
def test_content_opens_under_the_key_of_its_own_row_only(sqlite_database: Database, sealed: SealedTable) -> None:
    def stored(tx: Tx) -> dict[str, Any]:
        store_one_of_each(tx)
        return dict(tx.connection.execute(sealed.table.select()).mappings().one())

    row = sqlite_database.run_now(stored)
    vault = sqlite_database.run_now(lambda tx: tx.vault)
    assert sealed.open(vault, row)
    for column in sealed.key:
        with pytest.raises(Tampered):
            sealed.open(vault, {**row, column: "another"})


def test_nothing_private_is_readable_in_the_file(sqlite_database: Database) -> None:
    sqlite_database.run_now(store_one_of_each)
    sqlite_database.run_now(lambda tx: cars.learn(tx, CHAT, CAR, device_id="2ab3XyZ"))
    sqlite_database.run_now(lambda tx: prompts.add(tx, a_prompt(id="prompt-2", about="query-17")))
    file = sqlite_database.file
    assert file is not None
    stored = b"".join(path.read_bytes() for path in file.parent.glob("bot.db*"))
    private = [a_token().secret, "eyJhbGci", "Ann Wintergreen", "a11ce", "Bluey", "Model 3", "unlock"]
    private += ["2ab3XyZ", "query-17", "Ben Wintergreen", "misfire", "P0301", "U0100", "C1234", "B0001"]
    private += ["Cleo Wintergreen", "Garden party", "greeting", "Welcome home", "frunk"]
    assert [word for word in private if word.encode() in stored] == []


def test_content_that_this_version_cannot_read_is_not_quoted(sqlite_database: Database) -> None:
    """Another version or a bug may have sealed such content, and an error's text may reach the log."""

    def spoil(tx: Tx) -> None:
        homes.put(tx, a_home())
        sealed = SealedTable(HOMES).seal(tx.vault, {"chat_id": CHAT}, {"owner_name": {"hunter": "hunter2"}})
        tx.connection.execute(update(HOMES).values(sealed=sealed))

    sqlite_database.run_now(spoil)
    with pytest.raises(ValueError, match="homes") as raised:
        sqlite_database.run_now(lambda tx: homes.get(tx, CHAT))
    assert "hunter" not in "".join(format_exception(raised.value))
