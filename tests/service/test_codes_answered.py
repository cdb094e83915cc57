"""Every answer that DIMO can give about error codes: the reason that is shown, and that nothing is lost or sent twice.

In both forms of the endpoints; test_codes_forms tests which one is used.
"""

from collections.abc import AsyncIterator

import pytest

from bot.demo.dimo import faults
from bot.demo.dimo.faults import Fault
from bot.domain.code_history import Delivery
from bot.domain.refusals import Reason
from tests.support.code_desk import BY_TOKEN_ID, OWN_DEVICE, Desk, a_desk
from tests.support.use_cases import an_ask


@pytest.fixture(params=[OWN_DEVICE, BY_TOKEN_ID], ids=["by device", "by token id"])
async def desk(request: pytest.FixtureRequest, sqlite_url: str, key: str) -> AsyncIterator[Desk]:
    async with a_desk(sqlite_url, key, form=request.param) as desk:
        yield desk


HELD_UP: dict[str, tuple[Fault, Reason]] = {
    "429": (faults.status(429, "Too Many Requests"), Reason.DIMO_TOO_BUSY),
    "500": (faults.status(500, "Internal Server Error"), Reason.DIMO_TROUBLE),
    "500 after the work": (faults.status(500, "Internal Server Error", acts=True), Reason.DIMO_TROUBLE),
    "502": (faults.status(502, "Bad Gateway"), Reason.DIMO_TROUBLE),
    "503": (faults.status(503, "Service Unavailable"), Reason.DIMO_TROUBLE),
    "504 after the work": (faults.status(504, "Gateway Timeout", acts=True), Reason.DIMO_TROUBLE),
    "404 with a web page": (faults.html(404), Reason.DIMO_UNREACHABLE),
    "200 with a web page": (faults.html(200), Reason.DIMO_UNREACHABLE),
    "503 with a web page": (faults.html(503), Reason.DIMO_UNREACHABLE),
    "521 with a web page": (faults.html(521), Reason.DIMO_UNREACHABLE),
    "refused connection": (faults.refuse_connection(), Reason.DIMO_UNREACHABLE),
    "dropped connection": (faults.drop(), Reason.DIMO_TOO_SLOW),
    "lost answer": (faults.lose_answer(), Reason.DIMO_TOO_SLOW),
    "no answer": (faults.never_answer(acts=False), Reason.DIMO_TOO_SLOW),
    "no answer after the work": (faults.never_answer(), Reason.DIMO_TOO_SLOW),
    "broken JSON after the work": (faults.garbage(), Reason.DIMO_UNREACHABLE),
    "redirect": (faults.answer(302, {}, acts=False), Reason.DIMO_UNREACHABLE),
    "418": (faults.status(418, "I'm a teapot"), Reason.DIMO_REFUSED),
}
"""Faults after which a request was not done, or is not known to be done."""

BY_TOKEN_ID_ONLY: dict[str, tuple[Fault, Reason]] = {
    "401": (faults.status(401, "Invalid or expired JWT"), Reason.DIMO_REJECTED_ITS_OWN_TOKEN),
    "403": (faults.status(403, "Missing required privilege"), Reason.NOT_SHARED_FOR_READING),
    "404": (faults.status(404, "No device with that id found."), Reason.CODES_NOT_FOUND),
    "410": (faults.status(410, "Gone"), Reason.CODES_NOT_FOUND),
}
"""Refusals of the form by device that lead to the form by token id, and are final there."""


def answers(desk: Desk) -> dict[str, tuple[Fault, Reason]]:
    return HELD_UP if desk.submitting in OWN_DEVICE else HELD_UP | BY_TOKEN_ID_ONLY


async def test_codes_that_did_not_surely_arrive_are_kept_and_given_to_dimo_once(desk: Desk) -> None:
    """A query that DIMO stored before it failed is found in its history, and is not sent twice."""
    for number, (what, (fault, reason)) in enumerate(answers(desk).items(), start=1):
        code, before = f"P{number:04}", desk.arrived(desk.submitting)
        desk.fail(desk.submitting, fault)
        query = await desk.submit(code)
        assert (query.codes, query.delivery, query.reason) == ((code,), Delivery.WAITING, reason), what
        assert query.is_held_up, what
        desk.heal()
        tried = desk.arrived(desk.submitting) - before
        sent = await desk.send_again(query.id)
        assert (sent.delivery, sent.reason) == (Delivery.DELIVERED, None), what
        assert sent.entries[0].explanation, what
        assert desk.at_dimo.count((code,)) == 1, what
        assert desk.arrived(desk.submitting) - before - tried == (0 if fault.acts else 1), what
    assert len(desk.at_dimo) == len(answers(desk))


async def test_codes_that_dimo_does_not_take_stay_in_the_record_and_are_not_sent_again(desk: Desk) -> None:
    for number, status in enumerate((400, 409, 422), start=1):
        desk.fail(desk.submitting, faults.status(status, 'Invalid error code "P0301".'))
        query = await desk.submit("P0301")
        assert (query.delivery, query.reason) == (Delivery.REFUSED, Reason.CODES_NOT_TAKEN)
        desk.heal()
        assert await desk.send_again(query.id) == query
        assert desk.arrived(desk.submitting) == number
    assert desk.at_dimo == []


async def test_an_answer_without_a_word_is_an_answer(desk: Desk) -> None:
    """DIMO took the codes, so it is not asked again."""
    for number, answer in enumerate(({}, {"errorCodes": None}, {"errorCodes": []}), start=1):
        desk.fail(desk.submitting, faults.answer(200, answer))
        query = await desk.submit(f"P030{number}")
        assert (query.delivery, query.reason) == (Delivery.DELIVERED, None)
        assert query.entries[0].explanation is None
    assert desk.arrived(desk.submitting) == 3


async def test_a_history_that_can_not_be_had_is_said_so_and_leaves_the_record(desk: Desk) -> None:
    await desk.submit("P0301")
    codes = desk.process.services.codes.requests
    more = {"400": (faults.status(400, "Couldn't parse token id."), Reason.DIMO_REFUSED)}
    for what, (fault, reason) in (answers(desk) | more).items():
        desk.fail(desk.listing, fault)
        assert await codes.refresh(await codes.view(an_ask())) is reason, what
        desk.heal()
        view = await codes.view(an_ask())
        assert view.query is not None, what
        assert (view.query.codes, view.query.delivery) == (("P0301",), Delivery.DELIVERED), what
    assert await codes.refresh(await codes.view(an_ask())) is None


async def test_a_clearing_that_did_not_surely_arrive_is_kept_and_told_to_dimo_later(desk: Desk) -> None:
    for number, (what, (fault, reason)) in enumerate(answers(desk).items(), start=1):
        desk.town.clock.advance(60)
        await desk.submit(f"P{number:04}")
        desk.fail(desk.clearing, fault)
        query = await desk.clear()
        assert (query.clearing, query.reason) == (Delivery.WAITING, reason), what
        assert query.cleared_at is not None, what
        assert query.cleared_by == "Dad", what
        desk.heal()
        told = await desk.send_again(query.id)
        assert (told.clearing, told.reason) == (Delivery.DELIVERED, None), what
        assert told.cleared_at == query.cleared_at, what
        assert desk.town.car.code_queries[0].cleared_at is not None, what
    assert len(desk.at_dimo) == len(answers(desk))


NOTHING_TO_MARK = [
    (400, "all error codes already cleared"),
    (429, "all error codes already cleared"),
    (400, "error occurred fetching device error queries"),
    (404, "no error codes"),
]


async def test_what_dimo_has_cleared_already_or_never_had_is_cleared(desk: Desk) -> None:
    """These refusals mean that the codes are cleared."""
    for number, (status, said) in enumerate(NOTHING_TO_MARK, start=1):
        desk.town.clock.advance(60)
        await desk.submit(f"P030{number}")
        desk.fail(desk.clearing, faults.status(status, said))
        query = await desk.clear()
        assert (query.clearing, query.reason, query.cleared_by) == (Delivery.DELIVERED, None, "Dad"), said
        assert desk.arrived(desk.clearing) == number, said
        desk.heal()
