"""DIMO counts as away after several requests that nobody answered, until any of its services answers."""

import logging

import pytest

from bot.dimo.availability import Availability


@pytest.mark.parametrize("unanswered", [None, 502, 503, 504])
def test_it_is_away_after_three_requests_without_an_answer(unanswered: int | None) -> None:
    dimo = Availability()
    for expected in (False, False, True, True):
        dimo.heard(unanswered)
        assert dimo.is_away is expected


@pytest.mark.parametrize("status", [200, 401, 404, 429, 500])
def test_any_answer_of_a_service_ends_an_outage(status: int, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    dimo = Availability()
    for _ in range(9):
        dimo.heard(None)
    for _ in range(3):
        dimo.heard(status)
    assert not dimo.is_away
    assert [record.message for record in caplog.records] == ["DIMO does not answer", "DIMO answers again"]


def test_one_service_that_is_switched_off_is_no_outage() -> None:
    dimo = Availability()
    for _ in range(5):
        dimo.heard(None)
        dimo.heard(None)
        dimo.heard(200)
    assert not dimo.is_away
