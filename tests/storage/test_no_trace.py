"""After unlinking, SQLite's files contain none of the chat's secrets, not even as ciphertexts."""

from pathlib import Path

import pytest
from sqlalchemy import Table

from storage.engine.database import Database, Tx
from storage.records import CodeEntry
from storage.repositories import (
    access_requests,
    code_queries,
    code_watches,
    erasure,
    events,
    home_settings,
    homes,
    invitations,
    members,
    shared_chats,
    tokens,
)
from storage.tables import (
    ACCESS_REQUESTS,
    CODE_QUERIES,
    CODE_WATCHES,
    EVENTS,
    HOME_SETTINGS,
    INVITATIONS,
    MEMBERS,
    SHARED_CHATS,
    TOKENS,
)
from tests.support.records import (
    CHAT,
    GROUP,
    NOW,
    PERSON,
    a_code_query,
    a_code_watch,
    a_home,
    a_member,
    a_shared_chat,
    a_token,
    a_vehicle_token,
    an_access_request,
    an_event,
    an_invitation,
    some_query_details,
    some_watch_details,
)

OTHERS = 40
FAMILY = (MEMBERS, INVITATIONS, SHARED_CHATS, ACCESS_REQUESTS, HOME_SETTINGS, EVENTS)


def link_many(tx: Tx) -> None:
    for chat_id in range(CHAT, CHAT + OTHERS):
        homes.put(tx, a_home(chat_id=chat_id))
        # Small rows share a page with others, large rows overflow into pages of their own.
        tokens.put(tx, a_token(chat_id=chat_id, secret="s" * 700))
        tokens.put(tx, a_vehicle_token(chat_id=chat_id, secret="v" * 9000))


def renew_many(tx: Tx) -> None:
    for chat_id in range(CHAT, CHAT + OTHERS):
        tokens.put(tx, a_token(chat_id=chat_id, secret="r" * 900))


def keep_codes(tx: Tx) -> None:
    entries = tuple(CodeEntry(f"P{number:04}", "d" * 200) for number in range(40))
    told = tuple((f"P{number:04}", NOW) for number in range(100))
    for chat_id in range(CHAT, CHAT + OTHERS):
        code_queries.put(tx, a_code_query(chat_id=chat_id))
        code_queries.put(tx, a_code_query("query-2", chat_id=chat_id, details=some_query_details(entries=entries)))
        code_watches.put(tx, a_code_watch(chat_id=chat_id, details=some_watch_details(told=told)))


def keep_families(tx: Tx) -> None:
    """Share every home with somebody: the first half with PERSON, in a private chat."""
    for number, home in enumerate(range(CHAT, CHAT + OTHERS)):
        person = PERSON if number < OTHERS // 2 else PERSON + number
        members.put(tx, a_member(home_chat_id=home, person_id=person))
        invitations.add(tx, an_invitation(f"invitation {home}", home_chat_id=home, created_by=person))
        shared_chats.attach(tx, a_shared_chat(chat_id=person, home_chat_id=home))
        shared_chats.attach(tx, a_shared_chat(chat_id=GROUP - number, home_chat_id=home, title="t" * 3000))
        access_requests.put(tx, an_access_request(home_chat_id=home, person_id=person))
        home_settings.put(tx, home, {"text": "v" * 700})
        events.add(tx, an_event(f"event {home}", home_chat_id=home))


def ciphertexts(tx: Tx, chat_id: int, *tables: Table, key: str = "chat_id") -> list[bytes]:
    return [
        row["sealed"]
        for table in tables
        for row in tx.connection.execute(table.select().where(table.c[key] == chat_id)).mappings()
    ]


def of_person(tx: Tx) -> list[bytes]:
    return [
        *ciphertexts(tx, PERSON, MEMBERS, ACCESS_REQUESTS, key="person_id"),
        *ciphertexts(tx, PERSON, INVITATIONS, key="created_by"),
        *ciphertexts(tx, PERSON, SHARED_CHATS),
    ]


def pieces_found(files: Path, secrets: list[bytes]) -> int:
    """Count the 16-byte pieces of the ciphertexts that the files contain."""
    stored = b"".join(path.read_bytes() for path in files.parent.glob(f"{files.name}*"))
    return sum(secret[start : start + 16] in stored for secret in secrets for start in range(0, len(secret) - 16, 16))


@pytest.fixture
def file(sqlite_database: Database) -> Path:
    assert sqlite_database.file is not None
    return sqlite_database.file


def test_tokens_leave_no_trace_after_unlinking(sqlite_database: Database, file: Path) -> None:
    sqlite_database.run_now(link_many)
    old = sqlite_database.run_now(lambda tx: ciphertexts(tx, CHAT + 17, TOKENS))
    sqlite_database.run_now(renew_many)
    new = sqlite_database.run_now(lambda tx: ciphertexts(tx, CHAT + 17, TOKENS))
    assert pieces_found(file, new)

    sqlite_database.run_now(lambda tx: homes.unlink(tx, CHAT + 17))
    sqlite_database.truncate_wal()

    assert pieces_found(file, old + new) == 0
    assert file.with_name("bot.db-wal").stat().st_size == 0


def test_error_codes_leave_no_trace_after_unlinking(sqlite_database: Database, file: Path) -> None:
    sqlite_database.run_now(keep_codes)
    kept = sqlite_database.run_now(lambda tx: ciphertexts(tx, CHAT + 17, CODE_QUERIES, CODE_WATCHES))
    assert len(kept) == 3
    assert pieces_found(file, kept)

    sqlite_database.run_now(lambda tx: homes.unlink(tx, CHAT + 17))
    sqlite_database.truncate_wal()

    assert pieces_found(file, kept) == 0


def test_family_leaves_no_trace_after_unlinking(sqlite_database: Database, file: Path) -> None:
    sqlite_database.run_now(keep_families)
    kept = sqlite_database.run_now(lambda tx: ciphertexts(tx, CHAT + 17, *FAMILY, key="home_chat_id"))
    assert len(kept) == 7
    assert pieces_found(file, kept)

    sqlite_database.run_now(lambda tx: homes.unlink(tx, CHAT + 17))
    sqlite_database.truncate_wal()

    assert pieces_found(file, kept) == 0


def test_an_erased_person_leaves_no_trace(sqlite_database: Database, file: Path) -> None:
    sqlite_database.run_now(keep_families)
    kept = sqlite_database.run_now(of_person)
    assert len(kept) == 4 * OTHERS // 2
    assert pieces_found(file, kept)

    sqlite_database.run_now(lambda tx: erasure.forget(tx, PERSON))
    sqlite_database.truncate_wal()

    assert pieces_found(file, kept) == 0


def test_replaced_token_leaves_no_trace(sqlite_database: Database, file: Path) -> None:
    sqlite_database.run_now(link_many)
    old = sqlite_database.run_now(lambda tx: ciphertexts(tx, CHAT, TOKENS))
    sqlite_database.run_now(lambda tx: tokens.drop_vehicle_tokens(tx, CHAT))
    sqlite_database.run_now(renew_many)
    sqlite_database.truncate_wal()
    assert pieces_found(file, old) == 0


def test_the_copy_made_by_a_migration_is_deleted_too(sqlite_database: Database, file: Path) -> None:
    copy = file.with_name("bot.db.before-0001")
    copy.touch()
    sqlite_database.truncate_wal()
    assert not copy.exists()


def test_truncating_does_nothing_on_postgres(postgres_database: Database) -> None:
    postgres_database.truncate_wal()
    assert postgres_database.file is None
