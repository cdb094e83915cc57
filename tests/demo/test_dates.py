"""The simulated Telegram and DIMO date their answers in simulated time, and lie only when told to."""

from datetime import timedelta

import httpx
import pytest

from bot.demo.dimo.world import DimoWorld
from bot.demo.telegram.world import TelegramWorld
from bot.serving import App, serve
from tests.support.clocks import SteppedClock

NOW = "Fri, 01 May 2026 12:00:00 GMT"


async def dates(app: App) -> list[str]:
    async with serve(app) as url, httpx.AsyncClient(verify=False) as http:  # noqa: S501 - plain HTTP
        return (await http.get(f"{url}/auth/keys")).headers.get_list("date")


@pytest.mark.parametrize("kind", ["telegram", "dimo"])
async def test_every_answer_has_the_date_of_the_world(kind: str) -> None:
    clock = SteppedClock()
    world = TelegramWorld(clock.now) if kind == "telegram" else DimoWorld("http://x", now=clock.now, sleep=clock.sleep)
    assert await dates(world.app) == [NOW]
    world.dates.wrong_by = timedelta(hours=-1)
    assert await dates(world.app) == [NOW.replace("12:00", "11:00")]
    world.dates.wrong_by = None
    assert await dates(world.app) == []
