"""Edits of one message go out one at a time, and what is overtaken knows it."""

import asyncio

from bot.domain.ids import ChatId, MessageId
from bot.telegram.latest import LatestEdits

HERE, OTHER = (ChatId(1), MessageId(7)), (ChatId(1), MessageId(8))


async def test_of_those_that_wait_only_the_newest_is_not_overtaken() -> None:
    edits = LatestEdits()
    held, first_has_turn = asyncio.Event(), asyncio.Event()
    seen: list[tuple[int, bool]] = []

    async def edit(number: int) -> None:
        async with edits.turn(*HERE) as is_overtaken:
            first_has_turn.set()
            await held.wait()
            seen.append((number, is_overtaken()))

    tasks = [asyncio.create_task(edit(1))]
    await first_has_turn.wait()
    tasks += [asyncio.create_task(edit(number)) for number in (2, 3)]
    async with edits.turn(*OTHER) as is_overtaken:
        assert not is_overtaken()
    assert seen == []
    held.set()
    await asyncio.gather(*tasks)
    assert seen == [(1, True), (2, True), (3, False)]


async def test_a_later_edit_starts_anew() -> None:
    edits = LatestEdits()
    for _ in range(2):
        async with edits.turn(*HERE) as is_overtaken:
            assert not is_overtaken()
