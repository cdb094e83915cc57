"""The simulated surroundings of the bot: four people, a group, two cars, Telegram, DIMO and the credentials."""

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
"""The person in each part. Only the owner has cars; the others get their roles in the chat."""

_IN_THE_GROUP = ("owner", "driver", "guest")
_COMMAND_SECONDS = 1.5
"""How long a car takes to execute a command."""

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
        "TRIGGERS": "triggers",
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
    """The made-up secrets of a demo, and its id."""

    world: str = field(default_factory=lambda: secrets.token_hex(6))
    bot_token: str = field(default_factory=_new_token, repr=False)
    encryption_key: str = field(default_factory=_new_encryption_key, repr=False)
    client_id: str = field(default_factory=new_address)
    api_key: str = field(default_factory=new_api_key, repr=False)
    wallets: Mapping[str, str] = field(default_factory=_new_wallets)


class MessageNumbers(Iterator[int]):
    """The ids of messages, which continue after those of a restored chat."""

    def __init__(self) -> None:
        self.following = 1

    def __next__(self) -> int:
        number = self.following
        self.following += 1
        return number


@dataclass(frozen=True, slots=True)
class DirectMessage:
    """A message from one person to another, without the bot: an invitation's link, for example."""

    sender: str
    receiver: str
    text: str
    at: datetime


@dataclass(eq=False)
class Simulation:
    """Everything around the bot."""

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
        """Every chat that the bot is in or can be added to: one for each person, and the group."""
        return [*(person.private_chat for person in self.people.values()), self.group]

    @property
    def violations(self) -> list[str]:
        """What the bot did against Telegram's or DIMO's documentation."""
        return [*self.telegram.violations, *self.dimo.violations]

    def settings(self, *, telegram_url: str, database_url: str) -> dict[str, str]:
        """Return the environment variables for a bot that uses this simulation."""
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
    """Create the simulation; nothing is linked yet, and the cars are shared with nobody."""
    telegram = TelegramWorld(now=clock.now, is_limited=True)
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
    """Add a car that reports everything, and one that reports neither lock nor trunk, like most of today's."""
    bluey = owner.add_car(name="Bluey", make="Tesla", model="Model 3", year=2023, reports=ALL_SIGNALS)
    owner.add_car(name="Rusty", make="Tesla", model="Model Y", year=2020, reports=NO_LOCK_SIGNALS)
    for car in owner.cars:
        car.act_delay = _COMMAND_SECONDS
    bluey.change(locked=False)
