"""What comes with a linked account: its cars, what was shared of each, and what is kept when it is linked again."""

import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from bot.demo.car import NO_LOCK_SIGNALS, Car
from bot.demo.telegram_chats import Message
from tests.journeys.newcomers import LICENSE, NO_CAR, a_listening_bot, is_answered, user_token
from tests.world import Family


@pytest.fixture
async def town(sqlite_url: str, key: str, signing_key: rsa.RSAPrivateKey) -> AsyncIterator[Family]:
    """A bot with a license, and dad, who has linked nothing yet."""
    async with a_listening_bot(sqlite_url, key, signing_key) as family:
        yield family


@pytest.fixture
async def village(sqlite_url: str, key: str, signing_key: rsa.RSAPrivateKey) -> AsyncIterator[Family]:
    """A bot without a license, and dad, who has linked nothing yet."""
    async with a_listening_bot(sqlite_url, key, signing_key, has_license=False) as family:
        yield family


def a_second_car(family: Family, name: str = "Muffin") -> Car:
    car = family.account.add_car(name=name, make="Tesla", model="Model Y", year=2024)
    family.dimo.share(car, family.license, permissions={1, 2})
    return car


async def test_a_wallet_without_a_shared_car_is_told_how_to_share_one(town: Family) -> None:
    town.dimo.unshare(town.car, town.license)
    said = await town.link()
    assert "No car is shared with me yet" in said.text
    assert "Bluey" not in said.text
    asked = await town.says("/lock", "Your DIMO account is linked, but no car is shared with me")
    assert asked.labels == ["🔗 Link"]


async def test_a_car_that_is_shared_later_is_found_by_looking_again(town: Family) -> None:
    town.dimo.unshare(town.car, town.license)
    said = await town.link()
    town.dimo.share(town.car, town.license, permissions={1, 2})
    await town.taps(said, "Look again")
    await said.becomes("Bluey")
    await town.says("/lock", "Accepted")


async def test_only_cars_of_the_wallet_that_are_shared_with_the_license_are_linked(town: Family) -> None:
    """Neither a neighbour's car that is shared with the license, nor a car of dad's that is shared with another."""
    neighbour = town.dimo.add_account("Neighbour").add_car(name="Nextdoor")
    town.dimo.share(neighbour, town.license, permissions={1, 2})
    private = town.account.add_car(name="Private")
    town.dimo.share(private, town.dimo.add_license(), permissions={1, 2})
    said = await town.link()
    assert [line for line in said.text.splitlines() if line.startswith("•")] == [
        "• Bluey (Tesla Model 3 2022), shared until 1 May 2027"
    ]


async def test_of_several_cars_one_is_chosen_and_named_everywhere(town: Family) -> None:
    muffin = a_second_car(town)
    await town.link()
    choice = await town.says("/cars", "Which car?")
    assert {"🚗 Bluey", "🚗 Muffin"} <= set(choice.labels)
    await town.taps(choice, "Bluey")
    await choice.becomes("🚗 Bluey")
    assert "Bluey" in (await town.says("/unlock", "Unlock Bluey?")).text
    assert "Bluey" in (await town.says("/status", "📋")).text
    assert "Bluey" in (await town.says("/charge", "Start or stop charging")).text
    assert "Dad's Lock for Bluey" in (await town.says("/lock", "Accepted")).text
    assert (town.car.received, muffin.received) == (["doors/lock"], [])


async def test_the_last_choice_of_a_chat_is_remembered_across_a_restart(town: Family) -> None:
    muffin = a_second_car(town)
    await town.link()
    for name in ("Muffin", "Bluey", "Muffin"):
        choice = await town.says("/cars", "Which car?")
        await town.taps(choice, name)
        await choice.becomes(f"🚗 {name}")
    await town.restart_bot()
    await town.says("/lock", "Muffin")
    await muffin.wait_received(1)
    assert town.car.received == []


async def test_a_panel_works_its_own_car_whatever_was_chosen_since(town: Family) -> None:
    muffin = a_second_car(town)
    await town.link()
    choice = await town.says("/cars", "Which car?")
    await town.taps(choice, "Bluey")
    panel = await choice.becomes("🚗 Bluey")
    other = await town.says("/cars", "Which car?")
    await town.taps(other, "Muffin")
    await other.becomes("🚗 Muffin")
    await town.taps(panel, "Lock")
    await town.dad.sees("Dad's Lock for Bluey")
    assert muffin.received == []


async def test_with_one_car_there_is_nothing_to_choose_on_the_panel(town: Family) -> None:
    await town.link()
    assert "🚗 Cars" not in (await town.says("/car", "🚗 Bluey")).labels


async def test_a_car_shared_for_reading_only_says_so_and_takes_no_commands(town: Family) -> None:
    town.dimo.share(town.car, town.license, permissions={1})
    said = await town.link()
    assert "shared without commands" in said.text
    panel = await town.says("/car", "🚗 Bluey")
    await panel.becomes("🔒 Locked")
    assert "DIMO does not let me send commands to Bluey" in panel.text
    refused = await town.says("/lock", "Refused")
    assert "Its owner has not shared that permission" in refused.text
    assert "🔗 Link again" in refused.labels
    assert town.car.received == []


async def test_a_car_shared_for_commands_only_obeys_and_can_not_be_read(town: Family) -> None:
    town.dimo.share(town.car, town.license, permissions={2})
    said = await town.link()
    assert "shared without reports" in said.text
    status = await town.says("/status", "📋 Bluey")
    await status.becomes("DIMO does not let me read Bluey's reports")
    accepted = await town.says("/lock", "Accepted")
    assert "I can't read Bluey's reports" in accepted.text
    assert town.car.received == ["doors/lock"]


async def test_linking_again_keeps_the_choice_and_what_was_learned(family: Family) -> None:
    """What the car reports, what it can't do, and which car was meant; the new token takes the old one's place."""
    muffin = a_second_car(family)
    muffin.reports = NO_LOCK_SIGNALS
    muffin.forget_reports()
    muffin.change(battery_percent=50.0)
    muffin.cannot.add("frunk/open")
    await family.link()
    choice = await family.says("/cars", "Which car?")
    await family.taps(choice, "Muffin")
    await choice.becomes("It does not report its lock")
    question = await family.says("/frunk", "Open the front trunk of Muffin?")
    await family.taps(question, "Frunk")
    await question.becomes("Muffin can't do this through DIMO")

    family.clock.advance(timedelta(days=2).total_seconds())
    again = await family.link()
    assert "is linked until 17 May 2026" in again.text
    panel = await family.says("/car", "🚗 Muffin")
    assert "It does not report its lock" in panel.texts[0]
    assert "Not possible with this car: Frunk" in panel.texts[0]
    assert "🧳 Frunk" not in panel.labels


async def test_linking_again_does_not_need_the_old_token(town: Family) -> None:
    await town.link()
    town.clock.advance(timedelta(days=20).total_seconds())
    await town.link()
    panel = await town.says("/car", "🚗 Bluey")
    assert "has ended" not in panel.text


async def test_a_car_that_is_not_shared_any_more_goes_with_the_next_link(town: Family) -> None:
    muffin = a_second_car(town)
    await town.link()
    choice = await town.says("/cars", "Which car?")
    await town.taps(choice, "Muffin")
    panel = await choice.becomes("🚗 Muffin")
    town.dimo.unshare(muffin, town.license)
    await town.link()
    await town.says("/lock", "Dad's Lock for Bluey")
    await town.taps(panel, "Lock")
    await town.dad.sees("That car is not linked here")
    assert muffin.received == []


async def unlinked(family: Family) -> Message:
    question = await family.says("/unlink", "Unlink this chat?")
    await family.taps(question, "Unlink")
    return await question.becomes("Unlinked. The tokens are deleted here.")


async def test_unlinking_asks_first(family: Family) -> None:
    question = await family.says("/unlink", "Unlink this chat?")
    await family.taps(question, "Cancel")
    await question.becomes("Cancelled: Unlink. Nothing was deleted.")
    await family.says("/car", "🚗 Bluey")


async def test_unlinking_deletes_the_account_and_its_cars(family: Family) -> None:
    panel = await family.says("/car", "🚗 Bluey")
    said = await unlinked(family)
    assert said.labels == []
    await family.says("/lock", NO_CAR)
    await family.taps(panel, "Unlock")
    await family.dad.sees(NO_CAR, after=panel)
    assert family.car.received == []


async def test_unlinking_leaves_no_trace_of_a_token_in_the_files(town: Family) -> None:
    """Not even of the encrypted ones: a key that leaks later must not open what was deleted."""
    await town.link()
    await town.says("/lock", "Accepted")
    file = Path(town.environ["DATABASE_URL"].removeprefix("sqlite:///"))
    with closing(sqlite3.connect(file)) as database:
        sealed = [row[0] for row in database.execute("SELECT sealed FROM tokens WHERE chat_id > 0")]
    assert len(sealed) == 2
    await unlinked(town)
    assert file.with_name(f"{file.name}-wal").stat().st_size == 0
    left = b"".join(one.read_bytes() for one in file.parent.iterdir() if one.is_file())
    assert not [one for one in sealed if one in left]


async def test_unlinking_ends_the_questions_that_are_open(family: Family) -> None:
    question = await family.says("/unlock", "Unlock Bluey?")
    await unlinked(family)
    await family.taps(question, "Unlock")
    await question.becomes("Cancelled: Unlock")
    assert family.car.received == []


async def test_who_has_unlinked_can_link_again(family: Family) -> None:
    await unlinked(family)
    await family.link()
    await family.says("/lock", "Accepted")


async def test_the_log_of_what_was_done_outlives_a_link(town: Family) -> None:
    """Openings still count against the limit: unlinking does not wipe the slate."""
    await town.link()
    for _ in range(town.settings.openings_per_minute):
        question = await town.says("/unlock", "Unlock Bluey?")
        await town.taps(question, "Unlock")
        await question.becomes("Accepted")
    await unlinked(town)
    await town.link()
    await town.says("/unlock", "a lot of openings")


# A console token stands for its own license alone, and the operator's license for those who signed in with it:
# else a stranger's token would bring along every car that is shared with the family's license.


async def test_a_strangers_console_token_gives_no_way_to_the_familys_cars(town: Family) -> None:
    """Not even once it has ended: the bot's license does not step in for somebody who never signed in with it."""
    stranger, theirs = town.telegram.add_person("Stranger"), town.dimo.add_license()
    token = town.dimo.developer_jwt(theirs, lifetime=timedelta(hours=1))
    said = await is_answered(town, token, "The console token is linked", stranger)
    town.clock.advance(2 * 3600)
    await town.taps(said, "Look again", person=stranger)
    await stranger.sees("Your link to DIMO has ended", after=said)
    assert not [message for message in stranger.private_chat.messages if "Bluey" in message.text]


async def test_a_console_tokens_cars_are_not_worked_by_the_bots_license_afterwards(town: Family) -> None:
    """Dad shared his car with the stranger's license, too; that is no reason to let them use the bot's."""
    stranger, theirs = town.telegram.add_person("Stranger"), town.dimo.add_license()
    town.dimo.share(town.car, theirs, permissions={1})
    token = town.dimo.developer_jwt(theirs, lifetime=timedelta(hours=1))
    await is_answered(town, token, "Bluey", stranger)
    town.clock.advance(2 * 3600)
    asked = stranger.says("/lock")
    await stranger.sees("Your link to DIMO has ended", after=asked)
    assert town.car.received == []


async def test_a_token_for_a_strangers_app_is_not_taken_beside_their_console_token(town: Family) -> None:
    """Dad once signed in to the stranger's app; with that token and a console token of theirs they come here."""
    stranger, theirs = town.telegram.add_person("Stranger"), town.dimo.add_license()
    console = town.dimo.developer_jwt(theirs, lifetime=timedelta(hours=1))
    taken = town.dimo.user_jwt(town.account, audience=theirs.client_id)
    await is_answered(town, console, "The console token is linked", stranger)
    said = await is_answered(town, taken, "made for another app", stranger)
    town.clock.advance(2 * 3600)
    await town.taps(said, "Link", person=stranger)
    asked = stranger.says("/car")
    await stranger.sees("no car is shared with me", after=asked)


async def test_signing_in_takes_the_place_of_a_console_token(town: Family) -> None:
    console = town.dimo.add_license()
    town.dimo.share(town.car, console, permissions={1})
    await is_answered(town, town.dimo.developer_jwt(console), "shared without commands")
    await town.link()
    await town.says("/lock", "Accepted")
    town.clock.advance(timedelta(days=13).total_seconds())
    assert not [message for message in town.dad.private_chat.messages if "console token ends" in message.text]


async def test_a_token_of_another_app_gains_no_power_when_a_license_is_set_later(village: Family) -> None:
    taken = village.dimo.user_jwt(village.account, audience=village.dimo.add_license().client_id)
    await is_answered(village, taken, "Your DIMO account is linked")
    await sets_the_license(village)
    await village.says("/lock", "Your link to DIMO has ended")
    assert village.car.received == []


async def test_a_token_of_the_bots_own_app_has_power_once_the_license_is_set(village: Family) -> None:
    await is_answered(village, user_token(village), "Your DIMO account is linked")
    await sets_the_license(village)
    await village.says("/lock", "Accepted")


async def sets_the_license(family: Family) -> None:
    """Stop the bot, put the license into its settings, and start it again."""
    await family.stop_bot()
    own = family.license
    family.environ |= dict(zip(LICENSE, (own.client_id, own.redirect_uris[0], own.api_key), strict=True))
    await family.start_bot()
