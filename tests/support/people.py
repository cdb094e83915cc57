"""People around a family that has linked its car: invited, joined, removed, and in groups."""

from bot.demo.telegram.chats import Message
from bot.demo.telegram.groups import Group
from bot.demo.telegram.people import Person
from tests.support.world import Family

NOTHING_HERE = "There is no car here for you"
NO_ACCESS = "you have no access here"


async def invited(family: Family, role: str = "Driver", length: str = "No end") -> Message:
    """Make an invitation as dad; returns the message that holds its link."""
    asked = await family.says("/invite", "Invite somebody to your cars")
    await family.taps(asked, role)
    await asked.becomes("How long may they use your cars?")
    await family.taps(asked, length)
    return await asked.becomes("Invitation for")


def link_in(message: Message) -> str:
    """Read the link of an invitation."""
    return next(line for line in message.text.splitlines() if line.startswith("https://"))


def code_in(message: Message) -> str:
    """Read the code in the link of an invitation."""
    return link_in(message).partition("?start=join_")[2]


async def offered(link: str, person: Person) -> Message:
    """Open a link as this person; returns the message that shows the invitation."""
    return await person.sees("invites you to use", after=person.follows(link))


async def joins(
    family: Family,
    name: str,
    *,
    role: str = "Driver",
    length: str = "No end",
    person: Person | None = None,
) -> Person:
    """Invite somebody as dad, and have them join."""
    person = person or family.telegram.add_person(name)
    offer = await offered(link_in(await invited(family, role, length)), person)
    await family.taps(offer, "Join", person=person)
    await offer.becomes("You are in")
    return person


async def shown_member(family: Family, name: str) -> Message:
    """Open somebody's access as dad, from the list of members."""
    found = await family.says("/members", "Who may use your cars")
    await family.taps(found, name)
    return await found.becomes("May: ")


async def removed(family: Family, name: str) -> Message:
    """Remove somebody as dad; returns the message that confirms it."""
    member = await shown_member(family, name)
    await family.taps(member, "Remove")
    question = await family.dad.sees(f"Remove {name}?", after=member)
    await family.taps(question, "Remove")
    return await question.becomes(f"{name} can't use your cars any more.")


async def a_group(family: Family, *people: Person, title: str = "The Smiths") -> Group:
    """Add the bot to dad's group with the link on the panel, which shares his cars there."""
    group = family.telegram.add_group(title, [family.dad, *people])
    family.dad.says("/start@dimo_family_bot share", chat=group)
    await family.dad.sees("shares", chat=group)
    return group


async def says_there(group: Group, person: Person, text: str, answer: str) -> Message:
    """Write something in a group, and wait for the bot's answer there."""
    return await person.sees(answer, chat=group, after=person.says(text, chat=group))
