"""What the page shows, as named parts of plain JSON; only parts that change are sent again."""

import itertools
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any, TypeAlias, TypeVar

from bot.demo.app.bot_process import BotProcess, ProcessState
from bot.demo.app.fault_switches import FaultSwitches
from bot.demo.app.simulation import DirectMessage, Simulation
from bot.demo.dimo.call_log import Call
from bot.demo.dimo.car import START, Car
from bot.demo.telegram.bots import PrivateChat, Tap
from bot.demo.telegram.chats import Chat, Message
from bot.demo.telegram.groups import Group
from bot.demo.telegram.people import Person

Json: TypeAlias = Any
"""A value that `json` can write."""

T = TypeVar("T")

_TAPS_SHOWN = 12
_CALLS_SHOWN = 40


class PageState:
    """Reads everything that the page shows."""

    def __init__(self, simulation: Simulation, process: BotProcess, switches: FaultSwitches) -> None:
        self._simulation = simulation
        self._process = process
        self._switches = switches
        self._shown: dict[Message, tuple[int, Json]] = {}
        self._listening_start = 0
        self._answered: Counter[tuple[str, str]] = Counter()
        self._seen_at: dict[tuple[str, int], float] = {}

    def parts(self) -> Mapping[str, Json]:
        """Return every part by its name."""
        return dict(self._parts())

    def _parts(self) -> Iterator[tuple[str, Json]]:
        simulation = self._simulation
        yield "world", self._world()
        yield "bot", self._bot()
        yield "troubles", self._switches.world_json()
        for chat in simulation.chats:
            yield f"chat/{chat.id}", self._chat(chat)
            for message in chat.messages:
                yield f"message/{chat.id}/{message.id}", self._message(message)
        for number, sent in enumerate(simulation.direct_messages):
            yield f"letter/{number}", _direct_message(sent)
        for tap in list(simulation.bot.taps.values())[-_TAPS_SHOWN:]:
            yield f"tap/{tap.id}", _tap(tap)
        for car in simulation.cars.values():
            yield f"car/{car.token_id}", self._car(car)
        yield "calls", self._calls()

    def _world(self) -> Json:
        simulation = self._simulation
        people = [
            {"part": part, "id": person.id, "name": person.first_name} for part, person in simulation.people.items()
        ]
        return {
            "id": simulation.credentials.world,
            "people": people,
            "bot_username": simulation.bot.username,
            "bot_id": simulation.bot.id,
            "shift": simulation.clock.shift_seconds,
        }

    def _bot(self) -> Json:
        state, starts = self._process.state, self._process.starts
        if self._simulation.bot.updates.has_listener:
            self._listening_start = starts
        running = "listening" if self._listening_start == starts else "starting"
        shown = running if state is ProcessState.RUNNING else state.value
        return {"state": shown, "starts": starts, "complaints": self._simulation.violations}

    def _chat(self, chat: Chat) -> Json:
        shown = {
            "id": chat.id,
            "kind": "private" if isinstance(chat, PrivateChat) else "group",
            "title": chat.title,
            "people": list(chat.people()),
            "typing": len(chat.actions),
            "menus": {person.id: self._menu(chat, person) for person in self._in(chat)},
        }
        if isinstance(chat, PrivateChat):
            return shown | {"started": chat.started}
        return shown | {"has_bot": isinstance(chat, Group) and chat.status_of(chat.bot) == "member"}

    def _in(self, chat: Chat) -> list[Person]:
        return [person for person in self._simulation.people.values() if person.id in chat.people()]

    def _menu(self, chat: Chat, person: Person) -> Json:
        bot = self._simulation.bot
        described = {entry["command"]: entry["description"] for menu in bot.menus.values() for entry in menu}
        names = bot.menu_in(chat, person, person.language)
        return [{"name": name, "description": described[name]} for name in names]

    def _message(self, message: Message) -> Json:
        edits, known = self._shown.get(message, (-1, None))
        if edits != message.edits:
            known = _message(message)
            self._shown[message] = (message.edits, known)
        return known

    def _car(self, car: Car) -> Json:
        received = [
            {"command": command, "at": self._first_seen(f"car/{car.token_id}", number)}
            for number, command in _tail(car.received)
        ]
        state = car.state
        place = {"place": {"value": car.location[1] != START, "at": _seconds(car.location[0])}} if car.location else {}
        signals = place | {
            name: {"value": report.value, "at": _seconds(report.timestamp)}
            for name, report in sorted(car.signals.items())
        }
        return {
            "id": car.token_id,
            "name": car.name,
            "model": f"{car.make} {car.model} {car.year}",
            "reports_lock": "bodyLockIsLocked" in car.reports,
            "is_shared": bool(self._simulation.dimo.granted(car.token_id, self._simulation.license.client_id)),
            "locked": state.locked,
            "frunk_open": state.frunk_open,
            "trunk_open": state.trunk_open,
            "charging": state.charging,
            "battery": state.battery_percent,
            "plugged_in": state.plugged_in or state.charging,
            "open_doors": sorted(state.open_doors),
            "open_windows": sorted(state.open_windows),
            "low_tyres": sorted(state.low_tyres),
            "is_away": car.is_at != START,
            "trouble_codes": list(state.trouble_codes),
            "signals": signals,
            "received": received,
            "code_queries": len(car.code_queries),
            **self._switches.car_json(car),
        }

    def _calls(self) -> Json:
        dimo = self._simulation.dimo
        answered = [_call(call, self._first_seen("call", number)) for number, call in _tail(dimo.calls)]
        self._answered.update(call[:2] for call in dimo.calls[self._answered.total() :])
        waiting = dimo.arrived - self._answered
        return {"answered": answered, "waiting": {" ".join(what): count for what, count in waiting.items()}}

    def _first_seen(self, what: str, number: int) -> float:
        """Return when something was first read, because the simulators do not store times."""
        return self._seen_at.setdefault((what, number), _seconds(self._simulation.clock.now()))


def _tail(items: Sequence[T]) -> Iterator[tuple[int, T]]:
    """Return the newest items with their positions."""
    first = max(0, len(items) - _CALLS_SHOWN)
    return zip(itertools.count(first), items[first:], strict=False)


def _seconds(at: datetime) -> float:
    return round(at.timestamp(), 3)


def _message(message: Message) -> Json:
    shown: Json = {
        "id": message.id,
        "chat": message.chat.id,
        "sender": message.sender.id,
        "name": message.sender.first_name,
        "at": _seconds(message.date),
        "edits": message.edits,
        "text": message.text,
        "entities": list(message.entities),
        "keyboard": [
            [
                {"text": button.text, "data": button.callback_data, "url": button.url, "style": button.style}
                for button in row
            ]
            for row in message.keyboard
        ],
        "reply_to": message.reply_to.id if message.reply_to else None,
        "asks_reply": message.asks_reply,
        "placeholder": message.placeholder,
    }
    if message.document is not None:
        shown["file"] = {"name": message.document.name, "bytes": len(message.document.content)}
    if message.venue is not None:
        shown["venue"] = asdict(message.venue)
    if message.photo is not None:
        shown["photo"] = {"width": message.photo.width, "height": message.photo.height}
    if service := _service(message):
        shown["service"] = service
    return shown


def _service(message: Message) -> str | None:
    """Return the text of a service message; None for another message."""
    who = message.sender.first_name
    for user in message.extra.get("new_chat_members", ()):
        return f"{who} added {user['first_name']}"
    if left := message.extra.get("left_chat_member"):
        return f"{left['first_name']} left"
    return None


def _direct_message(message: DirectMessage) -> Json:
    return {
        "sender": message.sender,
        "receiver": message.receiver,
        "text": message.text,
        "at": _seconds(message.at),
    }


def _tap(tap: Tap) -> Json:
    answer = tap.answer
    return {
        "id": tap.id,
        "person": tap.person.id,
        "chat": tap.message.chat.id,
        "message": tap.message.id,
        "data": tap.data,
        "is_answered": answer is not None,
        "text": answer.text if answer else None,
        "is_alert": bool(answer and answer.show_alert),
    }


def _call(call: Call, at: float) -> Json:
    return {"service": call.service, "operation": call.operation, "status": call.status, "at": at}
