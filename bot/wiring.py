"""The composition root: makes each object once and hands it to those who need it.

The only file that knows everybody; `lifetime` opens and closes what it is made from.
"""

from dataclasses import dataclass
from datetime import timedelta

from bot.dimo.client import Dimo
from bot.dimo.tokens import License
from bot.service.actions import Actions
from bot.service.background import Background
from bot.service.command_route import CommandRoute
from bot.service.courses import Courses
from bot.service.endings import Endings
from bot.service.ends import Ends
from bot.service.garage import Garage
from bot.service.linking import Linking
from bot.service.ports import Clock
from bot.service.power import Power
from bot.service.prompting import Prompting
from bot.service.queues import CarQueues
from bot.service.recovery import Recovery
from bot.service.sending import Sender
from bot.service.showing import Showing
from bot.service.status import Status
from bot.service.tokens import Tokens
from bot.service.watching import Watcher
from bot.settings import Settings
from bot.telegram.announcer import TelegramAnnouncer
from bot.telegram.app import App, Handlers, add_handlers
from bot.telegram.chat import Chat
from bot.telegram.gate import Gate
from bot.telegram.handlers.about import AboutHandlers
from bot.telegram.handlers.actions import ActionHandlers
from bot.telegram.handlers.cars import CarHandlers
from bot.telegram.handlers.linking import LinkHandlers
from storage import (
    Database,
    Presence,
)


@dataclass(frozen=True, slots=True)
class Services:
    """The use cases, made once."""

    power: Power
    route: CommandRoute
    status: Status
    linking: Linking
    garage: Garage
    prompting: Prompting
    courses: Courses
    actions: Actions
    recovery: Recovery
    endings: Endings


def license_in(settings: Settings) -> License | None:
    """Return the developer license of the settings, if one is set."""
    client, uri, key = settings.dimo_client_id, settings.dimo_redirect_uri, settings.dimo_api_key
    if client is None or uri is None or key is None:
        return None
    return License(client_id=client, redirect_uri=uri, api_key=key.get_secret_value())


def make_services(
    settings: Settings,
    *,
    db: Database,
    dimo: Dimo,
    clock: Clock,
    chat: Chat,
    presence: Presence,
    background: Background,
) -> Services:
    """Make the use cases."""
    license, announcer = license_in(settings), TelegramAnnouncer(chat=chat, clock=clock)  # noqa: A001 - DIMO's word
    power = Power(db=db, dimo=dimo, clock=clock, license=license)
    tokens = Tokens(db=db, dimo=dimo, clock=clock, power=power)
    route = CommandRoute(db=db, dimo=dimo, clock=clock, setting=settings.dimo_command_api)
    status = Status(db=db, dimo=dimo, clock=clock, tokens=tokens)
    ends = Ends(db=db, clock=clock)
    linking = Linking(
        db=db, dimo=dimo, clock=clock, power=power, tokens=tokens, ends=ends, urls=settings.urls
    )
    ttl = timedelta(seconds=settings.prompt_ttl_seconds)
    prompting = Prompting(db=db, clock=clock, announcer=announcer, ttl=ttl)
    showing = Showing(db=db, announcer=announcer, ends=ends)
    wait = timedelta(seconds=settings.confirmation_wait_seconds)
    watcher = Watcher(db=db, clock=clock, status=status, showing=showing, background=background, wait=wait)
    courses = Courses(
        db=db,
        clock=clock,
        sender=Sender(db=db, clock=clock, tokens=tokens, route=route),
        queues=CarQueues(clock=clock),
        watcher=watcher,
        showing=showing,
        background=background,
        instance=presence.number,
    )
    actions = Actions(
        db=db,
        clock=clock,
        prompting=prompting,
        courses=courses,
        linking=linking,
        ends=ends,
        status=status,
        tokens=tokens,
        route=route,
        background=background,
        openings_per_minute=settings.openings_per_minute,
        instance=presence.number,
    )
    return Services(
        power=power,
        route=route,
        status=status,
        linking=linking,
        garage=Garage(db=db, clock=clock, ends=ends),
        prompting=prompting,
        courses=courses,
        actions=actions,
        recovery=Recovery(
            db=db,
            clock=clock,
            presence=presence,
            showing=showing,
            watcher=watcher,
            background=background,
            is_running=courses.is_running,
        ),
        endings=Endings(db=db, clock=clock, announcer=announcer),
    )


def attach_handlers(
    application: App, *, services: Services, chat: Chat, clock: Clock, background: Background
) -> None:
    """Connect Telegram's updates with the use cases."""
    cars = CarHandlers(
        chat=chat,
        clock=clock,
        garage=services.garage,
        status=services.status,
        actions=services.actions,
        background=background,
    )
    handlers = Handlers(
        about=AboutHandlers(chat=chat, garage=services.garage, cars=cars),
        actions=ActionHandlers(
            chat=chat, clock=clock, actions=services.actions, prompting=services.prompting
        ),
        cars=cars,
        linking=LinkHandlers(chat=chat, linking=services.linking, cars=cars),
    )
    gate = Gate(chat=chat, clock=clock, holds_secret=services.linking.holds_secret)
    add_handlers(application, gate=gate, handlers=handlers)
