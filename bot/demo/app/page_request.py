"""Reads the requests of the page strictly."""

from collections.abc import Mapping


class NotPossible(ValueError):
    """The request can't be fulfilled; the text says why, for a person."""


class PageRequest:
    """The fields of one request."""

    def __init__(self, fields: object) -> None:
        if not isinstance(fields, Mapping):
            raise NotPossible("The request is no JSON object.")
        self._fields = fields

    def has(self, name: str) -> bool:
        """Return whether a field is there and not null."""
        return self._fields.get(name) is not None

    def text(self, name: str) -> str:
        """Return a text."""
        value = self._fields.get(name)
        if not isinstance(value, str):
            raise NotPossible(f"{name} is missing, or no text.")
        return value

    def number(self, name: str) -> int:
        """Return a whole number."""
        value = self._fields.get(name)
        if not isinstance(value, int) or isinstance(value, bool):
            raise NotPossible(f"{name} is missing, or no whole number.")
        return value

    def numbers(self, name: str) -> list[int]:
        """Return a list of whole numbers."""
        value = self._fields.get(name)
        if not isinstance(value, list) or not all(type(each) is int for each in value):
            raise NotPossible(f"{name} is missing, or no list of whole numbers.")
        return value

    def seconds(self, name: str, most: float) -> float:
        """Return a number of seconds from 0 to `most`."""
        value = self._fields.get(name)
        if not isinstance(value, int | float) or isinstance(value, bool) or not 0 <= value <= most:
            raise NotPossible(f"{name} has to be from 0 to {most:g}.")
        return float(value)

    def flag(self, name: str) -> bool:
        """Return true or false."""
        value = self._fields.get(name)
        if not isinstance(value, bool):
            raise NotPossible(f"{name} is missing, or neither true nor false.")
        return value
