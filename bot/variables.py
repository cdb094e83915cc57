"""Readers of single variables: each returns the value, or raises ValueError with the fault and the remedy.

No fault quotes the text: a secret pasted into the wrong variable must not reach the terminal or the log.
"""

import math
import re
from collections.abc import Callable
from ipaddress import ip_address
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


def webhook_secret(text: str) -> str:
    """Accept what Telegram takes as the secret of a webhook."""
    if not re.fullmatch(r"[A-Za-z0-9_-]{16,256}", text):
        raise ValueError("must be 16 to 256 letters, digits, _ and -. Leave it out: the bot makes one by itself.")
    return text


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
    if parts.scheme == "http" and not _is_this_machine(parts.hostname or ""):
        raise ValueError("begins with http://, so that secrets would go over the network unencrypted. Write https://.")
    return parts


def _is_this_machine(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


def keys(text: str) -> tuple[str, ...]:
    """Accept one or more encryption keys between commas."""
    keys = tuple(key for part in text.split(",") if (key := unquoted(part)))
    for number, key in enumerate(keys, start=1):
        if not re.fullmatch(r"[A-Za-z0-9_-]{43}=?", key):
            raise ValueError(
                f"holds no valid key at place {number} (32 bytes in base64url). "
                "Make one with `python -m bot keygen`; commas separate several."
            )
    if not keys:
        raise ValueError("holds no key. Make one with `python -m bot keygen`.")
    return keys


_POSTGRES = r"postgres(?:ql)?(?:\+psycopg)?://"

_OPTIONS = (
    "service user password passfile channel_binding connect_timeout dbname host hostaddr port client_encoding "
    "options application_name fallback_application_name keepalives keepalives_idle keepalives_interval "
    "keepalives_count tcp_user_timeout sslmode sslnegotiation sslcompression sslcert sslkey sslcertmode "
    "sslpassword sslrootcert sslcrl sslcrldir sslsni requirepeer require_auth min_protocol_version "
    "max_protocol_version ssl_min_protocol_version ssl_max_protocol_version gssencmode krbsrvname gsslib "
    "gssdelegation replication target_session_attrs load_balance_hosts scram_client_key scram_server_key"
)
"""What PostgreSQL's own library knows."""

_OTHERS = (
    "pgbouncer schema connection_limit pool_timeout pool_size max_overflow sslaccept sslidentity ssl ssl-mode "
    "socket_timeout statement_cache_size prepared_statement_cache_size prepared_statements prepareThreshold "
    "currentSchema single_use_connections pool pool_mode pool_max_conns supa workaround search_path "
    "uselibpqcompat charset encoding timezone reconnect serverVersion"
)
"""What other tools write there, by the names that may be quoted: one more could be a piece of a password."""

_SSL_MODES = ("disable", "allow", "prefer", "require", "verify-ca", "verify-full")


def database_url(text: str) -> str:
    """Accept an SQLite file or a PostgreSQL database; where it can, the fault names the likely mistake."""
    remedy = "Write sqlite:///data/bot.db or postgresql://user:password@host/name."
    if text.startswith("sqlite:"):
        if re.match(r"sqlite:(//)?[^/]", text):
            raise ValueError(f"has too few slashes. {remedy} A path from the root has four.")
        if not re.fullmatch(r"sqlite:///(?!:memory:)[^?#]+", text):
            raise ValueError(f"is not the URL of an SQLite file. {remedy}")
        return text
    if re.match(r"(jdbc:)?postgres(ql)?(\+(?!psycopg:)\w+)?:", text) and not re.match(_POSTGRES, text):
        raise ValueError(f"begins with another program's name for PostgreSQL. {remedy}")
    if not re.match(_POSTGRES, text):
        raise ValueError(f"names neither an SQLite file nor a PostgreSQL database. {remedy}")
    _refuse_unencoded(re.sub(_POSTGRES, "", text, count=1))
    if not re.match(_POSTGRES + r"[^/]*/[^/?]+", text):
        raise ValueError(f"names no database. {remedy}")
    try:
        parts = urlsplit(text)
        _ = parts.port
    except ValueError:  # its text quotes the value
        raise ValueError(f"has a host or port that can't be read. {remedy} A [ in it is written %5B.") from None
    _refuse_options(parts.query)
    return text


def _refuse_unencoded(rest: str) -> None:
    """Refuse characters that end the user, the password or the name too early."""
    head = re.sub(r"\?[\w-]+=.*", "", rest, count=1, flags=re.DOTALL)
    user, _, place = head.rpartition("@")
    found = [sign for sign in "#/?[]@ " if sign in user] + ["#"] * ("#" in place and "#" not in user)
    if found:
        signs = ", ".join(f"{'space' if sign == ' ' else sign} as %{ord(sign):02X}" for sign in found)
        raise ValueError(f"holds a character that must be encoded in a user name or password. Write {signs} there.")


def _refuse_options(query: str) -> None:
    for number, (name, _, value) in enumerate((pair.partition("=") for pair in filter(None, query.split("&"))), 1):
        if name not in _OPTIONS.split():
            named = f"`{name}`" if name in _OTHERS.split() else f"number {number}"
            raise ValueError(
                f"has an option after its ? that PostgreSQL does not know: {named}. "
                "Remove it: it is another tool's, or a ? in the password, which is written %3F."
            )
        if name == "sslmode" and value not in _SSL_MODES:
            raise ValueError(f"has an sslmode that does not exist. Write one of {', '.join(_SSL_MODES)}.")


_QUOTES = frozenset(
    {'""', "''", "``", "\u201c\u201d", "\u2018\u2019", "\u201e\u201c", "\u201d\u201d", "\u2019\u2019", "\u00ab\u00bb"}
)


def unquoted(text: str) -> str:
    """Return the text without white space and the quotes around it, which shells remove and other programs keep."""
    text = text.strip()
    while len(text) > 1 and text[0] + text[-1] in _QUOTES and not {text[0], text[-1]} & set(text[1:-1]):
        text = text[1:-1].strip()
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
            is_good = math.isfinite(value) and low <= value <= (math.inf if high is None else high)
        except (ValueError, OverflowError):  # OverflowError: a number of 300 digits
            is_good = False
        if not is_good:
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
