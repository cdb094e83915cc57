import errno
import io
import json
import logging
import sys
import threading
import warnings

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot import logs

TOKEN = "123456789:" + "AbC-_" * 7
JWT = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl"
KEY = "0x" + "aB" * 32
LAYOUTS = ("console", "json")


pytestmark = pytest.mark.usefixtures("_process_is_restored")


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize(
    ("text", "secret"),
    [
        (f"POST https://api.telegram.org/bot{TOKEN}/getMe", TOKEN),
        (f"POST https://proxy.example/?to=bot{TOKEN.replace(':', '%3A')}", TOKEN[10:]),
        (f"the token is {JWT}.", JWT[10:]),
        (f"cut off: {JWT[:30]}", JWT[10:30]),
        ("Authorization: Bearer abc.def", "abc.def"),
        ("{'authorization': 'bearer abc.def'}", "abc.def"),
        (f"api key {KEY}", KEY[2:]),
        (f"api key {KEY[2:]}", KEY[2:]),
        (f"signature {KEY}{KEY[2:]}1b", KEY[2:]),
        ("https://family.example/?token=opaque&walletAddress=0x1", "opaque"),
        ("https://login.dimo.org/?utm=state%3Dnonce", "nonce"),
        ("https://family.example/?state=nonce#top", "nonce"),
        ("postgresql://bot:pw@db.example/bot", ":pw@"),
        ("the pass-phrase is told-to-us", "told-to-us"),
    ],
)
def test_secret_never_reaches_the_log(layout: str, text: str, secret: str) -> None:
    stream = io.StringIO()
    logs.configure("INFO", layout, ["told-to-us"], stream=stream)
    logging.getLogger("anybody").info("said: %s", text)
    assert secret not in stream.getvalue()
    assert "***" in stream.getvalue()


@pytest.mark.parametrize("layout", LAYOUTS)
def test_exception_texts_causes_and_tracebacks_are_redacted(layout: str) -> None:
    stream = io.StringIO()
    logs.configure("INFO", layout, ["told-to-us"], stream=stream)
    error = RuntimeError("told-to-us")
    error.__cause__ = ValueError(f"bad token {TOKEN}")
    logging.getLogger("bot").error("It broke", exc_info=error)
    assert "It broke" in stream.getvalue()
    assert "ValueError: bad token ***" in stream.getvalue()
    assert "RuntimeError: ***" in stream.getvalue()
    assert "told-to-us" not in stream.getvalue()
    assert TOKEN not in stream.getvalue()


def test_an_error_that_ends_the_process_is_logged_and_redacted() -> None:
    stream = io.StringIO()
    logs.configure("INFO", "console", stream=stream)
    error = RuntimeError(f"The token {TOKEN} was rejected")
    sys.excepthook(RuntimeError, error, None)
    assert "RuntimeError: The token *** was rejected" in stream.getvalue()


def test_a_record_that_cannot_be_written_does_not_spill_its_arguments(
    capsys: pytest.CaptureFixture[str],
) -> None:
    logs.configure("INFO", "console", stream=io.StringIO())
    record = logging.makeLogRecord({"name": "bot", "msg": "a number: %d", "args": (TOKEN,)})
    logging.getLogger().handlers[-1].handle(record)
    shown = capsys.readouterr().err
    assert shown.startswith("A log record of bot, line ")
    assert TOKEN not in shown


@given(st.text(min_size=6), st.text(), st.text())
def test_secret_is_hidden_anywhere_in_a_text(secret: str, before: str, after: str) -> None:
    shown = logs.Redactor([secret])(before + secret + after)
    assert secret not in shown or secret in "***" + after or secret in before + "***"


@pytest.mark.parametrize(
    "text",
    [
        "Settled action 5f0c2d at 2026-01-02T03:04:05+00:00: confirmed",
        "devices command 200 in 120 ms for vehicle 12345",
        "wallet 0xbA5738a18d83D41847dfFbDC6101d37C69c9B0cF",
        "https://login.dimo.org/?clientId=0x1&permissions=11",
        "Prompt(id='1', state='open')",
    ],
)
def test_harmless_text_stays_readable(text: str) -> None:
    assert logs.Redactor(["told-to-us"])(text) == text


def test_json_lines_hold_time_level_logger_and_message() -> None:
    stream = io.StringIO()
    logs.configure("INFO", "json", stream=stream)
    logging.getLogger("bot.service").warning('two\nlines and a "quote"')
    (line,) = stream.getvalue().splitlines()
    fields = json.loads(line)
    assert fields.pop("time").endswith("+00:00")
    assert fields == {"level": "WARNING", "logger": "bot.service", "message": 'two\nlines and a "quote"'}


def test_configuring_again_replaces_the_handler() -> None:
    first, second = io.StringIO(), io.StringIO()
    logs.configure("INFO", "console", stream=first)
    logs.configure("WARNING", "console", stream=second)
    logging.getLogger("bot").info("too quiet")
    logging.getLogger("bot").warning("once")
    assert first.getvalue() == ""
    assert second.getvalue().count("once") == 1
    assert "too quiet" not in second.getvalue()


@pytest.mark.parametrize("level", ["DEBUG", "INFO", "WARNING", "ERROR"])
@pytest.mark.parametrize("name", ["telegram", "telegram.ext.Application", "httpx", "httpcore.http11"])
def test_libraries_that_log_secrets_never_log_below_warning(level: str, name: str) -> None:
    logs.configure(level, "console", stream=io.StringIO())
    assert not logging.getLogger(name).isEnabledFor(logging.INFO)
    assert logging.getLogger(name).isEnabledFor(logging.ERROR)


async def test_a_real_request_to_the_bot_api_leaves_no_token_in_a_debug_log() -> None:
    stream = io.StringIO()
    logs.configure("DEBUG", "console", stream=stream)
    async with httpx.AsyncClient(transport=httpx.MockTransport(lambda _: httpx.Response(200))) as client:
        answer = await client.get(f"https://api.telegram.org/bot{TOKEN}/getMe")
    logging.getLogger("bot").debug("asked %s", answer.request.url)
    assert "asked https://api.telegram.org/bot***/getMe" in stream.getvalue()
    assert TOKEN not in stream.getvalue()


def test_a_log_that_cannot_be_written_is_lost_and_ends_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    class Full(io.StringIO):
        def write(self, _: str) -> int:
            raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(sys, "stderr", Full())
    logs.configure("INFO", "console")
    logging.getLogger("bot").info("lost")


def lines_of(stream: io.StringIO) -> list[dict[str, str]]:
    """Read a log for collectors; a line that is not JSON fails the test."""
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_what_python_itself_would_print_is_json_without_secrets() -> None:
    stream = io.StringIO()
    logs.configure("INFO", "json", ["told-to-us"], stream=stream)

    def fail() -> None:
        raise RuntimeError("told-to-us")

    class Falls:
        def __del__(self) -> None:
            fail()

    warnings.showwarning("told-to-us", UserWarning, "file.py", 1)
    ending = threading.Thread(target=fail)
    ending.start()
    ending.join()
    Falls()
    sys.excepthook(RuntimeError, RuntimeError("told-to-us"), None)
    lines = lines_of(stream)
    assert [line["level"] for line in lines] == ["WARNING", "ERROR", "ERROR", "CRITICAL"]
    assert all("RuntimeError: ***" in line["exception"] for line in lines[1:])
    assert "told-to-us" not in stream.getvalue()


def test_the_line_about_a_record_that_cannot_be_written_is_json_too(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure("INFO", "json", stream=io.StringIO())
    record = logging.makeLogRecord({"name": "bot", "msg": "a number: %d", "args": (TOKEN,)})
    logging.getLogger().handlers[-1].handle(record)
    line = json.loads(capsys.readouterr().err)
    assert line["message"].startswith("A log record of bot, line ")
    assert TOKEN not in str(line)
