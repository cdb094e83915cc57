"""`python -m bot check`, good and bad of every line, against a Telegram and a DIMO that are strict."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from sqlalchemy import text
from telegram.error import NetworkError

from bot.checkup import Means, run
from bot.demo.dimo import faults as dimo_faults
from bot.demo.server import App, Receive, Scope, Send, bound_socket, serve, url_of
from bot.demo.telegram import faults as telegram_faults
from bot.demo.telegram.bots import Webhook
from bot.dimo.http import Timeouts
from bot.lifetime import explain
from bot.settings import NAMES, Settings, load
from storage import Database, Tx, Vault, new_key, rotate
from storage.repositories import homes, key_values, tokens
from tests.support.records import a_home, a_token
from tests.support.world import Family, a_family

LICENSE = ("DIMO_CLIENT_ID", "DIMO_REDIRECT_URI", "DIMO_API_KEY")
LICENSE_LINES = (*LICENSE, "License sign-in")
CAR_LINES = ("Shared cars", "Token for a car", "tesla-oracle's commands")
TELEGRAM_LINES = ("Group privacy", "Business mode", "Guest mode", "Webhook")
PATHS = {
    "auth": "DIMO_AUTH_URL",
    "token-exchange": "DIMO_TOKEN_EXCHANGE_URL",
    "identity": "DIMO_IDENTITY_URL",
    "telemetry": "DIMO_TELEMETRY_URL",
    "devices": "DIMO_DEVICES_URL",
    "oracle": "DIMO_ORACLE_URL",
}


@dataclass(frozen=True)
class Report:
    """What a check told, line by line."""

    is_well: bool
    lines: list[str]

    def line(self, subject: str) -> str:
        """The only line about a subject."""
        (line,) = [line for line in self.lines if line[5:].startswith(f"{subject}: ")]
        return line

    def level(self, subject: str) -> str:
        return self.line(subject)[:4].rstrip()

    def levels(self, *subjects: str) -> set[str]:
        return {self.level(subject) for subject in subjects}

    @property
    def failed(self) -> list[str]:
        return [line for line in self.lines if line.startswith("FAIL")]


def means(family: Family) -> Means:
    return Means(clock=family.clock, timeouts=family.timeouts)


async def check(family: Family, given: Means | None = None, /, **changes: str) -> Report:
    """Run a check with these variables changed, or taken away by an empty text; holds what is true of every line."""
    lines: list[str] = []
    settings = load(family.environ | changes, env_file=None)
    is_well = await run(settings, lines.append, given or means(family))
    told = Report(is_well, lines)
    hold_the_form(told, settings)
    return told


def hold_the_form(told: Report, settings: Settings) -> None:
    assert told.is_well == (not told.failed)
    for line in told.lines:
        assert line[:5] in {"ok   ", "warn ", "FAIL "}
        assert line.isprintable(), "one line, which steers no terminal"
        assert line.endswith(".")
        assert line.startswith("ok") or line.count(". ") >= 1, f"no remedy: {line}"
        assert not [secret for secret in settings.secrets if secret in line]
        assert "eyJ" not in line


async def sign_in_page(scope: Scope, receive: Receive, send: Send) -> None:
    """Answer as a web page does."""
    del scope, receive
    headers = [(b"content-type", b"text/html"), (b"content-length", b"4")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": b"<p/>"})


async def broken_page(scope: Scope, receive: Receive, send: Send) -> None:
    del scope, receive
    await send({"type": "http.response.start", "status": 500, "headers": [(b"content-length", b"0")]})
    await send({"type": "http.response.body", "body": b""})


@pytest.fixture(scope="module")
def signing_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


@pytest.fixture(autouse=True)
def no_certificates(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Speak plain HTTP only: reading the world's certificates would take longer than most of these tests."""
    monkeypatch.delenv("SSL_CERT_FILE", raising=False)
    monkeypatch.setenv("SSL_CERT_DIR", str(tmp_path))


@pytest.fixture
def database_url(request: pytest.FixtureRequest) -> str:
    """Name the database of the family: an SQLite file unless a test asks for another."""
    url: str = request.getfixturevalue(getattr(request, "param", "sqlite_url"))
    return url


BOTH = pytest.mark.parametrize("database_url", ["sqlite_url", "postgres_url"], indirect=True)


@pytest.fixture
async def family(database_url: str, key: str, signing_key: rsa.RSAPrivateKey) -> AsyncIterator[Family]:
    """A family whose bot is not started, at peace with Telegram and DIMO."""
    async with a_family(database_url, key, signing_key) as family, serve(sign_in_page) as page:
        family.environ |= {"DIMO_LOGIN_URL": page, "DIMO_REQUESTS_PER_SECOND": "10"}
        yield family
        assert family.telegram.violations == []
        assert family.dimo.violations == []


@contextmanager
def opened(family: Family, *keys: str) -> Iterator[Database]:
    """Open the family's database beside the bot."""
    vault = Vault.from_keys(keys or family.environ["ENCRYPTION_KEYS"].split(","))
    with closing(Database.open(family.environ["DATABASE_URL"], vault)) as database:
        yield database


def closed_port() -> str:
    """Name an address at which nobody answers."""
    with closing(bound_socket()) as bound:
        return url_of(bound)


def content(database_url: str) -> bytes:
    """Read the SQLite file as it is on the disk."""
    return Path(database_url.removeprefix("sqlite:///")).read_bytes()


# --- All of it


async def test_a_healthy_world_is_well(family: Family) -> None:
    with opened(family) as database:
        database.run_now(lambda tx: homes.put(tx, a_home()))
    told = await check(family)
    assert told.is_well
    assert told.lines == [line for line in told.lines if line.startswith("ok")]


async def test_every_setting_has_its_line(family: Family) -> None:
    told = await check(family)
    assert {told.level(name) for name in NAMES} == {"ok"}


async def test_everything_is_told_when_everything_fails(family: Family) -> None:
    """The lines stay the same, in the same order: only what they say changes."""
    subjects = [line[5:].partition(":")[0] for line in (await check(family)).lines]
    gone = closed_port()
    told = await check(
        family,
        TELEGRAM_API_URL=gone,
        DATABASE_URL="postgresql://bot:hunter22@127.0.0.1:1/bot",
        **dict.fromkeys([*PATHS.values(), "DIMO_LOGIN_URL"], gone),
    )
    assert [line[5:].partition(":")[0] for line in told.lines] == subjects
    assert [line[5:].partition(":")[0] for line in told.failed] == [
        "TELEGRAM_API_URL",
        "DATABASE_URL",
        "License sign-in",
        *PATHS.values(),
        "DIMO_LOGIN_URL",
        "DIMO_COMMAND_API",
    ]


async def test_everything_is_asked_at_once(family: Family) -> None:
    """No service waits for another's answer."""
    may_answer = asyncio.Event()
    for service in PATHS:
        family.dimo.fail(service, "*", dimo_faults.slow(may_answer), times=None)
    asking = asyncio.create_task(check(family))
    for service, operation in [
        ("auth", "keys"),
        ("auth", "generate_challenge"),
        ("token-exchange", "exchange"),
        ("identity", "query"),
        ("telemetry", "query"),
        ("devices", "my_devices"),
        ("oracle", "command"),
    ]:
        await family.dimo.wait_arrived(service, operation)
    await family.telegram.called("getMe")
    may_answer.set()
    assert (await asking).is_well


async def test_what_nobody_foresaw_is_a_line_and_the_rest_is_told(family: Family) -> None:
    """Httpx has errors that belong to none of its families: this one for a host that cannot be."""
    told = await check(family, DIMO_LOGIN_URL="http://secret-☃")
    assert [line for line in told.lines if "InvalidURL" in line] == told.failed
    assert "secret" not in told.line("DIMO_LOGIN_URL")
    assert told.level("DIMO_COMMAND_API") == "ok"


@BOTH
async def test_check_disturbs_no_bot_that_runs(family: Family) -> None:
    await family.start_bot()
    await family.link()
    told = await check(family)
    assert told.is_well
    assert told.line("Linked chats") == "ok   Linked chats: 1 chat with 1 car."
    await family.says("/lock", "Accepted")
    assert family.car.received == ["doors/lock"]


async def test_nothing_moves_and_nobody_is_written_to(family: Family) -> None:
    assert (await check(family)).level("tesla-oracle's commands") == "ok"
    assert family.car.received == []
    assert {call.method for call in family.telegram.calls} == {"getMe", "getWebhookInfo"}


# --- Telegram


async def test_the_bots_name_is_shown(family: Family) -> None:
    line = (await check(family)).line("TELEGRAM_BOT_TOKEN")
    assert line == "ok   TELEGRAM_BOT_TOKEN: Telegram knows the bot as @dimo_family_bot (Family bot)."


@pytest.mark.parametrize(
    ("flag", "subject", "where"),
    [
        ("can_read_all_group_messages", "Group privacy", "/setprivacy"),
        ("can_connect_to_business", "Business mode", "Business Mode"),
        ("supports_guest_queries", "Guest mode", "Guest Mode"),
    ],
)
async def test_what_botfather_allows_too_much_is_a_warning(family: Family, flag: str, subject: str, where: str) -> None:
    family.bot.flags[flag] = True
    told = await check(family)
    assert told.is_well
    assert told.level(subject) == "warn"
    assert "@BotFather" in told.line(subject)
    assert where in told.line(subject)


async def test_a_revoked_token_fails(family: Family) -> None:
    family.telegram.revoke()
    told = await check(family)
    assert told.level("TELEGRAM_API_URL") == "ok"
    assert told.line("TELEGRAM_BOT_TOKEN").startswith("FAIL")
    assert "@BotFather" in told.line("TELEGRAM_BOT_TOKEN")
    assert told.levels(*TELEGRAM_LINES) == {"warn"}


async def test_telegram_out_of_reach_does_not_blame_the_token(family: Family) -> None:
    told = await check(family, TELEGRAM_API_URL=closed_port())
    assert told.line("TELEGRAM_API_URL").startswith("FAIL")
    assert "does not answer" in told.line("TELEGRAM_API_URL")
    assert told.levels("TELEGRAM_BOT_TOKEN", *TELEGRAM_LINES) == {"warn"}


@pytest.mark.parametrize("page", [sign_in_page, broken_page])
async def test_another_server_than_telegrams_does_not_blame_the_token(family: Family, page: App) -> None:
    async with serve(page) as url:
        told = await check(family, TELEGRAM_API_URL=url)
    assert "is not Telegram's Bot API" in told.line("TELEGRAM_API_URL")
    assert told.level("TELEGRAM_API_URL") == "FAIL"
    assert told.level("TELEGRAM_BOT_TOKEN") == "warn"


async def test_a_page_in_place_of_telegram_does_not_blame_the_token(family: Family) -> None:
    page = telegram_faults.Fault(raw=(404, b"<html><p>not found"))
    family.telegram.fails_always("getMe", page)
    assert (await check(family)).level("TELEGRAM_API_URL") == "FAIL"


async def test_a_telegram_that_asks_to_wait_is_a_warning(family: Family) -> None:
    family.telegram.fails_always("getMe", telegram_faults.flood(30))
    told = await check(family)
    assert told.level("TELEGRAM_API_URL") == "ok"
    assert told.line("TELEGRAM_BOT_TOKEN").startswith("warn")


async def test_a_webhook_keeps_the_bot_from_polling_and_its_path_stays_secret(family: Family) -> None:
    family.bot.webhook = Webhook("https://elsewhere.example/a-secret-path")
    told = await check(family)
    assert told.failed == [told.line("Webhook")]
    assert "elsewhere.example" in told.line("Webhook")
    assert "a-secret-path" not in told.line("Webhook")


async def test_an_unknown_webhook_is_a_warning(family: Family) -> None:
    family.telegram.fails_always("getWebhookInfo", telegram_faults.SERVER_ERROR)
    told = await check(family)
    assert told.level("Webhook") == "warn"
    assert told.level("TELEGRAM_BOT_TOKEN") == "ok"


# --- Database and keys


@pytest.mark.parametrize(
    ("database_url", "kind"),
    [("empty_sqlite", "the SQLite file"), ("empty_postgres", "the PostgreSQL database test_")],
    indirect=["database_url"],
)
async def test_an_empty_database_is_brought_up_to_date_and_is_so_the_next_time(family: Family, kind: str) -> None:
    first, second = await check(family), await check(family)
    assert first.line("DATABASE_URL").startswith(f"ok   DATABASE_URL: {kind}")
    assert first.line("DATABASE_URL").endswith("was brought up to date and can be written.")
    assert second.line("DATABASE_URL").endswith("is up to date and can be written.")


@pytest.mark.parametrize("database_url", ["postgres_url"], indirect=True)
async def test_a_database_that_cannot_be_written_fails(family: Family, database_url: str) -> None:
    told = await check(family, DATABASE_URL=f"{database_url}?options=-c%20default_transaction_read_only%3Don")
    assert "read-only transaction" in told.line("DATABASE_URL")
    assert told.level("DATABASE_URL") == "FAIL"


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("sqlite:////dev/null/bot.db", "can't be made"),
        ("sqlite:////dev", "unable to open"),
        (
            "postgresql://bot:hunter22@127.0.0.1:1/bot",
            "the PostgreSQL database bot at 127.0.0.1 can't be used",
        ),
        ("postgresql://postgres@127.0.0.1:5432/test_of_nobody", "does not exist"),
    ],
)
@pytest.mark.usefixtures("postgres")
async def test_a_database_that_cannot_be_opened_fails_with_the_reason(family: Family, url: str, reason: str) -> None:
    told = await check(family, DATABASE_URL=url)
    assert told.failed == [told.line("DATABASE_URL")]
    assert reason in told.line("DATABASE_URL")
    assert told.levels("ENCRYPTION_KEYS", "Linked chats") == {"warn"}


async def test_a_database_of_a_newer_program_fails(family: Family) -> None:
    with opened(family) as database:
        later = text("UPDATE alembic_version SET version_num = '9999'")
        database.run_now(lambda tx: tx.connection.execute(later))
    told = await check(family)
    assert told.failed == [told.line("DATABASE_URL")]
    assert "install the newer version" in told.line("DATABASE_URL")


async def test_wrong_keys_fail_and_leave_the_database_as_it_is(family: Family, database_url: str) -> None:
    before = content(database_url)
    told = await check(family, ENCRYPTION_KEYS=new_key())
    assert told.failed == [told.line("ENCRYPTION_KEYS")]
    assert "does not hold the key" in told.line("ENCRYPTION_KEYS")
    assert told.level("Linked chats") == "warn"
    assert content(database_url) == before


@BOTH
async def test_records_under_an_older_key_are_counted_until_they_are_rotated(family: Family, key: str) -> None:
    with opened(family) as database:
        database.run_now(lambda tx: homes.put(tx, a_home()))
        database.run_now(lambda tx: tokens.put(tx, a_token(expires_at=family.clock.now() + timedelta(1))))
    newer = new_key()
    keys = f"{newer},{key}"
    told = await check(family, ENCRYPTION_KEYS=keys)
    assert told.is_well
    line = "warn ENCRYPTION_KEYS: 2 keys, and they fit; 2 records not encrypted under the first."
    assert told.line("ENCRYPTION_KEYS").startswith(line)
    with opened(family, newer, key) as database:
        rotate(database, lambda *_: None)
    assert (await check(family, ENCRYPTION_KEYS=keys)).level("ENCRYPTION_KEYS") == "ok"
    assert (await check(family, ENCRYPTION_KEYS=newer)).level("ENCRYPTION_KEYS") == "ok"


async def test_a_second_key_warns_until_it_may_go(family: Family, key: str) -> None:
    """Even with no record under the old key: the database still asks for it at every start."""
    told = await check(family, ENCRYPTION_KEYS=f"{new_key()},{key}")
    assert "rotate-keys" in told.line("ENCRYPTION_KEYS")


async def test_no_linked_chat_is_a_warning_that_says_how(family: Family) -> None:
    line = (await check(family)).line("Linked chats")
    assert line.startswith("warn")
    assert "/link" in line


async def test_an_ended_sign_in_is_counted(family: Family) -> None:
    with opened(family) as database:
        database.run_now(lambda tx: homes.put(tx, a_home()))
        database.run_now(lambda tx: tokens.put(tx, a_token(expires_at=family.clock.now())))
    line = (await check(family)).line("Linked chats")
    assert line.startswith("warn Linked chats: 1 chat with 0 cars; the sign-in of 1 has ended.")


async def test_a_record_that_was_moved_fails(family: Family) -> None:
    def move(tx: Tx) -> None:
        homes.put(tx, a_home())
        tx.connection.execute(text("UPDATE homes SET chat_id = chat_id + 1"))

    with opened(family) as database:
        database.run_now(move)
    told = await check(family)
    assert told.failed == [told.line("Linked chats")]
    assert "copied from another row" in told.line("Linked chats")


# --- License


async def test_without_a_license_its_lines_say_so_and_the_rest_is_well(family: Family) -> None:
    told = await check(family, **dict.fromkeys(LICENSE, ""))
    assert told.is_well
    assert told.levels(*LICENSE_LINES, *CAR_LINES) == {"warn"}
    assert told.levels(*PATHS.values()) == {"ok"}


async def test_the_keys_address_is_shown_and_need_not_be_the_client_id(family: Family) -> None:
    line = (await check(family)).line("DIMO_API_KEY")
    assert line == f"ok   DIMO_API_KEY: it signs for the license, as {family.license.signer().lower()}."
    assert family.license.signer().lower() != family.license.client_id.lower()


async def test_an_unknown_client_id_fails(family: Family) -> None:
    told = await check(family, DIMO_CLIENT_ID="0x" + "12" * 20)
    assert told.failed == [told.line("DIMO_CLIENT_ID"), told.line("License sign-in")]
    assert "DIMO_ENVIRONMENT" in told.line("DIMO_CLIENT_ID")
    assert told.levels("DIMO_REDIRECT_URI", "DIMO_API_KEY") == {"warn"}


async def test_the_keys_own_address_as_client_id_is_recognised(family: Family) -> None:
    told = await check(family, DIMO_CLIENT_ID=family.license.signer())
    assert "it is the address of the API key" in told.line("DIMO_CLIENT_ID")


async def test_an_unregistered_redirect_uri_fails_and_the_registered_one_is_shown(family: Family) -> None:
    registered = family.environ["DIMO_REDIRECT_URI"]
    told = await check(family, DIMO_REDIRECT_URI=f"{registered}/")
    assert told.failed == [told.line("DIMO_REDIRECT_URI"), told.line("License sign-in")]
    assert f"Registered: {registered}." in told.line("DIMO_REDIRECT_URI")
    assert told.level("DIMO_API_KEY") == "warn"


async def test_a_key_that_is_no_signer_of_the_license_fails(family: Family) -> None:
    stranger = family.dimo.add_license()
    told = await check(family, DIMO_API_KEY=stranger.api_key)
    assert told.failed == [told.line("DIMO_API_KEY"), told.line("License sign-in")]
    assert f"{stranger.signer().lower()} is no signer" in told.line("DIMO_API_KEY")


async def test_a_number_that_is_no_private_key_fails(family: Family) -> None:
    """Zero has 64 digits like any key, and no address."""
    told = await check(family, DIMO_API_KEY="0" * 64)
    assert told.failed == [told.line("DIMO_API_KEY"), told.line("License sign-in")]
    assert "is not a private key" in told.line("DIMO_API_KEY")
    assert told.level("Token for a car") == "warn"


async def test_a_client_id_in_lower_case_signs_in(family: Family) -> None:
    """DIMO compares client ids by case; the setting may be written in any."""
    told = await check(family, DIMO_CLIENT_ID=family.license.client_id.lower())
    assert told.is_well


async def test_trouble_at_the_sign_in_does_not_blame_the_key(family: Family) -> None:
    family.dimo.fail("auth", "submit_challenge", dimo_faults.status(503, "later"), times=None)
    told = await check(family)
    assert told.failed == [told.line("License sign-in")]
    assert "(503)" in told.line("License sign-in")
    assert told.levels("DIMO_API_KEY", "Token for a car") == {"warn"}


# --- DIMO's services


@pytest.mark.parametrize("service", ["auth", "token-exchange", "identity", "telemetry"])
async def test_a_service_that_has_gone_fails_and_the_others_are_tried(family: Family, service: str) -> None:
    family.dimo.switch_off(service)
    told = await check(family)
    line = told.line(PATHS[service])
    assert line.startswith("FAIL")
    assert "is not reachable" in line
    assert f"remove {PATHS[service]}" in line
    assert told.levels(*(PATHS[other] for other in PATHS if other != service)) == {"ok"}


async def test_what_needs_a_service_that_has_gone_is_not_blamed(family: Family) -> None:
    family.dimo.switch_off("identity")
    told = await check(family)
    assert told.failed == [told.line("DIMO_IDENTITY_URL")]
    for subject in ("DIMO_CLIENT_ID", "DIMO_REDIRECT_URI", *CAR_LINES):
        assert told.level(subject) == "warn"
    assert told.level("License sign-in") == "ok"


async def test_a_service_in_trouble_is_told_from_one_that_has_gone(family: Family) -> None:
    family.dimo.fail("telemetry", "*", dimo_faults.status(500, "boom"), times=None)
    assert "answers with an error (500): boom" in (await check(family)).line("DIMO_TELEMETRY_URL")


async def test_a_service_that_never_answers_is_told_so(family: Family) -> None:
    family.timeouts = Timeouts(connect=0.2)
    family.dimo.fail("telemetry", "*", dimo_faults.never_answer(), times=None)
    assert "did not answer in time" in (await check(family)).line("DIMO_TELEMETRY_URL")


@pytest.mark.parametrize(("page", "said"), [(None, "is not reachable"), (broken_page, "error (500)")])
async def test_a_sign_in_page_that_has_gone_fails(family: Family, page: App | None, said: str) -> None:
    async with serve(page or sign_in_page) as url:
        told = await check(family, DIMO_LOGIN_URL=url if page else closed_port())
    assert told.failed == [told.line("DIMO_LOGIN_URL")]
    assert said in told.line("DIMO_LOGIN_URL")


# --- Where commands go


def kept_route(family: Family) -> str | None:
    with opened(family) as database:
        return database.run_now(lambda tx: key_values.get(tx, "command_api"))


@BOTH
@pytest.mark.parametrize(
    ("gone", "kept", "name"), [("oracle", "devices", "devices-api"), ("devices", "oracle", "tesla-oracle")]
)
async def test_one_command_service_may_be_gone_and_the_other_is_chosen_and_kept(
    family: Family, gone: str, kept: str, name: str
) -> None:
    family.dimo.switch_off(gone)
    told = await check(family)
    assert told.is_well
    assert told.level(PATHS[gone]) == "warn"
    assert told.level(PATHS[kept]) == "ok"
    assert f"commands go to {name}, the first that answers" in told.line("DIMO_COMMAND_API")
    assert kept_route(family) == kept


async def test_devices_api_is_chosen_where_both_answer(family: Family) -> None:
    assert "devices-api" in (await check(family)).line("DIMO_COMMAND_API")
    assert kept_route(family) == "devices"


async def test_no_command_service_fails_and_leaves_the_last_choice(family: Family) -> None:
    await check(family)
    family.dimo.devices_gone = family.dimo.oracle_gone = True
    told = await check(family)
    names = ("DIMO_DEVICES_URL", "DIMO_ORACLE_URL", "DIMO_COMMAND_API")
    assert told.failed == [told.line(name) for name in names]
    assert kept_route(family) == "devices"


async def test_a_command_service_that_is_set_and_gone_fails_although_the_other_answers(
    family: Family,
) -> None:
    family.dimo.devices_gone = True
    told = await check(family, DIMO_COMMAND_API="devices")
    assert told.failed == [told.line("DIMO_DEVICES_URL"), told.line("DIMO_COMMAND_API")]
    assert "Set it to auto" in told.line("DIMO_COMMAND_API")


async def test_a_command_service_that_is_set_and_there_is_not_chosen_anew(family: Family) -> None:
    told = await check(family, DIMO_COMMAND_API="oracle")
    assert "commands go to tesla-oracle, as it is set" in told.line("DIMO_COMMAND_API")
    assert kept_route(family) is None


async def test_the_choice_is_told_although_no_database_can_keep_it(family: Family) -> None:
    family.dimo.devices_gone = True
    told = await check(family, DATABASE_URL="postgresql://bot:hunter22@127.0.0.1:1/bot")
    assert "commands go to tesla-oracle" in told.line("DIMO_COMMAND_API")


async def test_trouble_of_the_service_that_commands_go_to_fails(family: Family) -> None:
    """It is there, so that a start chooses it, too."""
    family.dimo.fail("devices", "*", dimo_faults.status(500, "boom"), times=None)
    told = await check(family)
    assert told.failed == [told.line("DIMO_DEVICES_URL")]
    assert kept_route(family) == "devices"


# --- Cars


async def test_shared_cars_are_told_with_what_was_granted(family: Family) -> None:
    line = (await check(family)).line("Shared cars")
    assert line == "ok   Shared cars: 1 car: Bluey (reports, commands until 2027-05-01)."


async def test_no_shared_car_is_a_warning(family: Family) -> None:
    family.dimo.unshare(family.car, family.license)
    told = await check(family)
    assert told.is_well
    assert told.levels(*CAR_LINES) == {"warn"}
    assert "/link" in told.line("Shared cars")


@pytest.mark.parametrize(
    ("granted", "words", "token"),
    [({1}, "reports", "warn"), ({2}, "commands", "ok"), ({4}, "location", "warn")],
)
async def test_a_share_that_lacks_a_permission_is_a_warning(
    family: Family, granted: set[int], words: str, token: str
) -> None:
    family.dimo.share(family.car, family.license, permissions=granted)
    told = await check(family)
    assert told.is_well
    assert told.line("Shared cars").startswith(f"warn Shared cars: 1 car: Bluey ({words} until")
    assert told.levels("Token for a car", "tesla-oracle's commands") == {token}


async def test_many_cars_are_counted_and_ten_of_them_described(family: Family) -> None:
    for number in range(11):
        car = family.account.add_car(name=f"Car {number}")
        family.dimo.share(car, family.license, permissions={1, 2})
    line = (await check(family)).line("Shared cars")
    assert line.startswith("ok   Shared cars: 12 cars: ")
    assert line.count("commands") == 10
    assert line.endswith("and 2 more.")


async def test_a_cars_name_steers_no_terminal_and_starts_no_line(family: Family) -> None:
    family.car.name = "\x1b[31mBluey\nFAIL me: " + "x" * 100
    line = (await check(family)).line("Shared cars")
    assert line.startswith("ok   Shared cars: 1 car:  [31mBluey FAIL me: xxx")
    assert len(line) < 120


async def test_a_token_that_dimo_refuses_fails(family: Family) -> None:
    refusal = dimo_faults.status(403, "lacks permissions [privilege:ExecuteCommands]")
    family.dimo.fail("token-exchange", "exchange", dimo_faults.status(401, "no token"))  # the look, without one
    family.dimo.fail("token-exchange", "exchange", refusal)
    told = await check(family)
    assert told.failed == [told.line("Token for a car")]
    assert "lacks permissions" in told.line("Token for a car")
    assert told.level("tesla-oracle's commands") == "warn"


async def test_a_fresh_sign_in_that_dimo_does_not_take_is_dimos_fault(family: Family) -> None:
    family.dimo.fail("token-exchange", "exchange", dimo_faults.status(401, "no"), times=None)
    line = (await check(family)).line("Token for a car")
    assert line.startswith("FAIL")
    assert "this is DIMO's fault" in line


@pytest.mark.parametrize(("setting", "level"), [("devices", "warn"), ("oracle", "FAIL")])
async def test_an_oracle_that_wants_another_token_fails_where_commands_go_there(
    family: Family, setting: str, level: str
) -> None:
    family.dimo.oracle_wants_user_token = True
    told = await check(family, DIMO_COMMAND_API=setting)
    assert told.level("DIMO_ORACLE_URL") == "ok"
    assert told.level("tesla-oracle's commands") == level
    assert "this is DIMO's fault" in told.line("tesla-oracle's commands")
    assert told.is_well == (level == "warn")


async def test_an_oracle_that_breaks_at_the_command_says_so(family: Family) -> None:
    family.car.fail_next(dimo_faults.status(500, "boom"))
    line = (await check(family, DIMO_COMMAND_API="oracle")).line("tesla-oracle's commands")
    assert line.startswith("FAIL tesla-oracle's commands: for Bluey it answers with an error (500): boom.")


async def test_a_tesla_is_probed_rather_than_another_car(family: Family) -> None:
    other = family.account.add_car(name="Aaron", make="Ford", connection="Smartcar")
    family.dimo.share(other, family.license, permissions={1, 2})
    assert "for Bluey" in (await check(family)).line("tesla-oracle's commands")
    family.dimo.unshare(family.car, family.license)
    told = await check(family)
    assert told.is_well
    assert "no Tesla is shared" in told.line("tesla-oracle's commands")


# --- The rest


@pytest.mark.parametrize("pace", ["0", "11"])
async def test_a_pace_that_dimo_refuses_is_a_warning(family: Family, pace: str) -> None:
    told = await check(family, DIMO_REQUESTS_PER_SECOND=pace)
    assert told.is_well
    assert told.level("DIMO_REQUESTS_PER_SECOND") == "warn"


# The clock


async def test_a_certificate_that_is_not_valid_yet_points_to_the_clock() -> None:
    """By a clock that stands in 1970 nobody's certificate is good."""
    said = "ConnectError: [SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed: certificate is not yet valid"
    assert "clock" in explain(NetworkError(said))
    assert "clock" not in explain(NetworkError("ConnectError: All connection attempts failed"))


async def test_a_right_clock_is_well(family: Family) -> None:
    assert (await check(family)).line("Clock") == "ok   Clock: right, by the time of Telegram and DIMO."


@pytest.mark.parametrize(
    ("ahead", "said"), [(timedelta(minutes=5), "5 minutes ahead"), (timedelta(minutes=-40), "40 minutes behind")]
)
async def test_a_wrong_clock_is_a_warning_that_says_by_how_much_and_what_to_do(
    family: Family, ahead: timedelta, said: str
) -> None:
    """The bot corrects it, so all the rest is well: the license signs in, and the car's token is good."""
    family.machine.ahead = ahead
    told = await check(family, replace(means(family), clock=family.machine))
    assert told.line("Clock").startswith(f"warn Clock: this computer's clock is {said}. ")
    assert told.line("Clock").endswith("switch on the computer's time service (NTP).")
    assert told.is_well


async def test_without_a_date_in_any_answer_the_clock_is_not_judged(family: Family) -> None:
    family.telegram.dates.wrong_by = family.dimo.dates.wrong_by = None
    assert (await check(family)).line("Clock").startswith("warn Clock: not tried, because no answer with a date came.")
