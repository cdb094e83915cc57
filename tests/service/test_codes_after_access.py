"""An explanation that arrives after the asker's access has ended is not shown to them."""

import asyncio
from datetime import timedelta

from bot.demo.dimo.faults import slow
from bot.domain.code_history import CodesView
from bot.domain.ids import ChatId, MessageId
from bot.service.ports import Spot
from storage import Member, SharedChat, Tx
from storage.repositories import members, shared_chats
from tests.support.dimo_setting import signing_key
from tests.support.use_cases import HOME, TEEN, a_process, a_town, an_ask
from tests.support.world import START

TEENS_CHAT = ChatId(int(TEEN.id))
HOUR = timedelta(hours=1)


def let_in(tx: Tx) -> None:
    """Give the teen the role of a driver for an hour."""
    members.put(tx, Member(HOME, TEEN.id, "driver", TEEN.name, START + HOUR, START, HOME))
    shared_chats.attach(tx, SharedChat(TEENS_CHAT, HOME, "private", HOME, START, title=""))


async def shown_after(sqlite_url: str, key: str, *, passing: timedelta) -> str:
    """Return what the teen's message shows if DIMO explains a code after this time."""
    town = a_town("", signing_key=signing_key(), DATABASE_URL=sqlite_url, ENCRYPTION_KEYS=key)
    explained = asyncio.Event()
    async with a_process(town) as process:
        await process.db.run(let_in)
        town.dimo.fail("devices", "submit_vehicle_codes", slow(explained), times=None)
        town.dimo.fail("devices", "submit_codes", slow(explained), times=None)
        codes = process.services.codes.requests
        view = await codes.submit(an_ask(TEEN, TEENS_CHAT), "P0301")
        assert isinstance(view, CodesView)
        message = MessageId((await process.paper.send_message(TEENS_CHAT, "Waiting")).message_id)
        await process.services.codes.messages.shown(view, Spot(TEENS_CHAT, message))
        town.clock.advance(passing.total_seconds())
        explained.set()
        await process.rests()
        return process.paper.messages[message][-1]


async def test_it_is_shown_as_long_as_the_access_lasts(sqlite_url: str, key: str) -> None:
    assert "control unit" in await shown_after(sqlite_url, key, passing=HOUR / 2)


async def test_it_is_not_shown_after_the_end(sqlite_url: str, key: str) -> None:
    assert await shown_after(sqlite_url, key, passing=HOUR) == "Waiting"
