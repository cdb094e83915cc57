"""A full disk: nothing is sent, and the chat says so."""

from contextlib import closing

import pytest
from sqlalchemy import text

from storage import Database, Vault
from tests.support.world import Family

_REFUSE = "CREATE TRIGGER full_disk BEFORE INSERT ON {} BEGIN SELECT RAISE(ABORT, 'database or disk is full'); END"


def fill(family: Family, vault: Vault, table: str) -> None:
    with closing(Database.open(family.environ["DATABASE_URL"], vault)) as database:
        database.run_now(lambda tx: tx.connection.execute(text(_REFUSE.format(table))))


def free(family: Family, vault: Vault) -> None:
    with closing(Database.open(family.environ["DATABASE_URL"], vault)) as database:
        database.run_now(lambda tx: tx.connection.execute(text("DROP TRIGGER full_disk")))


async def test_a_confirmed_opening_is_not_sent_from_a_full_disk(family: Family, vault: Vault) -> None:
    question = await family.asks("/unlock", "Unlock Bluey?")
    fill(family, vault, "actions")
    await family.taps(question, "Unlock")
    await family.dad.sees("is full. Nothing was sent.", after=question)
    assert family.car.received == []
    free(family, vault)
    await family.taps(await family.asks("/unlock", "Unlock Bluey?"), "Unlock")
    await family.dad.sees("Accepted")
    assert family.car.received == ["doors/unlock"]


@pytest.mark.parametrize("table", ["handled", "actions"])
async def test_a_lock_is_not_sent_from_a_full_disk(family: Family, vault: Vault, table: str) -> None:
    fill(family, vault, table)
    await family.says("/lock", "is full. Nothing was sent.")
    assert family.car.received == []
