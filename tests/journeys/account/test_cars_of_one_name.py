"""Cars of the same name are distinguishable on every button, in every question, outcome, note and log line."""

from collections.abc import AsyncIterator

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from tests.support.newcomers import a_listening_bot
from tests.support.people import a_group, joins, says_there
from tests.support.world import Family


@pytest.fixture
async def town(sqlite_url: str, key: str, signing_key: rsa.RSAPrivateKey) -> AsyncIterator[Family]:
    """A bot with a license, and dad, who has linked nothing yet. He has two cars that are called Bluey."""
    async with a_listening_bot(sqlite_url, key, signing_key) as family:
        other = family.account.add_car(name=" bluey", make="Tesla", model="Model Y", year=2024)
        family.dimo.share(other, family.license, permissions={1, 2})
        yield family


async def test_two_cars_of_one_account_are_told_apart_wherever_one_is_named(town: Family) -> None:
    said = await town.link()
    assert "Bluey (2022)" in said.text
    assert "bluey (2024)" in said.text
    choice = await town.says("/cars", "Which car?")
    assert {"🚗 Bluey (2022)", "🚗 bluey (2024)"} <= set(choice.labels)
    await town.taps(choice, "bluey (2024)")
    await choice.becomes("🚗 bluey (2024)")
    await town.says("/status", "📋 bluey (2024)")
    await town.says("/charge", "Start or stop charging bluey (2024)?")
    await town.says("/codes", "🔧 bluey (2024): error codes")
    question = await town.says("/unlock", "Unlock bluey (2024)?")
    await town.taps(question, "Unlock")
    await question.becomes("Dad's Unlock for bluey (2024)")
    await town.says("/lock", "Dad's Lock for bluey (2024)")
    assert (await town.says("/log", "Lock, bluey (2024)")).text.count("bluey (2024)") == 2


async def test_cars_of_two_owners_are_told_apart_in_a_group(town: Family) -> None:
    """Also for somebody who may use one of them only: everybody in the group reads the question and the outcome."""
    town.dimo.unshare(town.account.cars[-1], town.license)
    await town.link()
    ann, kitt = await town.add_relative("Ann", "Bluey")
    kitt.year, kitt.model = town.car.year, town.car.model
    await town.link(ann, town.dimo.accounts[kitt.owner_wallet.lower()])
    teen = await joins(town, "Teen")
    group = await a_group(town, ann, teen)
    await says_there(group, teen, "/lock", "Teen's Lock for Bluey")
    ann.says(f"/start@{town.bot.username} share", chat=group)
    await ann.sees("Ann shares Bluey (Ann) here", chat=group)
    await says_there(group, teen, "/unlock", "Unlock Bluey (Dad)?")
    await says_there(group, ann, "/unlock", "Unlock Bluey (Ann)?")
