"""A lease is waited for also while the database is away."""

import asyncio
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest

from bot.service.lease import Lease
from storage import Database, DatabaseFault, Trouble, Tx, Vault, upgrade
from storage.engine.presences import open_presence
from storage.repositories import key_values
from tests.support.clocks import SteppedClock


class Quick(SteppedClock):
    """A clock on which no wait takes long."""

    async def sleep(self, seconds: float) -> None:
        self.advance(seconds)


class Away:
    """A database that fails a number of times."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, trouble: Trouble, *, times: int) -> None:
        self.left = times
        read = Database.read

        async def fail(db: Database, work: Callable[..., Any]) -> Any:
            if self.left:
                self.left -= 1
                raise DatabaseFault("it is away", trouble=trouble)
            return await read(db, work)

        monkeypatch.setattr(Database, "read", fail)


@pytest.fixture
def db(sqlite_url: str, vault: Vault) -> Iterator[Database]:
    database = Database.open(sqlite_url, vault)
    upgrade(database)
    yield database
    database.close()


async def take(db: Database, said: list[str]) -> None:
    clock, presence = Quick(), await asyncio.to_thread(open_presence, db)
    await Lease(db=db, clock=clock, presence=presence, name="polling").taken(said.append)
    presence.close()


async def test_a_database_that_is_away_for_a_while_is_waited_for(db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    Away(monkeypatch, Trouble.NO_SERVER, times=3)
    said: list[str] = []
    await take(db, said)
    assert len(said) == 3


async def test_trouble_that_can_not_pass_ends_the_wait(db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    Away(monkeypatch, Trouble.WRONG_LOGIN, times=1)
    with pytest.raises(DatabaseFault):
        await take(db, [])


async def test_a_lease_is_renewed_until_another_process_has_it(db: Database) -> None:
    clock, presence = Quick(), await asyncio.to_thread(open_presence, db)
    other = await asyncio.to_thread(open_presence, db)
    lease = Lease(db=db, clock=clock, presence=presence, name="polling")
    await lease.taken(lambda _: None)
    ends = [await db.read(_until)]
    losing = asyncio.create_task(lease.lost())
    while len(ends) < 3:  # each renewal moves the end
        if (end := await db.read(_until)) != ends[-1]:
            ends.append(end)
    assert ends == sorted(ends)
    assert not losing.done()
    of_other = f"{other.number} {(clock.now() + timedelta(days=9)).isoformat()}"
    await db.run(lambda tx: key_values.put(tx, "polling", of_other, now=clock.now()))
    await losing
    assert not await lease.is_free_for_us()
    other.close()
    presence.close()


def _until(tx: Tx) -> str:
    return (key_values.get(tx, "polling") or "").partition(" ")[2]
