"""What Ann does with the bot of a client, and what she must see: the same for all of them.

Each bot in `programs/` answers the same commands, written as its library's own examples are.
"""

import asyncio
import os
import sys
from asyncio.subprocess import Process
from collections.abc import Sequence
from contextlib import suppress

from bot.demo.telegram import faults
from bot.demo.telegram.attachments import Document
from bot.demo.telegram.bots import Answer
from bot.demo.telegram.world import Group, Person, TelegramWorld
from bot.serving import serve

FILE = Document("Straße 1.csv", "text/csv", "ä;1\r\n".encode())
UNKNOWN_METHOD = "openCar: this simulator has no such method"


def main(command: Sequence[str]) -> int:
    """Play the whole scene with the bot that this command starts; return the exit status."""
    asyncio.run(_play(command))
    sys.stdout.write("All seen, nothing refused that should not be.\n")
    return 0


async def _play(command: Sequence[str]) -> None:
    world = TelegramWorld()
    bot = world.add_bot("a_foreign_bot")
    ann = world.add_person("Ann")
    group = world.add_group("Family", [ann])
    async with serve(world.app) as url:
        environment = os.environ | {"BOT_TOKEN": str(bot.token), "BOT_API": url}
        process = await asyncio.create_subprocess_exec(*command, env=environment)
        over = asyncio.create_task(process.wait())
        acts = asyncio.create_task(_acts(world, ann, group))
        try:
            await asyncio.wait({over, acts}, return_when=asyncio.FIRST_COMPLETED)
            assert not over.done(), f"the bot ended by itself with status {process.returncode}"
            await acts
            await _stop(process)
        finally:
            acts.cancel()
            with suppress(ProcessLookupError):
                process.kill()
            await over
    assert world.violations == [UNKNOWN_METHOD], world.violations


async def _acts(world: TelegramWorld, ann: Person, group: Group) -> None:
    await world.until(lambda: world.bot.updates.has_listener, within=30)
    assert world.bot.menu_in(ann.private_chat, ann) == ["start", "log"]
    assert world.bot.menu_in(group, ann) == ["start"]
    await _question(ann)
    await _forced_reply(ann)
    await _file(ann)
    await _members(ann, group)
    await _reaction(ann)
    await _refusals(world, ann)


async def _question(ann: Person) -> None:
    """Buttons, an answered tap, edits, and an edit that changes nothing."""
    ann.says("/start")
    question = await ann.sees("Unlock Bluey?")
    assert [entity["type"] for entity in question.entities] == ["bold"]
    assert question.labels == ["Unlock", "Help"]
    assert question.buttons[1].url == "https://example.org/help"
    tap = ann.taps(question, "Unlock")
    assert await tap.answered() == Answer("One moment", show_alert=True)
    await question.becomes("Done")
    assert question.texts == ["Unlock Bluey?", "Sending", "Done"]
    assert [entity["type"] for entity in question.entities] == ["italic"]
    await ann.sees("Refused: 400 message is not modified")


async def _forced_reply(ann: Person) -> None:
    """A question that forces a reply, and is deleted afterwards."""
    ann.says("/name")
    question = await ann.sees("What is it called?")
    assert question.asks_reply
    said = ann.says("Bluey", reply_to=question)
    assert (await ann.sees("Called Bluey")).reply_to is said
    await question.disappears()


async def _file(ann: Person) -> None:
    ann.says("/log")
    sent = await ann.sees("2 lines")
    assert sent.document == FILE, sent.document
    assert "upload_document" in ann.private_chat.actions
    assert [entity["type"] for entity in sent.entities] == ["bold"]
    await sent.becomes("3 lines")


async def _members(ann: Person, group: Group) -> None:
    ann.says("/who", chat=group)
    await ann.sees("Family: creator Ann, 1 administrator, 2 members", chat=group)


async def _reaction(ann: Person) -> None:
    said = ann.says("/react")
    await ann.private_chat.wait_until(lambda: said.reactions == ["👀"])


async def _refusals(world: TelegramWorld, ann: Person) -> None:
    """Errors reach the bot as its library's own exceptions."""
    ann.says("/unknown")
    await ann.sees("Refused: 404 Not Found: method not found")
    flood = world.fails_next("sendChatAction", faults.flood(1))
    ann.says("/flood")
    await ann.sees("Refused: 429, retry after 1")
    assert flood.met == 1
    ben = world.add_person("Ben", has_started=True)
    ann.says(f"/tell {ben.id}")
    await ben.sees("Hello")
    ben.blocks()
    ann.says(f"/tell {ben.id}")
    await ann.sees("Refused: 403 Forbidden: bot was blocked by the user")


async def _stop(process: Process) -> None:
    """End the bot as a host does; the libraries then acknowledge their last updates."""
    process.terminate()
    status = await asyncio.wait_for(process.wait(), timeout=20)
    assert status in {0, -15}, f"the bot ended with status {status}"
