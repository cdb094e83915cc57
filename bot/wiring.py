"""The composition root: makes each object once and hands it to those who need it.

The only file that knows everybody; `lifetime` opens and closes what it is made from.
"""

from dataclasses import dataclass
from datetime import timedelta

from bot.dimo.client import Dimo
from bot.dimo.tokens import License
from bot.service.actions import Actions
from bot.service.background import Background
from bot.service.code_delivery import CodeDelivery
from bot.service.code_record import CodeRecord
from bot.service.code_showing import CodeShowing
from bot.service.code_watch import CodeWatching
from bot.service.codes import Codes
from bot.service.codes_at_dimo import CodesAtDimo
from bot.service.command_route import CommandRoute
from bot.service.courses import Courses
from bot.service.departures import Departures
from bot.service.endings import Endings
from bot.service.ends import Ends
from bot.service.forgetting import Forgetting
from bot.service.garage import Garage
from bot.service.history import History
from bot.service.home_settings import HomeSettings, Usual
from bot.service.invitations import Invitations
from bot.service.linking import Linking
from bot.service.membership import Membership
from bot.service.moves import Moves
from bot.service.news import News
from bot.service.outbox import Outbox
from bot.service.ports import Clock
from bot.service.power import Power
from bot.service.prompting import Prompting
from bot.service.queues import CarQueues
from bot.service.recovery import Recovery
from bot.service.sending import Sender
from bot.service.sharing import Sharing
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
from bot.telegram.handlers.codes import CodeHandlers
from bot.telegram.handlers.family import FamilyHandlers
from bot.telegram.handlers.forgetting import ForgetHandlers
from bot.telegram.handlers.free_text import FreeTextHandler
from bot.telegram.handlers.groups import GroupHandlers
from bot.telegram.handlers.linking import LinkHandlers
from bot.telegram.handlers.log import LogHandlers
from bot.telegram.handlers.settings import SettingsHandlers
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
    invitations: Invitations
    membership: Membership
    sharing: Sharing
    home_settings: HomeSettings
    news: News
    departures: Departures
    history: History
    forgetting: Forgetting
    codes: Codes
    code_delivery: CodeDelivery
    code_watching: CodeWatching
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
    at_dimo = CodesAtDimo(db=db, dimo=dimo, clock=clock, tokens=tokens)
    record = CodeRecord(db=db, clock=clock, at_dimo=at_dimo, ends=ends)
    linking = Linking(
        db=db,
        dimo=dimo,
        clock=clock,
        power=power,
        tokens=tokens,
        ends=ends,
        codes=record,
        urls=settings.urls,
    )
    ttl = timedelta(seconds=settings.prompt_ttl_seconds)
    prompting = Prompting(db=db, clock=clock, announcer=announcer, ttl=ttl)
    outbox = Outbox(clock=clock)
    departures = Departures(db=db, clock=clock, outbox=outbox, announcer=announcer)
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
    delivery = CodeDelivery(
        db=db,
        clock=clock,
        at_dimo=at_dimo,
        record=record,
        showing=CodeShowing(db=db, clock=clock, record=record, announcer=announcer),
        background=background,
    )
    codes = Codes(db=db, clock=clock, record=record, delivery=delivery, prompting=prompting, status=status)
    membership = Membership(db=db, clock=clock, prompting=prompting, departures=departures)
    forgetting = Forgetting(db=db, clock=clock, prompting=prompting, linking=linking)
    actions = Actions(
        db=db,
        clock=clock,
        prompting=prompting,
        courses=courses,
        linking=linking,
        codes=codes,
        membership=membership,
        forgetting=forgetting,
        ends=ends,
        status=status,
        tokens=tokens,
        route=route,
        outbox=outbox,
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
        invitations=Invitations(
            db=db, clock=clock, prompting=prompting, outbox=outbox, departures=departures
        ),
        membership=membership,
        sharing=Sharing(db=db, clock=clock, outbox=outbox),
        home_settings=HomeSettings(
            db=db, clock=clock, prompting=prompting, usual=Usual(question=ttl, wait=wait)
        ),
        news=News(
            db=db, clock=clock, outbox=outbox, announcer=announcer, status=status, background=background
        ),
        departures=departures,
        history=History(db=db, clock=clock),
        forgetting=forgetting,
        codes=codes,
        code_delivery=delivery,
        code_watching=CodeWatching(db=db, clock=clock, status=status, announcer=announcer),
        endings=Endings(db=db, clock=clock, announcer=announcer),
    )


def attach_handlers(
    application: App,
    *,
    services: Services,
    chat: Chat,
    moves: Moves,
    clock: Clock,
    background: Background,
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
    linking = LinkHandlers(chat=chat, linking=services.linking, cars=cars)
    codes = CodeHandlers(
        chat=chat,
        clock=clock,
        codes=services.codes,
        watching=services.code_watching,
        prompting=services.prompting,
        background=background,
    )
    family = FamilyHandlers(
        chat=chat,
        clock=clock,
        invitations=services.invitations,
        membership=services.membership,
        sharing=services.sharing,
        prompting=services.prompting,
    )
    groups = GroupHandlers(chat=chat, sharing=services.sharing, moves=moves)
    settings = SettingsHandlers(chat=chat, clock=clock, settings=services.home_settings)
    handlers = Handlers(
        about=AboutHandlers(chat=chat, garage=services.garage, cars=cars, family=family, groups=groups),
        actions=ActionHandlers(
            chat=chat, clock=clock, actions=services.actions, prompting=services.prompting
        ),
        cars=cars,
        linking=linking,
        codes=codes,
        family=family,
        groups=groups,
        settings=settings,
        log=LogHandlers(chat=chat, history=services.history),
        forgetting=ForgetHandlers(chat=chat, forgetting=services.forgetting, prompting=services.prompting),
        free_text=FreeTextHandler(chat=chat, linking=linking, family=family, settings=settings, codes=codes),
    )
    gate = Gate(chat=chat, clock=clock, holds_secret=services.linking.holds_secret, stranger=groups.stranger)
    add_handlers(application, gate=gate, handlers=handlers)
