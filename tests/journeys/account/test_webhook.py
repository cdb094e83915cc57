"""A bot that is reached from outside: Telegram sends the updates, and the sign-in comes back by itself."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import closing

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from hypothesis import example, given, settings
from hypothesis import strategies as st
from sqlalchemy import select
from starlette.applications import Starlette

from bot.demo.telegram.faults import DROPPED, held, refused
from bot.failures import explain
from bot.lifetime import Outside, running_bot
from bot.telegram.transport.polling import NoUpdates
from bot.web.callback import Callback
from bot.web.webhook import WEBHOOK_PATH
from storage import Database, Tx, Vault
from storage.repositories import inbox
from storage.tables import ACTIONS
from tests.support.dimo_makers import NO_CERTIFICATES
from tests.support.newcomers import a_listening_bot
from tests.support.ports import free_port
from tests.support.webhooks import PUBLIC_URL, Delivery, telegram_delivers
from tests.support.world import a_family

CALLBACK = f"{PUBLIC_URL}/dimo/callback"


@pytest.fixture
async def reached(sqlite_url: str, key: str, signing_key: RSAPrivateKey) -> AsyncIterator[Delivery]:
    """A bot with a public address, to which dad has not written yet."""
    environ = {"PUBLIC_URL": PUBLIC_URL, "PORT": str(free_port())}
    async with a_family(sqlite_url, key, signing_key) as family, telegram_delivers(family) as hook:
        family.environ |= environ
        await family.start_bot()
        yield hook


@pytest.fixture
async def returning(sqlite_url: str, key: str, signing_key: RSAPrivateKey) -> AsyncIterator[Delivery]:
    """A bot whose license has the bot's own page as its redirect URI."""
    async with a_family(sqlite_url, key, signing_key) as family, telegram_delivers(family) as hook:
        object.__setattr__(family.license, "redirect_uris", (CALLBACK,))  # registered at DIMO
        family.environ |= {"PUBLIC_URL": PUBLIC_URL, "PORT": str(free_port()), "DIMO_REDIRECT_URI": CALLBACK}
        await family.start_bot()
        yield hook


async def asked(hook: Delivery, path: str, **options: object) -> httpx.Response:
    """Ask as a browser does, without following where it leads."""
    async with httpx.AsyncClient(trust_env=False, base_url=hook.base_url) as client:
        return await client.get(path, **options)  # type: ignore[arg-type]  # what a test gives


async def lands(hook: Delivery, address: str) -> httpx.Response:
    """Follow the sign-in page's redirect, and then the bot's; returns the page that the person sees."""
    first = await asked(hook, address.removeprefix(PUBLIC_URL))
    assert first.status_code == httpx.codes.SEE_OTHER
    assert "token" not in first.headers["location"]
    return await asked(hook, first.headers["location"])


async def test_the_daily_path_goes_through_a_webhook(reached: Delivery) -> None:
    family = reached.family
    await family.link()
    panel = await family.says("/car", "Bluey")
    await family.taps(panel, "Unlock")
    question = await family.dad.sees("Unlock Bluey?", after=panel)
    await family.taps(question, "Unlock")
    await question.becomes("Accepted")
    assert family.car.received == ["doors/unlock"]
    assert set(reached.statuses) == {httpx.codes.OK}
    assert family.telegram.calls_of("getUpdates") == []


async def test_an_update_that_comes_twice_is_done_once(reached: Delivery) -> None:
    family = reached.family
    await family.link()
    said = family.dad.says("/lock")
    await family.dad.sees("Accepted", after=said)
    family.bot.updates.push_again(said.update, until=family.clock.now().max)
    await family.says("/help", "What I can do")
    await family.settles()
    assert family.car.received == ["doors/lock"]


def _has_an_action(tx: Tx) -> bool:
    return tx.connection.execute(select(ACTIONS.c.id)).first() is not None


async def test_a_slow_update_is_answered_once_it_is_stored_or_decided(reached: Delivery) -> None:
    family = reached.family
    await family.link()
    gate = asyncio.Event()
    family.telegram.fails_next("answerCallbackQuery", held(gate))
    panel = await family.says("/car", "Bluey")
    family.dad.taps(panel, "Lock")
    await family.telegram.until(lambda: not family.bot.updates.unacknowledged)
    vault = Vault.from_keys([family.environ["ENCRYPTION_KEYS"]])
    with closing(Database.open(family.environ["DATABASE_URL"], vault)) as database:
        assert database.run_now(lambda tx: bool(inbox.every(tx)) or _has_an_action(tx))
    gate.set()


async def test_a_webhook_that_somebody_removed_is_set_again(reached: Delivery) -> None:
    family = reached.family
    family.bot.webhook.url = ""
    family.clock.advance(await family.clock.until_asleep("polling"))
    await family.telegram.until(lambda: family.bot.webhook.url)
    assert family.bot.webhook.url == f"{PUBLIC_URL}{WEBHOOK_PATH}"
    assert family.environ["TELEGRAM_BOT_TOKEN"] not in family.bot.webhook.url


async def test_an_outage_of_telegram_is_waited_for(reached: Delivery) -> None:
    family = reached.family
    family.bot.webhook.url = ""
    away = family.telegram.fails_always("getWebhookInfo", DROPPED)
    family.clock.advance(await family.clock.until_asleep("polling"))
    await family.telegram.until(lambda: away.met)
    away.end()
    family.clock.advance(await family.clock.until_asleep("polling"))
    await family.telegram.until(lambda: family.bot.webhook.url)


async def test_only_telegram_is_heard(reached: Delivery) -> None:
    family = reached.family
    before = len(family.telegram.calls)
    update = json.dumps({"update_id": 1, "message": {}})
    async with httpx.AsyncClient(trust_env=False, base_url=reached.base_url) as client:
        for secret in ("", "wrong", "\u00e4"):
            headers = {b"X-Telegram-Bot-Api-Secret-Token": secret.encode("latin-1")}
            assert (await client.post(WEBHOOK_PATH, content=update, headers=headers)).status_code == 403
        headers = {b"X-Telegram-Bot-Api-Secret-Token": (family.bot.webhook.secret_token or "").encode()}
        assert (await client.post(WEBHOOK_PATH, content=b"x" * (1 << 20) + b"x", headers=headers)).status_code == 413
        for unreadable in ("", "[]", "{}", "nothing", update, '{"update_id": "x"}', "[" * 100_000):
            assert (await client.post(WEBHOOK_PATH, content=unreadable, headers=headers)).status_code == 200
    await family.says("/help", "What I can do")
    assert len(family.telegram.calls) > before


async def test_a_sign_in_comes_back_to_its_chat_by_itself(returning: Delivery) -> None:
    family = returning.family
    offer = await family.says("/link", "On the last page tap Back to Telegram")
    address = family.landing_for(family.dad.opens(offer, "Sign in"), family.account)
    page = await lands(returning, address)
    assert page.status_code == 200
    assert page.headers["Cache-Control"] == "no-store"
    assert page.headers["Referrer-Policy"] == "no-referrer"
    assert "eyJ" not in page.text
    payload = page.text.partition("?start=")[2].partition('"')[0]
    await family.says(f"/start {payload}", "is linked until")
    await family.says(f"/start {payload}", "not begun in this chat, or it has ended")


async def test_a_sign_in_that_somebody_else_was_sent_links_nobodys_account(returning: Delivery) -> None:
    """Eve sends her link to Dad; he signs in. Neither her chat nor his gets his car."""
    family = returning.family
    family.environ["LINKING"] = "anyone"
    await family.restart_bot()
    eve = family.telegram.add_person("Eve")
    offer = await family.says("/link", "Connect your DIMO account", person=eve)
    page = await lands(returning, family.landing_for(eve.opens(offer, "Sign in"), family.account))
    payload = page.text.partition("?start=")[2].partition('"')[0]
    await family.says(f"/start {payload}", "not begun in this chat")
    assert "is linked" not in eve.private_chat.last.text


async def test_what_was_not_begun_here_is_not_stored(returning: Delivery) -> None:
    for query in ("", "token=eyJ.x.y&utm=state%3D" + "a" * 22, "error=no", "token=" + "x" * 20_000):
        page = await lands(returning, f"/dimo/callback?{query}")
        assert "That did not work" in page.text
        assert "?start=" not in page.text


async def keeps_nothing(_: str) -> None:
    return None


PAGES = Starlette(routes=list(Callback(keep=keeps_nothing, chat_address="https://t.me/bot").routes))


@settings(max_examples=100, deadline=None)
@given(
    path=st.sampled_from(["/dimo/callback", "/dimo/back"]),
    fields=st.dictionaries(st.sampled_from(["state", "token", "error", "utm", ""]), st.text(max_size=80)),
)
@example(path="/dimo/back", fields={"state": "<script>"})
def test_no_address_makes_the_pages_fail_or_repeat_what_was_asked(path: str, fields: dict[str, str]) -> None:
    async def ask() -> httpx.Response:
        transport = httpx.ASGITransport(PAGES)
        async with httpx.AsyncClient(transport=transport, base_url=PUBLIC_URL, follow_redirects=True) as client:
            return await client.get(path, params=[*fields.items(), ("token", "eyJsecret")])

    answer = asyncio.run(ask())
    assert answer.status_code == httpx.codes.OK
    assert "eyJsecret" not in answer.text
    assert "<script" not in answer.text


async def test_an_address_that_telegram_does_not_take_ends_the_start_with_a_remedy(
    sqlite_url: str, key: str, signing_key: RSAPrivateKey
) -> None:
    async with a_listening_bot(sqlite_url, key, signing_key) as family:
        await family.stop_bot()
        family.environ |= {"PUBLIC_URL": PUBLIC_URL, "PORT": str(free_port())}
        family.telegram.fails_next("setWebhook", refused("Bad Request: bad webhook: IP address is reserved"))
        outside = Outside(family.machine, family.timeouts, NO_CERTIFICATES)
        with pytest.raises(NoUpdates, match=r"PUBLIC_URL: .*Correct it") as ended:
            async with running_bot(family.settings, outside) as bot:
                await bot.work()
        assert "PUBLIC_URL" in explain(ended.value)
