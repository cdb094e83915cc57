"""The lines about the database, its keys, and what it holds."""

from datetime import timedelta

import pytest
from sqlalchemy import text

from storage import Tx, new_key, rotate
from storage.repositories import homes, tokens
from tests.support.checkups import BOTH, check, content, opened
from tests.support.records import a_home, a_token
from tests.support.world import Family


@pytest.mark.parametrize(
    ("database_url", "kind"),
    [("empty_sqlite", "the SQLite file"), ("empty_postgres", "the PostgreSQL database test_")],
    indirect=["database_url"],
)
async def test_an_empty_database_is_brought_up_to_date_once(family: Family, kind: str) -> None:
    first, second = await check(family), await check(family)
    assert first.line("DATABASE_URL").startswith(f"ok   DATABASE_URL: {kind}")
    assert first.line("DATABASE_URL").endswith("was brought up to date and can be written.")
    assert second.line("DATABASE_URL").endswith("is up to date and can be written.")


@pytest.mark.parametrize("database_url", ["postgres_url"], indirect=True)
async def test_a_database_that_cannot_be_written_fails(family: Family, database_url: str) -> None:
    told = await check(family, DATABASE_URL=f"{database_url}?options=-c%20default_transaction_read_only%3Don")
    assert "read-only transaction" in told.line("DATABASE_URL")
    assert told.level("DATABASE_URL") == "FAIL"


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("sqlite:////dev/null/bot.db", "can't be made"),
        ("sqlite:////dev", "unable to open"),
        (
            "postgresql://bot:hunter22@127.0.0.1:1/bot",
            "the PostgreSQL database bot at 127.0.0.1 can't be used",
        ),
        ("postgresql://postgres@127.0.0.1:5432/test_of_nobody", "does not exist"),
    ],
)
@pytest.mark.usefixtures("postgres")
async def test_a_database_that_cannot_be_opened_fails_with_the_reason(family: Family, url: str, reason: str) -> None:
    told = await check(family, DATABASE_URL=url)
    assert told.failed == [told.line("DATABASE_URL")]
    assert reason in told.line("DATABASE_URL")
    assert told.levels("ENCRYPTION_KEYS", "Linked chats") == {"warn"}


async def test_a_database_of_a_newer_program_fails(family: Family) -> None:
    with opened(family) as database:
        later = text("UPDATE alembic_version SET version_num = '9999'")
        database.run_now(lambda tx: tx.connection.execute(later))
    told = await check(family)
    assert told.failed == [told.line("DATABASE_URL")]
    assert "install the newer version" in told.line("DATABASE_URL")


async def test_wrong_keys_fail_and_leave_the_database_as_it_is(family: Family, database_url: str) -> None:
    before = content(database_url)
    told = await check(family, ENCRYPTION_KEYS=new_key())
    assert told.failed == [told.line("ENCRYPTION_KEYS")]
    assert "does not hold the key" in told.line("ENCRYPTION_KEYS")
    assert told.level("Linked chats") == "warn"
    assert content(database_url) == before


@BOTH
async def test_records_under_an_older_key_are_counted_until_they_are_rotated(family: Family, key: str) -> None:
    with opened(family) as database:
        database.run_now(lambda tx: homes.put(tx, a_home()))
        database.run_now(lambda tx: tokens.put(tx, a_token(expires_at=family.clock.now() + timedelta(1))))
    newer = new_key()
    keys = f"{newer},{key}"
    told = await check(family, ENCRYPTION_KEYS=keys)
    assert told.is_well
    line = "warn ENCRYPTION_KEYS: 2 keys, and they fit; 2 records not encrypted under the first."
    assert told.line("ENCRYPTION_KEYS").startswith(line)
    with opened(family, newer, key) as database:
        rotate(database, lambda *_: None)
    assert (await check(family, ENCRYPTION_KEYS=keys)).level("ENCRYPTION_KEYS") == "ok"
    assert (await check(family, ENCRYPTION_KEYS=newer)).level("ENCRYPTION_KEYS") == "ok"


async def test_a_second_key_warns_until_it_may_go(family: Family, key: str) -> None:
    """Even without a record under the old key: the database requires that key at every start."""
    told = await check(family, ENCRYPTION_KEYS=f"{new_key()},{key}")
    assert "rotate-keys" in told.line("ENCRYPTION_KEYS")


async def test_no_linked_chat_is_a_warning_that_says_how(family: Family) -> None:
    line = (await check(family)).line("Linked chats")
    assert line.startswith("warn")
    assert "/link" in line


async def test_an_ended_sign_in_is_counted(family: Family) -> None:
    with opened(family) as database:
        database.run_now(lambda tx: homes.put(tx, a_home()))
        database.run_now(lambda tx: tokens.put(tx, a_token(expires_at=family.clock.now())))
    line = (await check(family)).line("Linked chats")
    assert line.startswith("warn Linked chats: 1 chat with 0 cars; the sign-in of 1 has ended.")


async def test_a_record_that_was_moved_fails(family: Family) -> None:
    def move(tx: Tx) -> None:
        homes.put(tx, a_home())
        tx.connection.execute(text("UPDATE homes SET chat_id = chat_id + 1"))

    with opened(family) as database:
        database.run_now(move)
    told = await check(family)
    assert told.failed == [told.line("Linked chats")]
    assert "copied from another row" in told.line("Linked chats")
