"""devices-api: commands, and the devices of a user."""

from dataclasses import dataclass

from bot.dimo.commands import Command, CommandApi, CommandReceipt
from bot.dimo.http import Leaving
from bot.dimo.json_fields import Record, inner, maybe, records, text, whole
from bot.dimo.tokens import UserJwt, VehicleJwt

_MY_DEVICES = "/v1/user/devices/me"


@dataclass(frozen=True, slots=True)
class UserDevice:
    """A user's device: joins DIMO's device id and the vehicle's token id, if it has one."""

    id: str
    name: str | None
    token_id: int | None


class DevicesApi(CommandApi):
    """DIMO's devices-api."""

    async def my_devices(self, user: UserJwt) -> list[UserDevice]:
        """List the devices that a user owns, then those shared with the user."""
        answer = await self._http.get(
            _MY_DEVICES, operation="list of devices", limit=self._http.timeouts.devices, jwt=user
        )
        return answer.read(_devices)

    async def send(
        self, command: Command, *, token_id: int, jwt: VehicleJwt, leaving: Leaving | None = None
    ) -> CommandReceipt:
        """Queue a command with at most one request."""
        answer = await self._http.post(
            f"/v1/vehicle/{token_id}/commands/{command.value}",
            operation="command",
            limit=self._http.timeouts.command,
            jwt=jwt,
            leaving=leaving,
        )
        return answer.read(_receipt)

    async def look(self) -> None:
        """Prove that the service answers, without a token and without moving anything; raises a DimoError."""
        await self._http.look(_MY_DEVICES)


def _receipt(found: Record) -> CommandReceipt:
    return CommandReceipt(text(found, "requestId"))


def _devices(found: Record) -> list[UserDevice]:
    both = records(found, "userDevices") + records(found, "sharedDevices")
    return [_device(one) for one in both]


def _device(found: Record) -> UserDevice:
    nft = maybe(inner, found, "nft") or {}
    return UserDevice(text(found, "id"), maybe(text, found, "name"), maybe(whole, nft, "tokenId"))
