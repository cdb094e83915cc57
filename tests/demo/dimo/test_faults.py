import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime

import httpx
import pytest

from bot.demo.dimo.faults import (
    Fault,
    answer,
    drop,
    garbage,
    html,
    lose_answer,
    never_answer,
    refuse_connection,
    slow,
    status,
)
from bot.demo.dimo.http.routes import ROUTES
from bot.demo.dimo.state import SERVICES
from bot.demo.dimo.world import DimoWorld
from bot.serving import bound_socket, serve, url_of
from tests.support.dimo_setting import DimoSetting, message_of, signing_key


@pytest.fixture
async def over_http() -> AsyncIterator[DimoSetting]:
    """Return a setting whose client uses real HTTP."""
    bound, setting = bound_socket(), DimoSetting()
    setting.world = DimoWorld(url_of(bound), now=lambda: datetime.now(UTC), signing_key=signing_key())
    setting.car = setting.world.add_account("Ann").add_car()
    async with serve(setting.world.app, bound) as base_url, httpx.AsyncClient(base_url=base_url) as setting.http:
        yield setting


async def test_lost_answer_leaves_the_command_done(setting: DimoSetting) -> None:
    setting.car.lose_next_answer()
    with pytest.raises(httpx.RemoteProtocolError):
        await setting.command("doors/unlock")
    assert setting.car.received == ["doors/unlock"]
    assert setting.world.calls == [("devices", "command", None)]
    assert (await setting.command("doors/lock")).status_code == 200


async def test_lost_answer_is_a_closed_connection_over_real_http(over_http: DimoSetting) -> None:
    over_http.car.lose_next_answer()
    with pytest.raises(httpx.RemoteProtocolError, match="without sending a response"):
        await over_http.command("doors/unlock")
    assert over_http.car.received == ["doors/unlock"]
    assert (await over_http.command("doors/lock")).status_code == 200


async def test_answer_that_never_comes_runs_into_the_clients_own_timeout(over_http: DimoSetting) -> None:
    over_http.world.fail("devices", "command", never_answer())
    with pytest.raises(httpx.ReadTimeout):
        await over_http.command("doors/unlock", timeout=0.05)
    assert over_http.car.received == ["doors/unlock"]


async def test_refused_connection_cannot_be_simulated_over_real_http(over_http: DimoSetting) -> None:
    over_http.world.fail("devices", "command", refuse_connection())
    assert (await over_http.command("doors/unlock")).status_code == 500


@pytest.mark.parametrize(
    ("fault", "error", "arrives"),
    [
        (lose_answer(), httpx.RemoteProtocolError, True),
        (drop(), httpx.RemoteProtocolError, False),
        (never_answer(), httpx.ReadTimeout, True),
        (never_answer(acts=False), httpx.ReadTimeout, False),
        (refuse_connection(), httpx.ConnectError, False),
    ],
)
async def test_every_loss_raises_httpx_own_error_in_process(
    setting: DimoSetting, fault: Fault, error: type[Exception], arrives: bool
) -> None:
    setting.world.fail("devices", "command", fault)
    with pytest.raises(error):
        await setting.command("doors/unlock")
    assert bool(setting.car.received) is arrives


async def test_status_comes_with_dimos_error_body(setting: DimoSetting) -> None:
    setting.world.fail("devices", "command", status(429, "slow down", retry_after=3))
    response = await setting.command("doors/unlock")
    assert (response.status_code, message_of(response)) == (429, "slow down")
    assert response.headers["retry-after"] == "3"
    assert setting.car.received == []


async def test_failing_service_may_have_executed_the_command(setting: DimoSetting) -> None:
    setting.world.fail("devices", "command", status(502, "bad gateway", acts=True))
    assert (await setting.command("doors/unlock")).status_code == 502
    assert setting.car.received == ["doors/unlock"]


@pytest.mark.parametrize("code", [200, 404, 522])
async def test_page_for_people_comes_instead_of_json(over_http: DimoSetting, code: int) -> None:
    over_http.world.fail("devices", "command", html(code))
    response = await over_http.command("doors/unlock")
    assert response.status_code == code
    assert response.headers["content-type"].startswith("text/html")
    assert over_http.car.received == []


async def test_garbage_and_other_answers_come_after_the_command(setting: DimoSetting) -> None:
    setting.world.fail("devices", "command", garbage())
    setting.world.fail("devices", "command", answer(200, {"other": 1}))
    with pytest.raises(ValueError, match="Unterminated"):
        (await setting.command("doors/lock")).json()
    assert (await setting.command("doors/lock")).json() == {"other": 1}
    assert len(setting.car.received) == 2


async def test_slow_answer_waits_for_its_event(setting: DimoSetting) -> None:
    may_go = asyncio.Event()
    setting.world.fail("devices", "command", slow(may_go))
    task = asyncio.create_task(setting.command("doors/lock"))
    await setting.world.wait_arrived("devices", "command")
    assert (setting.car.received, setting.world.calls) == ([], [])
    may_go.set()
    await setting.world.wait_calls("devices", "command")
    assert (await task).status_code == 200


async def test_slow_answer_in_seconds_uses_the_simulated_clock(setting: DimoSetting) -> None:
    slept: list[float] = []

    async def sleep(seconds: float) -> None:
        slept.append(seconds)

    setting.world.sleep = sleep
    setting.world.fail("devices", "command", slow(7.5))
    assert (await setting.command("doors/lock")).status_code == 200
    assert slept == [7.5]


async def test_queued_faults_apply_once_and_in_order(setting: DimoSetting) -> None:
    setting.world.fail("devices", "command", status(500), times=2)
    setting.world.fail("devices", "*", status(503))
    codes = [(await setting.command("doors/lock")).status_code for _ in range(4)]
    assert codes == [500, 500, 503, 200]


async def test_standing_fault_stays_until_healed(setting: DimoSetting) -> None:
    setting.world.fail("devices", "command", status(500), times=None)
    assert [(await setting.command("doors/lock")).status_code for _ in range(3)] == [500] * 3
    setting.world.heal("devices")
    assert (await setting.command("doors/lock")).status_code == 200


@pytest.mark.parametrize("service", ROUTES)
async def test_service_that_is_switched_off_answers_every_request_with_a_page(
    setting: DimoSetting, service: str
) -> None:
    setting.world.switch_off(service)
    for path in ("", "/query", "/v1/anything"):
        response = await setting.http.get(f"/{service}{path}")
        assert (response.status_code, response.headers["content-type"][:9]) == (404, "text/html")
    assert setting.world.violations == []


async def test_command_services_can_be_switched_off_and_on(setting: DimoSetting) -> None:
    world = setting.world
    assert (world.devices_gone, world.oracle_gone) == (False, False)
    world.devices_gone = world.oracle_gone = True
    assert (world.devices_gone, world.oracle_gone) == (True, True)
    assert (await setting.command("doors/lock")).status_code == 404
    world.devices_gone = False
    assert (await setting.command("doors/lock")).status_code == 200
    assert (world.devices_gone, world.oracle_gone) == (False, True)


async def test_rate_limit_is_kept_per_service_and_second(setting: DimoSetting) -> None:
    setting.world.rate_limit = 2
    assert [(await setting.command("doors/lock")).status_code for _ in range(3)] == [200, 200, 429]
    assert (await setting.http.get("/auth/keys")).status_code == 200
    setting.clock.pass_time(seconds=1)
    assert (await setting.command("doors/lock")).status_code == 200
    assert len(setting.car.received) == 3


def test_every_service_is_named_once() -> None:
    assert tuple(ROUTES) == SERVICES
