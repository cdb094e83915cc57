"""Vehicle triggers: DIMO calls an address of ours when a signal of a car fulfils a condition.

Source: DIMO-Network/vehicle-triggers-api, internal/controllers/webhook. Calls are not signed.
"""

from dataclasses import dataclass, field

from bot import lengths
from bot.dimo.environments import ServiceUrls
from bot.dimo.errors import CannotDo
from bot.dimo.http import Http
from bot.dimo.json_fields import Record, array, maybe, record, short_text, text
from bot.dimo.tokens import DeveloperJwt

_PATH = "/v1/webhooks"
_ENABLED = "enabled"
_MOST = 500
"""Webhooks of one license that are read."""


@dataclass(frozen=True, slots=True)
class Webhook:
    """A webhook of the license at DIMO; its address is secret."""

    id: str
    name: str
    metric: str
    condition: str
    url: str = field(repr=False)
    is_enabled: bool
    """DIMO disables one whose address has failed ten times in a row."""


@dataclass(frozen=True, slots=True)
class NewWebhook:
    """A webhook to register; DIMO calls the address at once, and wants the verification token as its answer."""

    name: str
    metric: str
    """`vss.` and the name of a signal."""
    condition: str
    """In CEL, about `value`."""
    cool_down_seconds: int
    url: str = field(repr=False)
    verification_token: str = field(repr=False)


class TriggersApi:
    """DIMO's vehicle triggers; each method raises a DimoError."""

    def __init__(self, http: Http, urls: ServiceUrls) -> None:
        self._http = http
        self._contract = f"did:erc721:{urls.chain_id}:{urls.vehicle_contract}"

    async def look(self) -> None:
        """Prove that the service answers, without a token."""
        await self._http.look(_PATH)

    async def webhooks(self, jwt: DeveloperJwt) -> list[Webhook]:
        """List the webhooks of the license."""
        limit = self._http.timeouts.triggers
        answer = await self._http.get(_PATH, operation="webhooks", limit=limit, jwt=jwt)
        return answer.read_any(lambda found: [_webhook(record(one)) for one in array(found)[:_MOST]])

    async def register(self, jwt: DeveloperJwt, new: NewWebhook) -> str:
        """Register a webhook, and return its id."""
        body = {
            "service": "signals",
            "metricName": new.metric,
            "condition": new.condition,
            "coolDownPeriod": new.cool_down_seconds,
            "targetURL": new.url,
            "verificationToken": new.verification_token,
            "displayName": new.name,
            "status": _ENABLED,
        }
        limit = 2 * self._http.timeouts.triggers  # DIMO calls the address before it answers
        answer = await self._http.post(_PATH, operation="register webhook", limit=limit, jwt=jwt, body=body)
        return answer.read(lambda found: short_text(found, "id"))

    async def enable(self, jwt: DeveloperJwt, webhook: str, *, url: str) -> None:
        """Let DIMO call a webhook again, at this address; its failures are forgotten."""
        body = {"status": _ENABLED, "targetURL": url}
        limit = self._http.timeouts.triggers
        await self._http.put(f"{_PATH}/{webhook}", operation="enable webhook", limit=limit, jwt=jwt, body=body)

    async def delete(self, jwt: DeveloperJwt, webhook: str) -> None:
        """Delete a webhook with its subscriptions."""
        limit = self._http.timeouts.triggers
        await self._http.delete(f"{_PATH}/{webhook}", operation="delete webhook", limit=limit, jwt=jwt)

    async def cars(self, jwt: DeveloperJwt, webhook: str) -> set[int]:
        """Return the token ids of the cars that are subscribed to a webhook."""
        limit = self._http.timeouts.triggers
        answer = await self._http.get(f"{_PATH}/{webhook}", operation="subscriptions", limit=limit, jwt=jwt)
        dids = answer.read_any(array)
        return {number for did in dids if isinstance(did, str) and (number := self.token_id_of(did)) is not None}

    async def subscribe(self, jwt: DeveloperJwt, webhook: str, token_id: int) -> None:
        """Subscribe a car; NotPermitted where it is not shared with the permission that the signal needs."""
        path, limit = f"{_PATH}/{webhook}/subscribe/{self._contract}:{token_id}", self._http.timeouts.triggers
        try:
            await self._http.post(path, operation="subscribe", limit=limit, jwt=jwt)
        except CannotDo as error:
            if "already" not in (error.dimo_said or "").lower():
                raise

    async def unsubscribe(self, jwt: DeveloperJwt, webhook: str, token_id: int) -> None:
        """End the subscription of a car."""
        path, limit = f"{_PATH}/{webhook}/unsubscribe/{self._contract}:{token_id}", self._http.timeouts.triggers
        await self._http.delete(path, operation="unsubscribe", limit=limit, jwt=jwt)

    def token_id_of(self, did: str) -> int | None:
        """Return the token id in the DID of a vehicle of this environment; None for any other text."""
        contract, _, number = did[: lengths.NAME].rpartition(":")
        is_ours = contract.lower() == self._contract.lower() and number.isascii() and number.isdecimal()
        return int(number) if is_ours and len(number) <= 18 else None


def _webhook(found: Record) -> Webhook:
    return Webhook(
        id=short_text(found, "id"),
        name=maybe(short_text, found, "displayName") or "",
        metric=short_text(found, "metricName"),
        condition=maybe(short_text, found, "condition") or "",
        url=maybe(text, found, "targetURL") or "",
        is_enabled=(maybe(short_text, found, "status") or "").lower() == _ENABLED,
    )
