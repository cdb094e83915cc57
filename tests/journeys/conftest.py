"""Journeys: the whole bot, tried by a family through the chat, on SQLite and on PostgreSQL."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from tests.world import Family, a_family


@pytest.fixture(scope="session")
def signing_key() -> rsa.RSAPrivateKey:
    """DIMO's key: one for all tests, as making one takes a tenth of a second."""
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


@pytest.fixture(autouse=True)
def no_certificates(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Speak plain HTTP only: reading the world's certificates would take longer than most of these tests."""
    monkeypatch.delenv("SSL_CERT_FILE", raising=False)
    monkeypatch.setenv("SSL_CERT_DIR", str(tmp_path))


@pytest.fixture
async def family(url: str, key: str, signing_key: rsa.RSAPrivateKey) -> AsyncIterator[Family]:
    """A family with a linked account and a listening bot."""
    async with a_family(url, key, signing_key) as family:
        await family.start_bot()
        await family.link()
        yield family
        assert family.telegram.violations == []
        assert family.dimo.violations == []
