import pytest
from sqlalchemy import LargeBinary, update

from storage import cars, homes, journal, prompts, tokens
from storage.database import Database, Tx
from storage.records import Token
from storage.sealing import SEALED_HOMES, SEALED_TABLES
from storage.tables import CANARIES, METADATA, TOKENS
from storage.vault import Tampered, Vault
from tests.storage.builders import CAR, CHAT, a_car, a_home, a_prompt, a_token, a_vehicle_token, an_action


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
    rows = [
        {"chat_id": token.chat_id, "kind": token.kind, "car_id": token.car_id} for token in (source, target)
    ]

    def attack(tx: Tx) -> None:
        tokens.put(tx, source)
        tokens.put(tx, target)
        copy_token(tx, source=rows[0], target=rows[1])

    database.run_now(attack)
    with pytest.raises(Tampered):
        database.run_now(lambda tx: tokens.get(tx, target.chat_id, target.kind, car_id=target.car_id))


def test_nothing_private_is_readable_in_the_file(sqlite_database: Database) -> None:
    def fill(tx: Tx) -> None:
        homes.put(tx, a_home())
        tokens.put(tx, a_token())
        cars.replace_all(tx, CHAT, [a_car()])
        prompts.add(tx, a_prompt())
        journal.intend(tx, an_action())

    sqlite_database.run_now(fill)
    file = sqlite_database.file
    assert file is not None
    stored = b"".join(path.read_bytes() for path in file.parent.glob("bot.db*"))
    private = (a_token().secret, "eyJhbGci", "Ann Wintergreen", "a11ce", "Bluey", "Model 3", "unlock")
    assert [word for word in private if word.encode() in stored] == []
