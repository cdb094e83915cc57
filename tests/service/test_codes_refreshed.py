"""DIMO's history is requested again when it is old enough."""

from tests.support.code_desk import a_desk
from tests.support.use_cases import an_ask


async def test_a_history_is_fresh_for_half_a_minute(sqlite_url: str, key: str) -> None:
    """After the clock was set back, the history does not count as fresh."""
    async with a_desk(sqlite_url, key) as desk:
        codes, clock = desk.process.services.codes.requests, desk.town.clock
        view = await codes.view(an_ask())
        assert not codes.is_fresh(view)
        await codes.refresh(view)
        for seconds, is_fresh in ((0, True), (25, True), (6, False), (-12 * 3600, False)):
            clock.advance(seconds)
            assert codes.is_fresh(view) is is_fresh
