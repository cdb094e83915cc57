"""No text from outside makes a parser slow, whatever it contains: the cost grows linearly with the length.

Steps are counted, not seconds: lines of Python's code, and the steps of a matcher that backtracks as `re` does.
"""

import ast
import base64
import json
import pkgutil
import re
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from typing import Any
from zoneinfo import available_timezones

import httpx
import pytest
from telegram.error import BadRequest

import bot
import storage
from bot import logs, variables
from bot.dimo import (
    error_codes,
    graphql,
    identity,
    jwt,
    jwt_verification,
    login,
    pasted,
    permissions,
    redaction,
    signing,
    telemetry,
)
from bot.dimo.environments import Service
from bot.dimo.errors import BadToken, CannotDo
from bot.dimo.json_fields import WrongShape, moment, whole
from bot.dimo.responses import Answer
from bot.domain import codes, family, names, schedules, typos, zones
from bot.telegram.contents import Content
from bot.telegram.texts import formatting
from bot.telegram.texts import log as log_texts
from bot.telegram.transport.errors import fault_of
from bot.telegram.ui import callback_data, paging
from bot.telegram.ui.screen import Screen
from tests.support.steps import CountedPattern, CountedRe, Steps, TooManySteps

NOW = datetime(2026, 5, 1, 12, 0, tzinfo=UTC)
SHORT, LONG = 40, 160
LONGEST = 10_000
"""More characters than a message of Telegram has; what DIMO sends is cut before."""

PIECES = (
    *"0aP_-.,;:/@=%&#?|'\"\\<[{ \t\n\u2028\x00ж\u0301\u200b１🚗\ud83d",
    *("e\u0301", "a ", "a.", "/a", ';"', "; =", "eyJ", "eyJ.", "eyJa.a.", "token=", "token%253D", "_token", "state="),
    *("bearer ", "://a:", "://a:b@", "0x0", "1:", "f" * 63 + " ", "%25", "utm=", "?a=b&", "P0106 ", "P0106-", "PO106,"),
    *(
        '["',
        '{"code":[',
        ",{",
        ", 1",
        " at ",
        "24.12. ",
        "dec 24, ",
        "1. ",
        "\n  ",
        " \n",
        "<b>",
        "&amp;",
        "New ",
        "l:1:",
    ),
    *("l:1:", "no codes", "@a", "a@", "t.me/", "tg://", "#a", "$A", "1.1."),
)
AROUND = (("", ""), ("x", "!"))


def texts(length: int) -> Iterator[str]:
    """Yield hostile texts of this length: one piece repeated, between others, with near misses at the end."""
    for piece in PIECES:
        for before, after in AROUND:
            middle = length - len(before) - len(after)
            yield before + (piece * length)[:middle] + after


def _answer(body: str, *, kind: str = "text/plain", **headers: str) -> Answer:
    response = httpx.Response(400, content=body.encode("utf-8", "replace"), headers={"content-type": kind, **headers})
    return Answer(response, service=Service.DEVICES, operation="look")


def _refused(text: str) -> None:
    _answer(text).error()
    _answer(json.dumps({"errors": [{"message": text}]}), kind="application/json").error()


def _waits(text: str) -> None:
    with suppress(UnicodeEncodeError, ValueError):
        _answer("", **{"retry-after": text}).error()


def _json(text: str) -> None:
    with suppress(WrongShape):
        _answer(text)._json()


def _claims(text: str) -> None:
    body = base64.urlsafe_b64encode(text.encode("utf-8", "replace")).decode().rstrip("=")
    for token in (text, f"eyJ.{text}.x", f"{body}.{body}.x", f"eyJ{body}.eyJ{body}.x"):
        for read in (jwt.expires_at, jwt.wallet_of, jwt.audience_of, jwt_verification.key_id):
            with suppress(BadToken):
                read(token)


def _verified(text: str) -> None:
    with suppress(WrongShape):
        jwt_verification._wallet({"ethereum_address": text})


def _fields(text: str) -> None:
    for read in (moment, whole):
        with suppress(WrongShape):
            read({"a": text}, "a")


def _bits(text: str) -> None:
    with suppress(WrongShape):
        permissions.from_bits(text)


def _explained(text: str) -> None:
    query = {"errorCodes": [{"code": text, "description": text}], "requestedAt": text}
    with suppress(WrongShape):
        error_codes._queries({"queries": [query]})
        error_codes._queries({"queries": [query | {"requestedAt": "2026-05-01T12:00:00Z", "clearedAt": text}]})


def _nothing_to_clear(text: str) -> None:
    error = CannotDo(service="devices", operation="clear", status=400, dimo_said=redaction.scrub(text))
    error_codes._says_nothing_to_mark(error, by_token_id=True)


def _vehicle(text: str) -> None:
    node = {"tokenId": 1, "owner": text, "name": text, "definition": {"make": text, "model": text}}
    with suppress(WrongShape):
        identity._vehicle(node | {"sacd": {"permissions": "0x3", "expiresAt": text}}, shared_with="0x1")
        identity._vehicle(node | {"sacd": {"permissions": text}}, shared_with="0x1")


def _signals(text: str) -> None:
    signal = {"name": text, "timestamp": "2026-05-01T12:00:00Z", "valueString": text}
    telemetry._signals([signal, signal | {"timestamp": text}])


def _until(text: str) -> None:
    family.read_until(text, now=NOW, zone=UTC)


def _zone(text: str) -> None:
    zones.find_zone(text, ZONES)


def _laid_out(text: str) -> None:
    text = error_codes._sound(text)
    paging.pages([paging.Block("P0106", text, formatting.passage(text))])


def _tapped(text: str) -> None:
    for data in (
        text,
        f"l:{text}",
        f"j:{text}",
        f"zone:{text}",
        f"y:{text}",
        f"q:1:{text}",
        f"c:{text}",
        f"role:{text}",
    ):
        with suppress(callback_data.BadTap):
            callback_data.read(data)


def _plain(text: str) -> None:
    Screen(text).without_markup()


def _faults(text: str) -> None:
    fault_of(BadRequest(text))


def _settings(text: str) -> None:
    readers: tuple[Callable[[str], object], ...] = (
        *(variables.bot_token, variables.url, variables.redirect_uri, variables.keys, variables.database_url),
        *(variables.client_id, variables.api_key, variables.number(int, 1), variables.one_of("a", "b")),
    )
    for read in readers:
        with suppress(ValueError):
            read(text)


def _addressed(text: str) -> None:
    login.read_landing(text)
    login.read_token(text)
    pasted.names_address(text)


def _command(text: str) -> None:
    for typed in (text, f"/{text}"):
        typos.closest(Content(typed, "", None).command, ["unlock", "lock", "status"])


def _signed(text: str) -> None:
    with suppress(signing.BadApiKey):
        signing.address_of(text)


def _looks(text: str) -> None:
    redaction.contains_secret(text)
    redaction.looks_like_jwt(text)


ZONES = frozenset(sorted(available_timezones())[:6])
PARSERS: Mapping[str, Callable[[str], object]] = {
    "the log": logs.Redactor(["told-to-us"]),
    "secrets in a person's text": _looks,
    "a quotation of DIMO's words": redaction.scrub,
    "an answer that refuses": _refused,
    "an answer that asks to wait": _waits,
    "an answer in JSON": _json,
    "a token": _claims,
    "a wallet": _verified,
    "fields of an answer": _fields,
    "permissions": _bits,
    "explained codes": _explained,
    "a refusal to clear codes": _nothing_to_clear,
    "a vehicle": _vehicle,
    "a car's signals": _signals,
    "a schedule": schedules.read_plan,
    "a complaint of GraphQL": lambda text: graphql._complaint({"errors": [{"message": text}]}),
    "a landing address": _addressed,
    "a command": _command,
    "one code": codes.read_code,
    "typed codes": codes.read_typed,
    "a car's own list of codes": codes.read_listed,
    "the code in a text": codes.base_of,
    "the end of an invitation": _until,
    "the link of an invitation": family.sent_code,
    "a city": _zone,
    "a name": formatting.name,
    "a shown name": names.shown_name,
    "somebody else's words": formatting.said,
    "an explanation": _laid_out,
    "a cell of the log's file": log_texts._cell,
    "a button's data": _tapped,
    "a text without its markup": _plain,
    "an error of Telegram": _faults,
    "a setting": _settings,
    "an address or a key": _signed,
}


def modules() -> Iterator[Any]:
    for package in (bot, storage):
        for found in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if not found.name.startswith(("bot.demo", "bot.__main__", "storage.migrations.")):
                yield import_module(found.name)


def _patterns(value: object) -> Iterator[re.Pattern[str]]:
    if isinstance(value, re.Pattern):
        yield value
    elif isinstance(value, tuple | list):
        for one in value:
            yield from _patterns(one)


def _counting(value: Any, steps: Steps) -> Any:
    if isinstance(value, re.Pattern):
        return CountedPattern(value, steps)
    if isinstance(value, tuple | list) and any(_patterns(value)):
        return type(value)(_counting(one, steps) for one in value)
    return value


@pytest.fixture
def steps(monkeypatch: pytest.MonkeyPatch) -> Iterator[Steps]:
    """Count the steps of every pattern of the bot."""
    counter = Steps()
    usual = sys.getrecursionlimit()
    sys.setrecursionlimit(5 * usual)  # for the matcher, which calls itself for every character
    for module in modules():
        for name, value in list(vars(module).items()):
            if value is re:
                monkeypatch.setattr(module, name, CountedRe(counter))
            elif any(_patterns(value)):
                monkeypatch.setattr(module, name, _counting(value, counter))
    yield counter
    sys.setrecursionlimit(usual)


@pytest.mark.parametrize("parser", PARSERS)
def test_what_a_text_costs_grows_as_its_length_does(steps: Steps, parser: str) -> None:
    parse, slow = PARSERS[parser], []
    for short, long in zip(texts(SHORT), texts(LONG), strict=True):
        with steps.counted():
            parse(short)
        try:
            with steps.counted(most=(LONG // SHORT + 1) * steps.count + 500):
                parse(long)
        except TooManySteps:
            slow.append(long[:12])
    assert not slow


@pytest.mark.parametrize("parser", PARSERS)
def test_a_text_of_the_greatest_length_is_read(parser: str) -> None:
    for text in texts(LONGEST):
        PARSERS[parser](text)


def test_every_pattern_of_the_bot_was_tried(steps: Steps) -> None:
    known = {one.pattern for module in modules() for value in vars(module).values() for one in _known(value)}
    for text in (*texts(SHORT), *EXAMPLES):
        for parse in PARSERS.values():
            parse(text)
    assert known - steps.patterns - OF_OUR_OWN_WORDS == set()


def _known(value: object) -> Iterator[re.Pattern[str] | CountedPattern]:
    if isinstance(value, CountedPattern):
        yield value
    elif isinstance(value, tuple | list):
        for one in value:
            yield from _known(one)


EXAMPLES = (
    f"https://x.test/?state={'s' * 22}&token=eyJa.\na.a",
    "1" * 64,
    "ж\x01\n",
    "24 dec 2026 18:30",
    "0x" + "1" * 64,
    "New York",
    "lock 22:00",
    "no queries",
)
OF_OUR_OWN_WORDS: set[str] = set()
"""Patterns that are never applied to text from outside."""

READERS_OF_TEXTS = {
    "read_plan",
    "read_until",
    "read_typed",
    "find_zone",
    "read_landing",
    "read_token",
    "sent_code",
    "read_listed",
}


def test_no_text_is_read_within_a_transaction() -> None:
    """While one writes, nobody else can."""
    found = []
    for file in (Path(bot.__path__[0]) / "service").rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef | ast.Lambda) and "tx" in {one.arg for one in node.args.args}:
                called = {one.id for one in ast.walk(node) if isinstance(one, ast.Name)}
                found += [(file.name, name) for name in called & READERS_OF_TEXTS]
    assert not found
