from dataclasses import replace

import pytest

from storage import cars, homes, journal, login_states, prompts, tokens
from storage.database import Database, Tx
from tests.storage.builders import (
    CAR,
    CHAT,
    MINUTE,
    NOW,
    OWNER,
    a_car,
    a_home,
    a_prompt,
    a_token,
    a_vehicle_token,
    an_action,
)


def link(tx: Tx, chat_id: int) -> None:
    homes.put(tx, a_home(chat_id=chat_id))
    tokens.put(tx, a_token(chat_id=chat_id))
    tokens.put(tx, a_vehicle_token(chat_id=chat_id))
    cars.replace_all(tx, chat_id, [a_car(chat_id=chat_id)])
    login_states.add(tx, state_hash=f"hash of {chat_id}", chat_id=chat_id, expires_at=NOW + MINUTE)
    prompts.add(tx, a_prompt(id=f"prompt of {chat_id}", home_chat_id=chat_id))


@pytest.fixture
def linked(database: Database) -> Database:
    database.run_now(lambda tx: link(tx, CHAT))
    return database


def test_home_comes_back_as_it_was_kept(linked: Database) -> None:
    assert linked.run_now(lambda tx: homes.get(tx, CHAT)) == a_home()


def test_chat_without_account_has_no_home(linked: Database) -> None:
    assert linked.run_now(lambda tx: homes.get(tx, CHAT + 1)) is None


def test_linking_again_replaces_the_home(linked: Database) -> None:
    linked.run_now(lambda tx: homes.put(tx, a_home(owner_name="Ben", wallet=None)))
    assert linked.run_now(homes.all_homes) == [a_home(owner_name="Ben", wallet=None)]


def test_selected_car_is_remembered(linked: Database) -> None:
    linked.run_now(lambda tx: homes.select_car(tx, CHAT, CAR))
    assert linked.run_now(lambda tx: homes.get(tx, CHAT)) == replace(a_home(), selected_car_id=CAR)


def test_unlink_deletes_everything_of_the_chat(linked: Database) -> None:
    linked.run_now(lambda tx: homes.unlink(tx, CHAT))
    assert linked.run_now(lambda tx: homes.get(tx, CHAT)) is None
    assert linked.run_now(lambda tx: tokens.get(tx, CHAT, "user")) is None
    assert linked.run_now(lambda tx: tokens.get(tx, CHAT, "vehicle", car_id=CAR)) is None
    assert linked.run_now(lambda tx: cars.list_for(tx, CHAT)) == []


def test_unlink_ends_the_open_sign_in_links(linked: Database) -> None:
    linked.run_now(lambda tx: homes.unlink(tx, CHAT))
    used = linked.run_now(
        lambda tx: login_states.use(tx, state_hash=f"hash of {CHAT}", chat_id=CHAT, now=NOW)
    )
    assert not used


def test_unlink_cancels_prompts_that_were_already_shown(linked: Database) -> None:
    linked.run_now(lambda tx: homes.unlink(tx, CHAT))
    claimed = linked.run_now(
        lambda tx: prompts.claim(tx, f"prompt of {CHAT}", person_id=OWNER, chat_id=CHAT, now=NOW)
    )
    kept = linked.run_now(lambda tx: prompts.get(tx, f"prompt of {CHAT}"))
    assert claimed is None
    assert kept is not None
    assert kept.state == "cancelled"


def test_unlink_leaves_other_homes_alone(linked: Database) -> None:
    linked.run_now(lambda tx: link(tx, CHAT + 1))
    linked.run_now(lambda tx: homes.unlink(tx, CHAT))
    assert linked.run_now(homes.all_homes) == [a_home(chat_id=CHAT + 1)]
    assert linked.run_now(lambda tx: tokens.get(tx, CHAT + 1, "user")) == a_token(chat_id=CHAT + 1)
    assert linked.run_now(lambda tx: cars.list_for(tx, CHAT + 1)) == [a_car(chat_id=CHAT + 1)]


def test_unlink_leaves_the_journal(linked: Database) -> None:
    linked.run_now(lambda tx: journal.intend(tx, an_action()))
    linked.run_now(lambda tx: homes.unlink(tx, CHAT))
    assert linked.run_now(lambda tx: journal.get(tx, "action-1")) is not None
