import asyncio
from collections import Counter

import httpx
import pytest
from telegram import Bot
from telegram.error import BadRequest, NetworkError, TimedOut

from bot.telegram.transport.http_request import BoundedRequest

TOKEN = "123456789:" + "a" * 35
OK = {"ok": True, "result": True}


class Wire:
    """Plays Telegram: records each request, and gives the next answer when the test allows it."""

    def __init__(self) -> None:
        self.requests: list[httpx.Request] = []
        self.answers: list[httpx.Response | Exception] = []
        self.may_answer = asyncio.Event()
        self.may_answer.set()

    async def send(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        await self.may_answer.wait()
        answer = self.answers.pop(0) if self.answers else httpx.Response(200, json=OK)
        if isinstance(answer, Exception):
            raise answer
        return answer

    @property
    def methods(self) -> Counter[str]:
        return Counter(request.url.path.rpartition("/")[2] for request in self.requests)


@pytest.fixture
def wire() -> Wire:
    return Wire()


@pytest.fixture
def bot(wire: Wire) -> Bot:
    return Bot(TOKEN, request=BoundedRequest(wire.send), get_updates_request=BoundedRequest(wire.send))


async def settle() -> None:
    """Run every task until it waits."""
    for _ in range(20):
        await asyncio.sleep(0)


async def test_parameters_are_sent_as_a_form(bot: Bot, wire: Wire) -> None:
    await bot.answer_callback_query("1", text="é & =", read_timeout=3)
    (request,) = wire.requests
    assert request.method == "POST"
    assert request.url.path == f"/bot{TOKEN}/answerCallbackQuery"
    assert request.headers["content-type"] == "application/x-www-form-urlencoded"
    assert request.content == b"callback_query_id=1&text=%C3%A9+%26+%3D"
    assert request.extensions["timeout"] == {"read": 3.0, "write": 10.0, "connect": 5.0}


async def test_file_is_sent_in_parts(bot: Bot, wire: Wire) -> None:
    message = {"message_id": 1, "date": 0, "chat": {"id": 1, "type": "private"}}
    wire.answers.append(httpx.Response(200, json={"ok": True, "result": message}))
    await bot.send_document(1, b"who,what", filename="log.csv", caption="The log")
    (request,) = wire.requests
    assert request.headers["content-type"].startswith("multipart/form-data")
    body = await request.aread()
    assert b'filename="log.csv"' in body
    assert b"who,what" in body
    assert b"The log" in body


async def test_answers_to_taps_do_not_wait_behind_other_requests(bot: Bot, wire: Wire) -> None:
    wire.may_answer.clear()
    others = [asyncio.create_task(bot.delete_message(1, number)) for number in range(20)]
    await settle()
    waiting = wire.methods["deleteMessage"]
    tap = asyncio.create_task(bot.answer_callback_query("1"))
    await settle()
    assert wire.methods == {"deleteMessage": waiting, "answerCallbackQuery": 1}
    assert waiting < 10
    wire.may_answer.set()
    await asyncio.gather(tap, *others)
    assert wire.methods["deleteMessage"] == 20


async def test_place_is_free_again_after_an_error_and_after_a_cancellation(bot: Bot, wire: Wire) -> None:
    for _ in range(20):
        wire.answers.append(httpx.ConnectError("no network"))
        with pytest.raises(NetworkError):
            await bot.delete_message(1, 1)
    wire.may_answer.clear()
    impatient = [asyncio.create_task(bot.delete_message(1, number)) for number in range(20)]
    await settle()
    for task in impatient:
        task.cancel()
    await asyncio.gather(*impatient, return_exceptions=True)
    wire.may_answer.set()
    assert await bot.delete_message(1, 1)


@pytest.mark.parametrize(
    ("fault", "raised"),
    [
        (httpx.ReadTimeout("slow"), TimedOut),
        (httpx.ConnectTimeout("slow"), TimedOut),
        (httpx.ConnectError("no network"), NetworkError),
        (httpx.RemoteProtocolError("broken off"), NetworkError),
        (httpx.Response(400, json={"ok": False, "error_code": 400, "description": "Bad Request: no"}), BadRequest),
        (httpx.Response(502, text="<html>"), NetworkError),
    ],
)
async def test_fault_is_raised_as_telegrams_without_the_token(
    bot: Bot, wire: Wire, fault: httpx.Response | Exception, raised: type[Exception]
) -> None:
    wire.answers.append(fault)
    with pytest.raises(raised) as caught:
        await bot.delete_message(1, 1)
    assert type(caught.value) is raised
    assert TOKEN not in f"{caught.value}{caught.value!r}{caught.value.__cause__!r}"
