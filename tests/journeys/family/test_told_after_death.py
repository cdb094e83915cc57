"""What a process was about to tell when it died is told by another one."""

from contextlib import closing
from datetime import timedelta

import pytest
from sqlalchemy import update

from storage import Database, Tx, Vault
from storage.tables import EVENTS
from tests.support.people import joins
from tests.support.world import Family

pytestmark = pytest.mark.both_databases

A_DEAD_PROCESS = 77


async def test_an_opening_that_a_dead_process_had_claimed_is_told_at_the_next_look(
    family: Family, vault: Vault
) -> None:
    mom = await joins(family, "Mom")
    question = await family.says("/unlock", "Unlock Bluey?", person=mom)
    await family.taps(question, "Unlock", person=mom)
    await question.becomes("Accepted")
    claimed = update(EVENTS).values(claimed_by=A_DEAD_PROCESS, due_at=family.clock.now() + timedelta(minutes=5))

    def claim(tx: Tx) -> None:
        tx.connection.execute(claimed.where(EVENTS.c.kind == "opening"))

    with closing(Database.open(family.environ["DATABASE_URL"], vault)) as database:
        await database.run(claim)
    family.clock.advance(await family.clock.until_asleep("looking for the work of others"))
    await family.dad.sees("Mom's Unlock for Bluey at")
