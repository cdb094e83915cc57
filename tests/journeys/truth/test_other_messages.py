"""Whatever a person sends in the private chat is answered; in a group only what is addressed to the bot is."""

from typing import Any

import pytest

from bot.demo.telegram.chats import Message
from tests.support.people import a_group, joins, says_there
from tests.support.world import Family

IDS = {"file_id": "f", "file_unique_id": "u"}
SIZE = {"width": 1, "height": 1}
PLACE = {"latitude": 52.5, "longitude": 13.4}
POLL = {
    "id": "1",
    "question": "Lock?",
    "options": [{"text": "Yes", "voter_count": 0, "persistent_id": "1"}],
    "total_voter_count": 0,
    "is_closed": False,
    "is_anonymous": True,
    "type": "regular",
    "allows_multiple_answers": False,
    "allows_revoting": False,
    "members_only": False,
}
STICKER = {**IDS, **SIZE, "is_animated": False, "is_video": False, "type": "regular"}
OTHERS: tuple[tuple[dict[str, Any], str], ...] = (
    ({"voice": {**IDS, "duration": 1}}, "I can't listen to recordings."),
    ({"audio": {**IDS, "duration": 1}}, "I can't listen to recordings."),
    ({"video_note": {**IDS, "length": 1, "duration": 1}}, "I can't listen to recordings."),
    ({"photo": [{**IDS, **SIZE}]}, "I can't look at pictures and videos."),
    ({"video": {**IDS, **SIZE, "duration": 1}}, "I can't look at pictures and videos."),
    ({"animation": {**IDS, **SIZE, "duration": 1}, "document": IDS}, "I can't look at pictures and videos."),
    ({"sticker": STICKER}, "I read buttons and commands."),
    ({"dice": {"emoji": "🎲", "value": 1}}, "I read buttons and commands."),
    ({"location": PLACE}, "I don't need to know a place."),
    (
        {"venue": {"location": PLACE, "title": "Home", "address": "Here"}, "location": PLACE},
        "I don't need to know a place.",
    ),
    ({"contact": {"phone_number": "1", "first_name": "Mum"}}, "/invite makes a link that you send them."),
    ({"poll": POLL}, "I can't vote."),
    (
        {"document": {**IDS, "file_name": "manual.pdf", "mime_type": "application/pdf"}},
        "I can't read that kind of file.",
    ),
    ({"invented_next_year": {"a": 1}}, "I read buttons and commands."),
)


async def test_what_is_no_text_is_answered_with_the_next_step(family: Family) -> None:
    stranger = family.telegram.add_person("Mallory")
    for person in (family.dad, stranger):
        for content, answer in OTHERS:
            said = await person.sees(answer, after=person.sends(content))
            assert "Next: " in said.text
            assert not said.labels
    assert family.telegram.calls_of("getFile") == []


async def test_words_beside_a_picture_count_like_others(family: Family) -> None:
    photo = {"photo": [{**IDS, **SIZE}]}
    await family.dad.sees("Look up P0420 for Bluey?", after=family.dad.sends(photo, caption="P0420 is on"))
    await family.dad.sees("Did you mean /unlock?", after=family.dad.sends(photo, caption="/unlock"))
    await family.dad.sees("I can't look at pictures", after=family.dad.sends(photo, caption="what is this"))
    assert not family.dad.private_chat.find("Unlock Bluey?")


async def test_an_export_in_a_text_file_is_searched_for_codes(family: Family) -> None:
    export = "Torque Fault Log\r\nVIN: WVWZZZ1KZAW123456\r\nP0171 (Pending)\r\nP0420*: Catalyst".encode("utf-16")
    await family.dad.sees("Look up P0171, P0420 for Bluey?", after=family.dad.sends_file("faults.txt", export))
    nothing = family.dad.sends_file("notes.md", b"milk, bread", kind="text/markdown")
    await family.dad.sees("I found nothing in that file", after=nothing)


async def test_a_picture_is_no_answer_to_a_question(family: Family) -> None:
    """The bot still waits for the date."""
    asked = await family.says("/invite", "Invite somebody to your cars")
    await family.taps(asked, "Guest")
    await asked.becomes("How long may they use your cars?")
    await family.taps(asked, "Until a date…")
    await family.dad.sees("Until when?", after=asked)
    photo = family.dad.sends({"photo": [{**IDS, **SIZE}]}, caption="24 Dec")
    await family.dad.sees("I can't look at pictures", after=photo)
    await family.says("/unlok", "Did you mean /unlock?")
    await family.says("24 Dec", "Invitation for a guest")


@pytest.mark.parametrize("command", ["/Lock", "/LOCK", "/lock@dimo_family_bot", "/Lock@DIMO_Family_Bot"])
async def test_a_command_works_in_capitals_and_with_the_bots_name(family: Family, command: str) -> None:
    await family.says(command, "Accepted")
    assert family.car.received == ["doors/lock"]


async def test_for_a_typing_error_the_right_command_is_offered_and_nothing_done(family: Family) -> None:
    offers = {
        "/unlok": "Did you mean /unlock?",
        "/Unlcok now": "Did you mean /unlock?",
        "/lokc": "Did you mean /lock?",
        "/ lock": "Did you mean /lock?",
        "／lock": "Did you mean /lock?",
        "/lock@another_bot": "Did you mean /lock?",
        "/runk": "Did you mean /frunk or /trunk?",
        "/unlöck": "Did you mean /unlock?",
        "frunk": "Did you mean /frunk?",
        "/roll 6": "I don't know that command.\nNext: /help shows what I can do.",
        "/": "I read buttons and commands.",
    }
    for said, answer in offers.items():
        await family.says(said, answer)
    await family.settles()
    assert family.car.received == []
    assert not family.dad.private_chat.find("Unlock Bluey?")


async def test_in_a_group_nothing_is_answered_that_is_not_addressed_to_the_bot(family: Family) -> None:
    teen = await joins(family, "Teen")
    group = await a_group(family, teen)
    family.bot.flags["can_read_all_group_messages"] = True
    quiet, hint = len(group.from_bot), group.last
    for content, _ in OTHERS:
        teen.sends(content, chat=group)
        teen.sends(content, chat=group, reply_to=hint)
    for text in ("/unlok", "lock", "hello", "P0420 is on"):
        teen.says(text, chat=group)
    await says_there(group, teen, "/unlok@dimo_family_bot", "Did you mean /unlock?")
    assert len(group.from_bot) == quiet + 1
    assert family.car.received == []


async def test_an_edited_message_without_a_secret_is_not_read(family: Family) -> None:
    said = family.dad.says("hello")
    await family.dad.sees("I read buttons", after=said)
    before = answers(family)
    for text in ("/unlock", "P0420", "/lock"):
        family.dad.edits(said, text)
    await family.settles()
    assert answers(family) == [*before, family.dad.private_chat.last]
    assert family.car.received == []


def answers(family: Family) -> list[Message]:
    return family.dad.private_chat.from_bot
