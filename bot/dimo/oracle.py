"""tesla-oracle: the newer home of commands, for Teslas only."""

from bot.dimo.commands import Command, CommandReceipt
from bot.dimo.environments import Service
from bot.dimo.errors import BadAnswer, CannotDo
from bot.dimo.http import Http, Leaving
from bot.dimo.json_fields import Record, text
from bot.dimo.responses import Answer
from bot.dimo.tokens import VehicleJwt

_NO_COMMAND = "probe"
_NO_CAR = "/v1/commands/0"


class OracleApi:
    """DIMO's tesla-oracle."""

    def __init__(self, http: Http) -> None:
        self._http = http

    @property
    def service(self) -> Service:
        """Which service it is."""
        return self._http.service

    async def send(
        self, command: Command, *, token_id: int, jwt: VehicleJwt, leaving: Leaving | None = None
    ) -> CommandReceipt:
        """Queue a command with at most one request. Accepted means queued: the car has not acted yet."""
        answer = await self._post(command.value, operation="command", token_id=token_id, jwt=jwt, leaving=leaving)
        return answer.read(_receipt)

    async def look(self) -> None:
        """Prove that the service answers, without a token and without moving anything; raises a DimoError.

        Its root is a web page that would prove nothing, so that a command is asked for that does not exist.
        """
        await self._http.look(_NO_CAR, body={"command": _NO_COMMAND})

    async def is_there(self) -> bool:
        """Tell whether the service answers at all, without a token and without moving anything."""
        return await self._http.is_there(_NO_CAR, body={"command": _NO_COMMAND})

    async def probe(self, token_id: int, jwt: VehicleJwt) -> None:
        """Prove that route, token and permission work, with a command that does not exist.

        Returns when DIMO says that it does not support it, which moves nothing; raises a DimoError otherwise.
        """
        operation = "probe"
        try:
            await self._post(_NO_COMMAND, operation=operation, token_id=token_id, jwt=jwt)
        except CannotDo as error:
            if error.status == 400 and "support" in (error.dimo_said or "").lower():
                return
            raise
        raise BadAnswer(service=self.service, operation=operation)

    async def _post(
        self,
        command: str,
        *,
        operation: str,
        token_id: int,
        jwt: VehicleJwt,
        leaving: Leaving | None = None,
    ) -> Answer:
        return await self._http.post(
            f"/v1/commands/{token_id}",
            operation=operation,
            limit=self._http.timeouts.command,
            jwt=jwt,
            body={"command": command},
            leaving=leaving,
        )


def _receipt(found: Record) -> CommandReceipt:
    return CommandReceipt(text(found, "commandId"))
