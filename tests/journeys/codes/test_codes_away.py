"""DIMO is not reachable: the codes stay in the bot's own record, are marked, and are sent again."""

from bot.demo.dimo.faults import slow
from tests.support.codes import (
    EXPLAINED,
    KEPT,
    at_dimo,
    away,
    back,
    has_arrived,
    held,
    history,
    kept,
    tries_again,
)
from tests.support.newcomers import NO_CAR
from tests.support.world import Family


async def test_codes_are_kept_and_marked_while_dimo_is_away(family: Family) -> None:
    """The meanings that the bot itself knows are shown at once."""
    away(family)
    message = await kept(family, "P0301 U0100-87")
    assert "P0301 – Cylinder 1 misfire" in message.text
    assert "U0100-87" in message.text
    assert "DIMO's service is not reachable." in message.text
    assert "🔁 Send again" in message.labels
    await family.restart_bot()
    (again,) = await history(family)
    assert "P0301" in again
    assert KEPT in again
    assert at_dimo(family) == []


async def test_kept_codes_are_sent_again_with_one_tap(family: Family) -> None:
    away(family)
    message = await kept(family, "P0301")
    back(family)
    await family.taps(message, "Send again")
    await message.becomes(EXPLAINED)
    assert "🔁 Send again" not in message.labels
    assert at_dimo(family) == [["P0301"]]


async def test_kept_codes_are_sent_again_by_themselves(family: Family) -> None:
    away(family)
    message = await kept(family, "P0301")
    back(family)
    await tries_again(family)
    await message.becomes(EXPLAINED)
    await family.restart_bot()
    family.clock.advance(86_400)
    await family.settles()
    assert has_arrived(family) == 1
    assert at_dimo(family) == [["P0301"]]


async def test_kept_codes_are_sent_again_after_a_restart(family: Family) -> None:
    """The time of the next attempt is in the database."""
    away(family)
    message = await kept(family, "P0301")
    await family.stop_bot()
    back(family)
    family.clock.advance(3600)
    await family.start_bot()
    await message.becomes(EXPLAINED)
    assert at_dimo(family) == [["P0301"]]


async def test_kept_codes_are_sent_again_when_somebody_looks_and_dimo_answers(family: Family) -> None:
    """The result is shown in the message that was opened last, not in the one far up in the chat."""
    away(family)
    before = await kept(family, "P0301")
    back(family)
    message = await family.says("/codes", "error codes")
    await message.becomes(EXPLAINED)
    assert "Send again" not in " ".join(message.labels)
    await before.becomes("What comes of it is shown in another message.")
    assert KEPT not in before.text
    assert at_dimo(family) == [["P0301"]]


async def test_all_that_was_kept_is_sent_when_dimo_is_back(family: Family) -> None:
    """Each is sent once, and explained in its own message."""
    away(family)
    messages = [await kept(family, code) for code in ("P0301", "P0420", "C0035")]
    back(family)
    family.clock.advance(301)
    for message in messages:
        await message.becomes(EXPLAINED)
    assert sorted(at_dimo(family)) == [["C0035"], ["P0301"], ["P0420"]]
    assert [text.count(EXPLAINED) for text in await history(family)] == [1, 1, 1]


async def test_unlinking_takes_kept_codes_along(family: Family) -> None:
    away(family)
    message = await kept(family, "P0301")
    await _unlinks(family)
    back(family)
    await family.taps(message, "Send again")
    await family.dad.sees(NO_CAR, after=message)
    family.clock.advance(86_400)
    await family.settles()
    assert has_arrived(family) == 0


async def test_an_answer_that_comes_after_unlinking_is_kept_nowhere(family: Family) -> None:
    """Neither the explanation nor the history is kept: after linking again the record is empty."""
    message, gate = await held(family, "P0301")
    family.dimo.fail("devices", "codes", slow(gate))
    await family.says("/codes", "Asking DIMO")
    await family.dimo.wait_arrived("devices", "codes")
    await _unlinks(family)
    gate.set()
    await family.dimo.wait_calls("devices", "codes")
    await family.settles()
    assert EXPLAINED not in message.text
    family.car.code_queries.clear()
    await family.start_bot()
    await family.link()
    (empty,) = await history(family)
    assert "Nobody has asked about an error code yet." in empty


async def _unlinks(family: Family) -> None:
    question = await family.says("/unlink", "Unlink this chat?")
    await family.taps(question, "Unlink")
    await question.becomes("Unlinked.")
