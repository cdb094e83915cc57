"""Fixtures of databases: SQLite and PostgreSQL, without tables or with all of them."""

import os
import shutil
import uuid
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import psycopg
import pytest
from psycopg import sql
from sqlalchemy import text

from storage.encryption.vault import Vault, new_key
from storage.engine.database import Database, Tx
from storage.maintenance import schema
from storage.maintenance.key_check import check_keys
from storage.maintenance.schema import HEAD
from storage.tables import METADATA

SERVER = os.environ.get("TEST_POSTGRES_URL", "postgresql://postgres@127.0.0.1:5432")


def _admin(statement: str, *names: str) -> None:
    identifiers = [sql.Identifier(name) for name in names]
    with closing(psycopg.connect(f"{SERVER}/postgres", autocommit=True, connect_timeout=5)) as connection:
        connection.execute(sql.SQL(statement).format(*identifiers))


def _create(name: str) -> None:
    """Create a database that does not wait for the disk: no test cuts the power."""
    _admin("CREATE DATABASE {}", name)
    _admin("ALTER DATABASE {} SET synchronous_commit = off", name)


@pytest.fixture(scope="session")
def postgres() -> str:
    """Return the server's URL. Without a server the tests on PostgreSQL are skipped; in CI they fail."""
    try:
        _admin("SELECT 1")
    except psycopg.OperationalError:
        if os.environ.get("CI") == "true":
            raise
        pytest.skip(f"PostgreSQL does not answer at {SERVER}")
    return SERVER


@pytest.fixture(scope="session")
def key() -> str:
    return new_key()


@pytest.fixture(scope="session")
def vault(key: str) -> Vault:
    return Vault.from_keys([key])


def _migrate(url: str, vault: Vault) -> None:
    with closing(Database.open(url, vault)) as database:
        schema.upgrade(database)
        database.run_now(check_keys)


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory, vault: Vault) -> Path:
    file = tmp_path_factory.mktemp("template") / "bot.db"
    _migrate(f"sqlite:///{file}", vault)
    return file


@pytest.fixture(scope="session")
def migrated_postgres(postgres: str, vault: Vault) -> Iterator[str]:
    name = f"test_{uuid.uuid4().hex}"
    _create(name)
    _migrate(f"{postgres}/{name}", vault)
    yield f"{postgres}/{name}"
    _admin("DROP DATABASE {} WITH (FORCE)", name)


def wiped(url: str, vault: Vault) -> str:
    """Delete all rows and return the URL: creating a new database takes a hundred times longer."""
    with closing(Database.open(url, vault)) as database:
        database.run_now(_wipe)
    return url


def _wipe(tx: Tx) -> None:
    for table in METADATA.tables.values():
        tx.connection.execute(table.delete())
    tx.connection.execute(text("UPDATE alembic_version SET version_num = :head"), {"head": HEAD})
    check_keys(tx)


@pytest.fixture
def empty_sqlite(tmp_path: Path) -> str:
    """Return the URL of a SQLite database that does not exist yet."""
    return f"sqlite:///{tmp_path}/data/bot.db"


@pytest.fixture
def empty_postgres(postgres: str) -> Iterator[str]:
    """Return the URL of a PostgreSQL database without tables."""
    name = f"test_{uuid.uuid4().hex}"
    _create(name)
    yield f"{postgres}/{name}"
    _admin("DROP DATABASE {} WITH (FORCE)", name)


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_url(request: pytest.FixtureRequest) -> str:
    """Return the URL of a database without tables."""
    url: str = request.getfixturevalue("empty_sqlite" if request.param == "sqlite" else "empty_postgres")
    return url


@pytest.fixture
def sqlite_url(tmp_path: Path, sqlite_template: Path) -> str:
    """Return the URL of a SQLite database with all tables."""
    file = shutil.copy(sqlite_template, tmp_path / "bot.db")
    return f"sqlite:///{file}"


@pytest.fixture
def postgres_url(migrated_postgres: str, vault: Vault) -> str:
    """Return the URL of a PostgreSQL database with all tables."""
    return wiped(migrated_postgres, vault)


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest) -> str:
    """Return the URL of a database with all tables, written with `key`."""
    name: str = request.getfixturevalue("sqlite_url" if request.param == "sqlite" else "postgres_url")
    return name
