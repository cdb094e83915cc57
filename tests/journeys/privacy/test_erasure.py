"""Erasure: nothing in the database contains the name or id of a person who asked to be forgotten."""

import asyncio
from collections.abc import Iterable
from pathlib import Path

import pytest

from bot.demo.dimo.faults import slow
from bot.demo.telegram.chats import Message
from bot.demo.telegram.people import Person
from tests.support.codes import explained
from tests.support.dumps import Dump, dump_of
from tests.support.people import NOTHING_HERE, a_group, joins, says_there, shown_member
from tests.support.words import has_word
from tests.support.world import Family

pytestmark = pytest.mark.both_databases

QUESTION = "Forget you?"


async def kept(family: Family) -> Dump:
    await family.has_handled_all()
    return dump_of(family.environ["DATABASE_URL"], family.environ["ENCRYPTION_KEYS"])


def naming(rows: Iterable[tuple[str, str]], *words: object) -> set[str]:
    """Return the tables that contain one of these words."""
    return {table for table, text in rows if any(has_word(text, word) for word in words)}


def is_in_files(family: Family, person: Person) -> bool:
    """Return whether SQLite's files, with deleted rows and the log, contain the person's id or name.

    Ciphertext contains a name of three letters now and then.
    """
    if not family.environ["DATABASE_URL"].startswith("sqlite:///"):
        return False
    file = Path(family.environ["DATABASE_URL"].removeprefix("sqlite:///"))
    content = b"".join(one.read_bytes() for one in file.parent.iterdir() if one.is_file())
    return any(
        written in content
        for written in (person.id.to_bytes(6, "big"), str(person.id).encode(), person.first_name.encode())
        if len(written) > len("Dad")
    )


async def forgotten(family: Family, question: Message, person: Person) -> Message:
    tap = await family.taps(question, "Forget me", person=person)
    said = await question.becomes("Forgotten. I deleted what I kept about you. What stays for others is in /privacy.")
    family.telegram.redeliver(tap)
    return said


async def test_nothing_of_a_forgotten_member_is_left_but_log_lines_without_a_name(family: Family) -> None:
    gran = family.telegram.add_person("Wilhelmina")
    group = await a_group(family, gran)
    said = await says_there(group, gran, "/car", "you have no access here")
    await family.taps(said, "Ask for access", person=gran)
    request = await family.dad.sees("asks to use your cars")
    await family.taps(request, "Deny")
    await request.becomes("is not let in")
    await joins(family, "Wilhelmina", person=gran)
    panel = await family.says("/car", "Bluey", person=gran)
    await gran.sends_forged(f"c:{family.car.token_id}", panel).answered()
    await family.says("/lock", "Accepted", person=gran)
    question = await says_there(group, gran, "/frunk", "'s frunk?")
    await family.taps(question, "Open frunk", person=gran)
    await question.becomes("Accepted")
    await explained(family, "P0106", person=gran)
    clearing = await family.says("/clearcodes", "as cleared?", person=gran)
    await family.taps(clearing, "Clear", person=gran)
    await clearing.becomes("Cleared")
    left_open = await family.says("/trunk", "'s trunk?", person=gran)
    member = await shown_member(family, "Wilhelmina")
    await family.taps(member, "Until a date…")
    await family.dad.sees("Until when?", after=member)
    await family.taps(member, "Remove")
    removal = await family.dad.sees("Remove Wilhelmina?", after=member)
    assert naming(await kept(family), gran.id, "Wilhelmina") >= {
        *("access_requests", "actions", "chat_choices", "code_queries", "invitations", "members", "prompts"),
        "shared_chats",
    }
    assert is_in_files(family, gran) is family.environ["DATABASE_URL"].startswith("sqlite")

    asked = await family.says("/forget", QUESTION, person=gran)
    assert "Your access to other people's cars" in asked.text
    assert "DIMO account" not in asked.text
    await family.taps(asked, "Cancel", person=gran)
    await asked.becomes("Cancelled: Forget me. Nothing was deleted.")
    asked = await family.says("/forget", QUESTION, person=gran)
    await forgotten(family, asked, gran)
    received = list(family.car.received)
    await family.says("/lock", NOTHING_HERE, person=gran)
    await family.taps(left_open, "Open trunk", person=gran)
    await gran.sees("That question is gone.", after=left_open)
    await family.taps(removal, "Remove")
    await family.dad.sees("That question is gone.", after=removal)
    log = await family.says("/log", "Log")
    assert "Forgotten person: Frunk, Bluey\n" in log.text
    codes = await family.says("/codes", "P0106")
    assert "Wilhelmina" not in codes.text
    assert naming(await kept(family), gran.id) == set()
    # The owner is still to be told that she opened the car, and has been told that she joined.
    assert naming(await kept(family), "Wilhelmina") <= {"events", "access_changes"}
    assert family.car.received == received


async def test_nothing_of_a_forgotten_owner_is_left_and_nobody_can_use_the_cars(family: Family) -> None:
    teen, _ = await family.add_relative("Teen", "Moped")
    of_teen = {row for row in (await kept(family)) if naming([row], teen.id, "Moped")}
    gran = await joins(family, "Gran")
    group = await a_group(family, gran)
    question = await says_there(group, gran, "/frunk", "'s frunk?")
    await explained(family, "P0106")
    await family.says("/cars", "Which car?")
    await family.says("/invite", "Invite somebody")
    gate = asyncio.Event()
    family.car.fail_next(slow(gate))
    sending = gran.says("/lock")
    await family.dimo.wait_arrived("devices", "command", 1)
    assert {"homes", "tokens", "cars", "actions", "code_queries"} <= naming(await kept(family), family.dad.id)

    asked = await family.says("/forget", QUESTION)
    assert "Your DIMO account here" in asked.text
    assert "The access of 1 person to your cars" in asked.text
    assert "other people's cars\n" not in asked.text
    await family.taps(asked, "Forget me")
    await family.dad.sees("A command is on its way to the car, so I deleted nothing.", after=asked)
    gate.set()
    await gran.sees("Accepted", after=sending)
    await forgotten(family, asked, family.dad)
    received = list(family.car.received)
    await family.taps(question, "Open frunk", person=gran)
    await gran.sees("That question is gone.", chat=group, after=question)
    await family.says("/lock", NOTHING_HERE, person=gran)
    await family.says("/log", NOTHING_HERE)
    assert family.car.received == received
    rows = await kept(family)
    assert naming(rows, family.dad.id, "Dad", family.account.wallet) == set()
    assert not is_in_files(family, family.dad)
    assert of_teen <= rows
    await family.says("/lock", "Teen's Lock for Moped", person=teen)
    await family.link()
    await family.says("/lock", "Accepted")


async def test_reports_from_before_an_erasure_are_not_shown_to_the_next_owner(family: Family) -> None:
    await (await family.says("/status", "📋 Bluey")).becomes("🔒 Locked")
    await forgotten(family, await family.says("/forget", QUESTION), family.dad)
    family.dimo.switch_off("telemetry")
    heir = family.telegram.add_person("Heir")
    await family.link(heir)
    status = await family.says("/status", "📋 Bluey", person=heir)
    await status.becomes("I can't get the car's report")
    assert not [text for text in status.texts if "Locked" in text]


async def test_whoever_was_denied_for_good_stays_denied_after_being_forgotten(family: Family) -> None:
    """The denial concerns the owner, so /forget of the other person does not undo it."""
    tom = family.telegram.add_person("Tom Ng")  # with a space, which no token contains
    group = await a_group(family, tom)
    said = await says_there(group, tom, "/car", "you have no access here")
    await family.taps(said, "Ask for access", person=tom)
    request = await family.dad.sees("Tom Ng asks to use your cars")
    await family.taps(request, "Deny for good")
    await request.becomes("is not let in")
    asked = await family.says("/forget", QUESTION, person=tom)
    assert "access" not in asked.text
    await family.taps(asked, "Cancel", person=tom)
    await asked.becomes("Cancelled: Forget me. Nothing was deleted.")
    await forgotten(family, await family.says("/forget", QUESTION, person=tom), tom)
    assert naming(await kept(family), tom.id, "Tom Ng") == {"access_requests"}
    again = await says_there(group, tom, "/car", "you have no access here")
    await family.taps(again, "Ask for access", person=tom)
    await family.settles()
    assert family.dad.private_chat.find("Tom Ng asks to use your cars", after=request) is None


async def test_the_owner_is_told_the_name_of_somebody_who_joins_and_asks_to_be_forgotten_at_once(
    family: Family,
) -> None:
    teen = await joins(family, "Teen")
    await family.says("/unlock", "Unlock Bluey?", person=teen)
    await forgotten(family, await family.says("/forget", QUESTION, person=teen), teen)
    family.clock.advance(60)
    await family.dad.sees("👋 Teen joined as a driver.")
