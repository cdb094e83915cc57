"""A small strict GraphQL service: checks a query against a schema, then answers it."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from bot.demo.dimo.http.graphql_query import Query, QueryError, Selection, Variable, parse
from bot.demo.dimo.http_messages import Reply, Request, ShapeError

_ADDRESS = re.compile(r"0x[0-9a-fA-F]{40}")
_BODY_FIELDS = {"query", "variables", "operationName"}


class FieldError(Exception):
    """One field that cannot be answered: null in `data`, with an entry in `errors` beside it."""


@dataclass(frozen=True, slots=True)
class Partial:
    """A value with entries in `errors` for what is missing from it."""

    value: object
    errors: Sequence[FieldError]


@dataclass(frozen=True, slots=True)
class Field:
    """One field of the schema: its type without marks, whether it is a list, and its arguments."""

    type: str
    arguments: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Schema:
    """Object types and input types by name; every name that is neither is a scalar."""

    types: Mapping[str, Mapping[str, Field]]
    inputs: Mapping[str, Mapping[str, str]] = field(default_factory=dict)


def answer(request: Request, schema: Schema, root: Mapping[str, Any]) -> Reply:
    """Answer the query in this request from `root`, whose values are values or functions of the arguments."""
    body = request.json_object()
    query_text, given = body.get("query"), body.get("variables") or {}
    if body.keys() - _BODY_FIELDS or not isinstance(query_text, str) or not isinstance(given, dict):
        raise ShapeError("The body is not a GraphQL request.")
    try:
        query = parse(query_text)
        _Check(schema, query, given).run()
    except QueryError as error:
        request.blame(f"asks what the schema does not hold: {error}")
        return Reply.of_json({"errors": [{"message": str(error)}], "data": None}, 422)
    if unused := given.keys() - query.variables.keys():
        request.blame(f"gives variables that the query does not declare: {sorted(unused)}")
    resolver = _Resolver({**query.defaults, **given})
    data = resolver.select(root, query.selections, ())
    errors = {"errors": resolver.errors} if resolver.errors else {}
    return Reply.of_json({**errors, "data": data})


class _Check:
    """Everything that is wrong with a query before it is run."""

    def __init__(self, schema: Schema, query: Query, given: Mapping[str, Any]) -> None:
        self._schema = schema
        self._query = query
        self._given = given
        self._used: set[str] = set()

    def run(self) -> None:
        self._fields("Query", self._query.selections)
        if unused := self._query.variables.keys() - self._used:
            raise QueryError(f'Variable "${min(unused)}" is never used.')
        for name, declared in self._query.variables.items():
            value = self._given.get(name, self._query.defaults.get(name))
            self._literal(value, declared, f'Variable "${name}"')

    def _fields(self, type_name: str, selections: Sequence[Selection]) -> None:
        for selection in selections:
            known = self._schema.types[type_name].get(selection.name)
            if known is None:
                raise QueryError(f'Cannot query field "{selection.name}" on type "{type_name}".')
            self._arguments(selection, known)
            is_object = known.type in self._schema.types
            if is_object != bool(selection.selections):
                wish = "must have" if is_object else "must not have"
                raise QueryError(f'Field "{selection.name}" of type "{known.type}" {wish} a selection.')
            if is_object:
                self._fields(known.type, selection.selections)

    def _arguments(self, selection: Selection, known: Field) -> None:
        if unknown := selection.arguments.keys() - known.arguments.keys():
            raise QueryError(f'Unknown argument "{min(unknown)}" on field "{selection.name}".')
        for name, wanted in known.arguments.items():
            where = f'Argument "{name}" of field "{selection.name}"'
            self._value(selection.arguments.get(name), wanted, where)

    def _value(self, value: object, wanted: str, where: str) -> None:
        if isinstance(value, Variable):
            self._variable(value.name, wanted, where)
        else:
            self._literal(value, wanted, where)

    def _variable(self, name: str, wanted: str, where: str) -> None:
        declared = self._query.variables.get(name)
        if declared is None:
            raise QueryError(f'Variable "${name}" is not defined.')
        self._used.add(name)
        if declared not in (wanted, f"{wanted}!"):
            raise QueryError(f'{where} expects "{wanted}", variable "${name}" is "{declared}".')

    def _literal(self, value: object, wanted: str, where: str) -> None:
        if value is None:
            if wanted.endswith("!"):
                raise QueryError(f'{where} of type "{wanted}" is required.')
            return
        wanted = wanted.rstrip("!")
        fields = self._schema.inputs.get(wanted)
        if fields is None:
            if wanted not in _SCALARS or not _SCALARS[wanted](value):
                raise QueryError(f'{where} is no "{wanted}": {value!r}.')
            return
        if not isinstance(value, dict) or value.keys() - fields.keys():
            raise QueryError(f'{where} is no "{wanted}": {value!r}.')
        for name, type_name in fields.items():
            self._value(value.get(name), type_name, f"{where}, field {name}")


_SCALARS: Mapping[str, Callable[[object], bool]] = {
    "Int": lambda value: type(value) is int,
    "String": lambda value: isinstance(value, str),
    "Address": lambda value: isinstance(value, str) and _ADDRESS.fullmatch(value) is not None,
}


class _Resolver:
    """Picks out of the answer what was asked for."""

    def __init__(self, variables: Mapping[str, Any]) -> None:
        self._variables = variables
        self.errors: list[dict[str, Any]] = []

    def select(
        self, source: Mapping[str, Any], selections: Sequence[Selection], path: tuple[str | int, ...]
    ) -> dict[str, Any]:
        return {one.alias: self._field(source, one, (*path, one.alias)) for one in selections}

    def _field(self, source: Mapping[str, Any], selection: Selection, path: tuple[str | int, ...]) -> object:
        try:
            value = source[selection.name]
            if callable(value):
                value = value(**{name: self._filled(given) for name, given in selection.arguments.items()})
            if isinstance(value, FieldError):
                raise value
        except FieldError as error:
            self._note(error, path)
            return None
        if isinstance(value, Partial):
            for missing in value.errors:
                self._note(missing, path)
            value = value.value
        return self._shaped(value, selection.selections, path)

    def _note(self, error: FieldError, path: tuple[str | int, ...]) -> None:
        self.errors.append({"message": str(error), "path": list(path)})

    def _shaped(self, value: object, selections: Sequence[Selection], path: tuple[str | int, ...]) -> object:
        if isinstance(value, list):
            return [self._shaped(item, selections, (*path, at)) for at, item in enumerate(value)]
        if isinstance(value, Mapping):
            return self.select(value, selections, path)
        return value

    def _filled(self, value: object) -> object:
        if isinstance(value, Variable):
            return self._variables.get(value.name)
        if isinstance(value, dict):
            return {name: self._filled(item) for name, item in value.items()}
        return value
