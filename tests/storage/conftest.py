"""The tests of storage run on SQLite and on PostgreSQL, each on an empty database (tests/support/databases.py)."""

from collections.abc import Callable, Iterator
from contextlib import closing

import pytest

from storage.encryption.vault import Vault
from storage.engine.database import Database

OpenDatabase = Callable[[], Database]


@pytest.fixture
def open_database(url: str, vault: Vault) -> Iterator[OpenDatabase]:
    """Return a function that opens the same database once more, as another process would."""
    opened: list[Database] = []

    def open_one() -> Database:
        opened.append(Database.open(url, vault))
        return opened[-1]

    yield open_one
    for database in opened:
        database.close()


@pytest.fixture
def database(open_database: OpenDatabase) -> Database:
    return open_database()


@pytest.fixture
def sqlite_database(sqlite_url: str, vault: Vault) -> Iterator[Database]:
    with closing(Database.open(sqlite_url, vault)) as database:
        yield database


@pytest.fixture
def postgres_database(postgres_url: str, vault: Vault) -> Iterator[Database]:
    with closing(Database.open(postgres_url, vault)) as database:
        yield database
