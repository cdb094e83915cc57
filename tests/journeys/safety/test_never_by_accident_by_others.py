"""Forged buttons, strangers, and messages that are not a person's fresh command do nothing to the car."""

from datetime import timedelta

from bot.demo.telegram.users import User
from tests.support.people import a_group, joins, says_there
from tests.support.world import Family


async def test_button_data_that_no_button_has_does_nothing(family: Family) -> None:
    """A modified app can send any data; the bot answers it in words and does nothing."""
    panel = await family.says("/car", "Bluey")
    car = family.car.token_id
    forged = ["y:", "y:1", "y:../../x", "a:unlock:0", "a:explode:1", f"a:unlock:{car}:1", "x", "é" * 32]
    for data in forged:
        await family.dad.sends_forged(data, panel).answered()
    await family.settles()
    *answers, _ = [message.text for message in family.dad.private_chat.from_bot if message.id > panel.id]
    assert len(answers) == len(forged)
    assert all("out of date" in text or "question is gone" in text for text in answers)
    assert family.car.received == []


async def test_a_stranger_opens_nothing_with_forged_buttons(family: Family) -> None:
    """The data of a button gives no rights: the bot checks who sends it."""
    question = await family.asks("/unlock", "Unlock Bluey?")
    stranger = family.telegram.add_person("Mallory")
    hello = await family.says("/start", "connect your DIMO account", person=stranger)
    confirm, car = question.buttons[0].callback_data or "", family.car.token_id
    for data in (confirm, f"a:unlock:{car}", f"a:lock:{car}", f"s:{car}"):
        await stranger.sends_forged(data, hello).answered()
    await family.says("/privacy", "What I keep", person=stranger)
    await family.settles()
    assert family.car.received == []
    assert "Bluey" not in stranger.private_chat.transcript()
    assert question.text.startswith("🔓 Unlock Bluey?")


async def test_only_the_person_who_was_asked_can_confirm(family: Family) -> None:
    """Nobody else in the group can, not even another person who may open the car."""
    mum = await joins(family, "Mum")
    group = await a_group(family, mum)
    question = await says_there(group, family.dad, "/unlock", "Unlock Bluey?")
    newest = group.last
    answer = await mum.taps(question, "Unlock").answered()
    assert "Only the person who asked can confirm this." in (answer.text or "")
    assert group.last is newest
    assert family.car.received == []
    await family.taps(question, "Unlock")
    await question.becomes("Accepted")


async def test_a_family_cannot_use_another_familys_car(family: Family) -> None:
    """The number of a car is not secret, and opens nothing for a chat that the car is not linked with."""
    other, their_car = await family.add_relative("Mum", "Kitt")
    panel = await family.says("/car", "Kitt", person=other)
    await other.sends_forged(f"a:lock:{family.car.token_id}", panel).answered()
    await other.sees("That car is not linked here.", after=panel)
    await family.settles()
    assert family.car.received == []
    assert their_car.received == []


async def test_a_command_that_waited_over_two_minutes_does_nothing_and_says_so(family: Family) -> None:
    """The bot was offline, and nobody waits for the command any more."""
    for command in ("/lock", "/unlock"):
        said = family.dad.says(command, date=family.clock.now() - timedelta(seconds=122))
        await family.dad.sees("That command reached me late, so I did nothing.", after=said)
    await family.settles()
    assert family.car.received == []
    assert not family.dad.private_chat.find("Unlock Bluey?")


async def test_a_command_of_the_last_two_minutes_counts(family: Family) -> None:
    said = family.dad.says("/lock", date=family.clock.now() - timedelta(seconds=115))
    await family.dad.sees("Accepted", after=said)
    assert family.car.received == ["doors/lock"]


async def test_an_edited_message_does_nothing(family: Family) -> None:
    """Somebody corrects a typing error in an old message, which is not a command."""
    said = family.dad.says("/lok")
    await family.dad.sees("I don't know that command", after=said)
    family.dad.edits(said, "/lock")
    await family.settles()
    assert family.car.received == []


async def test_the_command_of_another_bot_that_a_person_chose_does_nothing_and_says_so(family: Family) -> None:
    """In inline mode a person taps one of a bot's proposals, and its words are sent in that person's name."""
    other = User(6_000_000_001, "Another bot", username="other_bot", is_bot=True)
    said = family.dad.says("/lock", via_bot=other)
    await family.dad.sees("Another bot wrote that message", after=said)
    await family.settles()
    assert family.car.received == []


async def test_a_forwarded_command_does_nothing_and_says_so(family: Family) -> None:
    mum = family.telegram.add_person("Mum")
    said = family.dad.says("/lock", forwarded_from=mum)
    await family.dad.sees("That message is forwarded", after=said)
    await family.settles()
    assert family.car.received == []
