"""What journeys about codes on their way to DIMO share: how they are asked about, and what is read of it."""

import asyncio

from bot.demo.dimo.faults import slow
from bot.demo.telegram.chats import Message
from bot.demo.telegram.people import Person
from tests.support.world import Family

WAITING = "Waiting for DIMO's explanation"
KEPT = "Not at DIMO yet"
EXPLAINED = "control unit"
"""What the simulated DIMO says about every code, unless it is told otherwise."""

RETRY = "bringing error codes later"
"""The sleeper that tries again what did not reach DIMO."""

SUBMITTING = ("submit_codes", "submit_vehicle_codes")


def has_arrived(family: Family, *operations: str) -> int:
    """Count the requests that came to DIMO, answered or not; all explanations unless operations are named."""
    return sum(family.dimo.arrived["devices", one] for one in operations or SUBMITTING)


def at_dimo(family: Family) -> list[list[str]]:
    """Return what DIMO's history holds, oldest first."""
    return [[code for code, _ in query.codes] for query in reversed(family.car.code_queries)]


async def asked(family: Family, codes: str, shows: str = WAITING, *, person: Person | None = None) -> Message:
    """Ask about codes; returns the message that shows what becomes of it, once it has shown this."""
    person = person or family.dad
    said = person.says(f"/codes {codes}")
    message = await person.sees(lambda shown: any(shows in text for text in shown.texts), after=said)
    return await message.becomes(lambda _: any(shows in text for text in message.texts))


async def explained(family: Family, codes: str, *, person: Person | None = None) -> Message:
    """Ask about codes and wait for DIMO's words."""
    message = await asked(family, codes, person=person)
    return await message.becomes(lambda shown: WAITING not in shown.text and KEPT not in shown.text)


async def kept(family: Family, codes: str) -> Message:
    """Ask about codes that do not reach DIMO; returns their message, which says so."""
    return await (await asked(family, codes)).becomes(KEPT)


async def fails_again(family: Family, message: Message) -> None:
    """Send again what does not reach DIMO this time either."""
    before = len(message.texts)
    await family.taps(message, "Send again")
    await message.becomes(lambda _: any(WAITING in text for text in message.texts[before:]))
    await message.becomes(KEPT)


async def held(family: Family, codes: str, *, operation: str = "submit_codes") -> tuple[Message, asyncio.Event]:
    """Ask about codes that DIMO explains once the event is set; returns the message that waits."""
    gate, before = asyncio.Event(), has_arrived(family)
    family.dimo.fail("devices", operation, slow(gate))
    message = await asked(family, codes)
    await family.dimo.wait_arrived("devices", operation, before + 1)
    return message, gate


def away(family: Family) -> None:
    """Switch the service of DIMO's that knows codes off, as a host that has gone."""
    family.dimo.devices_gone = True


def back(family: Family) -> None:
    """Let all of it answer again."""
    family.dimo.heal("devices")


async def tries_again(family: Family, *, minutes: float = 5) -> None:
    """Let the minutes pass after which the bot tries again by itself."""
    seconds = 60 * minutes
    family.clock.advance(await family.clock.until_asleep(RETRY, after=seconds - 10, within=seconds + 1))


async def history(family: Family) -> list[str]:
    """Read the record in the chat, newest first, page by page; each text as it stands at the end."""
    message = await family.says("/codes", "error codes")
    await message.becomes(lambda shown: "Asking DIMO" not in shown.text)
    texts = [message.text]
    while any("Older" in label for label in message.labels):
        await family.taps(message, "Older")
        await message.becomes(lambda shown: shown.text != texts[-1])
        texts.append(message.text)
    return texts
