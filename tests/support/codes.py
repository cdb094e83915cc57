"""Steps of the journeys about codes that are sent to DIMO."""

import asyncio

from bot.demo.dimo.faults import slow
from bot.demo.telegram.chats import Message
from bot.demo.telegram.people import Person
from tests.support.world import Family

WAITING = "Waiting for DIMO's explanation"
KEPT = "Not at DIMO yet"
EXPLAINED = "control unit"
"""Part of the simulated DIMO's usual explanation of every code."""

RETRY = "bringing error codes later"
"""The task that waits to send again what did not reach DIMO."""

SUBMITTING = ("submit_codes", "submit_vehicle_codes")


def has_arrived(family: Family, *operations: str) -> int:
    """Count the requests that reached DIMO, answered or not; by default those for explanations."""
    return sum(family.dimo.arrived["devices", one] for one in operations or SUBMITTING)


def at_dimo(family: Family) -> list[list[str]]:
    """Return the codes in DIMO's history, oldest first."""
    return [[code for code, _ in query.codes] for query in reversed(family.car.code_queries)]


async def asked(family: Family, codes: str, shows: str = WAITING, *, person: Person | None = None) -> Message:
    """Look up codes; returns the message of the query when it has shown these words."""
    person = person or family.dad
    said = person.says(f"/codes {codes}")
    message = await person.sees(lambda shown: any(shows in text for text in shown.texts), after=said)
    return await message.becomes(lambda _: any(shows in text for text in message.texts))


async def explained(family: Family, codes: str, *, person: Person | None = None) -> Message:
    """Look up codes and wait for the explanation."""
    message = await asked(family, codes, person=person)
    return await message.becomes(lambda shown: WAITING not in shown.text and KEPT not in shown.text)


async def kept(family: Family, codes: str) -> Message:
    """Look up codes that do not reach DIMO; returns their message, which says so."""
    return await (await asked(family, codes)).becomes(KEPT)


async def fails_again(family: Family, message: Message) -> None:
    """Tap Send again, and wait until it fails again."""
    before = len(message.texts)
    await family.taps(message, "Send again")
    await message.becomes(lambda _: any(WAITING in text for text in message.texts[before:]))
    await message.becomes(KEPT)


async def held(family: Family, codes: str, *, operation: str = "submit_codes") -> tuple[Message, asyncio.Event]:
    """Look up codes that DIMO explains once the event is set; returns the message that waits."""
    gate, before = asyncio.Event(), has_arrived(family)
    family.dimo.fail("devices", operation, slow(gate))
    message = await asked(family, codes)
    await family.dimo.wait_arrived("devices", operation, before + 1)
    return message, gate


def away(family: Family) -> None:
    """Make DIMO's service for codes unreachable."""
    family.dimo.devices_gone = True


def back(family: Family) -> None:
    """Make the service answer again."""
    family.dimo.heal("devices")


async def tries_again(family: Family, *, minutes: float = 5) -> None:
    """Let these minutes pass, after which the bot tries again by itself."""
    seconds = 60 * minutes
    family.clock.advance(await family.clock.until_asleep(RETRY, after=seconds - 10, within=seconds + 1))


async def history(family: Family) -> list[str]:
    """Return the texts of the history, newest first, each when it is complete."""
    message = await family.says("/codes", "error codes")
    await message.becomes(lambda shown: "Asking DIMO" not in shown.text)
    texts = [message.text]
    while any("Older" in label for label in message.labels):
        await family.taps(message, "Older")
        await message.becomes(lambda shown: shown.text != texts[-1])
        texts.append(message.text)
    return texts
