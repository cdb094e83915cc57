"""One run of the bot: what it opens, in which order, and how it closes that again."""

import asyncio
import logging
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import httpx
from telegram.error import TelegramError

from bot.clock import CheckedClock, Machine, SystemClock
from bot.connections import Connections
from bot.dimo.client import Dimo
from bot.dimo.errors import DimoError
from bot.dimo.http import Timeouts
from bot.domain.time_check import Source
from bot.monitoring import Monitoring
from bot.opening import open_both
from bot.picture.drawing import draw
from bot.service.background import Background
from bot.service.chat_migration import ChatMigration
from bot.service.inbox import Inbox
from bot.service.lease import Lease
from bot.service.ports import Clock
from bot.service.retention import keep_purging
from bot.service_manager import ServiceManager
from bot.settings import Settings
from bot.telegram.answers import not_in_group
from bot.telegram.app import App, add_handlers, build_application
from bot.telegram.menus import menu_fingerprint, register_menus
from bot.telegram.transport.chat import ANSWER_SECONDS, Chat
from bot.telegram.transport.dispatcher import Dispatcher
from bot.telegram.transport.limits import POLLING_SHARE, STANDING_BY_SHARE, TELEGRAM, Limits
from bot.telegram.transport.pacing import Pacing
from bot.telegram.transport.polling import Poller
from bot.telegram.transport.receiving import Receiver
from bot.telegram.transport.webhook import Webhook
from bot.wiring import Core, Services, make_handlers, make_services
from storage import (
    Database,
    DatabaseFault,
    Trouble,
)
from storage.engine.presences import open_presence
from storage.repositories import key_values

_log = logging.getLogger(__name__)

_STOP_SECONDS = 10.0
"""How long a stop waits for unfinished work; hosts kill a process after ten seconds or more."""

_FILE_SECONDS = 5.0
"""How often to look whether SQLite's file is still in its place."""

_MENU_FACT = "menu"


@dataclass(frozen=True, slots=True)
class Outside:
    """What a run needs from outside; tests replace it."""

    clock: Machine = field(default_factory=SystemClock)
    timeouts: Timeouts = field(default_factory=Timeouts)
    certificates: ssl.SSLContext = field(default_factory=httpx.create_ssl_context)
    answer_seconds: float = ANSWER_SECONDS
    manager: ServiceManager = field(default_factory=ServiceManager)
    limits: Limits | None = TELEGRAM
    """Telegram's limits on messages; None where nobody enforces them."""
    last_database: Path | None = None
    """The file that notes which SQLite file was used last."""


@dataclass(frozen=True, slots=True)
class Running:
    """A bot that runs."""

    poller: Poller
    webhook: Webhook | None
    db: Database
    clock: Clock
    lease: Lease
    alive: Callable[[str], None]
    pacing: Pacing

    async def work(self) -> None:
        """Receive updates for ever; raises CANNOT_RUN, also when SQLite's file is deleted or replaced."""
        receiving = self._poll_alone() if self.webhook is None else self.webhook.run()
        await _first_to_end(receiving, self._watch_file())

    async def _poll_alone(self) -> None:
        """Poll while no other process on the same database does: Telegram gives updates to one at a time."""
        while True:
            self.pacing.use(STANDING_BY_SHARE)
            await self.lease.taken(self.alive)
            self.pacing.use(POLLING_SHARE)
            await _first_to_end(self.poller.run(), self.lease.lost())

    async def _watch_file(self) -> None:
        while self.db.is_in_place:
            await self.clock.sleep(_FILE_SECONDS)
        raise DatabaseFault("its file was deleted or replaced while the bot ran", trouble=Trouble.REPLACED)


@asynccontextmanager
async def running_bot(settings: Settings, outside: Outside) -> AsyncIterator[Running]:
    """Run everything but what the caller awaits, `Running.work`, for the length of the block; raises CANNOT_RUN."""
    clock = CheckedClock(outside.clock)
    async with AsyncExitStack() as stack:
        monitoring = await Monitoring.begin(settings, clock, stack)
        connections = Connections(outside.certificates)
        stack.push_async_callback(connections.close)
        send = monitoring.measured(connections.send)
        application = build_application(
            token=settings.telegram_bot_token,
            api_url=settings.telegram_api_url,
            send=clock.listening(send, Source.TELEGRAM),
        )
        db = await open_both(settings, application, clock, stack, outside.last_database, monitoring.counts)
        presence = await asyncio.to_thread(open_presence, db)
        stack.callback(presence.close)
        dimo = Dimo(
            settings.urls,
            send=clock.listening(send, Source.DIMO),
            requests_per_second=settings.dimo_requests_per_second,
            sharers=presence.living,
            now=clock.now,
            sleep=clock.sleep,
            timeouts=outside.timeouts,
        )
        monitoring.watch(db, dimo)
        settle = partial(_settle, clock, dimo, application)
        await settle(is_start=True)
        background = Background()
        stack.push_async_callback(background.close)
        migration = ChatMigration(db=db, clock=clock)
        chat = Chat(
            bot=application.bot,
            clock=clock,
            migration=migration,
            draw=draw,
            answer_seconds=outside.answer_seconds,
            instead_of=not_in_group,
            limits=outside.limits,
        )
        core = Core(
            settings=settings,
            db=db,
            dimo=dimo,
            clock=clock,
            chat=chat,
            presence=presence,
            background=background,
            counts=monitoring.counts,
        )
        services = make_services(core)
        gate, handlers = make_handlers(core, services)
        add_handlers(application, gate=gate, handlers=handlers, migration=migration)
        dispatcher = Dispatcher(application.process_update, clock=clock, held=chat.floods.until_held)
        inbox = Inbox(db=db, clock=clock, presence=presence)
        receiver = Receiver(
            bot=application.bot,
            dispatcher=dispatcher,
            inbox=inbox,
            background=background,
            clock=clock,
            settle=settle,
        )
        alive = monitoring.polling(outside.manager.alive)
        take = monitoring.counted(receiver.take)
        poller = Poller(bot=application.bot, clock=clock, take=take, settle=settle, alive=alive)
        webhook = None
        if settings.public_url is not None:
            from bot.wiring.web import make_webhook  # a bot at home need not import it

            webhook = make_webhook(
                core,
                services.account.sign_in,
                services.notes.triggers,
                monitoring.routes,
                take=take,
                settle=settle,
                alive=alive,
            )
        lease = Lease(db=db, clock=clock, presence=presence, name="polling")
        await services.shared.timekeeping.begin()
        _start_background(background, services, chat, db, clock)
        adopting = partial(inbox.keep_adopting, receiver.take_again, is_ready=receiver.knows_the_time)
        background.keep(adopting, clock=clock, name="adopting updates")
        try:
            yield Running(poller, webhook, db, clock, lease, alive, chat.floods.pacing)
        finally:
            await _wind_down(poller, dispatcher, services)
            with suppress(DatabaseFault):
                await lease.release()


async def _settle(clock: CheckedClock, dimo: Dimo, application: App, *, is_start: bool = False) -> None:
    """Ask DIMO what time it is if Telegram contradicts the clock; if DIMO is silent, ask Telegram once more."""
    if not clock.is_in_doubt and (clock.is_known or not is_start):
        return
    with suppress(DimoError):
        await dimo.auth.look()
    if clock.is_in_doubt:
        with suppress(TelegramError):
            await application.bot.get_me()


def _start_background(
    background: Background, services: Services, chat: Chat, db: Database, clock: CheckedClock
) -> None:
    background.keep(services.actions.recovery.keep_recovering, clock=clock, name="recovery")
    background.keep(services.shared.prompting.keep_closing, clock=clock, name="closing questions")
    background.keep(services.actions.schedules.keep_running, clock=clock, name="running schedules")
    background.keep(services.notes.watches.keep_looking, clock=clock, name="looking at cars for notes")
    if services.notes.triggers is not None:
        background.keep(services.notes.triggers.keep, clock=clock, name="keeping DIMO's triggers")
    background.keep(services.codes.delivery.keep_delivering, clock=clock, name="bringing error codes to DIMO")
    background.keep(services.codes.watches.keep_watching, clock=clock, name="looking for new error codes")
    background.keep(services.family.notifications.keep_delivering, clock=clock, name="delivering notifications")
    background.keep(services.family.access_expiry.keep_announcing, clock=clock, name="ending access")
    background.keep(services.account.link_consents.keep_ending, clock=clock, name="ending questions about links")
    background.keep(services.account.expiry_notices.keep_announcing, clock=clock, name="announcing ends")
    background.keep(services.shared.operator_notices.keep_telling, clock=clock, name="telling the operator")
    background.keep(services.shared.timekeeping.keep_time, clock=clock, name="keeping the time")
    background.keep(services.shared.ownership.keep_comparing, clock=clock, name="comparing owners of cars")
    background.keep(partial(keep_purging, db, clock), clock=clock, name="purging the database")
    background.start(services.actions.route.settle(), name="choosing the service for commands")
    background.start(services.shared.credentials.sign_in_early(), name="signing in with the license")
    background.start(services.cars.panels.end_forgotten(), name="ending panels")
    background.start(_register_menus_if_changed(chat, db, clock), name="registering the menus")


async def _register_menus_if_changed(chat: Chat, db: Database, clock: Clock) -> None:
    fingerprint = menu_fingerprint()
    if await db.read(lambda tx: key_values.get(tx, _MENU_FACT)) == fingerprint:
        return
    if not await register_menus(chat):
        _log.warning("Telegram did not take the menu; the next start tries again")
        return
    await db.run(lambda tx: key_values.put(tx, _MENU_FACT, fingerprint, now=clock.now()))


async def _wind_down(poller: Poller, dispatcher: Dispatcher, services: Services) -> None:
    """Finish what is under way; the next start shows what did not finish in time."""
    await dispatcher.finish(_STOP_SECONDS / 2)
    await poller.acknowledge()
    try:
        async with asyncio.timeout(_STOP_SECONDS / 2):
            await services.actions.execution.wait_idle()
    except TimeoutError:
        _log.warning("Stopped while a command was under way; its outcome will be shown as unknown")
    with suppress(DatabaseFault):
        await services.shared.timekeeping.store()


async def run(settings: Settings, stopped: Callable[[], Awaitable[object]], outside: Outside | None = None) -> None:
    """Run the bot until `stopped` returns, also while it starts; raises CANNOT_RUN."""
    await _first_to_end(_work(settings, outside or Outside()), stopped())
    _log.info("The bot has stopped, as it was told to")


async def _work(settings: Settings, outside: Outside) -> None:
    async with running_bot(settings, outside) as bot:
        outside.manager.ready()
        try:
            await bot.work()
        finally:
            outside.manager.stopping()


async def _first_to_end(*works: Awaitable[object]) -> None:
    """Wait until one of them ends, and cancel the others; raises what it raises."""
    tasks = [asyncio.ensure_future(work) for work in works]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    for task in tasks:
        if not task.cancelled() and (error := task.exception()):
            raise error
