"""Each update is handled once, whatever it looks like and whenever the bot stops; declined ones stay declined."""

import asyncio
from datetime import timedelta

import pytest

from bot.demo.telegram.chats import Message
from bot.demo.telegram.faults import DROPPED, Fault, Trouble, held
from tests.support.world import Family

pytestmark = pytest.mark.both_databases


async def test_an_unreadable_update_does_not_stop_other_updates(family: Family) -> None:
    """Telegram may send what our library does not know; the bot skips that and nothing else."""
    family.dad.says("/help")
    _sends_what_nobody_can_read(family)
    family.dad.says("/lock")
    await family.dad.sees("Accepted: ")
    await family.telegram.until(lambda: not family.telegram.updates_unacknowledged)
    assert len(_answers(family, "What I can do")) == 1
    assert family.car.received == ["doors/lock"]


async def test_two_unreadable_updates_are_skipped_one_by_one(family: Family) -> None:
    _sends_what_nobody_can_read(family)
    family.dad.says("/help")
    _sends_what_nobody_can_read(family)
    await family.says("/lock", "Accepted: ")
    assert len(_answers(family, "What I can do")) == 1
    assert family.car.received == ["doors/lock"]


async def test_a_network_failure_while_an_update_is_skipped_does_not_stop_the_bot(
    family: Family,
) -> None:
    _sends_what_nobody_can_read(family)
    broken = family.telegram.fails_next("getUpdates", DROPPED, when=lambda call: call.get("limit") == 100)
    family.dad.says("/lock")
    await family.telegram.until(lambda: broken.met)
    family.clock.advance(await family.clock.until_asleep("polling"))
    await family.dad.sees("Accepted: ")
    assert family.car.received == ["doors/lock"]


async def test_the_bot_keeps_polling_after_an_answer_without_updates(family: Family) -> None:
    """The answer did not come from Telegram; the bot waits a moment and polls again."""
    family.telegram.fails_next("getUpdates", Fault(raw=(200, b'{"ok": true, "result": [5]}')))
    family.dad.says("/help")
    family.clock.advance(await family.clock.until_asleep("polling"))
    await family.says("/lock", "Accepted: ")


async def test_an_unreadable_update_does_not_disturb_a_stop(family: Family) -> None:
    family.telegram.fails_next("getUpdates", DROPPED)
    family.dad.says("/help")
    await family.clock.until_asleep("polling")
    _sends_what_nobody_can_read(family)
    await family.stop_bot()
    await family.start_bot()
    await family.says("/lock", "Accepted: ")


async def test_a_stop_does_not_acknowledge_updates_that_were_not_received(family: Family) -> None:
    """The answer with the command had not arrived when the bot stopped: the next start gets it."""
    lost = family.telegram.fails_next("getUpdates", Fault(acts_first=True, gate=asyncio.Event()))
    await family.says("/help", "What I can do")
    await family.telegram.until(lambda: lost.met)
    family.dad.says("/lock")
    await family.stop_bot()
    assert len(family.telegram.updates_unacknowledged) == 1
    await family.start_bot()
    await family.dad.sees("Accepted: ")
    assert family.car.received == ["doors/lock"]


async def test_a_stop_acknowledges_received_updates_only_once_they_are_handled(family: Family) -> None:
    """If the bot is killed while it stops, it must get the update again."""
    answering = asyncio.Event()
    family.telegram.fails_next("sendMessage", held(answering))
    family.telegram.fails_next("getUpdates", DROPPED)
    family.dad.says("/help")
    await family.clock.until_asleep("polling")
    answered_before = _answered_at_acknowledgement(family)
    asyncio.get_running_loop().call_later(0.2, answering.set)
    await family.stop_bot()
    assert answered_before == [True]
    assert family.telegram.updates_unacknowledged == []


async def test_a_declined_command_does_nothing_when_it_is_delivered_again(family: Family) -> None:
    """There was no car the first time; there is one the second time, and nobody waits for the command any more."""
    await _unlinks(family)
    said = family.dad.says("/lock")
    await family.dad.sees("There is no car here for you.", after=said)
    await family.link()
    family.telegram.redeliver(said)
    await family.settles()
    assert family.car.received == []


async def test_a_declined_tap_does_nothing_when_it_is_delivered_again(family: Family) -> None:
    """Telegram accepted no answer to the tap, so only the bot's record says that it was handled."""
    panel = await family.says("/car", "Bluey")
    await _unlinks(family)
    deaf = _takes_no_answers_to_taps(family)
    tap = family.dad.sends_forged(f"a:lock:{family.car.token_id}", panel)
    await family.dad.sees("There is no car here for you.", after=panel)
    await family.link()
    family.telegram.redeliver(tap)
    await family.telegram.until(lambda: deaf.met == 2)
    await family.settles()
    assert family.car.received == []


async def test_a_forged_question_is_answered_in_words(family: Family) -> None:
    """Not every database can store every character: it is not asked about data that no button has."""
    before = await family.says("/car", "Bluey")
    for data in ("y:\0", "n:\0", "y:a\0b", "y:" + "a" * 41, "y:a:b", "y:ä"):
        await family.dad.sends_forged(data, before).answered()
        before = await family.dad.sees("That button is out of date.", after=before)
    assert family.dad.private_chat.find("Something failed") is None


def _sends_what_nobody_can_read(family: Family) -> None:
    """Queue a message without a chat and a time, which today's Bot API does not send."""
    until = family.clock.now() + timedelta(hours=1)
    family.bot.updates.push("message", {"message_id": 1, "from": family.dad.user_json()}, until=until)


def _answers(family: Family, text: str) -> list[Message]:
    return [message for message in family.dad.private_chat.from_bot if text in message.text]


def _answered_at_acknowledgement(family: Family) -> list[bool]:
    """Note whether /help was answered, each time that the bot acknowledges updates without asking for more."""
    seen: list[bool] = []

    def note(_: object) -> None:
        seen.append(bool(_answers(family, "What I can do")))

    family.telegram.fails_always("getUpdates", Fault(), when=note)
    return seen


def _takes_no_answers_to_taps(family: Family) -> Trouble:
    return family.telegram.fails_always("answerCallbackQuery", DROPPED)


async def _unlinks(family: Family) -> None:
    unlink = await family.asks("/unlink", "Unlink this chat?")
    await family.taps(unlink, "Unlink")
    await unlink.becomes("Unlinked.")
