"""The lines about Telegram: the token, the bot's settings at BotFather, the webhook."""

import pytest

from bot.demo.telegram import faults as telegram_faults
from bot.demo.telegram.bots import Webhook
from bot.serving import App, serve
from tests.support.checkups import TELEGRAM_LINES, broken_page, check, closed_port, sign_in_page
from tests.support.world import Family


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
async def test_a_bot_that_botfather_allows_too_much_is_a_warning(
    family: Family, flag: str, subject: str, where: str
) -> None:
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
