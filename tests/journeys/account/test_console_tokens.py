"""A console token serves its own license only; its holder never gets the use of the operator's license.

It was linked before the operator had a license: with one the bot takes no token by itself.
"""

from datetime import timedelta

from bot.demo.dimo.state import License
from bot.demo.telegram.chats import Message
from bot.demo.telegram.people import Person
from tests.support.newcomers import is_answered, links_console_token, signs_in, with_token
from tests.support.world import REDIRECT_URI, Family


async def test_an_expired_console_token_gives_no_car_of_the_family(family: Family) -> None:
    """After its end a stranger's token does not even show what others share."""
    eve, linked = await _link_stranger(family, family.dimo.add_license())
    family.clock.advance(600)
    await family.taps(linked, "Look again", person=eve)
    await eve.sees("Your link to DIMO has ended.", after=linked)
    await family.says("/unlock", "no car is shared with me", person=eve)
    assert "Bluey" not in eve.private_chat.transcript()


async def test_a_token_made_for_another_app_does_not_link(family: Family) -> None:
    """Dad once signed in to Eve's app. With the token from there she must not open his car here."""
    own = family.dimo.add_license()
    eve, _ = await _link_stranger(family, own)
    taken = family.dimo.user_jwt(family.account, audience=own.client_id)
    address = with_token(await signs_in(family, eve), taken)
    await is_answered(family, address, "That token was made for another app", eve)
    await family.says("/unlock", "no car is shared with me", person=eve)
    assert "Bluey" not in eve.private_chat.transcript()


async def test_an_expired_console_token_gives_no_more_than_its_license_had(family: Family) -> None:
    """The car is shared with Eve's app for reading; the family's license must not open it for her."""
    own = family.dimo.add_license()
    family.dimo.share(family.car, own, permissions={1})
    eve, _ = await _link_stranger(family, own)
    family.clock.advance(600)
    question = await family.says("/unlock", "Unlock Bluey?", person=eve)
    await family.taps(question, "Unlock", person=eve)
    await question.becomes("Your link to DIMO has ended.")
    assert family.car.received == []


async def test_after_the_end_of_a_console_token_the_license_does_not_replace_it(family: Family) -> None:
    own = family.dimo.add_license()
    family.dimo.share(family.car, own, permissions={1, 2})
    await links_console_token(family, _console_token(family, own))
    family.clock.advance(600)
    await family.says("/lock", "Your link to DIMO has ended.")
    assert family.car.received == []


async def test_linking_an_account_replaces_a_console_token_by_the_license(family: Family) -> None:
    """Nothing of the token is left, so its end changes nothing."""
    own = family.dimo.add_license()
    family.dimo.share(family.car, own, permissions={1, 2})
    await links_console_token(family, _console_token(family, own))
    await family.link()
    family.clock.advance(600)
    await family.says("/lock", "Accepted")
    assert family.car.received == ["doors/lock"]


async def test_after_a_change_of_the_license_everybody_has_to_link_again(family: Family) -> None:
    """People who signed in for the old license have not signed in for the new one."""
    await _change_license(family)
    refused = await family.says("/lock", "Refused")
    assert "Your link to DIMO has ended." in refused.text
    assert family.car.received == []


async def test_a_new_license_does_not_use_the_sign_in_of_the_old_one(
    family: Family,
) -> None:
    """The old license's token is stored and still valid, but no car is shared with that license any more."""
    await family.says("/lock", "Accepted")
    await _change_license(family)
    await family.link()
    await family.says("/lock", "Accepted")
    assert family.car.received == ["doors/lock", "doors/lock"]


async def test_a_console_token_in_the_address_of_a_sign_in_does_not_link(family: Family) -> None:
    """The sign-in page makes no such token, so somebody put it there; not even one of the operator's license is taken."""
    eve = family.telegram.add_person("Eve")
    for license_ in (family.dimo.add_license(), family.license):
        address = with_token(await signs_in(family, eve), _console_token(family, license_))
        await is_answered(family, address, "That token was made for another app", eve)
    await family.says("/unlock", "There is no car here for you", person=eve)


async def _link_stranger(family: Family, own: License) -> tuple[Person, Message]:
    """Link, as a stranger, a console token of her own license, which is valid for a few minutes."""
    eve = family.telegram.add_person("Eve")
    return eve, await links_console_token(family, _console_token(family, own), eve)


def _console_token(family: Family, own: License) -> str:
    return family.dimo.developer_jwt(own, lifetime=timedelta(minutes=9))


async def _change_license(family: Family) -> None:
    """Set another license as the operator, and share the car with it instead of with the old one."""
    await family.stop_bot()
    new = family.dimo.add_license(redirect_uris=[REDIRECT_URI])
    family.dimo.share(family.car, new, permissions={1, 2})
    family.dimo.unshare(family.car, family.license)
    family.environ |= {"DIMO_CLIENT_ID": new.client_id, "DIMO_API_KEY": new.api_key}
    family.license = new
    await family.start_bot()
