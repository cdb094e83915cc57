"""Switches for what can go wrong in the demo, built on the faults of the simulators."""

import asyncio
from collections.abc import Mapping, Sequence
from functools import partial

from bot.demo.app.simulation import Simulation
from bot.demo.dimo.car import EFFECTS, Car
from bot.demo.dimo.faults import html, slow
from bot.demo.dimo.state import SERVICES
from bot.demo.telegram.faults import Trouble, held
from bot.demo.watchers import NotSeen

SLOWEST = 60.0
"""Seconds by which DIMO or Telegram can be slowed down."""

_UNAVAILABLE = 503
_SHARED = frozenset({1, 2})
_FOR_EVER = 1e9
_LONGEST_WAIT_FOR_THE_CAR = 600.0
_SLOWED_METHODS = (
    "sendMessage",
    "editMessageText",
    "editMessageReplyMarkup",
    "deleteMessage",
    "deleteMessages",
    "answerCallbackQuery",
    "sendChatAction",
)


class _Pause(asyncio.Event):
    """An event that sets itself for each waiter after this many seconds."""

    def __init__(self, seconds: float) -> None:
        super().__init__()
        self._seconds = seconds

    async def wait(self) -> bool:  # type: ignore[override]  # typeshed promises Literal[True], which this is
        await asyncio.sleep(self._seconds)
        return True


class FaultSwitches:
    """What is switched to go wrong now."""

    def __init__(self, simulation: Simulation) -> None:
        self._simulation = simulation
        self._contradicting: set[int] = set()
        self._telegram_troubles: list[Trouble] = []
        self.dimo_seconds = 0.0
        self.dimo_down = False
        self.telegram_seconds = 0.0

    def world_json(self) -> Mapping[str, object]:
        """Return the switches of DIMO and Telegram."""
        return {
            "dimo_seconds": self.dimo_seconds,
            "dimo_down": self.dimo_down,
            "telegram_seconds": self.telegram_seconds,
        }

    def car_json(self, car: Car) -> Mapping[str, object]:
        """Return the switches of a car."""
        return {
            "asleep": car.asleep,
            "silent": car.silent,
            "contradicts": car.token_id in self._contradicting,
            "loses_answer": bool(car.faults),
        }

    def slow_dimo(self, seconds: float) -> None:
        """Delay every answer of DIMO by this many seconds."""
        self.dimo_seconds = seconds
        self._apply_to_dimo()

    def take_dimo_down(self, is_down: bool) -> None:
        """Answer every request to DIMO with a proxy's error page, or with DIMO again."""
        self.dimo_down = is_down
        self._apply_to_dimo()

    def slow_telegram(self, seconds: float) -> None:
        """Delay every call of the bot to Telegram by this many seconds."""
        self.telegram_seconds = seconds
        for trouble in self._telegram_troubles:
            trouble.end()
        telegram, fault = self._simulation.telegram, held(_Pause(seconds))
        self._telegram_troubles = (
            [telegram.fails_always(method, fault) for method in _SLOWED_METHODS] if seconds else []
        )

    def put_to_sleep(self, car: Car, is_asleep: bool) -> None:
        """Put the car to sleep: commands wait. When it wakes, it reports what has changed."""
        car.asleep = is_asleep
        car.change()

    def silence(self, car: Car, is_silent: bool) -> None:
        """Make the car report nothing. When it may report again, it reports what has changed."""
        car.silent = is_silent
        car.change()

    def contradict(self, car: Car, does: bool) -> None:
        """Make the car undo each command right after executing it, and report that."""
        (self._contradicting.add if does else self._contradicting.discard)(car.token_id)

    def lose_answer(self, car: Car, is_lost: bool) -> None:
        """Lose the answer to the next command, which the car receives."""
        car.faults.clear()
        if is_lost:
            car.lose_next_answer()

    def take_back_share(self, car: Car, is_taken_back: bool) -> None:
        """Stop sharing the car with the bot's license, or share it again."""
        dimo, license_ = self._simulation.dimo, self._simulation.license
        if is_taken_back:
            dimo.unshare(car, license_)
        else:
            dimo.share(car, license_, permissions=_SHARED)

    def end_sign_ins(self) -> None:
        """Make every token that DIMO has issued invalid."""
        self._simulation.dimo.tokens.rotate(keep_old=False)

    async def keep_contradicting(self, car: Car) -> None:
        """Undo the commands of one car while its switch is on; runs for as long as the demo."""
        done = len(car.received)
        while True:
            await car.wait_received(done + 1, within=_FOR_EVER)
            commands, done = car.received[done:], len(car.received)
            if car.token_id in self._contradicting:
                await self._undo(car, commands)

    async def _undo(self, car: Car, commands: Sequence[str]) -> None:
        for command in commands:
            effect = EFFECTS[command]
            try:
                await car.wait_until(partial(_has, car, effect), within=_LONGEST_WAIT_FOR_THE_CAR)
            except NotSeen:
                continue
            car.change(**{part: not to for part, to in effect.items()})

    def _apply_to_dimo(self) -> None:
        dimo = self._simulation.dimo
        for service in SERVICES:
            dimo.heal(service)
            if self.dimo_down:
                dimo.switch_off(service, html(_UNAVAILABLE))
            elif self.dimo_seconds:
                dimo.fail(service, "*", slow(self.dimo_seconds), times=None)


def _has(car: Car, effect: Mapping[str, bool]) -> bool:
    return all(getattr(car.state, part) is to for part, to in effect.items())
