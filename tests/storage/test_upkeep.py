from datetime import timedelta

from sqlalchemy import func, select

from storage import handled, journal, login_states, prompts, tokens, upkeep
from storage.database import Database, Tx
from storage.tables import ACTIONS, HANDLED, LOGIN_STATES, PROMPTS, TOKENS
from tests.storage.builders import CHAT, DAY, MINUTE, NOW, a_prompt, a_token, a_vehicle_token, an_action

TABLES = (HANDLED, PROMPTS, LOGIN_STATES, ACTIONS, TOKENS)


def one_of_each(tx: Tx) -> None:
    """Keep one row in each table, all of which are over at NOW."""
    handled.first_time(tx, "tap:1", now=NOW)
    prompts.add(tx, a_prompt(expires_at=NOW))
    login_states.add(tx, state_hash="hash", chat_id=CHAT, expires_at=NOW)
    journal.intend(tx, an_action())
    tokens.put(tx, a_vehicle_token(expires_at=NOW))


def left_after(database: Database, age: timedelta) -> set[str]:
    database.run_now(one_of_each)
    database.run_now(lambda tx: upkeep.purge(tx, now=NOW + age))
    return database.run_now(lambda tx: {table.name for table in TABLES if count(tx, table)})


def count(tx: Tx, table: object) -> int:
    statement = select(func.count()).select_from(table)  # type: ignore[arg-type]  # one of TABLES
    return tx.connection.execute(statement).scalar_one()


def test_nothing_goes_before_its_time(database: Database) -> None:
    assert left_after(database, timedelta()) == {"handled", "prompts", "login_states", "actions", "tokens"}


def test_ended_vehicle_tokens_go_at_once(database: Database) -> None:
    assert "tokens" not in left_after(database, MINUTE)


def test_login_states_go_after_a_day(database: Database) -> None:
    assert left_after(database, DAY + MINUTE) == {"handled", "prompts", "actions"}


def test_prompts_and_handled_keys_go_after_a_week(database: Database) -> None:
    assert left_after(database, 7 * DAY + MINUTE) == {"actions"}


def test_actions_go_after_half_a_year(database: Database) -> None:
    assert left_after(database, 180 * DAY + MINUTE) == set()


def test_ended_sign_ins_of_people_stay(database: Database) -> None:
    database.run_now(lambda tx: tokens.put(tx, a_token(expires_at=NOW)))
    database.run_now(lambda tx: upkeep.purge(tx, now=NOW + 200 * DAY))
    assert database.run_now(lambda tx: tokens.get(tx, CHAT, "user")) == a_token(expires_at=NOW)
