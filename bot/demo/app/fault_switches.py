"""What can go wrong in the demo, as switches: each one uses what the fakes themselves offer for it."""

import asyncio
from collections.abc import Mapping, Sequence
from functools import partial

from bot.demo.app.simulation import Simulation
from bot.demo.dimo.car import EFFECTS, Car
from bot.demo.dimo.faults import html, slow
from bot.demo.dimo.state import SERVICES
from bot.demo.telegram.faults import Trouble, held

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
    """A gate that opens by itself, for each who waits, after so many seconds."""

    def __init__(self, seconds: float) -> None:
        super().__init__()
        self._seconds = seconds

    async def wait(self) -> bool:  # type: ignore[override]  # typeshed promises Literal[True], which this is
        await asyncio.sleep(self._seconds)
        return True


class FaultSwitches:
    """What is wrong at the moment, and the ways to change that."""

    def __init__(self, simulation: Simulation) -> None:
        self._simulation = simulation
        self._contradicting: set[int] = set()
        self._laid: list[Trouble] = []
        self.dimo_seconds = 0.0
        self.dimo_down = False
        self.telegram_seconds = 0.0

    def world_json(self) -> Mapping[str, object]:
        """Return how DIMO and Telegram are."""
        return {
            "dimo_seconds": self.dimo_seconds,
            "dimo_down": self.dimo_down,
            "telegram_seconds": self.telegram_seconds,
        }

    def car_json(self, car: Car) -> Mapping[str, object]:
        """Return how a car is."""
        return {
            "asleep": car.asleep,
            "silent": car.silent,
            "contradicts": car.token_id in self._contradicting,
            "loses_answer": bool(car.faults),
        }

    def slow_dimo(self, seconds: float) -> None:
        """Let DIMO take so long for every answer; 0 is as fast as it can."""
        self.dimo_seconds = seconds
        self._trouble_dimo()

    def take_dimo_down(self, is_down: bool) -> None:
        """Let a proxy's error page answer in place of all of DIMO, or DIMO again."""
        self.dimo_down = is_down
        self._trouble_dimo()

    def slow_telegram(self, seconds: float) -> None:
        """Let Telegram take so long for whatever the bot shows or answers."""
        self.telegram_seconds = seconds
        for trouble in self._laid:
            trouble.end()
        telegram, fault = self._simulation.telegram, held(_Pause(seconds))
        self._laid = [telegram.fails_always(method, fault) for method in _SLOWED_METHODS] if seconds else []

    def put_to_sleep(self, car: Car, is_asleep: bool) -> None:
        """Let accepted commands wait until the car is awake again; waking, it reports what has changed."""
        car.asleep = is_asleep
        car.change()

    def silence(self, car: Car, is_silent: bool) -> None:
        """Let the car act and say nothing; when it speaks again it reports what has changed."""
        car.silent = is_silent
        car.change()

    def contradict(self, car: Car, does: bool) -> None:
        """Let the car report the opposite right after it did what it was told."""
        (self._contradicting.add if does else self._contradicting.discard)(car.token_id)

    def lose_answer(self, car: Car, is_lost: bool) -> None:
        """Let the next command arrive, and its answer get lost on the way back."""
        car.faults.clear()
        if is_lost:
            car.lose_next_answer()

    def take_back_share(self, car: Car, is_taken_back: bool) -> None:
        """Let the owner stop sharing the car with the bot's license, or share it again."""
        dimo, license_ = self._simulation.dimo, self._simulation.license
        if is_taken_back:
            dimo.unshare(car, license_)
        else:
            dimo.share(car, license_, permissions=_SHARED)

    def end_sign_ins(self) -> None:
        """Let DIMO accept no token that it has handed out so far."""
        self._simulation.dimo.tokens.rotate(keep_old=False)

    async def keep_contradicting(self, car: Car) -> None:
        """Watch one car, and undo what it was told while it is to contradict."""
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
                await car.wait_until(partial(_is, car, effect), within=_LONGEST_WAIT_FOR_THE_CAR)
            except TimeoutError:
                continue
            car.change(**{part: not to for part, to in effect.items()})

    def _trouble_dimo(self) -> None:
        dimo = self._simulation.dimo
        for service in SERVICES:
            dimo.heal(service)
            if self.dimo_down:
                dimo.switch_off(service, html(_UNAVAILABLE))
            elif self.dimo_seconds:
                dimo.fail(service, "*", slow(self.dimo_seconds), times=None)


def _is(car: Car, effect: Mapping[str, bool]) -> bool:
    return all(getattr(car.state, part) is to for part, to in effect.items())
