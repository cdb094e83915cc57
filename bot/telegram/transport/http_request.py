"""HTTP to Telegram: few requests at once, with places of their own for answers to taps."""

import asyncio
from collections.abc import Awaitable, Callable

import httpx
from telegram.error import NetworkError, TimedOut
from telegram.request import BaseRequest, RequestData

Send = Callable[[httpx.Request], Awaitable[httpx.Response]]

_TAP_ANSWER = "/answerCallbackQuery"
_TAP_ANSWERS_AT_ONCE, _OTHERS_AT_ONCE = 3, 6
"""More requests at once would make none of them faster."""
_READ_SECONDS = 10.0
_CONNECT_SECONDS = 5.0
_HEADERS = {"Accept-Encoding": "gzip", "Connection": "keep-alive"}


class UnreadableAnswer(NetworkError):
    """Telegram's answer is too long, or broken."""


class BoundedRequest(BaseRequest):
    """Hands requests to connections that their owner opens and closes; an answer to a tap never waits behind others."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self._tap_answers, self._others = asyncio.Semaphore(_TAP_ANSWERS_AT_ONCE), asyncio.Semaphore(_OTHERS_AT_ONCE)

    @property
    def read_timeout(self) -> float:
        """Seconds to wait for an answer."""
        return _READ_SECONDS

    async def initialize(self) -> None:
        """Do nothing."""

    async def shutdown(self) -> None:
        """Do nothing."""

    async def do_request(
        self,
        url: str,
        method: str,
        request_data: RequestData | None = None,
        read_timeout: object = BaseRequest.DEFAULT_NONE,
        write_timeout: object = BaseRequest.DEFAULT_NONE,
        connect_timeout: object = BaseRequest.DEFAULT_NONE,
        pool_timeout: object = None,
    ) -> tuple[int, bytes]:
        """Make the request once a place is free; raises what python-telegram-bot expects, without the secret URL."""
        del pool_timeout
        times = {
            "read": _seconds(read_timeout, _READ_SECONDS),
            "write": _seconds(write_timeout, _READ_SECONDS),
            "connect": _seconds(connect_timeout, _CONNECT_SECONDS),
        }
        request = httpx.Request(
            method,
            url,
            headers=_HEADERS,
            data=request_data.json_parameters if request_data else None,
            files=request_data.multipart_data if request_data else None,
            extensions={"timeout": times},
        )
        async with self._tap_answers if url.endswith(_TAP_ANSWER) else self._others:
            try:
                response = await self._send(request)
            except httpx.TimeoutException as error:
                raise TimedOut from error
            except httpx.DecodingError as error:
                raise UnreadableAnswer(str(error)) from error
            except httpx.HTTPError as error:
                raise NetworkError(f"{type(error).__name__}: {error}") from error
        return response.status_code, response.content


def _seconds(given: object, usual: float) -> float:
    return given if isinstance(given, int | float) else usual
