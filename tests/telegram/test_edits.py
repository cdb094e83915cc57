"""Edits of one message: a newer one need not wait for an older one, and is shown in the end."""

import asyncio

from telegram.error import BadRequest, TelegramError

from bot.domain.ids import ChatId, MessageId
from bot.domain.pictures import CarPicture
from bot.telegram.transport.edits import Edit, IsOvertaken, MessageEdits

HERE, OTHER = (ChatId(1), MessageId(7)), (ChatId(1), MessageId(8))


class Message:
    """What Telegram shows, and edits that a test can delay before and after they arrive."""

    def __init__(self) -> None:
        self.shown: list[str] = []

    def edit(self, text: str, *, after: asyncio.Event | None = None, fault: TelegramError | None = None) -> Edit:
        async def make(_: IsOvertaken) -> bool:
            if after is not None:
                await after.wait()
            if fault is not None:
                raise fault
            self.shown.append(text)
            return True

        return make

    def waiting(self, text: str, until: asyncio.Event) -> Edit:
        """An edit that waits before it is sent, as for Telegram's flood limit."""

        async def make(is_overtaken: IsOvertaken) -> bool:
            await until.wait()
            if is_overtaken():
                return False
            self.shown.append(text)
            return True

        return make


async def _under_way(edits: MessageEdits, edit: Edit) -> asyncio.Task[None]:
    task = asyncio.create_task(edits.make(HERE, edit))
    await asyncio.sleep(0)
    return task


async def test_one_that_waits_lets_a_newer_one_pass_and_never_goes_out() -> None:
    edits, message, until = MessageEdits(), Message(), asyncio.Event()
    waiting = await _under_way(edits, message.waiting("old", until))
    await edits.make(HERE, message.edit("new"))
    assert message.shown == ["new"]
    until.set()
    await waiting
    assert message.shown == ["new"]


async def test_a_newer_one_is_shown_again_when_an_older_one_arrives_after_it() -> None:
    edits, message, gate = MessageEdits(), Message(), asyncio.Event()
    late = await _under_way(edits, message.edit("old", after=gate))
    await edits.make(HERE, message.edit("new"))
    gate.set()
    await late
    assert message.shown == ["new", "old", "new"]


async def test_a_newer_one_is_shown_again_when_it_ends_last_too_as_nobody_knows_the_order() -> None:
    edits, message, first, second = MessageEdits(), Message(), asyncio.Event(), asyncio.Event()
    late = await _under_way(edits, message.edit("old", after=first))
    later = await _under_way(edits, message.edit("new", after=second))
    first.set()
    await late
    second.set()
    await later
    assert message.shown == ["old", "new", "new"]


async def test_a_cancelled_one_repeats_nothing_but_the_next_one_is_repeated() -> None:
    """The bot stops: whoever cancels an edit would wait for another one."""
    edits, message, gate, never = MessageEdits(), Message(), asyncio.Event(), asyncio.Event()
    late = await _under_way(edits, message.edit("old", after=gate))
    cancelled = await _under_way(edits, message.edit("cancelled", after=never))
    await edits.make(HERE, message.edit("new"))
    gate.set()
    await late
    cancelled.cancel()
    await asyncio.wait({cancelled})
    assert message.shown == ["new", "old"]
    await edits.make(HERE, message.edit("newest"))
    assert message.shown == ["new", "old", "newest", "newest"]


async def test_what_telegram_says_to_the_repetition_is_nobodys_trouble() -> None:
    edits, message, gate = MessageEdits(), Message(), asyncio.Event()
    late = await _under_way(edits, message.edit("old", after=gate))
    failed = await _under_way(edits, message.edit("new", fault=BadRequest("Message is not modified")))
    await asyncio.gather(failed, return_exceptions=True)
    gate.set()
    await late
    assert isinstance(failed.exception(), BadRequest)


async def test_one_after_the_other_and_those_of_other_messages_are_shown_once() -> None:
    edits, message, gate = MessageEdits(), Message(), asyncio.Event()
    for text in ("one", "two"):
        await edits.make(HERE, message.edit(text))
    other = await _under_way(edits, message.edit("here", after=gate))
    await edits.make(OTHER, message.edit("there"))
    gate.set()
    await other
    assert message.shown == ["one", "two", "there", "here"]


async def test_the_picture_in_a_message_is_known_after_one_edit_at_a_time() -> None:
    edits, picture = MessageEdits(), CarPicture(is_locked=True)
    assert edits.picture_in(HERE) is None
    edits.note_picture(HERE, picture)
    assert (edits.picture_in(HERE), edits.picture_in(OTHER)) == (picture, None)
    edits.note_picture(HERE, None)
    assert edits.picture_in(HERE) is None


async def test_the_picture_is_unknown_after_two_edits_at_once_until_the_newer_one_is_repeated() -> None:
    edits, first, second = MessageEdits(), asyncio.Event(), asyncio.Event()
    sent: list[CarPicture] = []

    def edit(picture: CarPicture, until: asyncio.Event) -> Edit:
        async def make(_: IsOvertaken) -> bool:
            if edits.picture_in(HERE) != picture:
                sent.append(picture)
                await until.wait()
                edits.note_picture(HERE, picture)
            return True

        return make

    old, new = CarPicture(is_locked=False), CarPicture(is_locked=True)
    late = await _under_way(edits, edit(old, first))
    later = await _under_way(edits, edit(new, second))
    first.set()
    await late
    second.set()
    await later
    assert sent == [old, new, new]
    assert edits.picture_in(HERE) == new
