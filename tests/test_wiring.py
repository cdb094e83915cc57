"""The assembly makes each object once, from what its constructor asks for."""

from dataclasses import dataclass, field
from typing import Protocol

import pytest

from bot.wiring.assembly import Assembly


class Speaker(Protocol):
    def speak(self) -> str: ...


@dataclass
class Engine:
    volts: int


@dataclass
class Car:
    engine: Engine
    doors: list[str] = field(default_factory=list, init=False)


@dataclass
class Garage:
    car: Car
    size: int


@dataclass
class Parrot(Speaker):
    car: Car

    def speak(self) -> str:
        return "hello"


@dataclass
class Cage:
    speaker: Speaker


def test_each_object_is_made_once_from_the_others() -> None:
    assembly = Assembly(Engine(12), ours="tests.")
    assert assembly.make(Garage, size=1).car is assembly.get(Car)
    assert assembly.get(Car).engine is assembly.get(Engine)


def test_an_object_is_known_by_the_bases_of_its_class() -> None:
    assembly = Assembly(Engine(12), ours="tests.")
    parrot = assembly.make(Parrot)
    assert assembly.get(Cage).speaker is parrot


def test_an_object_is_known_as_what_it_was_given_for() -> None:
    assembly = Assembly()
    assembly.add(Parrot(Car(Engine(12))), known_as=Cage)
    assert isinstance(assembly.get(Cage), Parrot)


@pytest.mark.parametrize("kind", [Engine, int])
def test_nothing_is_made_up_for_what_is_missing(kind: type) -> None:
    with pytest.raises(TypeError):
        Assembly().get(kind)
