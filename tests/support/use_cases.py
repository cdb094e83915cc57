"""The use cases without Telegram: real storage, the real DIMO client against a simulated DIMO, and a recorded chat."""

import asyncio
import itertools
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import httpx
import telegram
from cryptography.hazmat.primitives.asymmetric import rsa
from telegram import Message

from bot.demo.dimo.car import Car
from bot.demo.dimo.state import License
from bot.demo.dimo.world import DimoWorld
from bot.dimo.client import Dimo
from bot.domain.ids import CarId, ChatId, PersonId
from bot.picture.drawing import draw
from bot.service.background import Background
from bot.service.chat_migration import ChatMigration
from bot.service.ports import Ask, Person
from bot.settings import Settings, load
from bot.telegram.transport.chat import Chat
from bot.wiring import Core, Services, make_services
from storage import Car as CarRow
from storage import CarDetails, Database, Home, Token, Tx, Vault, new_key, upgrade
from storage.engine.presences import open_presence
from storage.maintenance.key_check import check_keys
from storage.repositories import cars, homes, tokens
from tests.support.dimo_makers import NO_CERTIFICATES
from tests.support.world import START, SteppedClock

HOME, ELSEWHERE = ChatId(10), ChatId(20)
DAD, TEEN = Person(PersonId(10), "Dad"), Person(PersonId(11), "Teen")
"""Dad's account is linked in HOME; Teen has no access."""


class PaperBot:
    """A Telegram that records what each message showed, and refuses nothing."""

    def __init__(self) -> None:
        self.messages: dict[int, list[str]] = {}
        self._numbers = itertools.count(1)

    async def send_message(self, chat: int, text: str, **_: object) -> Message:
        number = next(self._numbers)
        self.messages[number] = [text]
        return Message(number, START, telegram.Chat(chat, telegram.Chat.PRIVATE))

    async def edit_message_text(self, text: str, *, message_id: int, **_: object) -> bool:
        self.messages.setdefault(message_id, []).append(text)
        return True


@dataclass(frozen=True)
class Process:
    """One run of the bot."""

    services: Services
    db: Database
    clock: SteppedClock
    paper: PaperBot
    chat: Chat
    background: Background

    async def rests(self) -> None:
        """Wait until no background task is running."""
        while under_way := set(self.background._tasks):
            await asyncio.wait(under_way)

    async def settles(self) -> None:
        """Wait for the outcome of every action; time passes, so that queued actions check whether they are next."""
        idle = asyncio.ensure_future(self.services.actions.execution.wait_idle())
        async with asyncio.timeout(10):
            while not (await asyncio.wait({idle}, timeout=0.05))[0]:
                self.clock.advance(0.25)


@dataclass(frozen=True)
class Town:
    """DIMO with dad's account, his car and the bot's license, and the bot's settings."""

    clock: SteppedClock
    dimo: DimoWorld
    license: License
    car: Car
    settings: Settings
    wallet: str

    @property
    def car_id(self) -> CarId:
        return CarId(self.car.token_id)

    @property
    def url(self) -> str:
        """The address of the database."""
        return self.settings.database_url

    @property
    def vault(self) -> Vault:
        """What decrypts the sealed columns of the database."""
        return Vault.from_keys(self.settings.encryption_keys)

    def commands(self) -> int:
        """Count the commands that reached DIMO, answered or not."""
        return self.dimo.arrived["devices", "command"]


def a_town(folder: str, *, signing_key: rsa.RSAPrivateKey | None = None, **settings: str) -> Town:
    """Make a DIMO, and a database in `folder` in which dad has linked his account."""
    clock = SteppedClock()
    dimo = DimoWorld("https://dimo.test", now=clock.now, sleep=clock.sleep, signing_key=signing_key)
    license_, account = dimo.add_license(), dimo.add_account("Dad")
    car = account.add_car(name="Bluey", reports=frozenset())
    dimo.share(car, license_, permissions={1, 2})
    names = ("AUTH", "TOKEN_EXCHANGE", "DEVICES", "IDENTITY", "TELEMETRY", "LOGIN", "ORACLE", "TRIGGERS")
    environ = {
        "TELEGRAM_BOT_TOKEN": "123456789:" + "a" * 35,
        "ENCRYPTION_KEYS": new_key(),
        "DATABASE_URL": f"sqlite:///{folder}/bot.db",
        "DIMO_CLIENT_ID": license_.client_id,
        "DIMO_REDIRECT_URI": license_.redirect_uris[0],
        "DIMO_API_KEY": license_.api_key,
        "DIMO_REQUESTS_PER_SECOND": "0",
        "DIMO_COMMAND_API": "devices",
        **{f"DIMO_{name}_URL": dimo.url(name.lower().replace("_", "-")) for name in names},
        **settings,
    }
    town = Town(clock, dimo, license_, car, load(environ, env_file=None), account.wallet)
    with closing(_database(town)) as database:
        upgrade(database)
        database.run_now(check_keys)
        database.run_now(lambda tx: _link(tx, town))
    return town


def _database(town: Town) -> Database:
    return Database.open(town.url, town.vault)


def _link(tx: Tx, town: Town) -> None:
    """Store what linking stores, and the license's sign-in."""
    account = town.dimo.accounts[town.wallet.lower()]
    year = timedelta(days=365)
    user = town.dimo.user_jwt(account, audience=town.license.client_id, lifetime=year)
    developer = town.dimo.developer_jwt(town.license, lifetime=year)
    homes.put(tx, Home(HOME, DAD.id, DAD.name, town.wallet.lower(), None, START))
    tokens.put(tx, Token(HOME, "user", user, START + year))
    tokens.put(tx, Token(0, "developer", developer, START + year))
    details = CarDetails("Bluey", "Tesla", "Model 3", 2023, "Tesla", permissions=(1, 2), reports=())
    cars.replace_all(tx, HOME, [CarRow(HOME, town.car.token_id, 0, None, details)])


@asynccontextmanager
async def a_process(
    town: Town,
    *,
    paper: PaperBot | None = None,
    db: Database | None = None,
    transport: httpx.AsyncBaseTransport | None = None,
    requests_per_second: float = 0,
) -> AsyncIterator[Process]:
    """Run the use cases, without the endless background tasks.

    Leaving without `settles()` is like a crash for everything that is under way.
    """
    db, paper, background = db or _database(town), paper or PaperBot(), Background()
    bot: Any = paper  # the use cases need no more of a bot
    migration = ChatMigration(db=db, clock=town.clock)
    chat = Chat(bot=bot, clock=town.clock, migration=migration, draw=draw)
    presence = open_presence(db)
    client = httpx.AsyncClient(transport=transport or httpx.ASGITransport(town.dimo.app), verify=NO_CERTIFICATES)
    dimo = Dimo(
        town.settings.urls,
        send=client.send,
        requests_per_second=requests_per_second,
        now=town.clock.now,
        sleep=town.clock.sleep,
    )
    core = Core(
        settings=town.settings,
        db=db,
        dimo=dimo,
        clock=town.clock,
        chat=chat,
        presence=presence,
        background=background,
    )
    try:
        yield Process(make_services(core), db, town.clock, paper, chat, background)
    finally:
        await background.close()
        await client.aclose()
        presence.close()
        db.close()


_keys = itertools.count()


def an_ask(person: Person = DAD, chat: ChatId = HOME) -> Ask:
    """Make a command or tap with a key of its own."""
    return Ask(f"tap:{next(_keys)}", person, chat)
