"""devices-api: commands, and the devices of a user."""

from dataclasses import dataclass, field

from bot.dimo.commands import Command, CommandApi
from bot.dimo.http import BeforeSending, Probe
from bot.dimo.json_fields import Record, inner, maybe, records, text, whole
from bot.dimo.tokens import UserJwt, VehicleJwt

_MY_DEVICES = "/v1/user/devices/me"
_VIN_END = 4

PROBE = Probe(_MY_DEVICES)


@dataclass(frozen=True, slots=True)
class UserDevice:
    """DIMO's id of a user's device, the token id of its vehicle if it has one, and how its VIN ends."""

    id: str
    token_id: int | None
    vin_end: str | None = field(default=None, repr=False)


class DevicesApi(CommandApi):
    """DIMO's devices-api."""

    async def my_devices(self, user: UserJwt) -> list[UserDevice]:
        """List the devices that a user owns, then those shared with the user."""
        answer = await self._http.get(
            _MY_DEVICES, operation="list of devices", limit=self._http.timeouts.devices, jwt=user
        )
        return answer.read(_devices)

    async def send(
        self, command: Command, *, token_id: int, jwt: VehicleJwt, before_sending: BeforeSending | None = None
    ) -> str:
        """Queue a command with at most one request, and return DIMO's id for it."""
        answer = await self._http.post(
            f"/v1/vehicle/{token_id}/commands/{command.value}",
            operation="command",
            limit=self._http.timeouts.command,
            jwt=jwt,
            before_sending=before_sending,
        )
        return answer.read(lambda found: text(found, "requestId"))


def _devices(found: Record) -> list[UserDevice]:
    both = records(found, "userDevices") + records(found, "sharedDevices")
    return [
        UserDevice(
            text(one, "id"),
            maybe(whole, maybe(inner, one, "nft") or {}, "tokenId"),
            str(one.get("vin") or "")[-_VIN_END:] or None,
        )
        for one in both
    ]
