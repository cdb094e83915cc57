"""The watch is off until somebody turns it on; then each new code is announced once, across restarts and processes."""

import asyncio
from contextlib import closing

import pytest

from bot.demo.telegram.chats import Message
from bot.demo.telegram.faults import BLOCKED, SERVER_ERROR, held
from storage import Database, Vault
from storage.repositories import code_watches
from tests.support.clocks import SteppedClock
from tests.support.world import Family

HOUR = 3600.0


def reports(family: Family, *codes: str) -> None:
    """Make the car report these codes, and no others."""
    family.car.change(trouble_codes=codes)


async def the_setting(family: Family) -> Message:
    """Open the setting from the history."""
    history = await family.says("/codes", "error codes")
    await family.taps(history, "Watch")
    return await family.dad.sees("watch for new codes", after=history)


async def watched(family: Family, every: str = "Every 6 hours") -> Message:
    """Turn the watch on; codes that the car reports now are not new."""
    setting = await the_setting(family)
    await family.taps(setting, every)
    return await setting.becomes(f"{every} I look at its codes.")


async def next_look(family: Family) -> None:
    """Let time pass until the next check of the car, and wait until it is over."""
    await family.dimo.wait_calls("telemetry", "query", 1)
    looks = len(family.dimo.calls_of("telemetry", "query"))
    wait = await family.clock.until_asleep("looking for new codes later", within=25 * HOUR)
    family.clock.advance(wait)
    await family.dimo.wait_calls("telemetry", "query", looks + 1)
    await rests(family.clock)


async def rests(clock: SteppedClock) -> None:
    """Let the pauses after a check pass, until the bot waits for the next one."""
    while (wait := await clock.until_asleep("looking for new")) <= 2.0:
        clock.advance(wait)


def told(family: Family) -> list[str]:
    """Return the codes of each announcement in the chat."""
    news = [message.text for message in family.dad.private_chat.from_bot if "new error code" in message.text]
    return ["\n".join(line.split(" – ")[0] for line in text.splitlines() if " – " in line) for text in news]


# Off and on


async def test_the_watch_is_off_until_somebody_turns_it_on(family: Family) -> None:
    reports(family, "P0106")
    setting = await the_setting(family)
    assert setting.text.startswith("👁 Bluey: watch for new codes\nOff.")
    assert "costs DIMO credits" in setting.text
    assert setting.labels == ["Every hour", "Every 6 hours", "Every day", "🔧 Codes"]
    await family.dimo.wait_calls("telemetry", "query", 1)
    looks = len(family.dimo.calls_of("telemetry", "query"))
    family.clock.advance(48 * HOUR)
    await family.settles()
    assert len(family.dimo.calls_of("telemetry", "query")) == looks
    assert told(family) == []


async def test_a_new_code_is_told_once_and_what_was_there_before_is_not(family: Family) -> None:
    reports(family, "P0106")
    setting = await watched(family)
    assert "It reports now: P0106. You know these, so I stay quiet about them." in setting.text
    assert setting.labels == ["Every hour", "✅ Every 6 hours", "Every day", "Off", "🔧 Codes"]
    await next_look(family)
    assert told(family) == []
    reports(family, "P0106", "P0301")
    await next_look(family)
    news = await family.dad.sees("🔧 Bluey: a new error code\nP0301 – Cylinder 1 misfire\nReported ", after=setting)
    assert news.labels == ["🔎 Explain it", "🔕 Mute", "🔧 Codes"]
    await next_look(family)
    await family.restart_bot()
    await next_look(family)
    assert told(family) == ["P0301"]


async def test_several_new_codes_are_told_in_one_message(family: Family) -> None:
    await watched(family)
    reports(family, "P0106", "P0301", "P0420")
    await next_look(family)
    news = await family.dad.sees("🔧 Bluey: 3 new error codes")
    await family.taps(news, "Explain these 3")
    await news.becomes("The code P0301 tells")
    assert [code for code, _ in family.car.code_queries[0].codes] == ["P0106", "P0301", "P0420"]
    assert told(family) == []  # the message shows their explanation now


# The interval


async def test_another_interval_or_none_can_be_set_at_any_time(family: Family) -> None:
    setting = await watched(family)
    await family.taps(setting, "Every hour")
    await setting.becomes("Every hour I look at its codes.")
    assert await family.clock.until_asleep("looking for new codes later", within=HOUR) >= HOUR / 2 - 1
    await family.taps(setting, "Off")
    await setting.becomes("Off. I can look every so often")
    await family.dimo.wait_calls("telemetry", "query", 1)
    looks = len(family.dimo.calls_of("telemetry", "query"))
    reports(family, "P0106")
    family.clock.advance(48 * HOUR)
    await family.settles()
    assert len(family.dimo.calls_of("telemetry", "query")) == looks


# Explained, muted


async def test_the_new_code_is_explained_with_one_tap_and_sent_once(family: Family) -> None:
    await watched(family)
    reports(family, "P0301")
    await next_look(family)
    news = await family.dad.sees("a new error code")
    send = news.buttons[0].callback_data or ""
    for _ in range(2):
        family.dad.taps(news, "Explain it")
    await news.becomes("The code P0301 tells")
    assert "The car's own codes. Asked by Dad, " in news.text
    family.dad.sends_forged(send, news)
    await family.settles()
    assert len(family.car.code_queries) == 1


async def test_what_was_muted_stays_so_while_the_watch_is_off(family: Family) -> None:
    setting = await watched(family, "Every day")
    reports(family, "P0301")
    await next_look(family)
    await family.taps(await family.dad.sees("a new error code"), "Mute")
    setting = await family.dad.sees("Muted: P0301.", after=setting)
    await family.taps(setting, "Off")
    await setting.becomes("Off. I can look")
    assert "Muted: P0301." in setting.text
    reports(family)
    await family.dimo.wait_calls("telemetry", "query", 1)
    looks = len(family.dimo.calls_of("telemetry", "query"))
    family.clock.advance(48 * HOUR)
    await family.restart_bot()
    assert len(family.dimo.calls_of("telemetry", "query")) == looks
    setting = await watched(family, "Every day")
    assert "Muted: P0301." in setting.text
    reports(family, "P0301", "P0302")
    await next_look(family)
    assert told(family) == ["P0301", "P0302"]
    await family.taps(setting, "Unmute all")
    await setting.becomes(lambda shown: "Muted" not in shown.text)


# Several processes, crashes, and unreachable chats


@pytest.mark.both_databases
async def test_two_bots_on_one_database_tell_a_new_code_once(family: Family) -> None:
    await watched(family)
    await family.takes_no_notes()
    reports(family, "P0301")
    await family.dimo.wait_calls("telemetry", "query", 1)
    looks = len(family.dimo.calls_of("telemetry", "query"))
    async with family.another_bot() as clock:
        wait = await family.clock.until_asleep("looking for new codes later", within=7 * HOUR)
        await clock.until_asleep("looking for new codes later", within=7 * HOUR)
        for one in (family.clock, clock):
            one.advance(wait + 1)
        await family.dad.sees("a new error code")
        for one in (family.clock, clock):
            await rests(one)
    assert told(family) == ["P0301"]
    assert len(family.dimo.calls_of("telemetry", "query")) == looks + 1


async def test_what_was_learned_and_not_told_before_a_crash_is_told_after_it(family: Family) -> None:
    """The bot stored the code and died before Telegram took the message."""
    await watched(family)
    reports(family, "P0301")
    dying = family.telegram.fails_next("sendMessage", held(asyncio.Event()))
    family.clock.advance(await family.clock.until_asleep("looking for new codes later", within=7 * HOUR))
    await family.telegram.until(lambda: dying.met)
    await family.restart_bot()
    assert told(family) == []
    await next_look(family)
    assert told(family) == ["P0301"]
    await next_look(family)
    assert told(family) == ["P0301"]


async def test_a_code_that_telegram_did_not_take_is_told_when_it_is_back(family: Family) -> None:
    """Half an hour later, not a whole interval; without a time, because the car no longer reports the code."""
    await watched(family)
    reports(family, "P0301")
    away = family.telegram.fails_always("sendMessage", SERVER_ERROR)
    family.clock.advance(await family.clock.until_asleep("looking for new codes later", within=7 * HOUR))
    for _ in range(3):
        family.clock.advance(await family.clock.until_asleep("looking for new error codes", within=6.0))
    await family.telegram.until(lambda: away.met == 4)
    await rests(family.clock)
    away.end()
    reports(family)
    assert await family.clock.until_asleep("looking for new codes later") <= 30 * 60
    await next_look(family)
    assert told(family) == ["P0301"]
    assert "Reported" not in (await family.dad.sees("a new error code")).text


async def test_a_code_that_a_blocked_chat_could_not_be_told_is_told_once_it_is_open_again(
    family: Family,
) -> None:
    await watched(family)
    reports(family, "P0301")
    blocked = family.telegram.fails_always("sendMessage", BLOCKED)
    for _ in range(2):
        await next_look(family)
    assert blocked.met == 2  # once each interval: a blocked chat is not tried sooner
    blocked.end()
    await next_look(family)
    await next_look(family)
    assert told(family) == ["P0301"]


# The end


async def test_unlinking_ends_the_watch_and_forgets_it(family: Family, url: str, vault: Vault) -> None:
    reports(family, "P0106")
    await watched(family)
    question = await family.says("/unlink", "Unlink this chat?")
    await family.taps(question, "Unlink")
    await question.becomes("Unlinked.")
    await family.dimo.wait_calls("telemetry", "query", 1)
    looks = len(family.dimo.calls_of("telemetry", "query"))
    family.clock.advance(48 * HOUR)
    await family.says("/privacy", "What I keep")
    assert len(family.dimo.calls_of("telemetry", "query")) == looks
    with closing(Database.open(url, vault)) as database:
        assert database.run_now(code_watches.next_due) is None
    await family.link()
    assert "Off." in (await the_setting(family)).text
