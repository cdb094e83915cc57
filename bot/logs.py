"""The log, for a console or a collector; secrets are removed from every line."""

import json
import logging
import re
import sys
import threading
from collections.abc import Collection, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from types import TracebackType
from typing import TextIO

from bot.dimo.redaction import hide

_MASK = "***"
_SHORTEST = 6  # hiding a shorter password would hide ordinary words; in a URL it is hidden anyway

# httpx and httpcore log URLs, which hold the bot's token; python-telegram-bot logs every parameter at DEBUG;
# Alembic names each of its plugins when it is imported.
_TALKATIVE = ("telegram", "httpx", "httpcore", "alembic")

# They quote what they can't read: whole updates, with people's names and words. The bot logs these without quotes.
_QUOTING = ("telegram.Bot", "telegram.ext.ExtBot", "telegram.request.BaseRequest")


class Redactor:
    """Hides the given secrets in texts, and everything that looks like a secret."""

    def __init__(self, secrets: Collection[str] = ()) -> None:
        longest_first = sorted((one for one in secrets if len(one) >= _SHORTEST), key=len, reverse=True)
        self._known = re.compile("|".join(map(re.escape, longest_first)) or "(?!)")

    def __call__(self, text: str) -> str:
        """Return the text with `***` in place of each secret."""
        return hide(self._known.sub(_MASK, text), _MASK)


class _ConsoleFormatter(logging.Formatter):
    """Lines for a person; an error's traceback follows its line."""

    def __init__(self, redact: Redactor) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s: %(message)s")
        self._redact = redact

    def format(self, record: logging.LogRecord) -> str:
        return self._redact(super().format(record))


class _JsonFormatter(_ConsoleFormatter):
    """One JSON object a line: time (UTC), level, logger, message, the fields of an event, and an error's traceback."""

    def format(self, record: logging.LogRecord) -> str:
        fields: dict[str, str | int] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": self._redact(record.getMessage()),
        }
        for name, value in getattr(record, "fields", {}).items():
            fields[name] = self._redact(value) if isinstance(value, str) else value
        if record.exc_info:
            fields["exception"] = self._redact(self.formatException(record.exc_info))
        return json.dumps(fields, ensure_ascii=False)


_FORMATTERS: Mapping[str, type[_ConsoleFormatter]] = {"console": _ConsoleFormatter, "json": _JsonFormatter}


class _Handler(logging.StreamHandler[TextIO]):
    """The root logger's only handler: every logger's records reach it, while a logger's filter misses its children."""

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - the standard library's name
        """Say that a record could not be written; the standard library would print its arguments.

        A log that can't be written at all, such as a full disk or a closed pipe, is lost and ends nothing.
        """
        said = f"A log record of {record.name}, line {record.lineno}, could not be written."
        if isinstance(self.formatter, _JsonFormatter):
            said = self.formatter.format(logging.makeLogRecord({"name": "bot.logs", "levelname": "ERROR", "msg": said}))
        with suppress(OSError, ValueError):
            sys.stderr.write(f"{said}\n")


def configure(level: str, layout: str, secrets: Collection[str] = (), *, stream: TextIO | None = None) -> None:
    """Log to `stream` (standard error) in `layout`, "console" or "json"; a later call replaces an earlier one.

    What Python itself would print is logged too, so that it is redacted and has the layout: warnings, and errors that
    end the process or a thread, or that nobody can catch.
    """
    handler = _Handler(stream or sys.stderr)
    handler.setFormatter(_FORMATTERS[layout](Redactor(secrets)))
    root = logging.getLogger()
    for former in [former for former in root.handlers if isinstance(former, _Handler)]:
        root.removeHandler(former)
    root.addHandler(handler)
    root.setLevel(level)
    for name in _TALKATIVE:
        logging.getLogger(name).setLevel(max(root.level, logging.WARNING))
    for name in _QUOTING:
        logging.getLogger(name).setLevel(logging.CRITICAL + 1)
    logging.captureWarnings(True)
    sys.excepthook = _log_uncaught
    sys.unraisablehook = _log_unraisable
    threading.excepthook = _log_end_of_thread


def is_for_collector() -> bool:
    """Return whether the lines of the log are JSON."""
    handlers = logging.getLogger().handlers
    return any(isinstance(one, _Handler) and isinstance(one.formatter, _JsonFormatter) for one in handlers)


def _log_uncaught(kind: type[BaseException], error: BaseException, traceback: TracebackType | None) -> None:
    if not issubclass(kind, KeyboardInterrupt):
        logging.getLogger("bot").critical("The process ends on an error.", exc_info=(kind, error, traceback))


def _log_unraisable(what: "sys.UnraisableHookArgs") -> None:
    logging.getLogger("bot").error("An error came where none can be caught.", exc_info=what.exc_value)


def _log_end_of_thread(ended: threading.ExceptHookArgs) -> None:
    if ended.exc_type is not SystemExit:
        logging.getLogger("bot").error("A thread ends on an error.", exc_info=ended.exc_value)
