"""Error codes against the simulated DIMO, which answers as strictly as DIMO documents it."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from bot.demo.dimo.car import Car
from bot.demo.dimo.faults import (
    Fault,
    drop,
    garbage,
    html,
    lose_answer,
    never_answer,
    refuse_connection,
    slow,
)
from bot.demo.dimo.world import DimoWorld
from bot.dimo.client import Dimo
from bot.dimo.commands import Command
from bot.dimo.error_codes import EXPLANATIONS_AT_ONCE, CodesOf, ErrorCode, ErrorCodeQuery
from bot.dimo.errors import (
    BadAnswer,
    CodesNotTaken,
    DimoError,
    NoAnswer,
    NotFound,
    NothingToClear,
    NotPermitted,
    NotSent,
    SignInExpired,
    TooFast,
)
from bot.dimo.http import Timeouts
from bot.dimo.tokens import UserJwt, VehicleJwt
from bot.serving import bound_socket, serve, url_of
from tests.dimo.conftest import URLS, MakeDimo
from tests.support.dimo_makers import LATER
from tests.support.dimo_setting import Clock, signing_key

Call = Callable[[Dimo, CodesOf], Awaitable[object]]


async def listing(dimo: Dimo, of: CodesOf) -> list[ErrorCodeQuery]:
    return await dimo.codes.queries(of)


async def submitting(dimo: Dimo, of: CodesOf) -> list[ErrorCode]:
    return await dimo.codes.submit(of, ["P0301"])


async def clearing(dimo: Dimo, of: CodesOf) -> datetime | None:
    return await dimo.codes.clear(of)


CALLS = [listing, submitting, clearing]
OPERATIONS = {
    "device": ("codes", "submit_codes", "clear_codes"),
    "vehicle": ("vehicle_codes", "submit_vehicle_codes", "clear_vehicle_codes"),
}


@dataclass
class Setting:
    """Ann's car at a simulated DIMO, and one of the two forms of its error codes."""

    form: str
    world: DimoWorld
    car: Car
    dimo: Dimo

    @property
    def of(self) -> CodesOf:
        """Ann's car in this form, with a fresh token."""
        return self.codes_of(permissions={1})

    def codes_of(self, *, permissions: set[int], lifetime: timedelta = timedelta(minutes=10)) -> CodesOf:
        if self.form == "device":
            (ann,) = self.world.accounts.values()
            token = self.world.user_jwt(ann, audience="family", lifetime=lifetime)
            return CodesOf.device(self.car.device_id, UserJwt(token, LATER, ann.wallet))
        token = self.world.vehicle_jwt(self.car, permissions=permissions, lifetime=lifetime)
        return CodesOf.vehicle(self.car.token_id, VehicleJwt(token, LATER))

    async def unlock(self) -> None:
        jwt = VehicleJwt(self.world.vehicle_jwt(self.car, permissions={2}), LATER)
        await self.dimo.devices.send(Command.UNLOCK, token_id=self.car.token_id, jwt=jwt)


def a_setting(form: str, make_dimo: MakeDimo, url: str, *, timeouts: Timeouts | None = None) -> Setting:
    world = DimoWorld(url, now=Clock(), signing_key=signing_key())
    car = world.add_account("Ann").add_car()
    urls = replace(URLS, devices=world.url("devices"))
    transport = None if url.startswith("http://127") else httpx.ASGITransport(world.app)
    return Setting(form, world, car, make_dimo(transport, urls=urls, timeouts=timeouts))


@pytest.fixture(params=OPERATIONS)
def form(request: pytest.FixtureRequest) -> str:
    chosen: str = request.param
    return chosen


@pytest.fixture
def setting(form: str, make_dimo: MakeDimo) -> Setting:
    """Speak to the world in process."""
    return a_setting(form, make_dimo, "http://dimo.test")


@pytest.fixture
async def wired(form: str, make_dimo: MakeDimo) -> AsyncIterator[Setting]:
    """Speak real HTTP to the world."""
    bound = bound_socket()
    wired = a_setting(form, make_dimo, url_of(bound))
    async with serve(wired.world.app, bound):
        yield wired


async def test_codes_are_explained_remembered_and_cleared_once(setting: Setting) -> None:
    codes, world, noon = setting.dimo.codes, setting.world, datetime(2026, 3, 1, 12, tzinfo=UTC)
    world.explanations = {"P0301": "Cylinder 1 misfires \ud800 & shakes.", "U0100": ""}
    explained = [ErrorCode("P0301", "Cylinder 1 misfires \ufffd & shakes."), ErrorCode("U0100", "")]
    assert await codes.submit(setting.of, ["P0301", "U0100"]) == explained
    assert await codes.queries(setting.of) == [ErrorCodeQuery(tuple(explained), noon, None)]
    assert await codes.clear(setting.of) == noon
    assert await codes.queries(setting.of) == [ErrorCodeQuery(tuple(explained), noon, noon)]
    with pytest.raises(NothingToClear):
        await codes.clear(setting.of)
    assert {call.operation for call in world.calls} == set(OPERATIONS[setting.form])
    assert world.violations == []


async def test_nothing_is_cleared_where_nothing_was_asked(setting: Setting) -> None:
    assert await setting.dimo.codes.queries(setting.of) == []
    with pytest.raises(NothingToClear):
        await setting.dimo.codes.clear(setting.of)


async def test_a_hundred_codes_go_in_one_request_and_one_more_in_none(setting: Setting) -> None:
    codes = [f"P{number:04}" for number in range(101)]
    assert [one.code for one in await setting.dimo.codes.submit(setting.of, codes[:100])] == codes[:100]
    with pytest.raises(CodesNotTaken, match="Too many error codes"):
        await setting.dimo.codes.submit(setting.of, codes)
    assert len(setting.car.code_queries) == 1


async def test_what_is_no_code_is_named(setting: Setting) -> None:
    with pytest.raises(CodesNotTaken, match=r'Invalid error code "P01"\.$'):
        await setting.dimo.codes.submit(setting.of, ["P0301", "P01"])


@pytest.mark.parametrize("call", CALLS)
async def test_a_token_that_ended_is_told(setting: Setting, call: Call) -> None:
    with pytest.raises(SignInExpired):
        await call(setting.dimo, setting.codes_of(permissions={1}, lifetime=timedelta(seconds=-1)))


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("form", ["vehicle"], indirect=True)
async def test_a_token_without_permission_1_is_not_permitted(setting: Setting, call: Call) -> None:
    with pytest.raises(NotPermitted):
        await call(setting.dimo, setting.codes_of(permissions={2}))


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("form", ["device"], indirect=True)
async def test_somebody_elses_device_is_not_found(setting: Setting, call: Call) -> None:
    of = setting.of
    setting.car.owner_wallet = setting.world.add_account("Bob").wallet
    with pytest.raises(NotFound, match="Device not found"):
        await call(setting.dimo, of)


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("status", [404, 410])
@pytest.mark.parametrize("form", ["device"], indirect=True)
async def test_a_device_form_that_is_gone_is_not_found(setting: Setting, call: Call, status: int) -> None:
    setting.world.device_form_gone = status
    with pytest.raises(NotFound) as caught:
        await call(setting.dimo, setting.of)
    assert type(caught.value) is NotFound
    assert caught.value.status == status


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        (html(404), BadAnswer),
        (garbage(), BadAnswer),
        (refuse_connection(), NotSent),
        (drop(), NoAnswer),
        (never_answer(), NoAnswer),
    ],
)
async def test_whatever_stands_in_dimos_place_is_named(
    setting: Setting, call: Call, fault: Fault, kind: type[DimoError]
) -> None:
    setting.world.fail("devices", "*", fault)
    with pytest.raises(kind):
        await call(setting.dimo, setting.of)


@pytest.mark.parametrize("call", CALLS)
async def test_too_many_requests_are_told(setting: Setting, call: Call) -> None:
    setting.world.rate_limit = 0
    with pytest.raises(TooFast):
        await call(setting.dimo, setting.of)


async def test_codes_whose_explanation_was_lost_may_have_been_remembered(wired: Setting) -> None:
    wired.world.fail("devices", OPERATIONS[wired.form][1], lose_answer())
    with pytest.raises(NoAnswer) as caught:
        await wired.dimo.codes.submit(wired.of, ["P0301"])
    assert caught.value.may_have_happened
    (query,) = await wired.dimo.codes.queries(wired.of)
    assert [one.code for one in query.codes] == ["P0301"]


async def test_slow_explanations_leave_commands_through(wired: Setting) -> None:
    operation, may_go = OPERATIONS[wired.form][1], asyncio.Event()
    wired.world.fail("devices", operation, slow(may_go), times=None)
    asked = [asyncio.create_task(wired.dimo.codes.submit(wired.of, [f"P{n:04}"])) for n in range(40)]
    await wired.world.wait_arrived("devices", operation, EXPLANATIONS_AT_ONCE)
    await wired.unlock()
    assert wired.car.received == ["doors/unlock"]
    assert wired.world.arrived["devices", operation] == EXPLANATIONS_AT_ONCE
    may_go.set()
    answers = await asyncio.gather(*asked)
    assert [code.code for codes in answers for code in codes] == [f"P{n:04}" for n in range(40)]
    assert len(wired.car.code_queries) == 40


async def test_an_explanation_that_found_no_place_in_time_was_not_sent(form: str, make_dimo: MakeDimo) -> None:
    setting = a_setting(form, make_dimo, "http://dimo.test", timeouts=Timeouts(explanation=0.01))
    operation, may_go = OPERATIONS[form][1], asyncio.Event()
    setting.world.fail("devices", operation, slow(may_go), times=None)
    held = [asyncio.create_task(submitting(setting.dimo, setting.of)) for _ in range(EXPLANATIONS_AT_ONCE)]
    await setting.world.wait_arrived("devices", operation, EXPLANATIONS_AT_ONCE)
    with pytest.raises(NotSent, match=r"^The explanation of error codes did not leave") as caught:
        await submitting(setting.dimo, setting.of)
    assert caught.value.temporary
    may_go.set()
    await asyncio.gather(*held)
    assert len(setting.car.code_queries) == EXPLANATIONS_AT_ONCE


async def test_an_explanation_that_is_cancelled_gives_its_place_back(setting: Setting) -> None:
    operation = OPERATIONS[setting.form][1]
    setting.world.fail("devices", operation, slow(asyncio.Event()), times=EXPLANATIONS_AT_ONCE)
    held = [asyncio.create_task(submitting(setting.dimo, setting.of)) for _ in range(EXPLANATIONS_AT_ONCE)]
    await setting.world.wait_arrived("devices", operation, EXPLANATIONS_AT_ONCE)
    for task in held:
        task.cancel()
    await asyncio.gather(*held, return_exceptions=True)
    assert [code.code for code in await setting.dimo.codes.submit(setting.of, ["P0301"])] == ["P0301"]
