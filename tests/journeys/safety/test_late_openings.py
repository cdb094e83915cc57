"""What changes between the confirmation and the request: time passes, and the home may be unlinked."""

import asyncio

from bot.demo.dimo.faults import slow
from bot.demo.telegram.chats import Message
from tests.support.world import Family


async def test_an_opening_that_is_delayed_for_most_of_a_minute_is_not_sent(family: Family) -> None:
    """After a slow token or a sleeping laptop, the person may have walked away from the car."""
    exchange = _exchange_that_hangs(family)
    question = await _unlock_under_way(family)
    family.clock.advance(46)
    exchange.set()
    refused = await family.told_late(question, "Refused")
    assert "Nothing was sent." in refused.text
    assert family.car.received == []


async def test_a_delayed_opening_is_not_blamed_on_the_car(family: Family) -> None:
    exchange = _exchange_that_hangs(family)
    question = await _unlock_under_way(family)
    family.clock.advance(46)
    exchange.set()
    refused = await family.told_late(question, "Refused")
    assert "busy" not in refused.text


async def test_a_lock_is_sent_even_after_a_long_delay(family: Family) -> None:
    """A car that stays open is worse than a late Lock."""
    exchange = _exchange_that_hangs(family)
    said = family.dad.says("/lock")
    sending = await _says_sending(family, said)
    family.clock.advance(46)
    exchange.set()
    await sending.becomes("Accepted")
    assert family.car.received == ["doors/lock"]


async def test_an_opening_is_not_sent_if_its_chat_is_unlinked_first(family: Family) -> None:
    exchange = _exchange_that_hangs(family)
    question = await _unlock_under_way(family)
    await _unlinks(family)
    exchange.set()
    await question.becomes("Refused")
    assert family.car.received == []


async def test_permission_is_checked_again_before_a_command_is_repeated(family: Family) -> None:
    """The first Lock's answer was lost; before the second try the chat is unlinked."""
    family.car.lose_next_answer()
    family.dad.says("/lock")
    pause = await family.clock.until_asleep("sending")
    await _unlinks(family)
    family.clock.advance(pause)
    await family.dad.sees("Unknown: Bluey may NOT be locked")
    assert family.dimo.arrived["devices", "command"] == 1


async def test_unlinking_stops_the_reading_of_the_cars_reports(family: Family) -> None:
    """Nothing is read after an unlinking, not even for an outcome that is still waited for."""
    family.car.silent = True
    question = await family.asks("/unlock", "Unlock Bluey?")
    await family.taps(question, "Unlock")
    await question.becomes("Accepted")
    await _unlinks(family)
    before = _reads(family)
    family.clock.advance(await family.clock.until_asleep("watching unlock"))
    await question.becomes("I can't read Bluey's reports")
    assert _reads(family) == before


async def test_the_three_minutes_of_an_opening_start_when_it_is_sent(family: Family) -> None:
    """It waited 38 s for its turn, so it may run 38 s longer than the time of its confirmation says."""
    family.car.reports = frozenset()
    family.car.forget_reports()
    gate = asyncio.Event()
    family.car.fail_next(slow(gate))
    charge = await family.says("/charge", "Start or stop charging")
    await family.taps(charge, "Charge")
    await family.dimo.wait_arrived("devices", "command", 1)
    question = await family.asks("/unlock", "Unlock Bluey?")
    await family.taps(question, "Unlock")
    while "It waits for the command before it." not in question.text:
        await family.clock.until_somebody_sleeps(0.25)
        family.clock.advance(0.25)
    family.clock.advance(38)
    gate.set()
    await question.becomes("Accepted")
    family.clock.advance(160)
    locked = await family.says("/lock", "Accepted")
    assert "An earlier opening may still run until 12:03" in locked.text


def _exchange_that_hangs(family: Family) -> asyncio.Event:
    """Hold every vehicle token back until the event is set."""
    gate = asyncio.Event()
    family.dimo.fail("token-exchange", "exchange", slow(gate), times=None)
    return gate


async def _unlock_under_way(family: Family) -> Message:
    """Confirm an unlock that is not sent yet; returns its message, which says "Sending"."""
    question = await family.asks("/unlock", "Unlock Bluey?")
    await family.taps(question, "Unlock")
    return await _says_sending(family, question)


async def _says_sending(family: Family, since: Message) -> Message:
    await family.clock.until_somebody_sleeps(0.4)
    family.clock.advance(0.4)
    return await family.dad.private_chat.wait_for(lambda m: m.id >= since.id and "Sending: " in m.text)


async def _unlinks(family: Family) -> None:
    unlink = await family.asks("/unlink", "Unlink this chat?")
    await family.taps(unlink, "Unlink")
    await unlink.becomes("Unlinked.")


def _reads(family: Family) -> tuple[int, int]:
    """Count the requests to DIMO that read a car."""
    arrived = family.dimo.arrived
    return arrived["telemetry", "query"], arrived["token-exchange", "exchange"]
