import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing

import pytest

from storage.engine.database import Database
from storage.engine.presence import Presence
from storage.engine.presences import open_presence

HOLD = """
import sys
from storage import Database, Vault
from storage.engine.presences import open_presence
presence = open_presence(Database.open(sys.argv[1], Vault.from_keys([sys.argv[2]])))
print(presence.number, flush=True)
sys.stdin.read()
"""


@pytest.fixture
def presence(database: Database) -> Iterator[Presence]:
    with closing(open_presence(database)) as presence:
        yield presence


def test_own_number_is_alive(presence: Presence) -> None:
    assert presence.is_alive(presence.number)


def test_number_that_no_process_holds_is_not_alive(presence: Presence) -> None:
    assert not presence.is_alive(presence.number ^ 1)


def test_number_fits_into_a_signed_64_bit_column(presence: Presence) -> None:
    assert 0 <= presence.number < 2**62


def test_another_presence_is_seen_until_it_closes(presence: Presence, open_database: Callable[[], Database]) -> None:
    other = open_presence(open_database())
    assert presence.is_alive(other.number)
    other.close()
    assert not presence.is_alive(other.number)
    assert presence.is_alive(presence.number)


def test_closing_one_presence_leaves_others_of_the_same_process(presence: Presence, database: Database) -> None:
    with closing(open_presence(database)) as third:
        open_presence(database).close()
        assert presence.is_alive(third.number)


def test_killed_process_is_not_alive(presence: Presence, url: str, key: str) -> None:
    with subprocess.Popen(  # noqa: S603 - our own script
        [sys.executable, "-c", HOLD, url, key], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        number = int(process.stdout.readline())
        was_alive = presence.is_alive(number)
        process.kill()
        process.wait()
    assert was_alive
    wait_until_dead(presence, number)


def wait_until_dead(presence: Presence, number: int) -> None:
    """Wait until the server notices; the test's own timeout is the limit."""
    while presence.is_alive(number):
        pass


def test_files_of_dead_processes_are_removed(sqlite_database: Database) -> None:
    assert sqlite_database.file is not None
    left = sqlite_database.file.with_name("bot.db.alive-123")
    left.touch()
    open_presence(sqlite_database).close()
    assert [path.name for path in left.parent.glob("*alive*")] == []
