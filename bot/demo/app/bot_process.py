"""Starts, stops and kills the bot's process, and sends it the skips of the clock."""

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


class ProcessState(StrEnum):
    """The state of the bot's process."""

    RUNNING = "running"
    KILLED = "killed"
    ENDED = "ended"
    """It ended without being told to, which is a fault."""


def spawn() -> "subprocess.Popen[bytes]":
    """Start a bot that imports its modules and waits for its settings.

    It has a session of its own, so that Ctrl-C reaches only the demo, which then stops the bot. It is no asyncio
    process: in Python 3.11, an event loop that ends while such a process is being started waits for ever.
    """
    command = [sys.executable, "-m", "bot.demo.app.child"]
    return subprocess.Popen(command, stdin=subprocess.PIPE, start_new_session=True)  # noqa: S603 - a fixed command


class BotProcess:
    """One bot at a time, always with the same settings; `changed` is called after each change of its state."""

    def __init__(self, settings: Mapping[str, str], clock: ShiftedClock) -> None:
        self._settings = settings
        self._clock = clock
        self.changed: Callable[[], object] = lambda: None
        self._process: subprocess.Popen[bytes] | None = None
        self._ending: asyncio.Task[None] | None = None
        self.state = ProcessState.KILLED
        self.starts = 0

    def start(self, process: "subprocess.Popen[bytes] | None" = None) -> None:
        """Start the bot, or send its settings to a process that waits for them; do nothing if a bot runs."""
        if self.state is ProcessState.RUNNING:
            return
        self._process = process or spawn()
        self.state = ProcessState.RUNNING
        self.starts += 1
        self._send({"settings": dict(self._settings), "shift": self._clock.shift_seconds})
        self._ending = asyncio.create_task(self._wait(self._process), name="waiting for the bot's end")
        self.changed()

    def skip(self, seconds: float) -> None:
        """Put the bot's clock forward."""
        if self.state is ProcessState.RUNNING:
            self._send({"skip": seconds})

    async def kill(self) -> None:
        """End the bot at once, as a crash does."""
        if self.state is not ProcessState.RUNNING or self._process is None:
            return
        self.state = ProcessState.KILLED
        self._process.kill()
        await self._ended()

    async def stop(self) -> None:
        """Tell the bot to end, and kill it if it has not after some seconds."""
        if self._process is None:
            return
        self.state = ProcessState.KILLED
        with suppress(BrokenPipeError):
            if self._process.stdin is not None:
                self._process.stdin.close()
        try:
            async with asyncio.timeout(_GRACE_SECONDS):
                await self._ended()
        except TimeoutError:
            self._process.kill()
            await self._ended()

    def _send(self, what: Mapping[str, object]) -> None:
        if self._process is None or self._process.stdin is None:
            return
        with suppress(BrokenPipeError):  # _wait notices that the process has ended
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
        if self.state is ProcessState.RUNNING:
            self.state = ProcessState.ENDED
        self.changed()
