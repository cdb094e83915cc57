"""Several processes with one license: one signs in, and the others use what it stored."""

import asyncio
from contextlib import closing

import pytest
from sqlalchemy import delete

from bot.demo.dimo.faults import slow
from storage import Database, Tx, Vault
from storage.tables import TOKENS
from tests.support.world import Family

pytestmark = pytest.mark.both_databases


async def test_of_two_processes_that_start_together_one_signs_in(family: Family, vault: Vault) -> None:
    await family.stop_bot()

    def sign_out(tx: Tx) -> None:
        tx.connection.execute(delete(TOKENS).where(TOKENS.c.kind == "developer"))

    with closing(Database.open(family.environ["DATABASE_URL"], vault)) as database:
        await database.run(sign_out)
    before, gate = family.dimo.arrived["auth", "submit_challenge"], asyncio.Event()
    family.dimo.fail("auth", "submit_challenge", slow(gate))
    await family.start_bot()
    await family.dimo.wait_arrived("auth", "submit_challenge", before + 1)
    async with family.another_bot() as clock:
        await clock.until_asleep("a joined call")
        gate.set()
        await family.dimo.wait_calls("auth", "submit_challenge", before + 1)
        said = family.dad.says("/lock")
        while not family.car.received:
            clock.advance(0.25)
            await asyncio.sleep(0.01)
        await family.dad.sees("Accepted", after=said)
    assert family.dimo.arrived["auth", "submit_challenge"] == before + 1
