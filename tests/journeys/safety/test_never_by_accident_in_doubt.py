"""An opening is never sent again if DIMO may have got it; one that certainly was not sent may be sent again."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import closing

import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

from bot.demo.dimo import faults
from bot.demo.dimo.faults import Fault
from bot.demo.telegram.chats import Message
from bot.demo.telegram.faults import Fault as TelegramFault
from bot.dimo.http import Timeouts
from bot.serving import bound_socket, serve, url_of
from tests.support.world import Family, a_family

LEAVES_IT_OPEN: Mapping[str, Fault] = {
    "lost on its way back": faults.lose_answer(),
    "connection dropped": faults.drop(),
    "never comes": faults.never_answer(),
    "500": faults.status(500, "Internal Server Error"),
    "502 after queuing": faults.status(502, "Bad Gateway", acts=True),
    "503 with a web page": faults.html(503),
    "521 with a web page": faults.html(521),
    "broken JSON": faults.garbage(),
    "200 without a request id": faults.answer(200, {}),
    "200 with a web page": faults.html(200, acts=True),
    "redirect": faults.answer(302, {}, acts=False),
}


@pytest.fixture
async def hasty(url: str, key: str, signing_key: RSAPrivateKey) -> AsyncIterator[Family]:
    """A family whose bot waits only 0.3 s for DIMO's answer to a command, and allows many openings."""
    async with a_family(url, key, signing_key, timeouts=Timeouts(command=0.3)) as family:
        family.environ["OPENINGS_PER_MINUTE"] = "100"
        await family.start_bot()
        await family.link()
        yield family


async def test_an_unlock_without_a_clear_answer_is_unknown_and_never_sent_again(hasty: Family) -> None:
    """It may have arrived, so the bot says that it does not know, and offers the status."""
    for count, (answer, fault) in enumerate(LEAVES_IT_OPEN.items(), start=1):
        hasty.car.fail_next(fault)
        outcome = await _confirmed_unlock(hasty)
        await outcome.becomes("Unknown: Bluey may be locked or unlocked.")
        assert "No clear answer to Dad's Unlock. I sent it once only." in outcome.text, answer
        assert "📋 Status" in outcome.labels, answer
        assert outcome.edits == 1, answer
        assert hasty.dimo.arrived["devices", "command"] == count, answer
    await hasty.settles()
    assert hasty.dimo.arrived["devices", "command"] == len(LEAVES_IT_OPEN)


async def test_the_status_button_of_an_unknown_unlock_shows_the_cars_report_and_settles_it(family: Family) -> None:
    """Only the car knows what happened."""
    family.car.lose_next_answer()
    outcome = await _confirmed_unlock(family)
    await outcome.becomes("Unknown")
    await family.taps(outcome, "Status")
    await family.dad.sees("Unlocked, 12:00 UTC", after=outcome)
    await outcome.becomes("Confirmed: 🔓 Dad unlocked Bluey, 12:00 UTC")
    assert family.car.received == ["doors/unlock"]


async def test_nothing_that_opens_is_repeated_in_doubt(family: Family) -> None:
    for command, label in (("/unlock", "Unlock"), ("/frunk", "Open frunk"), ("/trunk", " trunk")):
        family.car.lose_next_answer()
        question = await family.asks(command, "No undo")
        await family.taps(question, label)
        await question.becomes("Unknown")
    await family.settles()
    assert family.car.received == ["doors/unlock", "frunk/open", "trunk/open"]


async def test_a_lock_whose_answer_is_lost_is_repeated(family: Family) -> None:
    """A second lock changes nothing, and a car that stays open is worse."""
    family.car.lose_next_answer()
    said = family.dad.says("/lock")
    await _pause_passes(family, 0.5)
    await family.dad.sees("Accepted", after=said)
    assert family.car.received == ["doors/lock", "doors/lock"]
    assert family.car.most_at_once == 1


async def test_a_lock_that_never_gets_an_answer_is_unknown_after_three_attempts(family: Family) -> None:
    for _ in range(4):
        family.car.lose_next_answer()
    said = family.dad.says("/lock")
    await _pause_passes(family, 0.5)
    await _pause_passes(family, 1.5)
    outcome = await family.dad.sees("Unknown", after=said)
    assert "Bluey may NOT be locked." in outcome.text
    assert outcome.labels == ["🔒 Lock", "📋 Status"]
    assert family.dimo.arrived["devices", "command"] == 3


async def test_a_doubt_remains_whatever_later_attempts_answer(family: Family) -> None:
    """The second attempt was refused, but the first may have locked the car."""
    family.car.lose_next_answer()
    family.car.fail_next(faults.status(409, "Integration is not capable of this command."))
    said = family.dad.says("/lock")
    await _pause_passes(family, 0.5)
    await family.dad.sees("Unknown", after=said)


async def test_an_unlock_that_certainly_did_not_leave_is_sent_once_there_is_a_connection(family: Family) -> None:
    """Nobody listened at DIMO's port, so nothing can have arrived: the same confirmation still counts."""
    with closing(bound_socket()) as port:
        await _commands_go_to(family, url_of(port))
        question = await _confirmed_unlock(family)
        await family.clock.until_asleep("sending")
        assert family.dimo.arrived["devices", "command"] == 0
        async with serve(family.dimo.app, port):
            await _pause_passes(family, 0.5)
            await question.becomes("Accepted")
            await family.settles()
    assert family.car.received == ["doors/unlock"]


async def test_an_unlock_that_can_never_leave_is_refused(family: Family) -> None:
    """The port stays closed, so it is certain that nothing was sent."""
    with closing(bound_socket()) as port:
        await _commands_go_to(family, url_of(port))
        question = await _confirmed_unlock(family)
        await _pause_passes(family, 0.5)
        await _pause_passes(family, 1.5)
        await question.becomes("Refused: 🔓 Dad's Unlock for Bluey.")
    assert "DIMO's service is not reachable." in question.text
    assert question.labels == ["🔓 Unlock"]


async def test_trying_again_after_a_refusal_asks_again(family: Family) -> None:
    """The button under Refused is a request, not a confirmation."""
    family.car.fail_next(faults.status(404, "Vehicle NFT not found."))
    question = await _confirmed_unlock(family)
    await question.becomes("Refused")
    await family.taps(question, "Unlock")
    again = await family.dad.sees("Unlock Bluey?", after=question)
    assert family.car.received == []
    await family.taps(again, "Unlock")
    await again.becomes("Accepted")


async def test_a_confirmed_unlock_is_sent_even_while_telegram_accepts_no_messages(family: Family) -> None:
    """It is done once, and shown as soon as Telegram accepts it."""
    question = await family.asks("/unlock", "Unlock Bluey?")
    hung = asyncio.Event()
    family.telegram.fails_next("editMessageText", TelegramFault(gate=hung, drops=True))
    family.dad.taps(question, "Unlock")
    await family.car.wait_received(1)
    hung.set()
    family.clock.advance(await family.clock.until_asleep("executing unlock"))
    await question.becomes("Accepted")
    assert family.car.received == ["doors/unlock"]


async def _confirmed_unlock(family: Family) -> Message:
    question = await family.asks("/unlock", "Unlock Bluey?")
    await family.taps(question, "Unlock")
    return question


async def _pause_passes(family: Family, seconds: float) -> None:
    """Wait until the bot pauses before a repeat, and let the pause pass."""
    pause = await family.clock.until_asleep("sending")
    assert pause == pytest.approx(seconds, abs=0.1)
    family.clock.advance(pause)


async def _commands_go_to(family: Family, address: str) -> None:
    family.environ |= {"DIMO_DEVICES_URL": f"{address}/devices", "DIMO_COMMAND_API": "devices"}
    await family.restart_bot()
