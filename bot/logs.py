"""The log, for a console or a collector: whatever is written, secrets are taken out on the way."""

import json
import logging
import re
import sys
from collections.abc import Collection, Mapping
from datetime import UTC, datetime
from types import TracebackType
from typing import TextIO

_HIDDEN = "***"
_SHORTEST = 6  # a shorter password would blot out ordinary words; in a URL it is hidden all the same

# What is a secret by its look, whether or not anybody told us of it. The first group stays readable.
_LOOKS = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        r"()\d+(?::|%3A)[A-Za-z0-9_-]{35}",  # a bot token, bare or in the Bot API's URLs
        r"()eyJ[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]*)*",  # a JWT, or the torn-off beginning of one
        r"()(?<![0-9A-Za-z])(?:0x)?[0-9a-f]{64,}",  # a private key or a signature
        r"(bearer\s+)[^\s\"',]+",
        r"((?<![A-Za-z0-9])(?:\w+_)?(?:token|state)(?:=|%3D))[^\s&#\"'<>]+",  # as in a landing address
        r"(://[^\s:/@]*:)[^\s/@]+(?=@)",  # a password in a URL
    )
)

# httpx and httpcore log URLs, which hold the bot's token; python-telegram-bot logs every parameter at DEBUG;
# Alembic names each of its plugins when it is imported.
_TALKATIVE = ("telegram", "httpx", "httpcore", "alembic")

# They quote what they can't read, whole updates with people's names and words; the bot says it without.
_QUOTING = ("telegram.Bot", "telegram.ext.ExtBot", "telegram.request.BaseRequest")


class Redactor:
    """Takes secrets out of a text: those it was told of, and what looks like one."""

    def __init__(self, secrets: Collection[str] = ()) -> None:
        self._secrets: frozenset[str] = frozenset()
        self._known: re.Pattern[str] | None = None
        self.add(*secrets)

    def __repr__(self) -> str:
        return f"<Redactor of {len(self._secrets)} secrets>"

    def add(self, *secrets: str) -> None:
        """Hide these too from now on."""
        self._secrets |= {secret for secret in secrets if len(secret) >= _SHORTEST}
        longest_first = sorted(self._secrets, key=len, reverse=True)
        self._known = re.compile("|".join(map(re.escape, longest_first))) if longest_first else None

    def __call__(self, text: str) -> str:
        """Return the text with `***` in place of each secret."""
        if self._known:
            text = self._known.sub(_HIDDEN, text)
        for look in _LOOKS:
            text = look.sub(rf"\g<1>{_HIDDEN}", text)
        return text


class _ConsoleFormatter(logging.Formatter):
    """Lines for a person; an error's traceback follows its line."""

    def __init__(self, redact: Redactor) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s: %(message)s")
        self._redact = redact

    def format(self, record: logging.LogRecord) -> str:
        return self._redact(super().format(record))


class _JsonFormatter(logging.Formatter):
    """One JSON object a line: time (UTC), level, logger, message, and an error's traceback."""

    def __init__(self, redact: Redactor) -> None:
        super().__init__()
        self._redact = redact

    def format(self, record: logging.LogRecord) -> str:
        fields = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": self._redact(record.getMessage()),
        }
        if record.exc_info:
            fields["exception"] = self._redact(self.formatException(record.exc_info))
        return json.dumps(fields, ensure_ascii=False)


_FORMATTERS: Mapping[str, type[_ConsoleFormatter | _JsonFormatter]] = {
    "console": _ConsoleFormatter,
    "json": _JsonFormatter,
}


class _Handler(logging.StreamHandler[TextIO]):
    """Stands at the root, which every logger's records reach; a logger's filter would miss its children."""

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - the standard library's name
        """Say that a record could not be written; the standard way would print its arguments in plain."""
        sys.stderr.write(f"A log record of {record.name}, line {record.lineno}, could not be written.\n")


def configure(level: str, layout: str, secrets: Collection[str] = (), *, stream: TextIO | None = None) -> Redactor:
    """Log to `stream` (standard error) in `layout`, "console" or "json"; a later call replaces an earlier.

    The returned redactor may be told of more secrets at any time. Errors that end the process are logged
    too, so that their tracebacks are redacted.
    """
    redact = Redactor(secrets)
    handler = _Handler(stream or sys.stderr)
    handler.setFormatter(_FORMATTERS[layout](redact))
    root = logging.getLogger()
    for former in [former for former in root.handlers if isinstance(former, _Handler)]:
        root.removeHandler(former)
    root.addHandler(handler)
    root.setLevel(level)
    for name in _TALKATIVE:
        logging.getLogger(name).setLevel(max(root.level, logging.WARNING))
    for name in _QUOTING:
        logging.getLogger(name).setLevel(logging.CRITICAL + 1)
    sys.excepthook = _log_uncaught
    return redact


def _log_uncaught(kind: type[BaseException], error: BaseException, traceback: TracebackType | None) -> None:
    if issubclass(kind, KeyboardInterrupt):
        return
    logging.getLogger("bot").critical("The process ends on an error.", exc_info=(kind, error, traceback))
