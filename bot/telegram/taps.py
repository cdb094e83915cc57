"""Button data: what a tap asks for. It can be forged, so it only asks; access is checked when it arrives."""

import re
from dataclasses import dataclass
from typing import Final

from bot.domain.actions import Action
from bot.domain.ids import CarId, PromptId

MAX_BYTES: Final = 64
"""Telegram's limit for callback_data."""


@dataclass(frozen=True, slots=True)
class Act:
    """Do an action on a car."""

    action: Action
    car: CarId


@dataclass(frozen=True, slots=True)
class Confirm:
    """Yes to a question."""

    prompt: PromptId


@dataclass(frozen=True, slots=True)
class Cancel:
    """No to a question."""

    prompt: PromptId


@dataclass(frozen=True, slots=True)
class ShowStatus:
    """Show in a new message what a car last reported."""

    car: CarId


@dataclass(frozen=True, slots=True)
class RefreshStatus:
    """Ask the car's report again, in the message that shows it."""

    car: CarId


@dataclass(frozen=True, slots=True)
class ChooseCar:
    """Mean this car from here on."""

    car: CarId


@dataclass(frozen=True, slots=True)
class ShowCars:
    """Show the cars to choose from."""


@dataclass(frozen=True, slots=True)
class LookAgain:
    """Ask DIMO again which cars are shared."""


@dataclass(frozen=True, slots=True)
class Link:
    """Link, or link again."""


Tap = Act | Confirm | Cancel | ShowStatus | RefreshStatus | ChooseCar | ShowCars | LookAgain | Link


class BadTap(ValueError):
    """Button data that no button of this version has."""


def pack(tap: Tap) -> str:
    """Write a tap as callback_data; raises BadTap when it does not fit."""
    data = _packed(tap)
    if len(data.encode()) > MAX_BYTES:
        raise BadTap("button data is too long")
    return data


def _packed(tap: Tap) -> str:  # noqa: C901 - one line for each kind of tap
    match tap:
        case Act(action, car):
            return f"a:{action.value}:{car}"
        case Confirm(prompt):
            return f"y:{prompt}"
        case Cancel(prompt):
            return f"n:{prompt}"
        case ShowStatus(car):
            return f"s:{car}"
        case RefreshStatus(car):
            return f"r:{car}"
        case ChooseCar(car):
            return f"c:{car}"
        case ShowCars():
            return "cars"
        case LookAgain():
            return "again"
        case Link():
            return "link"


def read(data: str) -> Tap:
    """Read callback_data back; raises BadTap for anything else than what `pack` writes."""
    try:
        tap = _read(data)
        if pack(tap) == data:
            return tap
    except ValueError as error:
        raise BadTap("button data of another version, or forged") from error
    raise BadTap("button data that is not written as we write it")


def _read(data: str) -> Tap:  # noqa: C901 - one line for each kind of tap
    match data.split(":"):
        case ["a", action, car]:
            return Act(Action(action), _car(car))
        case ["y", prompt]:
            return Confirm(_prompt(prompt))
        case ["n", prompt]:
            return Cancel(_prompt(prompt))
        case ["s", car]:
            return ShowStatus(_car(car))
        case ["r", car]:
            return RefreshStatus(_car(car))
        case ["c", car]:
            return ChooseCar(_car(car))
        case ["cars"]:
            return ShowCars()
        case ["again"]:
            return LookAgain()
        case ["link"]:
            return Link()
    raise BadTap("button data of no known kind")


_PROMPT = re.compile(r"[A-Za-z0-9_-]{1,40}")


def _prompt(text: str) -> PromptId:
    if not _PROMPT.fullmatch(text):
        raise BadTap("no question has this id")
    return PromptId(text)


def _car(text: str) -> CarId:
    number = int(text)
    if not 0 < number < 2**63:
        raise BadTap("no car has this number")
    return CarId(number)
