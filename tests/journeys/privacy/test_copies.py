"""The copy that a migration made is gone after the next good start."""

import os
import time
from pathlib import Path

from storage.engine.backups import copies_of, make_copy
from tests.support.world import Family


async def test_a_start_deletes_the_copy_of_an_earlier_one(family: Family) -> None:
    file = Path(family.environ["DATABASE_URL"].removeprefix("sqlite:///"))
    await family.stop_bot()
    os.utime(make_copy(file, "0001"), (time.time() - 60,) * 2)
    await family.start_bot()
    await family.clock.until_asleep("purging the database")
    assert list(copies_of(file)) == []
