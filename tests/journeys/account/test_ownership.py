"""A car that changes hands at DIMO leaves the home of its former owner, and everybody there is told."""

import pytest

from bot.demo.dimo.faults import status
from bot.demo.dimo.state import Account
from tests.support.people import joins
from tests.support.world import Family

pytestmark = pytest.mark.both_databases

_TOKEN_LIFETIME = 11 * 60
"""Seconds after which a vehicle JWT has ended."""

_NOT_ANY_MORE = "Bluey has another owner now"


async def the_first_round_is_over(family: Family) -> None:
    """Let the round that follows a start pass, so that the next one is a day away."""
    family.clock.advance(await family.clock.until_asleep("comparing owners of cars") + 1)
    await family.clock.until_asleep("comparing owners of cars", after=3600)


def sold(family: Family) -> Account:
    """Sell the car: its new owner shares it with the same license."""
    buyer = family.dimo.add_account("Buyer")
    family.car.owner_wallet = buyer.wallet
    family.dimo.share(family.car, family.license, permissions={1, 2})
    return buyer


async def test_a_former_owner_opens_nothing_once_the_token_has_to_be_exchanged(family: Family) -> None:
    """The new owner's share serves the same license, so DIMO itself would still take the command."""
    teen = await joins(family, "Teen")
    await the_first_round_is_over(family)
    sold(family)
    family.clock.advance(_TOKEN_LIFETIME)
    asked = family.dad.says("/unlock")
    for person in (family.dad, teen):
        told = await person.sees(_NOT_ANY_MORE, after=asked if person is family.dad else None)
        assert told.labels == (["🔑 Link"] if person is family.dad else [])
    await family.says("/unlock", "no car is shared with me", person=family.dad)
    assert family.car.received == []


async def test_a_question_about_a_sold_car_is_closed(family: Family) -> None:
    """The exchange runs while the question is read, and finds the new owner."""
    await the_first_round_is_over(family)
    await family.takes_no_notes()  # a look for them would find the new owner before
    sold(family)
    family.clock.advance(_TOKEN_LIFETIME)
    question = await family.asks("/unlock", "Unlock Bluey?")
    await question.becomes("Cancelled")
    assert family.car.received == []


async def test_every_car_is_compared_once_a_day(family: Family) -> None:
    """Nobody has to use the car for its former owner to lose it."""
    sold(family)
    family.clock.advance(await family.clock.until_asleep("comparing owners of cars") + 1)
    await family.dad.sees(_NOT_ANY_MORE)
    await family.says("/lock", "no car is shared with me")


async def test_whoever_links_a_sold_car_has_it_alone(family: Family) -> None:
    """Linking compares at once, before any token of the former home is exchanged."""
    buyer = sold(family)
    person = family.telegram.add_person("Buyer")
    await family.link(person, buyer)
    await family.dad.sees(_NOT_ANY_MORE)
    await family.says("/lock", "no car is shared with me")
    await family.says("/lock", "Accepted", person=person)
    assert family.car.received == ["doors/lock"]


async def test_an_owner_that_dimo_does_not_name_changes_nothing(family: Family) -> None:
    """While DIMO's identity service is down, the family continues to use its car."""
    await the_first_round_is_over(family)
    sold(family)
    family.dimo.fail("identity", "query", status(503), times=None)
    family.clock.advance(_TOKEN_LIFETIME)
    await family.says("/lock", "Accepted")
    assert family.car.received == ["doors/lock"]
