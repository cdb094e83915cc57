"""What a machine may ask the bot: whether it lives, whether it can serve people, and what it has counted."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from bot.metrics import CONTENT_TYPE, Metrics
from bot.service.ports import Clock

_POLLED_WITHIN = timedelta(minutes=3)
"""A long poll lasts 50 s, and a pause after an error 60 s."""
_PATIENCE_SECONDS = 2.0


@dataclass(slots=True, kw_only=True)
class Health:
    """Answers `/healthz`, `/readyz` and `/metrics`."""

    clock: Clock
    metrics: Metrics
    reads: Callable[[], Awaitable[object]] | None = None
    """Reads something from the database, and raises if that can't be used; None until it is open."""
    _heard_at: datetime | None = field(default=None, init=False)

    def heard(self) -> None:
        """Note that Telegram has answered, or that another process polls."""
        self._heard_at = self.clock.now()

    @property
    def app(self) -> Starlette:
        """The application for a web server."""
        return Starlette(
            routes=[
                Route("/healthz", self._alive),
                Route("/readyz", self._ready),
                Route("/metrics", self._counted),
            ]
        )

    async def _alive(self, _: Request) -> Response:
        """Say that the event loop works."""
        return PlainTextResponse("ok\n")

    async def _ready(self, _: Request) -> Response:
        """Say whether people can be served, and what keeps the bot from it."""
        wrong = await self._what_is_wrong()
        return PlainTextResponse(f"{wrong or 'ready'}\n", status_code=503 if wrong else 200)

    async def _what_is_wrong(self) -> str | None:
        if self._heard_at is None or self.clock.now() - self._heard_at > _POLLED_WITHIN:
            return "Telegram has not answered for a while."
        if self.reads is None:
            return "The database is not open yet."
        try:
            async with asyncio.timeout(_PATIENCE_SECONDS):
                await self.reads()
        except Exception:  # noqa: BLE001 - whatever is wrong with the database, its text may hold an address
            return "The database does not answer."
        return None

    async def _counted(self, _: Request) -> Response:
        return Response(self.metrics.text(), media_type=CONTENT_TYPE)
