"""The Bot API over HTTP. Plain ASGI, so that benchmarks measure the bot and not this."""

import asyncio
import json
from collections.abc import Mapping, Sequence
from typing import Any

from bot.demo.telegram.bots import Bot
from bot.demo.telegram.errors import ApiError, Misuse, unauthorized
from bot.demo.telegram.faults import Fault
from bot.demo.telegram.http.bot_methods import BOT_METHODS
from bot.demo.telegram.http.chat_methods import CHAT_METHODS
from bot.demo.telegram.http.file_methods import FILE_METHODS, fetched
from bot.demo.telegram.http.media_methods import MEDIA_METHODS
from bot.demo.telegram.http.message_methods import MESSAGE_METHODS
from bot.demo.telegram.http.method_call import Method, MethodCall
from bot.demo.telegram.http.params import Params, read_request, understood
from bot.demo.telegram.http.reaction_methods import REACTION_METHODS
from bot.demo.telegram.http.update_methods import GET_UPDATES_KINDS, UPDATE_METHODS, get_updates_start
from bot.demo.telegram.state import Call, TelegramState
from bot.serving import DROP, Receive, Scope, Send

_METHODS: Mapping[str, Method] = {
    method.name.lower(): method
    for method in (
        *MESSAGE_METHODS,
        *MEDIA_METHODS,
        *REACTION_METHODS,
        *BOT_METHODS,
        *CHAT_METHODS,
        *FILE_METHODS,
        *UPDATE_METHODS,
    )
}
_GET_UPDATES = "getupdates"
_encoded = json.JSONEncoder(separators=(",", ":")).encode
_JSON = (b"content-type", b"application/json")
_HTML = (b"content-type", b"text/html")
_GZIP = (b"content-encoding", b"gzip")
_BYTES = (b"content-type", b"application/octet-stream")
_FILES = "/file/bot"


class BotApi:
    """Answers `/bot<token>/<method>` for all bots, and `/file/bot<token>/<path>`."""

    def __init__(self, state: TelegramState) -> None:
        self._state = state

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one HTTP request."""
        if scope["type"] != "http":
            raise NotImplementedError("the Bot API speaks HTTP only")
        send = self._state.dates.dated(send)
        if scope["path"].startswith(_FILES):
            await self._send_file(send, scope["path"].removeprefix(_FILES))
            return
        try:
            bot, method = self._addressed(scope["path"])
            params = await self._read(scope, receive, method)
        except ApiError as error:
            self._note(f"{scope['path'].rpartition('/')[2]}", error)
            await _reply(send, error.status, error.to_json())
            return
        except _CallerGoneError:
            return
        await self._answer(_Request(scope, receive, send, method, MethodCall(self._state, bot, params)))

    async def _send_file(self, send: Send, path: str) -> None:
        token, _, name = path.partition("/")
        bot = self._state.bot_with(token)
        content = None if bot is None else fetched(bot, name)
        if content is None:
            await _reply(send, 404, ApiError(404, "Not Found").to_json())
        else:
            await _reply_bytes(send, 200, [_BYTES], content)

    def _addressed(self, path: str) -> tuple[Bot, str]:
        token, slash, method = path.removeprefix("/bot").partition("/")
        if not path.startswith("/bot") or not slash:
            raise ApiError(404, "Not Found")
        bot = self._state.bot_with(token)
        if bot is None:
            raise unauthorized()
        name = method.lower()
        if name not in _METHODS and name != _GET_UPDATES:
            self._state.violations.append(f"{method}: this simulator has no such method")
            raise ApiError(404, "Not Found: method not found")
        return bot, name

    async def _read(self, scope: Scope, receive: Receive, method: str) -> Params:
        body = await _body(receive)
        content_type = next((value for name, value in scope["headers"] if name == b"content-type"), b"")
        sent = read_request(scope["query_string"], content_type.decode(), body)
        if str(sent.get("method")).lower() == method:
            del sent["method"]  # telegraf sends the method's name in its forms, too
        kinds = GET_UPDATES_KINDS if method == _GET_UPDATES else _METHODS[method].kinds
        return understood(kinds, sent)

    async def _answer(self, request: "_Request") -> None:
        name = "getUpdates" if request.method == _GET_UPDATES else _METHODS[request.method].name
        call = self._state.record(name, request.call.params)
        fault = self._state.fault_for(name, request.call.params)
        self._state.watchers.changed()
        try:
            if fault is not None:
                await self._fail(request, call, fault)
            else:
                await _reply(request.send, *await self._result(request, call))
        except _CallerGoneError:
            """Nobody receives the answer."""
        call.is_over = True
        self._state.watchers.changed()

    async def _fail(self, request: "_Request", call: Call, fault: Fault) -> None:
        """Execute and answer a call as the fault says."""
        status, body = await self._result(request, call) if fault.acts_first else (0, {})
        if fault.gate is not None:
            await request.unless_gone(fault.gate.wait())
        if fault.drops:
            await request.scope["extensions"][DROP]()
        elif fault.raw is not None:
            headers = [_HTML, _GZIP] if fault.is_compressed else [_HTML]
            await _reply_bytes(request.send, fault.raw[0], headers, fault.raw[1])
        elif fault.answer is not None:
            call.error = fault.answer
            await _reply(request.send, fault.answer.status, fault.answer.to_json())
        elif fault.acts_first:
            await _reply(request.send, status, body)
        else:
            await _reply(request.send, *await self._result(request, call))

    async def _result(self, request: "_Request", call: Call) -> tuple[int, dict[str, Any]]:
        """Execute a call; return the status and body of the answer."""
        try:
            if too_many := self._state.refusal_for(request.call.bot.token or "", call.method, call.params):
                raise too_many
            if request.method == _GET_UPDATES:
                result = await self._updates(request)
            else:
                result = _METHODS[request.method].run(request.call)
        except ApiError as error:
            call.error = error
            self._note(call.method, error)
            return error.status, error.to_json()
        return 200, {"ok": True, "result": result}

    async def _updates(self, request: "_Request") -> list[dict[str, Any]]:
        offset, limit, seconds = get_updates_start(request.call)
        poll = request.call.bot.updates.poll(offset=offset, limit=limit, seconds=seconds)
        return await (request.unless_gone(poll) if seconds else poll)

    def _note(self, method: str, error: ApiError) -> None:
        if isinstance(error, Misuse):
            self._state.violations.append(f"{method}: {error.description}")


class _CallerGoneError(Exception):
    """The caller has closed the connection."""


class _Request:
    __slots__ = ("call", "method", "receive", "scope", "send")

    def __init__(self, scope: Scope, receive: Receive, send: Send, method: str, call: MethodCall) -> None:
        self.scope = scope
        self.receive = receive
        self.send = send
        self.method = method
        self.call = call

    async def unless_gone(self, work: Any) -> Any:  # noqa: ANN401 - any coroutine and its result
        """Wait for this, but not longer than the caller waits."""
        doing = asyncio.ensure_future(work)
        gone = asyncio.ensure_future(_disconnect(self.receive))
        try:
            await asyncio.wait({doing, gone}, return_when=asyncio.FIRST_COMPLETED)
            if not doing.done():
                raise _CallerGoneError
            return doing.result()
        finally:
            doing.cancel()
            gone.cancel()


async def _body(receive: Receive) -> bytes:
    chunks = []
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise _CallerGoneError
        chunks.append(message.get("body", b""))
        if not message.get("more_body"):
            return b"".join(chunks)


async def _disconnect(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        """Parts of the body may come before the disconnect."""


async def _reply(send: Send, status: int, body: Mapping[str, Any]) -> None:
    seconds = body.get("parameters", {}).get("retry_after")
    wait = [] if seconds is None else [(b"retry-after", str(seconds).encode())]
    await _reply_bytes(send, status, [_JSON, *wait], _encoded(body).encode())


async def _reply_bytes(send: Send, status: int, headers: Sequence[tuple[bytes, bytes]], body: bytes) -> None:
    length = (b"content-length", str(len(body)).encode())
    await send({"type": "http.response.start", "status": status, "headers": [*headers, length]})
    await send({"type": "http.response.body", "body": body})
