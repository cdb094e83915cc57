"""Error codes in both of DIMO's forms: what is sent, and how every answer is read."""

import json
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime

import httpx
import pytest

from bot import lengths
from bot.dimo.client import Dimo
from bot.dimo.environments import Service
from bot.dimo.error_codes import CodesOf, ErrorCode, ErrorCodeQuery
from bot.dimo.errors import (
    BadAnswer,
    CannotDo,
    CodesNotTaken,
    DimoError,
    NoAnswer,
    NotFound,
    NothingToClear,
    NotPermitted,
    NotSent,
    Refused,
    ServiceTrouble,
    SignInExpired,
    TooFast,
)
from bot.dimo.tokens import UserJwt, VehicleJwt
from tests.dimo.conftest import Wire

Call = Callable[[Dimo, CodesOf], Awaitable[object]]

PAGE = "<!DOCTYPE html><html><body>404 page not found</body></html>"
AT = "2026-03-01T12:00:00Z"
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
PATHS = {
    "device": "https://devices.test/v1/user/devices/2abc/error-codes",
    "vehicle": "https://devices.test/v1/vehicle/7/error-codes",
}


@pytest.fixture(params=PATHS)
def form(request: pytest.FixtureRequest) -> str:
    chosen: str = request.param
    return chosen


@pytest.fixture
def of(form: str, user_jwt: UserJwt, vehicle_jwt: VehicleJwt) -> CodesOf:
    return CodesOf.device("2abc", user_jwt) if form == "device" else CodesOf.vehicle(7, vehicle_jwt)


def listing(dimo: Dimo, of: CodesOf) -> Awaitable[object]:
    return dimo.codes.queries(of)


def submitting(dimo: Dimo, of: CodesOf) -> Awaitable[object]:
    return dimo.codes.submit(of, ["P0301"])


def clearing(dimo: Dimo, of: CodesOf) -> Awaitable[object]:
    return dimo.codes.clear(of)


CALLS = [listing, submitting, clearing]


def no(status: int, said: str) -> httpx.Response:
    return httpx.Response(status, json={"code": status, "message": said})


def a_query(code: str, at: object = AT, cleared: object = None) -> dict[str, object]:
    return {"errorCodes": [{"code": code, "description": "x"}], "requestedAt": at, "clearedAt": cleared}


async def test_the_history_is_asked_for_with_the_forms_own_token(
    dimo: Dimo, wire: Wire, of: CodesOf, form: str
) -> None:
    wire.will_say({"queries": []})
    assert await dimo.codes.queries(of) == []
    assert (wire.request.method, str(wire.request.url)) == ("GET", PATHS[form])
    assert wire.request.headers["authorization"] == f"Bearer {of.jwt.value}"
    assert wire.request.extensions["timeout"]["read"] == 10.0


async def test_codes_are_submitted_in_their_order_and_waited_for_a_minute(
    dimo: Dimo, wire: Wire, of: CodesOf, form: str
) -> None:
    wire.will_say({"errorCodes": [{"code": "P0106", "description": "Pressure"}], "clearedAt": None})
    assert await dimo.codes.submit(of, ("P0279", "P0106")) == [ErrorCode("P0106", "Pressure")]
    assert (wire.request.method, str(wire.request.url)) == ("POST", PATHS[form])
    assert json.loads(wire.request.content) == {"errorCodes": ["P0279", "P0106"]}
    assert wire.request.headers["authorization"] == f"Bearer {of.jwt.value}"
    assert wire.request.extensions["timeout"]["read"] == 60.0


async def test_clearing_sends_no_body_and_tells_when_dimo_marked_them(
    dimo: Dimo, wire: Wire, of: CodesOf, form: str
) -> None:
    wire.will_say({"errorCodes": [], "clearedAt": AT})
    assert await dimo.codes.clear(of) == NOON
    assert (wire.request.method, str(wire.request.url)) == ("POST", f"{PATHS[form]}/clear")
    assert wire.request.content == b""
    assert wire.request.headers["authorization"] == f"Bearer {of.jwt.value}"


@pytest.mark.parametrize("answer", [{}, {"clearedAt": None}, {"clearedAt": ""}, {"clearedAt": "just now"}])
async def test_clearing_that_dimo_gives_no_time_for_is_done_all_the_same(
    dimo: Dimo, wire: Wire, of: CodesOf, answer: object
) -> None:
    wire.will_say(answer)
    assert await dimo.codes.clear(of) is None


async def test_a_device_id_stays_one_part_of_the_path(dimo: Dimo, wire: Wire, user_jwt: UserJwt) -> None:
    wire.will_say({"queries": []})
    await dimo.codes.queries(CodesOf.device("a/../b?c#d ü\ud800", user_jwt))
    assert wire.request.url.raw_path == b"/v1/user/devices/a%2F..%2Fb%3Fc%23d%20%C3%BC%3F/error-codes"


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (1, 2, 0)])
async def test_the_history_is_newest_first_whatever_order_came(
    dimo: Dimo, wire: Wire, of: CodesOf, order: tuple[int, ...]
) -> None:
    queries = [
        a_query("P0001", "2026-03-01T13:59:59+02:00", AT),
        a_query("P0002", "2026-03-01T12:00:00.123456789Z"),
        a_query("P0003", "2026-03-01T12:00:01"),
    ]
    wire.will_say({"queries": [queries[place] for place in order]})
    found = await dimo.codes.queries(of)
    assert [query.codes[0].code for query in found] == ["P0003", "P0002", "P0001"]
    assert found[2] == ErrorCodeQuery((ErrorCode("P0001", "x"),), datetime(2026, 3, 1, 11, 59, 59, tzinfo=UTC), NOON)
    assert found[1].cleared_at is None


@pytest.mark.parametrize("answer", [{}, {"queries": None}, {"queries": []}])
async def test_no_history_may_be_written_as_null(dimo: Dimo, wire: Wire, of: CodesOf, answer: object) -> None:
    wire.will_say(answer)
    assert await dimo.codes.queries(of) == []


@pytest.mark.parametrize(
    "unreadable",
    [
        {"errorCodes": []},
        a_query("P0001", None),
        a_query("P0001", "yesterday"),
        a_query("P0001", 5),
        a_query("P0001", cleared="yesterday"),
        a_query("P0001") | {"errorCodes": "P0001"},
        None,
        "P0001",
        [],
    ],
)
async def test_a_query_that_can_not_be_read_leaves_the_others(
    dimo: Dimo, wire: Wire, of: CodesOf, unreadable: object
) -> None:
    wire.will_say({"queries": [a_query("P0002"), unreadable, a_query("P0003")]})
    assert [query.codes[0].code for query in await dimo.codes.queries(of)] == ["P0002", "P0003"]


CODES = [
    {"code": "P0001", "description": "Worn <b>out</b>\n\x00 & done \N{WRENCH}"},
    {"code": "p1", "description": ""},
    {"code": "P0002"},
    {"code": "P0003", "description": None},
    {"code": "P0004", "description": 5},
    {"code": "P0005", "description": ["x"]},
    {"description": "Of what?"},
    {"code": None, "description": "x"},
    {"code": 301, "description": "x"},
    {"code": "", "description": "x"},
    None,
    "P0006",
]
READ = [
    ErrorCode("P0001", "Worn <b>out</b>\n\x00 & done \N{WRENCH}"),
    *(ErrorCode(code, "") for code in ("p1", "P0002", "P0003", "P0004", "P0005")),
]


async def test_a_code_without_a_text_has_no_description_and_what_names_no_code_is_left_out(
    dimo: Dimo, wire: Wire, of: CodesOf
) -> None:
    wire.will_say({"errorCodes": CODES, "clearedAt": None})
    wire.will_say({"queries": [{"errorCodes": CODES, "requestedAt": AT}, a_query("P0001") | {"errorCodes": None}]})
    assert await dimo.codes.submit(of, ["P0001"]) == READ
    assert [query.codes for query in await dimo.codes.queries(of)] == [tuple(READ), ()]


async def test_half_a_pair_of_surrogates_is_replaced_and_a_whole_pair_kept(dimo: Dimo, wire: Wire, of: CodesOf) -> None:
    codes = rb'{"errorCodes": [{"code": "P\udc000", "description": "\ud800a \ud83d\udd27 \udd27\ud83d"}]}'
    wire.will(httpx.Response(200, content=codes))
    (found,) = await dimo.codes.submit(of, ["P0001"])
    assert found == ErrorCode("P\ufffd0", "\ufffda \N{WRENCH} \ufffd\ufffd")
    assert f"{found.code}{found.description}".encode()


async def test_a_long_answer_is_kept_whole(dimo: Dimo, wire: Wire, of: CodesOf) -> None:
    codes = [{"code": f"P{number:04}", "description": f"{number} " + "ü" * 600} for number in range(100)]
    assert len(json.dumps(codes, ensure_ascii=False).encode()) > 60_000
    wire.will_say({"queries": [{"errorCodes": codes, "requestedAt": AT}]})
    (query,) = await dimo.codes.queries(of)
    assert [{"code": one.code, "description": one.description} for one in query.codes] == codes


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize(
    ("status", "said", "kind"),
    [
        (400, 'Invalid error code "P01".', CannotDo),
        (400, "Too many error codes. Error codes list must be 100 or below in length.", CannotDo),
        (400, "Missing or malformed JWT", CannotDo),
        (401, "Invalid or expired JWT", SignInExpired),
        (403, "Missing required privilege", NotPermitted),
        (404, "Device not found.", NotFound),
        (404, "No device with that id found.", NotFound),
        (404, "Cannot POST /v1/vehicle/7/error-codes/clear", NotFound),
        (404, "", NotFound),
        (410, "", NotFound),
        (429, "", TooFast),
        (418, "", Refused),
        (500, "Internal error", ServiceTrouble),
        (504, "", ServiceTrouble),
    ],
)
async def test_what_dimo_says_no_with_is_named_and_asked_once(
    dimo: Dimo, wire: Wire, of: CodesOf, call: Call, status: int, said: str, kind: type[DimoError]
) -> None:
    wire.will(no(status, said))
    with pytest.raises(kind) as caught:
        await call(dimo, of)
    assert type(caught.value) is (CodesNotTaken if (call, kind) == (submitting, CannotDo) else kind)
    assert (caught.value.status, caught.value.dimo_said) == (status, said or None)
    assert caught.value.may_have_happened is (status >= 500)
    assert len(wire.requests) == 1


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize(
    ("answer", "kind", "is_away"),
    [
        (httpx.Response(404), NotFound, False),
        (httpx.Response(410, text="gone"), NotFound, False),
        (httpx.Response(200, html=PAGE), BadAnswer, True),
        (httpx.Response(404, html=PAGE), BadAnswer, True),
        (httpx.Response(404, text="default backend - 404"), BadAnswer, True),
        (httpx.Response(502, html=PAGE), ServiceTrouble, True),
        (httpx.Response(522, text="error code: 522"), ServiceTrouble, True),
        (httpx.Response(302, headers={"Location": "https://docs.test"}), BadAnswer, False),
        (httpx.Response(204), BadAnswer, False),
        (httpx.Response(200, json=[]), BadAnswer, False),
        (httpx.Response(200, content=b'{"queries": [{"errorCodes": [{"co'), BadAnswer, False),
        (httpx.Response(200, content=b'{"errorCodes": "\xff"}'), BadAnswer, False),
        (httpx.Response(200, content=b"[" * 100_000), BadAnswer, False),
        (httpx.ConnectError(""), NotSent, True),
        (httpx.ConnectTimeout(""), NotSent, True),
        (httpx.ReadTimeout(""), NoAnswer, False),
        (httpx.RemoteProtocolError(""), NoAnswer, False),
    ],
)
async def test_an_answer_that_is_none_of_dimos_or_never_comes_is_named(
    dimo: Dimo,
    wire: Wire,
    of: CodesOf,
    call: Call,
    answer: httpx.Response,
    kind: type[DimoError],
    *,
    is_away: bool,
) -> None:
    wire.will(answer)
    with pytest.raises(kind) as caught:
        await call(dimo, of)
    assert type(caught.value) is kind
    assert caught.value.unreachable is is_away
    assert len(wire.requests) == 1


@pytest.mark.parametrize(("call", "key"), [(listing, "queries"), (submitting, "errorCodes")])
async def test_a_list_of_another_form_is_a_bad_answer(
    dimo: Dimo, wire: Wire, of: CodesOf, call: Call, key: str
) -> None:
    wire.will_say({key: {}})
    with pytest.raises(BadAnswer):
        await call(dimo, of)


ALL_CLEARED = "all error codes already cleared"


@pytest.mark.parametrize("status", [400, 429])
async def test_codes_that_are_cleared_already_are_told_from_too_many_requests(
    dimo: Dimo, wire: Wire, of: CodesOf, status: int
) -> None:
    wire.will(no(status, ALL_CLEARED))
    with pytest.raises(NothingToClear) as caught:
        await dimo.codes.clear(of)
    error = caught.value
    assert (error.service, error.operation) == (Service.DEVICES, "clearing of error codes")
    assert (error.status, error.dimo_said) == (status, ALL_CLEARED)
    assert not error.may_have_happened
    assert not error.temporary


@pytest.mark.parametrize(
    ("status", "said"),
    [
        (400, "error occurred fetching device error queries"),
        (404, "error occurred fetching device error queries"),
        (404, "No error codes."),
        (404, "There are no queries for this vehicle"),
        (400, "No error code query found"),
    ],
)
async def test_words_that_there_are_no_queries_mean_that_there_is_nothing_to_clear(
    dimo: Dimo, wire: Wire, of: CodesOf, status: int, said: str
) -> None:
    wire.will(no(status, said))
    with pytest.raises(NothingToClear) as caught:
        await dimo.codes.clear(of)
    assert (caught.value.status, caught.value.dimo_said) == (status, said)


@pytest.mark.parametrize(("form", "kind"), [("device", NotFound), ("vehicle", NothingToClear)], indirect=["form"])
async def test_a_missing_user_device_means_by_token_id_only_that_there_are_no_queries(
    dimo: Dimo, wire: Wire, of: CodesOf, kind: type[DimoError]
) -> None:
    wire.will(no(404, "Could not find user device"))
    with pytest.raises(kind) as caught:
        await dimo.codes.clear(of)
    assert type(caught.value) is kind


@pytest.mark.parametrize(
    ("call", "status", "said"),
    [
        (clearing, 403, ALL_CLEARED),
        (clearing, 404, ALL_CLEARED),
        (clearing, 429, "error occurred fetching device error queries"),
        (clearing, 401, "no error codes"),
        (listing, 400, ALL_CLEARED),
        (submitting, 400, ALL_CLEARED),
        (listing, 404, "no error codes"),
        (listing, 404, "Could not find user device"),
        (submitting, 404, "Could not find user device"),
    ],
)
async def test_the_words_count_for_clearing_and_with_their_statuses_only(
    dimo: Dimo, wire: Wire, of: CodesOf, call: Call, status: int, said: str
) -> None:
    wire.will(no(status, said))
    with pytest.raises(Refused) as caught:
        await call(dimo, of)
    assert not isinstance(caught.value, NothingToClear)


def test_neither_token_nor_device_nor_description_is_shown(of: CodesOf) -> None:
    assert of.jwt.value not in repr(of)
    assert "2abc" not in repr(of)
    assert "Worn" not in repr(ErrorCodeQuery((READ[0],), NOON, None))


async def test_long_explanations_and_answers_with_too_many_codes_are_cut(dimo: Dimo, wire: Wire, of: CodesOf) -> None:
    listed = [{"code": f"P{number:04}" + "x" * 5000, "description": "ü" * 50_000} for number in range(3)]
    wire.will_say({"errorCodes": listed * 100})
    found = await dimo.codes.submit(of, ["P0000"])
    assert len(found) == 200
    assert {len(one.code) for one in found} == {lengths.NAME}
    assert {len(one.description) for one in found} == {lengths.EXPLANATION}
    assert found[0].description.endswith("ü…")
