"""The cars of a linked account: which they are, what their shares allow, what linking again keeps."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from bot.demo.dimo.car import NO_LOCK_SIGNALS, Car
from tests.support.newcomers import a_listening_bot
from tests.support.world import Family


@pytest.fixture
async def town(sqlite_url: str, key: str, signing_key: rsa.RSAPrivateKey) -> AsyncIterator[Family]:
    """A bot with a license, and dad, who has linked nothing yet."""
    async with a_listening_bot(sqlite_url, key, signing_key) as family:
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
    assert asked.labels == ["🔑 Link"]


async def test_looking_again_finds_a_car_that_was_shared_later(town: Family) -> None:
    town.dimo.unshare(town.car, town.license)
    said = await town.link()
    town.dimo.share(town.car, town.license, permissions={1, 2})
    await town.taps(said, "Look again")
    await said.becomes("Bluey")
    await town.says("/lock", "Accepted")


async def test_only_cars_of_the_wallet_that_are_shared_with_the_license_are_linked(town: Family) -> None:
    """Not a neighbour's car that is shared with the license, nor dad's car that is shared with another license."""
    neighbour = town.dimo.add_account("Neighbour").add_car(name="Nextdoor")
    town.dimo.share(neighbour, town.license, permissions={1, 2})
    private = town.account.add_car(name="Private")
    town.dimo.share(private, town.dimo.add_license(), permissions={1, 2})
    said = await town.link()
    assert [line for line in said.text.splitlines() if line.startswith("•")] == [
        "• Bluey (Tesla Model 3 2022), shared until 1 May 2027"
    ]


async def test_the_chosen_one_of_several_cars_is_named_everywhere(town: Family) -> None:
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


async def test_the_last_choice_of_a_chat_survives_a_restart(town: Family) -> None:
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


async def test_the_buttons_of_a_panel_are_for_its_car_whatever_was_chosen_since(town: Family) -> None:
    muffin = a_second_car(town)
    await town.link()
    choice = await town.says("/cars", "Which car?")
    await town.taps(choice, "Bluey")
    panel = await choice.becomes("🚗 Bluey")
    other = await town.says("/cars", "Which car?")
    await town.taps(other, "Muffin")
    await other.becomes("🚗 Muffin")
    await town.dad.sends_forged(f"a:lock:{town.car.token_id}", panel).answered()
    await town.dad.sees("Dad's Lock for Bluey")
    assert muffin.received == []


async def test_the_panel_of_the_only_car_offers_no_choice(town: Family) -> None:
    await town.link()
    assert "🚗 Cars" not in (await town.says("/car", "🚗 Bluey")).labels


async def test_a_car_that_is_only_shared_for_reading_takes_no_commands(town: Family) -> None:
    town.dimo.share(town.car, town.license, permissions={1})
    said = await town.link()
    assert "shared without commands" in said.text
    panel = await town.says("/car", "🚗 Bluey")
    await panel.becomes("🔒 Locked")
    assert "DIMO does not let me send commands to Bluey" in panel.text
    refused = await town.says("/lock", "Refused")
    assert "Its owner has not shared that permission" in refused.text
    assert "🔑 Link again" in refused.labels
    assert town.car.received == []


async def test_a_car_that_is_only_shared_for_commands_is_not_read(town: Family) -> None:
    town.dimo.share(town.car, town.license, permissions={2})
    said = await town.link()
    assert "shared without reports" in said.text
    status = await town.says("/status", "📋 Bluey")
    await status.becomes("DIMO does not let me read Bluey's reports")
    accepted = await town.says("/lock", "Accepted")
    assert "I can't read Bluey's reports" in accepted.text
    assert town.car.received == ["doors/lock"]


async def test_linking_again_keeps_the_choice_and_what_was_learned_of_the_cars(family: Family) -> None:
    """What the car reports and can't do, and which car was chosen; the new token replaces the old one."""
    muffin = a_second_car(family)
    muffin.reports = NO_LOCK_SIGNALS
    muffin.forget_reports()
    muffin.change(battery_percent=50.0)
    muffin.cannot.add("frunk/open")
    await family.link()
    choice = await family.says("/cars", "Which car?")
    await family.taps(choice, "Muffin")
    await choice.becomes("Lock not reported")
    question = await family.says("/frunk", "Open Muffin's frunk?")
    await family.taps(question, "Open frunk")
    await question.becomes("Muffin can't do this through DIMO")

    family.clock.advance(timedelta(days=2).total_seconds())
    again = await family.link()
    assert "is linked until 17 May 2026" in again.text
    panel = await family.says("/car", "🚗 Muffin")
    await panel.becomes("Lock not reported")
    assert "📦 Frunk" not in panel.labels


async def test_linking_again_does_not_need_the_old_token(town: Family) -> None:
    await town.link()
    town.clock.advance(timedelta(days=20).total_seconds())
    await town.link()
    panel = await town.says("/car", "🚗 Bluey")
    assert "has ended" not in panel.text


async def test_linking_again_removes_a_car_that_is_no_longer_shared(town: Family) -> None:
    muffin = a_second_car(town)
    await town.link()
    choice = await town.says("/cars", "Which car?")
    await town.taps(choice, "Muffin")
    panel = await choice.becomes("🚗 Muffin")
    town.dimo.unshare(muffin, town.license)
    await town.link()
    await town.says("/lock", "Dad's Lock for Bluey")
    await town.dad.sends_forged(f"a:lock:{muffin.token_id}", panel).answered()
    await town.dad.sees("That car is not linked here")
    assert muffin.received == []
