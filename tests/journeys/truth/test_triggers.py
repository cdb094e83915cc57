"""DIMO's vehicle triggers: kept as the notes need them, and a hint that makes the bot look at the car."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass
from urllib.parse import quote, urlsplit

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st
from starlette.applications import Starlette

from bot.demo.dimo.faults import status
from bot.demo.dimo.webhooks import Unreachable, Webhook
from bot.web.triggers import TriggersEndpoint
from tests.support.ports import free_port
from tests.support.webhooks import PUBLIC_URL, telegram_delivers
from tests.support.world import Family, a_family

KEEPING = "keeping DIMO's triggers"
LOOKING = "looking at cars later"
MINUTE, DAY = 60, 86_400
_KEYS = ["data", "webhookId", "assetDID", "subject", "verification", "signal"]


@dataclass
class Pushed:
    """A bot with a public address, and DIMO's calls to it."""

    family: Family

    async def call(self, url: str, body: Mapping[str, object]) -> tuple[int, str]:
        """Call the bot as DIMO does, past the proxy that a public address has."""
        async with httpx.AsyncClient(trust_env=False) as client:
            try:
                answer = await client.post(self.inside(url), json=body)
            except httpx.HTTPError as error:
                raise Unreachable from error
        return answer.status_code, answer.text

    def inside(self, url: str) -> str:
        return f"http://127.0.0.1:{self.family.environ['PORT']}{urlsplit(url).path}"

    @property
    def webhooks(self) -> list[Webhook]:
        return list(self.family.dimo.webhooks.values())

    def of(self, signal: str) -> Webhook:
        (found,) = (one for one in self.webhooks if one.fields["metricName"] == f"vss.{signal}")
        return found

    @property
    def address(self) -> str:
        return str(self.webhooks[0].fields["targetURL"])

    async def is_kept(self, holds: Callable[[], object] = lambda: True) -> None:
        """Wait until the bot has compared DIMO's webhooks with what the notes need, and this holds."""
        for _ in range(15):
            self.family.clock.advance(MINUTE + 1)
            await self.family.clock.until_asleep(KEEPING, after=MINUTE / 2)
            if holds():
                return
        raise AssertionError(f"DIMO has {self.webhooks}")

    async def looks(self) -> int:
        """Return how often the car was asked, once all calls are answered."""
        while self.family.dimo.calls_under_way:
            await asyncio.wait(set(self.family.dimo.calls_under_way))
        self.family.clock.advance(11)
        await self.family.clock.until_asleep(LOOKING, after=11)
        return len(self.family.dimo.calls_of("telemetry", "query"))


@pytest.fixture
async def pushed(sqlite_url: str, key: str, signing_key: RSAPrivateKey) -> AsyncIterator[Pushed]:
    async with a_family(sqlite_url, key, signing_key) as family, telegram_delivers(family):
        family.environ |= {"PUBLIC_URL": PUBLIC_URL, "PORT": str(free_port())}
        pushed = Pushed(family)
        family.dimo.call_webhook = pushed.call
        await family.start_bot()
        await family.link()
        await pushed.is_kept(lambda: pushed.webhooks)
        yield pushed


async def test_what_stays_open_is_told_after_a_call_of_dimo(pushed: Pushed) -> None:
    family = pushed.family
    assert family.car.token_id in pushed.of("bodyTrunkRearIsOpen").vehicles
    assert all(urlsplit(one.fields["targetURL"]).scheme == "https" for one in pushed.webhooks)
    await pushed.looks()
    family.clock.advance(7 * 3600)  # nothing happens, so that the next look would be hours away
    before = await pushed.looks()
    family.car.change(trunk_open=True)
    assert await pushed.looks() == before + 1
    family.clock.advance(10 * MINUTE)
    await family.dad.sees("🚪 Bluey: trunk still open")
    family.car.change(trunk_open=False)
    family.clock.advance(30 * MINUTE + 1)
    await family.dad.sees("✅ Bluey: trunk closed again")


async def test_a_flood_of_forged_calls_costs_one_look(pushed: Pushed) -> None:
    family = pushed.family
    before = await pushed.looks()
    known, did = pushed.webhooks[0].id, family.dimo.did(family.car.token_id)
    bodies: list[object] = [{"data": {"webhookId": known, "assetDID": did}}] * 300
    bodies += [
        {"data": {"webhookId": "0" * 36, "assetDID": did}},
        {"data": {"webhookId": known, "assetDID": "did:x:1"}},
    ]
    bodies += [[], None, {"data": 1}, {"data": {"webhookId": 7, "assetDID": []}}, "x" * 70_000]
    async with httpx.AsyncClient(trust_env=False) as client:
        for body in bodies:
            answer = await client.post(pushed.inside(pushed.address), content=json.dumps(body))
            assert answer.status_code in {200, 413}
            assert urlsplit(pushed.address).path.rpartition("/")[2] not in answer.text
        wrong = await client.post(pushed.inside(f"{PUBLIC_URL}/dimo/trigger/guessed"), json=bodies[0])
    assert wrong.status_code == httpx.codes.NOT_FOUND
    assert await pushed.looks() == before + 1


_JSON = st.recursive(
    st.none() | st.booleans() | st.floats(allow_nan=False) | st.text(max_size=40),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(_KEYS), inner, max_size=4),
    max_leaves=12,
)


@settings(max_examples=200, deadline=None)
@given(body=_JSON.map(json.dumps).map(str.encode) | st.binary(max_size=200), path=st.text(max_size=30))
def test_no_call_makes_the_address_fail_or_tell_its_secret(body: bytes, path: str) -> None:
    heard = []

    async def hinted(webhook: str, vehicle: str) -> None:
        heard.append((webhook, vehicle))

    endpoint = TriggersEndpoint(secret="a secret", hinted=hinted)

    async def call() -> list[httpx.Response]:
        transport = httpx.ASGITransport(Starlette(routes=[endpoint.route]))
        async with httpx.AsyncClient(transport=transport, base_url=PUBLIC_URL) as client:
            known = await client.post("/dimo/trigger/a%20secret", content=body)
            return [known, await client.post(f"/dimo/trigger/{quote(path)}", content=body)]

    known, guessed = asyncio.run(call())
    assert known.status_code == httpx.codes.OK
    assert known.text == "ok\n" or b"verification" in body
    assert guessed.status_code in {200, 404, 405}
    assert "secret" not in guessed.text
    assert all(webhook and vehicle for webhook, vehicle in heard)


async def test_what_dimo_switched_off_is_enabled_again_and_what_nobody_wants_is_deleted(pushed: Pushed) -> None:
    family = pushed.family
    broken = pushed.of("bodyTrunkRearIsOpen")
    for _ in range(10):
        broken.called(failed=True)
    assert broken.fields["status"] == "disabled"
    family.clock.advance(DAY)
    await pushed.is_kept()
    assert broken.fields["status"] == "enabled"
    await family.takes_no_notes()
    await pushed.is_kept(lambda: not pushed.webhooks)


async def test_unlinking_removes_everything_at_dimo(pushed: Pushed) -> None:
    family = pushed.family
    question = await family.says("/unlink", "Unlink this chat?")
    await family.taps(question, "Unlink")
    await question.becomes("Unlinked.")
    await pushed.is_kept(lambda: not pushed.webhooks)


async def test_whatever_was_half_done_is_completed(pushed: Pushed) -> None:
    family = pushed.family
    some, count = pushed.webhooks[:4], len(pushed.webhooks)
    for webhook in some[:2]:
        del family.dimo.webhooks[webhook.id]
    some[2].vehicles.clear()
    some[3].vehicles[999] = family.clock.now()
    some[3].fields["targetURL"] = "https://elsewhere.example/x"
    family.dimo.fail("triggers", "register_webhook", status(503, "Service Unavailable"))
    await family.restart_bot()

    def is_whole(webhook: Webhook) -> bool:
        is_ours = webhook.fields["targetURL"].startswith(f"{PUBLIC_URL}/dimo/trigger/")
        return is_ours and set(webhook.vehicles) == {family.car.token_id}

    await pushed.is_kept(lambda: len(pushed.webhooks) == count and all(map(is_whole, pushed.webhooks)))
    assert len({one.fields["displayName"] for one in pushed.webhooks}) == count
