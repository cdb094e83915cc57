"""Journeys: the whole bot, used by a family through the chat.

They run on SQLite. Races, crashes and what depends on the kind of database run on PostgreSQL too: they are marked with
`both_databases`.
"""

import asyncio
import shutil
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from bot.domain.limits import LIMITS, Limit
from bot.service import quotas
from storage import Vault
from tests.support.linked import Link, Rows, go_on_after_linking
from tests.support.world import Family, a_family


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run the marked tests on both databases."""
    if "url" in metafunc.fixturenames and metafunc.definition.get_closest_marker("both_databases"):
        urls = {"sqlite": "sqlite_url", "postgresql": "postgres_url"}
        metafunc.parametrize("url", list(urls.values()), ids=list(urls), indirect=True)


@pytest.fixture
def url(request: pytest.FixtureRequest) -> str:
    """Name a database with all tables, that only `key` opens: SQLite unless a mark asks for both."""
    name: str = request.getfixturevalue(getattr(request, "param", "sqlite_url"))
    return name


@pytest.fixture(scope="session")
def signing_key() -> rsa.RSAPrivateKey:
    """DIMO's key: one for all tests, as making one takes a tenth of a second."""
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


@pytest.fixture(scope="session")
def link(vault: Vault) -> Iterator[Link]:
    """The family's link to DIMO, the same in all tests."""
    made = Link(vault)
    yield made
    made.port.close()


@pytest.fixture(scope="session")
def linked_rows(
    link: Link,
    key: str,
    signing_key: rsa.RSAPrivateKey,
    sqlite_template: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> Rows:
    """What is stored once the family has linked its account."""
    file = shutil.copy(sqlite_template, tmp_path_factory.mktemp("linked") / "bot.db")
    return asyncio.run(link.make(f"sqlite:///{file}", key, signing_key))


@pytest.fixture
async def family(
    url: str, key: str, signing_key: rsa.RSAPrivateKey, link: Link, linked_rows: Rows
) -> AsyncIterator[Family]:
    """A family with a linked account and a listening bot."""
    link.put(linked_rows, url)
    async with a_family(url, key, signing_key, papers=link.papers, port=link.port.dup()) as family:
        go_on_after_linking(family)
        await family.start_bot()
        yield family
        assert family.telegram.violations == []
        assert family.dimo.violations == []


@pytest.fixture
def strangers_have_no_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let people without access write as often as a test needs, while the clock stands still."""
    unlimited = {bound: Limit(10**6, limit.window) for bound, limit in LIMITS.items()}
    monkeypatch.setattr(quotas, "LIMITS", unlimited)
