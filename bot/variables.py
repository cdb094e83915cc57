"""Readers of single variables: each returns the value, or raises ValueError with the fault and the remedy.

No fault quotes the text: a secret pasted into the wrong variable must not reach the terminal or the log.
"""

import math
import re
from collections.abc import Callable
from urllib.parse import SplitResult, urlsplit


def bot_token(text: str) -> str:
    """Accept what BotFather hands out: the bot's id, a colon, 35 characters."""
    if not re.fullmatch(r"[0-9]+:[A-Za-z0-9_-]{35}", text):
        raise ValueError("does not look like a bot token (123456789:AA...). Copy it again from @BotFather.")
    return text


def client_id(text: str) -> str:
    """Accept the address of a developer license."""
    if not re.fullmatch(r"0x[0-9a-fA-F]{40}", text):
        raise ValueError("is not an address (0x and 40 hex digits). Copy the client ID from DIMO's developer console.")
    return text


def api_key(text: str) -> str:
    """Accept a private key with or without 0x; return it without."""
    if not re.fullmatch(r"(0x)?[0-9a-fA-F]{64}", text):
        raise ValueError("is not an API key (64 hex digits). Generate one in DIMO's developer console.")
    return text.removeprefix("0x")


def url(text: str) -> str:
    """Accept a base URL, and return it without a slash at its end."""
    parts = _split(text)
    if parts.query or parts.fragment or parts.username is not None:
        raise ValueError("must be a base URL without user, `?` or `#`. Leave only https://host.")
    return text.rstrip("/")


def redirect_uri(text: str) -> str:
    """Accept a URL and return it unchanged: DIMO compares it character by character."""
    _split(text)
    return text


def _split(text: str) -> SplitResult:
    problem = "is not an http(s) URL. Write it like https://host.example."
    try:
        parts = urlsplit(text)
        is_whole = parts.scheme in {"http", "https"} and parts.hostname and (parts.port or 1)
    except ValueError:  # for a port that is no number or a broken IPv6 host; its text quotes the value
        raise ValueError(problem) from None
    if not is_whole or re.search(r"\s", text):
        raise ValueError(problem)
    return parts


def keys(text: str) -> tuple[str, ...]:
    """Accept one or more encryption keys between commas."""
    keys = tuple(key.strip() for key in text.split(",") if key.strip())
    for number, key in enumerate(keys, start=1):
        if not re.fullmatch(r"[A-Za-z0-9_-]{43}=?", key):
            raise ValueError(
                f"holds no valid key at place {number} (32 bytes in base64url). "
                "Make one with `python -m bot keygen`; commas separate several."
            )
    if not keys:
        raise ValueError("holds no key. Make one with `python -m bot keygen`.")
    return keys


def database_url(text: str) -> str:
    """Accept an SQLite file or a PostgreSQL database."""
    remedy = "Write sqlite:///data/bot.db or postgresql://user:password@host/name."
    if text.startswith("sqlite:"):
        if not re.fullmatch(r"sqlite:///(?!:memory:)[^?#]+", text):
            raise ValueError(f"is not the URL of an SQLite file. {remedy}")
    elif not re.match(r"postgres(ql)?(\+psycopg)?://[^/]*/[^/?]+", text):
        raise ValueError(f"names neither an SQLite file nor a PostgreSQL database. {remedy}")
    try:
        _ = urlsplit(text).port
    except ValueError:  # its text quotes the value
        raise ValueError(f"has a host or port that can't be read. {remedy} A [ in it is written %5B.") from None
    return text


def person_id(text: str) -> int:
    """Accept Telegram's number of a person; those of groups are negative."""
    if not re.fullmatch(r"[1-9][0-9]{0,15}", text):
        raise ValueError(
            "is not Telegram's number of a person (like 123456789). "
            "Correct it, or remove it: then whoever links first decides who else may link."
        )
    return int(text)


def number(kind: type[int] | type[float], low: int, high: int | None = None) -> Callable[[str], float]:
    """Accept a number within its limits, both included."""
    name = "a whole number" if kind is int else "a number"
    limits = f"from {low} to {high}" if high is not None else f"of {low} or more"

    def read(text: str) -> float:
        try:
            value = kind(text)
        except ValueError:
            value = kind(low) - 1
        if not (math.isfinite(value) and low <= value <= (math.inf if high is None else high)):
            raise ValueError(f"must be {name} {limits}. Correct it, or remove it for the default.")
        return value

    return read


def one_of(*words: str, change: Callable[[str], str] = str.lower) -> Callable[[str], str]:
    """Accept one of a closed list, in capitals or not."""

    def read(text: str) -> str:
        word = change(text)
        if word not in words:
            raise ValueError(f"must be one of {', '.join(words)}. Correct it, or remove it for the default.")
        return word

    return read
