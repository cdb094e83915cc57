"""Settings: what the environment and `.env` say, or every problem in them at once."""

import difflib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import unquote, urlsplit

from pydantic import BaseModel, BeforeValidator, ConfigDict, SecretStr, ValidationError
from pydantic_settings import BaseSettings, DotEnvSettingsSource

from bot import variables
from bot.dimo.environments import ENVIRONMENTS, ServiceUrls

_LICENSE = ("DIMO_CLIENT_ID", "DIMO_REDIRECT_URI", "DIMO_API_KEY")
_SERVICES = ("auth", "token_exchange", "devices", "identity", "telemetry", "login", "oracle")
_HOW_TO_GET = {
    "TELEGRAM_BOT_TOKEN": "Ask @BotFather for one (/newbot) and set it.",
    "ENCRYPTION_KEYS": "Make a key with `python -m bot keygen` and set it.",
}


_Url = Annotated[str, BeforeValidator(variables.url)]
_Level = Literal["DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"]


class Settings(BaseModel):
    """All settings, checked; each field is the variable of the same name, and secrets are masked."""

    model_config = ConfigDict(frozen=True, hide_input_in_errors=True)

    telegram_bot_token: Annotated[SecretStr, BeforeValidator(variables.bot_token)]
    telegram_api_url: _Url = "https://api.telegram.org"
    encryption_keys: Annotated[tuple[SecretStr, ...], BeforeValidator(variables.keys)]
    database_url: Annotated[SecretStr, BeforeValidator(variables.database_url)] = SecretStr("sqlite:///data/bot.db")
    dimo_client_id: Annotated[str | None, BeforeValidator(variables.client_id)] = None
    dimo_redirect_uri: Annotated[str | None, BeforeValidator(variables.redirect_uri)] = None
    dimo_api_key: Annotated[SecretStr | None, BeforeValidator(variables.api_key)] = None
    dimo_environment: Annotated[str, variables.one_of(*ENVIRONMENTS)] = "production"
    dimo_auth_url: _Url | None = None
    dimo_token_exchange_url: _Url | None = None
    dimo_devices_url: _Url | None = None
    dimo_identity_url: _Url | None = None
    dimo_telemetry_url: _Url | None = None
    dimo_login_url: _Url | None = None
    dimo_oracle_url: _Url | None = None
    dimo_command_api: Annotated[Literal["auto", "devices", "oracle"], variables.one_of("auto", "devices", "oracle")] = (
        "auto"
    )
    prompt_ttl_seconds: Annotated[int, variables.number(int, 15, 300)] = 60
    confirmation_wait_seconds: Annotated[int, variables.number(int, 1, 360)] = 90
    openings_per_minute: Annotated[int, variables.number(int, 1)] = 6
    dimo_requests_per_second: Annotated[float, variables.number(float, 0)] = 10
    log_level: Annotated[_Level, variables.one_of(*_Level.__args__, change=str.upper)] = "INFO"
    log_format: Annotated[Literal["console", "json"], variables.one_of("console", "json")] = "console"

    @property
    def urls(self) -> ServiceUrls:
        """DIMO's services in the chosen environment, each overridden by its own variable."""
        given = {service: getattr(self, f"dimo_{service}_url") for service in _SERVICES}
        return replace(ENVIRONMENTS[self.dimo_environment], **{k: v for k, v in given.items() if v})

    @property
    def secrets(self) -> frozenset[str]:
        """Every secret in plain text, for the one who keeps them out of the log."""
        url = urlsplit(self.database_url.get_secret_value())
        asides = (pair.partition("=") for pair in url.query.split("&"))
        passwords = {url.password or "", *(text for name, _, text in asides if name == "password")}
        held = [self.telegram_bot_token, *self.encryption_keys, self.dimo_api_key]
        plain = {secret.get_secret_value() for secret in held if secret}
        return frozenset({*plain, *passwords, *map(unquote, passwords)} - {""})


_NAMES = tuple(name.upper() for name in Settings.model_fields)


class SettingsError(Exception):
    """Settings that the bot can't start with; `str()` is one line for each problem."""

    def __init__(self, problems: Iterable[str]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(self.problems))


def load(environ: Mapping[str, str], *, env_file: Path | None = Path(".env")) -> Settings:
    """Read the settings; the environment wins over `env_file`, and what is empty counts as not set.

    Raises SettingsError with all problems at once. Opens nothing but `env_file`.
    """
    from_file = _read(env_file) if env_file else {}
    given = {name: text for name in _NAMES if (text := (environ.get(name) or from_file.get(name) or "").strip())}
    problems = [
        *_misspelt(from_file, given),
        *_half_a_license(given),
        *_vanishing(given, is_host="DYNO" in environ),
    ]
    try:
        settings = Settings.model_validate({name.lower(): text for name, text in given.items()})
    except ValidationError as error:
        problems = [*_faults(error), *problems]
    if problems:
        raise SettingsError(problems)
    return settings


def _read(env_file: Path) -> Mapping[str, str | None]:
    try:
        source = DotEnvSettingsSource(
            BaseSettings, env_file=env_file, env_file_encoding="utf-8-sig", case_sensitive=True
        )
    except (OSError, UnicodeDecodeError) as error:
        fault = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        raise SettingsError([f"{env_file}: can't be read: {fault}. Repair the file, or remove it."]) from None
    return source.env_vars


def _faults(error: ValidationError) -> Iterator[str]:
    for fault in error.errors(include_url=False, include_input=False):
        name = str(fault["loc"][0]).upper()
        if fault["type"] == "missing":
            yield f"{name}: is missing. {_HOW_TO_GET[name]}"
        else:
            yield f"{name}: {fault['ctx']['error']}"


def _misspelt(from_file: Mapping[str, str | None], given: Mapping[str, str]) -> Iterator[str]:
    """Name what stands in our own file under almost one of our names, while that one is not set."""
    for name in from_file:
        likeness = 0.6 if name.upper().startswith("DIMO_") else 0.85
        near = [] if name in _NAMES else difflib.get_close_matches(name.upper(), _NAMES, n=1, cutoff=likeness)
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
