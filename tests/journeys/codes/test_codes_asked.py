"""A query is shown in the history once, although it is in DIMO's history and in the bot's record."""

from collections.abc import Callable, Mapping

from bot.demo.dimo.car import CodeQuery
from bot.demo.dimo.faults import lose_answer
from tests.support.codes import EXPLAINED, away, back, explained, has_arrived, history, kept, tries_again
from tests.support.world import Family


async def test_what_was_asked_here_stands_in_the_history_once(family: Family) -> None:
    """Also after a restart, and when DIMO is asked by token id."""
    await explained(family, "P0301")
    family.clock.advance(600)
    await explained(family, "P0301")
    await family.restart_bot()
    texts = await history(family)
    family.clock.advance(31)
    family.dimo.device_form_gone = 410
    assert len(await history(family)) == len(texts) == 2
    assert all("Asked by Dad" in text for text in texts)


def _nothing(_: CodeQuery) -> CodeQuery | None:
    return None


def _one_left_out(query: CodeQuery) -> CodeQuery:
    return CodeQuery(query.codes[:1], query.requested_at)


REMEMBERED: Mapping[str, Callable[[CodeQuery], CodeQuery | None]] = {
    "nothing": _nothing,
    "not all": _one_left_out,
}


async def test_a_history_that_remembers_it_in_another_way_shows_it_once(family: Family) -> None:
    """DIMO stores what its language model wrote, if it stores anything."""
    for number, (how, remember) in enumerate(REMEMBERED.items(), start=1):
        family.clock.advance(600)
        codes = f"P030{number} P031{number}"
        await explained(family, codes)
        done = remember(family.car.code_queries.pop(0))
        if done is not None:
            family.car.code_queries.insert(0, done)
        texts = await history(family)
        assert len(texts) == number, how
        assert texts[0].count(EXPLAINED) == 2, how
        assert "Asked by Dad" in texts[0], how


async def test_codes_that_left_late_are_found_however_dimo_remembers_them(family: Family) -> None:
    """They are found by the time at which they were sent: DIMO is not asked again after a lost answer."""
    away(family)
    message = await kept(family, "P0301 P0420")
    back(family)
    family.clock.advance(6 * 3600)
    family.dimo.fail("devices", "submit_codes", lose_answer())
    await family.dimo.wait_calls("devices", "submit_codes")
    (query,) = family.car.code_queries
    family.car.code_queries[:] = [_one_left_out(query)]
    await tries_again(family, minutes=30)
    await message.becomes(EXPLAINED)
    assert has_arrived(family) == 1
    assert len(await history(family)) == 1


async def test_codes_that_dimo_remembers_without_their_failure_type_are_found_and_explained(
    family: Family,
) -> None:
    family.dimo.fail("devices", "submit_codes", lose_answer())
    message = await kept(family, "U0100-87 U0100-11 P0301-00")
    (query,) = family.car.code_queries
    said = tuple((code[:5], text) for code, text in query.codes[1:])
    family.car.code_queries[:] = [CodeQuery(said, query.requested_at)]
    await tries_again(family)
    await message.becomes(EXPLAINED)
    assert message.text.count(EXPLAINED) == 3
    assert has_arrived(family) == 1
    assert len(await history(family)) == 1


async def test_queries_of_the_same_moment_stay_two(family: Family) -> None:
    at = family.clock.now()
    family.car.code_queries = [CodeQuery(((code, "Broken."),), at) for code in ("P0301", "P0420")]
    for _ in range(2):
        texts = await history(family)
        assert sorted("P0301" in text for text in texts) == [False, True]
        family.clock.advance(31)
