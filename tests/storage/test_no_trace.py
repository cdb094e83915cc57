"""After unlinking, nothing of a token is left in SQLite's files, not even its ciphertext."""

from pathlib import Path

import pytest

from storage import homes, tokens
from storage.database import Database, Tx
from storage.tables import TOKENS
from tests.storage.builders import CHAT, a_home, a_token, a_vehicle_token

OTHERS = 40


def link_many(tx: Tx) -> None:
    for chat_id in range(CHAT, CHAT + OTHERS):
        homes.put(tx, a_home(chat_id=chat_id))
        # Small and large: those that share a page with others, and those that overflow into pages of their own.
        tokens.put(tx, a_token(chat_id=chat_id, secret="s" * 700))
        tokens.put(tx, a_vehicle_token(chat_id=chat_id, secret="v" * 9000))


def renew_many(tx: Tx) -> None:
    for chat_id in range(CHAT, CHAT + OTHERS):
        tokens.put(tx, a_token(chat_id=chat_id, secret="r" * 900))


def ciphertexts(tx: Tx, chat_id: int) -> list[bytes]:
    rows = tx.connection.execute(TOKENS.select().where(TOKENS.c.chat_id == chat_id)).mappings()
    return [row["sealed"] for row in rows]


def pieces_found(files: Path, secrets: list[bytes]) -> int:
    """Count the pieces of 16 bytes of the ciphertexts that can be found in the files."""
    stored = b"".join(path.read_bytes() for path in files.parent.glob(f"{files.name}*"))
    return sum(
        secret[start : start + 16] in stored for secret in secrets for start in range(0, len(secret) - 16, 16)
    )


@pytest.fixture
def file(sqlite_database: Database) -> Path:
    assert sqlite_database.file is not None
    return sqlite_database.file


def test_tokens_leave_no_trace_after_unlinking(sqlite_database: Database, file: Path) -> None:
    sqlite_database.run_now(link_many)
    old = sqlite_database.run_now(lambda tx: ciphertexts(tx, CHAT + 17))
    sqlite_database.run_now(renew_many)
    new = sqlite_database.run_now(lambda tx: ciphertexts(tx, CHAT + 17))
    assert pieces_found(file, new)

    sqlite_database.run_now(lambda tx: homes.unlink(tx, CHAT + 17))
    sqlite_database.truncate_wal()

    assert pieces_found(file, old + new) == 0
    assert file.with_name("bot.db-wal").stat().st_size == 0


def test_replaced_token_leaves_no_trace(sqlite_database: Database, file: Path) -> None:
    sqlite_database.run_now(link_many)
    old = sqlite_database.run_now(lambda tx: ciphertexts(tx, CHAT))
    sqlite_database.run_now(lambda tx: tokens.drop_vehicle_tokens(tx, CHAT))
    sqlite_database.run_now(renew_many)
    sqlite_database.truncate_wal()
    assert pieces_found(file, old) == 0


def test_copy_made_by_a_migration_goes_too(sqlite_database: Database, file: Path) -> None:
    copy = file.with_name("bot.db.before-0001")
    copy.touch()
    sqlite_database.truncate_wal()
    assert not copy.exists()


def test_truncating_does_nothing_on_postgres(postgres_database: Database) -> None:
    postgres_database.truncate_wal()
    assert postgres_database.file is None
