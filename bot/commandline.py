"""What each verb of the command line does, and how its faults are told: plain lines, never a traceback."""

import asyncio
import gc
import signal
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing, suppress

from bot import logs
from bot.settings import Settings, SettingsError, load

Environ = Mapping[str, str]

OK, FAILED, WRONG_SETTINGS, INTERRUPTED = 0, 1, 2, 130


def run(environ: Environ) -> int:
    """Run the bot until it is told to stop."""
    return _with_settings(environ, _run)


def check(environ: Environ) -> int:
    """Try every setting against the real services."""
    return _with_settings(environ, _check)


def keygen(_: Environ) -> int:
    """Print a new key."""
    from storage import new_key

    print(new_key())
    return OK


def rotate_keys(environ: Environ) -> int:
    """Encrypt everything again under the first key."""
    return _with_settings(environ, _rotate_keys)


def migrate(environ: Environ) -> int:
    """Bring the tables up to date."""
    return _with_settings(environ, _migrate)


def demo(options: Sequence[str]) -> int:
    """Run the bot in a world of its own."""
    from bot.demo.run import main

    return main(options)


VERBS: Mapping[str, Callable[[Environ], int]] = {
    "run": run,
    "check": check,
    "keygen": keygen,
    "rotate-keys": rotate_keys,
    "migrate": migrate,
}


def _with_settings(environ: Environ, act: Callable[[Settings], int]) -> int:
    try:
        settings = load(environ)
    except SettingsError as error:
        return _say(str(error), WRONG_SETTINGS)
    logs.configure(settings.log_level, settings.log_format, settings.secrets)
    return act(settings)


def _say(text: str, status: int) -> int:
    print(text, file=sys.stderr)
    return status


def _cannot_run(settings: Settings, reason: str) -> int:
    """Say why; a database's own words are in it, so that it is redacted like a line of the log."""
    return _say(logs.Redactor(settings.secrets)(reason), FAILED)


def _run(settings: Settings) -> int:
    from bot import lifetime

    gc.freeze()  # what is imported stays: the collector need not look at it again
    gc.enable()
    try:
        asyncio.run(lifetime.run(settings, _told_to_stop))
    except lifetime.CANNOT_RUN as error:
        return _cannot_run(settings, lifetime.explain(error))
    return OK


async def _told_to_stop() -> None:
    """Wait for the signal by which a host or a person ends the process."""
    told = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        with suppress(NotImplementedError):  # Windows
            asyncio.get_running_loop().add_signal_handler(number, told.set)
    await told.wait()


def _check(settings: Settings) -> int:
    from bot import checkup

    if settings.log_level != "DEBUG":  # whatever goes wrong is told in the lines
        logs.configure("CRITICAL", settings.log_format, settings.secrets)
    return OK if asyncio.run(checkup.run(settings, _print)) else FAILED


def _print(line: str) -> None:
    """Print at once, also into a pipe: what was found before a check is interrupted has been found."""
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
        return _say("Stopped. Nothing is lost: run it again, and it goes on where it was.", INTERRUPTED)
    except Tampered as error:
        return _say(f"{error}. It stays as it is, and so must the keys: keep all of them.", FAILED)
    except lifetime.CANNOT_RUN as error:
        return _cannot_run(settings, lifetime.explain(error))
    if any(left):
        return _say(_STILL_WRITTEN, FAILED)
    print(f"Encrypted again under the first key: {count} records. {_after_rotation(settings)}")
    return OK


_STILL_WRITTEN = (
    "Something was encrypted under another key meanwhile. "
    "Restart the bot with the new key first in ENCRYPTION_KEYS, then run this again."
)


def _after_rotation(settings: Settings) -> str:
    if len(settings.encryption_keys) == 1:
        return "There is only one key in ENCRYPTION_KEYS."
    return "The other keys may go from ENCRYPTION_KEYS."


def _migrate(settings: Settings) -> int:
    from bot import lifetime

    try:
        lifetime.open_database(settings).close()
    except lifetime.CANNOT_RUN as error:
        return _cannot_run(settings, lifetime.explain(error))
    print("The database is up to date.")
    return OK
