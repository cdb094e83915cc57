"""A database that an earlier version wrote, `old_database/bot.db`, is upgraded and reads as it was written.

It was written by commit 3f64de0, with a row or more in every table; `content.json` is what that version read from it.
A home, its tokens and its cars are sealed with the older of the two keys. `PRAGMA page_size` made the file small.
"""

import json
import shutil
from base64 import urlsafe_b64encode
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import asdict, is_dataclass
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from storage import Database, Tx, Unrotated, Vault, WrongKeys, check_keys, rotate, unrotated, upgrade
from storage.migrations import known_revisions
from storage.repositories import (
    access_requests,
    cars,
    code_queries,
    code_watches,
    events,
    handled_updates,
    home_settings,
    homes,
    invitations,
    journal,
    key_values,
    login_states,
    members,
    prompts,
    shared_chats,
    tokens,
)
from storage.tables import METADATA
from tests.support.records import CAR, CHAT, NOW, PERSON

FOLDER = Path(__file__).parent / "old_database"
OLD_KEY = urlsafe_b64encode(bytes(range(32))).decode()
NEW_KEY = urlsafe_b64encode(bytes(range(32, 64))).decode()
GROUP = -1_000_000_000_004
OTHER = 7_000_000_009

TABLES = {
    "access_requests",
    "actions",
    "canaries",
    "cars",
    "chat_choices",
    "code_queries",
    "code_watches",
    "events",
    "facts",
    "handled",
    "home_settings",
    "homes",
    "invitations",
    "login_states",
    "members",
    "prompts",
    "shared_chats",
    "tokens",
}


LATER = {
    "access_changes",
    "counters",
    "inbox",
    "landings",
    "location_looks",
    "panels",
    "schedules",
    "note_watches",
    "notes",
    "note_choices",
    "link_consents",
    "link_permissions",
}
"""Tables of later revisions, which have no row in the old file."""


def read(tx: Tx) -> Mapping[str, Any]:
    """Read every record that the file holds."""
    return {
        "homes": homes.all_homes(tx),
        "tokens": [
            tokens.get(tx, CHAT, "user"),
            tokens.get(tx, CHAT, "vehicle", car_id=CAR),
            tokens.get(tx, tokens.OPERATOR_CHAT, "developer"),
        ],
        "cars": cars.list_for(tx, CHAT),
        "prompts": [prompts.get(tx, prompt_id) for prompt_id in ("prompt-1", "prompt-2")],
        "actions": [journal.get(tx, action_id) for action_id in ("action-1", "action-2", "action-3")],
        "code_queries": [code_queries.get(tx, CHAT, CAR, query_id) for query_id in ("query-1", "query-2")],
        "code_watches": [code_watches.get(tx, CHAT, CAR)],
        "members": members.list_for(tx, CHAT),
        "invitations": [invitations.by_code(tx, f"hash of {one}") for one in ("a code", "another code")],
        "shared_chats": shared_chats.of_home(tx, CHAT),
        "access_requests": [access_requests.get(tx, CHAT, person_id) for person_id in (PERSON, OTHER)],
        "home_settings": home_settings.every(tx),
        "events": events.due(tx, now=NOW),
        "facts": [key_values.get(tx, "greeted")],
    }


def as_json(content: Mapping[str, Any]) -> Any:
    def plain(value: Any) -> object:
        if is_dataclass(value) and not isinstance(value, type):
            return asdict(value)
        assert isinstance(value, datetime)
        return value.isoformat()

    return json.loads(json.dumps(content, default=plain))


@pytest.fixture
def url(tmp_path: Path) -> str:
    file = shutil.copy(FOLDER / "bot.db", tmp_path / "bot.db")
    return f"sqlite:///{file}"


def without_new_fields(found: Any, expected: Any) -> Any:
    """Leave out the fields that records have gained since then, if they are empty."""
    if isinstance(found, list) and isinstance(expected, list) and len(found) == len(expected):
        return [without_new_fields(*pair) for pair in zip(found, expected, strict=True)]
    if isinstance(found, dict) and isinstance(expected, dict):
        kept = {name: value for name, value in found.items() if name in expected or value}
        return {name: without_new_fields(value, expected.get(name)) for name, value in kept.items()}
    return found


@pytest.fixture
def database(url: str) -> Iterator[Database]:
    with closing(Database.open(url, Vault.from_keys([NEW_KEY, OLD_KEY]))) as database:
        yield database


def test_tables_and_revisions_keep_their_names() -> None:
    """Each later revision and table is added here; none of these may ever change."""
    assert set(METADATA.tables) == TABLES | LATER
    assert known_revisions() == {f"{number:04}" for number in range(1, 18)}


def test_old_file_has_a_row_in_every_table(database: Database) -> None:
    def empty(tx: Tx) -> set[str]:
        return {name for name in TABLES if not tx.connection.execute(text(f"SELECT * FROM {name}")).first()}  # noqa: S608

    assert database.run_now(empty) == set()


def test_old_file_is_upgraded_once_and_reads_as_it_was_written(database: Database) -> None:
    assert [upgrade(database) for _ in range(2)] == [True, False]
    database.run_now(check_keys)
    expected = json.loads((FOLDER / "content.json").read_text(encoding="utf-8"))
    del expected["chat_choices"]  # it was a group's, and nobody knows whose
    for action in expected["actions"]:
        del action["details"]["open_door_at"]
    found = as_json(database.run_now(read))
    shown = {action["id"] for action in found["actions"] if action.pop("shown_version") == action["version"]}
    assert shown == {action["id"] for action in expected["actions"] if action["shown_state"] == action["state"]}
    assert without_new_fields(found, expected) == expected


def test_whoever_linked_in_the_old_file_is_the_operator_and_is_found_by_their_wallet(database: Database) -> None:
    upgrade(database)
    found = database.run_now(homes.all_homes)
    for home in found:
        assert home.wallet is None or home in database.run_now(partial(homes.holding, wallet=home.wallet))
    assert database.run_now(partial(key_values.get, name="operator")) == str(
        min(found, key=lambda home: home.linked_at).owner_id
    )


def test_what_was_used_up_in_the_old_file_stays_used_up(database: Database) -> None:
    """The first tap was remembered under the older key."""

    def first_times(tx: Tx) -> list[bool]:
        return [handled_updates.first_time(tx, f"callback:{number}", now=NOW) for number in (1, 2, 3)]

    def use_the_link(tx: Tx) -> bool:
        return login_states.use(tx, state_hash="hash of a state", chat_id=CHAT, now=NOW + timedelta(minutes=1))

    assert database.run_now(first_times) == [False, False, True]
    assert [database.run_now(use_the_link) for _ in range(2)] == [True, False]


def test_old_file_is_refused_without_its_older_key(url: str) -> None:
    with closing(Database.open(url, Vault.from_keys([NEW_KEY]))) as database, pytest.raises(WrongKeys):
        database.run_now(check_keys)


def test_old_file_is_rotated_and_then_needs_its_new_key_alone(database: Database, url: str) -> None:
    upgrade(database)
    before = database.run_now(read)
    assert rotate(database, lambda *_: None) > 0
    with closing(Database.open(url, Vault.from_keys([NEW_KEY]))) as reopened:
        reopened.run_now(check_keys)
        assert reopened.run_now(unrotated) == Unrotated(0, 0)
        assert reopened.run_now(read) == before
