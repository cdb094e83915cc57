from dataclasses import replace
from datetime import UTC, datetime

import pytest

from bot.domain.expiry import Ending, Notice, TokenKind
from bot.domain.ids import ConsentId, PersonId
from bot.domain.linking import (
    ConsentAsked,
    ConsentOver,
    LinkAnswer,
    Linked,
    LinkFault,
    LinkNews,
    PermissionAsked,
    SharedCar,
)
from bot.telegram import screens
from bot.telegram.screens import refusals as refusal_screens
from bot.telegram.ui.screen import Screen
from tests.support.screens import NASTY, labels, read_screen

LATER = datetime(2026, 5, 15, 12, 0, tzinfo=UTC)

NOW = datetime(2026, 5, 1, 12, 0, tzinfo=UTC)


def a_car(name: str = "Bluey", *, commands: bool = True, reports: bool = True) -> SharedCar:
    return SharedCar(name, "Tesla Model 3 2022", commands, reports, LATER)


def linked(*cars: SharedCar, has_key: bool = True, kind: TokenKind = TokenKind.USER) -> Linked:
    return Linked(kind, cars, LATER, has_key_to_dimo=has_key)


@pytest.mark.parametrize("fault", LinkFault)
def test_every_failure_of_linking_says_what_to_do_next(fault: LinkFault) -> None:
    screen = screens.linking.link_failed(fault, None)
    assert "\nNext: " in read_screen(screen)
    assert labels(screen) == ["🔑 Link"]


@pytest.mark.parametrize("fault", LinkFault)
def test_the_words_of_dimo_are_quoted_without_markup(fault: LinkFault) -> None:
    shown = read_screen(screens.linking.link_failed(fault, NASTY + "x" * 5000))
    assert "DIMO said: “<b>&" in shown


def test_the_confirmation_of_a_link_names_every_car_and_what_is_missing() -> None:
    shown = read_screen(
        screens.linking.linked(linked(a_car(), a_car("Rusty", commands=False), a_car("Muffin", reports=False)), now=NOW)
    )
    assert "• Bluey (Tesla Model 3 2022), shared until" in shown
    assert "• Rusty (Tesla Model 3 2022), shared without commands" in shown
    assert "• Muffin (Tesla Model 3 2022), shared without reports" in shown


def test_a_tesla_is_said_to_need_the_key() -> None:
    tesla = replace(a_car(), is_tesla=True)
    shown = read_screen(screens.linking.linked(linked(tesla, a_car("Rusty")), now=NOW))
    assert "A Tesla obeys only with DIMO's key in it. Next, once for Bluey: put the key in" in shown
    reading_only = replace(tesla, may_be_commanded=False)
    assert "key in it" not in read_screen(screens.linking.linked(linked(reading_only), now=NOW))


def test_a_link_without_cars_says_how_to_share_one() -> None:
    screen = screens.linking.linked(linked(), now=NOW)
    assert "No car is shared with me yet.\nNext: " in read_screen(screen)
    assert labels(screen) == ["🔄 Look again", "🔑 Link"]


def test_a_link_without_a_key_to_dimo_says_who_can_help() -> None:
    assert "no developer license" in read_screen(screens.linking.linked(linked(a_car(), has_key=False), now=NOW))


def test_a_linked_console_token_is_called_a_console_token() -> None:
    assert "console token" in read_screen(screens.linking.linked(linked(a_car(), kind=TokenKind.DEVELOPER), now=NOW))


@pytest.mark.parametrize("count", [1, 50, 400])
def test_a_link_with_any_number_of_cars_fits_into_a_message(count: int) -> None:
    """A console token brings every car that is shared with its license."""
    screen = screens.linking.linked(linked(*(a_car(f"Car {n} {NASTY * 9}") for n in range(count))), now=NOW)
    assert "Car 0" in read_screen(screen)


@pytest.mark.parametrize("ending", Ending)
@pytest.mark.parametrize(("is_over", "verb"), [(False, "ends on"), (True, "ended on")])
def test_a_notice_names_the_day_of_the_end_and_has_a_button(ending: Ending, is_over: bool, verb: str) -> None:
    screen = screens.linking.notice(Notice(ending, LATER, is_over=is_over, car_name=NASTY))
    assert f"{verb} 15 May 2026" in read_screen(screen)
    assert labels(screen) == ["🔑 Link again"]


def test_a_person_is_asked_to_delete_a_secret_that_remains() -> None:
    assert "Delete it yourself" in read_screen(refusal_screens.with_warning(Screen("Anything.")))


def test_without_a_license_the_sign_in_page_is_not_offered() -> None:
    screen = screens.linking.link(None)
    assert "no developer license" in read_screen(screen)
    assert labels(screen) == []


@pytest.mark.parametrize("news", LinkNews)
def test_news_about_a_link_say_what_to_do_next_and_name_nobody(news: LinkNews) -> None:
    screen = screens.linking.news(news)
    assert "\nNext: " in read_screen(screen)
    waits = "wait." in read_screen(screen)
    button = "🚗 Show the car" if news is LinkNews.LINKED_ALREADY else "🔑 Link"
    assert labels(screen) == ([] if waits or news is LinkNews.OPERATOR_SAID_NO else [button])


def test_questions_about_a_link_name_the_person_and_can_be_answered() -> None:
    asked = ConsentAsked(ConsentId("a"), PersonId(7), NASTY, owner_name=None)
    for screen in (
        screens.linking.permission_question(PermissionAsked(PersonId(7), NASTY)),
        screens.linking.consent_question(asked),
        screens.linking.consent_question(replace(asked, owner_name=NASTY)),
    ):
        assert "<b>&" in read_screen(screen)
        assert len(read_screen(screen).splitlines()) <= 3
        assert labels(screen) == ["✅ Allow", "✖️ Deny"]


@pytest.mark.parametrize("answer", [*LinkAnswer, None])
def test_an_answer_says_what_became_of_the_link(answer: LinkAnswer | None) -> None:
    shown = read_screen(screens.linking.consent_over(ConsentOver(NASTY, answer)))
    assert ("has connected" in shown) is (answer is LinkAnswer.ALLOW)
    assert ("\nNext: " in shown) is (answer is not LinkAnswer.ALLOW)


def test_a_no_of_the_operator_can_become_a_yes() -> None:
    said = [labels(screens.linking.permission_answered(PersonId(7), NASTY, answer)) for answer in LinkAnswer]
    assert said == [[], ["✅ Allow after all"]]
