"""The verbs that move the data, and what a start says about a database that is missing."""

import shutil
from contextlib import closing
from pathlib import Path

import pytest

from bot.__main__ import main
from bot.demo.telegram.world import TelegramWorld
from storage.engine.presences import open_presence
from storage.repositories import key_values
from tests.support.clocks import START
from tests.support.shell import Shell, ended, listening, opened

DATABASE = Path("data/bot.db")


def is_there(file: Path = DATABASE) -> bool:
    return file.exists()


def take_away() -> None:
    DATABASE.rename("elsewhere.db")


def put_another() -> None:
    shutil.copy("elsewhere.db", DATABASE)


def put_fact(url: str, key: str, value: str) -> None:
    with opened(url, key) as database:
        database.run_now(lambda tx: key_values.put(tx, "fact", value, now=START))


def fact(url: str, key: str) -> str | None:
    with opened(url, key) as database:
        return database.run_now(lambda tx: key_values.get(tx, "fact"))


@pytest.mark.parametrize(
    "arguments", [["backup"], ["restore"], ["copy-to"], ["backup", "a", "b"], ["restore", "--now"]]
)
def test_a_verb_without_its_argument_shows_the_usage(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(arguments) == 2
    assert capsys.readouterr().err.startswith("usage:")


async def test_a_backup_is_made_and_put_back(shell: Shell, url: str, key: str) -> None:
    shell.variables["DATABASE_URL"] = url
    put_fact(url, key, "before")
    told = await shell.run("backup", "copy.db")
    assert (told.status, told.err) == (0, "")
    assert "records are in copy.db, and were read back." in told.out
    put_fact(url, key, "after")
    told = await shell.run("restore", "copy.db")
    assert (told.status, told.err) == (0, "")
    assert "What was there before is in " in told.out
    assert fact(url, key) == "before"
    kept = Path(told.out.rpartition(" is in ")[2].strip().removesuffix("."))
    assert fact(f"sqlite:///{kept}", key) == "after"


async def test_the_data_moves_to_postgresql_and_back(
    shell: Shell, sqlite_url: str, empty_postgres: str, key: str
) -> None:
    put_fact(sqlite_url, key, "moved")
    told = await shell.run("copy-to", empty_postgres, DATABASE_URL=sqlite_url)
    assert (told.status, told.err) == (0, "")
    assert fact(empty_postgres, key) == "moved"
    again = await shell.run("copy-to", empty_postgres, DATABASE_URL=sqlite_url)
    assert (again.status, again.out) == (1, "")
    assert again.errors == ["That database has data already. Nothing was changed: name an empty one."]
    told = await shell.run("copy-to", "sqlite:///back.db", DATABASE_URL=empty_postgres)
    assert told.status == 0
    assert fact("sqlite:///back.db", key) == "moved"


async def test_no_verb_takes_the_data_from_under_a_bot(shell: Shell, url: str, key: str) -> None:
    shell.variables["DATABASE_URL"] = url
    put_fact(url, key, "before")
    assert (await shell.run("backup", "copy.db")).status == 0
    with opened(url, key) as database, closing(open_presence(database)):
        for verb, argument in (("restore", "copy.db"), ("copy-to", "sqlite:///new.db")):
            told = await shell.run(verb, argument)
            assert (told.status, told.out) == (1, "")
            assert told.errors == ["A bot runs with this database. Nothing was changed: stop the bot first."]


async def test_a_password_on_the_command_line_is_not_repeated(shell: Shell, sqlite_url: str) -> None:
    told = await shell.run("copy-to", "postgresql://bot:hunter22@127.0.0.1:1/bot", DATABASE_URL=sqlite_url)
    assert told.status == 1
    assert "hunter22" not in told.out + told.err


@pytest.mark.usefixtures("telegram")
async def test_a_start_without_the_database_of_the_last_run_asks(shell: Shell, telegram: TelegramWorld) -> None:
    async with listening(shell, telegram) as process:
        process.terminate()
        assert (await ended(process)).status == 0
    take_away()
    told = await shell.run()
    (line,) = told.errors
    assert told.status == 3
    assert "data/bot.db is not there" in line
    assert line.count("data/bot.db") == 2
    assert "python -m bot --new" in line
    assert not is_there()
    other = await shell.run(DATABASE_URL="sqlite:///dat/bot.db")
    assert other.status == 3
    assert not is_there(Path("dat"))
    async with listening(shell, telegram, "--new"):
        assert is_there()


@pytest.mark.parametrize("replaced", [False, True])
async def test_a_database_that_is_taken_away_ends_the_bot(
    shell: Shell, telegram: TelegramWorld, replaced: bool
) -> None:
    async with listening(shell, telegram) as process:
        take_away()
        if replaced:
            put_another()
        told = await ended(process)
    assert told.status == 1
    assert "its file was deleted or replaced while the bot ran" in told.errors[-1]


@pytest.mark.parametrize(
    "verb", [("backup", "copy.db"), ("migrate",), ("rotate-keys",), ("check",), ("restore", "bad")]
)
async def test_no_verb_makes_the_missing_database_look_as_if_it_were_there(
    shell: Shell, telegram: TelegramWorld, verb: tuple[str, ...]
) -> None:
    """A restore may fill the place, but not with an empty file."""
    async with listening(shell, telegram) as process:
        process.terminate()
        assert (await ended(process)).status == 0
    take_away()
    assert (await shell.run(*verb)).status != 0
    told = await shell.run()
    assert told.status == 3
    assert "data/bot.db is not there" in told.err


async def test_an_empty_database_is_not_backed_up(shell: Shell) -> None:
    told = await shell.run("backup", "copy.db")
    assert (told.status, told.out) == (1, "")
    assert told.errors == ["The database is empty or damaged, so there is no backup of it."]
    assert not is_there(Path("copy.db"))
