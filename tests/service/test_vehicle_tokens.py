import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.dimo.errors import NotPermitted
from bot.dimo.permissions import Permission
from bot.domain.actions import Action
from bot.domain.ids import CarId, ChatId
from bot.service.actions.requests import Asked
from tests.support.use_cases import Process, Town, a_process, a_town, an_ask


@pytest.fixture
def town(tmp_path: Path) -> Town:
    return a_town(str(tmp_path), OPENINGS_PER_MINUTE="1000")


@pytest.fixture
async def process(town: Town) -> AsyncIterator[Process]:
    async with a_process(town) as process:
        yield process


def exchanges(town: Town) -> int:
    return len(town.dimo.calls_of("token-exchange", "exchange"))


async def test_twenty_simultaneous_commands_exchange_one_token(town: Town, process: Process) -> None:
    act = process.services.actions.requests.request
    await asyncio.gather(*(act(an_ask(), Action.CHARGE_START) for _ in range(20)))
    await process.settles()
    assert town.car.received == ["charge/start"] * 20
    assert exchanges(town) == 1


async def test_the_confirming_tap_makes_only_one_call_to_dimo(town: Town, process: Process) -> None:
    asked = await process.services.actions.requests.request(an_ask(), Action.UNLOCK)
    assert isinstance(asked, Asked)
    await town.dimo.wait_calls("token-exchange", "exchange")
    before = len(town.dimo.calls)
    await process.services.confirmation.confirm(an_ask(), asked.prompt.id, message=None)
    await process.settles()
    made = [call[:2] for call in town.dimo.calls[before:] if call.operation != "root"]
    assert made == [("devices", "command")]


async def test_a_vehicle_token_survives_a_restart(town: Town, process: Process) -> None:
    await process.services.actions.requests.request(an_ask(), Action.LOCK)
    await process.settles()
    async with a_process(town) as later:
        await later.services.actions.requests.request(an_ask(), Action.LOCK)
        await later.settles()
    assert exchanges(town) == 1


async def test_a_vehicle_token_near_its_end_is_replaced(town: Town, process: Process) -> None:
    for _ in range(2):
        await process.services.actions.requests.request(an_ask(), Action.LOCK)
        await process.settles()
        town.clock.advance(9 * 60 + 45)
    assert exchanges(town) == 2


async def test_a_look_at_the_location_asks_for_its_permission_alone_and_costs_commands_nothing(
    town: Town, process: Process
) -> None:
    """One permission that is missing fails a whole exchange, so it must never be asked for together with commands."""
    town.dimo.share(town.car, town.license, permissions={1, 2, 4})
    home, car = ChatId(an_ask().chat), CarId(town.car.token_id)
    tokens = process.services.shared.vehicle_tokens
    await tokens.vehicle(home, car, Permission.LOCATION_HISTORY)
    assert tokens.warm(home, car, Permission.COMMANDS) is None
    command = await tokens.vehicle(home, car, Permission.COMMANDS)
    assert exchanges(town) == 2
    town.dimo.share(town.car, town.license, permissions={1, 2})
    tokens.forget(home)
    with pytest.raises(NotPermitted):
        await tokens.vehicle(home, car, Permission.LOCATION_HISTORY)
    assert (await tokens.vehicle(home, car, Permission.COMMANDS)).value == command.value
