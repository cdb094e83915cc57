import asyncio
from dataclasses import replace
from functools import partial

import httpx
import pytest

from bot.demo.dimo.faults import slow
from bot.dimo import errors
from bot.dimo.errors import DimoError
from bot.domain.actions import ACTIONS, Action
from bot.domain.ids import ChatId
from bot.domain.outcomes import State
from bot.domain.refusals import Reason
from bot.service.actions.requests import Asked
from bot.service.actions.sending import may_repeat, why_not_permitted
from storage import ActionDetails, ActionRow, Home, Member, SharedChat, Tx
from storage.repositories import cars, homes, journal, members, shared_chats
from tests.support.clocks import START
from tests.support.dimo_setting import signing_key
from tests.support.use_cases import HOME, TEEN, Process, Town, a_process, a_town, an_ask

OPENINGS = [action for action in Action if ACTIONS[action].opens]
HARMLESS = [action for action in Action if not ACTIONS[action].opens]


def failed(kind: type[DimoError], status: int | None = None) -> DimoError:
    return kind(service="devices", operation="command", status=status)


NEVER_LEFT = [failed(errors.NotSent)]
TOOK_TOO_MANY = [failed(errors.TooFast, 429)]
IN_DOUBT = [
    failed(errors.NoAnswer),
    *(failed(errors.ServiceTrouble, status) for status in (500, 502, 503, 504)),
]
SAID_NO = [
    *(failed(errors.CannotDo, status) for status in (400, 409, 422)),
    failed(errors.SignInExpired, 401),
    failed(errors.NotPermitted, 403),
    *(failed(errors.NotFound, status) for status in (404, 410)),
    failed(errors.Refused, 418),
]
UNREADABLE = [failed(errors.BadAnswer, 200), failed(errors.BadAnswer, 302), failed(DimoError)]


@pytest.mark.parametrize("action", Action)
@pytest.mark.parametrize("error", NEVER_LEFT + TOOK_TOO_MANY, ids=repr)
def test_what_certainly_did_not_happen_may_be_sent_again(action: Action, error: DimoError) -> None:
    assert may_repeat(error, action)


@pytest.mark.parametrize("action", OPENINGS)
@pytest.mark.parametrize("error", IN_DOUBT, ids=repr)
def test_an_opening_in_doubt_is_never_sent_again(action: Action, error: DimoError) -> None:
    assert not may_repeat(error, action)


@pytest.mark.parametrize("action", HARMLESS)
@pytest.mark.parametrize("error", IN_DOUBT, ids=repr)
def test_a_repeatable_action_is_sent_again_in_doubt(action: Action, error: DimoError) -> None:
    assert may_repeat(error, action)


@pytest.mark.parametrize("action", Action)
@pytest.mark.parametrize("error", SAID_NO + UNREADABLE, ids=repr)
def test_a_refusal_or_an_unreadable_answer_is_not_repeated(action: Action, error: DimoError) -> None:
    assert not may_repeat(error, action)


@pytest.mark.parametrize("action", OPENINGS)
@pytest.mark.parametrize(
    "lost",
    [httpx.ReadTimeout, httpx.WriteTimeout, httpx.ReadError, httpx.WriteError, httpx.RemoteProtocolError],
)
def test_an_opening_whose_answer_was_lost_is_in_doubt(action: Action, lost: type[httpx.TransportError]) -> None:
    assert not may_repeat(failed(errors.class_for_exception(lost(""))), action)


@pytest.mark.parametrize("action", Action)
@pytest.mark.parametrize("unmet", [httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout])
def test_a_request_without_a_connection_is_not_in_doubt(action: Action, unmet: type[httpx.TransportError]) -> None:
    assert may_repeat(failed(errors.class_for_exception(unmet(""))), action)


async def test_an_opening_is_not_sent_if_its_car_is_lost_while_the_service_is_chosen(sqlite_url: str, key: str) -> None:
    """Another process unlinks the chat while this one waits to find out which service answers."""
    town = a_town(
        "",
        signing_key=signing_key(),
        DATABASE_URL=sqlite_url,
        ENCRYPTION_KEYS=key,
        DIMO_COMMAND_API="auto",
    )
    answered = asyncio.Event()
    town.dimo.fail("devices", "my_devices", slow(answered), times=None)
    async with a_process(town) as process:
        asked = await process.services.actions.requests.request(an_ask(), Action.UNLOCK, town.car_id)
        assert isinstance(asked, Asked)
        await town.dimo.wait_arrived("devices", "my_devices", 1)
        await process.services.confirmation.confirm(an_ask(), asked.prompt.id, message=None)
        await process.db.run(lambda tx: homes.unlink(tx, HOME))
        answered.set()
        await process.settles()
    assert town.commands() == 0


async def unlock_behind_a_lock(process: Process, town: Town) -> None:
    """Confirm an unlock that waits for the rate limit behind a lock."""
    await process.services.actions.requests.request(an_ask(), Action.LOCK, town.car_id)
    await process.services.actions.execution.wait_idle()
    asked = await process.services.actions.requests.request(an_ask(), Action.UNLOCK, town.car_id)
    assert isinstance(asked, Asked)
    await process.services.confirmation.confirm(an_ask(), asked.prompt.id, message=None)
    await process.clock.until_asleep("sending unlock", after=0.5)


async def test_an_opening_that_waited_too_long_for_the_rate_limit_is_not_sent(sqlite_url: str, key: str) -> None:
    """A laptop that was closed meanwhile may wake up anywhere."""
    town = a_town("", signing_key=signing_key(), DATABASE_URL=sqlite_url, ENCRYPTION_KEYS=key)
    async with a_process(town, requests_per_second=1) as process:
        await unlock_behind_a_lock(process, town)
        town.clock.advance(60)
        await process.settles()
        assert town.car.received == ["doors/lock"]


async def test_an_opening_that_waits_for_the_rate_limit_is_not_sent_if_its_car_is_lost(
    sqlite_url: str, key: str
) -> None:
    town = a_town("", signing_key=signing_key(), DATABASE_URL=sqlite_url, ENCRYPTION_KEYS=key)
    async with a_process(town, requests_per_second=0.5) as process:
        await unlock_behind_a_lock(process, town)
        await process.db.run(lambda tx: homes.unlink(tx, HOME))
        town.clock.advance(2)
        await process.settles()
        assert town.car.received == ["doors/lock"]


async def test_an_opening_that_waits_for_the_rate_limit_is_sent_when_it_is_next(sqlite_url: str, key: str) -> None:
    town = a_town("", signing_key=signing_key(), DATABASE_URL=sqlite_url, ENCRYPTION_KEYS=key)
    async with a_process(town, requests_per_second=0.5) as process:
        await unlock_behind_a_lock(process, town)
        town.clock.advance(2)
        await process.settles()
        assert town.car.received == ["doors/lock", "doors/unlock"]


async def test_nothing_is_concluded_about_the_service_for_commands_while_none_answers(
    sqlite_url: str, key: str
) -> None:
    """Our own network may be down: the next command asks again, and goes to the one that answers by then."""
    environ = {"DATABASE_URL": sqlite_url, "ENCRYPTION_KEYS": key, "DIMO_COMMAND_API": "auto"}
    town = a_town("", signing_key=signing_key(), **environ)
    town.dimo.devices_gone = town.dimo.oracle_gone = True
    async with a_process(town) as process:
        await process.services.actions.requests.request(an_ask(), Action.LOCK, town.car_id)
        await process.settles()
        town.dimo.oracle_gone = False
        await process.services.actions.requests.request(an_ask(), Action.LOCK, town.car_id)
        await process.settles()
    assert town.dimo.calls_of("oracle", "command")[-1].status == 200


GROUP = ChatId(-5)
ANOTHER_PROCESS = 10**6


def an_unlock(town: Town, *, home: ChatId) -> ActionRow:
    """Make an intent of the teen in the group, with the access to one home."""
    return ActionRow(
        id="1",
        home_chat_id=home,
        chat_id=GROUP,
        message_id=None,
        person_id=TEEN.id,
        car_id=town.car_id,
        state=State.QUEUED,
        instance=1,
        requested_at=START,
        sent_at=None,
        settled_at=None,
        watch_until=None,
        details=ActionDetails(Action.UNLOCK.value, TEEN.name, "Bluey"),
    )


async def test_an_action_is_not_permitted_by_the_access_to_another_home(sqlite_url: str, key: str) -> None:
    """The teen may use the same car through two homes, and has lost the access to the one that was used."""
    town = a_town("", signing_key=signing_key(), DATABASE_URL=sqlite_url, ENCRYPTION_KEYS=key)
    own = ChatId(int(TEEN.id))

    def link_the_same_car(tx: Tx) -> None:
        homes.put(tx, Home(own, TEEN.id, TEEN.name, "0x" + "1" * 40, None, START))
        mine = [replace(car, chat_id=own) for car in cars.list_for(tx, HOME)]
        cars.replace_all(tx, own, mine)
        for home in (HOME, own):
            shared_chats.attach(tx, SharedChat(GROUP, home, "group", home, START))

    async with a_process(town) as process:
        await process.db.run(link_the_same_car)
        for home, why in ((own, None), (HOME, Reason.CAR_GONE)):
            check = partial(why_not_permitted, row=an_unlock(town, home=home), now=START)
            assert await process.db.read(check) is why


class BreaksAfterTheCommand(httpx.ASGITransport):
    """Delivers each command, and then fails with an unexpected error."""

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        response = await super().handle_async_request(request)
        if "/commands/" in request.url.path:
            raise RuntimeError
        return response


async def test_a_failure_of_our_own_after_a_command_was_sent_leaves_it_unknown(sqlite_url: str, key: str) -> None:
    town = a_town("", signing_key=signing_key(), DATABASE_URL=sqlite_url, ENCRYPTION_KEYS=key)
    async with a_process(town, transport=BreaksAfterTheCommand(town.dimo.app)) as process:
        asked = await process.services.actions.requests.request(an_ask(), Action.UNLOCK, town.car_id)
        assert isinstance(asked, Asked)
        await process.services.confirmation.confirm(an_ask(), asked.prompt.id, message=None)
        await process.settles()
        outcomes = [texts[-1] for texts in process.paper.messages.values()]
    assert [text.split()[1] for text in outcomes] == ["Unknown:"]
    assert town.commands() == 1


async def test_an_action_that_another_process_sends_is_not_sent_by_this_one_too(sqlite_url: str, key: str) -> None:
    """This process may have been taken for dead: then another one has adopted what waits here for its turn."""
    town = a_town("", signing_key=signing_key(), DATABASE_URL=sqlite_url, ENCRYPTION_KEYS=key)
    answer = asyncio.Event()
    town.car.fail_next(slow(answer))

    def begin_elsewhere(tx: Tx) -> None:
        ids = {row.state: row.id for row in journal.open_ends(tx, now=START, since=START)}
        journal.settle(tx, ids[State.SENDING], expected=(State.SENDING,), state=State.UNKNOWN, now=START)
        assert journal.begin(tx, ids[State.QUEUED], instance=ANOTHER_PROCESS, now=START)

    async with a_process(town) as process:
        for _ in range(2):
            await process.services.actions.requests.request(an_ask(), Action.LOCK, town.car_id)
        await town.dimo.wait_arrived("devices", "command", 1)
        await process.db.run(begin_elsewhere)
        answer.set()
        await process.settles()
    assert town.commands() == 1


async def test_a_queued_opening_is_not_sent_for_a_member_who_was_removed_meanwhile(sqlite_url: str, key: str) -> None:
    """The car is still linked and its token is at hand: only the check of access stops the command."""
    town = a_town("", signing_key=signing_key(), DATABASE_URL=sqlite_url, ENCRYPTION_KEYS=key)
    answer, teens = asyncio.Event(), ChatId(int(TEEN.id))

    def let_in(tx: Tx) -> None:
        members.put(tx, Member(HOME, TEEN.id, "driver", TEEN.name, None, START, HOME))
        shared_chats.attach(tx, SharedChat(teens, HOME, "private", HOME, START))

    async with a_process(town) as process:
        await process.db.run(let_in)
        asked = await process.services.actions.requests.request(an_ask(TEEN, teens), Action.UNLOCK, town.car_id)
        assert isinstance(asked, Asked)
        town.car.fail_next(slow(answer))
        await process.services.actions.requests.request(an_ask(), Action.LOCK, town.car_id)
        await town.dimo.wait_arrived("devices", "command", 1)
        await process.services.confirmation.confirm(an_ask(TEEN, teens), asked.prompt.id, message=None)
        await process.db.run(lambda tx: members.remove(tx, HOME, TEEN.id))
        answer.set()
        await process.settles()
    assert town.car.received == ["doors/lock"]
