import pytest

from bot.domain.refusals import Reason
from bot.telegram.screens import refusals as refusal_screens
from bot.telegram.texts import refusals
from bot.telegram.texts.refusals import REFUSALS
from tests.support.screens import NASTY, labels, read_screen, read_text

LONGEST_ANSWER = 200
"""Characters that Telegram shows in the answer to a tap."""


def test_every_reason_has_words() -> None:
    assert set(REFUSALS) == set(Reason)


@pytest.mark.parametrize("reason", Reason)
def test_a_reason_is_given_in_whole_sentences(reason: Reason) -> None:
    words = REFUSALS[reason]
    assert words.why.endswith(".")
    assert words.next.endswith(".")


@pytest.mark.parametrize("reason", Reason)
@pytest.mark.parametrize("car", [None, "Bluey", NASTY])
def test_a_refusal_says_what_to_do_next_and_telegram_accepts_it(reason: Reason, car: str | None) -> None:
    shown = read_screen(refusal_screens.refusal(reason, car=car))
    assert "\nNext: " in shown
    assert "{" not in shown.replace("{car}", "" if car is NASTY else "{car}")


@pytest.mark.parametrize("reason", [reason for reason in Reason if REFUSALS[reason].offers_link])
def test_a_refusal_has_a_link_button_if_linking_helps(reason: Reason) -> None:
    assert labels(refusal_screens.refusal(reason)) == ["🔑 Link"]


@pytest.mark.parametrize("reason", [Reason.NOT_A_PERSON, Reason.PRIVATE_CHAT_ONLY])
def test_the_refusal_of_a_tap_fits_into_its_alert(reason: Reason) -> None:
    answer = refusals.refusal(reason)
    assert len(answer) <= LONGEST_ANSWER
    assert read_text(answer) == answer


@pytest.mark.parametrize(
    "reason",
    [
        Reason.WAITED_TOO_LONG,
        Reason.RESTARTED_BEFORE_SENDING,
        Reason.FAILED_BEFORE_SENDING,
        Reason.PROMPT_EXPIRED,
        Reason.PROMPT_CANCELLED,
    ],
)
def test_a_refusal_says_that_nothing_was_sent_if_nothing_was(reason: Reason) -> None:
    assert "Nothing was sent" in refusals.refusal(reason)
