"""Telegram is slow or not reachable while DIMO answers about codes: the result is shown later, and stays."""

import asyncio

from bot.demo.dimo.faults import slow
from bot.demo.telegram.faults import SERVER_ERROR, Fault
from tests.support.codes import (
    EXPLAINED,
    KEPT,
    RETRY,
    WAITING,
    asked,
    away,
    back,
    explained,
    has_arrived,
    held,
    kept,
    tries_again,
)
from tests.support.people import joins
from tests.support.world import Family


async def test_what_is_looked_at_last_shows_the_codes_once_they_are_explained(family: Family) -> None:
    """DIMO was not reachable when somebody looked, and then was."""
    away(family)
    await kept(family, "P0301")
    message = await family.says("/codes", "error codes")
    await message.becomes("I could not ask DIMO")
    assert KEPT in message.text
    back(family)
    await tries_again(family)
    await message.becomes(EXPLAINED)


async def test_who_only_looks_does_not_take_the_answer_out_of_the_chat_where_it_was_asked_for(
    family: Family,
) -> None:
    """The person who asked could not see it there, and would wait for ever."""
    mum = await joins(family, "Mum")
    gate = asyncio.Event()
    family.dimo.fail("devices", "submit_codes", slow(gate))
    mums = await asked(family, "P0301", person=mum)
    dads = await family.says("/codes", "What comes of it is shown in another chat. Here, /codes shows it.")
    await dads.becomes(lambda shown: "Asking DIMO" not in shown.text)
    await family.says("/privacy", "What I keep")
    gate.set()
    await mums.becomes(EXPLAINED)
    assert not any("What comes of it" in text for text in mums.texts)
    assert "another chat" not in (await family.says("/codes", EXPLAINED)).text


async def test_clearing_what_still_waits_for_dimo_leaves_no_message_that_waits(family: Family) -> None:
    """The confirmed question shows the result; the message that waited says so, in another chat, too."""
    mum = await joins(family, "Mum")
    for person, code, where in ((family.dad, "P0301", "another message."), (mum, "P0420", "another chat.")):
        gate = asyncio.Event()
        family.dimo.fail("devices", "submit_codes", slow(gate))
        message = await asked(family, code, person=person)
        question = await family.says("/clearcodes", "Mark these codes")
        await family.taps(question, "Clear")
        await message.becomes(f"What comes of it is shown in {where}")
        assert WAITING not in message.text
        gate.set()
        await question.becomes(EXPLAINED)
        assert WAITING not in question.text


async def test_what_telegram_did_not_take_is_shown_once_telegram_is_back(family: Family) -> None:
    """DIMO explained the codes while Telegram was not reachable: nobody waits for ever."""
    message, gate = await held(family, "P0301")
    telegram = family.telegram.fails_always("editMessageText", SERVER_ERROR)
    gate.set()
    for _ in range(3):
        family.clock.advance(await family.clock.until_asleep("bringing error codes to DIMO", within=5))
    await family.telegram.until(lambda: telegram.met == 4)
    telegram.end()
    await tries_again(family)
    await message.becomes(EXPLAINED)
    assert has_arrived(family) == 1


async def test_what_telegram_did_not_take_is_shown_by_the_next_start(family: Family) -> None:
    message, gate = await held(family, "P0301")
    telegram = family.telegram.fails_always("editMessageText", SERVER_ERROR)
    gate.set()
    await family.clock.until_asleep("bringing error codes to DIMO", within=5)
    await family.stop_bot()
    telegram.end()
    family.clock.advance(600)
    await family.start_bot()
    await message.becomes(EXPLAINED)
    assert has_arrived(family) == 1


async def test_codes_whose_message_was_never_sent_are_shown_in_a_new_one(family: Family) -> None:
    """Telegram was not reachable when somebody asked: the query is not lost."""
    telegram = family.telegram.fails_always("sendMessage", SERVER_ERROR)
    said = family.dad.says("/codes P0301")
    await family.dimo.wait_calls("devices", "submit_codes")
    for _ in range(3):
        family.clock.advance(await family.clock.until_asleep("an update", within=5))
    await family.telegram.until(lambda: telegram.met == 4)
    telegram.end()
    await tries_again(family, minutes=4)
    message = await family.dad.sees(EXPLAINED, after=said)
    assert "P0301" in message.text
    assert has_arrived(family) == 1


async def test_what_telegram_shows_late_does_not_stay(family: Family) -> None:
    """Telegram delays the edit with the failure, and the one with the result passes it."""
    away(family)
    gate = asyncio.Event()
    late = family.telegram.fails_next("editMessageText", Fault(gate=gate))
    message = await asked(family, "P0301")
    await family.telegram.until(lambda: late.met)
    rows = family.telegram.calls_of("editMessageText")[-1].params["reply_markup"]["inline_keyboard"]
    (send_again,) = (button for row in rows for button in row if "Send again" in button["text"])
    back(family)
    for _ in range(2):  # the first can come before the failed round has let go of the codes
        await family.dad.sends_forged(send_again["callback_data"], message).answered()
    await message.becomes(EXPLAINED)
    gate.set()
    await message.becomes(lambda shown: any(KEPT in text for text in shown.texts) and EXPLAINED in shown.text)
    assert has_arrived(family) == 1


async def test_a_message_that_was_turned_before_its_sending_was_heard_of_is_not_sent_again(
    family: Family,
) -> None:
    """The person saw the message and turned it to something else: nothing is left to show."""
    await explained(family, "P0420")
    gate = asyncio.Event()
    family.telegram.fails_next("sendMessage", Fault(acts_first=True, gate=gate))
    said = family.dad.says("/codes P0301")
    message = await family.dad.sees(WAITING, after=said)
    family.dad.taps(message, "Older")
    await family.clock.until_somebody_sleeps(2.0)
    family.clock.advance(2.0)
    await message.becomes("P0420")
    gate.set()
    await family.clock.until_asleep(RETRY, after=3000)
    await family.settles()
    assert [one.text for one in family.dad.private_chat.from_bot if "P0301" in one.text] == []
