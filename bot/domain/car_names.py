"""Names under which no car can be taken for another."""

import unicodedata
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from bot.domain.ids import CarId
from bot.domain.names import LONGEST_NAME, shown_name

_LONGEST_MARK = 24
_WAYS = (("year",), ("model",), ("owner",), ("year", "model"), ("year", "owner"), ("model", "owner"), ("vin",))
"""Marks that may distinguish cars of the same name; the first that does is used."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CarTraits:
    """The features that distinguish a car; those that are not known are empty."""

    id: CarId
    name: str = field(repr=False)
    year: int | None = None
    model: str = ""
    owner: str = field(default="", repr=False)
    vin_end: str | None = field(default=None, repr=False)
    """The last four characters of its VIN."""


def are_distinct(names: Collection[str]) -> bool:
    """Return whether no two names look alike."""
    return len({_look(name) for name in names}) == len(names)


def distinct_names(cars: Sequence[CarTraits]) -> Mapping[CarId, str]:
    """Name every car so that no two names look alike; a name that is the only one of its kind stays as it is."""
    names = {car.id: car.name for car in cars}
    for alike in _alike(cars, names):
        marks = next((marks for way in _WAYS if are_distinct(marks := _marks(alike, way)) and all(marks)), None)
        names |= {
            car.id: _marked(car.name, mark) for car, mark in zip(alike, marks or map(_number, alike), strict=True)
        }
    # A car's own name may equal another car's name with its mark. Numbers end this: no two cars have the same.
    for _ in cars:
        names |= {car.id: _marked(car.name, _number(car)) for alike in _alike(cars, names) for car in alike}
    return names


def _alike(cars: Iterable[CarTraits], names: Mapping[CarId, str]) -> list[list[CarTraits]]:
    """Return the cars whose names look alike, in groups."""
    groups = defaultdict(list)
    for car in cars:
        groups[_look(names[car.id])].append(car)
    return [group for group in groups.values() if len(group) > 1]


def _look(name: str) -> str:
    """Return a key that is equal for names that look the same when they are shown."""
    # Cut first: the form that is compared may be longer than what is shown.
    plain = unicodedata.normalize("NFKC", shown_name(name))
    return " ".join("".join(c for c in plain if not "\ufe00" <= c <= "\ufe0f").split()).casefold()


def _marks(cars: Iterable[CarTraits], way: Sequence[str]) -> list[str]:
    """Return each car's mark of this kind; it is empty if the car's features are not known."""
    parts = [[_trait(car, kind) for kind in way] for car in cars]
    return [shown_name(", ".join(one), _LONGEST_MARK) if all(one) else "" for one in parts]


def _trait(car: CarTraits, kind: str) -> str:
    if kind == "vin":
        return f"VIN {car.vin_end}" if car.vin_end else ""
    return str({"year": car.year, "model": car.model, "owner": car.owner}[kind] or "")


def _number(car: CarTraits) -> str:
    return f"no. {car.id}"


def _marked(name: str, mark: str) -> str:
    """Add a mark to a name, which is cut so that the mark is shown."""
    return f"{shown_name(name, LONGEST_NAME - len(mark) - 3)} ({mark})"
