"""The menu of commands is sent to Telegram when it has changed, and no start depends on that."""

import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

from bot.demo.telegram.faults import SERVER_ERROR
from tests.support.world import a_family


async def test_a_menu_that_telegram_rejects_is_sent_again_at_the_next_start(
    sqlite_url: str, key: str, signing_key: RSAPrivateKey, caplog: pytest.LogCaptureFixture
) -> None:
    async with a_family(sqlite_url, key, signing_key) as family:
        family.telegram.fails_next("setMyCommands", SERVER_ERROR)
        await family.start_bot()
        await family.telegram.called("setMyCommands")
        await family.restart_bot()
        await family.telegram.called("setMyCommands", times=3)
        await family.restart_bot()
        await family.says("/help", "What I can do")
    told = [call.error is None for call in family.telegram.calls_of("setMyCommands")]
    assert told == [False, True, True]
    assert [r.getMessage() for r in caplog.records if "take the menu" in r.getMessage()] == [
        "Telegram did not take the menu; the next start tries again"
    ]
    assert not [record for record in caplog.records if record.exc_info]
