"""Codes that DIMO has not taken are kept, and the message says what happens next."""

from tests.support.codes import EXPLAINED, at_dimo, away, fails_again, has_arrived, kept
from tests.support.world import Family


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
    """The message shows the attempt, and then the same state again."""
    away(family)
    message = await kept(family, "P0301")
    await fails_again(family, message)
    assert at_dimo(family) == []
