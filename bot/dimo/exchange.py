"""Trade the license's token for a vehicle's."""

from collections.abc import Collection

from bot.dimo.environments import ServiceUrls
from bot.dimo.http import Http
from bot.dimo.json_fields import Record, text
from bot.dimo.jwt import expires_at
from bot.dimo.permissions import Permission
from bot.dimo.tokens import DeveloperJwt, VehicleJwt

_PATH = "/v1/tokens/exchange"


class ExchangeApi:
    """DIMO's token exchange."""

    def __init__(self, http: Http, urls: ServiceUrls) -> None:
        self._http = http
        self._asset = f"did:erc721:{urls.chain_id}:{urls.vehicle_contract}"

    async def look(self) -> None:
        """Prove that the service answers, without a token; raises a DimoError."""
        await self._http.look(_PATH, body={})

    async def exchange(
        self, developer: DeveloperJwt, *, token_id: int, permissions: Collection[Permission]
    ) -> VehicleJwt:
        """Get a vehicle's token: with all of the permissions, or NotPermitted says which one is missing."""
        wanted = [one.wire for one in sorted(permissions)]
        if not wanted:
            raise ValueError("An exchange asks for at least one permission.")
        answer = await self._http.post(
            _PATH,
            operation="token exchange",
            limit=self._http.timeouts.exchange,
            jwt=developer,
            body={"asset": f"{self._asset}:{token_id}", "permissions": wanted},
        )
        return answer.read(_token)


def _token(found: Record) -> VehicleJwt:
    token = text(found, "token")
    return VehicleJwt(token, expires_at(token))
