"""A shell in which the verbs of `python -m bot` run: in this process, or each in its own."""

import asyncio
import gc
import logging
import os
import sys
import threading
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, closing, contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from io import StringIO
from pathlib import Path

import pytest

from bot import commandline
from bot.demo.telegram.world import TelegramWorld
from bot.serving import bound_socket, serve, url_of
from storage import Database, Vault

ROOT = Path(__file__).resolve().parents[2]
TOKEN = "123456789:" + "a" * 35
SECONDS = 40


@dataclass(frozen=True)
class Ended:
    """How a command ended: its exit status, and what it wrote."""

    status: int
    out: str
    err: str

    def __post_init__(self) -> None:
        assert "Traceback" not in self.out + self.err, self.err

    @property
    def errors(self) -> list[str]:
        return self.err.splitlines()


class Shell:
    """Runs `python -m bot` in an empty folder, with no variable of this machine but its PATH."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._environ = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "SSL_CERT_DIR": str(folder)}
        self.variables: dict[str, str] = {}

    async def start(self, *arguments: str, stdout: int = PIPE, **variables: str) -> Process:
        """Start a process; these variables are added to those of the shell."""
        return await asyncio.create_subprocess_exec(
            sys.executable,
            *("-W", "error", "-m", "bot"),
            *arguments,
            cwd=self._folder,
            env={**self._environ, **self.variables, **variables},
            stdout=stdout,
            stderr=PIPE,
        )

    async def run(self, verb: str = "run", *arguments: str, **variables: str) -> Ended:
        """Run a verb to its end in this process: starting a new one takes longer than most of the tests."""
        environ = self.variables | variables
        with redirect_stdout(StringIO()) as out, redirect_stderr(StringIO()) as err:
            async with asyncio.timeout(SECONDS):
                status = await asyncio.to_thread(commandline.run, verb, arguments, environ)
        return Ended(status, out.getvalue(), err.getvalue())


async def ended(process: Process) -> Ended:
    """Wait for the end of a process."""
    try:
        async with asyncio.timeout(SECONDS):
            out, err = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
    return Ended(process.returncode or 0, (out or b"").decode(), err.decode())


@pytest.fixture
def _process_is_restored() -> Iterator[None]:
    """Undo what a verb does to the process that it runs in."""
    root, hooks = logging.getLogger(), (sys.excepthook, sys.unraisablehook, threading.excepthook)
    handlers, level = list(root.handlers), root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    logging.captureWarnings(False)
    sys.excepthook, sys.unraisablehook, threading.excepthook = hooks
    gc.unfreeze()


@pytest.fixture
def shell(tmp_path: Path, key: str, monkeypatch: pytest.MonkeyPatch, _process_is_restored: None) -> Shell:
    """A shell with complete settings, an SQLite file that does not exist yet, and services that nobody answers for."""
    folder = tmp_path / "shell"
    folder.mkdir()
    monkeypatch.chdir(folder)
    monkeypatch.setenv("SSL_CERT_DIR", str(folder))  # reading the machine's certificates would take longer than a test
    shell = Shell(folder)
    with closing(bound_socket()) as bound:
        nobody = url_of(bound)
    services = ("AUTH", "TOKEN_EXCHANGE", "DEVICES", "IDENTITY", "TELEMETRY", "LOGIN", "ORACLE")
    shell.variables = {
        "TELEGRAM_BOT_TOKEN": TOKEN,
        "TELEGRAM_API_URL": nobody,
        "ENCRYPTION_KEYS": key,
        "LOG_LEVEL": "WARNING",
        **{f"DIMO_{service}_URL": nobody for service in services},
    }
    return shell


@pytest.fixture
async def telegram(shell: Shell) -> AsyncIterator[TelegramWorld]:
    """A Telegram that knows the bot of the shell."""
    telegram = TelegramWorld()
    bot = telegram.add_bot()
    assert bot.token
    async with serve(telegram.app) as url:
        shell.variables |= {"TELEGRAM_API_URL": url, "TELEGRAM_BOT_TOKEN": bot.token}
        yield telegram


@contextmanager
def opened(url: str, *keys: str) -> Iterator[Database]:
    with closing(Database.open(url, Vault.from_keys(keys))) as database:
        yield database


@asynccontextmanager
async def listening(shell: Shell, telegram: TelegramWorld, *arguments: str) -> AsyncIterator[Process]:
    """Start the bot and wait until it requests updates."""
    process = await shell.start(*arguments)
    try:
        await telegram.until(lambda: telegram.bot.updates.has_listener, within=SECONDS)
        yield process
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
