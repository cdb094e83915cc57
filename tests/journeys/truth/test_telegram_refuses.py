"""What Telegram refuses, loses or delays, markup in names, and old buttons."""

from collections.abc import AsyncIterator

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from bot.demo.telegram import faults
from bot.demo.telegram.chats import Message
from tests.support.newcomers import a_listening_bot
from tests.support.world import Family

NASTY = "<b>&"


@pytest.fixture
async def home(sqlite_url: str, key: str, signing_key: rsa.RSAPrivateKey) -> AsyncIterator[Family]:
    """A family with a linked account and a listening bot, on SQLite."""
    async with a_listening_bot(sqlite_url, key, signing_key) as family:
        await family.link()
        yield family


async def still_works(family: Family) -> None:
    await family.says("/lock", "Accepted")


# What Telegram refuses


async def test_a_blocked_bot_still_does_what_was_requested(home: Family) -> None:
    blocked = home.telegram.fails_always("sendMessage", faults.BLOCKED)
    home.dad.says("/lock")
    await home.car.wait_received(1)
    home.dad.says("/unlock")
    await home.telegram.until(lambda: blocked.met == 2)
    blocked.end()
    await home.says("/privacy", "What I keep")
    assert home.car.received == ["doors/lock"]


async def test_an_outcome_whose_message_is_gone_is_shown_in_a_new_one(home: Family) -> None:
    home.car.change(locked=False)
    accepted = await home.says("/lock", "Accepted")
    home.dad.deletes(accepted)
    await home.look()
    await home.dad.sees("Confirmed: 🔒 Dad locked Bluey", after=accepted)


async def test_a_message_that_already_says_the_same_is_left_unchanged(home: Family) -> None:
    home.car.change(locked=False)
    await home.says("/lock", "Accepted")
    refused = faults.refused("Bad Request: message is not modified: specified new message content and so on")
    trouble = home.telegram.fails_next("editMessageText", refused)
    await home.look()
    await home.telegram.until(lambda: trouble.met)
    await home.says("/privacy", "What I keep")
    assert len([message for message in home.dad.private_chat.from_bot if "Lock" in message.text]) == 1


async def test_a_refresh_that_changes_nothing_does_no_harm(home: Family) -> None:
    status = await home.says("/status", "📋 Bluey")
    await status.becomes(lambda message: "Asking" not in message.text)
    home.clock.advance(20)
    for _ in range(2):
        await home.taps(status, "🔄 Refresh")
    await still_works(home)


@pytest.mark.parametrize(
    ("fault", "seconds"),
    [(faults.flood(7), 7), (faults.SERVER_ERROR, 0.5), (faults.BAD_GATEWAY, 0.5), (faults.DROPPED, 0.5)],
    ids=["429", "500", "502", "dropped"],
)
async def test_an_answer_that_telegram_did_not_accept_is_sent_again(
    home: Family, fault: faults.Fault, seconds: float
) -> None:
    trouble = home.telegram.fails_next("sendMessage", fault)
    asked = home.dad.says("/lock")
    await home.telegram.until(lambda: trouble.met)
    await home.clock.until_somebody_sleeps(seconds)
    home.clock.advance(seconds)
    await home.dad.sees("Accepted", after=asked)
    assert home.car.received == ["doors/lock"]


async def test_nothing_is_sent_before_the_pause_that_telegram_asks_for_is_over(home: Family) -> None:
    trouble = home.telegram.fails_next("sendMessage", faults.flood(7))
    asked = home.dad.says("/help")
    await home.telegram.until(lambda: trouble.met)
    await home.clock.until_somebody_sleeps(7)
    home.clock.advance(6)
    await home.telegram.until(lambda: home.bot.updates.has_listener)
    assert home.dad.private_chat.find("", after=asked) is None
    home.clock.advance(1)
    await home.dad.sees("What I can do", after=asked)


async def test_an_answer_that_may_be_lost_is_sent_twice_rather_than_never(home: Family) -> None:
    trouble = home.telegram.fails_next("sendMessage", faults.ANSWER_LOST)
    asked = home.dad.says("/help")
    await home.telegram.until(lambda: trouble.met)
    await home.clock.until_somebody_sleeps(0.5)
    home.clock.advance(0.5)
    await home.telegram.called("sendMessage")
    await home.dad.sees("What I can do", after=asked)
    await still_works(home)


async def test_people_get_plain_text_if_telegram_does_not_know_a_tag(home: Family) -> None:
    """A local Bot API server may be older than the tags that show times."""
    fault = faults.refused('Bad Request: can\'t parse entities: Unsupported start tag "tg-time" at byte offset 5')
    home.telegram.fails_always("sendMessage", fault, when=lambda params: params.get("parse_mode"))
    panel = await home.says("/car", "🚗 Bluey")
    assert "<" not in panel.text
    assert "🔒 Lock" in panel.labels


async def test_the_bot_survives_a_group_that_becomes_a_supergroup(home: Family) -> None:
    group = home.telegram.add_group("Family", [home.dad])
    await home.stop_bot()
    home.dad.says("/lock", chat=group)
    supergroup = group.becomes_supergroup()
    await home.start_bot()
    await home.dad.sees("No car is shared in this group.", chat=supergroup)
    await still_works(home)


async def test_the_bot_survives_its_removal_from_a_group(home: Family) -> None:
    group = home.telegram.add_group("Family", [home.dad])
    await home.stop_bot()
    home.dad.says("/lock", chat=group)
    group.leaves(home.bot, by=home.dad, status="kicked")
    await home.start_bot()
    await still_works(home)


async def test_a_tap_under_a_message_that_is_gone_is_answered(home: Family) -> None:
    """Telegram then sends only the number of the message."""
    panel = await home.says("/car", "🚗 Bluey")
    home.dad.deletes(panel)
    await home.dad.sends_forged(f"a:lock:{home.car.token_id}", panel).answered()
    await home.dad.sees("Accepted", after=panel)


# Markup in names


@pytest.fixture
async def nasty(home: Family) -> Family:
    """The car and dad are both called `<b>&`."""
    home.car.name = home.dad.first_name = NASTY
    await home.link()
    return home


def is_plain(message: Message) -> bool:
    """Return whether a name is shown unchanged and formats only itself."""
    return NASTY in message.text and all(
        message.text[entity["offset"] : entity["offset"] + entity["length"]].strip("🚗📋 ") != "&"
        for entity in message.entities
        if entity["type"] == "bold"
    )


async def test_markup_in_names_is_shown_as_it_is(nasty: Family) -> None:
    for command in ("/car", "/status", "/charge", "/lock"):
        assert is_plain(await nasty.says(command, NASTY)), command
    question = await nasty.says("/unlock", f"Unlock {NASTY}?")
    assert f"{NASTY} has 60 seconds to confirm" in question.text
    await nasty.taps(question, "Unlock")
    accepted = await question.becomes("Accepted")
    assert f"{NASTY}'s Unlock for {NASTY}" in accepted.text


async def test_markup_in_the_name_of_a_car_does_no_harm_on_a_button(nasty: Family) -> None:
    other = nasty.account.add_car(name="</b>\n\n&amp;" * 20)
    nasty.dimo.share(other, nasty.license, permissions={1, 2})
    await nasty.link()
    choice = await nasty.says("/cars", "Which car?")
    assert f"🚗 {NASTY}" in choice.labels


# Old buttons


async def test_the_buttons_of_a_car_that_is_gone_say_so(home: Family) -> None:
    other = home.account.add_car(name="Muffin")
    home.dimo.share(other, home.license, permissions={1, 2})
    panel = await home.says("/car", "🚗 Bluey")
    home.dimo.unshare(home.car, home.license)
    await home.link()
    for data in (f"a:lock:{home.car.token_id}", f"a:unlock:{home.car.token_id}", f"rp:{home.car.token_id}"):
        newest = home.dad.private_chat.last
        await home.dad.sends_forged(data, panel).answered()
        await home.dad.sees("That car is not linked here", after=newest)
    assert home.car.received == []


@pytest.mark.parametrize("data", ["a:fly:1", "owner", "", "y:", "\x00", "🚗" * 16])
async def test_buttons_that_this_version_does_not_know_say_so(home: Family, data: str) -> None:
    panel = await home.says("/car", "🚗 Bluey")
    await home.dad.sends_forged(data, panel).answered()
    await home.dad.sees(lambda message: "That button is out of date" in message.text or "gone" in message.text)
    assert home.car.received == []


async def test_every_button_of_the_panel_is_answered(home: Family) -> None:
    panel = await home.says("/car", "🚗 Bluey")
    for button in panel.buttons:
        if button.url is None:
            await home.taps(panel, button.text)


async def test_a_question_that_could_not_be_closed_is_closed_a_minute_later(home: Family) -> None:
    question = await home.asks("/unlock", "Unlock Bluey?")
    home.telegram.fails_next("editMessageText", faults.SERVER_ERROR, times=4)
    home.clock.advance(61)
    for pause in (0.5, 2.0, 5.0):
        await home.clock.until_somebody_sleeps(pause)
        home.clock.advance(pause)
    await home.clock.until_asleep("closing questions later", within=60.1)
    home.clock.advance(61)
    await question.becomes("⌛ Expired: Unlock. Nothing was sent.")


async def test_a_question_that_could_not_be_closed_is_closed_by_the_next_start(home: Family) -> None:
    question = await home.asks("/unlock", "Unlock Bluey?")
    trouble = home.telegram.fails_always("editMessageText", faults.DROPPED)
    home.dad.taps(question, "Cancel")
    await home.telegram.called("editMessageText")
    await home.stop_bot()
    assert "Unlock Bluey?" in question.text
    trouble.end()
    await home.start_bot()
    await question.becomes("Cancelled: Unlock. Nothing was sent.")


async def test_a_tap_that_could_not_be_answered_is_answered_once_more(home: Family) -> None:
    panel = await home.says("/car", "Bluey")
    home.telegram.fails_next("answerCallbackQuery", faults.SERVER_ERROR)
    tap = home.dad.taps(panel, "Lock")
    await home.dad.sees("Accepted", after=panel)
    home.clock.advance(await home.clock.until_asleep("answering a tap again"))
    await tap.answered()
    assert len(home.telegram.calls_of("answerCallbackQuery")) == 2
