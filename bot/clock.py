"""The bot's clock: the machine's, checked against the date of every answer of Telegram and DIMO."""

import asyncio
import logging
import threading
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Protocol, TypeVar

from bot.domain.time_check import (
    TOLERANCE,
    DatedAnswer,
    Source,
    Time,
    WrongClock,
    judge,
    notice_jump,
    read_date,
    wrong_clock,
)

_log = logging.getLogger(__name__)

_LOOK_SECONDS = 30.0
"""How often a sleeper looks at the clock, and so how late it can notice that the computer was suspended."""


class Machine(Protocol):
    """The clocks of a machine."""

    def now(self) -> datetime:
        """Return the time of day in UTC, as it is set."""

    def steady(self) -> float:
        """Return monotonic seconds, which also count while the computer is suspended."""

    async def sleep(self, seconds: float) -> None:
        """Wait for this many of these seconds."""


class _Answer(Protocol):
    @property
    def status_code(self) -> int: ...

    @property
    def headers(self) -> Mapping[str, str]: ...


R = TypeVar("R")
A = TypeVar("A", bound=_Answer)


class SystemClock:
    """The clocks of the machine that the bot runs on."""

    def __init__(self, *, look_seconds: float = _LOOK_SECONDS) -> None:
        self._look_seconds = look_seconds

    def now(self) -> datetime:
        """Return the present moment in UTC, as the machine has it."""
        return datetime.now(UTC)

    def steady(self) -> float:
        """Return seconds that also count while the computer is suspended, if the system has such a clock."""
        clock = getattr(time, "CLOCK_BOOTTIME", getattr(time, "CLOCK_MONOTONIC", None))
        return time.monotonic() if clock is None else time.clock_gettime(clock)

    async def sleep(self, seconds: float) -> None:
        """Wait; the seconds of a suspension count too, although asyncio's timers skip them."""
        until = self.steady() + seconds
        left = seconds
        while left > self._look_seconds:
            await asyncio.sleep(self._look_seconds)
            left = until - self.steady()
        await asyncio.sleep(left)


class CheckedClock:
    """The time of day: first the machine's, corrected by Telegram and DIMO, and advanced by a monotonic clock."""

    def __init__(self, machine: Machine) -> None:
        self._machine = machine
        self._time = Time(self._zero(), machine=self._zero())
        self._lock = threading.Lock()  # the threads of the database ask for the time, too
        self._woken_at = self._time.zero
        self._sleepers: set[asyncio.Timeout] = set()
        self._said: WrongClock | None = None

    @property
    def is_known(self) -> bool:
        """Whether Telegram or DIMO have confirmed the time."""
        now = self._newest()
        return now.is_known and now.before_jump is None

    @property
    def is_in_doubt(self) -> bool:
        """Whether the last answer or a jump of the machine's clock contradicts the time, until an answer decides."""
        now = self._newest()
        return now.doubt is not None or now.before_jump is not None

    @property
    def wrong(self) -> WrongClock | None:
        """The machine's own clock, if it is wrong."""
        return wrong_clock(self._newest(), machine=self._zero())

    def now(self) -> datetime:
        """Return the present moment in UTC."""
        return self._newest().zero + timedelta(seconds=self._machine.steady())

    def _newest(self) -> Time:
        """Return the time, with what the machine's clock has jumped ahead since the last answer."""
        with self._lock:
            self._time = notice_jump(self._time, machine=self._zero())
            return self._time

    def not_before(self, moment: datetime) -> None:
        """Continue from this moment, if it is later and the time is not known."""
        missing = moment - self.now()
        if missing > timedelta() and not self.is_known:
            self._change(lambda time: replace(time, zero=time.zero + missing))

    async def sleep(self, seconds: float) -> None:
        """Wait for this many seconds, or less if a correction of the time brings their end nearer."""
        until = self.now() + timedelta(seconds=seconds)
        while True:
            correction = asyncio.timeout(None)
            self._sleepers.add(correction)
            try:
                async with correction:
                    await self._machine.sleep(seconds)
            except TimeoutError:
                seconds = (until - self.now()).total_seconds()
            else:
                return
            finally:
                self._sleepers.discard(correction)
            if seconds <= 0:
                return

    def listening(self, send: Callable[[R], Awaitable[A]], source: Source) -> Callable[[R], Awaitable[A]]:
        """Wrap a transport so that the dates of its answers are noted."""

        async def sent(request: R) -> A:
            asked, before = self._machine.steady(), self._zero()
            answer = await send(request)
            # An error may be a proxy's own, whatever has an age comes from a cache, and the date of an answer that was
            # on its way while the machine was paused may be from before the pause.
            was_paused = self._zero() - before > TOLERANCE
            if answer.status_code < 500 and "age" not in answer.headers and not was_paused:
                self._heard(source, answer.headers.get("date", ""), asked)
            return answer

        return sent

    def _heard(self, source: Source, date: str, asked: float) -> None:
        if (read := read_date(date)) is not None:
            answer = DatedAnswer(source, read, asked, self._machine.steady())
            self._newest()
            self._change(lambda time: judge(time, answer, machine=self._zero()))
            self._say(self.wrong)

    def _change(self, change: Callable[[Time], Time]) -> None:
        """Change the time, and wake the sleepers if it went on; a jump that no answer has confirmed wakes nobody."""
        with self._lock:
            self._time = time = change(self._time)
        if time.before_jump is not None:
            return
        jump, self._woken_at = time.zero - self._woken_at, time.zero
        if jump > TOLERANCE:
            sleepers, self._sleepers = self._sleepers, set()
            for sleeper in sleepers:
                sleeper.reschedule(0.0)

    def _say(self, wrong: WrongClock | None) -> None:
        """Log whether the machine's clock is right, whenever that changes."""
        if wrong is None and self._said is not None:
            _log.info("The computer's clock is right again")
        elif wrong is not None and (self._said is None or abs(wrong.ahead - self._said.ahead) > TOLERANCE):
            _log.warning("The computer's clock is %s; the time of Telegram and DIMO counts. Set it", wrong)
        else:
            return
        self._said = wrong

    def _zero(self) -> datetime:
        return self._machine.now() - timedelta(seconds=self._machine.steady())
