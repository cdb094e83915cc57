"""The first confirming tap of a run makes one call to DIMO: everything else was fetched before."""

from collections import Counter
from collections.abc import AsyncIterator

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from tests.support.linked import Link, Rows, go_on_after_linking
from tests.support.world import Family, a_family


@pytest.fixture
async def family(
    sqlite_url: str, key: str, signing_key: rsa.RSAPrivateKey, link: Link, linked_rows: Rows
) -> AsyncIterator[Family]:
    """A family with a linked account whose bot is stopped, and whose license has not signed in yet."""
    tokens = [row for row in linked_rows["tokens"] if row["kind"] == "user"]
    link.put({**linked_rows, "tokens": tokens}, sqlite_url)
    async with a_family(sqlite_url, key, signing_key, papers=link.papers, port=link.port.dup()) as family:
        go_on_after_linking(family)
        yield family


async def test_first_confirming_tap_of_a_run_is_one_call(family: Family) -> None:
    await family.start_bot()
    question = await family.asks("/unlock", "Unlock")
    await family.dimo.wait_calls("token-exchange", "exchange")
    before = Counter(family.dimo.arrived)
    await family.taps(question, "Unlock")
    await family.dad.sees("Accepted")
    assert family.dimo.arrived - before == {("devices", "command"): 1}


async def test_license_signs_in_before_anybody_asks(family: Family) -> None:
    await family.start_bot()
    await family.dimo.wait_calls("auth", "submit_challenge")
    await family.asks("/unlock", "Unlock")
    await family.dimo.wait_calls("token-exchange", "exchange")
    assert family.dimo.arrived["auth", "submit_challenge"] == 1
