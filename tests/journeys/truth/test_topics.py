"""Topics of a forum: an answer goes to the topic that asked, or to the person where the bot may not write."""

import pytest

from bot.demo.telegram.chats import Message
from bot.demo.telegram.groups import Group
from bot.demo.telegram.people import Person
from tests.support.people import a_group, joins
from tests.support.world import Family

CANNOT = "I may not write in the group"


@pytest.fixture
async def group(family: Family) -> Group:
    """A group of dad and a driver, in which dad's car is shared."""
    teen = await joins(family, "Teen")
    return await a_group(family, teen)


def topic_of(message: Message) -> int | None:
    found = message.extra.get("message_thread_id")
    return None if found is None else int(found)


async def asks(family: Family, group: Group, text: str, answer: str, topic: int | None) -> Message:
    said = family.dad.says(text, chat=group, topic=topic)
    return await family.dad.sees(answer, chat=group, after=said)


async def test_questions_outcomes_and_reports_go_to_the_topic_that_asked(family: Family, group: Group) -> None:
    topic = group.adds_topic()
    group.closes_topic(None)  # General: what goes there by mistake is lost
    for text, answer in {
        "/car": "🚗 Bluey",
        "/status": "📋 Bluey",
        "/codes": "error codes",
        "/lock": "Dad's Lock for Bluey",
        "/unlock": "Unlock Bluey?",
        "/nonsense@dimo_family_bot": "I don't know that command",
    }.items():
        assert topic_of(await asks(family, group, text, answer, topic)) == topic
    question = group.find("Unlock Bluey?")
    assert question is not None
    await family.taps(question, "Unlock")
    await question.becomes("Dad's Unlock for Bluey")
    panel = await asks(family, group, "/car", "🚗 Bluey", topic)
    await family.taps(panel, "More")
    await panel.becomes(lambda message: "📋 Status" in message.labels)
    await family.taps(panel, "Status")
    assert topic_of(await family.dad.sees("📋 Bluey", chat=group, after=panel)) == topic


async def test_an_outcome_goes_to_its_topic_also_after_its_message_was_deleted_and_the_bot_restarted(
    family: Family, group: Group
) -> None:
    topic = group.adds_topic()
    family.car.change(locked=False)
    shown = await asks(family, group, "/lock", "Accepted", topic)
    family.dad.deletes(shown)
    await family.restart_bot()
    await family.next_look()
    again = await family.dad.sees("Confirmed: 🔒 Dad locked Bluey", chat=group, after=shown)
    assert topic_of(again) == topic


async def test_what_a_deleted_topic_asked_for_is_answered_in_general(family: Family, group: Group) -> None:
    topic = group.adds_topic()
    said = family.dad.says("/lock", chat=group, topic=topic)
    group.deletes_topic(topic)
    assert topic_of(await family.dad.sees("Dad's Lock for Bluey", chat=group, after=said)) is None


@pytest.mark.parametrize("how", ["a closed topic", "General is closed", "muted", "kicked"])
async def test_where_the_bot_may_not_write_the_person_is_told_in_private(
    family: Family, group: Group, how: str
) -> None:
    """Once, and all that follows in the same message; a question is not asked, and nothing is opened."""
    topic = None if how == "General is closed" else group.adds_topic()
    before = len(group.from_bot)
    said = family.dad.says("/lock", chat=group, topic=topic)
    if how == "muted":
        group.is_muted = True
    elif how == "kicked":
        group.statuses[family.bot.id] = "kicked"
    else:
        group.closes_topic(topic)
    told = await family.dad.sees(CANNOT, after=said)
    await told.becomes("Dad's Lock for Bluey")
    if how == "kicked":
        return
    family.dad.says("/unlock", chat=group, topic=topic)
    asked = await family.dad.sees("could not ask you there", after=told)
    assert not asked.labels
    assert len(group.from_bot) == before
    assert len([one for one in family.dad.private_chat.from_bot if "Dad's Lock for Bluey" in one.text]) == 1


async def test_an_outcome_that_nobody_in_the_group_can_be_told_goes_to_the_owner(family: Family, group: Group) -> None:
    """The driver who asked has blocked the bot."""
    teen = next(one for one in group.members.values() if isinstance(one, Person) and one.first_name == "Teen")
    said = teen.says("/lock", chat=group)
    teen.private_chat.blocked, group.is_muted = True, True
    await family.dad.sees("Teen's Lock for Bluey", after=said)


async def test_a_tap_where_the_bot_could_not_write_is_answered_with_an_alert(family: Family, group: Group) -> None:
    topic = group.adds_topic()
    panel = await asks(family, group, "/car", "🚗 Bluey", topic)
    group.closes_topic(topic)
    said = family.dad.says("/status", chat=group, topic=topic)
    await family.dad.sees(CANNOT, after=said)
    answer = await family.dad.taps(panel, "Lock").answered()
    assert CANNOT in (answer.text or "")
