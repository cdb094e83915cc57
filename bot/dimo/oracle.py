"""tesla-oracle: the newer service for commands, for Teslas only."""

from bot.dimo.commands import Command, CommandApi
from bot.dimo.errors import BadAnswer, CannotDo
from bot.dimo.http import BeforeSending, Probe
from bot.dimo.json_fields import text
from bot.dimo.responses import Answer
from bot.dimo.tokens import VehicleJwt

_NO_COMMAND = "probe"

PROBE = Probe("/v1/commands/0", {"command": _NO_COMMAND})
"""A command that does not exist, for no car: a web page at the root would prove nothing."""


class OracleApi(CommandApi):
    """DIMO's tesla-oracle."""

    async def send(
        self, command: Command, *, token_id: int, jwt: VehicleJwt, before_sending: BeforeSending | None = None
    ) -> str:
        """Queue a command with at most one request, and return DIMO's id for it."""
        answer = await self._post(
            command.value, operation="command", token_id=token_id, jwt=jwt, before_sending=before_sending
        )
        return answer.read(lambda found: text(found, "commandId"))

    async def probe(self, token_id: int, jwt: VehicleJwt) -> None:
        """Prove that route, token and permission work, by a command that does not exist.

        Returns when DIMO says that it does not support it; raises a DimoError otherwise. Nothing moves.
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
        before_sending: BeforeSending | None = None,
    ) -> Answer:
        return await self._http.post(
            f"/v1/commands/{token_id}",
            operation=operation,
            limit=self._http.timeouts.command,
            jwt=jwt,
            body={"command": command},
            before_sending=before_sending,
        )
