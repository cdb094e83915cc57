"""What people of the demo do: they write, tap, open links, share, sign in at DIMO, and walk up to the car."""

import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from urllib.parse import parse_qs, urlsplit

from bot.demo.app.bot_process import BotProcess
from bot.demo.app.faults import SLOWEST, Troubles
from bot.demo.app.household import Household, Letter
from bot.demo.app.page_request import Asked, NotPossible
from bot.demo.dimo import login
from bot.demo.dimo.car import Car
from bot.demo.dimo.login import LoginPageError
from bot.demo.telegram.chats import Chat, Message
from bot.demo.telegram.groups import Group
from bot.demo.telegram.people import NoSuchButton, Person

Answer = Mapping[str, object]
Deed = Callable[[Asked], Awaitable[Answer]]

LONGEST_SKIP = 15 * 86400.0
_NOTHING: Answer = {}
_LONGEST_TEXT = 4096
_PAYLOAD = re.compile(r"[A-Za-z0-9_-]{0,64}")
_DOOR = "Row1DriverSide"
_FAULT_CODE = "P0301"
_PARTS = frozenset({"locked", "frunk_open", "trunk_open", "charging"})


@dataclass(frozen=True, slots=True)
class Deeds:
    """Everything that a page can ask for, by name."""

    household: Household
    process: BotProcess
    troubles: Troubles

    def by_name(self) -> Mapping[str, Deed]:
        """Return the deeds that there are."""
        return {
            "say": self.say,
            "tap": self.tap,
            "open": self.open,
            "send": self.send,
            "join-group": self.join_group,
            "leave-group": self.leave_group,
            "sign-in": self.sign_in,
            "turn-back": self.turn_back,
            "at-the-car": self.at_the_car,
            "car-trouble": self.car_trouble,
            "trouble": self.trouble,
            "skip": self.skip,
            "kill": self.kill,
            "start": self.start,
        }

    def file_in(self, chat: int, message: int) -> tuple[str, bytes] | None:
        """Return the name and the content of the file that a message carries, if it does."""
        found = self.household.bot.chats.get(chat)
        shown = found.message(message) if found else None
        return (shown.document.name, shown.document.content) if shown and shown.document else None

    async def say(self, asked: Asked) -> Answer:
        """Write into a chat with the bot, as an answer to a message if one is named."""
        person, chat = self._person(asked), self._chat(asked)
        reply_to = self._message(chat, asked, "reply_to") if asked.has("reply_to") else None
        person.says(_said(asked), chat=chat, reply_to=reply_to)
        return _NOTHING

    async def tap(self, asked: Asked) -> Answer:
        """Tap a button; one that an edit has taken away meanwhile is sent as a slow phone sends it."""
        person, chat = self._person(asked), self._chat(asked)
        message, data = self._message(chat, asked, "message"), asked.text("data")
        try:
            tap = person.taps(message, data=data)
        except NoSuchButton:
            tap = person.sends_forged(data, message)
        return {"tap": tap.id}

    async def open(self, asked: Asked) -> Answer:
        """Open an address; the answer says what a phone shows for it."""
        person, url = self._person(asked), asked.text("url")
        if url.startswith(self.household.dimo.url("login")):
            return {"shows": "login", **self._login_page(url)}
        address = urlsplit(url if "://" in url else f"https://{url}")
        if address.hostname != "t.me":
            return {"shows": "outside", "url": url}
        fields = parse_qs(address.query, keep_blank_values=True)
        if address.path == "/share/url":
            lines = [fields.get("url", [""])[0], fields.get("text", [""])[0]]
            return {"shows": "choose-receiver", "text": "\n".join(filter(None, lines))}
        if address.path.strip("/") != self.household.bot.username:
            return {"shows": "outside", "url": url}
        if "startgroup" in fields:
            return {"shows": "choose-group", "payload": _payload(fields["startgroup"][0])}
        if "start" in fields:
            _payload(fields["start"][0])
            person.follows(url)
        return {"shows": "chat", "chat": person.private_chat.id}

    async def send(self, asked: Asked) -> Answer:
        """Send something to another person, past the bot."""
        sender, receiver = asked.text("person"), asked.text("to")
        self._named(sender)
        self._named(receiver)
        if sender == receiver:
            raise NotPossible("Nobody writes to themselves here.")
        now = self.household.clock.now()
        self.household.letters.append(Letter(sender, receiver, _said(asked), now))
        return _NOTHING

    async def join_group(self, asked: Asked) -> Answer:
        """Bring the bot into the group, and start it there as Telegram does after a link for groups."""
        person, group, bot = self._person(asked), self.household.group, self.household.bot
        self._check_is_in(person, group)
        if group.status_of(bot) != "member":
            group.joins(bot, by=person)
        if asked.has("payload"):
            payload = _payload(asked.text("payload"))
            person.says(f"/start@{bot.username} {payload}".strip(), chat=group)
        return {"chat": group.id}

    async def leave_group(self, asked: Asked) -> Answer:
        """Put the bot out of the group."""
        person, group, bot = self._person(asked), self.household.group, self.household.bot
        self._check_is_in(person, group)
        if group.status_of(bot) == "member":
            group.leaves(bot, by=person, status="kicked")
        return _NOTHING

    async def sign_in(self, asked: Asked) -> Answer:
        """Sign in on DIMO's page and share cars there; the answer holds where the browser lands."""
        account = self.household.accounts[self._named(asked.text("person"))]
        shared = [self._car(number) for number in asked.numbers("cars")]
        if strange := [car.name for car in shared if car not in account.cars]:
            raise NotPossible(f"{account.name} does not own {', '.join(strange)}.")
        try:
            return {"landing": login.sign_in(self.household.dimo, asked.text("url"), account, share=shared)}
        except LoginPageError as error:
            raise NotPossible(str(error)) from error

    async def turn_back(self, asked: Asked) -> Answer:
        """Leave DIMO's page without signing in."""
        try:
            landing = login.turn_back(self.household.dimo, asked.text("url"), "access_denied")
        except LoginPageError as error:
            raise NotPossible(str(error)) from error
        return {"landing": landing}

    async def at_the_car(self, asked: Asked) -> Answer:
        """Change something at the car by hand."""
        car, part, to = self._car(asked.number("car")), asked.text("part"), asked.flag("to")
        if part == "door":
            car.change(open_doors=frozenset({_DOOR} if to else ()))
        elif part == "fault":
            car.change(trouble_codes=(_FAULT_CODE,) if to else ())
        elif part in _PARTS:
            car.change(**{part: to})
        else:
            raise NotPossible(f"The car has no {part}.")
        return _NOTHING

    async def car_trouble(self, asked: Asked) -> Answer:
        """Let something go wrong, or right again, with one car."""
        car, kind, to = self._car(asked.number("car")), asked.text("kind"), asked.flag("to")
        kinds: Mapping[str, Callable[[Car, bool], None]] = {
            "asleep": self.troubles.put_to_sleep,
            "silent": self.troubles.silence,
            "contradicts": self.troubles.contradict,
            "loses_answer": self.troubles.lose_answer,
            "unshared": self.troubles.take_back_share,
        }
        if kind not in kinds:
            raise NotPossible(f"There is no trouble {kind}.")
        kinds[kind](car, to)
        return _NOTHING

    async def trouble(self, asked: Asked) -> Answer:
        """Let something go wrong, or right again, with DIMO or Telegram."""
        kind = asked.text("kind")
        if kind == "dimo_seconds":
            self.troubles.slow_dimo(asked.seconds("to", SLOWEST))
        elif kind == "telegram_seconds":
            self.troubles.slow_telegram(asked.seconds("to", SLOWEST))
        elif kind == "dimo_down":
            self.troubles.take_dimo_down(asked.flag("to"))
        elif kind == "sign_ins_ended":
            self.troubles.end_sign_ins()
        else:
            raise NotPossible(f"There is no trouble {kind}.")
        return _NOTHING

    async def skip(self, asked: Asked) -> Answer:
        """Put everybody's clock forward."""
        seconds = asked.seconds("seconds", LONGEST_SKIP)
        self.process.skip(seconds)
        self.household.clock.skip(seconds)
        return _NOTHING

    async def kill(self, _: Asked) -> Answer:
        """Kill the bot's process."""
        await self.process.kill()
        return _NOTHING

    async def start(self, _: Asked) -> Answer:
        """Start the bot again, on the same database."""
        self.process.start()
        return _NOTHING

    def _named(self, part: str) -> str:
        if part not in self.household.people:
            raise NotPossible(f"Nobody plays {part} here.")
        return part

    def _person(self, asked: Asked) -> Person:
        return self.household.people[self._named(asked.text("person"))]

    def _chat(self, asked: Asked) -> Chat:
        number = asked.number("chat")
        chat = next((one for one in self.household.chats if one.id == number), None)
        if chat is None:
            raise NotPossible("There is no such chat.")
        self._check_is_in(self._person(asked), chat)
        return chat

    def _check_is_in(self, person: Person, chat: Chat) -> None:
        if person.id not in chat.people() or (isinstance(chat, Group) and chat.status_of(person) == "left"):
            raise NotPossible(f"{person.first_name} is not in that chat.")

    def _message(self, chat: Chat, asked: Asked, name: str) -> Message:
        message = chat.message(asked.number(name))
        if message is None:
            raise NotPossible("That message is gone.")
        return message

    def _car(self, number: int) -> Car:
        if number not in self.household.cars:
            raise NotPossible("There is no such car.")
        return self.household.cars[number]

    def _login_page(self, url: str) -> Answer:
        fields = parse_qs(urlsplit(url).query)
        digits = fields.get("permissions", [""])[0]
        return {
            "url": url,
            "until": fields.get("expirationDate", [""])[0],
            "permissions": [number for number, digit in enumerate(digits, start=1) if digit == "1"],
            "accounts": {
                part: [{"id": car.token_id, "name": car.name} for car in account.cars]
                for part, account in self.household.accounts.items()
            },
        }


def _said(asked: Asked) -> str:
    text = asked.text("text").strip()
    if not 0 < len(text) <= _LONGEST_TEXT:
        raise NotPossible(f"A message has 1 to {_LONGEST_TEXT} characters.")
    return text


def _payload(text: str) -> str:
    if not _PAYLOAD.fullmatch(text):
        raise NotPossible("Telegram opens no link with such an end: it takes up to 64 letters, digits, _ and -.")
    return text
