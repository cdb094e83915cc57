"""The file of the log is written line by line, however long the log is."""

import io
from collections.abc import AsyncIterator, Iterable
from contextlib import closing
from datetime import timedelta, tzinfo
from typing import Any, BinaryIO

import pytest

from bot.domain.ids import ChatId, PersonId
from bot.domain.log import AnyLine, LogFilter
from bot.service.actions.log import ActionLog
from bot.service.ports import Ask, Person
from storage import ActionRow, Database, Tx, Vault
from storage.repositories import homes, journal, journal_pages
from tests.support.clocks import SteppedClock
from tests.support.records import NOW, OWNER, a_home, an_action

ALL = 200


@pytest.fixture
async def db(sqlite_url: str, vault: Vault) -> AsyncIterator[Database]:
    with closing(Database.open(sqlite_url, vault)) as database:
        yield database


async def test_lines_are_read_while_the_file_is_written(db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    def fill(tx: Tx) -> None:
        homes.put(tx, a_home(chat_id=OWNER))
        for number in range(ALL):
            row = an_action(
                f"action-{number}", home_chat_id=OWNER, car_id=number, requested_at=NOW - timedelta(minutes=number)
            )
            journal.intend(tx, row)

    pages: list[int] = []
    page = journal_pages.page

    def noted(tx: Tx, **parts: Any) -> list[ActionRow]:
        pages.append(len(pages))
        return page(tx, **parts)

    monkeypatch.setattr(journal_pages, "page", noted)
    read_before: list[int] = []

    def write(lines: Iterable[AnyLine], _zone: tzinfo) -> BinaryIO:
        read_before.extend(len(pages) for _ in lines)
        return io.BytesIO()

    await db.run(fill)
    log = ActionLog(db=db, clock=SteppedClock())
    file = await log.file(Ask("tap", Person(PersonId(OWNER), "Ann"), ChatId(OWNER)), LogFilter(), write)
    assert file.lines == len(read_before) == ALL
    assert read_before[0] == 1, "the first line is written before the second page is read"
    assert len(pages) > read_before[0]
