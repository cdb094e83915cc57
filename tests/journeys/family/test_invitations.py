"""Invitations: a link gives one person, once and in time, exactly the access that the owner chose."""

import asyncio
import base64
import hashlib
from datetime import timedelta
from functools import partial
from pathlib import Path
from urllib.parse import parse_qs, quote, urlsplit

import pytest

from bot.demo.telegram.chats import Message
from bot.demo.telegram.faults import Fault
from tests.support.people import (
    NOTHING_HERE,
    a_group,
    code_in,
    invited,
    joins,
    link_in,
    offered,
    says_there,
    shown_member,
)
from tests.support.world import Family

ALREADY = "You can use that car already."
OVER = "That invitation is used up, withdrawn or too old."
HOUR = timedelta(hours=1).total_seconds()


@pytest.mark.both_databases
async def test_a_link_shows_the_invitation_and_gives_access_until_the_chosen_end(
    family: Family,
) -> None:
    """1 May 2026 is a Friday."""
    ends = {
        "No end": ("without an end", None),
        "1 hour": ("for 1 hour from joining", 1),
        "1 day": ("for 1 day from joining", 24),
        "Until Sunday night": ("until 4 May, 00:00 UTC", 60),
    }
    for number, (length, (term, hours)) in enumerate(ends.items()):
        role, means = ("Guest", "reading error codes") if number % 2 else ("Driver", "error codes")
        made = await invited(family, role, length)
        assert f"Invitation for a {role.lower()}, {term}\n" in made.text
        person = family.telegram.add_person(f"Guest {number}")
        offer = await offered(link_in(made), person)
        assert offer.text.startswith("Dad invites you to use Bluey\n")
        assert f"As a {role.lower()}: lock, open, charge, status" in offer.text
        assert means in offer.text
        assert term in offer.text
        await family.taps(offer, "Join", person=person)
        await offer.becomes(f"You are in, as a {role.lower()}, {'until' if hours else 'without an end'}")
        assert offer.labels == []
        await family.says("/lock", f"Guest {number}'s Lock for Bluey", person=person)
        if hours is not None:
            family.clock.advance(hours * HOUR - 30)
            await family.says("/car", "Bluey", person=person)
            family.clock.advance(30)
            await family.says("/car", "Your access has ended.", person=person)
            family.clock.advance(-hours * HOUR)


async def test_a_typed_date_is_asked_for_until_it_can_be_read(family: Family) -> None:
    asked = await family.says("/invite", "Invite somebody")
    await family.says("24 Dec", "I read buttons and commands")
    await family.taps(asked, "Guest")
    await asked.becomes("How long")
    await family.taps(asked, "Until a date")
    await family.dad.sees("Until when? Write a date", after=asked)
    for wrong in ("next year maybe", "24.12.1999", "31 Feb", "P01"):
        await family.says(wrong, "I can't read a date to come in that.")
    made = await family.says("24 Dec, 18:30", "Invitation for a guest, until 24 Dec, 18:30 UTC")
    await family.says("25 Dec", "I read buttons and commands")
    guest = family.telegram.add_person("Grandma")
    offer = await offered(link_in(made), guest)
    await family.taps(offer, "Join", person=guest)
    await offer.becomes("You are in, as a guest, until 24 Dec, 18:30 UTC.")
    await family.taps(asked, "Until a date")
    await family.dad.sees("Until when? Write a date", after=made)
    await family.says("/cancel", "I don't wait for your answer any more.")
    await family.says("25 Dec", "I read buttons and commands")


@pytest.mark.both_databases
async def test_only_one_of_two_people_who_tap_at_once_joins(family: Family) -> None:
    """Both taps are held back and released at the same moment, first in one process, then in two."""
    for number, in_two_processes in enumerate((False, True)):
        link = link_in(await invited(family))
        people = [family.telegram.add_person(f"{name} {number}") for name in ("Teen", "Mallory")]
        offers = [await offered(link, person) for person in people]
        already, gate = len(family.telegram.calls_of("answerCallbackQuery")), asyncio.Event()
        held = family.telegram.fails_always("answerCallbackQuery", Fault(gate=gate))
        people[0].taps(offers[0], "Join")
        await _answering(family, already + 1)
        if in_two_processes:
            async with family.another_bot():
                people[1].taps(offers[1], "Join")
                await _answering(family, already + 2)
                gate.set()
                await _both_answered(offers)
        else:
            people[1].taps(offers[1], "Join")
            await _answering(family, already + 2)
            gate.set()
            await _both_answered(offers)
        held.end()
        let_in = [person for person, offer in zip(people, offers, strict=True) if "You are in" in offer.text]
        assert len(let_in) == 1
        await family.restart_bot()
        for person in people:
            car, again = ("Bluey", ALREADY) if person in let_in else (NOTHING_HERE, OVER)
            await family.says("/car", car, person=person)
            await person.sees(again, after=person.follows(link))
    members = await family.says("/members", "Who may use your cars")
    assert len(members.text.splitlines()) == 1 + 3


async def _answering(family: Family, times: int) -> None:
    await family.telegram.until(lambda: len(family.telegram.calls_of("answerCallbackQuery")) == times)


async def _both_answered(offers: list[Message]) -> None:
    """Wait until one person has joined and the other is told that the invitation is over."""

    def is_answered(offer: Message) -> bool:
        return "You are in" in offer.text or offer.chat.find(OVER, after=offer) is not None

    for offer in offers:
        await offer.chat.wait_until(partial(is_answered, offer))


@pytest.mark.both_databases
async def test_a_link_that_is_over_names_nobody(family: Family) -> None:
    stranger = family.telegram.add_person("Mallory")
    for rubbish in ("join_", "join_x", f"join_{'x' * 59}", "join_-_-_-_-_-_-_-_-_-_-_-"):
        await stranger.sees(OVER, after=stranger.says(f"/start {rubbish}"))
    for nasty in ("join_<b>", "join_'; DROP TABLE members; --", "join_\x00", "join_é"):
        await stranger.sees(OVER, after=stranger.says(f"/start {nasty}"))
    withdrawn = await invited(family)
    link = link_in(withdrawn)
    on_the_screen = await offered(link, stranger)
    await family.taps(withdrawn, "Withdraw it")
    await withdrawn.becomes("No invitation is open.")
    await stranger.sees(OVER, after=stranger.follows(link))
    await family.taps(on_the_screen, "Join", person=stranger)
    await stranger.sees(OVER, after=stranger.private_chat.last)
    late = link_in(await invited(family))
    family.clock.advance(24 * HOUR - 60)
    open_still = await offered(late, stranger)
    assert open_still.labels == ["✅ Join"]
    family.clock.advance(60)
    await stranger.sees(OVER, after=stranger.follows(late))
    await family.taps(open_still, "Join", person=stranger)
    await stranger.sees(OVER, after=stranger.private_chat.last)
    over_before_its_time = link_in(await _until_today(family))
    family.clock.advance(12 * HOUR)
    await stranger.sees(OVER, after=stranger.follows(over_before_its_time))
    said = [message.text for message in stranger.private_chat.from_bot if OVER in message.text]
    assert not [text for text in said if "Bluey" in text or "Dad" in text]
    await family.says("/car", NOTHING_HERE, person=stranger)


async def _until_today(family: Family) -> Message:
    asked = await family.says("/invite", "Invite somebody")
    await family.taps(asked, "Guest")
    await asked.becomes("How long")
    await family.taps(asked, "Until a date")
    await family.dad.sees("Until when?", after=asked)
    return await family.says("today", "Invitation for a guest, until")


async def test_unlinking_ends_all_invitations(family: Family) -> None:
    """Otherwise the next sign-in would make old links valid again."""
    link, stranger = link_in(await invited(family)), family.telegram.add_person("Mallory")
    unlink = await family.says("/unlink", "Unlink this chat?")
    await family.taps(unlink, "Unlink")
    await unlink.becomes("Unlinked.")
    await stranger.sees(OVER, after=stranger.follows(link))
    await family.link()
    await stranger.sees(OVER, after=stranger.follows(link))
    listed = await family.says("/members", "Who may use your cars")
    await family.taps(listed, "Invitations")
    await listed.becomes("No invitation is open.")


@pytest.mark.both_databases
async def test_somebody_with_access_does_not_use_up_a_link(family: Family) -> None:
    teen = await joins(family, "Teen")
    made = await invited(family, "Guest", "1 hour")
    for person in (family.dad, teen):
        await person.sees(ALREADY, after=person.follows(link_in(made)))
        forged = person.sends_forged(f"j:{code_in(made)}", person.private_chat.last)
        await person.sees(ALREADY, after=forged.message)
    assert (await shown_member(family, "Teen")).text.startswith("Teen, driver\nMay: ")
    guest = family.telegram.add_person("Grandma")
    offer = await offered(link_in(made), guest)
    await family.taps(offer, "Join", person=guest)
    await offer.becomes("You are in, as a guest")
    family.clock.advance(HOUR)
    again = await offered(link_in(await invited(family, "Guest", "1 day")), guest)
    await family.taps(again, "Join", person=guest)
    await again.becomes("You are in, as a guest")
    await family.says("/car", "Bluey", person=guest)


async def test_a_code_has_128_bits_and_only_its_hash_is_stored(family: Family, url: str) -> None:
    made = await invited(family)
    code = code_in(made)
    assert len(base64.urlsafe_b64decode(code + "==")) * 8 >= 128
    assert len({code_in(await invited(family)) for _ in range(5)} | {code}) == 6
    guest = family.telegram.add_person("Grandma")
    offer = await offered(link_in(made), guest)
    await family.taps(offer, "Join", person=guest)
    await offer.becomes("You are in")
    if url.startswith("sqlite"):
        file = Path(url.removeprefix("sqlite:///"))
        stored = b"".join(path.read_bytes() for path in file.parent.glob(f"{file.name}*"))
        assert hashlib.sha256(code.encode()).hexdigest().encode() in stored
        assert code.encode() not in stored
        assert base64.urlsafe_b64decode(code + "==") not in stored


async def test_open_invitations_can_be_listed_and_withdrawn(family: Family) -> None:
    driver, guest = await invited(family, "Driver", "1 day"), await invited(family, "Guest", "No end")
    share = urlsplit(family.dad.opens(guest, "Send it to somebody"))
    assert f"{share.scheme}://{share.netloc}{share.path}" == "https://t.me/share/url"
    assert parse_qs(share.query)["url"] == [link_in(guest)]
    listed = await family.says("/invite", "Invite somebody")
    await family.taps(listed, "Invitations")
    await listed.becomes("Open invitations")
    assert [line.partition(";")[0] for line in listed.text.splitlines()[1:-1]] == [
        "1. Guest, without an end",
        "2. Driver, for 1 day from joining",
    ]
    await family.taps(listed, "✖️ 2")
    await listed.becomes(lambda message: "Driver" not in message.text)
    stranger = family.telegram.add_person("Mallory")
    await stranger.sees(OVER, after=stranger.follows(link_in(driver)))
    assert (await offered(link_in(guest), stranger)).labels == ["✅ Join"]
    await family.taps(driver, "Withdraw it")
    await family.dad.sees(OVER, after=listed)
    await family.taps(listed, "✖️ 1")
    await listed.becomes("No invitation is open.")


async def test_another_invitation_leaves_the_first_one_where_it_is(family: Family) -> None:
    first = await invited(family)
    before = first.text
    await family.taps(first, "Another")
    await family.dad.sees("Invite somebody to your cars", after=first)
    assert first.text == before


async def test_joining_from_a_group_is_refused(family: Family) -> None:
    """Joining attaches the chat, and only owners attach groups. A modified app can send Join from anywhere."""
    made, guest = await invited(family), family.telegram.add_person("Grandma")
    group = family.telegram.add_group("Others", [guest, family.dad])
    said = guest.says(f"/start@dimo_family_bot join_{code_in(made)}", chat=group)
    shown = await guest.sees(lambda _: True, chat=group, after=said)
    assert "Bluey" not in shown.text
    forged = guest.sends_forged(f"j:{code_in(made)}", shown)
    await forged.answered()
    await guest.sees("private chat", chat=group, after=shown)
    again = guest.says("/lock", chat=group)
    await guest.sees("No car is shared in this group", chat=group, after=again)
    await family.settles()
    assert family.car.received == []


async def test_a_link_or_its_code_that_is_sent_as_text_shows_the_invitation(family: Family) -> None:
    """It has the effect of tapping the link; that alone makes nobody a member."""
    link = link_in(await invited(family))
    code = link.partition("?start=join_")[2]
    shared = f"https://t.me/share/url?url={quote(link, safe='')}&text=Tap"
    app = f"tg://resolve?domain=dimo_family_bot&amp;start=join_{code}"
    guest = family.telegram.add_person("Grandma")
    for sent in (
        *(link, f"Look, Grandma: {link}.", link.removeprefix("https://"), f"<{app}>", shared, f"join_{code}", code),
        *(f"the code: “{code}”", f"{link[:-9]}\n{link[-9:]}", f"/start {link}", f"/start {code}"),
    ):
        offer = await family.says(sent, "Dad invites you to use Bluey", person=guest)
        assert offer.labels == ["✅ Join"]
    await family.says("/car", NOTHING_HERE, person=guest)
    await family.taps(offer, "Join", person=guest)
    await offer.becomes("You are in, as a driver")
    for sent in (link, code):
        await family.says(sent, ALREADY, person=guest)
        await family.says(sent, OVER, person=family.telegram.add_person("Mallory"))


async def test_only_what_exists_is_taken_for_a_bare_code(family: Family) -> None:
    stranger = family.telegram.add_person("Mallory")
    for guessed in ("A" * 22, "xxxxxxxxxxxxxxxxxxxxxg"):
        await family.says(guessed, "I read buttons and commands", person=stranger)
        await family.says(f"t.me/dimo_family_bot?start=join_{guessed}", OVER, person=stranger)


async def test_in_a_group_no_invitation_is_shown(family: Family) -> None:
    """Everybody there would see who is invited to what, and could take it."""
    link = link_in(await invited(family))
    guest = family.telegram.add_person("Grandma")
    group = await a_group(family, guest)
    quiet = len(group.from_bot)
    for sent in (link, link.partition("join_")[2]):
        guest.says(sent, chat=group, reply_to=group.last)
    await says_there(group, guest, "/help@dimo_family_bot", "What I can do")
    assert len(group.from_bot) == quiet + 1
