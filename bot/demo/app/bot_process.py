"""The bot's process as the demo holds it: started, told of time, killed, started again."""

import asyncio
import json
import subprocess
import sys
from collections.abc import Callable, Mapping
from contextlib import suppress
from enum import StrEnum

from bot.demo.clock import ShiftedClock

_GRACE_SECONDS = 3.0
"""How long a stop waits for the bot to end by itself."""


class Life(StrEnum):
    """What the bot's process is doing."""

    RUNNING = "running"
    KILLED = "killed"
    ENDED = "ended"
    """It ended by itself, which a bot should not."""


def spawn() -> "subprocess.Popen[bytes]":
    """Start a bot that waits for its settings: it imports meanwhile.

    In a session of its own, so that Ctrl-C reaches the demo alone, which then ends the bot. Not one of asyncio's
    processes: in Python 3.11 a loop that ends while such a process is being started waits for ever.
    """
    command = [sys.executable, "-m", "bot.demo.app.child"]
    return subprocess.Popen(command, stdin=subprocess.PIPE, start_new_session=True)  # noqa: S603 - our own words


class BotProcess:
    """One bot at a time, always with the same settings; `changed` is called whenever its life is another."""

    def __init__(self, settings: Mapping[str, str], clock: ShiftedClock) -> None:
        self._settings = settings
        self._clock = clock
        self.changed: Callable[[], object] = lambda: None
        self._process: subprocess.Popen[bytes] | None = None
        self._ending: asyncio.Task[None] | None = None
        self.life = Life.KILLED
        self.starts = 0

    def start(self, process: "subprocess.Popen[bytes] | None" = None) -> None:
        """Start the bot, or hand its settings to a process that waits for them; does nothing to one that runs."""
        if self.life is Life.RUNNING:
            return
        self._process = process or spawn()
        self.life = Life.RUNNING
        self.starts += 1
        self._tell({"settings": dict(self._settings), "shift": self._clock.shift_seconds})
        self._ending = asyncio.create_task(self._wait(self._process), name="waiting for the bot's end")
        self.changed()

    def skip(self, seconds: float) -> None:
        """Put the bot's clock forward."""
        if self.life is Life.RUNNING:
            self._tell({"skip": seconds})

    async def kill(self) -> None:
        """End the bot as a crash does: at once, wherever it is."""
        if self.life is not Life.RUNNING or self._process is None:
            return
        self.life = Life.KILLED
        self._process.kill()
        await self._ended()

    async def stop(self) -> None:
        """Let the bot end by itself; after some seconds kill it."""
        if self._process is None:
            return
        self.life = Life.KILLED
        with suppress(BrokenPipeError):
            if self._process.stdin is not None:
                self._process.stdin.close()
        try:
            async with asyncio.timeout(_GRACE_SECONDS):
                await self._ended()
        except TimeoutError:
            self._process.kill()
            await self._ended()

    def _tell(self, what: Mapping[str, object]) -> None:
        if self._process is None or self._process.stdin is None:
            return
        with suppress(BrokenPipeError):  # its end is noticed elsewhere
            self._process.stdin.write(json.dumps(what).encode() + b"\n")
            self._process.stdin.flush()

    async def _ended(self) -> None:
        if self._ending is not None:
            await asyncio.shield(self._ending)

    async def _wait(self, process: "subprocess.Popen[bytes]") -> None:
        await asyncio.to_thread(process.wait)
        if process.stdin is not None:
            with suppress(BrokenPipeError):
                process.stdin.close()
        if self.life is Life.RUNNING:
            self.life = Life.ENDED
        self.changed()
