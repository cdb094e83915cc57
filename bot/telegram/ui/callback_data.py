"""Button data: the fields of a declared tap determine how it is written and how it is read."""

import inspect
import re
from collections.abc import Callable
from dataclasses import dataclass, field, fields
from typing import ClassVar, dataclass_transform, get_type_hints

from bot import lengths


class BadTap(ValueError):
    """Button data that no button of this version has."""


Read = Callable[[str], object]
"""Reads the value of a field; raises ValueError or LookupError for a text that no button of ours has."""

_KINDS: dict[str, tuple[type["Tap"], tuple[Read, ...]]] = {}
"""By its mark, each kind of tap with the readers of its fields."""


@dataclass_transform(frozen_default=True, field_specifiers=(field,))
@dataclass(frozen=True)
class Tap:
    """What a tap asks for. Button data can be forged, so a tap only asks; access is checked when it arrives.

    Each kind is a dataclass. Its fields are enums, or are annotated with the reader of their values.
    """

    mark: ClassVar[str]
    """The first part of the button data. Buttons stay in chats, so a mark never changes its meaning."""

    def __init_subclass__(cls, *, mark: str | None = None) -> None:
        """Declare a kind of tap, or without a mark what several kinds have in common."""
        if inspect.get_annotations(cls):  # a kind without own fields needs no dataclass of its own
            dataclass(frozen=True)(cls)
        if mark is None:
            return
        if mark in _KINDS:
            raise TypeError(f"two kinds of tap have the mark {mark}")
        cls.mark, hints = mark, get_type_hints(cls, include_extras=True)
        readers = (getattr(hints[one.name], "__metadata__", (hints[one.name],)) for one in fields(cls))
        _KINDS[mark] = cls, tuple(metadata[0] for metadata in readers)


def matching(pattern: str) -> Read:
    """Read a text of this form."""
    form = re.compile(pattern, re.ASCII)
    return lambda text: _checked(text, is_good=form.fullmatch(text) is not None)


def whole(least: int, most: int) -> Read:
    """Read a whole number within a range."""
    return lambda text: _checked(int(text), is_good=least <= int(text) <= most)


def _checked(value: object, *, is_good: bool) -> object:
    if not is_good:
        raise BadTap("a part of the button data has not its form or its range")
    return value


def one_of(*values: object) -> Read:
    """Read one of these values; None is written as an empty text."""
    return {_written(value): value for value in values}.__getitem__


def kinds_of_tap() -> set[type[Tap]]:
    """Return every kind of tap that is declared."""
    return {kind for kind, _ in _KINDS.values()}


def pack(it: Tap) -> str:
    """Write a tap as callback_data; raises BadTap when it does not fit."""
    data = ":".join([it.mark, *(_written(getattr(it, one.name)) for one in fields(it))])
    if len(data.encode()) > lengths.BUTTON_DATA:
        raise BadTap("button data is too long")
    return data


def read(data: str) -> Tap:
    """Read callback_data back; raises BadTap for anything that `pack` does not write exactly so."""
    try:
        if len(data) > lengths.BUTTON_DATA:
            raise BadTap("button data is too long")
        mark, *values = data.split(":")
        kind, readers = _KINDS[mark]
        make: Callable[..., Tap] = kind
        found = make(*(read_value(text) for read_value, text in zip(readers, values, strict=True)))
        is_ours = pack(found) == data
    except (ValueError, LookupError):
        # Without its cause, which quotes the data: that can be anything, even a secret.
        raise BadTap("button data of another version, or forged") from None
    if not is_ours:
        raise BadTap("button data that is not written as we write it")
    return found


def _written(value: object) -> str:
    return "" if value is None else str(value)
