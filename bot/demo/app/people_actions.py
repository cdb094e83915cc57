"""What the page lets people do: write, tap, open links, sign in at DIMO, change something at the car."""

import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from urllib.parse import parse_qs, urlsplit

from bot.demo.app.bot_process import BotProcess
from bot.demo.app.fault_switches import SLOWEST, FaultSwitches
from bot.demo.app.page_request import NotPossible, PageRequest
from bot.demo.app.simulation import DirectMessage, Simulation
from bot.demo.dimo import login
from bot.demo.dimo.car import START, Car, Location
from bot.demo.dimo.login import LoginPageError
from bot.demo.telegram.chats import Chat, Message
from bot.demo.telegram.groups import Group
from bot.demo.telegram.people import NoSuchButton, Person

Answer = Mapping[str, object]
PageAction = Callable[[PageRequest], Awaitable[Answer]]

LONGEST_SKIP = 15 * 86400.0
_NOTHING: Answer = {}
_LONGEST_TEXT = 4096
_PAYLOAD = re.compile(r"[A-Za-z0-9_-]{0,64}")
_DOOR = "Row1DriverSide"
_PARTS = frozenset({"locked", "frunk_open", "trunk_open", "charging", "plugged_in"})
_AWAY = Location(52.507502, 13.390303, 1.0)
"""Where a car is driven: to Checkpoint Charlie, a kilometre and a half away."""
_MORE_PARTS: Mapping[str, tuple[str, object, object]] = {
    "door": ("open_doors", frozenset({_DOOR}), frozenset()),
    "window": ("open_windows", frozenset({_DOOR}), frozenset()),
    "tyre": ("low_tyres", frozenset({"Row1WheelLeft"}), frozenset()),
    "low": ("battery_percent", 15.0, 72.0),
    "fault": ("trouble_codes", ("P0301",), ()),
}
"""Other parts: what changes, and to which value when it is switched on or off."""


@dataclass(frozen=True, slots=True)
class PeopleActions:
    """Everything that the page can request."""

    simulation: Simulation
    process: BotProcess
    switches: FaultSwitches

    def by_name(self) -> Mapping[str, PageAction]:
        """Return each action by the name that the page uses."""
        return {
            "say": self.say,
            "tap": self.tap,
            "open": self.open,
            "send": self.send,
            "join-group": self.join_group,
            "leave-group": self.leave_group,
            "sign-in": self.sign_in,
            "turn-back": self.cancel_sign_in,
            "at-the-car": self.at_the_car,
            "car-trouble": self.switch_car_fault,
            "trouble": self.switch_fault,
            "skip": self.skip,
            "kill": self.kill,
            "start": self.start,
        }

    def file_in(self, chat: int, message: int) -> tuple[str, bytes] | None:
        """Return the name and content of the file or photo in a message, if there is one."""
        found = self.simulation.bot.chats.get(chat)
        shown = found.message(message) if found else None
        if shown is not None and shown.photo is not None:
            return "photo.png", shown.photo.content
        return (shown.document.name, shown.document.content) if shown and shown.document else None

    async def say(self, request: PageRequest) -> Answer:
        """Write into a chat with the bot, as a reply if a message is named."""
        person, chat = self._person(request), self._chat(request)
        reply_to = self._message(chat, request, "reply_to") if request.has("reply_to") else None
        person.says(_said(request), chat=chat, reply_to=reply_to)
        return _NOTHING

    async def tap(self, request: PageRequest) -> Answer:
        """Tap a button; the tap is also sent if an edit has just removed the button, as from a slow phone."""
        person, chat = self._person(request), self._chat(request)
        message, data = self._message(chat, request, "message"), request.text("data")
        try:
            tap = person.taps(message, data=data)
        except NoSuchButton:
            tap = person.sends_forged(data, message)
        return {"tap": tap.id}

    async def open(self, request: PageRequest) -> Answer:
        """Open an address; the answer says what a phone shows then."""
        person, url = self._person(request), request.text("url")
        if url.startswith(self.simulation.dimo.url("login")):
            return {"shows": "login", **self._login_page(url)}
        address = urlsplit(url if "://" in url else f"https://{url}")
        if address.hostname != "t.me":
            return {"shows": "outside", "url": url}
        fields = parse_qs(address.query, keep_blank_values=True)
        if address.path == "/share/url":
            lines = [fields.get("url", [""])[0], fields.get("text", [""])[0]]
            return {"shows": "choose-receiver", "text": "\n".join(filter(None, lines))}
        if address.path.strip("/") != self.simulation.bot.username:
            return {"shows": "outside", "url": url}
        if "startgroup" in fields:
            return {"shows": "choose-group", "payload": _payload(fields["startgroup"][0])}
        if "start" in fields:
            _payload(fields["start"][0])
            person.follows(url)
        return {"shows": "chat", "chat": person.private_chat.id}

    async def send(self, request: PageRequest) -> Answer:
        """Send a direct message to another person."""
        sender, receiver = request.text("person"), request.text("to")
        self._named(sender)
        self._named(receiver)
        if sender == receiver:
            raise NotPossible("Nobody writes to themselves here.")
        now = self.simulation.clock.now()
        self.simulation.direct_messages.append(DirectMessage(sender, receiver, _said(request), now))
        return _NOTHING

    async def join_group(self, request: PageRequest) -> Answer:
        """Add the bot to the group, and start it there as Telegram does after a link for groups."""
        person, group, bot = self._person(request), self.simulation.group, self.simulation.bot
        self._check_is_in(person, group)
        if group.status_of(bot) != "member":
            group.joins(bot, by=person)
        if request.has("payload"):
            payload = _payload(request.text("payload"))
            person.says(f"/start@{bot.username} {payload}".strip(), chat=group)
        return {"chat": group.id}

    async def leave_group(self, request: PageRequest) -> Answer:
        """Remove the bot from the group."""
        person, group, bot = self._person(request), self.simulation.group, self.simulation.bot
        self._check_is_in(person, group)
        if group.status_of(bot) == "member":
            group.leaves(bot, by=person, status="kicked")
        return _NOTHING

    async def sign_in(self, request: PageRequest) -> Answer:
        """Sign in on DIMO's page and share cars there; the answer has the address to which the browser is sent."""
        account = self.simulation.accounts[self._named(request.text("person"))]
        shared = [self._car(number) for number in request.numbers("cars")]
        if strange := [car.name for car in shared if car not in account.cars]:
            raise NotPossible(f"{account.name} does not own {', '.join(strange)}.")
        try:
            return {"landing": login.sign_in(self.simulation.dimo, request.text("url"), account, share=shared)}
        except LoginPageError as error:
            raise NotPossible(str(error)) from error

    async def cancel_sign_in(self, request: PageRequest) -> Answer:
        """Leave DIMO's page without signing in."""
        try:
            landing = login.cancel(self.simulation.dimo, request.text("url"), "access_denied")
        except LoginPageError as error:
            raise NotPossible(str(error)) from error
        return {"landing": landing}

    async def at_the_car(self, request: PageRequest) -> Answer:
        """Change something at the car by hand."""
        car, part, to = self._car(request.number("car")), request.text("part"), request.flag("to")
        if part == "away":
            car.drives_to(_AWAY if to else START)
        elif part in _PARTS:
            car.change(**{part: to})
        elif part in _MORE_PARTS:
            name, on, off = _MORE_PARTS[part]
            car.change(**{name: on if to else off})
        else:
            raise NotPossible(f"The car has no {part}.")
        return _NOTHING

    async def switch_car_fault(self, request: PageRequest) -> Answer:
        """Switch a fault of one car."""
        car, kind, to = self._car(request.number("car")), request.text("kind"), request.flag("to")
        kinds: Mapping[str, Callable[[Car, bool], None]] = {
            "asleep": self.switches.put_to_sleep,
            "silent": self.switches.silence,
            "contradicts": self.switches.contradict,
            "loses_answer": self.switches.lose_answer,
            "unshared": self.switches.take_back_share,
        }
        if kind not in kinds:
            raise NotPossible(f"There is no trouble {kind}.")
        kinds[kind](car, to)
        return _NOTHING

    async def switch_fault(self, request: PageRequest) -> Answer:
        """Switch a fault of DIMO or Telegram."""
        kind = request.text("kind")
        if kind == "dimo_seconds":
            self.switches.slow_dimo(request.seconds("to", SLOWEST))
        elif kind == "telegram_seconds":
            self.switches.slow_telegram(request.seconds("to", SLOWEST))
        elif kind == "dimo_down":
            self.switches.take_dimo_down(request.flag("to"))
        elif kind == "sign_ins_ended":
            self.switches.end_sign_ins()
        else:
            raise NotPossible(f"There is no trouble {kind}.")
        return _NOTHING

    async def skip(self, request: PageRequest) -> Answer:
        """Put the clock of the simulators and the bot forward."""
        seconds = request.seconds("seconds", LONGEST_SKIP)
        self.process.skip(seconds)
        self.simulation.clock.skip(seconds)
        return _NOTHING

    async def kill(self, _: PageRequest) -> Answer:
        """Kill the bot's process."""
        await self.process.kill()
        return _NOTHING

    async def start(self, _: PageRequest) -> Answer:
        """Start the bot again, on the same database."""
        self.process.start()
        return _NOTHING

    def _named(self, part: str) -> str:
        if part not in self.simulation.people:
            raise NotPossible(f"Nobody plays {part} here.")
        return part

    def _person(self, request: PageRequest) -> Person:
        return self.simulation.people[self._named(request.text("person"))]

    def _chat(self, request: PageRequest) -> Chat:
        number = request.number("chat")
        chat = next((one for one in self.simulation.chats if one.id == number), None)
        if chat is None:
            raise NotPossible("There is no such chat.")
        self._check_is_in(self._person(request), chat)
        return chat

    def _check_is_in(self, person: Person, chat: Chat) -> None:
        if person.id not in chat.people() or (isinstance(chat, Group) and chat.status_of(person) == "left"):
            raise NotPossible(f"{person.first_name} is not in that chat.")

    def _message(self, chat: Chat, request: PageRequest, name: str) -> Message:
        message = chat.message(request.number(name))
        if message is None:
            raise NotPossible("That message is gone.")
        return message

    def _car(self, number: int) -> Car:
        if number not in self.simulation.cars:
            raise NotPossible("There is no such car.")
        return self.simulation.cars[number]

    def _login_page(self, url: str) -> Answer:
        fields = parse_qs(urlsplit(url).query)
        digits = fields.get("permissions", [""])[0]
        return {
            "url": url,
            "until": fields.get("expirationDate", [""])[0],
            "permissions": [number for number, digit in enumerate(digits, start=1) if digit == "1"],
            "accounts": {
                part: [{"id": car.token_id, "name": car.name} for car in account.cars]
                for part, account in self.simulation.accounts.items()
            },
        }


def _said(request: PageRequest) -> str:
    text = request.text("text").strip()
    if not 0 < len(text) <= _LONGEST_TEXT:
        raise NotPossible(f"A message has 1 to {_LONGEST_TEXT} characters.")
    return text


def _payload(text: str) -> str:
    if not _PAYLOAD.fullmatch(text):
        raise NotPossible("Telegram opens no link with such an end: it takes up to 64 letters, digits, _ and -.")
    return text
