import httpx
import pytest

from bot.dimo import errors
from bot.dimo.errors import DimoError
from bot.domain.actions import ACTIONS, Action
from bot.service.sending import may_repeat

OPENINGS = [action for action in Action if ACTIONS[action].opens]
HARMLESS = [action for action in Action if not ACTIONS[action].opens]


def failed(kind: type[DimoError], status: int | None = None) -> DimoError:
    return kind(service="devices", operation="command", status=status)


NEVER_LEFT = [failed(errors.NotSent)]
TOOK_TOO_MANY = [failed(errors.TooFast, 429)]
IN_DOUBT = [
    failed(errors.NoAnswer),
    *(failed(errors.ServiceTrouble, status) for status in (500, 502, 503, 504)),
]
SAID_NO = [
    *(failed(errors.CannotDo, status) for status in (400, 409, 422)),
    failed(errors.SignInExpired, 401),
    failed(errors.NotPermitted, 403),
    *(failed(errors.NotFound, status) for status in (404, 410)),
    failed(errors.Refused, 418),
]
UNREADABLE = [failed(errors.BadAnswer, 200), failed(errors.BadAnswer, 302), failed(DimoError)]


@pytest.mark.parametrize("action", Action)
@pytest.mark.parametrize("error", NEVER_LEFT + TOOK_TOO_MANY, ids=repr)
def test_what_certainly_did_not_happen_may_be_sent_again(action: Action, error: DimoError) -> None:
    assert may_repeat(error, action)


@pytest.mark.parametrize("action", OPENINGS)
@pytest.mark.parametrize("error", IN_DOUBT, ids=repr)
def test_an_opening_in_doubt_is_never_sent_again(action: Action, error: DimoError) -> None:
    assert not may_repeat(error, action)


@pytest.mark.parametrize("action", HARMLESS)
@pytest.mark.parametrize("error", IN_DOUBT, ids=repr)
def test_what_may_be_done_twice_is_sent_again_in_doubt(action: Action, error: DimoError) -> None:
    assert may_repeat(error, action)


@pytest.mark.parametrize("action", Action)
@pytest.mark.parametrize("error", SAID_NO + UNREADABLE, ids=repr)
def test_a_no_and_what_can_not_be_read_are_taken_for_an_answer(action: Action, error: DimoError) -> None:
    assert not may_repeat(error, action)


@pytest.mark.parametrize("action", OPENINGS)
@pytest.mark.parametrize(
    "lost",
    [httpx.ReadTimeout, httpx.WriteTimeout, httpx.ReadError, httpx.WriteError, httpx.RemoteProtocolError],
)
def test_an_opening_whose_answer_was_lost_is_in_doubt(
    action: Action, lost: type[httpx.TransportError]
) -> None:
    assert not may_repeat(failed(errors.class_for_exception(lost(""))), action)


@pytest.mark.parametrize("action", Action)
@pytest.mark.parametrize("unmet", [httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout])
def test_a_connection_that_never_stood_is_no_doubt(action: Action, unmet: type[httpx.TransportError]) -> None:
    assert may_repeat(failed(errors.class_for_exception(unmet(""))), action)
