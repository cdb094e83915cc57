import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime

import httpx
import pytest

from bot.demo.dimo.api import ROUTES, DimoWorld
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
from bot.demo.server import bound_socket, serve, url_of
from tests.support.dimo_town import Town, message_of, signing_key


@pytest.fixture
def town() -> Town:
    return Town()


@pytest.fixture
async def wired() -> AsyncIterator[Town]:
    """Hand out a town whose client speaks real HTTP to it."""
    bound, town = bound_socket(), Town()
    town.world = DimoWorld(url_of(bound), now=lambda: datetime.now(UTC), signing_key=signing_key())
    town.car = town.world.add_account("Ann").add_car()
    async with serve(town.world.app, bound) as base_url, httpx.AsyncClient(base_url=base_url) as town.http:
        yield town


async def test_lost_answer_leaves_the_command_done(town: Town) -> None:
    town.car.lose_next_answer()
    with pytest.raises(httpx.RemoteProtocolError):
        await town.command("doors/unlock")
    assert town.car.received == ["doors/unlock"]
    assert town.world.calls == [("devices", "command", None)]
    assert (await town.command("doors/lock")).status_code == 200


async def test_lost_answer_is_a_closed_connection_on_the_wire(wired: Town) -> None:
    wired.car.lose_next_answer()
    with pytest.raises(httpx.RemoteProtocolError, match="without sending a response"):
        await wired.command("doors/unlock")
    assert wired.car.received == ["doors/unlock"]
    assert (await wired.command("doors/lock")).status_code == 200


async def test_answer_that_never_comes_runs_into_the_clients_own_timeout(wired: Town) -> None:
    wired.world.fail("devices", "command", never_answer())
    with pytest.raises(httpx.ReadTimeout):
        await wired.command("doors/unlock", timeout=0.05)
    assert wired.car.received == ["doors/unlock"]


async def test_refused_connection_cannot_be_played_on_the_wire(wired: Town) -> None:
    wired.world.fail("devices", "command", refuse_connection())
    assert (await wired.command("doors/unlock")).status_code == 500


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
    town: Town, fault: Fault, error: type[Exception], arrives: bool
) -> None:
    town.world.fail("devices", "command", fault)
    with pytest.raises(error):
        await town.command("doors/unlock")
    assert bool(town.car.received) is arrives


async def test_status_comes_with_dimos_error_body(town: Town) -> None:
    town.world.fail("devices", "command", status(429, "slow down", retry_after=3))
    response = await town.command("doors/unlock")
    assert (response.status_code, message_of(response)) == (429, "slow down")
    assert response.headers["retry-after"] == "3"
    assert town.car.received == []


async def test_failing_service_may_have_acted(town: Town) -> None:
    town.world.fail("devices", "command", status(502, "bad gateway", acts=True))
    assert (await town.command("doors/unlock")).status_code == 502
    assert town.car.received == ["doors/unlock"]


@pytest.mark.parametrize("code", [200, 404, 522])
async def test_page_for_people_comes_instead_of_json(wired: Town, code: int) -> None:
    wired.world.fail("devices", "command", html(code))
    response = await wired.command("doors/unlock")
    assert response.status_code == code
    assert response.headers["content-type"].startswith("text/html")
    assert wired.car.received == []


async def test_garbage_and_other_answers_come_after_acting(town: Town) -> None:
    town.world.fail("devices", "command", garbage())
    town.world.fail("devices", "command", answer(200, {"other": 1}))
    with pytest.raises(ValueError, match="Unterminated"):
        (await town.command("doors/lock")).json()
    assert (await town.command("doors/lock")).json() == {"other": 1}
    assert len(town.car.received) == 2


async def test_slow_answer_waits_for_its_event(town: Town) -> None:
    may_go = asyncio.Event()
    town.world.fail("devices", "command", slow(may_go))
    task = asyncio.create_task(town.command("doors/lock"))
    await town.world.wait_arrived("devices", "command")
    assert (town.car.received, town.world.calls) == ([], [])
    may_go.set()
    await town.world.wait_calls("devices", "command")
    assert (await task).status_code == 200


async def test_slow_seconds_are_slept_by_the_worlds_sleep(town: Town) -> None:
    slept: list[float] = []

    async def sleep(seconds: float) -> None:
        slept.append(seconds)

    town.world.sleep = sleep
    town.world.fail("devices", "command", slow(7.5))
    assert (await town.command("doors/lock")).status_code == 200
    assert slept == [7.5]


async def test_queued_faults_come_in_order_and_are_used_up(town: Town) -> None:
    town.world.fail("devices", "command", status(500), times=2)
    town.world.fail("devices", "*", status(503))
    codes = [(await town.command("doors/lock")).status_code for _ in range(4)]
    assert codes == [500, 500, 503, 200]


async def test_standing_fault_stays_until_healed(town: Town) -> None:
    town.world.fail("devices", "command", status(500), times=None)
    assert [(await town.command("doors/lock")).status_code for _ in range(3)] == [500] * 3
    town.world.heal("devices")
    assert (await town.command("doors/lock")).status_code == 200


@pytest.mark.parametrize("service", ROUTES)
async def test_service_that_is_switched_off_answers_every_request_with_a_page(town: Town, service: str) -> None:
    town.world.switch_off(service)
    for path in ("", "/query", "/v1/anything"):
        response = await town.http.get(f"/{service}{path}")
        assert (response.status_code, response.headers["content-type"][:9]) == (404, "text/html")
    assert town.world.violations == []


async def test_command_services_can_go_and_come_back(town: Town) -> None:
    world = town.world
    assert (world.devices_gone, world.oracle_gone) == (False, False)
    world.devices_gone = world.oracle_gone = True
    assert (world.devices_gone, world.oracle_gone) == (True, True)
    assert (await town.command("doors/lock")).status_code == 404
    world.devices_gone = False
    assert (await town.command("doors/lock")).status_code == 200
    assert (world.devices_gone, world.oracle_gone) == (False, True)


async def test_rate_limit_is_kept_per_service_and_second(town: Town) -> None:
    town.world.rate_limit = 2
    assert [(await town.command("doors/lock")).status_code for _ in range(3)] == [200, 200, 429]
    assert (await town.http.get("/auth/keys")).status_code == 200
    town.clock.pass_time(seconds=1)
    assert (await town.command("doors/lock")).status_code == 200
    assert len(town.car.received) == 3
