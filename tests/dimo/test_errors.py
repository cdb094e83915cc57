import inspect

import httpx
import pytest

from bot.dimo import errors
from bot.dimo.errors import (
    HTTPX_ERRORS,
    BadAnswer,
    CannotDo,
    DimoError,
    NoAnswer,
    NotFound,
    NotPermitted,
    NotSent,
    Refused,
    ServiceTrouble,
    SignInExpired,
    TooFast,
    class_for_exception,
    class_for_status,
)

HTTPX = [
    one
    for _, one in inspect.getmembers(httpx, inspect.isclass)
    if issubclass(one, Exception) and one.__module__.startswith("httpx")
]

NEVER_LEFT = {
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    httpx.ProxyError,
    httpx.UnsupportedProtocol,
    httpx.InvalidURL,
}

# DIMO.md's tables of statuses.
STATUSES = {
    400: CannotDo,
    401: SignInExpired,
    403: NotPermitted,
    404: NotFound,
    409: CannotDo,
    410: NotFound,
    422: CannotDo,
    429: TooFast,
    500: ServiceTrouble,
    502: ServiceTrouble,
    503: ServiceTrouble,
    504: ServiceTrouble,
    520: ServiceTrouble,
    529: ServiceTrouble,
}

TREE = [DimoError, NotSent, NoAnswer, ServiceTrouble, BadAnswer, Refused, *Refused.__subclasses__()]


def an_error(kind: type[DimoError] = Refused, **facts: object) -> DimoError:
    return kind(**({"service": "devices", "operation": "command"} | facts))  # type: ignore[arg-type] # facts of any kind


@pytest.mark.parametrize("foreign", HTTPX)
def test_every_error_of_httpx_is_listed_or_has_a_listed_ancestor(foreign: type[Exception]) -> None:
    assert issubclass(foreign, HTTPX_ERRORS)


@pytest.mark.parametrize("foreign", HTTPX)
def test_only_errors_before_sending_mean_not_sent(foreign: type[Exception]) -> None:
    error = foreign.__new__(foreign)
    lost = BadAnswer if foreign is httpx.DecodingError else NoAnswer
    assert class_for_exception(error) is (NotSent if foreign in NEVER_LEFT else lost)


def test_request_with_an_unlisted_error_may_have_happened() -> None:
    assert class_for_exception(ValueError()) is NoAnswer


@pytest.mark.parametrize(("status", "kind"), STATUSES.items())
def test_a_documented_status_has_its_error(status: int, kind: type[DimoError]) -> None:
    assert class_for_status(status) is kind


@pytest.mark.parametrize("status", range(400, 500))
def test_every_4xx_is_a_refusal_that_did_not_happen(status: int) -> None:
    kind = class_for_status(status)
    assert issubclass(kind, Refused)
    assert not an_error(kind, status=status).may_have_happened


@pytest.mark.parametrize("status", range(500, 600))
def test_every_5xx_may_have_happened(status: int) -> None:
    error = an_error(class_for_status(status), status=status)
    assert isinstance(error, ServiceTrouble)
    assert error.may_have_happened


@pytest.mark.parametrize("status", [100, 204, 301, 302, 307, 308, 600, 999])
def test_any_other_status_is_a_bad_answer_that_may_have_happened(status: int) -> None:
    error = an_error(class_for_status(status), status=status)
    assert isinstance(error, BadAnswer)
    assert error.may_have_happened


@pytest.mark.parametrize("kind", TREE)
def test_only_unsent_and_refused_requests_did_not_happen(kind: type[DimoError]) -> None:
    assert an_error(kind).may_have_happened is not issubclass(kind, NotSent | Refused)


@pytest.mark.parametrize("kind", TREE)
def test_only_errors_that_can_pass_are_temporary(kind: type[DimoError]) -> None:
    assert an_error(kind).temporary is (kind in {NotSent, NoAnswer, ServiceTrouble, TooFast})


@pytest.mark.parametrize("kind", TREE)
def test_an_error_reads_as_one_sentence(kind: type[DimoError]) -> None:
    said = str(an_error(kind, status=418, dimo_said="I'm a teapot."))
    assert "devices service" in said
    assert "command" in said
    assert said.endswith("(418): I'm a teapot.")


@pytest.mark.parametrize("kind", TREE)
def test_an_unreachable_service_is_named_in_one_line(kind: type[DimoError]) -> None:
    assert str(an_error(kind, unreachable=True)) == "DIMO's devices service is not reachable."


def test_the_tree_atop_the_module_draws_every_class() -> None:
    classes = [name for name, one in inspect.getmembers(errors, inspect.isclass) if one.__module__ == errors.__name__]
    assert errors.__doc__ is not None
    assert [name for name in classes if name not in errors.__doc__] == []
