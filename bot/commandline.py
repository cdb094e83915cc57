"""What each verb of the command line does; faults are plain lines, never a traceback."""

import asyncio
import gc
import logging
import signal
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing, suppress
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from bot import logs
from bot.service_manager import ServiceManager
from bot.settings import ENV_FILE, Settings, SettingsError, is_open_to_others, load
from bot.variables import unquoted

if TYPE_CHECKING:
    from storage import Database

_log = logging.getLogger(__name__)

_LAST_DATABASE = Path(".last-database")
OK, FAILED, WRONG_SETTINGS, CANNOT_RUN, INTERRUPTED = 0, 1, 2, 3, 130
"""Exit statuses: after 2 and 3 another start would end in the same way until somebody changes something."""


def run(verb: str, options: Sequence[str], environ: Mapping[str, str]) -> int:
    """Do what a verb says; returns the exit status."""
    if verb == "demo":
        from bot.demo.run import main

        return main(options)
    if verb == "keygen":
        from storage import new_key

        print(new_key())
        return OK
    if verb == "run":
        manager = ServiceManager(environ.get("NOTIFY_SOCKET"))
        return _run_with_settings(partial(_run, manager=manager, is_new=bool(options)), environ)
    return _run_with_settings(lambda settings: _VERBS[verb](settings, *options), environ)


def _run_with_settings(act: Callable[[Settings], int], environ: Mapping[str, str]) -> int:
    if unquoted(environ.get("LOG_FORMAT") or "").lower() == "json":
        logs.configure("INFO", "json")  # reading the settings may fail, in ways that nobody has foreseen too
    try:
        settings = load(environ)
    except SettingsError as error:
        return _fail(str(error), WRONG_SETTINGS)
    logs.configure(settings.log_level, settings.log_format, settings.secrets)
    if is_open_to_others(ENV_FILE):
        _log.warning("%s can be read by others. Run: chmod 600 %s", ENV_FILE, ENV_FILE)
    from bot import failures
    from storage.maintenance.transfer import MoveFault

    try:
        return act(settings)
    except MoveFault as error:
        return _fail(str(error))
    except failures.CANNOT_RUN as error:
        # It quotes the database's message, so it is redacted like a line of the log.
        said = logs.Redactor(settings.secrets)(failures.explain(error))
        return _fail(said, CANNOT_RUN if failures.is_permanent(error) else FAILED)


def _fail(text: str, status: int = FAILED) -> int:
    """Say why a verb fails: plain on a console, and as a line of the log where a collector reads it."""
    if logs.is_for_collector():
        for line in text.splitlines():
            _log.critical("%s", line)
    else:
        with suppress(OSError):
            print(text, file=sys.stderr)
    return status


def _run(settings: Settings, *, manager: ServiceManager, is_new: bool) -> int:
    from bot import lifetime

    gc.freeze()  # imported modules are never freed: the collector can skip them
    gc.enable()
    if is_new:
        _LAST_DATABASE.unlink(missing_ok=True)
    outside = lifetime.Outside(last_database=_LAST_DATABASE, manager=manager)
    asyncio.run(lifetime.run(settings, _wait_for_stop_signal, outside))
    return OK


async def _wait_for_stop_signal() -> None:
    """Wait for the signal by which a host or a person ends the process; the one of a closed terminal is ignored."""
    stopped, loop = asyncio.Event(), asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        with suppress(NotImplementedError, RuntimeError):  # Windows; a thread that is not the main one
            loop.add_signal_handler(number, stopped.set)
    with suppress(AttributeError, NotImplementedError, RuntimeError):  # Windows has no such signal
        loop.add_signal_handler(signal.SIGHUP, lambda: None)
    await stopped.wait()


def _check(settings: Settings) -> int:
    from bot import checkup

    if settings.log_level != "DEBUG":  # the printed lines report every fault
        logs.configure("CRITICAL", settings.log_format, settings.secrets)
    return OK if asyncio.run(checkup.run(settings, _print, checkup.Means(last_database=_LAST_DATABASE))) else FAILED


def _print(line: str) -> None:
    """Print at once, also into a pipe, so that an interrupted check shows what it found."""
    print(line, flush=True)


def _rotate_keys(settings: Settings) -> int:
    from bot import opening
    from storage import Tampered, rotate, unrotated

    def progress(table: str, done: int, total: int) -> None:
        _print(f"{table}: {done} of {total}")

    try:
        with closing(opening.open_database(settings, _LAST_DATABASE)) as database:
            count = rotate(database, progress)
            left = database.run_now(unrotated)
    except KeyboardInterrupt:
        return _fail("Stopped. Nothing is lost: run it again, and it goes on where it was.", INTERRUPTED)
    except Tampered as error:
        return _fail(f"{error}. It stays as it is, and so must the keys: keep all of them.")
    if any(left):
        return _fail(
            "Something was encrypted under another key meanwhile. "
            "Restart the bot with the new key first in ENCRYPTION_KEYS, then run this again."
        )
    print(f"Encrypted again under the first key: {count} records. {_after_rotation(settings)}")
    return OK


def _after_rotation(settings: Settings) -> str:
    if len(settings.encryption_keys) == 1:
        return "There is only one key in ENCRYPTION_KEYS."
    return "The other keys may go from ENCRYPTION_KEYS."


def _migrate(settings: Settings) -> int:
    from bot import opening

    opening.open_database(settings, _LAST_DATABASE).close()
    print("The database is up to date.")
    return OK


def _back_up(settings: Settings, file: str) -> int:
    from storage.maintenance.backup import back_up, note_backup

    with closing(_open(settings.database_url, settings, _LAST_DATABASE)) as database:
        count = back_up(database, Path(file))
        note_backup(database, now=datetime.now(UTC))
    print(f"{count} records are in {file}, and were read back. Keep it apart from ENCRYPTION_KEYS.")
    return OK


def _restore(settings: Settings, file: str) -> int:
    from storage.maintenance.backup import restore

    with closing(_open(settings.database_url, settings)) as database:
        kept = restore(database, Path(file))
    print("The backup is in its place." + (f" What was there before is in {kept}." if kept else ""))
    return OK


def _copy_to(settings: Settings, url: str) -> int:
    from storage.maintenance.backup import copy_to

    with (
        closing(_open(settings.database_url, settings, _LAST_DATABASE)) as source,
        closing(_open(url, settings)) as target,
    ):
        count = copy_to(source, target)
    print(f"{count} records were copied and compared. Set DATABASE_URL to the new database before you start the bot.")
    return OK


def _open(url: str, settings: Settings, memory: Path | None = None) -> "Database":
    from storage import Database, Vault

    return Database.open(url, Vault.from_keys(settings.encryption_keys), memory=memory)


_VERBS: Mapping[str, Callable[..., int]] = {
    "check": _check,
    "rotate-keys": _rotate_keys,
    "migrate": _migrate,
    "backup": _back_up,
    "restore": _restore,
    "copy-to": _copy_to,
}
