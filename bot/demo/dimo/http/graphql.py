"""GraphQL over HTTP, answered as by gqlgen, the server library of DIMO's services.

A query that does not fit the schema fails as a whole, with status 422. A field that cannot be answered is null, with
an entry in `errors`, and the status stays 200. graphql-core is imported by the first query, so that a demo starts
without it.
"""

import re
from collections.abc import Mapping
from functools import cache, lru_cache
from importlib import resources
from typing import TYPE_CHECKING, Any, Protocol

from bot.demo.dimo.http_messages import Reply, Request, ShapeError

if TYPE_CHECKING:
    from graphql import DocumentNode, GraphQLError, GraphQLResolveInfo, GraphQLSchema

_ADDRESS = re.compile(r"0x[0-9a-fA-F]{40}")
_BODY_FIELDS = {"query", "variables", "operationName"}
_QUERIES_REMEMBERED = 256


class Source(Protocol):
    """What a selection is answered from: a value, or a function of the field's arguments, for each field's name."""

    def __getitem__(self, name: str, /) -> Any:  # noqa: ANN401 - a value of any GraphQL type
        """Return the value of a field, or a function that returns it."""


class FieldError(Exception):
    """A field that cannot be answered; `code` is what gqlgen gives in the error's `extensions`."""

    def __init__(self, message: str, *, code: str | None = None) -> None:
        super().__init__(message)
        self.extensions = {"code": code} if code else {}


class _InvalidQuery(Exception):
    """A query that is not executed."""

    def __init__(self, code: str, *errors: "GraphQLError") -> None:
        super().__init__(errors[0].message)
        self.code = code
        self.errors = errors

    def reply(self) -> Reply:
        errors = [{**error.formatted, "extensions": {"code": self.code}} for error in self.errors]
        return Reply.of_json({"errors": errors, "data": None}, 422)


def answer(request: Request, schema_name: str, root: Source) -> Reply:
    """Answer the query in this request; the schema is the file `<schema_name>.graphql` beside this one."""
    from graphql import execute_sync

    body = request.json_object()
    text, variables, operation = body.get("query"), body.get("variables") or {}, body.get("operationName")
    if body.keys() - _BODY_FIELDS or not isinstance(text, str) or not isinstance(variables, dict):
        raise ShapeError("The body is not a GraphQL request.")
    schema = _schema(schema_name)
    try:
        document = _document(schema_name, text)
        declared = _checked_variables(schema, document, variables, operation)
    except _InvalidQuery as invalid:
        request.blame(f"sends an invalid query: {invalid}")
        return invalid.reply()
    if undeclared := sorted(variables.keys() - declared):
        request.blame(f"gives variables that the query does not declare: {undeclared}")
    result = execute_sync(
        schema, document, root, variable_values=variables, operation_name=operation, field_resolver=_resolve
    )
    errors = [_field_error(error) for error in result.errors or ()]
    return Reply.of_json({**({"errors": errors} if errors else {}), "data": result.data})


@cache
def _schema(name: str) -> "GraphQLSchema":
    from graphql import GraphQLScalarType, build_schema

    schema = build_schema((resources.files(__package__) / f"{name}.graphql").read_text(encoding="utf-8"))
    address = schema.get_type("Address")
    if isinstance(address, GraphQLScalarType):
        address.coerce_input_value = _address
    return schema


def _address(value: object) -> object:
    if not isinstance(value, str) or not _ADDRESS.fullmatch(value):
        raise ValueError(f"{value!r} is not an address.")
    return value


@lru_cache(maxsize=_QUERIES_REMEMBERED)
def _document(schema_name: str, text: str) -> "DocumentNode":
    """Parse and validate a query; raises _InvalidQuery. DIMO's services remember queries, too."""
    from graphql import GraphQLError, parse, validate

    try:
        document = parse(text, allow_empty_selection_sets=False)
    except GraphQLError as error:
        raise _InvalidQuery("GRAPHQL_PARSE_FAILED", error) from error
    if errors := validate(_schema(schema_name), document):
        raise _InvalidQuery("GRAPHQL_VALIDATION_FAILED", *errors)
    return document


def _checked_variables(
    schema: "GraphQLSchema", document: "DocumentNode", variables: Mapping[str, Any], operation_name: str | None
) -> set[str]:
    """Return the names of the variables that the operation declares; raises _InvalidQuery."""
    from graphql import GraphQLError, OperationType, get_operation_ast
    from graphql.execution import get_variable_values

    operation = get_operation_ast(document, operation_name)
    if operation is None or operation.operation is not OperationType.QUERY:
        raise _InvalidQuery("GRAPHQL_VALIDATION_FAILED", GraphQLError("The body has to name one query."))
    values = get_variable_values(schema, operation.variable_definitions or (), dict(variables))
    if isinstance(values, list):
        raise _InvalidQuery("GRAPHQL_VALIDATION_FAILED", *values)
    return {definition.variable.name.value for definition in operation.variable_definitions or ()}


def _resolve(source: Source, info: "GraphQLResolveInfo[None]", **arguments: Any) -> Any:  # noqa: ANN401 - any GraphQL value
    value = source[info.field_name]
    return value(**arguments) if callable(value) else value


def _field_error(error: "GraphQLError") -> Mapping[str, object]:
    """Return the entry for a FieldError; every other exception is a mistake of the simulator and is raised."""
    if not isinstance(error.original_error, FieldError):
        raise error.original_error or error
    extensions = {"extensions": error.extensions} if error.extensions else {}
    return {"message": error.message, "path": error.path, **extensions}
