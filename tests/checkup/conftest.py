"""A family whose bot is checked before it is started."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from bot.serving import serve
from tests.support.checkups import sign_in_page
from tests.support.world import Family, a_family


@pytest.fixture(scope="session")
def signing_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


@pytest.fixture(autouse=True)
def no_certificates(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Load no certificates: that would take longer than most of these tests, which speak plain HTTP."""
    monkeypatch.delenv("SSL_CERT_FILE", raising=False)
    monkeypatch.setenv("SSL_CERT_DIR", str(tmp_path))


@pytest.fixture
def database_url(request: pytest.FixtureRequest) -> str:
    """The URL of the family's database: an SQLite file unless a test names another."""
    url: str = request.getfixturevalue(getattr(request, "param", "sqlite_url"))
    return url


@pytest.fixture
async def family(database_url: str, key: str, signing_key: rsa.RSAPrivateKey) -> AsyncIterator[Family]:
    """A family whose bot is not started; its check must not violate the rules of Telegram or DIMO."""
    async with a_family(database_url, key, signing_key) as family, serve(sign_in_page) as page:
        family.environ |= {"DIMO_LOGIN_URL": page, "DIMO_REQUESTS_PER_SECOND": "10"}
        yield family
        assert family.telegram.violations == []
        assert family.dimo.violations == []
