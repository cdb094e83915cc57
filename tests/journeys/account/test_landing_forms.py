"""A landing address in every form in which people send one: deleted first, and understood if it is complete."""

from collections.abc import AsyncIterator
from urllib.parse import quote

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from bot.demo.telegram import faults as telegram_faults
from bot.demo.telegram.chats import Message
from tests.support.newcomers import NO_CAR, a_listening_bot, signs_in
from tests.support.people import a_group
from tests.support.world import Family

LINKED = "is linked until"
CAUTION = "I could not delete your message. Delete it yourself"


@pytest.fixture
async def town(sqlite_url: str, key: str, signing_key: rsa.RSAPrivateKey) -> AsyncIterator[Family]:
    """A bot with a license, and dad, who has linked nothing yet."""
    async with a_listening_bot(sqlite_url, key, signing_key) as family:
        yield family


async def is_deleted(family: Family, sent: Message, answer: str) -> Message:
    """Wait until a message is deleted and answered like this."""
    said = await family.dad.sees(answer, after=sent)
    await sent.disappears()
    return said


def in_lines(text: str, length: int) -> str:
    return "\n".join(text[at : at + length] for at in range(0, len(text), length))


async def test_a_whole_address_links_however_it_is_written(town: Family) -> None:
    forms = (
        lambda it: it.replace("&", "&amp;"),
        lambda it: quote(it, safe=""),
        lambda it: quote(quote(it, safe=""), safe=""),
        lambda it: in_lines(it, 70),
        lambda it: in_lines(it, 9).replace("\n", "  "),
        lambda it: f"“{it}”",
        lambda it: f"<{it}>, please",
        lambda it: f"/link {it}",
        lambda it: f"/link\n{in_lines(it, 70)}",
    )
    for form in forms:
        await is_deleted(town, town.dad.says(form(await signs_in(town))), LINKED)


async def test_a_whole_address_links_wherever_it_stands_in_a_message(town: Family) -> None:
    dad, photo = town.dad, [{"file_id": "p", "file_unique_id": "u", "width": 1, "height": 1}]
    await is_deleted(town, dad.says("it is here, ok?", links={"here": await signs_in(town)}), LINKED)
    await is_deleted(town, dad.sends({"photo": photo}, caption=await signs_in(town)), LINKED)
    for encoding in ("utf-8", "utf-16", "utf-16-le"):
        await is_deleted(town, dad.sends_file("address.txt", (await signs_in(town)).encode(encoding)), LINKED)
    shortcut = f"[InternetShortcut]\r\nURL={await signs_in(town)}\r\n".encode()
    await is_deleted(town, dad.sends_file("Landing.url", shortcut, kind="application/octet-stream"), LINKED)
    preview = {"text": "my address", "link_preview_options": {"url": await signs_in(town)}}
    await is_deleted(town, dad.sends(preview), LINKED)


async def test_of_an_address_that_is_cut_off_the_whole_is_asked_for(town: Family) -> None:
    """No matter where it is cut: in the state at its end, in the token, or at its beginning."""
    for cut in (slice(-1), slice(-30), slice(-80), slice(None, 400), slice(None, 90), slice(300, None)):
        sent = town.dad.says((await signs_in(town))[cut])
        said = await is_deleted(town, sent, "part of it is missing")
        assert "copy the whole address" in said.text
    await town.says("/car", NO_CAR)


async def test_an_address_that_is_sent_twice_is_linked_already(town: Family) -> None:
    """This is never an error in the linked chat; in another chat, or after unlinking, it is one."""
    landing = await signs_in(town)
    await is_deleted(town, town.dad.says(landing), LINKED)
    for wait in (0, 3600):
        town.clock.advance(wait)
        await is_deleted(town, town.dad.says(f"here: {landing}"), "You are linked already.")
    await town.says("/car", "Bluey")
    thief = town.telegram.add_person("Thief")
    await thief.sees("does not come from a link that I gave you here", after=thief.says(landing))
    unlink = await town.says("/unlink", "Unlink this chat?")
    await town.taps(unlink, "Unlink")
    await unlink.becomes("Unlinked.")
    await is_deleted(town, town.dad.says(landing), "or it was used already")


async def test_after_link_any_other_address_is_not_the_whole_one(town: Family) -> None:
    addresses = ("https://family.example/landing", "family.example/landing", "go to www.dimo.org", "https://x.org/?a=b")
    for address in addresses:
        await town.says(address, "I read buttons and commands.")
    landing = await signs_in(town)
    for address in addresses:
        said = await town.says(address, "that is not the whole address")
        assert said.labels == ["🔑 Link"]
    await town.dad.sees("that is not the whole", after=town.dad.says("this one", links={"this": "https://x.org/"}))
    for other, answer in {"hello": "I read buttons", "/lokc": "Did you mean /lock?"}.items():
        await town.says(other, answer)
    await is_deleted(town, town.dad.says(landing), LINKED)
    await town.says(addresses[0], "I read buttons and commands.")


async def test_an_address_is_waited_for_as_long_as_it_is_accepted(town: Family) -> None:
    await signs_in(town)
    town.clock.advance(14 * 60 + 59)
    await town.says("https://x.org/", "that is not the whole address")
    stranger = town.telegram.add_person("Mallory")
    await town.says("https://x.org/", "I read buttons", person=stranger)
    town.clock.advance(1)
    await town.says("https://x.org/", "I read buttons and commands.")


async def test_a_secret_that_is_edited_into_a_message_is_deleted(town: Family) -> None:
    landing = await signs_in(town)
    said = town.dad.says("hello")
    await town.dad.sees("I read buttons", after=said)
    town.dad.edits(said, landing)
    answer = await is_deleted(town, said, "I don't act on edited messages, and that one held a secret.")
    assert "Next: send it as a new message." in answer.text
    hidden = town.dad.says("hello again")
    await town.dad.sees("I read buttons", after=hidden)
    town.dad.edits(hidden, "here", links={"here": landing})
    await is_deleted(town, hidden, "I don't act on edited messages")
    town.clock.advance(600)
    await town.says("/car", NO_CAR)
    await is_deleted(town, town.dad.says(landing), LINKED)


async def test_a_file_that_could_not_be_read_is_deleted(town: Family) -> None:
    """It may hold a secret, and it may be the address: its sender is asked for the text."""
    town.telegram.fails_next("getFile", telegram_faults.refused("Bad Request: file is temporarily unavailable"))
    for content in (b"P0420", b"x" * 70_000):
        said = await is_deleted(town, town.dad.sends_file("a.txt", content), "I could not read that file")
        assert "Next: send what matters in it as text." in said.text
    assert len(town.telegram.calls_of("getFile")) == 1


async def test_in_a_group_a_secret_is_deleted_in_every_form(town: Family) -> None:
    town.bot.flags["can_read_all_group_messages"] = True
    group = town.telegram.add_group("Family", [town.dad])
    group.promotes(town.bot)
    landing = await signs_in(town)
    for sent in (
        town.dad.says("here", chat=group, links={"here": landing}),
        town.dad.says(in_lines(landing, 40), chat=group),
        town.dad.sends({"contact": {"phone_number": "1", "first_name": "x", "vcard": landing}}, chat=group),
    ):
        await sent.disappears()
        await town.dad.sees("That is done in the private chat with me", chat=group, after=sent)
    said = town.dad.says("hello", chat=group)
    town.dad.edits(said, landing)
    await said.disappears()
    assert town.dimo.calls_of("identity", "query") == []


async def test_a_secret_that_stays_is_warned_of_in_every_form(town: Family) -> None:
    refused = telegram_faults.refused("Bad Request: message can't be deleted")
    town.telegram.fails_always("deleteMessage", refused)
    landing = await signs_in(town)
    for sent in (
        town.dad.says(landing[:200]),
        town.dad.sends_file("a.txt", landing[:200].encode()),
        town.dad.sends({"voice": {"file_id": "v", "file_unique_id": "u", "duration": 1}}, caption=landing[:200]),
    ):
        await town.dad.sees(CAUTION, after=sent)


async def test_a_file_in_a_group_is_not_read_unless_it_replies_to_the_bot(town: Family) -> None:
    town.bot.flags["can_read_all_group_messages"] = True
    await town.link()
    group = await a_group(town)
    group.promotes(town.bot)
    town.dad.sends_file("a.txt", b"P0420", chat=group)
    sent = town.dad.sends_file("b.txt", b"P0430", chat=group, reply_to=group.last)
    await town.dad.sees("Look up P0430 for Bluey?", chat=group, after=sent)
    assert len(town.telegram.calls_of("getFile")) == 1
