"""Settings: read from the environment and `.env`; all problems are reported at once."""

import difflib
import hashlib
import hmac
import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import MISSING, dataclass, field, fields, replace
from pathlib import Path
from typing import Annotated, get_type_hints
from urllib.parse import unquote, urlsplit

from bot import variables
from bot.dimo.environments import ENVIRONMENTS, ServiceUrls

_LICENSE = ("DIMO_CLIENT_ID", "DIMO_REDIRECT_URI", "DIMO_API_KEY")
_SERVICES = ("auth", "token_exchange", "devices", "identity", "telemetry", "login", "oracle", "triggers")
_HOW_TO_GET = {
    "TELEGRAM_BOT_TOKEN": "Ask @BotFather for one (/newbot) and set it.",
    "ENCRYPTION_KEYS": "Make a key with `python -m bot keygen` and set it.",
}
_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")

LINKING_ASKS = "ask"
CALLBACK_PATH = "/dimo/callback"
TRIGGERS_PATH = "/dimo/trigger"
"""Where Login with DIMO lands, under PUBLIC_URL."""
_WEBHOOK_PORT = 8080

_Url = Annotated[str | None, variables.url]


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """All settings: each field is the variable of the same name, with the reader of its text; `repr` shows no secret."""

    telegram_bot_token: Annotated[str, variables.bot_token] = field(repr=False)
    telegram_api_url: Annotated[str, variables.url] = "https://api.telegram.org"
    encryption_keys: Annotated[tuple[str, ...], variables.keys] = field(repr=False)
    database_url: Annotated[str, variables.database_url] = field(default="sqlite:///data/bot.db", repr=False)
    database_pool_size: Annotated[int, variables.number(int, 4, 100)] = 7
    dimo_client_id: Annotated[str | None, variables.client_id] = None
    dimo_redirect_uri: Annotated[str | None, variables.redirect_uri] = None
    dimo_api_key: Annotated[str | None, variables.api_key] = field(default=None, repr=False)
    dimo_environment: Annotated[str, variables.one_of(*ENVIRONMENTS)] = "production"
    dimo_auth_url: _Url = None
    dimo_token_exchange_url: _Url = None
    dimo_devices_url: _Url = None
    dimo_identity_url: _Url = None
    dimo_telemetry_url: _Url = None
    dimo_login_url: _Url = None
    dimo_oracle_url: _Url = None
    dimo_triggers_url: _Url = None
    dimo_command_api: Annotated[str, variables.one_of("auto", "devices", "oracle")] = "auto"
    linking: Annotated[str, variables.one_of(LINKING_ASKS, "anyone")] = LINKING_ASKS
    operator_id: Annotated[int | None, variables.person_id] = None
    prompt_ttl_seconds: Annotated[int, variables.number(int, 15, 300)] = 60
    confirmation_wait_seconds: Annotated[int, variables.number(int, 1, 360)] = 90
    openings_per_minute: Annotated[int, variables.number(int, 1)] = 6
    dimo_requests_per_second: Annotated[float, variables.number(float, 0)] = 10
    backup_days: Annotated[int | None, variables.number(int, 1)] = None
    public_url: _Url = None
    port: Annotated[int | None, variables.number(int, 1, 65535)] = None
    webhook_secret: Annotated[str | None, variables.webhook_secret] = field(default=None, repr=False)
    log_level: Annotated[str, variables.one_of(*_LEVELS, change=str.upper)] = "INFO"
    log_format: Annotated[str, variables.one_of("console", "json")] = "console"

    @property
    def urls(self) -> ServiceUrls:
        """DIMO's services in the chosen environment, each overridden by its own variable."""
        given = {service: getattr(self, f"dimo_{service}_url") for service in _SERVICES}
        return replace(ENVIRONMENTS[self.dimo_environment], **{k: v for k, v in given.items() if v})

    @property
    def listens_on(self) -> int | None:
        """The port to answer on; None for none."""
        return _WEBHOOK_PORT if self.port is None and self.public_url is not None else self.port

    @property
    def callback_url(self) -> str | None:
        """The address of this bot's own landing page of Login with DIMO; None without a public address."""
        return None if self.public_url is None else f"{self.public_url}{CALLBACK_PATH}"

    @property
    def telegram_secret(self) -> str:
        """What Telegram sends with each update to a webhook: secret, and the same in every process."""
        derived = hmac.new(self.telegram_bot_token.encode(), b"webhook", hashlib.sha256).hexdigest()
        return self.webhook_secret or derived

    @property
    def trigger_url(self) -> str:
        """The secret address that DIMO's vehicle triggers call."""
        return f"{self.public_url}{TRIGGERS_PATH}/{self.trigger_secret}"

    @property
    def trigger_secret(self) -> str:
        """What the address holds that DIMO's vehicle triggers call: secret, and the same in every process."""
        return hmac.new(self.telegram_secret.encode(), b"vehicle triggers", hashlib.sha256).hexdigest()

    @property
    def secrets(self) -> frozenset[str]:
        """Every secret in plain text, to be hidden in the log."""
        url = urlsplit(self.database_url)
        asides = (pair.partition("=") for pair in url.query.split("&"))
        passwords = {url.password or "", *(text for name, _, text in asides if name == "password")}
        held = {
            self.telegram_bot_token,
            self.telegram_secret,
            self.trigger_secret,
            *self.encryption_keys,
            self.dimo_api_key or "",
        }
        return frozenset({*held, *passwords, *map(unquote, passwords)} - {""})


_READERS = {name: hint.__metadata__[0] for name, hint in get_type_hints(Settings, include_extras=True).items()}
_REQUIRED = {one.name for one in fields(Settings) if one.default is MISSING}
NAMES = tuple(name.upper() for name in _READERS)


ENV_FILE = Path(".env")


class SettingsError(Exception):
    """Settings that the bot can't start with; `str()` is one line for each problem."""

    def __init__(self, problems: Iterable[str]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(self.problems))


def is_open_to_others(file: Path) -> bool:
    """Return whether people besides its owner can read a file; False on Windows, which stores rights elsewhere."""
    try:
        return os.name != "nt" and bool(file.stat().st_mode & 0o077)
    except OSError:
        return False


def load(environ: Mapping[str, str], *, env_file: Path | None = ENV_FILE) -> Settings:
    """Read the settings: from the environment, else a credential of systemd, else `env_file`; empty counts as not set.

    Raises SettingsError with all problems at once. Opens nothing but these files.
    """
    from_file = _read(env_file) if env_file and env_file.is_file() else {}
    credentials = _credentials(environ)
    texts = {name: environ.get(name) or credentials.get(name) or from_file.get(name) or "" for name in NAMES}
    given = {name: unquoted for name, text in texts.items() if (unquoted := variables.unquoted(text))}
    problems, values = [], {}
    for name, read in _READERS.items():
        try:
            if name.upper() in given:
                values[name] = read(given[name.upper()])
            elif name in _REQUIRED:
                problems.append(f"{name.upper()}: is missing. {_HOW_TO_GET[name.upper()]}")
        except ValueError as error:
            problems.append(f"{name.upper()}: {error}")
    problems += [*_misspelt(from_file, given), *_half_a_license(given), *_vanishing(given, is_host="DYNO" in environ)]
    if problems:
        raise SettingsError(problems)
    return Settings(**values)


def _credentials(environ: Mapping[str, str]) -> Mapping[str, str]:
    """Read the files that systemd made from LoadCredential=, each of which has the name of a variable.

    Format: https://systemd.io/CREDENTIALS
    """
    folder = environ.get("CREDENTIALS_DIRECTORY")
    files = [file for name in NAMES if (file := Path(folder, name)).is_file()] if folder else []
    try:
        return {file.name: file.read_text(encoding="utf-8") for file in files}
    except (OSError, UnicodeDecodeError):
        raise SettingsError(
            ["CREDENTIALS_DIRECTORY: a credential can't be read. Give it to the service again."]
        ) from None


def _read(env_file: Path) -> Mapping[str, str | None]:
    from dotenv import dotenv_values  # not needed where there is no file

    try:
        return dotenv_values(env_file, encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        fault = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        raise SettingsError([f"{env_file}: can't be read: {fault}. Repair the file, or remove it."]) from None


def _misspelt(from_file: Mapping[str, str | None], given: Mapping[str, str]) -> Iterator[str]:
    """Report names in the file that are almost a variable's name, while that variable is not set."""
    for name in from_file:
        likeness = 0.6 if name.upper().startswith("DIMO_") else 0.85
        near = [] if name in NAMES else difflib.get_close_matches(name.upper(), NAMES, n=1, cutoff=likeness)
        if near and near[0] not in given:
            yield f"{name}: is no variable of the bot. Did you mean {near[0]}?"


def _half_a_license(given: Mapping[str, str]) -> Iterator[str]:
    missing = [name for name in _LICENSE if name not in given]
    if len(missing) < len(_LICENSE):
        for name in missing:
            yield f"{name}: is missing. {', '.join(_LICENSE)} come together: set all three, or none."


def _vanishing(given: Mapping[str, str], *, is_host: bool) -> Iterator[str]:
    if is_host and given.get("DATABASE_URL", "sqlite:").startswith("sqlite:"):
        yield (
            "DATABASE_URL: is an SQLite file, and this host's files vanish at every restart. "
            "Add a PostgreSQL database, which sets it."
        )
