"""Two bots, each in a process of its own, and the fakes in this process that both use."""

import asyncio
import json
import os
import re
import sys
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

from bot.demo.dimo.car import NO_LOCK_SIGNALS, Car
from bot.demo.dimo.state import License
from bot.demo.dimo.world import DimoWorld
from bot.demo.telegram.people import Person
from bot.demo.telegram.world import TelegramWorld
from bot.serving import App, Receive, Scope, Send, bound_socket, serve, url_of
from storage.encryption.vault import new_key

ROOT = Path(__file__).resolve().parent.parent.parent
SERVICES = ("auth", "token_exchange", "devices", "identity", "telemetry", "login", "oracle")
_COMMAND = re.compile(r"/devices/v1/vehicle/(\d+)/commands/")


def processor_seconds(pid: int) -> float:
    """Return the processor time that a process has used, in seconds."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


class Stopwatch:
    """Wraps a fake's app and notes when commands, calls of getUpdates, and the license's signature arrive."""

    def __init__(self, app: App) -> None:
        self._app = app
        self.commands: dict[int, float] = {}
        self.polled, self.signed_in = asyncio.Event(), asyncio.Event()
        self.polled_at = self.signed_in_at = 0.0
        self.polls: list[float] = []

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Note the time before anything else is done with the request."""
        path = scope.get("path", "")
        if found := _COMMAND.match(path):
            self.commands[int(found[1])] = time.perf_counter()
        elif path.endswith("/getUpdates"):
            self.polls.append(time.perf_counter())
            if not self.polled.is_set():
                self.polled_at = self.polls[-1]
                self.polled.set()
        elif path.endswith("/submit_challenge"):
            self.signed_in_at = time.perf_counter()
            self.signed_in.set()
        await self._app(scope, receive, send)


@dataclass(frozen=True, slots=True)
class Family:
    """One person with a car."""

    person: Person
    car: Car


@dataclass(eq=False)
class Rig:
    """One bot's process, its Telegram, and the families that use it."""

    name: str
    telegram: TelegramWorld
    watch: Stopwatch
    environ: dict[str, str]
    module: str
    folder: Path
    done: str
    """A word in the last message of an action."""
    families: list[Family] = field(default_factory=list)
    process: asyncio.subprocess.Process | None = None

    async def start(self) -> float:
        """Start the process; returns the seconds until it first asked Telegram for updates."""
        self.watch.polled.clear()
        started = time.perf_counter()
        self.process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", self.module, cwd=self.folder, env=self.environ
        )
        async with asyncio.timeout(30):
            await self.watch.polled.wait()
        return self.watch.polled_at - started

    async def stop(self) -> None:
        """End the process as a service manager does."""
        if self.process is not None and self.process.returncode is None:
            self.process.terminate()
            await self.process.wait()

    def cpu(self) -> float:
        """Return the processor time of the process, in seconds; other processes hardly change it."""
        assert self.process
        return processor_seconds(self.process.pid)

    def memory(self) -> Mapping[str, float]:
        """Return the resident memory of the process in MB, now and at most."""
        assert self.process
        status = Path(f"/proc/{self.process.pid}/status").read_text(encoding="ascii")
        return {key: int(kb) / 1024 for key, kb in re.findall(r"(VmRSS|VmHWM):\s+(\d+) kB", status)}


@dataclass(eq=False)
class Bench:
    """Both rigs, which share one DIMO."""

    dimo: DimoWorld
    dimo_watch: Stopwatch
    licence: License
    ours: Rig
    bare: Rig


def utc_now() -> datetime:
    """Return the time, as both fakes take it."""
    return datetime.now(UTC)


@asynccontextmanager
async def bench(folder: Path, *, families: int) -> AsyncIterator[Bench]:
    """Serve the fakes and prepare as many families for each bot; both processes end with the block."""
    bound = bound_socket()
    dimo = DimoWorld(url_of(bound), now=utc_now)
    watch = Stopwatch(dimo.app)
    licence = dimo.add_license()
    async with serve(watch, bound), _telegram() as for_ours, _telegram() as for_bare:
        ours = _rig("ours", "tests.bench.ours", "Accepted", for_ours, folder)
        bare = _rig("bare", "tests.bench.bare", "Done", for_bare, folder)
        for rig in (ours, bare):
            rig.families = [_family(rig.telegram, dimo, licence, number) for number in range(families)]
        ours.environ |= _settings_of_ours(dimo, licence, folder)
        bare.environ |= _settings_of_bare(dimo, bare, folder)
        try:
            yield Bench(dimo, watch, licence, ours, bare)
        finally:
            await asyncio.gather(ours.stop(), bare.stop())
            dimo.close()


@asynccontextmanager
async def _telegram() -> AsyncIterator[tuple[TelegramWorld, Stopwatch, str]]:
    world = TelegramWorld()
    world.add_bot()
    watch = Stopwatch(world.app)
    async with serve(watch) as url:
        yield world, watch, url


def _family(telegram: TelegramWorld, dimo: DimoWorld, licence: License, number: int) -> Family:
    account = dimo.add_account(f"Person {number}")
    # Most cars send no lock state today; then an action ends with what DIMO says, for both bots.
    car = account.add_car(name=f"Car {number}", reports=NO_LOCK_SIGNALS)
    dimo.share(car, licence, permissions={1, 2})
    return Family(telegram.add_person(f"Person {number}", has_started=True), car)


def _rig(name: str, module: str, done: str, at: tuple[TelegramWorld, Stopwatch, str], folder: Path) -> Rig:
    telegram, watch, url = at
    assert telegram.bot.token
    environ = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(ROOT),
        "TELEGRAM_BOT_TOKEN": telegram.bot.token,
        "TELEGRAM_API_URL": url,
    }
    return Rig(name, telegram, watch, environ, module, folder, done)


def _settings_of_ours(dimo: DimoWorld, licence: License, folder: Path) -> Mapping[str, str]:
    return {
        "ENCRYPTION_KEYS": new_key(),
        "DATABASE_URL": f"sqlite:///{folder / 'bot.db'}",
        "DIMO_CLIENT_ID": licence.client_id,
        "DIMO_REDIRECT_URI": licence.redirect_uris[0],
        "DIMO_API_KEY": licence.api_key,
        "DIMO_REQUESTS_PER_SECOND": "0",
        "OPENINGS_PER_MINUTE": "1000000",
        "LINKING": "anyone",
        "LOG_LEVEL": "WARNING",
        **{f"DIMO_{service.upper()}_URL": dimo.url(service.replace("_", "-")) for service in SERVICES},
    }


def _settings_of_bare(dimo: DimoWorld, rig: Rig, folder: Path) -> Mapping[str, str]:
    file = folder / "bare.json"
    cars = {
        family.person.id: (family.car.token_id, dimo.vehicle_jwt(family.car, permissions={1, 2}))
        for family in rig.families
    }
    file.write_text(json.dumps(cars), encoding="utf-8")
    return {"BARE_CARS": str(file), "DIMO_DEVICES_URL": dimo.url("devices")}


async def link(bench: Bench, family: Family) -> None:
    """Link the family's DIMO account through the chat, and open the panel."""
    chat = family.person.private_chat
    family.person.says("/link")
    offer = await chat.wait_for(lambda message: any(button.url for button in message.buttons), within=60)
    url = next(button.url for button in offer.buttons if button.url)
    utm = unquote(parse_qs(urlsplit(url).query)["utm"][0])
    account = bench.dimo.accounts[family.car.owner_wallet.lower()]
    family.person.says(bench.dimo.landing_url(account, bench.licence, state=utm.removeprefix("state=")))
    await chat.wait_for("is linked", within=60)
    family.person.says("/car")
    await chat.wait_for(lambda message: has_button(message.labels, "Lock"), within=60)


def has_button(labels: list[str], word: str) -> bool:
    """Return whether one of the labels is this word, with or without an emoji."""
    return any(re.fullmatch(rf"\W*{word}\W*", label) for label in labels)
