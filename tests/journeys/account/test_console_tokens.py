"""A console token stands for its own license alone; the operator's license is never lent to whoever holds one."""

from datetime import timedelta

import pytest

from bot.demo.dimo.state import License
from bot.demo.telegram.chats import Message
from bot.demo.telegram.people import Person
from tests.support.newcomers import is_answered
from tests.support.world import REDIRECT_URI, Family


@pytest.fixture
def url(sqlite_url: str) -> str:
    """Which database it is makes no difference here."""
    return sqlite_url


async def test_an_ended_console_token_leads_to_no_car_of_the_family(family: Family) -> None:
    """A stranger's own token is worth nothing once it has ended: not even a look at what others share."""
    eve, linked = await _stranger_links(family, family.dimo.add_license())
    family.clock.advance(600)
    await family.taps(linked, "Look again", person=eve)
    await eve.sees("Your link to DIMO has ended.", after=linked)
    await family.says("/unlock", "no car is shared with me", person=eve)
    assert "Bluey" not in eve.private_chat.transcript()


async def test_a_token_for_a_strangers_app_links_no_account_here(family: Family) -> None:
    """Dad once signed in to Eve's app; what he gave her there must not open his car here."""
    own = family.dimo.add_license()
    eve, _ = await _stranger_links(family, own)
    taken = family.dimo.user_jwt(family.account, audience=own.client_id)
    await is_answered(family, taken, "That token was made for another app", eve)
    await family.says("/unlock", "no car is shared with me", person=eve)
    assert "Bluey" not in eve.private_chat.transcript()


async def test_an_ended_console_token_gives_no_more_than_its_license_had(family: Family) -> None:
    """The car is shared with Eve's app for reading; the family's license must not open it for her."""
    own = family.dimo.add_license()
    family.dimo.share(family.car, own, permissions={1})
    eve, _ = await _stranger_links(family, own)
    family.clock.advance(600)
    question = await family.says("/unlock", "Unlock Bluey?", person=eve)
    await family.taps(question, "Unlock", person=eve)
    await question.becomes("Your link to DIMO has ended.")
    assert family.car.received == []


async def test_linking_an_account_puts_the_license_in_the_place_of_a_console_token(family: Family) -> None:
    """Nothing is left of the token, so that its end takes nothing away."""
    own = family.dimo.add_license()
    family.dimo.share(family.car, own, permissions={1, 2})
    await is_answered(family, _console_token(family, own), "The console token is linked")
    await family.link()
    family.clock.advance(600)
    await family.says("/lock", "Accepted")
    assert family.car.received == ["doors/lock"]


async def test_another_license_in_the_settings_asks_everybody_to_link_again(family: Family) -> None:
    """Who signed in for the old license has given the new one nothing."""
    await _another_license_is_set(family)
    refused = await family.says("/lock", "Refused")
    assert "Your link to DIMO has ended." in refused.text
    assert family.car.received == []


async def test_another_license_in_the_settings_does_not_use_the_sign_in_of_the_old_one(
    family: Family,
) -> None:
    """The old license's own token is still good and lies in the database; DIMO shares nothing with it any more."""
    await family.says("/lock", "Accepted")
    await _another_license_is_set(family)
    await family.link()
    await family.says("/lock", "Accepted")
    assert family.car.received == ["doors/lock", "doors/lock"]


async def _stranger_links(family: Family, own: License) -> tuple[Person, Message]:
    """Let a stranger link a console token of a license of her own, good for a few minutes."""
    eve = family.telegram.add_person("Eve")
    return eve, await is_answered(family, _console_token(family, own), "The console token is linked", eve)


def _console_token(family: Family, own: License) -> str:
    return family.dimo.developer_jwt(own, lifetime=timedelta(minutes=9))


async def _another_license_is_set(family: Family) -> None:
    """Let the operator change the license, with which the car is shared in place of the old one."""
    await family.stop_bot()
    new = family.dimo.add_license(redirect_uris=[REDIRECT_URI])
    family.dimo.share(family.car, new, permissions={1, 2})
    family.dimo.unshare(family.car, family.license)
    family.environ |= {"DIMO_CLIENT_ID": new.client_id, "DIMO_API_KEY": new.api_key}
    family.license = new
    await family.start_bot()
