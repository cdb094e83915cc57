import asyncio

import pytest
from telegram.error import BadRequest, Forbidden, NetworkError, RetryAfter, TelegramError, TimedOut

from bot.demo.telegram import faults
from bot.demo.telegram.faults import Fault
from tests.demo.telegram.conftest import Setting


# The library's RetryAfter warns of a coming change of a type.
@pytest.mark.filterwarnings("ignore::telegram.warnings.PTBDeprecationWarning")
@pytest.mark.parametrize(
    ("fault", "error", "text"),
    [
        (faults.TOO_OLD, BadRequest, "Query is too old and response timeout expired or query id is invalid"),
        (faults.BLOCKED, Forbidden, "Forbidden: bot was blocked by the user"),
        (faults.SERVER_ERROR, NetworkError, "Internal Server Error"),
        (faults.BAD_GATEWAY, NetworkError, "Bad Gateway"),
        (faults.DROPPED, NetworkError, "httpx.R"),
        (faults.flood(7), RetryAfter, "Flood control exceeded. Retry in 0:00:07"),
        (faults.refused("Forbidden: user is deactivated", 403), Forbidden, "user is deactivated"),
    ],
)
async def test_fault_applies_to_the_next_call_only(
    setting: Setting, fault: Fault, error: type[TelegramError], text: str
) -> None:
    trouble = setting.world.fails_next("sendMessage", fault)
    with pytest.raises(error, match=text):
        await setting.bot.send_message(setting.ann.id, "one")
    assert trouble.met == 1
    assert setting.ann.private_chat.messages == []
    await setting.bot.send_message(setting.ann.id, "two")
    assert setting.ann.private_chat.last.text == "two"


async def test_call_whose_answer_is_lost_is_executed(setting: Setting) -> None:
    setting.world.fails_next("sendMessage", faults.ANSWER_LOST)
    with pytest.raises(NetworkError):
        await setting.bot.send_message(setting.ann.id, "one")
    assert setting.ann.private_chat.last.text == "one"


@pytest.mark.parametrize("acts", [True, False])
async def test_call_without_an_answer_times_out(setting: Setting, acts: bool) -> None:
    setting.world.fails_next("sendMessage", faults.hangs(after_acting=acts))
    with pytest.raises(TimedOut):
        await setting.bot.send_message(setting.ann.id, "one", read_timeout=0.05)
    assert bool(setting.ann.private_chat.messages) is acts


async def test_held_call_continues_after_its_event(setting: Setting) -> None:
    gate = asyncio.Event()
    trouble = setting.world.fails_next("sendMessage", faults.held(gate))
    sending = asyncio.create_task(setting.bot.send_message(setting.ann.id, "one"))
    await setting.world.until(lambda: trouble.met)
    assert setting.ann.private_chat.messages == []
    gate.set()
    await sending
    assert setting.ann.private_chat.last.text == "one"


async def test_standing_fault_applies_to_chosen_calls_until_it_is_ended(setting: Setting) -> None:
    ben = setting.world.add_person("Ben", has_started=True)
    trouble = setting.world.fails_always(
        "sendMessage", faults.BLOCKED, when=lambda params: params["chat_id"] == setting.ann.id
    )
    for _ in range(2):
        with pytest.raises(Forbidden):
            await setting.bot.send_message(setting.ann.id, "one")
    await setting.bot.send_message(ben.id, "one")
    trouble.end()
    await setting.bot.send_message(setting.ann.id, "one")
    assert [call.error is not None for call in setting.world.calls_of("sendMessage")] == [
        True,
        True,
        False,
        False,
    ]


async def test_fault_for_several_calls_ends_after_them(setting: Setting) -> None:
    setting.world.fails_next("getMe", faults.SERVER_ERROR, times=2)
    for _ in range(2):
        with pytest.raises(NetworkError):
            await setting.bot.get_me()
    await setting.bot.get_me()


async def test_faults_are_no_violations(setting: Setting) -> None:
    setting.world.fails_next("getMe", faults.refused("Bad Request: whatever"))
    with pytest.raises(BadRequest):
        await setting.bot.get_me()
    assert setting.world.violations == []


async def test_the_time_to_wait_is_in_a_header_too(setting: Setting) -> None:
    setting.world.fails_next("getMe", faults.flood(7))
    answer = await setting.http.get(f"/bot{setting.account.token}/getMe")
    assert (answer.status_code, answer.headers["retry-after"]) == (429, "7")
    answer = await setting.http.get(f"/bot{setting.account.token}/getMe")
    assert "retry-after" not in answer.headers
