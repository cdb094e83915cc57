"""A simulated Telegram with one bot, for the tests of that Telegram."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
import telegram
from telegram.request import HTTPXRequest

from bot.demo.telegram.world import Bot, Message, Person, TelegramWorld
from bot.serving import serve


class Clock:
    """A time that changes only when a test says so."""

    def __init__(self) -> None:
        self.time = datetime(2026, 5, 4, 14, 2, tzinfo=UTC)

    def now(self) -> datetime:
        return self.time

    def forward(self, **amount: float) -> None:
        self.time += timedelta(**amount)


@dataclass
class Setting:
    """Ann has started the bot; `bot` is python-telegram-bot's, and uses real HTTP."""

    world: TelegramWorld
    clock: Clock
    account: Bot
    ann: Person
    bot: telegram.Bot
    http: httpx.AsyncClient

    async def shown(self, text: str = "Hello", **more: Any) -> Message:
        """Send something to Ann from the bot; return what she sees."""
        sent = await self.bot.send_message(self.ann.id, text, **more)
        found = self.ann.private_chat.message(sent.message_id)
        assert found is not None
        return found

    async def raw(self, method: str, **params: Any) -> dict[str, Any]:
        """Call a method with a JSON body; return the whole answer."""
        answer = await self.http.post(f"/bot{self.account.token}/{method}", json=params)
        body: dict[str, Any] = answer.json()
        assert answer.status_code == (200 if body["ok"] else body["error_code"])
        return body


def a_request() -> HTTPXRequest:
    """Return PTB's own request class, without certificates: loading them would take most of a test's time."""
    return HTTPXRequest(httpx_kwargs={"verify": False})


@pytest.fixture
async def setting() -> AsyncIterator[Setting]:
    clock = Clock()
    world = TelegramWorld(clock.now)
    account = world.add_bot("dimo_family_bot")
    ann = world.add_person("Ann", has_started=True)
    async with (
        serve(world.app) as url,
        telegram.Bot(
            str(account.token),
            base_url=f"{url}/bot",
            base_file_url=f"{url}/file/bot",
            request=a_request(),
            get_updates_request=a_request(),
        ) as bot,
        httpx.AsyncClient(base_url=url, verify=False) as http,  # noqa: S501 - plain HTTP: no certificates to load
    ):
        world.calls.clear()
        yield Setting(world, clock, account, ann, bot, http)
