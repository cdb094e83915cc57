import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.demo.telegram.conftest import Setting


def _ways(params: dict[str, Any]) -> dict[str, dict[str, Any]]:
    text = {name: value if isinstance(value, str) else json.dumps(value) for name, value in params.items()}
    return {
        "query": {"params": text},
        "form": {"data": text},
        "json": {"json": params},
        "multipart": {"files": {name: (None, value) for name, value in text.items()}},
    }


@pytest.mark.parametrize("way", ["query", "form", "json", "multipart"])
async def test_parameters_are_read_in_every_way_the_api_allows(setting: Setting, way: str) -> None:
    params = {
        "chat_id": setting.ann.id,
        "text": "ä & b",
        "disable_notification": True,
        "reply_markup": {"inline_keyboard": [[{"text": "Lock", "callback_data": "x"}]]},
    }
    answer = await setting.http.post(f"/bot{setting.account.token}/sendMessage", **_ways(params)[way])
    assert answer.json()["ok"], answer.text
    assert setting.ann.private_chat.last.text == "ä & b"
    assert setting.ann.private_chat.last.labels == ["Lock"]
    assert setting.world.calls_of("sendMessage")[0].params == params


async def test_a_request_that_breaks_off_is_ignored(setting: Setting) -> None:
    """A bot that is stopped while it sends has violated nothing."""
    body = b'{"chat_id": %d, "text": "Hello' % setting.ann.id
    parts: Iterator[dict[str, Any]] = iter(
        [{"type": "http.request", "body": body, "more_body": True}, {"type": "http.disconnect"}]
    )
    path = f"/bot{setting.account.token}/sendMessage"
    scope = {"type": "http", "path": path, "query_string": b"", "headers": []}

    async def receive() -> dict[str, Any]:
        return next(parts)

    async def send(message: Any) -> None:
        raise AssertionError(message)

    await setting.world.app(scope, receive, send)
    assert setting.world.violations == []
    assert setting.world.calls_of("sendMessage") == []


async def test_method_names_ignore_case(setting: Setting) -> None:
    assert (await setting.raw("GETME"))["result"]["username"] == "dimo_family_bot"


@pytest.mark.parametrize(
    ("path", "status", "description"),
    [
        ("/bot1:unknown/getMe", 401, "Unauthorized"),
        ("/elsewhere", 404, "Not Found"),
        ("/bot{token}/openCar", 404, "Not Found: method not found"),
    ],
)
async def test_wrong_addresses_are_refused(setting: Setting, path: str, status: int, description: str) -> None:
    answer = await setting.http.get(path.format(token=setting.account.token))
    assert answer.status_code == status
    assert answer.json() == {"ok": False, "error_code": status, "description": description}


@pytest.mark.parametrize(
    ("method", "params", "description"),
    [
        ("sendMessage", {"chat_id": 1, "text": "x", "colour": "red"}, 'the method has no parameter "colour"'),
        ("sendMessage", {"text": "x"}, "chat_id is empty"),
        ("sendMessage", {"chat_id": 5000000001}, "message text is empty"),
        ("sendMessage", {"chat_id": "ann", "text": "x"}, 'parameter "chat_id" must be an Integer'),
        ("sendMessage", {"chat_id": 1, "text": 5}, 'parameter "text" must be a String'),
        (
            "sendMessage",
            {"chat_id": 1, "text": "x", "protect_content": "maybe"},
            'parameter "protect_content" must be a Boolean',
        ),
        (
            "sendMessage",
            {"chat_id": 1, "text": "x", "reply_markup": "{"},
            "can't parse reply markup JSON object",
        ),
        ("sendMessage", {"chat_id": 1, "text": "x", "reply_markup": []}, "object expected as reply markup"),
        ("sendMessage", {"chat_id": 1, "text": "x", "parse_mode": "BBCode"}, "unsupported parse_mode"),
        (
            "sendMessage",
            {"chat_id": 1, "text": "x", "parse_mode": "MarkdownV2"},
            'this simulator does not know parse_mode "MarkdownV2"',
        ),
        ("deleteMessages", {"chat_id": 1, "message_ids": {}}, "expected an Array as message ids"),
        (
            "editMessageText",
            {"inline_message_id": "1", "text": "x"},
            'this simulator does not know parameter "inline_message_id"',
        ),
    ],
)
async def test_undocumented_calls_fail_and_are_remembered(
    setting: Setting, method: str, params: dict[str, Any], description: str
) -> None:
    body = await setting.raw(method, **params)
    assert body == {"ok": False, "error_code": 400, "description": f"Bad Request: {description}"}
    assert setting.world.violations == [f"{method}: Bad Request: {description}"]


async def test_unknown_method_is_a_violation(setting: Setting) -> None:
    await setting.raw("openCar")
    assert setting.world.violations == ["openCar: this simulator has no such method"]


async def test_body_of_another_type_is_refused(setting: Setting) -> None:
    answer = await setting.http.post(
        f"/bot{setting.account.token}/getMe", content=b"x", headers={"content-type": "text/plain"}
    )
    assert answer.json()["description"] == "Bad Request: a body of the type 'text/plain' is none of the Bot API's"


async def test_app_answers_in_process_too(setting: Setting) -> None:
    transport = httpx.ASGITransport(app=setting.world.app)
    async with httpx.AsyncClient(transport=transport, base_url="http://t.test") as http:
        answer = await http.get(f"/bot{setting.account.token}/getMe")
    assert answer.json()["result"]["is_bot"] is True
