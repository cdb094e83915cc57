"""Access is resolved from the person and the chat, not from what a message claims."""

import pytest

from bot.domain.ids import ChatId
from bot.domain.refusals import Reason
from bot.domain.roles import Ability
from bot.service.access import authorize_for_car
from bot.service.declined import Declined
from storage import Member, SharedChat, Tx
from storage.repositories import members, shared_chats
from tests.support.clocks import START
from tests.support.dimo_setting import signing_key
from tests.support.use_cases import HOME, TEEN, a_process, a_town, an_ask


async def test_a_member_has_no_access_in_the_private_chat_of_somebody_else(sqlite_url: str, key: str) -> None:
    town = a_town("", signing_key=signing_key(), DATABASE_URL=sqlite_url, ENCRYPTION_KEYS=key)
    own = ChatId(int(TEEN.id))

    def check(tx: Tx) -> None:
        members.put(tx, Member(HOME, TEEN.id, "driver", TEEN.name, None, START, HOME))
        shared_chats.attach(tx, SharedChat(own, HOME, "private", HOME, START))
        authorize_for_car(tx, an_ask(TEEN, own), Ability.OPEN, town.car_id, now=START)
        with pytest.raises(Declined) as declined:
            authorize_for_car(tx, an_ask(TEEN, HOME), Ability.OPEN, town.car_id, now=START)
        assert declined.value.reason is Reason.NO_CAR_HERE

    async with a_process(town) as process:
        await process.db.run(check)
