from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from bot.demo.dimo import faults as dimo_faults
from bot.demo.dimo import login as dimo_login
from bot.demo.telegram import faults as telegram_faults
from bot.demo.telegram.users import User
from tests.support.newcomers import (
    FORGED,
    LICENSE,
    NO_CAR,
    Forge,
    a_listening_bot,
    for_another_app,
    is_answered,
    links_console_token,
    signs_in,
    user_token,
    with_token,
)
from tests.support.world import REDIRECT_URI, Family


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


async def test_signing_in_and_sending_back_the_address_links_the_account(town: Family) -> None:
    """The simulated page is as strict as DIMO's, and shares for a year what the bot asks for."""
    town.dimo.unshare(town.car, town.license)
    offer = await town.says("/link", "Connect your DIMO account")
    link = town.dad.opens(offer, "Sign in")
    landing = dimo_login.sign_in(town.dimo, link, town.account, share=[town.car])
    said = await is_answered(town, landing, "is linked until 15 May 2026")
    assert "• Bluey (Tesla Model 3 2022), shared until 1 May 2027" in said.text
    share = town.dimo.shares[town.car.token_id, town.license.client_id.lower()]
    assert share.permissions == {1, 2}


async def test_a_linked_car_obeys_commands(town: Family) -> None:
    await is_answered(town, await signs_in(town), "is linked until")
    await town.says("/lock", "Accepted")
    assert town.car.received == ["doors/lock"]


@pytest.mark.parametrize(
    "wrapped",
    ["{}", "Bearer {}", "/link {}", "  {}\n", "here you are: " + REDIRECT_URI + "?token={}&state=x"],
)
async def test_a_message_that_contains_a_token_is_deleted(town: Family, wrapped: str) -> None:
    await is_answered(town, wrapped.format(user_token(town)), "Next: ")


async def test_an_api_key_that_is_pasted_by_mistake_is_deleted(town: Family) -> None:
    """DIMO's console shows the license's API key next to the token."""
    for key in (town.license.api_key, town.license.api_key.removeprefix("0x")):
        await is_answered(town, f"the key: {key}", "I can't read a token in that")


async def test_a_console_token_goes_on_once_a_license_is_set(town: Family) -> None:
    console = town.dimo.add_license()
    town.dimo.unshare(town.car, town.license)
    town.dimo.share(town.car, console, permissions={1, 2})
    await links_console_token(town, town.dimo.developer_jwt(console))
    await town.says("/lock", "Accepted")
    assert town.car.received == ["doors/lock"]


async def test_a_console_token_is_enough_without_a_license(village: Family) -> None:
    await is_answered(village, village.dimo.developer_jwt(village.license), "The console token is linked")
    await village.says("/lock", "Accepted")
    assert village.car.received == ["doors/lock"]


async def test_an_account_and_a_console_token_work_together(village: Family) -> None:
    """Only cars of that wallet that are shared with the console's license are linked."""
    neighbour = village.dimo.add_account("Neighbour").add_car(name="Nextdoor")
    village.dimo.share(neighbour, village.license, permissions={1, 2})
    await is_answered(village, user_token(village), "Your DIMO account is linked")
    linked = await is_answered(village, village.dimo.developer_jwt(village.license), "The console token is")
    assert "Bluey" in linked.text
    assert "Nextdoor" not in linked.text


async def test_an_account_alone_sends_no_commands_without_a_license(village: Family) -> None:
    linked = await is_answered(village, user_token(village), "Your DIMO account is linked")
    assert "no developer license, so it can't send commands yet" in linked.text
    refused = await village.says("/lock", "Refused")
    assert "no developer license or console token" in refused.text
    assert village.car.received == []


async def test_without_a_license_no_sign_in_is_offered(village: Family) -> None:
    offer = await village.says("/link", "This bot has no developer license")
    assert offer.labels == []


@pytest.mark.parametrize("forge", FORGED, ids=lambda forge: forge.__name__)
async def test_an_untrustworthy_token_never_links(town: Family, forge: Forge) -> None:
    """Not even in an otherwise valid landing address; the message is deleted."""
    await is_answered(town, with_token(await signs_in(town), forge(town)), FORGED[forge])
    await town.says("/car", NO_CAR)
    assert town.dimo.calls_of("identity", "query") == []


@pytest.mark.parametrize(
    "forge", [one for one in FORGED if one is not for_another_app], ids=lambda forge: forge.__name__
)
async def test_an_untrustworthy_token_alone_never_links_without_a_license(village: Family, forge: Forge) -> None:
    await is_answered(village, forge(village), FORGED[forge])
    await village.says("/car", NO_CAR)
    assert village.dimo.calls_of("identity", "query") == []


async def test_a_landing_address_works_once(town: Family) -> None:
    landing = await signs_in(town)
    await is_answered(town, landing, "is linked until")
    await is_answered(town, landing, "You are linked already.")


async def test_a_landing_address_of_another_chat_does_not_link(town: Family) -> None:
    """A stranger who gets the address can't link the family's car with it."""
    landing, thief = await signs_in(town), town.telegram.add_person("Thief")
    await is_answered(town, landing, "does not come from a link that I gave you here", thief)
    asked = thief.says("/car")
    await thief.sees(NO_CAR, after=asked)


async def test_a_landing_address_of_a_stranger_does_not_link_their_account(town: Family) -> None:
    stranger = town.telegram.add_person("Stranger")
    await is_answered(town, await signs_in(town, stranger), "does not come from a link that I gave you here")
    await town.says("/car", NO_CAR)


@pytest.mark.parametrize(("minutes", "answer"), [(14, "is linked until"), (15, "in the last 15 minutes")])
async def test_a_landing_address_is_accepted_for_fifteen_minutes(town: Family, minutes: int, answer: str) -> None:
    landing = await signs_in(town)
    town.clock.advance(minutes * 60)
    await is_answered(town, landing, answer)


@pytest.mark.parametrize("state", ["", "&state=", "&state=made-up", "&utm=state%3Dmade-up"])
async def test_a_landing_address_without_a_state_of_the_bot_does_not_link(town: Family, state: str) -> None:
    await signs_in(town)
    bare = town.dimo.landing_url(town.account, town.license)
    await is_answered(town, bare + state, "does not come from a link that I gave you here")
    await town.says("/car", NO_CAR)


async def test_a_landing_address_without_a_token_is_explained(town: Family) -> None:
    await is_answered(town, f"{REDIRECT_URI}?token=&state=x", "Next: ")


async def test_the_reason_of_a_failed_sign_in_is_quoted_without_its_markup(town: Family) -> None:
    offer = await town.says("/link", "Connect your DIMO account")
    landing = dimo_login.cancel(town.dimo, town.dad.opens(offer, "Sign in"), "<b>User & co</b> cancelled")
    said = await town.says(landing, "DIMO's sign-in did not finish")
    assert "DIMO said: “<b>User & co</b> cancelled”" in said.text
    assert not [entity for entity in said.entities if entity["type"] == "bold"]


@pytest.mark.parametrize("service", ["auth", "identity"])
async def test_nothing_is_linked_while_dimo_cannot_be_reached(town: Family, service: str) -> None:
    landing = await signs_in(town)
    await town.dimo.wait_calls("auth", "submit_challenge")
    town.dimo.switch_off(service)
    await is_answered(town, landing, "Nothing was linked")
    await town.says("/car", NO_CAR)


async def test_after_an_outage_the_same_address_can_be_sent_again(town: Family) -> None:
    landing = await signs_in(town)
    await town.dimo.wait_calls("auth", "submit_challenge")
    town.dimo.fail("identity", "query", dimo_faults.html(503))
    await is_answered(town, landing, "Nothing was linked")
    await is_answered(town, landing, "is linked until")


async def test_a_late_secret_is_deleted_and_does_nothing(town: Family) -> None:
    sent = town.dad.says(user_token(town), date=town.clock.now() - timedelta(minutes=3))
    await town.dad.sees("reached me late, so I did nothing", after=sent)
    assert sent.deleted
    await town.says("/car", NO_CAR)


async def test_a_secret_that_another_bot_wrote_is_deleted_and_does_nothing(town: Family) -> None:
    other = User(6_000_000_001, "Another bot", username="other_bot", is_bot=True)
    sent = town.dad.says(await signs_in(town), via_bot=other)
    await town.dad.sees("Another bot wrote that message", after=sent)
    await sent.disappears()
    await town.says("/car", NO_CAR)


async def test_a_forwarded_secret_is_deleted_and_does_nothing(town: Family) -> None:
    sent = town.dad.says(user_token(town), forwarded_from=town.telegram.add_person("Friend"))
    await town.dad.sees("That message is forwarded", after=sent)
    assert sent.deleted
    await town.says("/car", NO_CAR)


async def test_a_secret_in_a_group_is_deleted_if_the_bot_may_delete(town: Family) -> None:
    group = town.telegram.add_group("Family", [town.dad])
    group.promotes(town.bot)
    sent = town.dad.says(f"/link@{town.bot.username} {user_token(town)}", chat=group)
    said = await town.dad.sees("That is done in the private chat with me", chat=group, after=sent)
    assert sent.deleted
    assert "could not delete" not in said.text


async def test_the_person_is_asked_to_delete_a_secret_that_the_bot_may_not_delete(town: Family) -> None:
    group = town.telegram.add_group("Family", [town.dad])
    sent = town.dad.says(f"/link@{town.bot.username} {user_token(town)}", chat=group)
    said = await town.dad.sees("That is done in the private chat with me", chat=group, after=sent)
    assert "I could not delete your message. Delete it yourself" in said.text


async def test_the_answer_says_that_a_secret_could_not_be_deleted(town: Family) -> None:
    refused = telegram_faults.refused("Bad Request: message can't be deleted")
    town.telegram.fails_next("deleteMessage", refused)
    said = await town.says(await signs_in(town), "is linked until")
    assert "I could not delete your message. Delete it yourself" in said.text


async def test_in_a_group_linking_is_refused_with_a_button_to_the_private_chat(town: Family) -> None:
    group = town.telegram.add_group("Family", [town.dad])
    asked = town.dad.says("/link", chat=group)
    said = await town.dad.sees("That is done in the private chat with me", chat=group, after=asked)
    assert town.dad.opens(said, "Open the private chat") == f"https://t.me/{town.bot.username}"
    assert "state" not in str(said.versions)


async def test_a_token_of_another_app_is_worthless_once_a_license_is_set(village: Family) -> None:
    taken = village.dimo.user_jwt(village.account, audience=village.dimo.add_license().client_id)
    await is_answered(village, taken, "Your DIMO account is linked")
    await set_license(village)
    await village.says("/lock", "Your link to DIMO has ended")
    assert village.car.received == []


async def test_a_token_of_the_bots_own_app_works_once_the_license_is_set(village: Family) -> None:
    await is_answered(village, user_token(village), "Your DIMO account is linked")
    await set_license(village)
    await village.says("/lock", "Accepted")


async def set_license(family: Family) -> None:
    """Stop the bot, put the license into its settings, and start it again."""
    await family.stop_bot()
    own = family.license
    family.environ |= dict(zip(LICENSE, (own.client_id, own.redirect_uris[0], own.api_key), strict=True))
    await family.start_bot()


async def test_a_sign_in_with_a_key_that_dimo_does_not_list_yet_can_be_sent_again(town: Family) -> None:
    """DIMO has changed its keys, and the list of them is a moment behind."""
    town.dimo.fail("auth", "keys", dimo_faults.answer(200, town.dimo.tokens.jwks()), times=None)
    town.dimo.tokens.rotate()
    address = await signs_in(town)
    said = await is_answered(town, address, "I can't check that sign-in")
    assert "Next: send me the same address again in a minute." in said.text
    town.dimo.heal("auth")
    await town.restart_bot()
    await is_answered(town, address, "is linked until")


async def test_after_linking_the_time_zone_is_asked_for_once(town: Family) -> None:
    said = await town.link()
    assert said.labels == [
        *("🚗 Show the car", "Los Angeles 05:00", "New York 08:00", "London 13:00", "Berlin 14:00", "✏️ Other city"),
    ]
    await town.taps(said, "Berlin")
    await said.becomes("Berlin, where it is 14:00.")
    assert said.labels == ["🚗 Show the car"]
    assert "Time zone: Berlin" in (await town.says("/settings", "Settings")).text
    again = await town.link()
    assert again.labels == ["🚗 Show the car"]
