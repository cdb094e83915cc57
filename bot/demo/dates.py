"""The `Date` of a simulated server's answers, in simulated time."""

from collections.abc import Callable, MutableMapping
from datetime import datetime, timedelta
from email.utils import format_datetime
from typing import Any

from bot.serving import Send


class Dates:
    """Dates answers; `wrong_by` makes them lie, and None leaves them out, as a proxy or a self-hosted server may."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now
        self.wrong_by: timedelta | None = timedelta()

    def dated(self, send: Send) -> Send:
        """Wrap ASGI's `send` so that each answer has a date in its headers."""

        async def send_dated(message: MutableMapping[str, Any]) -> None:
            if message["type"] == "http.response.start" and self.wrong_by is not None:
                date = format_datetime(self._now() + self.wrong_by, usegmt=True).encode()
                message["headers"] = [*message["headers"], (b"date", date)]
            await send(message)

        return send_dated
