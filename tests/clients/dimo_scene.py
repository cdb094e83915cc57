"""What a program does with one of DIMO's SDKs, and what it must get: the same for all of them.

Each program in `programs/` makes the same calls with the functions of its SDK, changes nothing but the base URLs,
and prints what it got as one JSON object.
"""

import asyncio
import json
import os
import sys
from asyncio.subprocess import PIPE
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from bot.demo.dimo.car import Car
from bot.demo.dimo.state import License
from bot.demo.dimo.world import DimoWorld
from bot.serving import App, Receive, Scope, Send, serve

REDIRECT_URI = "https://family.example/return"
TARGET_URL = "https://family.example/hook"
VERIFICATION_TOKEN = "proves the address"
PERMISSIONS = {1, 2}
SECONDS = 60
SERVICES: Mapping[str, tuple[str, str]] = {
    "Auth": ("auth", ""),
    "Identity": ("identity", "/query"),
    "Telemetry": ("telemetry", "/query"),
    "TokenExchange": ("token-exchange", ""),
    "VehicleTriggers": ("triggers", ""),
}
"""The SDKs' name of each service, ours, and the path that belongs to the SDKs' base URL."""


@dataclass(frozen=True, slots=True)
class Scene:
    """A license with which one of two cars is shared."""

    world: DimoWorld
    licence: License
    shared: Car
    not_shared: Car


def main(command: Sequence[str]) -> int:
    """Run the program that this command starts, and check what it got; return the exit status."""
    asyncio.run(_play(command))
    sys.stdout.write("Every call was answered as it should be.\n")
    return 0


def _scene() -> Scene:
    world = DimoWorld("http://dimo.example", now=lambda: datetime.now(UTC))
    licence = world.add_license(redirect_uris=[REDIRECT_URI])
    ann = world.add_account("Ann")
    scene = Scene(world, licence, ann.add_car(name="Bluey"), ann.add_car(name="Rusty"))
    world.share(scene.shared, licence, permissions=PERMISSIONS)
    world.call_webhook = _prove_address
    return scene


async def _prove_address(url: str, body: Mapping[str, object]) -> tuple[int, str]:
    assert (url, body) == (TARGET_URL, {"verification": "test"})
    return 200, VERIFICATION_TOKEN


async def _play(command: Sequence[str]) -> None:
    scene = _scene()
    async with AsyncExitStack() as stack:
        urls = {}
        for name, (service, path) in SERVICES.items():
            # The Python SDK drops a path from a base URL, so each service has an address of its own, as DIMO's have.
            urls[name] = await stack.enter_async_context(serve(_only(scene.world.app, service))) + path
        process = await asyncio.create_subprocess_exec(
            *command, stdout=PIPE, env=os.environ | _environment(scene, urls)
        )
        try:
            async with asyncio.timeout(SECONDS):
                printed, _ = await process.communicate()
        finally:
            if process.returncode is None:
                process.kill()
    assert process.returncode == 0, f"the program ended with status {process.returncode}"
    _check(scene, json.loads(printed))


def _only(app: App, service: str) -> App:
    """Serve one service under its own address."""

    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        await app({**scope, "path": f"/{service}{scope['path']}"}, receive, send)

    return answer


def _environment(scene: Scene, urls: Mapping[str, str]) -> dict[str, str]:
    return {
        "DIMO_URLS": json.dumps(urls),
        "CLIENT_ID": scene.licence.client_id,
        "API_KEY": scene.licence.api_key,
        "REDIRECT_URI": REDIRECT_URI,
        "OWNER": scene.shared.owner_wallet,
        "SHARED_CAR": str(scene.shared.token_id),
        "SHARED_CAR_DID": scene.world.did(scene.shared.token_id),
        "OTHER_CAR": str(scene.not_shared.token_id),
        "TARGET_URL": TARGET_URL,
        "VERIFICATION_TOKEN": VERIFICATION_TOKEN,
    }


def _check(scene: Scene, got: Mapping[str, Any]) -> None:
    world, car = scene.world, scene.shared
    (violation,) = world.violations
    assert violation.startswith("telemetry sends an invalid query"), violation
    assert set(world.tokens.verify(got["vehicle_jwt"], issuer=world.exchange_issuer)["privilege_ids"]) == PERMISSIONS
    assert got["vehicles"] == 2
    assert [node["definition"]["make"] for node in got["definitions"]] == ["Tesla", "Tesla"]
    assert got["shares"] == [{"permissions": "0x3c", "grantee": scene.licence.client_id}]
    assert {signal["name"] for signal in got["signals"]} == car.signals.keys()
    assert got["refused_exchange"] == 403
    assert got["refused_query"] == 422
    (webhook,) = got["webhooks"]
    assert (webhook["id"], webhook["targetURL"]) == (got["webhook"], TARGET_URL)
    assert got["subscribed"] == [world.did(car.token_id)]
    assert got["after_unsubscribing"] == []
    assert world.webhooks == {}
