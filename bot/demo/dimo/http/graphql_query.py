"""Reads GraphQL text: one query with fields, arguments, variables and aliases; no fragments."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

_TOKEN = re.compile(
    r"(?P<skip>[\s,\ufeff]+|\#[^\n]*)|(?P<punctuation>[!$():=\[\]{}])|(?P<name>[_A-Za-z][_0-9A-Za-z]*)"
    r'|(?P<number>-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)|"(?P<text>[^"\\\n]*)"'
)
_WORDS: Mapping[str, bool | None] = {"true": True, "false": False, "null": None}


class QueryError(Exception):
    """A query that the service cannot answer: it answers 422, whatever else the query asks for."""


@dataclass(frozen=True, slots=True)
class Variable:
    """A variable used as a value."""

    name: str


@dataclass(frozen=True, slots=True)
class Selection:
    """One field asked for."""

    name: str
    alias: str
    arguments: Mapping[str, Any]
    selections: "tuple[Selection, ...]"


@dataclass(frozen=True, slots=True)
class Query:
    """One operation as it was written."""

    variables: Mapping[str, str]
    defaults: Mapping[str, Any]
    selections: tuple[Selection, ...]


def parse(text: str) -> Query:
    """Return the one operation of this text; raises QueryError."""
    return _Parser(text).query()


class _Parser:
    def __init__(self, text: str) -> None:
        self._tokens = self._split(text)
        self._at = 0

    @staticmethod
    def _split(text: str) -> list[tuple[str, str]]:
        tokens, at = [], 0
        while at < len(text):
            found = _TOKEN.match(text, at)
            if found is None:
                raise QueryError(f"Unexpected character {text[at]!r}.")
            kind = str(found.lastgroup)
            if kind != "skip":
                tokens.append((kind, found[kind]))
            at = found.end()
        return [*tokens, ("end", "")]

    def query(self) -> Query:
        variables: dict[str, str] = {}
        defaults: dict[str, Any] = {}
        if self._peek() == ("name", "query"):
            self._next()
            if self._peek()[0] == "name":
                self._next()
            if self._take("("):
                self._variables(variables, defaults)
        selections = self._selections()
        if self._peek()[0] != "end":
            raise QueryError(f"Expected one operation, found {self._peek()[1]!r} after it.")
        return Query(variables, defaults, selections)

    def _variables(self, variables: dict[str, str], defaults: dict[str, Any]) -> None:
        while not self._take(")"):
            self._expect("$")
            name = self._name()
            self._expect(":")
            variables[name] = self._name() + ("!" if self._take("!") else "")
            if self._take("="):
                defaults[name] = self._value()

    def _selections(self) -> tuple[Selection, ...]:
        self._expect("{")
        selections = []
        while not self._take("}"):
            selections.append(self._selection())
        if not selections:
            raise QueryError("Expected a field, found '}'.")
        return tuple(selections)

    def _selection(self) -> Selection:
        alias = name = self._name()
        if self._take(":"):
            name = self._name()
        arguments: dict[str, Any] = {}
        if self._take("("):
            while not self._take(")"):
                argument = self._name()
                self._expect(":")
                arguments[argument] = self._value()
        selections = self._selections() if self._peek()[1] == "{" else ()
        return Selection(name, alias, arguments, selections)

    def _value(self) -> object:
        kind, text = self._next()
        if kind == "number":
            return float(text) if set(text) & set(".eE") else int(text)
        if kind == "text":
            return text
        if kind == "name":
            return self._word(text)
        return self._composed(text)

    @staticmethod
    def _word(text: str) -> bool | None:
        if text not in _WORDS:
            raise QueryError(f"Expected a value, found {text!r}.")
        return _WORDS[text]

    def _composed(self, opening: str) -> Variable | list[Any] | dict[str, Any]:
        if opening == "$":
            return Variable(self._name())
        if opening == "[":
            items = []
            while not self._take("]"):
                items.append(self._value())
            return items
        if opening != "{":
            raise QueryError(f"Expected a value, found {opening!r}.")
        fields = {}
        while not self._take("}"):
            name = self._name()
            self._expect(":")
            fields[name] = self._value()
        return fields

    def _peek(self) -> tuple[str, str]:
        return self._tokens[self._at]

    def _next(self) -> tuple[str, str]:
        token = self._tokens[self._at]
        if token[0] != "end":
            self._at += 1
        return token

    def _take(self, punctuation: str) -> bool:
        if self._peek() == ("end", ""):
            raise QueryError("Unexpected end of the query.")
        if self._peek() != ("punctuation", punctuation):
            return False
        self._at += 1
        return True

    def _expect(self, punctuation: str) -> None:
        if self._peek() != ("punctuation", punctuation):
            raise QueryError(f"Expected {punctuation!r}, found {self._peek()[1]!r}.")
        self._at += 1

    def _name(self) -> str:
        kind, text = self._next()
        if kind != "name":
            raise QueryError(f"Expected a name, found {text!r}.")
        return text
