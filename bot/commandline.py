"""What each verb of the command line does; faults are plain lines, never a traceback."""

import asyncio
import gc
import logging
import signal
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing, suppress

from bot import logs
from bot.settings import ENV_FILE, Settings, SettingsError, is_open_to_others, load

_log = logging.getLogger(__name__)

OK, FAILED, WRONG_SETTINGS, INTERRUPTED = 0, 1, 2, 130


def run(verb: str, options: Sequence[str], environ: Mapping[str, str]) -> int:
    """Do what a verb says; returns the exit status."""
    if verb == "demo":
        from bot.demo.run import main

        return main(options)
    if verb == "keygen":
        from storage import new_key

        print(new_key())
        return OK
    return _run_with_settings(_VERBS[verb], environ)


def _run_with_settings(act: Callable[[Settings], int], environ: Mapping[str, str]) -> int:
    try:
        settings = load(environ)
    except SettingsError as error:
        return _fail(str(error), WRONG_SETTINGS)
    logs.configure(settings.log_level, settings.log_format, settings.secrets)
    if is_open_to_others(ENV_FILE):
        _log.warning("%s can be read by others. Run: chmod 600 %s", ENV_FILE, ENV_FILE)
    from bot import lifetime

    try:
        return act(settings)
    except lifetime.CANNOT_RUN as error:
        # It quotes the database's message, so it is redacted like a line of the log.
        return _fail(logs.Redactor(settings.secrets)(lifetime.explain(error)))


def _fail(text: str, status: int = FAILED) -> int:
    print(text, file=sys.stderr)
    return status


def _run(settings: Settings) -> int:
    from bot import lifetime

    gc.freeze()  # imported modules are never freed: the collector can skip them
    gc.enable()
    asyncio.run(lifetime.run(settings, _wait_for_stop_signal))
    return OK


async def _wait_for_stop_signal() -> None:
    """Wait for the signal by which a host or a person ends the process."""
    stopped = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        with suppress(NotImplementedError, RuntimeError):  # Windows; a thread that is not the main one
            asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    await stopped.wait()


def _check(settings: Settings) -> int:
    from bot import checkup

    if settings.log_level != "DEBUG":  # the printed lines report every fault
        logs.configure("CRITICAL", settings.log_format, settings.secrets)
    return OK if asyncio.run(checkup.run(settings, _print)) else FAILED


def _print(line: str) -> None:
    """Print at once, also into a pipe, so that an interrupted check shows what it found."""
    print(line, flush=True)


def _rotate_keys(settings: Settings) -> int:
    from bot import lifetime
    from storage import Tampered, rotate, unrotated

    def progress(table: str, done: int, total: int) -> None:
        _print(f"{table}: {done} of {total}")

    try:
        with closing(lifetime.open_database(settings)) as database:
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
    from bot import lifetime

    lifetime.open_database(settings).close()
    print("The database is up to date.")
    return OK


_VERBS: Mapping[str, Callable[[Settings], int]] = {
    "run": _run,
    "check": _check,
    "rotate-keys": _rotate_keys,
    "migrate": _migrate,
}
