"""What machines that watch the bot see: health, counters, and lines of the log without names."""

import asyncio
import json
import logging
import re
import socket
from collections.abc import AsyncIterator

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

from bot import serving
from bot.demo.dimo.faults import drop
from bot.demo.dimo.state import SERVICES
from bot.demo.telegram import faults
from bot.dimo.environments import Service
from bot.domain.actions import Action
from bot.domain.outcomes import State
from bot.failures import explain, is_permanent
from bot.health import Health
from bot.logs import configure
from bot.metrics import Metrics
from bot.monitoring import PortTaken
from bot.service.counts import Peer, Poll
from bot.service.event_log import log_event
from bot.serving import bound_socket, serve
from tests.support.clocks import SteppedClock
from tests.support.newcomers import a_listening_bot, is_answered, user_token
from tests.support.people import joins
from tests.support.ports import free_port
from tests.support.world import REDIRECT_URI, Family

WORDS = {*Action, *State, *Peer, *Poll, *Service, "telegram", "read", "write", "2xx", "3xx", "4xx", "5xx", "error", ""}
NUMBER = re.compile(r"[0-9.]+|\+Inf")
"""How a histogram names its buckets."""


@pytest.fixture
async def watched(sqlite_url: str, key: str, signing_key: RSAPrivateKey) -> AsyncIterator[Family]:
    """A family whose bot answers on a port."""
    async with a_listening_bot(sqlite_url, key, signing_key) as family:
        await family.stop_bot()
        family.environ["PORT"] = str(free_port())
        await family.start_bot()
        await family.link()
        yield family


async def got(family: Family, path: str) -> httpx.Response:
    async with httpx.AsyncClient(trust_env=False) as client:
        return await client.get(f"http://127.0.0.1:{family.environ['PORT']}{path}")


async def count(family: Family, name: str) -> float:
    """Return what a counter says; 0 if it has counted nothing yet."""
    lines = (await got(family, "/metrics")).text.splitlines()
    return float(next((line.rpartition(" ")[2] for line in lines if line.startswith(f"{name} ")), 0))


def noted(caplog: pytest.LogCaptureFixture, event: str) -> list[dict[str, str | int]]:
    """Return the fields of each line about such an event."""
    found: list[dict[str, str | int]] = [getattr(record, "fields", {"event": ""}) for record in caplog.records]
    return [fields for fields in found if fields["event"] == event]


def assert_no_names(lines: list[dict[str, str | int]]) -> None:
    """Make sure that fields are numbers, fixed words, and ids that are made by chance."""
    texts = {name: value for line in lines for name, value in line.items() if isinstance(value, str)}
    assert not [name for name in ("Dad", "Teen", "Bluey") if name in str(texts)]
    assert all(re.fullmatch(r"[a-z_]+", value) for name, value in texts.items() if name not in {"id", "request"})


async def passes(family: Family, seconds: float) -> None:
    """Let time pass, and the bot do what is due then."""
    await asyncio.sleep(0.05)
    family.clock.advance(seconds)


async def unlocks(family: Family) -> None:
    question = await family.asks("/unlock", "Unlock Bluey?")
    await family.taps(question, "Unlock")
    await question.becomes("Accepted")
    await family.next_look()
    await question.becomes("Confirmed")


async def test_actions_and_requests_are_counted_without_a_person_a_car_or_a_chat(watched: Family) -> None:
    watched.car.change(locked=True)
    await unlocks(watched)
    counted = (await got(watched, "/metrics")).text
    for outcome in ("accepted", "confirmed"):
        assert f'bot_actions_total{{action="unlock",outcome="{outcome}"}} 1.0' in counted
    assert re.search(r'bot_request_seconds_count\{call="sendMessage",outcome="2xx",service="telegram"\} [1-9]', counted)
    assert re.search(r'bot_request_seconds_count\{call="",outcome="2xx",service="devices"\} [1-9]', counted)
    labels = " ".join(re.findall(r"\{.*?\}", counted))
    words = {word for word in re.findall(r'="(.*?)"', labels) if not NUMBER.fullmatch(word)}
    assert words <= WORDS | set(re.findall(r'call="([A-Za-z]+)"', labels))
    for secret in (watched.dad.id, watched.car.token_id, "Dad", "Bluey", watched.bot.token):
        assert str(secret) not in labels


async def test_updates_are_counted(watched: Family) -> None:
    before = await count(watched, "bot_updates_total")
    await watched.says("/help", "/unlock")
    assert await count(watched, "bot_updates_total") == before + 1 > 1


async def test_an_outcome_is_noted_once_however_often_showing_it_fails(
    watched: Family, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    watched.car.change(locked=True)
    question = await watched.asks("/unlock", "Unlock Bluey?")
    for method in ("sendMessage", "editMessageText"):
        watched.telegram.fails_always(method, faults.BAD_GATEWAY)
    watched.dad.taps(question, "Unlock")
    async with asyncio.timeout(20):
        while len(noted(caplog, "action")) < 2:
            await passes(watched, 8)
    for _ in range(5):
        await passes(watched, 16)
    assert [line["outcome"] for line in noted(caplog, "action")] == ["accepted", "confirmed"]
    assert await count(watched, 'bot_actions_total{action="unlock",outcome="accepted"}') == 1


async def test_each_action_is_a_line_of_the_log_in_numbers_and_fixed_words(
    watched: Family, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    watched.car.change(locked=True)
    await unlocks(watched)
    lines = noted(caplog, "action")
    assert [(line["event"], line["action"], line["outcome"]) for line in lines] == [
        ("action", "unlock", "accepted"),
        ("action", "unlock", "confirmed"),
    ]
    assert {"id", "home", "car", "request", "queued_ms", "prepared_ms", "answered_ms"} <= set(lines[0])
    assert "reported_ms" in lines[1]
    assert_no_names(lines)


async def test_each_sign_in_is_a_line_of_the_log(watched: Family, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    await watched.stop_bot()
    watched.license = watched.dimo.add_license(redirect_uris=[REDIRECT_URI])
    watched.environ |= {"DIMO_CLIENT_ID": watched.license.client_id, "DIMO_API_KEY": watched.license.api_key}
    await watched.start_bot()
    await watched.link()
    await is_answered(watched, user_token(watched), "it says nothing about who sends it")
    lines = noted(caplog, "sign_in")
    assert {(line["of"], line["outcome"], line.get("reason")) for line in lines} == {
        ("license", "signed_in", None),
        ("account", "linked", None),
        ("account", "failed", "bare_token"),
    }
    assert {line["home"] for line in lines if line["of"] == "account"} == {watched.dad.id}
    assert_no_names(lines)


async def test_each_note_is_a_line_of_the_log(watched: Family, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    await joins(watched, "Teen")
    async with asyncio.timeout(10):
        while not (lines := noted(caplog, "note")):
            await passes(watched, 1)
    await watched.dad.sees("Teen joined as a driver")
    assert [(line["kind"], line["outcome"], line["home"]) for line in lines] == [("joined", "shown", watched.dad.id)]
    assert_no_names(lines)


@pytest.mark.usefixtures("_process_is_restored")
def test_an_event_has_its_fields_in_a_log_for_collectors(capsys: pytest.CaptureFixture[str]) -> None:
    configure("INFO", "json")
    log_event(logging.getLogger("bot.test"), "action", outcome="accepted", settled_ms=12, request=None)
    line = json.loads(capsys.readouterr().err.splitlines()[-1])
    assert (line["event"], line["outcome"], line["settled_ms"]) == ("action", "accepted", 12)
    assert line["message"] == "action: outcome=accepted settled_ms=12"


async def test_polls_and_the_waits_for_the_database_are_counted(watched: Family) -> None:
    assert await count(watched, 'bot_polls_total{outcome="answered"}') > 0
    assert await count(watched, 'bot_database_seconds_count{work="read"}') > 0
    assert await count(watched, 'bot_database_seconds_count{work="write"}') > 0


async def test_an_outage_is_open_until_telegram_answers_again(watched: Family) -> None:
    watched.telegram.fails_next("getUpdates", faults.BAD_GATEWAY)
    watched.dad.says("/help")  # ends the open long poll
    await watched.clock.until_asleep("polling")
    assert await count(watched, 'bot_outages_open{of="telegram"}') == 1
    assert await count(watched, 'bot_polls_total{outcome="failed"}') == 1
    watched.clock.advance(2)
    await watched.says("/help", "/unlock")
    assert await count(watched, 'bot_outages_open{of="telegram"}') == 0


async def test_whoever_asks_while_the_bot_starts_is_told_what_it_waits_for(watched: Family) -> None:
    await watched.stop_bot()
    watched.telegram.fails_next("getMe", faults.BAD_GATEWAY)
    starting = asyncio.create_task(watched.start_bot())
    await watched.clock.until_asleep("first question")
    assert (await got(watched, "/healthz")).status_code == 200
    answer = await got(watched, "/readyz")
    assert (answer.status_code, answer.text) == (503, "Telegram has not answered for a while.\n")
    assert await count(watched, 'bot_outages_open{of="telegram"}') == 1
    watched.clock.advance(2)
    await starting
    assert (await got(watched, "/readyz")).text == "ready\n"
    assert await count(watched, 'bot_outages_open{of="telegram"}') == 0


async def test_an_outage_is_open_until_dimo_answers_again(watched: Family) -> None:
    for service in SERVICES:
        watched.dimo.switch_off(service, drop())
    for _ in range(3):
        await watched.says("/status", "")
        watched.clock.advance(60)
    assert await count(watched, 'bot_outages_open{of="dimo"}') == 1
    for service in SERVICES:
        watched.dimo.heal(service)
    await watched.says("/lock", "Accepted")
    assert await count(watched, 'bot_outages_open{of="dimo"}') == 0


def test_the_name_of_a_file_is_no_label() -> None:
    metrics = Metrics({})
    for path, name in (("bot1:secret/getFile", "getFile"), ("file/bot1:secret/documents/Bluey", "file")):
        assert metrics.name(httpx.Request("GET", f"https://api.telegram.org/{path}")) == ("telegram", name)
    assert metrics.name(httpx.Request("GET", "https://api.telegram.org/file/bot1:secret/Bluey")) == ("telegram", "file")


def test_a_database_that_is_away_is_an_open_outage() -> None:
    metrics = Metrics({})
    metrics.watch_outage(Peer.DATABASE, lambda: True)
    assert b'bot_outages_open{of="database"} 1.0' in metrics.text()


@pytest.mark.parametrize(
    ("public", "host"),
    [({}, "127.0.0.1"), ({"PUBLIC_URL": "https://bot.example"}, "0.0.0.0")],  # noqa: S104 - nothing is bound to it
)
async def test_others_than_this_machine_may_ask_only_where_a_public_address_is_set(
    watched: Family, monkeypatch: pytest.MonkeyPatch, public: dict[str, str], host: str
) -> None:
    asked = []

    def bound(host: str, port: int) -> socket.socket:
        asked.append(host)
        return bound_socket("127.0.0.1", port)

    monkeypatch.setattr(serving, "bound_socket", bound)
    watched.environ |= public
    await watched.restart_bot()
    assert asked == [host]


async def test_the_bot_is_ready_while_telegram_answers(watched: Family) -> None:
    assert (await got(watched, "/healthz")).text == "ok\n"
    assert (await got(watched, "/readyz")).text == "ready\n"
    watched.telegram.fails_always("getUpdates", faults.BAD_GATEWAY)
    watched.dad.says("/help")  # ends the open long poll
    await watched.clock.until_asleep("polling")
    watched.clock.advance(181)
    answer = await got(watched, "/readyz")
    assert (answer.status_code, answer.text) == (503, "Telegram has not answered for a while.\n")
    assert (await got(watched, "/healthz")).status_code == 200


async def test_the_bot_is_not_ready_while_the_database_is_away() -> None:
    async def fails() -> None:
        raise OSError("host db.example is gone")

    health = Health(clock=SteppedClock(), metrics=Metrics({}))
    health.heard()
    async with serve(health.app) as url, httpx.AsyncClient(trust_env=False) as client:
        before = await client.get(f"{url}/readyz")
        health.reads = fails
        answer = await client.get(f"{url}/readyz")
    assert (before.status_code, before.text) == (503, "The database is not open yet.\n")
    assert (answer.status_code, answer.text) == (503, "The database does not answer.\n")


async def test_a_port_that_is_taken_ends_the_start_with_a_reason(watched: Family) -> None:
    await watched.stop_bot()
    with bound_socket() as taken:
        taken.listen()
        watched.environ["PORT"] = str(taken.getsockname()[1])
        with pytest.raises(PortTaken) as ended:
            await watched.start_bot()
    assert "PORT: " in explain(ended.value)
    assert is_permanent(ended.value)
