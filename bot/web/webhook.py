"""The address to which Telegram sends updates."""

import hmac
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from bot import lengths
from bot.web.bodies import body_of

WEBHOOK_PATH = "/telegram"
"""It does not hold the bot's token: addresses are logged by proxies."""
_SECRET_HEADER = "X-Telegram-Bot-Api-Secret-Token"  # noqa: S105 - the name of a header


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookEndpoint:
    """Hands on what comes with Telegram's secret; answers 200 once the update is handled or stored."""

    secret: str = field(repr=False)
    receive: Callable[[bytes], Awaitable[None]]

    @property
    def route(self) -> Route:
        """What a web server answers."""
        return Route(WEBHOOK_PATH, self._take, methods=["POST"])

    async def _take(self, request: Request) -> Response:
        given = request.headers.get(_SECRET_HEADER, "")
        if not hmac.compare_digest(given.encode("latin-1", "replace"), self.secret.encode()):
            return PlainTextResponse("no\n", status_code=403)
        body = await body_of(request, most=lengths.BODY)
        if body is None:
            return PlainTextResponse("too long\n", status_code=413)
        await self.receive(body)
        return PlainTextResponse("ok\n")
