"""As long as DIMO has not taken codes they are kept here, and it is said what is done about that."""

import pytest

from tests.support.codes import EXPLAINED, at_dimo, away, fails_again, has_arrived, kept
from tests.support.world import Family


@pytest.fixture
def url(sqlite_url: str) -> str:
    """Which database it is makes no difference here."""
    return sqlite_url


async def test_a_link_that_ended_keeps_the_codes_until_somebody_links_again(family: Family) -> None:
    family.clock.advance(15 * 86_400)
    family.dimo.unshare(family.car, family.license)
    message = await kept(family, "P0301")
    assert has_arrived(family) == 0
    family.dimo.share(family.car, family.license, permissions={1, 2})
    await family.link()
    await family.taps(message, "Send again")
    await message.becomes(EXPLAINED)
    assert at_dimo(family) == [["P0301"]]


async def test_sending_again_says_so_while_dimo_is_still_away(family: Family) -> None:
    """The tap is seen to do something, and ends where it began."""
    away(family)
    message = await kept(family, "P0301")
    await fails_again(family, message)
    assert at_dimo(family) == []
