import asyncio

import httpx
import pytest
from telegram.error import Conflict, InvalidToken

from bot.serving import serve
from tests.demo.telegram.conftest import Setting


async def listening(setting: Setting) -> None:
    """Wait until a long poll is open."""
    await setting.world.until(lambda: setting.account.updates.has_listener)


async def test_update_waits_until_it_is_acknowledged_by_a_higher_offset(setting: Setting) -> None:
    setting.ann.says("/lock")
    setting.ann.says("/unlock")
    first, second = await setting.bot.get_updates()
    assert [first.message.text, second.message.text] == ["/lock", "/unlock"]  # type: ignore[union-attr]  # both are messages
    assert list(await setting.bot.get_updates(offset=first.update_id)) == [first, second]
    assert list(await setting.bot.get_updates(offset=second.update_id)) == [second]
    assert list(await setting.bot.get_updates(offset=second.update_id + 1)) == []
    assert setting.world.updates_unacknowledged == []


async def test_negative_offset_leaves_only_the_newest(setting: Setting) -> None:
    for text in ("/a", "/b", "/c"):
        setting.ann.says(text)
    assert [u.effective_message.text for u in await setting.bot.get_updates(offset=-1)] == ["/c"]  # type: ignore[union-attr]  # a message
    assert len(setting.world.updates_unacknowledged) == 1


async def test_limit_is_kept(setting: Setting) -> None:
    for _ in range(3):
        setting.ann.says("/lock")
    assert len(await setting.bot.get_updates(limit=2)) == 2


async def test_long_poll_ends_with_the_first_update(setting: Setting) -> None:
    poll = asyncio.create_task(setting.bot.get_updates(timeout=30))
    await listening(setting)
    setting.ann.says("/lock")
    assert len(await poll) == 1


async def test_long_poll_without_updates_ends_empty(setting: Setting) -> None:
    assert await setting.account.updates.poll(offset=0, limit=1, seconds=0.01) == []
    assert not setting.account.updates.has_listener


async def test_new_long_poll_ends_the_older_one(setting: Setting) -> None:
    older = asyncio.create_task(setting.bot.get_updates(timeout=30))
    await listening(setting)
    newer = asyncio.create_task(setting.raw("getUpdates", timeout=30))
    with pytest.raises(Conflict, match="terminated by other getUpdates request"):
        await older
    setting.ann.says("/lock")
    assert len((await newer)["result"]) == 1


async def test_disconnected_long_poll_is_over(setting: Setting) -> None:
    with pytest.raises(httpx.ReadTimeout):
        await setting.http.get(f"/bot{setting.account.token}/getUpdates?timeout=30", timeout=0.05)
    await setting.world.until(lambda: not setting.account.updates.has_listener)


async def test_only_allowed_kinds_are_delivered(setting: Setting) -> None:
    await setting.bot.get_updates(allowed_updates=["callback_query"])
    setting.ann.says("/lock")
    assert list(await setting.bot.get_updates()) == []
    await setting.bot.get_updates(allowed_updates=[])
    setting.ann.says("/lock")
    assert len(await setting.bot.get_updates()) == 1


async def test_kinds_of_the_newest_clients_are_known(setting: Setting) -> None:
    """Aiogram 3.31 and grammY 1.46 list them, and a bot may ask for all kinds at once."""
    await setting.raw("getUpdates", allowed_updates=["stopped_message_generation", "subscription"])
    assert setting.world.violations == []


async def test_unknown_kind_of_update_is_a_violation(setting: Setting) -> None:
    await setting.raw("getUpdates", allowed_updates=["mesage"])
    assert len(setting.world.violations) == 1


async def test_taps_expire_before_messages(setting: Setting) -> None:
    setting.ann.says("/lock")
    setting.ann.sends_forged("x", await setting.shown())
    setting.clock.forward(seconds=151)
    assert [u.callback_query for u in await setting.bot.get_updates()] == [None]
    setting.clock.forward(hours=24)
    assert list(await setting.bot.get_updates()) == []


async def test_update_is_delivered_again_under_its_old_id(setting: Setting) -> None:
    said = setting.ann.says("/lock")
    (first,) = await setting.bot.get_updates()
    poll = asyncio.create_task(setting.bot.get_updates(offset=first.update_id + 1, timeout=30))
    await listening(setting)
    setting.world.redeliver(said)
    assert list(await poll) == [first]
    assert list(await setting.bot.get_updates(offset=first.update_id + 1)) == []


async def test_tap_is_delivered_again_even_after_a_newer_offset(setting: Setting) -> None:
    tap = setting.ann.sends_forged("x", await setting.shown())
    (first,) = await setting.bot.get_updates()
    await setting.bot.get_updates(offset=first.update_id + 1)
    setting.world.redeliver(tap)
    assert list(await setting.bot.get_updates(offset=first.update_id + 1)) == [first]


async def test_only_an_update_can_be_delivered_again(setting: Setting) -> None:
    with pytest.raises(ValueError, match="was never an update"):
        setting.world.redeliver(await setting.shown())


async def test_revoked_token_ends_the_long_poll_and_refuses_later_calls(setting: Setting) -> None:
    poll = asyncio.create_task(setting.bot.get_updates(timeout=30))
    await listening(setting)
    setting.world.revoke()
    with pytest.raises(InvalidToken):
        await poll
    with pytest.raises(InvalidToken):
        await setting.bot.get_me()


async def test_webhook_excludes_polling(setting: Setting) -> None:
    poll = asyncio.create_task(setting.bot.get_updates(timeout=30))
    await listening(setting)
    await setting.bot.set_webhook("https://bot.example.org/hook")
    with pytest.raises(Conflict, match="terminated by setWebhook request"):
        await poll
    with pytest.raises(Conflict, match="while webhook is active"):
        await setting.bot.get_updates()
    await setting.bot.delete_webhook()
    await setting.bot.get_updates()


async def test_leaving_the_server_ends_open_polls(setting: Setting) -> None:
    async with serve(setting.world.app) as url, httpx.AsyncClient(base_url=url) as http:
        poll = asyncio.create_task(http.get(f"/bot{setting.account.token}/getUpdates?timeout=30"))
        await listening(setting)
    with pytest.raises(httpx.TransportError):
        await poll
