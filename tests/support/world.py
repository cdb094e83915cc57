"""The world around the bot: a family with phones, a car at DIMO, and the real bot between them over real HTTP."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, closing
from dataclasses import dataclass, field
from socket import socket
from urllib.parse import parse_qs, urlsplit

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

from bot.demo.dimo.car import ALL_SIGNALS, Car
from bot.demo.dimo.state import Account, License
from bot.demo.dimo.wallets import new_address, new_api_key
from bot.demo.dimo.world import DimoWorld
from bot.demo.telegram.bots import Bot, Tap
from bot.demo.telegram.chats import Message
from bot.demo.telegram.people import Person
from bot.demo.telegram.world import TelegramWorld
from bot.dimo.http import Timeouts
from bot.lifetime import Outside, running_bot
from bot.serving import bound_socket, serve, url_of
from bot.settings import Settings, load
from bot.telegram.transport.limits import Limits
from storage import Database, Vault
from storage.repositories import inbox
from tests.support.clocks import START as START  # the time at which worlds begin
from tests.support.clocks import Machine
from tests.support.clocks import SteppedClock as SteppedClock
from tests.support.dimo_makers import NO_CERTIFICATES

REDIRECT_URI = "https://family.example/landing"


@dataclass(frozen=True, slots=True)
class Papers:
    """A family's identity at DIMO: the license of its bot, and dad's wallet."""

    license: License = field(default_factory=lambda: License(new_address(), new_api_key(), (REDIRECT_URI,)))
    wallet: str = field(default_factory=new_address)


@dataclass
class Family:
    """Dad has linked nothing yet; his account owns one car that is shared with the bot's license."""

    clock: SteppedClock
    telegram: TelegramWorld
    dimo: DimoWorld
    bot: Bot
    dad: Person
    account: Account
    license: License
    car: Car
    environ: dict[str, str]
    timeouts: Timeouts = field(default_factory=Timeouts)
    answer_seconds: float = 5.0
    limits: Limits | None = None
    """Telegram's limits, which time that stands still would make endless."""
    machine: Machine = field(init=False)
    """The clocks of the computer that the bot runs on."""
    _running: AsyncExitStack | None = None
    _polling: asyncio.Task[None] | None = None

    def __post_init__(self) -> None:
        self.machine = Machine(self.clock)

    @property
    def settings(self) -> Settings:
        return load(self.environ, env_file=None)

    async def start_bot(self) -> None:
        """Start the bot and wait until it listens."""
        running = AsyncExitStack()
        outside = Outside(self.machine, self.timeouts, NO_CERTIFICATES, self.answer_seconds, limits=self.limits)
        bot = await running.enter_async_context(running_bot(self.settings, outside))
        self._running = running
        work = bot.poller if bot.webhook is None else bot.webhook
        self._polling = asyncio.create_task(work.run(), name="polling")
        await self.telegram.until(lambda: self.bot.updates.has_listener or self.bot.webhook.url)

    @asynccontextmanager
    async def another_bot(self) -> AsyncIterator[SteppedClock]:
        """Run a second bot beside the first for the length of the block, as hosts do during a deploy.

        It listens in place of the first one, whose polling waits on its clock; yields the second one's clock.
        """
        clock = SteppedClock(self.clock.now())
        outside = Outside(clock, self.timeouts, NO_CERTIFICATES, limits=self.limits)
        async with running_bot(self.settings, outside) as bot:
            polling = asyncio.create_task(bot.poller.run(), name="polling")
            await self.clock.until_asleep("polling")
            yield clock
            polling.cancel()
            await asyncio.gather(polling, return_exceptions=True)

    async def stop_bot(self) -> None:
        """Stop the bot as a signal does."""
        if self._running is None:
            return
        running, self._running = self._running, None
        assert self._polling is not None
        self._polling.cancel()
        await asyncio.gather(self._polling, return_exceptions=True)
        await running.aclose()

    async def restart_bot(self) -> None:
        await self.stop_bot()
        await self.start_bot()

    async def settles(self) -> None:
        """Wait until the bot has handled everything that dad said and tapped, and all resulting work; then stop it."""
        await self.says("/privacy", "What I keep")
        await self.stop_bot()

    async def add_relative(self, first_name: str, car_name: str) -> tuple[Person, Car]:
        """Link another account, which has its own car, in this person's chat."""
        person, account = self.telegram.add_person(first_name), self.dimo.add_account(first_name)
        car = account.add_car(name=car_name, make="Tesla", model="Model Y", year=2024)
        self.dimo.share(car, self.license, permissions={1, 2})
        await self.link(person, account)
        return person, car

    async def link(self, person: Person | None = None, account: Account | None = None) -> Message:
        """Link an account through the chat, as people do."""
        person = person or self.dad
        return await person.sees("is linked until", after=await self._sends_address(person, account or self.account))

    async def link_too(self, person: Person) -> Message:
        """Link dad's account in this person's chat as well; dad allows it."""
        sent = await self._sends_address(person, self.account)
        question = await self.dad.sees(f"{person.first_name} wants to connect your DIMO account here too")
        await self.taps(question, "Allow")
        return await person.sees("is linked until", after=sent)

    async def _sends_address(self, person: Person, account: Account) -> Message:
        offer = await self.says("/link", "Connect your DIMO account", person=person)
        return person.says(self.landing_for(person.opens(offer, "Sign in"), account))

    def landing_for(self, login_link: str, account: Account) -> str:
        """Sign in on the page behind a login link; returns the address that the browser lands on."""
        utm = parse_qs(urlsplit(login_link).query)["utm"][0]
        return self.dimo.landing_url(account, self.license, state=utm.removeprefix("state="))

    async def says(self, text: str, answer: str, *, person: Person | None = None) -> Message:
        """Say something and wait for the bot's answer."""
        person = person or self.dad
        return await person.sees(answer, after=person.says(text))

    async def asks(self, command: str, question: str) -> Message:
        """Ask for a guarded action; returns the question."""
        return await self.says(command, question)

    async def told_late(self, first: Message, outcome: str) -> Message:
        """Wait until a new message tells a late outcome, and the first one points to it."""
        told = await self.dad.sees(outcome, after=first)
        await first.becomes("the answer is below")
        assert told.sounds
        return told

    async def taps(self, message: Message, label: str, *, person: Person | None = None) -> Tap:
        """Tap a button, and wait until the tap is answered."""
        tap = (person or self.dad).taps(message, label)
        await tap.answered()
        return tap

    async def takes_no_notes(self) -> None:
        """Let the owner take no notes, so that the bot never looks at the car by itself."""
        shown = await self.says("/notes", "🔔 Notes")
        await self.taps(shown, "Send me none")
        await shown.becomes("I send you none.")

    async def has_handled_all(self) -> None:
        """Wait until no update is stored any more: what was slow is forgotten right after it was handled.

        The bot asks for the next updates once it has stored those, perhaps after it has answered them.
        """
        await self.telegram.until(lambda: self.bot.updates.has_listener or self.bot.webhook.url)
        vault = Vault.from_keys([self.environ["ENCRYPTION_KEYS"]])
        with closing(Database.open(self.environ["DATABASE_URL"], vault)) as database:
            async with asyncio.timeout(10):
                while await database.read(inbox.every):  # noqa: ASYNC110 - of the bot's own database no event is seen
                    await asyncio.sleep(0.01)

    async def look(self, seconds: float = 3.0) -> None:
        """Wait until the bot waits for its next look at the car, and make it look."""
        await self.clock.until_somebody_sleeps(seconds)
        looked = len(self.dimo.calls_of("telemetry", "query"))
        self.clock.advance(seconds)
        await self.dimo.wait_calls("telemetry", "query", looked + 1)

    async def next_look(self) -> None:
        """Let time pass until the bot takes its next look at the car after an action."""
        looked = len(self.dimo.calls_of("telemetry", "query"))
        self.clock.advance(await self.clock.until_asleep("watching"))
        await self.dimo.wait_calls("telemetry", "query", looked + 1)

    async def waits_in_vain(self) -> None:
        """Let the wait for the car's report pass."""
        asked_at = self.clock.now()
        while (self.clock.now() - asked_at).total_seconds() < 88:
            await self.next_look()


@asynccontextmanager
async def a_family(
    database_url: str,
    key: str,
    signing_key: RSAPrivateKey,
    *,
    timeouts: Timeouts | None = None,
    clock: SteppedClock | None = None,
    papers: Papers | None = None,
    port: socket | None = None,
) -> AsyncIterator[Family]:
    """Build the world on loopback ports, DIMO on this one if it is given; the bot is not started."""
    clock, papers, port = clock or SteppedClock(), papers or Papers(), port or bound_socket()
    telegram = TelegramWorld(now=clock.now)
    dimo = DimoWorld(url_of(port), now=clock.now, sleep=clock.sleep, signing_key=signing_key)
    license_, account = papers.license, Account("Dad", papers.wallet, dimo)
    dimo.licenses[license_.client_id.lower()] = license_
    dimo.accounts[account.wallet.lower()] = account
    car = account.add_car(name="Bluey", make="Tesla", model="Model 3", year=2022, reports=ALL_SIGNALS)
    dimo.share(car, license_, permissions={1, 2})
    bot = telegram.add_bot()
    async with serve(telegram.app) as telegram_url, serve(dimo.app, port):
        family = Family(
            clock=clock,
            telegram=telegram,
            dimo=dimo,
            bot=bot,
            dad=telegram.add_person("Dad"),
            account=account,
            license=license_,
            car=car,
            environ=environment(telegram_url, bot, dimo, license_, database_url, key),
            timeouts=timeouts or Timeouts(),
        )
        try:
            yield family
        finally:
            await family.stop_bot()


def environment(
    telegram_url: str, bot: Bot, dimo: DimoWorld, license_: License, database_url: str, key: str
) -> dict[str, str]:
    """The settings of a bot that lives in this world."""
    services = {
        "AUTH": "auth",
        "TOKEN_EXCHANGE": "token-exchange",
        "DEVICES": "devices",
        "IDENTITY": "identity",
        "TELEMETRY": "telemetry",
        "LOGIN": "login",
        "ORACLE": "oracle",
        "TRIGGERS": "triggers",
    }
    return {
        "TELEGRAM_BOT_TOKEN": bot.token or "",
        "TELEGRAM_API_URL": telegram_url,
        "ENCRYPTION_KEYS": key,
        "DATABASE_URL": database_url,
        "DIMO_CLIENT_ID": license_.client_id,
        "DIMO_REDIRECT_URI": REDIRECT_URI,
        "DIMO_API_KEY": license_.api_key,
        "DIMO_REQUESTS_PER_SECOND": "0",
        "LINKING": "anyone",
        **{f"DIMO_{name}_URL": dimo.url(path) for name, path in services.items()},
    }
