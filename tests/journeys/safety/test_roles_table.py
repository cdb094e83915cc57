"""The roles as one table: every person, in every chat, with commands, buttons and forged button data.

What each role may do is written out here, as it was promised, and is not read from the bot.
"""

import re
from collections import Counter
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass, field
from enum import StrEnum
from functools import partial
from itertools import cycle
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from sqlalchemy import select

from bot.demo.telegram.chats import Chat, Message
from bot.demo.telegram.groups import Group
from bot.demo.telegram.people import Person
from bot.telegram import routes
from bot.telegram.ui.callback_data import kinds_of_tap, read
from storage import Database, Tx, Vault
from storage.repositories import notes
from storage.tables import METADATA
from tests.support.linked import Link, Rows, go_on_after_linking
from tests.support.newcomers import is_answered, signs_in
from tests.support.people import a_group, code_in, invited, joins, removed, says_there, shown_member
from tests.support.records import a_note, newest_codes
from tests.support.world import Family, a_family


class Who(StrEnum):
    OWNER = "owner"
    DRIVER = "driver"
    GUEST = "guest"
    ENDED = "ended guest"
    REMOVED = "removed member"
    STRANGER = "stranger"


class Place(StrEnum):
    PRIVATE = "private chat"
    GROUP = "group"


ALL = frozenset(Who)
ACCESS = frozenset({Who.OWNER, Who.DRIVER, Who.GUEST})
NONE = ALL - ACCESS
WRITERS = frozenset({Who.OWNER, Who.DRIVER})
OWNER = frozenset({Who.OWNER})
NOBODY: frozenset[Who] = frozenset()
EVERYWHERE = frozenset(Place)
PRIVATE = frozenset({Place.PRIVATE})
GROUP = frozenset({Place.GROUP})


@dataclass(frozen=True)
class Cell:
    """Who may do something, where, and the result: a text that is shown, and what reaches the car or DIMO."""

    may: frozenset[Who]
    shows: str
    sends: str | None = None
    where: frozenset[Place] = EVERYWHERE
    confirms: bool = False
    before: str | None = None
    """What another person says first, so that there is something to use it on."""
    writes: str | None = None
    """What the person writes after it."""

    def allows(self, who: Who, place: Place) -> bool:
        return who in self.may and place in self.where


def opens(path: str) -> Cell:
    return Cell(ACCESS, "No undo", path, confirms=True)


def sends(path: str) -> Cell:
    return Cell(ACCESS, "Accepted", path)


CLEARS = Cell(WRITERS, "as cleared?", "clear_codes", confirms=True, before="/codes P0106")
SUBMITS = "submit_codes"

COMMANDS: Mapping[str, Cell] = {
    "/start": Cell(ALL, ""),
    "/help": Cell(ALL, "What I can do"),
    "/privacy": Cell(ALL, "What I keep"),
    "/cancel": Cell(ALL, "no open question"),
    "/car": Cell(ACCESS, "🚗 Bluey"),
    "/cars": Cell(ACCESS, "Which car?"),
    "/status": Cell(ACCESS, "📋 Bluey"),
    "/schedule": Cell(WRITERS, "🗓 Schedules", where=PRIVATE),
    "/notes": Cell(ACCESS, "🔔 Notes", where=PRIVATE),
    "/where": Cell(OWNER, "Bluey's location is not shared with me", where=PRIVATE),
    "/charge": Cell(ACCESS, "Start or stop charging"),
    "/lock": sends("doors/lock"),
    "/unlock": opens("doors/unlock"),
    "/frunk": opens("frunk/open"),
    "/trunk": opens("trunk/open"),
    "/codes": Cell(ACCESS, "Bluey: error codes"),
    "/codes P0106": Cell(WRITERS, "P0106", SUBMITS),
    "/clearcodes": CLEARS,
    "/invite": Cell(OWNER, "Invite somebody", where=PRIVATE),
    "/members": Cell(OWNER, "Who may use your cars", where=PRIVATE),
    "/settings": Cell(OWNER, "Settings", where=PRIVATE),
    "/log": Cell(ACCESS, "Log", where=PRIVATE),
    "/link": Cell(ALL, "Connect your DIMO account", where=PRIVATE),
    "/unlink": Cell(OWNER, "Unlink this chat?", where=PRIVATE),
    "/forget": Cell(ALL, "Forget", where=PRIVATE),
}
TAPS: Mapping[str, Cell] = {
    "a:lock:{car}": sends("doors/lock"),
    "a:unlock:{car}": opens("doors/unlock"),
    "a:frunk:{car}": opens("frunk/open"),
    "a:trunk:{car}": opens("trunk/open"),
    "a:charge_start:{car}": sends("charge/start"),
    "a:charge_stop:{car}": sends("charge/stop"),
    "s:{car}": Cell(ACCESS, "📋 Bluey"),
    "r:{car}": Cell(ACCESS, "📋 Bluey"),
    "c:{car}": Cell(ACCESS, "🚗 Bluey"),
    "rp:{car}": Cell(ACCESS, "🚗 Bluey"),
    "tp:{car}:more": Cell(ACCESS, "🚗 Bluey"),
    "tp:{car}:main": Cell(ACCESS, ""),
    "pin:{car}": Cell(ACCESS, ""),
    "ch:{car}": Cell(ACCESS, "Start or stop charging"),
    "do:members": Cell(OWNER, "Who may use your cars", where=PRIVATE),
    "do:invite": Cell(OWNER, "Invite somebody", where=PRIVATE),
    "do:groups": Cell(OWNER, "Groups that use your cars", where=PRIVATE),
    "do:log": Cell(ACCESS, "Log", where=PRIVATE),
    "do:settings": Cell(OWNER, "Settings", where=PRIVATE),
    "do:help": Cell(ALL, "What I can do"),
    "do:cars": Cell(ACCESS, "Which car?"),
    "cars": Cell(ACCESS, "Which car?"),
    "again": Cell(OWNER, "🚗 Bluey", where=PRIVATE),
    "link": Cell(ALL, "Connect your DIMO account", where=PRIVATE),
    "y:{prompt}": Cell(NOBODY, ""),
    "n:{prompt}": Cell(ACCESS, "Cancelled", where=GROUP, before="/unlock"),
    "let:{asker}:allow": Cell(OWNER, "Zoe may connect a DIMO account here", where=PRIVATE),
    "too:{consent}:deny": Cell(OWNER, "Denied: Eve has not connected", where=PRIVATE),
    "k:{car}": Cell(ACCESS, "Bluey: error codes"),
    "q:{car}:{query}:0": Cell(ACCESS, "Bluey: error codes"),
    "f:{car}:0": Cell(ACCESS, "codes from the car"),
    "e:{car}": Cell(WRITERS, "error codes of Bluey? Write them here", SUBMITS, writes="P0106"),
    "g:{car}:{draft}": Cell(WRITERS, "P0", SUBMITS, before="/codes P0101 P01"),
    "x:{car}": CLEARS,
    "w:{car}": Cell(OWNER, "Bluey"),
    "every:{car}:6": Cell(OWNER, "Bluey"),
    "m:{car}:{query}": Cell(OWNER, "Bluey"),
    "u:{car}": Cell(OWNER, "Bluey"),
    "as:driver": Cell(OWNER, "Invite a driver", where=PRIVATE),
    "i:guest:hour": Cell(OWNER, "Invitation for a guest", where=PRIVATE),
    "invitations": Cell(OWNER, "Open invitations", where=PRIVATE),
    "members:0": Cell(OWNER, "Who may use your cars", where=PRIVATE),
    "p:{other}": Cell(OWNER, "Ann, driver", where=PRIVATE),
    "role:{other}:guest": Cell(OWNER, "Ann, guest", where=PRIVATE),
    "end:{other}:always": Cell(OWNER, "Ann, ", where=PRIVATE),
    "remove:{other}": Cell(OWNER, "Remove Ann?", where=PRIVATE),
    "answer:{asker}:denied": Cell(OWNER, "Zoe is not let in", where=PRIVATE),
    "withdraw:{invitation}": Cell(OWNER, "invitation", where=PRIVATE),
    "here:{home}": Cell(OWNER, "shares Bluey here", where=GROUP),
    "groups": Cell(OWNER, "Groups that use your cars", where=PRIVATE),
    "unshare:{group}": Cell(OWNER, "Your cars are shared in no group", where=PRIVATE),
    "ask:{home}": Cell(NONE, "the owner has your request", where=GROUP),
    "j:{code}": Cell(NONE, "You are in", where=PRIVATE),
    "l:0::0": Cell(ACCESS, "Log", where=PRIVATE),
    "filter:0:": Cell(ACCESS, "", where=PRIVATE),
    "export:0:": Cell(ACCESS, "", where=PRIVATE),
    "settings:": Cell(OWNER, "Settings", where=PRIVATE),
    "settings:lock": Cell(OWNER, "", where=PRIVATE),
    "set:log:0": Cell(OWNER, "Settings", where=PRIVATE),
    "help": Cell(ALL, "What I can do"),
    "kept": Cell(ALL, "What I keep"),
    "here_is:Europe/Berlin": Cell(OWNER, "Berlin, where it is", where=PRIVATE),
    "zone:Europe/Berlin": Cell(OWNER, "Settings", where=PRIVATE),
    "wh:{car}": Cell(OWNER, "Bluey's location is not shared with me", where=PRIVATE),
    "loc": Cell(ALL, "Share the location of your car", where=PRIVATE),
    "sch": Cell(WRITERS, "🗓 Schedules", where=PRIVATE),
    "sd:{car}:lock:88:0:127": Cell(WRITERS, "then tap Save", where=PRIVATE),
    "sa:{car}:lock:88:0:127": Cell(WRITERS, "Tap a number", where=PRIVATE),
    "s1:{schedule}": Cell(WRITERS, "Set by Dad", where=PRIVATE),
    "sp:{schedule}": Cell(WRITERS, "Paused.", where=PRIVATE),
    "sr:{schedule}": Cell(WRITERS, "Tap a number", where=PRIVATE),
    "sx:{schedule}": Cell(WRITERS, "🗓 Schedules", where=PRIVATE),
    "wk:{car}": Cell(ACCESS, "last 7 days"),
    "no:{note}": Cell(OWNER, "trunk still open", where=PRIVATE),
    "nm:{note}": Cell(OWNER, "For how long", where=PRIVATE),
    "nt:off": Cell(ACCESS, "I send you none", where=PRIVATE),
    "mute:{note}:good": Cell(OWNER, "until you change it", where=PRIVATE),
}
CAR = {cell.sends for cell in COMMANDS.values() if cell.sends and "/" in cell.sends} | {
    "charge/start",
    "charge/stop",
}
IS_UNDER_WAY = re.compile("Waiting for DIMO|Telling DIMO|Asking")
WATCHED = (
    *("homes", "members", "invitations", "shared_chats", "chat_choices", "access_requests", "home_settings"),
    *("events", "prompts", "actions", "code_queries", "code_watches", "schedules", "login_states", "link_permissions"),
    *("link_consents", "notes", "note_choices"),
)
"""The tables that a person without rights must not change."""


@dataclass
class World:
    """A family, and one person who tries everything."""

    family: Family
    who: Who
    person: Person
    ann: Person
    group: Group
    numbers: dict[str, object]
    screens: dict[Place, list[Message]]
    url: str
    vault: Vault
    expected: Counter[str] = field(default_factory=Counter)
    """What must have reached the car or DIMO so far; counted for each thing that was allowed."""

    def chat(self, place: Place) -> Chat:
        return self.group if place is Place.GROUP else self.person.private_chat

    def templates(self) -> dict[str, str]:
        return {template.format_map(self.numbers): template for template in TAPS}

    def stored(self) -> Mapping[str, list[Any]]:
        with closing(Database.open(self.url, self.vault)) as database:
            return database.run_now(_rows)

    def newest_query(self) -> str:
        with closing(Database.open(self.url, self.vault)) as database:
            car = self.family.car.token_id
            found = database.run_now(lambda tx: newest_codes(tx, self.family.dad.id, car))
        assert found is not None
        return found.id

    def note_of_owner(self) -> str:
        """Store a note for the owner, as a look at the car would."""
        home, car = self.family.dad.id, self.family.car
        row = a_note("f" * 16, home_chat_id=home, person_id=home, car_id=car.token_id, car_name=car.name)
        with closing(Database.open(self.url, self.vault)) as database:
            database.run_now(partial(notes.put, record=row))
        return row.id


def _rows(tx: Tx) -> Mapping[str, list[Any]]:
    return {name: list(tx.connection.execute(select(METADATA.tables[name]))) for name in WATCHED}


def attempts(world: World, place: Place) -> Iterator[tuple[str, Cell, Message | None, str]]:
    """Every command, every real button on the person's screen, and the data of every kind of button."""
    for text, cell in COMMANDS.items():
        yield f"says {text}", cell, None, text
    templates = world.templates()
    for message in world.screens[place]:
        for button in message.buttons:
            if button.callback_data is not None:
                data = templates[button.callback_data]
                yield f"taps {button.text}", TAPS[data], message, data
    for message, (data, cell) in zip(cycle(world.screens[place]), TAPS.items(), strict=False):
        yield f"sends {data}", cell, message, data


def starts(world: World, place: Place, message: Message | None, what: str) -> None:
    """Send it, without waiting for an answer."""
    if message is None:
        world.person.says(what, chat=world.chat(place))
    else:
        world.person.sends_forged(what.format_map(world.numbers), message)


@asynccontextmanager
async def a_world(
    who: Who, url: str, key: str, vault: Vault, signing_key: RSAPrivateKey, link: Link, rows: Rows
) -> AsyncIterator[World]:
    """Make the person a driver with every button on the screen before they get their present role."""
    link.put(rows, url)
    async with a_family(url, key, signing_key, papers=link.papers, port=link.port.dup()) as family:
        go_on_after_linking(family)
        family.environ |= {"OPENINGS_PER_MINUTE": "10000", "LINKING": "ask"}
        await family.start_bot()
        person = family.dad if who is Who.OWNER else family.telegram.add_person("Teen")
        ann, zoe = await joins(family, "Ann"), family.telegram.add_person("Zoe")
        if who not in {Who.OWNER, Who.STRANGER}:
            await joins(family, "Teen", person=person)
        group = await a_group(family, *{person, ann, zoe} - {family.dad})
        codes = await family.says("/codes P0106", "P0106")
        await codes.becomes(lambda message: "Waiting" not in message.text)
        made = await invited(family)
        world = World(family, who, person, ann, group, {}, {}, url, vault)
        world.screens[Place.GROUP] = await screens(family.dad, group)
        if who is Who.STRANGER:
            hello = await family.says("/start", "connect your DIMO account", person=person)
            world.screens[Place.PRIVATE] = [hello]
        else:
            world.screens[Place.PRIVATE] = await screens(person, person.private_chat)
        await family.says("/link", "I have asked them now", person=zoe)
        offer = await says_there(group, zoe, "/lock", "no access")
        await family.taps(offer, "Ask for access", person=zoe)
        await family.dad.sees("Zoe asks to use your cars")
        await becomes(world)
        await anybody_may_link(family)
        eve = family.telegram.add_person("Eve")
        await is_answered(family, await signs_in(family, eve), "I have asked its owner", eve)
        second_link = await family.dad.sees("Eve wants to connect your DIMO account here too")
        planned = await family.says("/schedule lock 22:00", "Tap a number")
        draft = await says_there(group, ann, "/codes P0101 P01", "Look up")
        question = await says_there(group, ann, "/unlock", "Unlock Bluey?")
        world.numbers |= {
            "car": family.car.token_id,
            "home": family.dad.id,
            "other": ann.id,
            "asker": zoe.id,
            "group": group.id,
            "code": code_in(made),
            "invitation": (made.buttons[1].callback_data or "").partition(":")[2],
            "query": world.newest_query(),
            "draft": (draft.buttons[0].callback_data or "").rpartition(":")[2],
            "note": world.note_of_owner(),
            "schedule": (planned.buttons[0].callback_data or "").partition(":")[2],
            "consent": (second_link.buttons[0].callback_data or "").split(":")[1],
            "prompt": (question.buttons[0].callback_data or "").partition(":")[2],
        }
        yield world
        assert family.telegram.violations == []
        assert family.dimo.violations == []


async def anybody_may_link(family: Family) -> None:
    """Allow everybody to link, because the operator's answers have tests of their own."""
    await family.stop_bot()
    family.environ["LINKING"] = "anyone"
    await family.start_bot()


async def screens(person: Person, chat: Chat) -> list[Message]:
    """Show every button about the car, on the screens of a person who may use them all."""
    found = []
    for command, shows in (
        ("/car", "🚗 Bluey"),
        ("/charge", "charging"),
        ("/status", "📋"),
        ("/codes", "P0106"),
    ):
        shown = await person.sees(shows, chat=chat, after=person.says(command, chat=chat))
        found.append(await shown.becomes(lambda message: "Asking" not in message.text))
    return found


async def becomes(world: World) -> None:
    """Give the person their present role, while their buttons stay on the screen."""
    family = world.family
    if world.who in {Who.GUEST, Who.ENDED}:
        member = await shown_member(family, "Teen")
        await family.taps(member, "🧳 Guest")
        await member.becomes("Teen, guest")
        if world.who is Who.ENDED:
            await family.taps(member, "1 hour")
            await member.becomes("Teen, guest, until")
            family.clock.advance(3600)
    elif world.who is Who.REMOVED:
        await removed(family, "Teen")


async def denied(world: World, place: Place) -> None:
    """Try everything that is not allowed: each is refused in words, nothing reaches DIMO, and nothing is changed."""
    chat, arrived, stored = world.chat(place), world.family.dimo.arrived.total(), world.stored()
    last, popped_up = chat.history[-1], pop_ups(world)
    tried = [one for one in attempts(world, place) if not one[1].allows(world.who, place)]
    for _, _, message, what in tried:
        starts(world, place, message, what)
    await answered(world, place, len(tried), after=last, popped_up=popped_up)
    assert world.family.dimo.arrived.total() == arrived
    for table, rows in world.stored().items():
        assert rows == stored[table]
    if world.who in NONE:
        names_nothing(chat, after=last)


def pop_ups(world: World) -> int:
    """Count the taps that were answered with a text."""
    return sum("text" in call.params for call in world.family.telegram.calls_of("answerCallbackQuery"))


async def answered(world: World, place: Place, count: int, *, after: Message, popped_up: int) -> None:
    """Wait for this many answers, in messages or pop-ups, and for the one that shows that they were the last."""
    chat = world.chat(place)
    await world.person.sees("What I keep", chat=chat, after=world.person.says("/privacy", chat=chat))
    answers = [message.text for message in chat.from_bot if message.id > after.id]
    assert len(answers) + pop_ups(world) - popped_up == count + 1, answers


def names_nothing(chat: Chat, *, after: Message) -> None:
    """Nothing that is shown to a person without access names a car or its owner."""
    for message in chat.from_bot:
        if message.id > after.id:
            shown = f"{message.texts} {message.labels}"
            assert "Bluey" not in shown
            assert "Dad" not in shown


async def allowed(world: World, place: Place) -> None:
    """Do everything that is allowed, one after the other: each is done once, and shown without any other button.

    Forged data equal to that of a real button is not sent, as the bot can't distinguish the two.
    """
    done: set[str] = set()
    chat, last = world.chat(place), world.chat(place).history[-1]
    for name, cell, message, what in list(attempts(world, place)):
        if cell.allows(world.who, place) and what not in done:
            done.add(what)
            try:
                await does(world, place, cell, message, what)
            except Exception as error:
                raise AssertionError(f"{world.who} in the {place} {name}: {error}") from error
    templates = world.templates()
    for message in chat.from_bot:
        if "Tap Ask for access" in message.text:
            continue  # it is for everybody in the group
        for button in message.buttons if message.id > last.id else ():
            template = templates.get(button.callback_data or "")
            assert template is None or TAPS[template].allows(world.who, place), (message, button)


async def does(world: World, place: Place, cell: Cell, message: Message | None, what: str) -> None:
    chat, person = world.chat(place), world.person
    if cell.before is not None:
        message, what = await prepared(world, place, cell.before, message, what)
    if what == "r:{car}":
        world.family.clock.advance(11)  # a fresh report would not be read again
    reached, shown = count(world, cell.sends), Shown(chat)
    starts(world, place, message, what)
    answer = await shown.something(cell.shows)
    if cell.writes is not None:
        person.says(cell.writes, chat=chat, reply_to=answer)
    if cell.confirms:
        await person.taps(answer, data=answer.buttons[0].callback_data).answered()
    if cell.sends is not None:
        world.expected[cell.sends] += 1
        await reaches(world, cell.sends, reached + 1)
        await shown.something("Accepted" if cell.sends in CAR else "P0")
    await chat.wait_until(lambda: not [m for m in chat.from_bot if IS_UNDER_WAY.search(m.text)])


async def prepared(
    world: World, place: Place, before: str, message: Message | None, what: str
) -> tuple[Message | None, str]:
    """Prepare what is needed: codes to clear, codes that are offered, an open question."""
    chat, shown = world.chat(place), Shown(world.chat(place))
    if before == "/unlock":
        question = await says_there(world.group, world.ann, before, "Unlock Bluey?")
        return question, question.buttons[1].callback_data or ""
    world.person.says(before, chat=chat)
    if "{draft}" in what:
        offer = await shown.something("Look up")
        return offer, offer.buttons[0].callback_data or ""
    world.expected[SUBMITS] += 1
    codes = await shown.something("P0106")
    await codes.becomes(lambda it: IS_UNDER_WAY.search(it.text) is None)
    return message, what


def count(world: World, what: str | None) -> int:
    """Count the commands that reached the car, or the calls of this kind about its codes that reached DIMO."""
    family = world.family
    return len(family.car.received) if what in CAR else family.dimo.arrived["devices", what or ""]


async def reaches(world: World, what: str, number: int) -> None:
    """Wait until this many calls have reached the car or DIMO, and this one is the last."""
    if what in CAR:
        await world.family.car.wait_received(number)
        assert world.family.car.received[number - 1 :] == [what]
    else:
        await world.family.dimo.wait_arrived("devices", what, number)


async def starts_again(family: Family) -> None:
    """Wait until nothing is under way, neither earlier work nor what a start does by itself."""
    looked_for_a_way = family.dimo.arrived["oracle", "command"]
    await family.restart_bot()
    await family.dimo.wait_calls("oracle", "command", looked_for_a_way + 1)


class Shown:
    """What a chat showed at a moment, to find what is shown since."""

    def __init__(self, chat: Chat) -> None:
        self._chat = chat
        self._before = {message.id: len(message.versions) for message in chat.history}
        self._pinned = list(chat.pinned)

    async def something(self, text: str) -> Message:
        """Wait for a message that shows this after that moment, or for one that is pinned."""
        await self._chat.wait_until(lambda: self._find(text))
        found = self._find(text)
        assert found is not None
        return found

    def _find(self, text: str) -> Message | None:
        if not text and self._chat.pinned != self._pinned:
            return self._chat.pinned[-1]
        changed = (m for m in self._chat.from_bot if len(m.versions) > self._before.get(m.id, 0))
        return next((message for message in changed if text in message.text), None)


def test_the_table_names_every_command_and_every_kind_of_button() -> None:
    numbers = dict.fromkeys(("car", "home", "other", "asker"), 7) | {"group": -7}
    texts = {"code": "c" * 22, "invitation": "i", "query": "q", "draft": "d", "prompt": "p", "consent": "c"} | {
        "schedule": "a" * 16,
        "note": "a" * 16,
    }
    kinds = {type(read(template.format_map(numbers | texts))) for template in TAPS}
    assert kinds == kinds_of_tap()
    assert {text.split()[0][1:] for text in COMMANDS} == {command.name for command in routes.COMMANDS}


@pytest.mark.usefixtures("strangers_have_no_limit")
@pytest.mark.parametrize("who", Who)
async def test_everybody_does_what_their_role_says_and_nothing_else(
    who: Who,
    sqlite_url: str,
    key: str,
    vault: Vault,
    signing_key: RSAPrivateKey,
    link: Link,
    linked_rows: Rows,
) -> None:
    """Everything that is not allowed is tried at once; then everything that is allowed is done once each."""
    async with a_world(who, sqlite_url, key, vault, signing_key, link, linked_rows) as world:
        await starts_again(world.family)
        for place in Place:
            await denied(world, place)
        already = world.family.dimo.arrived.copy()
        for place in (Place.GROUP, Place.PRIVATE):
            await allowed(world, place)
        await world.family.settles()
        assert Counter(world.family.car.received) == Counter(
            {what: times for what, times in world.expected.items() if what in CAR}
        )
        arrived = world.family.dimo.arrived - already
        for operation in (SUBMITS, "clear_codes"):
            assert arrived["devices", operation] == world.expected[operation]
        assert arrived["devices", "command"] == len(world.family.car.received)
