"""A database that is held up by another program: nothing is sent, and the chat says so."""

from contextlib import closing

import pytest
from sqlalchemy import text

from storage import Database, Vault
from tests.support.world import Family


@pytest.mark.parametrize("url", ["postgres_url"], ids=["postgresql"], indirect=True)
async def test_a_confirmed_opening_that_is_held_up_is_not_sent(family: Family, vault: Vault) -> None:
    url = family.environ["DATABASE_URL"]
    await family.stop_bot()
    family.environ["DATABASE_URL"] = f"{url}?options=-c%20lock_timeout%3D100ms"
    await family.start_bot()
    question = await family.asks("/unlock", "Unlock Bluey?")
    with closing(Database.open(url, vault)) as other, other.writing() as holding:
        holding.execute(text("LOCK TABLE prompts IN SHARE MODE"))
        await family.taps(question, "Unlock")
        await family.dad.sees("Something failed on my side. Nothing was sent.", after=question)
    assert family.car.received == []
    await family.taps(await family.asks("/unlock", "Unlock Bluey?"), "Unlock")
    await family.dad.sees("Accepted")
    assert family.car.received == ["doors/unlock"]
