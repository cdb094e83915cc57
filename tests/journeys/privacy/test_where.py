"""Where the car is: only for whom the owner allows it, only with its location shared, and every look is in the log."""

from collections.abc import AsyncIterator, Collection

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from bot.demo.dimo import login
from bot.demo.dimo.car import START, Location
from bot.demo.telegram import faults
from bot.demo.telegram.attachments import Venue
from bot.demo.telegram.chats import Message
from bot.demo.telegram.people import Person
from tests.support.newcomers import a_listening_bot
from tests.support.people import a_group, joins, says_there
from tests.support.world import Family

NOT_ALLOWED = "The car's owner decides who may see where it is."
NOT_SHARED = "Bluey's location is not shared with me."
GARAGE = Location(48.137154, 11.576124, 0.0)


@pytest.fixture
async def home(sqlite_url: str, key: str, signing_key: rsa.RSAPrivateKey) -> AsyncIterator[Family]:
    """A family with a linked account and a listening bot, on SQLite."""
    async with a_listening_bot(sqlite_url, key, signing_key) as family:
        await family.link()
        yield family
        assert family.telegram.violations == []
        assert family.dimo.violations == []


async def shares(home: Family, permissions: Collection[int] = (1, 2, 4)) -> None:
    home.dimo.share(home.car, home.license, permissions=set(permissions))
    await home.link()


async def pinned(home: Family, person: Person | None = None) -> tuple[Venue, Message]:
    """Ask where the car is, and wait for the pin."""
    person = person or home.dad
    shown = await person.sees(lambda message: message.venue is not None, after=person.says("/where"))
    assert shown.venue is not None
    return shown.venue, shown


async def allows(home: Family, choice: str) -> None:
    settings = await home.says("/settings", "Next: tap what you want to change.")
    await home.taps(settings, "📍 Where it is")
    await settings.becomes("Who may ask where the car is?")
    await home.taps(settings, choice)
    await settings.becomes("Next: tap what you want to change.")


def exchanged(home: Family) -> int:
    return len(home.dimo.calls_of("token-exchange", "exchange"))


async def test_a_pin_shows_where_the_car_is_how_exactly_and_since_when(home: Family) -> None:
    await shares(home)
    home.clock.advance(300)
    venue, message = await pinned(home)
    assert (venue.latitude, venue.longitude) == START[:2]
    assert venue.title == "Bluey"
    assert venue.address == "12:00 UTC (5 minutes ago). Exact to about 6 m."
    (route,) = message.buttons
    assert route.text == "🧭 Route"
    assert route.url == "https://www.google.com/maps/dir/?api=1&destination=52.516275%2C13.377704"


async def test_the_pin_follows_the_car(home: Family) -> None:
    await shares(home)
    home.car.drives_to(GARAGE)
    venue, _ = await pinned(home)
    assert (venue.latitude, venue.longitude) == GARAGE[:2]
    assert venue.address.endswith("How exact that is, it does not say.")


async def test_the_owner_shares_the_location_by_a_sign_in_that_keeps_the_rest(home: Family) -> None:
    asked = exchanged(home)
    refused = await home.says("/where", NOT_SHARED)
    assert exchanged(home) == asked
    await home.taps(refused, "Share the location")
    offer = await home.dad.sees("Share the location of your car", after=refused)
    address = home.dad.opens(offer, "Sign in")
    assert "permissions=1101&" in address
    landing = login.sign_in(home.dimo, address, home.account, share=[home.car])
    await home.dad.sees("is linked until", after=home.dad.says(landing))
    await pinned(home)
    await home.says("/lock", "Accepted")


async def test_linking_again_keeps_the_location_that_is_shared(home: Family) -> None:
    offer = await home.says("/link", "Connect your DIMO account")
    assert "permissions=11&" in home.dad.opens(offer, "Sign in")
    await shares(home)
    offer = await home.says("/link", "Connect your DIMO account")
    assert "permissions=1101&" in home.dad.opens(offer, "Sign in")


async def test_a_location_that_was_taken_back_at_dimo_is_said_to_be_missing(home: Family) -> None:
    await shares(home)
    home.dimo.share(home.car, home.license, permissions={1, 2})
    await home.says("/where", NOT_SHARED)
    await home.says("/lock", "Accepted")


async def test_a_rough_area_is_said_to_be_that(home: Family) -> None:
    await shares(home, (1, 2, 8))
    venue, _ = await pinned(home)
    assert (venue.latitude, venue.longitude) != START[:2]
    assert abs(venue.latitude - START.latitude) < 0.05
    assert venue.address.endswith("Only the rough area is shared, some kilometres wide.")


async def test_a_car_that_never_said_where_it_is_has_no_pin(home: Family) -> None:
    await shares(home)
    home.car.forget_reports()
    await home.says("/where", "Bluey has not reported where it is.")
    log = await home.says("/log", "Log")
    assert "looked" not in log.text


async def test_words_and_the_way_are_shown_where_telegram_takes_no_pin(home: Family) -> None:
    await shares(home)
    home.telegram.fails_always("sendVenue", faults.refused("Bad Request: VENUE_ID_INVALID"))
    words = await home.says("/where", "Exact to about 6 m.")
    assert words.labels == ["🧭 Route"]


async def test_nobody_but_the_owner_asks_unless_the_owner_allows_it(home: Family) -> None:
    await shares(home)
    teen, gran = await joins(home, "Teen"), await joins(home, "Gran", role="Guest")
    asked = exchanged(home)
    for person in (teen, gran):
        await home.says("/where", NOT_ALLOWED, person=person)
        assert "/where" not in (await home.says("/help", "What I can do", person=person)).text
    assert exchanged(home) == asked
    await allows(home, "Drivers, too")
    await pinned(home, teen)
    await home.says("/where", NOT_ALLOWED, person=gran)
    await allows(home, "Drivers and guests")
    await pinned(home, gran)
    await allows(home, "Only me")
    await home.says("/where", NOT_ALLOWED, person=teen)


async def test_the_button_is_on_the_panel_of_whoever_may_ask(home: Family) -> None:
    await shares(home)
    teen = await joins(home, "Teen")
    for choice, has_button in (("Only me", False), ("Drivers, too", True)):
        await allows(home, choice)
        panel = await home.says("/car", "🚗 Bluey", person=teen)
        await home.taps(panel, "More", person=teen)
        await panel.becomes(lambda message: "⬅️ Back" in message.labels)
        assert ("📍 Where" in panel.labels) is has_button
    await home.taps(panel, "Where", person=teen)
    await teen.sees(lambda message: message.venue is not None, after=panel)


async def test_a_member_reads_whom_to_ask_for_the_location(home: Family) -> None:
    teen = await joins(home, "Teen")
    await allows(home, "Drivers, too")
    refused = await home.says("/where", f"{NOT_SHARED}\nNext: ask Dad, who can share it.", person=teen)
    assert refused.labels == []


async def test_every_look_is_in_the_log_of_everybody_who_could_use_the_car(home: Family) -> None:
    await shares(home)
    teen = await joins(home, "Teen")
    await pinned(home)
    home.clock.advance(60)
    gran = await joins(home, "Gran")
    await allows(home, "Drivers, too")
    await pinned(home, teen)
    looked = ["📍 Teen: looked where the car was, Bluey", "📍 Dad: looked where the car was, Bluey"]
    for person, lines in ((home.dad, looked), (teen, looked), (gran, looked[:1])):
        log = await home.says("/log", "Log", person=person)
        assert [line for line in log.text.splitlines() if "looked" in line] == lines


async def test_a_forgotten_persons_looks_stay_as_nobodys(home: Family) -> None:
    await shares(home)
    teen = await joins(home, "Teen")
    await allows(home, "Drivers, too")
    await pinned(home, teen)
    question = await home.says("/forget", "Forget you?", person=teen)
    await home.taps(question, "Forget me", person=teen)
    await teen.sees("Forgotten.")
    log = await home.says("/log", "Log")
    assert "📍 Forgotten person: looked where the car was, Bluey" in log.text


async def test_a_group_is_not_told_where_the_car_is(home: Family) -> None:
    await shares(home)
    group = await a_group(home)
    await says_there(group, home.dad, "/where", "That is done in the private chat with me.")
    assert not [message for message in group.history if message.venue is not None]
