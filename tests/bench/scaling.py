"""What an action costs at one, two and three replicas with a webhook: `python -m tests.bench.scaling [--seconds 20]`.

The fakes in this process and PostgreSQL need the processor, too: where cores are few, the processor time of an action
says more than how many are done in a second.
"""

import argparse
import asyncio
import tempfile
import time
from contextlib import suppress
from pathlib import Path

import httpx
from cryptography.hazmat.primitives.asymmetric import rsa

from bot.demo.telegram.users import Json
from bot.demo.watchers import NotSeen
from storage.encryption.vault import new_key
from tests.bench.replicas import database
from tests.bench.rigs import processor_seconds
from tests.support.ports import free_port
from tests.support.replicas import Replicas, User, add_users, replicas
from tests.support.webhooks import PUBLIC_URL, Delivery

_MOST_AT_ONCE = 40
"""Telegram's `max_connections`, unless a bot asks for another number."""


class Balancer:
    """Telegram, and a load balancer that passes its updates on to each process in turn."""

    def __init__(self, several: Replicas) -> None:
        self._family = several.family
        self._delivery = Delivery(several.family)
        self.ports: list[int] = []
        self._turn = 0
        self._sending: set[int] = set()

    async def run(self) -> None:
        """Send each update to one process, many side by side."""
        tasks: set[asyncio.Task[None]] = set()
        async with httpx.AsyncClient(trust_env=False, timeout=30) as client:
            while True:
                await self._family.telegram.until(lambda: self.ports and self._next() is not None, within=3600)
                update = self._next()
                if update is not None:
                    self._sending.add(update["update_id"])
                    task = asyncio.create_task(self._send(client, update))
                    tasks.add(task)
                    task.add_done_callback(tasks.discard)

    def _next(self) -> Json | None:
        if len(self._sending) >= _MOST_AT_ONCE or not self._family.bot.webhook.url:
            return None
        waiting = self._family.bot.updates.unacknowledged
        return next((one for one in waiting if one["update_id"] not in self._sending), None)

    async def _send(self, client: httpx.AsyncClient, update: Json) -> None:
        self._turn += 1
        process = f"http://127.0.0.1:{self.ports[self._turn % len(self.ports)]}"
        if await self._delivery.send(client, update, base_url=process) == httpx.codes.OK:
            self._family.bot.updates.delivered(update["update_id"])
        else:
            await asyncio.sleep(0.1)
        self._sending.discard(update["update_id"])


async def _locks(user: User, until: float) -> int:
    """Send /lock again and again; returns how often the person was told that the command is on its way."""
    done = 0
    while time.monotonic() < until:
        said = user.person.says("/lock")
        with suppress(NotSeen):
            await user.person.sees("Accepted", after=said, within=30)
            done += 1
    return done


async def _is_ready(port: int) -> None:
    async with httpx.AsyncClient(trust_env=False) as client:
        while True:
            with suppress(httpx.HTTPError):
                if (await client.get(f"http://127.0.0.1:{port}/readyz")).status_code == httpx.codes.OK:
                    return
            await asyncio.sleep(0.1)


async def measure(count: int, cars: int, seconds: float) -> None:
    """Run this many replicas, and print what an action cost."""
    signing_key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    with database() as url, tempfile.TemporaryDirectory() as folder:
        async with replicas(url, new_key(), signing_key, Path(folder), module="tests.bench.ours") as several:
            balancer = Balancer(several)
            delivering = asyncio.create_task(balancer.run())
            several.family.environ["PUBLIC_URL"] = PUBLIC_URL
            for _ in range(count):
                port = free_port()
                several.family.environ["PORT"] = str(port)
                await several.start()
                await asyncio.wait_for(_is_ready(port), 60)
                balancer.ports.append(port)
            users = await add_users(several, cars)
            before = [processor_seconds(one.pid) for one in several.processes]
            began = time.monotonic()
            done = sum(await asyncio.gather(*(_locks(user, began + seconds) for user in users)))
            took = time.monotonic() - began
            used = [processor_seconds(one.pid) - was for one, was in zip(several.processes, before, strict=True)]
            delivering.cancel()
            await asyncio.gather(delivering, return_exceptions=True)
    each = ", ".join(f"{one:.1f}" for one in used)
    print(
        f"{count} replicas: {done} lock commands in {took:.0f} s, {done / took:.0f} a second; "
        f"processor {1000 * sum(used) / max(done, 1):.1f} ms an action ({each} s)",
        flush=True,
    )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=20)
    parser.add_argument("--cars", type=int, default=40)
    given = parser.parse_args()
    for number in (1, 2, 3):
        asyncio.run(measure(number, given.cars, given.seconds))
