"""The bot does not wait for ever for a PostgreSQL whose network is silent."""

import os
import socket
from collections.abc import Iterator
from contextlib import closing

import pytest
from sqlalchemy import text

from storage import Database, DatabaseFault, Trouble, Tx, Vault
from storage.engine import postgres
from storage.engine.postgres import PatientConnection, unhurried
from storage.engine.presences import open_presence
from tests.support.breaking_databases import SilentLine

LIMITS = ("statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout")


def shown(tx: Tx) -> list[str]:
    return [tx.connection.execute(text(f"SHOW {name}")).scalar_one() for name in LIMITS]


def number(tx: Tx) -> int:
    found: int = tx.connection.execute(text("SELECT 7")).scalar_one()
    return found


@pytest.fixture
def line(postgres_url: str) -> Iterator[tuple[SilentLine, str]]:
    silent = SilentLine(postgres_url)
    with silent.address() as url:
        yield silent, url


async def test_the_server_ends_what_takes_too_long(postgres_database: Database) -> None:
    for found in (postgres_database.run_now(shown), await postgres_database.read(shown)):
        assert found == ["30s", "15s", "1min"]


def test_the_system_ends_a_dead_connection(postgres_database: Database) -> None:
    def options(tx: Tx) -> list[int]:
        driver = tx.connection.connection.driver_connection
        assert isinstance(driver, PatientConnection)
        with socket.socket(fileno=os.dup(driver.fileno())) as copy:
            return [
                copy.getsockopt(level, name)
                for level, name in (
                    (socket.SOL_SOCKET, socket.SO_KEEPALIVE),
                    (socket.IPPROTO_TCP, socket.TCP_KEEPIDLE),
                    (socket.IPPROTO_TCP, socket.TCP_KEEPINTVL),
                    (socket.IPPROTO_TCP, socket.TCP_KEEPCNT),
                    (socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT),
                )
            ]

    assert postgres_database.run_now(options) == [1, 30, 10, 3, 30_000]


def test_the_url_may_say_otherwise(postgres_url: str, vault: Vault) -> None:
    url = f"{postgres_url}?options=-c%20statement_timeout%3D7s&tcp_user_timeout=5000&connect_timeout=3"
    with closing(Database.open(url, vault)) as database:
        assert database.run_now(shown) == ["7s", "15s", "1min"]


@pytest.mark.parametrize("limit", ["statement_timeout", "lock_timeout"])
def test_what_is_held_up_names_its_own_remedy(postgres_url: str, vault: Vault, limit: str) -> None:
    hurried = f"{postgres_url}?options=-c%20{limit}%3D100ms"
    with (
        closing(Database.open(postgres_url, vault)) as other,
        other.writing() as holding,
        closing(Database.open(hurried, vault)) as database,
    ):
        holding.execute(text("LOCK TABLE facts IN ACCESS EXCLUSIVE MODE"))
        with pytest.raises(DatabaseFault) as caught:
            database.run_now(lambda tx: tx.connection.execute(text("SELECT * FROM facts")))
    assert caught.value.trouble is Trouble.HELD_UP
    assert caught.value.trouble.may_pass


def test_a_migration_may_take_its_time(postgres_database: Database) -> None:
    def upgrade(tx: Tx) -> list[str]:
        with unhurried(tx.connection):
            return shown(tx)

    assert postgres_database.run_now(upgrade) == ["0", "0", "0"]
    assert postgres_database.run_now(shown) == ["30s", "15s", "1min"]


async def test_a_silent_line_is_given_up_and_works_again(
    line: tuple[SilentLine, str], vault: Vault, monkeypatch: pytest.MonkeyPatch
) -> None:
    silent, url = line
    with closing(Database.open(url, vault)) as database, closing(open_presence(database)) as presence:
        assert await database.run(number) == await database.read(number) == 7
        monkeypatch.setattr(postgres, "PATIENCE_SECONDS", 0.2)

        def falls_silent_within(tx: Tx) -> int:
            silent.is_silent = True
            return number(tx)

        with pytest.raises(DatabaseFault, match="did not answer in time"):
            await database.run(falls_silent_within)
        silent.is_silent = False
        assert await database.run(number) == 7
        silent.is_silent = True
        presence.close()
        silent.is_silent = False
        assert await database.read(number) == 7
