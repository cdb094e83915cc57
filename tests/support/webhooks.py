"""Telegram's side of a webhook: it sends each update until it is answered 200, one at a time for each chat."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import httpx

from bot.demo.telegram.users import Json
from tests.support.world import Family

PUBLIC_URL = "https://bot.example"


@dataclass
class Delivery:
    """What Telegram has sent: the statuses that it was answered, in their order."""

    family: Family
    statuses: list[int] = field(default_factory=list)

    @property
    def base_url(self) -> str:
        """Where a proxy with a certificate passes requests to PUBLIC_URL on to."""
        return f"http://127.0.0.1:{self.family.environ['PORT']}"

    async def send(self, client: httpx.AsyncClient, update: Json, *, base_url: str | None = None) -> int:
        """Send an update once; returns the status of the answer, or 0 without one.

        With a `base_url` it goes there, as a load balancer among several processes would pass it on.
        """
        hook = self.family.bot.webhook
        headers = {"X-Telegram-Bot-Api-Secret-Token": hook.secret_token or ""}
        try:
            answer = await client.post(
                (base_url or self.base_url) + urlsplit(hook.url).path, json=update, headers=headers
            )
        except httpx.HTTPError:
            return 0
        self.statuses.append(answer.status_code)
        return answer.status_code

    async def run(self) -> None:
        """Send what waits, for ever."""
        updates = self.family.bot.updates
        async with httpx.AsyncClient(trust_env=False, timeout=30) as client:
            while True:
                await self.family.telegram.until(
                    lambda: self.family.bot.webhook.url and updates.unacknowledged, within=3600
                )
                update = updates.unacknowledged[0]
                if await self.send(client, update) == httpx.codes.OK:
                    updates.delivered(update["update_id"])
                else:
                    await asyncio.sleep(0.01)


@asynccontextmanager
async def telegram_delivers(family: Family) -> AsyncIterator[Delivery]:
    """Let Telegram send updates for the length of the block."""
    delivery = Delivery(family)
    task = asyncio.create_task(delivery.run(), name="delivering")
    try:
        yield delivery
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
