"""A process that dies at any point while it sends codes to DIMO: nothing is lost, sent twice, or left unanswered.

Each request is repeated, and each time the process dies one act later; the next process finds what it left.
"""

import asyncio
import copy
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, closing, suppress
from dataclasses import dataclass
from pathlib import Path

import pytest

from bot.demo.dimo.faults import Fault, lose_answer, status
from bot.domain.ids import CodeQueryId, MessageId
from bot.service.codes.requests import AskedToClear
from bot.service.codes.state import is_waiting
from bot.service.ports import Ask
from bot.telegram.handlers.codes import CodeHandlers
from bot.telegram.requests import Said, Tapped
from bot.telegram.ui.taps import SendCodes
from storage import CodeQuery, Database
from tests.support.dimo_setting import signing_key
from tests.support.dying_process import Dead, Fate, MortalDatabase, MortalPaper, MortalTransport
from tests.support.records import newest_codes
from tests.support.use_cases import HOME, Process, Town, a_process, a_town, an_ask

EXPLAINED, WAITING = "control unit", "Waiting for DIMO"
RETRY = "bringing error codes later"
IDLE = 3500
"""A longer sleep means that nothing is due."""

Step = Callable[[Process, Ask], Awaitable[object]]


@dataclass
class Village:
    """A town that can be restored to an earlier state; its chats outlive the processes."""

    town: Town
    folder: Path
    paper: MortalPaper

    def remember(self) -> None:
        self._files = {file.name: file.read_bytes() for file in self.folder.iterdir()}
        self._now = self.town.clock._now
        self._at_dimo = copy.deepcopy(self.town.car.code_queries)
        self._written = copy.deepcopy(self.paper.messages)

    def put_back(self) -> None:
        shutil.rmtree(self.folder)
        self.folder.mkdir()
        for name, content in self._files.items():
            (self.folder / name).write_bytes(content)
        self.town.clock._now = self._now
        self.town.car.code_queries = copy.deepcopy(self._at_dimo)
        self.town.dimo.heal("devices")
        self.paper.messages = copy.deepcopy(self._written)

    @asynccontextmanager
    async def life(self, fate: Fate) -> AsyncIterator[Process]:
        """Run a process to its end."""
        self.paper.fate = fate
        transport = MortalTransport(self.town, fate)
        database = MortalDatabase(self.town, fate)
        async with a_process(self.town, paper=self.paper, db=database, transport=transport) as process:
            yield process

    async def row(self, database: Database) -> CodeQuery | None:
        """Return the row of the newest codes."""
        return await database.read(lambda tx: newest_codes(tx, HOME, self.town.car_id))

    async def dies(self, step: Step, ask: Ask, *, after: int | None = None) -> tuple[int, CodeQuery | None]:
        """Begin a request and die during it; returns the number of acts done, and the row."""
        fate = Fate(after)
        async with self.life(fate) as process:
            with suppress(Dead):
                await step(process, ask)
            await process.rests()
        with closing(Database.open(self.town.url, self.town.vault)) as witness:
            return fate.acts, await self.row(witness)

    async def lives_on(self, step: Step, ask: Ask) -> CodeQuery:
        """Start the next process, which gets the same update again, and let time pass until everything is done."""
        async with self.life(Fate()) as process, asyncio.timeout(10):
            await step(process, ask)
            delivering = asyncio.create_task(process.services.codes.delivery.keep_delivering())
            while True:
                await process.rests()
                row = await self.row(process.db)
                if row is not None and not is_waiting(row) and row.next_try_at is None:
                    await process.rests()
                    await self.town.clock.until_asleep(RETRY)  # the result is stored first, and shown then
                    delivering.cancel()
                    return row
                seconds = await self.town.clock.until_asleep(RETRY)
                if seconds < IDLE:
                    self.town.clock.advance(seconds)
                await asyncio.sleep(0)


@pytest.fixture
def village(tmp_path: Path, sqlite_template: Path, key: str) -> Village:
    folder = tmp_path / "data"
    folder.mkdir()
    shutil.copy(sqlite_template, folder / "bot.db")
    town = a_town(str(folder), signing_key=signing_key(), ENCRYPTION_KEYS=key)
    return Village(town, folder, MortalPaper(Fate()))


def handlers(process: Process) -> CodeHandlers:
    services = process.services
    return CodeHandlers(
        chat=process.chat,
        clock=process.clock,
        codes=services.codes.requests,
        messages=services.codes.messages,
        watching=services.codes.watches,
        background=process.background,
    )


async def asks(process: Process, ask: Ask) -> None:
    await handlers(process).command(Said(ask, "P0301"))


FIRST_ANSWERS: dict[str, Fault | None] = {
    "dimo answers": None,
    "the answer is lost": lose_answer(),
}


@pytest.mark.parametrize("fault", FIRST_ANSWERS.values(), ids=FIRST_ANSWERS)
async def test_codes_that_were_asked_about_are_explained_once(village: Village, fault: Fault | None) -> None:
    """Also if the process died before it stored them: Telegram delivers the update again."""
    village.remember()
    last: int | None = 0
    while last is not None:
        village.put_back()
        if fault is not None:
            village.town.dimo.fail("devices", "submit_codes", fault)
        ask = an_ask()
        acts, left = await village.dies(asks, ask, after=last)
        row = await village.lives_on(asks, ask)
        assert len(village.town.car.code_queries) == 1, f"dead after {last}"
        assert row.state == "delivered", f"dead after {last}"
        tell = _messages(village, EXPLAINED)
        assert len(tell) == 1, f"dead after {last}: {village.paper.messages}"
        assert left is None or left.message_id in {None, tell[0]}, f"dead after {last}"
        last = None if acts < last else last + 1


async def test_codes_that_are_sent_again_are_explained_once(village: Village) -> None:
    """In the message that has the button."""
    village.town.dimo.fail("devices", "submit_codes", status(503, "Service Unavailable"))
    _, kept = await village.dies(asks, an_ask())
    assert kept is not None
    assert kept.message_id is not None
    button, message = SendCodes(village.town.car_id, CodeQueryId(kept.id)), MessageId(kept.message_id)

    async def sends(process: Process, ask: Ask) -> None:
        await handlers(process).send(Tapped(ask, message), button)

    village.remember()
    last: int | None = 0
    while last is not None:
        village.put_back()
        ask = an_ask()
        acts, _ = await village.dies(sends, ask, after=last)
        await village.lives_on(sends, ask)
        assert len(village.town.car.code_queries) == 1, f"dead after {last}"
        assert _messages(village, EXPLAINED) == [message], f"dead after {last}"
        assert _messages(village, WAITING) == [], f"dead after {last}"
        last = None if acts < last else last + 1


async def test_a_clearing_that_was_confirmed_reaches_dimo(village: Village) -> None:
    """The confirmed question shows it."""
    await village.dies(asks, an_ask())
    async with village.life(Fate()) as process:
        asked = await process.services.codes.requests.ask_to_clear(an_ask())
        assert isinstance(asked, AskedToClear)
    message = MessageId(99)

    async def confirms(process: Process, ask: Ask) -> None:
        await process.services.confirmation.confirm(ask, asked.prompt.id, message=message)

    village.remember()
    last: int | None = 0
    while last is not None:
        village.put_back()
        ask = an_ask()
        acts, _ = await village.dies(confirms, ask, after=last)
        row = await village.lives_on(confirms, ask)
        (query,) = village.town.car.code_queries
        assert query.cleared_at is not None, f"dead after {last}"
        assert row.clear_state == "delivered", f"dead after {last}"
        assert _messages(village, "Cleared by Dad") == [message], f"dead after {last}"
        assert _messages(village, "Telling DIMO") == [], f"dead after {last}"
        last = None if acts < last else last + 1


def _messages(village: Village, words: str) -> list[int]:
    """Return the messages that show these words at the end."""
    return [number for number, texts in village.paper.messages.items() if words in texts[-1]]
