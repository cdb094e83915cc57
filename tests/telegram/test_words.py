"""One name and one sign for one thing, and no word that a member of a family would have to look up."""

import re
from datetime import UTC, datetime

import pytest

from bot.domain.actions import Action
from bot.domain.ids import CarId
from bot.domain.outcomes import Outcome, State
from bot.domain.refusals import Reason
from bot.domain.roles import Access, Role, abilities
from bot.telegram import texts
from bot.telegram.texts.refusals import REFUSALS
from tests.support.screens import read_text

NOW = datetime(2026, 5, 1, tzinfo=UTC)
UNKNOWN_TO_MEMBERS = re.compile(r"token|wallet|fingerprint|console|licen[cs]e|credits|jwt|oracle|api\b", re.IGNORECASE)

FOR_OWNERS = {
    Reason.NO_KEY_TO_DIMO: "the operator has to set something, and is told what",
    Reason.LICENSE_NOT_ACCEPTED: "the operator has to set something, and is told what",
    Reason.DIMO_REJECTED_ITS_OWN_TOKEN: "it tells the operator what to ask DIMO about",
    Reason.DIMO_REJECTS_ITS_TOKENS: "it tells the operator what to ask DIMO about",
}
"""Refusals with such a word, and why."""


def test_refusals_that_members_meet_are_in_plain_words() -> None:
    found = {reason for reason, words in REFUSALS.items() if UNKNOWN_TO_MEMBERS.search(f"{words.why} {words.next}")}
    assert found == set(FOR_OWNERS)


@pytest.mark.parametrize("role", [Role.DRIVER, Role.GUEST])
def test_help_greeting_and_short_privacy_are_in_plain_words(role: Role) -> None:
    may = abilities(Access(role), now=NOW)
    for text in (texts.help.GREETING, texts.help.short_help_for(may), texts.help.help_for(may), texts.privacy.SHORT):
        assert UNKNOWN_TO_MEMBERS.search(read_text(text)) is None, text


def test_every_action_and_state_has_a_sign_of_its_own() -> None:
    words = texts.actions.ACTION_WORDS
    signs = {action: words[action].sign for action in Action}
    charging = {signs.pop(Action.CHARGE_START), signs.pop(Action.CHARGE_STOP)}
    assert len(charging) == 1
    assert len({*signs.values(), *charging}) == len(signs) + 1
    states = [texts.actions.STATE_WORDS[state][0] for state in State if state is not State.QUEUED]
    assert len(set(states)) == len(states)
    assert not {*signs.values(), *charging} & set(states)


@pytest.mark.parametrize("action", Action)
def test_a_confirmed_action_has_its_own_sign_after_the_green_tick(action: Action) -> None:
    outcome = Outcome(State.CONFIRMED, action, "Bluey", "Mum", car=CarId(1))
    sign = texts.actions.ACTION_WORDS[action].sign
    assert read_text(texts.actions.outcome(outcome, now=NOW)).startswith(f"✅ Confirmed: {sign} Mum ")
