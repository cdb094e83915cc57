"""Members: only the owner sees, changes and removes them; changes take effect at once."""

from contextlib import closing
from functools import partial

import pytest

from bot.demo.telegram.chats import Message
from storage import Database, Member, Vault
from storage.repositories import members
from tests.support.people import (
    NO_ACCESS,
    NOTHING_HERE,
    a_group,
    invited,
    joins,
    link_in,
    offered,
    removed,
    says_there,
    shown_member,
)
from tests.support.world import START, Family

HOUR = 3600
NOT_ALLOWED = "You may not do that."
ENDED = "Your access has ended."


def lines_of(message: Message) -> list[str]:
    return message.text.splitlines()[1:]


async def test_an_owner_who_links_again_is_told_how_many_members_there_are(family: Family) -> None:
    """Members stay when another account is linked, and may use its cars."""
    await joins(family, "Teen")
    await joins(family, "Grandma", role="Guest", length="1 hour")
    await family.link()
    assert "2 other people may use what is linked here: /members shows who." in newest_linked(family)
    family.clock.advance(HOUR)
    await family.link()
    assert "\n1 other person may use what is linked here" in newest_linked(family)


def newest_linked(family: Family) -> str:
    return next(one.text for one in reversed(family.dad.private_chat.from_bot) if "is linked until" in one.text)


async def test_the_list_of_members_shows_role_end_and_last_use(family: Family) -> None:
    teen = await joins(family, "Teen")
    await joins(family, "Grandma", role="Guest", length="1 day")
    family.clock.advance(HOUR)
    await family.says("/lock", "Teen's Lock for Bluey", person=teen)
    listed = await family.says("/members", "Who may use your cars")
    assert lines_of(listed) == [
        "• Dad, owner",
        "• Teen, driver, last used 13:00 UTC",
        "• Grandma, guest, until 2 May, 12:00 UTC",
    ]
    assert listed.labels == ["👤 Teen", "👤 Grandma", "➕ Driver", "➕ Guest", "📨 Invitations", "💬 Groups"]
    family.clock.advance(23 * HOUR)
    again = await family.says("/members", "Who may use your cars")
    assert "• Grandma, guest, ended 12:00 UTC" in lines_of(again)
    await family.taps(again, "Grandma")
    await again.becomes("Grandma, guest, ended 12:00 UTC\nMay: nothing any more.")


async def test_a_new_role_also_applies_to_buttons_that_are_already_shown(family: Family) -> None:
    teen = await joins(family, "Teen")
    await family.says("/codes P0106", "P0106", person=teen)
    await family.dimo.wait_calls("devices", "submit_codes")
    shown = await family.says("/codes", "P0106", person=teen)
    await shown.becomes(lambda message: "Asking" not in message.text)
    question = await family.says("/clearcodes", "as cleared?", person=teen)
    member = await shown_member(family, "Teen")
    assert "✅ 🚗 Driver" in member.labels
    await family.taps(member, "🧳 Guest")
    await member.becomes("Teen, guest")
    for message, button in ((shown, "Enter codes"), (shown, "Clear"), (question, "Clear")):
        newest = teen.private_chat.last
        await family.taps(message, button, person=teen)
        await teen.sees(NOT_ALLOWED, after=newest)
    assert family.dimo.arrived["devices", "clear_codes"] == 0
    await family.says("/codes P0279", NOT_ALLOWED, person=teen)
    assert "Enter codes" not in " ".join((await family.says("/codes", "P0106", person=teen)).labels)
    await family.taps(member, "Driver")
    await member.becomes("Teen, driver")
    await family.taps(question, "Clear", person=teen)
    await family.dimo.wait_arrived("devices", "clear_codes")


@pytest.mark.both_databases
async def test_an_end_can_be_chosen_typed_and_removed(family: Family) -> None:
    guest = await joins(family, "Grandma", role="Guest")
    member = await shown_member(family, "Grandma")
    await family.taps(member, "1 hour")
    await member.becomes("Grandma, guest, until 13:00 UTC")
    family.clock.advance(HOUR - 30)
    question = await family.says("/unlock", "Unlock Bluey?", person=guest)
    panel = await family.says("/car", "Bluey", person=guest)
    family.clock.advance(30)
    await question.becomes("Cancelled: Unlock. Nothing was sent.")
    for message, data in ((question, f"a:unlock:{family.car.token_id}"), (panel, f"a:lock:{family.car.token_id}")):
        newest = guest.private_chat.last
        await guest.sends_forged(data, message).answered()
        await guest.sees(ENDED, after=newest)
    assert family.car.received == []
    await family.taps(member, "Until a date")
    asked = await family.dad.sees("Until when?", after=member)
    await family.says("1 May 2026 12:00", "I can't read a date to come in that.")
    await family.says("2 May 18:30", "Grandma, guest, until 2 May, 18:30 UTC")
    await family.says("3 May", "I read buttons and commands.")
    assert asked.asks_reply
    await family.says("/lock", "Grandma's Lock for Bluey", person=guest)
    await family.taps(member, "No end")
    await member.becomes("Grandma, guest, last used 13:00 UTC\n")
    family.clock.advance(400 * 24 * HOUR)
    await family.restart_bot()
    await family.says("/car", "Bluey", person=guest)
    assert family.car.received == ["doors/lock"]


@pytest.mark.both_databases
async def test_removing_a_member_asks_first_and_ends_everything_of_theirs(family: Family) -> None:
    teen = await joins(family, "Teen")
    group = await a_group(family, teen)
    private = await family.says("/unlock", "Unlock Bluey?", person=teen)
    there = await says_there(group, teen, "/trunk", "Open Bluey's trunk?")
    panel = await family.says("/car", "Bluey", person=teen)
    lock = panel.buttons[0].callback_data or ""
    codes = await family.says("/codes", "error codes", person=teen)
    await family.taps(codes, "Enter codes", person=teen)
    await teen.sees("Which error codes", after=codes)
    member = await shown_member(family, "Teen")
    await family.taps(member, "Until a date")
    await family.dad.sees("Until when?", after=member)
    await family.taps(member, "Remove")
    question = await family.dad.sees("Remove Teen?", after=member)
    assert question.labels == ["🗑 Remove", "✖️ Cancel"]
    await family.taps(question, "Cancel")
    await question.becomes("Cancelled: Remove. Nothing was changed.")
    await family.says("/status", "Bluey", person=teen)
    last = await removed(family, "Teen")
    assert last.text == "Teen can't use your cars any more."
    await private.becomes("✖️ Cancelled: Unlock. Nothing was sent.")
    await there.becomes("✖️ Cancelled: trunk opening. Nothing was sent.")
    for message, button in ((private, "Unlock"), (codes, "Read from car")):
        newest = teen.private_chat.last
        await family.taps(message, button, person=teen)
        await teen.sees(NOTHING_HERE, after=newest)
    newest = teen.private_chat.last
    teen.sends_forged(lock, panel)
    await teen.sees(NOTHING_HERE, after=newest)
    await family.says("P0106", NOTHING_HERE, person=teen)
    await family.says("24 Dec", "I read buttons and commands.")
    await says_there(group, teen, "/lock", NO_ACCESS)
    assert lines_of(await family.says("/members", "Who may use your cars")) == ["• Dad, owner"]
    await family.settles()
    assert family.car.received == []
    await family.start_bot()
    await joins(family, "Teen", person=teen)
    await family.says("/lock", "Teen's Lock for Bluey", person=teen)


async def test_only_the_owner_changes_members_and_nobody_changes_the_owner(family: Family) -> None:
    """A modified app can send the data of any button."""
    teen, grandma = await joins(family, "Teen"), await joins(family, "Grandma", role="Guest")
    made = await invited(family)
    withdraw = next(b.callback_data for b in made.buttons if "Withdraw" in b.text) or ""
    before = (await family.says("/members", "Who may use your cars")).text
    for person in (teen, grandma):
        panel = await family.says("/car", "Bluey", person=person)
        changes = (f"role:{person.id}:driver", f"end:{person.id}:always", f"end:{person.id}:date", withdraw)
        others = (
            f"remove:{teen.id}",
            f"p:{grandma.id}",
            "members:0",
            "invitations",
            "as:driver",
            "i:driver:always",
        )
        for data in (*changes, *others, f"answer:{person.id}:driver"):
            newest = person.private_chat.last
            await person.sends_forged(data, panel).answered()
            await person.sees(NOT_ALLOWED, after=newest)
    for data in (f"remove:{family.dad.id}", f"role:{family.dad.id}:guest", f"end:{family.dad.id}:hour"):
        newest = family.dad.private_chat.last
        await family.dad.sends_forged(data, newest).answered()
        await family.dad.sees("That person has no access here.", after=newest)
    await family.dad.sends_forged(f"role:{teen.id}:owner", newest).answered()
    await family.dad.sees("That button is out of date.", after=newest)
    removing = await family.says("/members", "Who may use your cars")
    await family.taps(removing, "Teen")
    await removing.becomes("May: ")
    await family.taps(removing, "Remove")
    question = await family.dad.sees("Remove Teen?", after=removing)
    await teen.sends_forged(question.buttons[0].callback_data or "", teen.private_chat.last).answered()
    await teen.sees("That question is gone.", after=panel)
    assert (await family.says("/members", "Who may use your cars")).text == before
    assert (await offered(link_in(made), family.telegram.add_person("Mum"))).labels == ["✅ Join"]


async def test_a_long_list_of_members_has_pages(family: Family, url: str, vault: Vault) -> None:
    owner = family.dad.id
    with closing(Database.open(url, vault)) as database:
        for n in range(45):
            row = Member(owner, 9_000 + n, "guest", f"No. {n}", None, START, owner)
            database.run_now(partial(members.put, record=row))
    listed = await family.says("/members", "Page 1 of 3")
    for page in (2, 3):
        await family.taps(listed, "Page ➡️")
        await listed.becomes(f"Page {page} of 3")
    await family.taps(listed, "No. 44")
    await listed.becomes("No. 44, guest\nMay: ")
    await family.taps(listed, "Members")
    await listed.becomes("Page 1 of 3")
    assert "⬅️ Page" not in listed.labels


@pytest.mark.both_databases
async def test_a_member_of_two_families_uses_the_cars_of_both_in_one_chat(family: Family) -> None:
    mum, kitt = await family.add_relative("Mum", "Kitt")
    teen = await joins(family, "Teen", role="Guest", length="1 day")
    asked = await family.says("/invite", "Invite somebody", person=mum)
    await family.taps(asked, "Driver", person=mum)
    await asked.becomes("How long")
    await family.taps(asked, "No end", person=mum)
    offer = await offered(link_in(await asked.becomes("Invitation for")), teen)
    assert offer.text.startswith("Mum invites you to use Kitt\n")
    await family.taps(offer, "Join", person=teen)
    await offer.becomes("You are in")
    choice = await family.says("/cars", "Which car?", person=teen)
    assert {"🚗 Bluey", "🚗 Kitt"} <= set(choice.labels)
    await family.taps(choice, "Kitt", person=teen)
    await choice.becomes("🚗 Kitt")
    await family.says("/lock", "Teen's Lock for Kitt", person=teen)
    await teen.sends_forged(f"a:lock:{family.car.token_id}", choice).answered()
    await teen.sees("Teen's Lock for Bluey", after=choice)
    await family.taps(choice, "More", person=teen)
    await choice.becomes(lambda message: "🚗 Cars" in message.labels)
    await family.taps(choice, "Cars", person=teen)
    choice = await teen.sees("Which car?", after=teen.private_chat.last)
    await family.taps(choice, "Bluey", person=teen)
    await choice.becomes("🚗 Bluey")
    await family.says("/codes P0106", NOT_ALLOWED, person=teen)
    family.clock.advance(24 * HOUR)
    # Bluey was chosen, but may no longer be used: the other car is meant.
    await family.says("/lock", "Teen's Lock for Kitt", person=teen)
    await teen.sends_forged(f"a:lock:{family.car.token_id}", choice).answered()
    await teen.sees(ENDED, after=choice)
    await family.settles()
    assert family.car.received == ["doors/lock"]
    assert kitt.received == ["doors/lock"] * 2


@pytest.mark.both_databases
async def test_setting_an_end_closes_a_request_for_access(family: Family) -> None:
    """They have access, so a denial of the earlier request would be untrue."""
    teen = await joins(family, "Teen", length="1 hour")
    group = await a_group(family, teen)
    family.clock.advance(HOUR)
    offer = await says_there(group, teen, "/lock", NO_ACCESS)
    await family.taps(offer, "Ask for access", person=teen)
    request = await family.dad.sees("Teen asks to use your cars")
    member = await shown_member(family, "Teen")
    await family.taps(member, "1 day")
    await member.becomes("Teen, driver, until 2 May")
    assert "asks for access" not in (await family.says("/members", "Who may use your cars")).text
    await family.taps(request, "Deny")
    await family.dad.sees("That request is answered already.", after=member)
    await says_there(group, teen, "/lock", "Teen's Lock for Bluey")
    assert group.find("Teen, the owner says no") is None


async def test_help_depends_on_the_present_role(family: Family) -> None:
    grandma = await joins(family, "Grandma", role="Guest", length="1 hour")
    assert "/invite" in (await family.says("/help", "What I can do")).text
    for_a_guest = (await family.says("/help", "What I can do", person=grandma)).text
    assert "/lock" in for_a_guest
    assert not [name for name in ("/invite", "/clearcodes", "/unlink") if name in for_a_guest]
    family.clock.advance(HOUR)
    ended = await family.says("/help", "Ask them for an invitation.", person=grandma)
    await family.taps(ended, "More", person=grandma)
    await ended.becomes("/invite")


async def test_whoever_loses_access_is_told_by_whom_or_why_and_whom_to_ask(family: Family) -> None:
    teen, gran = await joins(family, "Teen"), await joins(family, "Gran")
    await (await removed(family, "Teen")).becomes("Teen can't use your cars any more.")
    told = await teen.sees("Dad has ended your access to the cars.\nNext: ask Dad if you need it again.")
    assert told.labels == []
    assert told.sounds
    unlink = await family.says("/unlink", "Unlink this chat?")
    await family.taps(unlink, "Unlink")
    await gran.sees("Dad has disconnected the cars, so your access has ended.\nNext: ask Dad if you need it again.")
    assert teen.private_chat.find("disconnected") is None


async def test_lock_and_unlock_work_as_plain_words(family: Family) -> None:
    await family.says("Unlock", "Unlock Bluey?")
    await family.says(" lock ", "Accepted: 🔒 Dad's Lock for Bluey.")
    assert family.car.received == ["doors/lock"]
