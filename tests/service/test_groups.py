import asyncio
import threading
import time
from contextlib import closing
from pathlib import Path

import psycopg
import pytest

from bot.domain.ids import ChatId
from bot.service.declined import Declined
from storage import Tx
from storage.repositories import shared_chats
from tests.support.use_cases import HOME, a_process, a_town, an_ask

GROUP = ChatId(-100)
_WAITING_FOR_A_LOCK = """
SELECT count(*) FROM pg_locks JOIN pg_database ON pg_database.oid = database
WHERE NOT granted AND datname = current_database()
"""


async def test_no_group_is_attached_to_a_home_while_it_is_unlinked(tmp_path: Path, postgres_url: str, key: str) -> None:
    town = a_town(str(tmp_path), DATABASE_URL=postgres_url, ENCRYPTION_KEYS=key)
    async with a_process(town) as process, a_process(town) as other:
        is_deleted, may_commit = threading.Event(), threading.Event()

        def unlink(tx: Tx) -> None:
            other.services.account.unlinking.unlink(tx, an_ask())
            is_deleted.set()
            assert may_commit.wait(10)

        unlinking = asyncio.create_task(other.db.run(unlink))
        await asyncio.to_thread(is_deleted.wait, 10)
        attaching = asyncio.create_task(process.services.family.groups.attach(an_ask(chat=GROUP), HOME, title=""))
        await asyncio.to_thread(wait_until_blocked, attaching, postgres_url)
        may_commit.set()
        await unlinking
        with pytest.raises(Declined):
            await attaching
        assert process.db.run_now(lambda tx: shared_chats.homes_of_chat(tx, GROUP)) == []


def wait_until_blocked(task: "asyncio.Task[object]", url: str) -> None:
    """Wait until a transaction waits for a lock, or the task has ended."""
    with closing(psycopg.connect(url, autocommit=True)) as connection:
        while not task.done() and connection.execute(_WAITING_FOR_A_LOCK).fetchone() == (0,):
            time.sleep(0.01)
