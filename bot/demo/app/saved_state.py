"""Saves the demo in a folder and restores it: chats, cars, shares and credentials.

The folder also contains the bot's database together with its key, so it must not be used for a real car.
"""

import base64
import fcntl
import itertools
import json
import os
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeAlias

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from bot.demo.app.simulation import Credentials, DirectMessage, Simulation
from bot.demo.dimo.car import Car, CarState, CodeQuery, Location, Report
from bot.demo.dimo.state import Share
from bot.demo.telegram.attachments import Document, Photo, Venue
from bot.demo.telegram.chats import Message, Version

Json: TypeAlias = Any
"""A value that `json` can write."""

_FILE = "world.json"
_FORM = 1
_SETS = ("open_doors", "open_windows", "low_tyres")
_IDS_SKIPPED = 1000
"""How many message ids are skipped after a restart: the bot may have sent messages after the last save."""


class CannotUseFolder(Exception):
    """The folder can't be used; the text says why in one line."""


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Create the folder if it is missing, and lock it against other demos; raises CannotUseFolder."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle = os.open(folder / "lock", os.O_CREAT | os.O_RDWR, 0o600)
    except FileExistsError as error:
        raise CannotUseFolder(f"{folder} is a file. Choose a folder with --data.") from error
    except OSError as error:
        raise CannotUseFolder(f"{folder} can't be used: {error.strerror}. Choose another with --data.") from error
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    except BlockingIOError:
        raise CannotUseFolder(f"Another demo uses {folder}. End it, or choose another with --data.") from None
    finally:
        os.close(handle)


def read(folder: Path) -> Json:
    """Return what was saved, None in a new folder; raises CannotUseFolder."""
    try:
        kept = json.loads((folder / _FILE).read_text(encoding="utf-8"))
        form = kept["form"]
    except FileNotFoundError:
        return None
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise CannotUseFolder(f"{folder / _FILE} can't be read. Choose another folder with --data.") from error
    if form != _FORM:
        raise CannotUseFolder(f"{folder} is of another version of the demo. Choose another with --data.")
    return kept


def write(folder: Path, kept: Json) -> None:
    """Save this in the folder, in one atomic step."""
    new = folder / f"{_FILE}.new"
    handle = os.open(new, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        json.dump(kept, file)
    new.replace(folder / _FILE)


def credentials_in(kept: Json) -> tuple[Credentials, RSAPrivateKey]:
    """Return the credentials of a saved demo, and the key with which its DIMO signs tokens."""
    key = load_pem_private_key(kept["signing_key"].encode(), password=None)
    if not isinstance(key, RSAPrivateKey):
        raise CannotUseFolder("The key of the kept DIMO is of another kind.")
    return Credentials(**kept["papers"]), key


def saved(simulation: Simulation, ports: Mapping[str, int]) -> Json:
    """Return everything that has to be saved."""
    dimo, bot = simulation.dimo, simulation.bot
    pem = dimo.signing_key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return {
        "form": _FORM,
        "papers": asdict(simulation.credentials),
        "signing_key": pem.decode(),
        "ports": dict(ports),
        "shift": simulation.clock.shift_seconds,
        "menus": [[*scope, commands] for scope, commands in bot.menus.items()],
        "started": [person.id for person in simulation.people.values() if person.private_chat.started],
        "group": list(simulation.group.statuses.items()),
        "messages": [_message(message) for chat in simulation.chats for message in chat.messages],
        "letters": [asdict(letter) | {"at": letter.at.timestamp()} for letter in simulation.direct_messages],
        "cars": [_car(car) for car in simulation.cars.values()],
        "shares": [
            [token_id, client, sorted(share.permissions), share.until.timestamp()]
            for (token_id, client), share in dimo.shares.items()
        ],
    }


def _message(message: Message) -> Json:
    shown = message.versions[-1]
    return {
        "id": message.id,
        "chat": message.chat.id,
        "sender": message.sender.id,
        "date": message.date.timestamp(),
        "text": shown.text,
        "entities": list(shown.entities),
        "markup": shown.markup,
        "edited_at": shown.edited_at.timestamp() if shown.edited_at else None,
        "reply_to": message.reply_to.id if message.reply_to else None,
        "asks_reply": message.asks_reply,
        "placeholder": message.placeholder,
        "extra": message.extra,
        "document": message.document and _document(message.document),
        "venue": message.venue and asdict(message.venue),
        "photo": message.photo and [message.photo.width, message.photo.height, _encoded(message.photo.content)],
    }


def _document(document: Document) -> Json:
    return [document.name, document.kind, _encoded(document.content)]


def _encoded(content: bytes) -> str:
    return base64.b64encode(content).decode()


def _car(car: Car) -> Json:
    state = asdict(car.state)
    for part in _SETS:
        state[part] = sorted(state[part])
    return {
        "token_id": car.token_id,
        "device_id": car.device_id,
        "vin": car.vin,
        "state": state,
        "signals": {name: [report.timestamp.timestamp(), report.value] for name, report in car.signals.items()},
        "last_seen": car.last_seen.timestamp() if car.last_seen else None,
        "location": car.location and [car.location[0].timestamp(), list(car.location[1])],
        "received": car.received,
        "queries": [
            [query.codes, query.requested_at.timestamp(), query.cleared_at and query.cleared_at.timestamp()]
            for query in car.code_queries
        ],
    }


def restore(simulation: Simulation, kept: Json) -> None:
    """Restore the saved state of a new simulation."""
    bot = simulation.bot
    bot.menus.update({(kind, chat, person, lang): menu for kind, chat, person, lang, menu in kept["menus"]})
    for person in simulation.people.values():
        person.private_chat.started = person.id in kept["started"]
    accounts = {user.id: user for user in (bot, *simulation.people.values())}
    for number, status in kept["group"]:
        simulation.group.members[number] = accounts[number]
        simulation.group.statuses[number] = status
    for message in sorted(kept["messages"], key=lambda message: message["id"]):
        _restore_message(simulation, message)
    simulation.numbers.following += _IDS_SKIPPED
    bot.tap_numbers = itertools.count(time.time_ns())
    simulation.direct_messages += [
        DirectMessage(**letter | {"at": _moment(letter["at"])}) for letter in kept["letters"]
    ]
    for car in kept["cars"]:
        _restore_car(simulation.cars[car["token_id"]], car)
    for token_id, client, permissions, until in kept["shares"]:
        simulation.dimo.shares[token_id, client] = Share(frozenset(permissions), _moment(until))


def _restore_message(simulation: Simulation, kept: Json) -> None:
    bot = simulation.bot
    accounts = {user.id: user for user in (bot, *simulation.people.values())}
    chat = bot.chats[kept["chat"]]
    edited_at = kept["edited_at"] and _moment(kept["edited_at"])
    photo = kept.get("photo") and _restore_photo(*kept["photo"])
    version = Version(kept["text"], kept["entities"], markup=kept["markup"], edited_at=edited_at, photo=photo)
    simulation.numbers.following = kept["id"]
    chat.add(
        accounts[kept["sender"]],
        version,
        _moment(kept["date"]),
        reply_to=chat.message(kept["reply_to"]) if kept["reply_to"] else None,
        asks_reply=kept["asks_reply"],
        placeholder=kept.get("placeholder", ""),
        extra=kept["extra"],
        document=kept["document"] and _restore_document(*kept["document"]),
        venue=Venue(**kept["venue"]) if kept.get("venue") else None,
    )


def _restore_document(name: str, kind: str, content: str) -> Document:
    return Document(name, kind, base64.b64decode(content))


def _restore_photo(width: int, height: int, content: str) -> Photo:
    return Photo(width, height, base64.b64decode(content))


def _restore_car(car: Car, kept: Json) -> None:
    state = kept["state"]
    for part in (*_SETS, "trouble_codes"):
        state[part] = (tuple if part == "trouble_codes" else frozenset)(state[part])
    car.device_id, car.vin, car.state = kept["device_id"], kept["vin"], CarState(**state)
    car.signals.clear()
    car.signals |= {name: Report(_moment(at), value) for name, (at, value) in kept["signals"].items()}
    car.last_seen = kept["last_seen"] and _moment(kept["last_seen"])
    if kept.get("location"):
        at, place = kept["location"]
        car.location = (_moment(at), Location(*place))
        car.is_at = car.location[1]
    car.received += kept["received"]
    car.code_queries += [
        CodeQuery(tuple((code, text) for code, text in codes), _moment(asked), cleared and _moment(cleared))
        for codes, asked, cleared in kept["queries"]
    ]


def _moment(timestamp: float) -> datetime:
    return datetime.fromtimestamp(timestamp, UTC)
