"""The address that DIMO's vehicle triggers call. Their calls are not signed, so its path is secret."""

import hmac
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from bot import lengths
from bot.settings import TRIGGERS_PATH
from bot.web.bodies import body_of


@dataclass(frozen=True, slots=True, kw_only=True)
class TriggersEndpoint:
    """Takes DIMO's calls. Whatever they say is answered with 200: DIMO stops calling after ten failures in a row."""

    secret: str = field(repr=False)
    hinted: Callable[[str, str], Awaitable[None]]
    """Called with the id of the webhook and the DID of the vehicle that a call names; neither is proven."""

    @property
    def route(self) -> Route:
        """What a web server answers."""
        return Route(f"{TRIGGERS_PATH}/{{secret}}", self._take, methods=["POST"])

    async def _take(self, request: Request) -> Response:
        given = str(request.path_params["secret"])
        if not hmac.compare_digest(given.encode("utf-8", "replace"), self.secret.encode()):
            return PlainTextResponse("no\n", status_code=404)
        body = await body_of(request, most=lengths.FILE)
        if body is None:
            return PlainTextResponse("too long\n", status_code=413)
        try:
            event = json.loads(body)
        except (ValueError, RecursionError):
            event = None
        if isinstance(event, dict):
            if "verification" in event:
                return PlainTextResponse(self.secret)
            webhook, vehicle = _named(event)
            if webhook and vehicle:
                await self.hinted(webhook, vehicle)
        return PlainTextResponse("ok\n")


def _named(event: dict[object, object]) -> tuple[str, str]:
    """Return the ids of the webhook and of the vehicle in a CloudEvent; empty where they are missing."""
    data = event.get("data")
    if not isinstance(data, dict):
        return "", ""
    webhook, vehicle = data.get("webhookId"), data.get("assetDID") or event.get("subject")
    found = [one[: lengths.NAME] if isinstance(one, str) else "" for one in (webhook, vehicle)]
    return found[0], found[1]
