"""The family of the demo: four people with a phone each, a family group, two cars at DIMO, and the bot's credentials."""

import base64
import os
import secrets
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

from bot.demo.clock import ShiftedClock
from bot.demo.dimo.car import ALL_SIGNALS, NO_LOCK_SIGNALS, Car
from bot.demo.dimo.state import Account, License
from bot.demo.dimo.wallets import new_address, new_api_key
from bot.demo.dimo.world import DimoWorld
from bot.demo.telegram.bots import Bot
from bot.demo.telegram.chats import Chat
from bot.demo.telegram.groups import Group
from bot.demo.telegram.people import Person
from bot.demo.telegram.world import TelegramWorld

CAST: Mapping[str, str] = MappingProxyType({"owner": "Anna", "driver": "Ben", "guest": "Cleo", "stranger": "Dan"})
"""Who plays which part. Only the owner has cars; what the others may is settled in the chat."""

_IN_THE_GROUP = ("owner", "driver", "guest")
_ACT_SECONDS = 1.5
"""How long a car takes from a command to the deed."""

_REDIRECT_URI = "https://family.example/landing"
_SERVICES: Mapping[str, str] = MappingProxyType(
    {
        "AUTH": "auth",
        "TOKEN_EXCHANGE": "token-exchange",
        "DEVICES": "devices",
        "IDENTITY": "identity",
        "TELEMETRY": "telemetry",
        "LOGIN": "login",
        "ORACLE": "oracle",
    }
)


def _new_token() -> str:
    return f"7000000001:{secrets.token_urlsafe(27)[:35]}"


def _new_encryption_key() -> str:
    return base64.urlsafe_b64encode(os.urandom(32)).decode()


def _new_wallets() -> Mapping[str, str]:
    return {part: new_address() for part in CAST}


@dataclass(frozen=True, slots=True)
class Credentials:
    """All made-up secrets of a demo, and the name by which it is known."""

    world: str = field(default_factory=lambda: secrets.token_hex(6))
    bot_token: str = field(default_factory=_new_token, repr=False)
    encryption_key: str = field(default_factory=_new_encryption_key, repr=False)
    client_id: str = field(default_factory=new_address)
    api_key: str = field(default_factory=new_api_key, repr=False)
    wallets: Mapping[str, str] = field(default_factory=_new_wallets)


class MessageNumbers(Iterator[int]):
    """The numbers of messages, which go on where a kept chat ended."""

    def __init__(self) -> None:
        self.following = 1

    def __next__(self) -> int:
        number = self.following
        self.following += 1
        return number


@dataclass(frozen=True, slots=True)
class DirectMessage:
    """What one person sent to another, past the bot: an invitation's link, say."""

    sender: str
    receiver: str
    text: str
    at: datetime


@dataclass(eq=False)
class Simulation:
    """Everybody and everything around the bot."""

    credentials: Credentials
    clock: ShiftedClock
    telegram: TelegramWorld
    dimo: DimoWorld
    bot: Bot
    license: License
    people: Mapping[str, Person]
    accounts: Mapping[str, Account]
    cars: Mapping[int, Car]
    group: Group
    numbers: MessageNumbers
    direct_messages: list[DirectMessage] = field(default_factory=list)

    @property
    def chats(self) -> list[Chat]:
        """Every chat that the bot is in or may come into: with each person, and the group."""
        return [*(person.private_chat for person in self.people.values()), self.group]

    @property
    def complaints(self) -> list[str]:
        """What the bot did that Telegram's or DIMO's documentation does not allow."""
        return [*self.telegram.violations, *self.dimo.violations]

    def settings(self, *, telegram_url: str, database_url: str) -> dict[str, str]:
        """Return the variables with which the real bot lives in this world."""
        return {
            "TELEGRAM_BOT_TOKEN": self.credentials.bot_token,
            "TELEGRAM_API_URL": telegram_url,
            "ENCRYPTION_KEYS": self.credentials.encryption_key,
            "DATABASE_URL": database_url,
            "DIMO_CLIENT_ID": self.credentials.client_id,
            "DIMO_REDIRECT_URI": _REDIRECT_URI,
            "DIMO_API_KEY": self.credentials.api_key,
            "LOG_LEVEL": "WARNING",
            **{f"DIMO_{name}_URL": self.dimo.url(path) for name, path in _SERVICES.items()},
        }


def new_simulation(
    credentials: Credentials, clock: ShiftedClock, dimo_url: str, signing_key: RSAPrivateKey | None = None
) -> Simulation:
    """Make the family with nothing linked: the owner's cars are shared with nobody yet."""
    telegram = TelegramWorld(now=clock.now)
    dimo = DimoWorld(dimo_url, now=clock.now, sleep=clock.sleep, signing_key=signing_key)
    bot = telegram.add_bot()
    bot.token = credentials.bot_token
    bot.numbers = numbers = MessageNumbers()
    people = {part: telegram.add_person(name) for part, name in CAST.items()}
    license_ = License(credentials.client_id, credentials.api_key, (_REDIRECT_URI,))
    dimo.licenses[license_.client_id.lower()] = license_
    accounts = {part: Account(CAST[part], wallet, dimo) for part, wallet in credentials.wallets.items()}
    dimo.accounts.update({account.wallet.lower(): account for account in accounts.values()})
    _add_cars(accounts["owner"])
    return Simulation(
        credentials=credentials,
        clock=clock,
        telegram=telegram,
        dimo=dimo,
        bot=bot,
        license=license_,
        people=people,
        accounts=accounts,
        cars=dimo.cars,
        group=telegram.add_group("Family", [people[part] for part in _IN_THE_GROUP], with_bot=False),
        numbers=numbers,
    )


def _add_cars(owner: Account) -> None:
    """One car that reports everything, and one like most of today's: it reports neither lock nor trunks."""
    bluey = owner.add_car(name="Bluey", make="Tesla", model="Model 3", year=2023, reports=ALL_SIGNALS)
    owner.add_car(name="Rusty", make="Tesla", model="Model Y", year=2020, reports=NO_LOCK_SIGNALS)
    for car in owner.cars:
        car.act_delay = _ACT_SECONDS
    bluey.change(locked=False)
