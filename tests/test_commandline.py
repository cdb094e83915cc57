"""Every verb of `python -m bot`: its exit status, and the lines that it prints.

Where signals or several processes matter, the verb runs in its own process.
"""

import asyncio
import json
import os
import signal
import socket
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import text

from bot import commandline
from bot.__main__ import main
from bot.demo.dimo import faults
from bot.demo.dimo.world import DimoWorld
from bot.demo.telegram.world import TelegramWorld
from bot.serving import bound_socket, serve, url_of
from bot.settings import load
from storage import Database, Tx, Unrotated, Vault, new_key, unrotated
from storage.maintenance.rotation import BATCH
from storage.repositories import cars, homes, tokens
from storage.tables import CARS, METADATA
from tests.support.checkups import sign_in_page
from tests.support.records import CHAT, a_car, a_home, a_token
from tests.support.shell import SECONDS, TOKEN, Ended, Shell, ended, listening, opened

REDIRECT_URI = "https://family.example/landing"
HOMES = BATCH + 10
USAGE = "usage: python -m bot"
MAY_GO = "The other keys may go from ENCRYPTION_KEYS."


@pytest.fixture
async def dimo(shell: Shell) -> AsyncIterator[DimoWorld]:
    """A DIMO that knows the license of the shell."""
    bound = bound_socket()
    dimo = DimoWorld(url_of(bound), now=lambda: datetime.now(UTC))
    license_ = dimo.add_license(redirect_uris=[REDIRECT_URI])
    shell.variables |= {
        "DIMO_CLIENT_ID": license_.client_id,
        "DIMO_REDIRECT_URI": REDIRECT_URI,
        "DIMO_API_KEY": license_.api_key,
    }
    for service in ("auth", "token-exchange", "devices", "identity", "telemetry", "oracle"):
        shell.variables[f"DIMO_{service.replace('-', '_').upper()}_URL"] = dimo.url(service)
    async with serve(dimo.app, bound):
        yield dimo


# --- What to do


@pytest.mark.parametrize("arguments", [["--help"], ["-h"], ["help"], ["run", "--help"]])
def test_help_names_every_verb(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(arguments) == 0
    told = capsys.readouterr()
    assert told.err == ""
    assert told.out.startswith(USAGE)
    for verb in ("run", "check", "keygen", "rotate-keys", "migrate", "backup", "restore", "copy-to", "demo"):
        assert f"\n{verb} " in told.out


@pytest.mark.parametrize("arguments", [["strat"], ["--verbose"], ["check", "everything"], [""]])
def test_an_unknown_verb_is_refused_with_the_usage(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(arguments) == 2
    told = capsys.readouterr()
    assert told.out == ""
    assert told.err.startswith(USAGE)


async def test_keygen_needs_no_settings_and_makes_a_key(shell: Shell) -> None:
    """In its own process: a person runs it before anything is set."""
    shell.variables = {"ENCRYPTION_KEYS": "nonsense"}
    told = await ended(await shell.start("keygen"))
    assert (told.status, told.err) == (0, "")
    assert Vault.from_keys([told.out.strip()]).current_key_id


# --- Settings


async def test_wrong_settings_are_all_listed_before_anything_is_opened(shell: Shell, tmp_path: Path) -> None:
    shell.variables |= {
        "TELEGRAM_BOT_TOKEN": "SEKRET",
        "ENCRYPTION_KEYS": "",
        "DIMO_API_KEY": "SEKRET",
        "LOG_LEVEL": "loud",
    }
    for told in [await shell.run(verb) for verb in ("run", "check", "migrate", "rotate-keys")]:
        assert (told.status, told.out) == (2, "")
        assert sorted(line.partition(":")[0] for line in told.errors) == [
            "DIMO_API_KEY",
            "DIMO_CLIENT_ID",
            "DIMO_REDIRECT_URI",
            "ENCRYPTION_KEYS",
            "LOG_LEVEL",
            "TELEGRAM_BOT_TOKEN",
        ]
        assert "SEKRET" not in told.err
    assert list((tmp_path / "shell").iterdir()) == []


def write_env(mode: int) -> None:
    """Write a file of settings into the shell's folder."""
    Path(".env").write_text("LOG_FORMAT=console\n", encoding="utf-8")
    Path(".env").chmod(mode)


async def test_an_env_file_that_others_may_read_is_one_line(shell: Shell) -> None:
    for mode, lines in ((0o600, 0), (0o644, 1), (0o640, 1)):
        write_env(mode)
        told = await shell.run("migrate")
        assert told.status == 0
        said = [line for line in told.errors if ".env can be read by others. Run: chmod 600 .env" in line]
        assert len(said) == len(told.errors) == lines


# --- The database


async def test_migrating_twice_at_once_is_safe(shell: Shell, empty_url: str, key: str) -> None:
    both = [await shell.start("migrate", DATABASE_URL=empty_url, LOG_LEVEL="INFO") for _ in range(2)]
    first, second = await asyncio.gather(*map(ended, both))
    assert first == second == Ended(0, "The database is up to date.\n", "")
    with opened(empty_url, key) as database:
        assert database.run_now(unrotated) == Unrotated(0, 0)


def contents(url: str, key: str) -> object:
    """Return everything in a database: the bytes of an SQLite file, every row of PostgreSQL."""
    if url.startswith("sqlite"):
        return Path(url.removeprefix("sqlite:///")).read_bytes()
    with opened(url, key) as database:
        return database.run_now(
            lambda tx: [tx.connection.execute(table.select()).all() for table in METADATA.sorted_tables]
        )


WRONG_KEYS = (
    "ENCRYPTION_KEYS does not hold the key that this database was written with. "
    "Put the old key back beside the new one."
)


@pytest.mark.usefixtures("telegram")
async def test_wrong_keys_stop_the_start_and_leave_the_database_as_it_is(shell: Shell, url: str, key: str) -> None:
    before = contents(url, key)
    told = await shell.run(DATABASE_URL=url, ENCRYPTION_KEYS=new_key())
    assert (told.status, told.out, told.errors) == (3, "", [WRONG_KEYS])
    assert contents(url, key) == before


async def test_wrong_keys_stop_a_rotation(shell: Shell, sqlite_url: str, key: str) -> None:
    before = contents(sqlite_url, key)
    told = await shell.run("rotate-keys", DATABASE_URL=sqlite_url, ENCRYPTION_KEYS=new_key())
    assert (told.status, told.out, told.errors) == (3, "", [WRONG_KEYS])
    assert contents(sqlite_url, key) == before


@pytest.mark.usefixtures("telegram")
async def test_a_database_of_a_newer_program_stops_the_start(shell: Shell, sqlite_url: str, key: str) -> None:
    later = text("UPDATE alembic_version SET version_num = '9999'")
    with opened(sqlite_url, key) as database:
        database.run_now(lambda tx: tx.connection.execute(later))
    told = await shell.run(DATABASE_URL=sqlite_url)
    assert told.status == 3
    (line,) = told.errors
    assert line.startswith("DATABASE_URL: the database is at revision 9999")
    assert "install the newer version" in line


@pytest.mark.usefixtures("telegram")
async def test_a_database_that_can_never_be_opened_stops_the_start(shell: Shell) -> None:
    nowhere = await shell.run(DATABASE_URL="sqlite:////dev/null/bot.db")
    assert nowhere.status == 3
    (line,) = nowhere.errors
    assert line.startswith("DATABASE_URL: the SQLite file can't be made")


@pytest.mark.usefixtures("telegram")
async def test_a_server_that_is_away_is_waited_for_with_one_line(shell: Shell) -> None:
    """In its own process, which a signal ends."""
    process = await shell.start(DATABASE_URL="postgresql://bot:hunter22@127.0.0.1:1/bot", LOG_LEVEL="INFO")
    assert process.stderr is not None
    async with asyncio.timeout(SECONDS):
        while "Trying again" not in (line := (await process.stderr.readline()).decode()):
            assert line
    assert "DATABASE_URL: the database can't be used: " in line
    assert "Connection refused" in line
    process.send_signal(signal.SIGHUP)
    process.terminate()
    told = await ended(process)
    assert told.status == 0
    assert "Trying again" not in told.err
    assert "hunter22" not in line + told.err


# --- Rotating the keys


def fill(url: str, key: str) -> None:
    """Store a token, a car, and more homes than one batch holds."""

    def put(tx: Tx) -> None:
        for chat_id in range(CHAT, CHAT + HOMES):
            homes.put(tx, a_home(chat_id=chat_id))
        tokens.put(tx, a_token())
        cars.replace_all(tx, CHAT, [a_car()])

    with opened(url, key) as database:
        database.run_now(put)


async def test_rotating_prints_its_progress_and_which_keys_may_go(shell: Shell, sqlite_url: str, key: str) -> None:
    fill(sqlite_url, key)
    newer = new_key()
    told = await shell.run("rotate-keys", DATABASE_URL=sqlite_url, ENCRYPTION_KEYS=f"{newer},{key}")
    assert (told.status, told.err) == (0, "")
    assert told.out.splitlines() == [
        f"homes: {BATCH} of {HOMES}",
        f"homes: {HOMES} of {HOMES}",
        "tokens: 1 of 1",
        "cars: 1 of 1",
        f"Encrypted again under the first key: {HOMES + 2} records. {MAY_GO}",
    ]


def test_with_one_key_none_may_go(key: str) -> None:
    settings = load({"TELEGRAM_BOT_TOKEN": TOKEN, "ENCRYPTION_KEYS": key}, env_file=None)
    assert commandline._after_rotation(settings) == "There is only one key in ENCRYPTION_KEYS."


@contextmanager
def deaf_reader() -> Iterator[tuple[int, Callable[[], bytes]]]:
    """Return the writing end of a full pipe, and a function that empties it: a writer waits until then."""
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    filler = 0
    while True:
        try:
            filler += os.write(writer, b"\0" * 4096)
        except BlockingIOError:
            break
    os.set_blocking(writer, True)

    def read_all() -> bytes:
        with open(reader, "rb", closefd=False) as file:
            return file.read()[filler:]

    try:
        yield writer, read_all
    finally:
        os.close(reader)


async def until_half_done(url: str, *keys: str) -> None:
    """Wait until a rotation has done its first batch; it stops there, because nobody reads what it prints."""
    with opened(url, *keys) as database:
        async with asyncio.timeout(SECONDS):
            # There is no event when another process commits.
            while (await database.read(unrotated)).rows == HOMES + 2:  # noqa: ASYNC110 - see above
                await asyncio.sleep(0.02)
        assert (await database.read(unrotated)).rows == HOMES + 2 - BATCH


@pytest.mark.parametrize(
    ("url", "number", "status", "said"),
    [
        (
            "sqlite_url",
            signal.SIGINT,
            130,
            ["Stopped. Nothing is lost: run it again, and it goes on where it was."],
        ),
        ("postgres_url", signal.SIGKILL, -9, []),
    ],
)
async def test_an_interrupted_rotation_is_resumed_and_then_the_new_key_is_enough(
    shell: Shell,
    request: pytest.FixtureRequest,
    key: str,
    url: str,
    number: signal.Signals,
    status: int,
    said: list[str],
) -> None:
    filled, newer = request.getfixturevalue(url), new_key()
    fill(filled, key)
    shell.variables |= {"DATABASE_URL": filled, "ENCRYPTION_KEYS": f"{newer},{key}"}
    with deaf_reader() as (writer, read_all):
        process = await shell.start("rotate-keys", stdout=writer)
        os.close(writer)
        await until_half_done(filled, newer, key)
        process.send_signal(number)
        await asyncio.to_thread(read_all)
        broken_off = await ended(process)
    assert (broken_off.status, broken_off.errors) == (status, said)
    resumed = await shell.run("rotate-keys")
    assert resumed.status == 0
    assert resumed.out.splitlines()[0] == f"homes: {HOMES - BATCH} of {HOMES - BATCH}"
    assert resumed.out.endswith(f"{MAY_GO}\n")
    assert (await shell.run("migrate", ENCRYPTION_KEYS=newer)).status == 0, "it opens the database as a start does"


async def test_a_record_that_cannot_be_decrypted_is_named_and_the_keys_must_stay(
    shell: Shell, sqlite_url: str, key: str
) -> None:
    moved = text("UPDATE tokens SET chat_id = chat_id + 1")
    fill(sqlite_url, key)
    with opened(sqlite_url, key) as database:
        database.run_now(lambda tx: tx.connection.execute(moved))
    keys = f"{new_key()},{key}"
    told = await shell.run("rotate-keys", DATABASE_URL=sqlite_url, ENCRYPTION_KEYS=keys)
    assert told.status == 1
    (line,) = told.errors
    assert line.startswith("tokens.sealed was changed, or copied from another row.")
    assert line.endswith("keep all of them.")


def _wait_for_a_blocked_session(database: Database) -> None:
    """Wait until another process waits for locked rows of this PostgreSQL database."""
    query = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
    with database.engine.connect() as watcher:
        while not watcher.execute(text(query)).scalar_one():
            watcher.rollback()  # within one transaction PostgreSQL shows the same activity again
            time.sleep(0.01)


async def test_a_record_written_under_the_old_key_meanwhile_is_reported(
    shell: Shell, postgres_url: str, key: str
) -> None:
    """A bot that was not restarted still writes under the old key, so that key must stay."""
    newer = new_key()
    with opened(postgres_url, key) as database:
        database.run_now(lambda tx: homes.put(tx, a_home()))
        database.run_now(lambda tx: cars.replace_all(tx, CHAT, [a_car()]))
        with database.engine.connect() as holder, holder.begin():
            holder.execute(CARS.select().with_for_update())
            keys = f"{newer},{key}"
            process = await shell.start("rotate-keys", DATABASE_URL=postgres_url, ENCRYPTION_KEYS=keys)
            assert process.stdout is not None
            assert await process.stdout.readline() == b"homes: 1 of 1\n"
            await asyncio.to_thread(_wait_for_a_blocked_session, database)
            await database.run(lambda tx: homes.put(tx, a_home()))
        told = await ended(process)
    assert told.status == 1
    assert told.err.startswith("Something was encrypted under another key meanwhile. Restart the bot")


# --- Running


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_a_signal_ends_the_bot(
    shell: Shell, telegram: TelegramWorld, dimo: DimoWorld, number: signal.Signals
) -> None:
    """It does not wait for DIMO, which never answers the license's sign-in."""
    dimo.fail("auth", "*", faults.never_answer(), times=None)
    async with listening(shell, telegram) as bot:
        await dimo.wait_arrived("auth", "generate_challenge", within=SECONDS)
        bot.send_signal(number)
        assert await ended(bot) == Ended(0, "", "")


async def test_a_token_that_telegram_does_not_accept_stops_the_start(shell: Shell, telegram: TelegramWorld) -> None:
    telegram.revoke()
    told = await shell.run()
    assert told.status == 3
    (line,) = told.errors
    assert line.startswith("TELEGRAM_BOT_TOKEN: Telegram does not accept it.")


async def test_a_token_that_is_revoked_ends_the_bot(shell: Shell, telegram: TelegramWorld) -> None:
    """Once the menus are registered: a start that loses its token earlier also logs that a menu was refused."""
    async with listening(shell, telegram) as bot:
        await telegram.called("setMyCommands", times=2, within=SECONDS)
        telegram.revoke()
        told = await ended(bot)
    assert told.status == 3
    # Nobody answers for DIMO here, which is said as well.
    (line,) = [line for line in told.errors if "DIMO does not answer" not in line]
    assert "TELEGRAM_BOT_TOKEN" in line


async def test_a_telegram_out_of_reach_is_waited_for_until_a_signal(shell: Shell) -> None:
    """A computer may boot before its network works."""
    bot = await shell.start()
    assert bot.stderr is not None
    async with asyncio.timeout(SECONDS):
        line = (await bot.stderr.readline()).decode()
    assert "TELEGRAM_API_URL: Telegram can't be reached. Check the network." in line
    bot.send_signal(signal.SIGTERM)
    told = await ended(bot)
    assert (told.status, told.out, told.err) == (0, "", "")


async def test_a_service_manager_is_told_that_the_bot_listens_works_and_stops(
    shell: Shell, telegram: TelegramWorld, tmp_path: Path
) -> None:
    with closing(socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)) as manager:
        manager.bind(str(tmp_path / "notify"))
        manager.settimeout(SECONDS)

        async def hears(word: str) -> None:
            while word not in (await asyncio.to_thread(manager.recv, 1000)).decode():
                pass

        shell.variables["NOTIFY_SOCKET"] = str(tmp_path / "notify")
        async with listening(shell, telegram) as bot:
            await hears("READY=1")
            telegram.add_person("Dad").says("/help")
            await hears("WATCHDOG=1")
            bot.send_signal(signal.SIGHUP)
            bot.send_signal(signal.SIGTERM)
            await hears("STOPPING=1")
            assert (await ended(bot)).status == 0


async def test_the_last_line_is_json_too_where_a_collector_reads(shell: Shell, telegram: TelegramWorld) -> None:
    telegram.revoke()
    for wrong in ({}, {"LINKING": "maybe"}):
        for layout in ("json", ' "JSON"'):
            told = await shell.run(LOG_FORMAT=layout, **wrong)
            assert {json.loads(line)["level"] for line in told.errors} == {"CRITICAL"}


def test_the_usage_is_json_too_where_a_collector_reads(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("LOG_FORMAT", "json")
    assert main(["dance"]) == 2
    assert json.loads(capsys.readouterr().err)["message"].startswith(USAGE)


@pytest.mark.usefixtures("_process_is_restored")
def test_an_error_that_nobody_has_foreseen_is_json_too_before_the_settings_are_read(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def breaks(_: object) -> None:
        raise RuntimeError("of our own")

    monkeypatch.setattr(commandline, "load", breaks)
    with pytest.raises(RuntimeError) as ended:
        commandline.run("run", (), {"LOG_FORMAT": "json"})
    sys.excepthook(ended.type, ended.value, ended.tb)  # as Python does at the end of the process
    assert "of our own" in json.loads(capsys.readouterr().err)["exception"]


# --- Checking


async def test_check_prints_every_line_and_fails_when_one_fails(shell: Shell, telegram: TelegramWorld) -> None:
    """Nobody answers for DIMO, and no license is set; Telegram and the database work."""
    told = await shell.run("check")
    assert (told.status, told.err) == (1, "")
    lines = told.out.splitlines()
    assert {line[:5] for line in lines} == {"ok   ", "warn ", "FAIL "}
    assert lines[0].startswith("ok   TELEGRAM_API_URL: ")
    assert lines[-1] == "ok   LOG_FORMAT: console."
    assert {call.method for call in telegram.calls} == {"getMe", "getWebhookInfo"}


async def test_check_of_a_healthy_world_succeeds(shell: Shell, telegram: TelegramWorld, dimo: DimoWorld) -> None:
    async with serve(sign_in_page) as page:
        told = await shell.run("check", DIMO_LOGIN_URL=page)
    assert (told.status, told.err) == (0, "")
    assert telegram.violations == dimo.violations == []
