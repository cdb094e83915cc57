from dataclasses import FrozenInstanceError
from pathlib import Path

import pytest

from bot import settings
from bot.dimo.environments import ENVIRONMENTS

TOKEN = "123456789:" + "AbC-_" * 7
KEY = "k" * 43
API_KEY = "ab" * 32
CLIENT_ID = "0x" + "1F" * 20
NEEDED = {"TELEGRAM_BOT_TOKEN": TOKEN, "ENCRYPTION_KEYS": KEY}
LICENSE = {
    "DIMO_CLIENT_ID": CLIENT_ID,
    "DIMO_REDIRECT_URI": "https://family.example/back",
    "DIMO_API_KEY": "0x" + API_KEY,
}


def load(**variables: str) -> settings.Settings:
    return settings.load(NEEDED | variables, env_file=None)


def problems(environ: dict[str, str], env_file: Path | None = None) -> tuple[str, ...]:
    with pytest.raises(settings.SettingsError) as raised:
        settings.load(environ, env_file=env_file)
    assert str(raised.value) == "\n".join(raised.value.problems)
    return raised.value.problems


def problems_of(**variables: str) -> tuple[str, ...]:
    return problems(NEEDED | variables)


def test_two_variables_are_enough_and_the_rest_has_defaults() -> None:
    found = load()
    assert found.telegram_bot_token == TOKEN
    assert found.encryption_keys == (KEY,)
    assert found.telegram_api_url == "https://api.telegram.org"
    assert found.database_url == "sqlite:///data/bot.db"
    assert (found.prompt_ttl_seconds, found.confirmation_wait_seconds, found.openings_per_minute) == (
        60,
        90,
        6,
    )
    assert (found.log_level, found.log_format, found.dimo_command_api) == ("INFO", "console", "auto")
    assert found.dimo_requests_per_second == 10
    assert (found.dimo_client_id, found.dimo_api_key, found.dimo_redirect_uri) == (None, None, None)


def test_all_problems_are_reported_at_once_with_variable_fault_and_remedy() -> None:
    told = problems({"PROMPT_TTL_SECONDS": "10", "LOG_FORMAT": "xml", "DIMO_API_KEY": API_KEY})
    together = "DIMO_CLIENT_ID, DIMO_REDIRECT_URI, DIMO_API_KEY come together: set all three, or none."
    correct = "Correct it, or remove it for the default."
    assert told == (
        "TELEGRAM_BOT_TOKEN: is missing. Ask @BotFather for one (/newbot) and set it.",
        "ENCRYPTION_KEYS: is missing. Make a key with `python -m bot keygen` and set it.",
        f"PROMPT_TTL_SECONDS: must be a whole number from 15 to 300. {correct}",
        f"LOG_FORMAT: must be one of console, json. {correct}",
        f"DIMO_CLIENT_ID: is missing. {together}",
        f"DIMO_REDIRECT_URI: is missing. {together}",
    )


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("TELEGRAM_BOT_TOKEN", "SEKRET"),
        ("TELEGRAM_BOT_TOKEN", f'"{TOKEN}'),
        ("TELEGRAM_API_URL", "api.telegram.org"),
        ("TELEGRAM_API_URL", "ftp://SEKRET"),
        ("DIMO_AUTH_URL", "https://user:SEKRET@auth.example"),
        ("DIMO_AUTH_URL", "https://auth.example?key=SEKRET"),
        ("DIMO_AUTH_URL", "https://auth.example:SEKRET"),
        ("DIMO_AUTH_URL", "https://[SEKRET"),
        ("DIMO_LOGIN_URL", "https://"),
        ("DIMO_ORACLE_URL", "https://host name"),
        ("ENCRYPTION_KEYS", "SEKRET"),
        ("ENCRYPTION_KEYS", f"{KEY},{KEY[:-1]}"),
        ("ENCRYPTION_KEYS", ","),
        ("DATABASE_URL", "mysql://user:SEKRET@host/name"),
        ("DATABASE_URL", "postgresql://user:SEKRET@host"),
        ("DATABASE_URL", "postgresql://user:SEK[RET@host/name"),
        ("DATABASE_URL", "postgresql://user:SEKRET@host:port/name"),
        ("DATABASE_URL", "sqlite://"),
        ("DATABASE_URL", "sqlite:///:memory:"),
        ("DIMO_ENVIRONMENT", "SEKRET"),
        ("DIMO_COMMAND_API", "both"),
        ("PROMPT_TTL_SECONDS", "14"),
        ("PROMPT_TTL_SECONDS", "301"),
        ("PROMPT_TTL_SECONDS", "60.5"),
        ("PROMPT_TTL_SECONDS", "SEKRET"),
        ("CONFIRMATION_WAIT_SECONDS", "0"),
        ("CONFIRMATION_WAIT_SECONDS", "361"),
        ("OPENINGS_PER_MINUTE", "0"),
        ("LINKING", "nobody"),
        ("OPERATOR_ID", "-100123"),
        ("OPERATOR_ID", "0"),
        ("OPERATOR_ID", "@SEKRET"),
        ("OPERATOR_ID", "9" * 17),
        ("DIMO_REQUESTS_PER_SECOND", "-1"),
        ("DIMO_REQUESTS_PER_SECOND", "nan"),
        ("DIMO_REQUESTS_PER_SECOND", "inf"),
        ("LOG_FORMAT", "xml"),
    ],
)
def test_a_wrong_value_is_one_line_that_names_the_variable_and_never_quotes_the_value(name: str, text: str) -> None:
    (line,) = problems_of(**{name: text})
    assert line.startswith(f"{name}: ")
    assert line.count(". ") >= 1, "a fault and a remedy"
    assert "\n" not in line
    assert "SEKRET" not in line


@pytest.mark.parametrize(
    ("name", "text"),
    [("DIMO_CLIENT_ID", "0x12SEKRET"), ("DIMO_API_KEY", "SEKRET" + API_KEY), ("DIMO_REDIRECT_URI", "back")],
)
def test_a_wrong_license_value_is_one_line_that_never_quotes_the_value(name: str, text: str) -> None:
    (line,) = problems(NEEDED | LICENSE | {name: text})
    assert line.startswith(f"{name}: ")
    assert "SEKRET" not in line


def test_repr_of_settings_and_of_their_problems_has_no_secret() -> None:
    url = "postgresql://bot:pass%40word@db.example/bot?sslmode=require"
    found = load(**LICENSE, DATABASE_URL=url)
    error = settings.SettingsError(problems_of(DATABASE_URL=url, LOG_LEVEL="loud"))
    shown = f"{found!r} {found} {error!r} {error}"
    assert not [secret for secret in (TOKEN, KEY, API_KEY, "pass%40word", "pass@word") if secret in shown]


def test_the_secrets_for_the_log_filter_are_complete() -> None:
    found = load(**LICENSE, DATABASE_URL="postgres://bot:pass%40word@db.example/bot?password=other%40one")
    assert found.secrets == {
        TOKEN,
        found.telegram_secret,
        found.trigger_secret,
        KEY,
        API_KEY,
        "pass%40word",
        "pass@word",
        "other%40one",
        "other@one",
    }


@pytest.mark.parametrize("name", ["log_level", "telegram_bot_token"])
def test_settings_are_frozen(name: str) -> None:
    with pytest.raises(FrozenInstanceError):
        setattr(load(), name, "DEBUG")


def test_environment_wins_over_the_file_and_empty_values_count_as_not_set(tmp_path: Path) -> None:
    file = tmp_path / ".env"
    file.write_text(
        f"\ufeffexport TELEGRAM_BOT_TOKEN='{TOKEN}'\nENCRYPTION_KEYS={KEY} # made today\n"
        "PROMPT_TTL_SECONDS=100\nOPENINGS_PER_MINUTE=\nLOG_LEVEL=error\nLOG_FORMAT=json\n",
        encoding="utf-8",
    )
    found = settings.load({"PROMPT_TTL_SECONDS": " 200 ", "LOG_FORMAT": ""}, env_file=file)
    assert (found.prompt_ttl_seconds, found.openings_per_minute) == (200, 6)
    assert (found.log_level, found.log_format) == ("ERROR", "json")


def test_a_credential_of_systemd_is_between_the_environment_and_the_file(tmp_path: Path) -> None:
    file = tmp_path / ".env"
    file.write_text(f"TELEGRAM_BOT_TOKEN={TOKEN}\nENCRYPTION_KEYS=none\nLOG_LEVEL=ERROR\n", encoding="utf-8")
    for name, text in (("ENCRYPTION_KEYS", f"{KEY}\n"), ("LOG_LEVEL", "DEBUG")):
        (tmp_path / name).write_text(text, encoding="utf-8")
    environ = {"CREDENTIALS_DIRECTORY": str(tmp_path), "LOG_LEVEL": "WARNING"}
    found = settings.load(environ, env_file=file)
    assert (found.encryption_keys, found.log_level) == ((KEY,), "WARNING")
    (tmp_path / "ENCRYPTION_KEYS").write_bytes(b"\xff")
    assert problems(environ, file) == (
        "CREDENTIALS_DIRECTORY: a credential can't be read. Give it to the service again.",
    )


def test_a_missing_file_is_no_problem_and_an_unreadable_one_is_a_line(tmp_path: Path) -> None:
    assert settings.load(NEEDED, env_file=tmp_path / "none") == load()
    file = tmp_path / ".env"
    file.write_bytes(b"LOG_LEVEL=\xff\xfe")
    (line,) = problems(NEEDED, file)
    assert line == f"{file}: can't be read: it is not UTF-8 text. Repair the file, or remove it."


def test_misspelt_name_in_the_file_is_reported_with_the_nearest_real_one(tmp_path: Path) -> None:
    file = tmp_path / ".env"
    file.write_text("DIMO_CLIENTID=1\ndimo_api_key=2\nENCRYPTION_KEY=3\nEDITOR=vi\nDIMO_AUTH_URI=4\n", encoding="utf-8")
    assert problems({"TELEGRAM_BOT_TOKEN": TOKEN, "DIMO_AUTH_URL": "https://auth.example"}, file) == (
        "ENCRYPTION_KEYS: is missing. Make a key with `python -m bot keygen` and set it.",
        "DIMO_CLIENTID: is no variable of the bot. Did you mean DIMO_CLIENT_ID?",
        "dimo_api_key: is no variable of the bot. Did you mean DIMO_API_KEY?",
        "ENCRYPTION_KEY: is no variable of the bot. Did you mean ENCRYPTION_KEYS?",
    )


def test_variables_of_others_are_left_alone(tmp_path: Path) -> None:
    file = tmp_path / ".env"
    file.write_text("POSTGRES_PASSWORD=x\n", encoding="utf-8")
    assert settings.load(NEEDED | {"DIMO_UNKNOWN": "1", "HOME": "/"}, env_file=file) == load()


@pytest.mark.parametrize("given", [{}, {"DATABASE_URL": "sqlite:///data/bot.db"}])
def test_a_host_whose_files_vanish_needs_postgresql(given: dict[str, str]) -> None:
    (line,) = problems_of(DYNO="worker.1", **given)
    assert line.startswith(
        "DATABASE_URL: is an SQLite file, and this host's files vanish at every restart. Add a Postgre"
    )


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg"])
def test_a_host_with_postgresql_is_fine(scheme: str) -> None:
    url = f"{scheme}://bot:secret@db.example:5432/bot?sslmode=require"
    assert load(DYNO="worker.1", DATABASE_URL=url).database_url == url


def test_keys_may_be_several_and_padded() -> None:
    found = load(ENCRYPTION_KEYS=f" {KEY}= , {KEY},")
    assert found.encryption_keys == (f"{KEY}=", KEY)


def test_the_redirect_uri_stays_as_it_is_registered() -> None:
    uri = "https://Family.example/back/?x=1"
    assert load(**LICENSE | {"DIMO_REDIRECT_URI": uri}).dimo_redirect_uri == uri


def test_the_api_key_may_come_with_or_without_0x() -> None:
    for text in (API_KEY, "0x" + API_KEY):
        assert load(**LICENSE | {"DIMO_API_KEY": text}).dimo_api_key == API_KEY


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_the_environment_picks_the_urls(environment: str) -> None:
    assert load(DIMO_ENVIRONMENT=environment.upper()).urls == ENVIRONMENTS[environment]


@pytest.mark.parametrize("host", ["127.0.0.1:8081", "127.9.9.9", "localhost:8081", "bot.localhost", "[::1]:8081"])
def test_what_stays_on_this_machine_needs_no_encryption(host: str) -> None:
    assert load(TELEGRAM_API_URL=f"http://{host}").telegram_api_url == f"http://{host}"
    assert load(**LICENSE | {"DIMO_REDIRECT_URI": f"http://{host}/back"}).dimo_redirect_uri == f"http://{host}/back"


@pytest.mark.parametrize("name", [one for one in settings.NAMES if one.endswith("_URL") and one != "DATABASE_URL"])
@pytest.mark.parametrize(
    "host", ["api.example", "10.0.0.2:8081", "127.0.0.1.evil.example", "localhost.evil.example", "169.254.1.1", "[::2]"]
)
def test_no_secret_leaves_this_machine_unencrypted(name: str, host: str) -> None:
    (line,) = problems_of(**{name: f"http://{host}"})
    assert (
        line == f"{name}: begins with http://, so that secrets would go over the network unencrypted. Write https://."
    )


def test_no_sign_in_comes_back_unencrypted() -> None:
    (line,) = problems(NEEDED | LICENSE | {"DIMO_REDIRECT_URI": "http://family.example/back"})
    assert line.startswith("DIMO_REDIRECT_URI: begins with http://")


@pytest.mark.parametrize("service", ["auth", "token_exchange", "devices", "identity", "telemetry", "login", "oracle"])
def test_each_service_can_be_sent_elsewhere(service: str) -> None:
    urls = load(**{f"DIMO_{service.upper()}_URL": f"http://127.0.0.1:8000/{service}/"}).urls
    changed = {name for name in urls.__slots__ if getattr(urls, name) != getattr(ENVIRONMENTS["production"], name)}
    assert changed == {service}
    assert getattr(urls, service) == f"http://127.0.0.1:8000/{service}"


def test_the_operator_decides_who_may_link_unless_the_settings_say_otherwise() -> None:
    assert (load().linking, load().operator_id) == ("ask", None)
    found = load(LINKING="Anyone", OPERATOR_ID=" 7000000001 ")
    assert (found.linking, found.operator_id) == ("anyone", 7_000_000_001)


QUOTES = ('""', "''", "``", "\u201c\u201d", "\u2018\u2019", "\u00ab\u00bb")


@pytest.mark.parametrize("quotes", QUOTES)
def test_quotes_around_a_value_are_dropped(quotes: str) -> None:
    def quoted(text: str) -> str:
        return f" {quotes[0]} {text} {quotes[1]}"

    found = load(**{name: quoted(text) for name, text in (NEEDED | LICENSE | {"PROMPT_TTL_SECONDS": "70"}).items()})
    assert found == load(**LICENSE, PROMPT_TTL_SECONDS="70")
    assert load(ENCRYPTION_KEYS=f"{quoted(KEY)},{quoted(KEY)}").encryption_keys == (KEY, KEY)


def test_an_empty_value_in_quotes_is_not_set() -> None:
    assert load(DATABASE_URL='""', DIMO_AUTH_URL="''") == load()


@pytest.mark.parametrize(
    ("sign", "written"),
    [("#", "%23"), ("@", "%40"), ("/", "%2F"), ("?", "%3F"), ("[", "%5B"), ("]", "%5D"), (" ", "%20")],
)
@pytest.mark.parametrize("password", ["SEK{}RET", "123{}RET", "{}RET", "SEKRET{}", "SEK{}123"])
def test_an_unencoded_password_is_named_as_the_likely_mistake(sign: str, written: str, password: str) -> None:
    (line,) = problems_of(DATABASE_URL=f"postgresql://bot:{password.format(sign)}@db.example:5432/bot?sslmode=require")
    assert written in line
    assert "password" in line
    assert "RET" not in line
    url = f"postgresql://bot:{password.format(written)}@db.example/bot"
    assert load(DATABASE_URL=url).database_url == url


@pytest.mark.parametrize("option", ["pgbouncer=true", "schema=public", "connection_limit=1", "ssl=true"])
def test_another_tools_option_is_named(option: str) -> None:
    name = option.partition("=")[0]
    for query in (option, f"sslmode=require&{option}"):
        (line,) = problems_of(DATABASE_URL=f"postgresql://bot:SEKRET@db.example/bot?{query}")
        assert f"`{name}`" in line
        assert "another tool" in line


def test_an_unknown_option_is_not_quoted() -> None:
    (line,) = problems_of(DATABASE_URL="postgresql://bot:x@db.example/bot?sslmode=require&SEKRET=1")
    assert "number 2" in line
    assert "SEKRET" not in line


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("postgresql://bot:x@db.example/bot?sslmode=no-verify", "verify-full"),
        ("postgresql+asyncpg://bot:x@db.example/bot", "another program's name"),
        ("postgresql+psycopg2://bot:x@db.example/bot", "another program's name"),
        ("jdbc:postgresql://db.example/bot", "another program's name"),
        ("sqlite://data/bot.db", "too few slashes"),
        ("sqlite:bot.db", "too few slashes"),
        ("postgresql://bot:x@db.example", "names no database"),
    ],
)
def test_the_likely_mistake_in_a_database_url_is_named(url: str, words: str) -> None:
    (line,) = problems_of(DATABASE_URL=url)
    assert words in line


@pytest.mark.parametrize(
    "url",
    [
        "postgresql:///bot?host=/var/run/postgresql&user=me",
        "postgresql://bot:a:b@[::1]:5432/bot?options=-c%20statement_timeout%3D5s&password=a%40b",
        "postgres://db.example/bot?user=a@b",
    ],
)
def test_whatever_postgresql_takes_is_taken(url: str) -> None:
    assert load(DATABASE_URL=url).database_url == url
