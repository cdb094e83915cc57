from collections.abc import Callable
from dataclasses import replace
from functools import partial

import pytest

from storage.engine.database import Database, Tx
from storage.records import Prompt
from storage.repositories import prompts
from tests.support.records import CHAT, MINUTE, NOW, OWNER, a_prompt
from tests.support.threads import race


def claim(tx: Tx, **changes: object) -> Prompt | None:
    arguments = {"person_id": OWNER, "chat_id": CHAT, "now": NOW, **changes}
    return prompts.claim(tx, "prompt-1", **arguments)  # type: ignore[arg-type]  # the test chooses what is wrong


def add(database: Database, prompt: Prompt) -> None:
    database.run_now(lambda tx: prompts.add(tx, prompt))


@pytest.fixture
def asked(database: Database) -> Database:
    database.run_now(lambda tx: prompts.add(tx, a_prompt()))
    return database


def test_prompt_is_read_as_it_was_stored(asked: Database) -> None:
    assert asked.run_now(lambda tx: prompts.get(tx, "prompt-1")) == a_prompt()


def test_what_a_prompt_is_about_is_returned_with_every_answer(database: Database) -> None:
    prompt = a_prompt(about="query-17")
    add(database, prompt)
    assert database.run_now(lambda tx: prompts.get(tx, "prompt-1")) == prompt
    assert database.run_now(claim) == replace(prompt, state="confirmed")


def test_unknown_prompt_is_not_found(asked: Database) -> None:
    assert asked.run_now(lambda tx: prompts.get(tx, "prompt-2")) is None


def test_claim_confirms_the_open_prompt(asked: Database) -> None:
    assert asked.run_now(claim) == a_prompt(state="confirmed")


def test_second_claim_returns_none(asked: Database) -> None:
    asked.run_now(claim)
    assert asked.run_now(claim) is None


@pytest.mark.parametrize(
    "wrong",
    [{"person_id": OWNER + 1}, {"chat_id": CHAT + 1}, {"now": NOW + MINUTE}],
    ids=["another person", "another chat", "too late"],
)
def test_claim_needs_the_asker_the_chat_and_the_time(asked: Database, wrong: dict[str, object]) -> None:
    assert asked.run_now(lambda tx: claim(tx, **wrong)) is None
    assert asked.run_now(lambda tx: prompts.get(tx, "prompt-1")) == a_prompt()


def test_of_many_simultaneous_claims_in_two_processes_exactly_one_succeeds(
    asked: Database, open_database: Callable[[], Database]
) -> None:
    other = open_database()
    runners = [partial(db.run_now, claim) for db in (asked, other) * 8]
    won = [prompt for prompt in race(runners) if prompt is not None]
    assert won == [a_prompt(state="confirmed")]


def test_of_a_simultaneous_cancel_and_claim_one_succeeds(
    asked: Database, open_database: Callable[[], Database]
) -> None:
    other = open_database()
    answers = race(
        [
            lambda: asked.run_now(claim),
            lambda: other.run_now(lambda tx: prompts.cancel(tx, "prompt-1", chat_id=CHAT, now=NOW)),
        ]
    )
    assert len([answer for answer in answers if answer is not None]) == 1


def test_everybody_in_the_chat_can_cancel(asked: Database) -> None:
    cancelled = asked.run_now(lambda tx: prompts.cancel(tx, "prompt-1", chat_id=CHAT, now=NOW))
    assert cancelled == a_prompt(state="cancelled")
    assert asked.run_now(claim) is None


def test_another_chat_cannot_cancel(asked: Database) -> None:
    assert asked.run_now(lambda tx: prompts.cancel(tx, "prompt-1", chat_id=CHAT + 1, now=NOW)) is None


def test_cancel_open_cancels_all_prompts_of_the_person_in_the_chat(asked: Database) -> None:
    others = [
        a_prompt(id="prompt-2"),
        a_prompt(id="somebody", person_id=OWNER + 1),
        a_prompt(id="elsewhere", chat_id=CHAT + 1),
        a_prompt(id="answered", state="confirmed"),
    ]
    for prompt in others:
        add(asked, prompt)
    cancelled = asked.run_now(lambda tx: prompts.cancel_open(tx, chat_id=CHAT, person_id=OWNER, now=NOW))
    assert sorted(prompt.id for prompt in cancelled) == ["prompt-1", "prompt-2"]


def test_due_prompts_expire_once(asked: Database) -> None:
    later = a_prompt(id="later", expires_at=NOW + 2 * MINUTE)
    asked.run_now(lambda tx: prompts.add(tx, later))
    expired = asked.run_now(lambda tx: prompts.expire_due(tx, now=NOW + MINUTE))
    assert expired == [a_prompt(state="expired")]
    assert asked.run_now(lambda tx: prompts.expire_due(tx, now=NOW + MINUTE)) == []


def test_a_prompt_that_is_asked_in_the_future_is_not_confirmed_and_expires(asked: Database) -> None:
    """It was asked by a wrong clock, so its age is unknown. Half a minute is a normal difference of clocks."""
    assert asked.run_now(lambda tx: claim(tx, now=NOW - MINUTE / 2 - MINUTE / 60)) is None
    assert asked.run_now(lambda tx: prompts.expire_due(tx, now=NOW - MINUTE / 2)) == []
    expired = asked.run_now(lambda tx: prompts.expire_due(tx, now=NOW - MINUTE / 2 - MINUTE / 60))
    assert expired == [a_prompt(state="expired")]


def test_all_open_prompts_expire_where_nobody_knows_the_time(asked: Database) -> None:
    add(asked, a_prompt(id="answered", state="confirmed"))
    assert asked.run_now(prompts.expire_all) == [a_prompt(state="expired")]
    assert asked.run_now(prompts.expire_all) == []


def test_next_expiry_is_that_of_the_soonest_open_prompt(asked: Database) -> None:
    answered = a_prompt(id="answered", state="confirmed", expires_at=NOW)
    asked.run_now(lambda tx: prompts.add(tx, answered))
    assert asked.run_now(prompts.next_expiry) == NOW + MINUTE


def test_next_expiry_without_open_prompts_is_none(database: Database) -> None:
    assert database.run_now(prompts.next_expiry) is None


def test_the_message_is_stored(asked: Database) -> None:
    asked.run_now(lambda tx: prompts.set_message(tx, "prompt-1", 4_000_000_000))
    kept = asked.run_now(lambda tx: prompts.get(tx, "prompt-1"))
    assert kept == replace(a_prompt(), message_id=4_000_000_000)
