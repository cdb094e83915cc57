"""The composition root: makes each object once and hands it to those who need it.

The only file that knows everybody; `lifetime` opens and closes what it is made from.
"""

from dataclasses import dataclass
from datetime import timedelta

from bot.dimo.client import Dimo
from bot.dimo.tokens import License
from bot.domain.actions import Action
from bot.domain.prompts import Subject, Task
from bot.service.account.credentials import Credentials
from bot.service.account.erasure import Erasure
from bot.service.account.expiry import Expiry
from bot.service.account.expiry_notices import ExpiryNotices
from bot.service.account.linking import Linking
from bot.service.account.vehicle_tokens import VehicleTokens
from bot.service.actions.car_queue import CarQueues
from bot.service.actions.command_route import CommandRoute
from bot.service.actions.execution import ActionExecution
from bot.service.actions.log import ActionLog
from bot.service.actions.messages import ActionMessages
from bot.service.actions.recovery import Recovery
from bot.service.actions.requests import ActionRequests
from bot.service.actions.sending import Sender
from bot.service.actions.watching import ReportWatcher
from bot.service.background import Background
from bot.service.cars.accessible_cars import AccessibleCars
from bot.service.cars.status import Status
from bot.service.chat_migration import ChatMigration
from bot.service.codes.delivery import CodeDelivery
from bot.service.codes.dimo_gateway import CodesGateway
from bot.service.codes.messages import CodeMessages
from bot.service.codes.record import CodeRecord
from bot.service.codes.requests import CodeRequests
from bot.service.codes.watch import CodeWatches
from bot.service.confirmation import Confirm, Confirmation
from bot.service.family.access_expiry import AccessExpiry
from bot.service.family.access_requests import AccessRequests
from bot.service.family.groups import Groups
from bot.service.family.invitations import Invitations
from bot.service.family.members import Members
from bot.service.family.settings import HomeSettings, OperatorDefaults
from bot.service.notifications.delivery import NotificationDelivery
from bot.service.notifications.outbox import Outbox
from bot.service.ports import Clock
from bot.service.prompting import Prompting
from bot.settings import Settings
from bot.telegram.announcer import TelegramAnnouncer
from bot.telegram.answers import Answers
from bot.telegram.app import App, add_handlers
from bot.telegram.gate import Gate
from bot.telegram.handlers.actions import ActionHandlers
from bot.telegram.handlers.cars import CarHandlers
from bot.telegram.handlers.codes import CodeHandlers
from bot.telegram.handlers.family import FamilyHandlers
from bot.telegram.handlers.free_text import FreeTextHandler
from bot.telegram.handlers.groups import GroupHandlers
from bot.telegram.handlers.help import HelpHandlers
from bot.telegram.handlers.linking import LinkHandlers
from bot.telegram.handlers.log import LogHandlers
from bot.telegram.handlers.privacy import PrivacyHandlers
from bot.telegram.handlers.settings import SettingsHandlers
from bot.telegram.routes import Handlers
from bot.telegram.transport.chat import Chat
from storage import Database, Presence


@dataclass(frozen=True, slots=True)
class Services:
    """The use cases, made once."""

    credentials: Credentials
    route: CommandRoute
    status: Status
    linking: Linking
    accessible_cars: AccessibleCars
    prompting: Prompting
    courses: ActionExecution
    actions: ActionRequests
    confirmation: Confirmation
    recovery: Recovery
    invitations: Invitations
    members: Members
    groups: Groups
    access_requests: AccessRequests
    home_settings: HomeSettings
    notifications: NotificationDelivery
    access_expiry: AccessExpiry
    history: ActionLog
    erasure: Erasure
    codes: CodeRequests
    code_messages: CodeMessages
    code_delivery: CodeDelivery
    code_watching: CodeWatches
    expiry_notices: ExpiryNotices


def license_in(settings: Settings) -> License | None:
    """Return the developer license of the settings, if one is set."""
    client, uri, key = settings.dimo_client_id, settings.dimo_redirect_uri, settings.dimo_api_key
    if client is None or uri is None or key is None:
        return None
    return License(client_id=client, redirect_uri=uri, api_key=key)


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
    credentials = Credentials(db=db, dimo=dimo, clock=clock, operator_license=license)
    vehicle_tokens = VehicleTokens(db=db, dimo=dimo, clock=clock, credentials=credentials)
    ttl = timedelta(seconds=settings.prompt_ttl_seconds)
    prompting = Prompting(db=db, clock=clock, announcer=announcer, ttl=ttl)
    route = CommandRoute(db=db, dimo=dimo, clock=clock, setting=settings.dimo_command_api)
    status = Status(db=db, dimo=dimo, clock=clock, vehicle_tokens=vehicle_tokens)
    expiry = Expiry(db=db, clock=clock)
    gateway = CodesGateway(db=db, dimo=dimo, clock=clock, vehicle_tokens=vehicle_tokens)
    record = CodeRecord(db=db, clock=clock, gateway=gateway, expiry=expiry)
    linking = Linking(
        db=db,
        dimo=dimo,
        clock=clock,
        credentials=credentials,
        urls=settings.urls,
        caches=(vehicle_tokens.forget, expiry.forget, record.forget, status.forget),
        prompting=prompting,
    )
    outbox = Outbox(clock=clock)
    access_expiry = AccessExpiry(db=db, clock=clock, outbox=outbox, announcer=announcer)
    showing = ActionMessages(db=db, announcer=announcer, expiry=expiry)
    wait = timedelta(seconds=settings.confirmation_wait_seconds)
    watcher = ReportWatcher(db=db, clock=clock, status=status, showing=showing, background=background, wait=wait)
    courses = ActionExecution(
        db=db,
        clock=clock,
        sender=Sender(db=db, clock=clock, vehicle_tokens=vehicle_tokens, route=route),
        queues=CarQueues(clock=clock),
        watcher=watcher,
        showing=showing,
        background=background,
        instance=presence.number,
    )
    code_messages = CodeMessages(db=db, clock=clock, record=record, announcer=announcer)
    delivery = CodeDelivery(
        db=db, clock=clock, gateway=gateway, record=record, messages=code_messages, background=background
    )
    codes = CodeRequests(
        db=db,
        clock=clock,
        record=record,
        delivery=delivery,
        messages=code_messages,
        prompting=prompting,
        status=status,
    )
    members = Members(db=db, clock=clock, prompting=prompting, access_expiry=access_expiry)
    erasure = Erasure(db=db, clock=clock, prompting=prompting, linking=linking)
    actions = ActionRequests(
        db=db,
        clock=clock,
        prompting=prompting,
        courses=courses,
        expiry=expiry,
        status=status,
        outbox=outbox,
        openings_per_minute=settings.openings_per_minute,
    )
    use_cases: dict[Subject, Confirm] = {
        **dict.fromkeys(Action, actions.confirm_action),
        Task.UNLINK: linking.confirm_unlinking,
        Task.CLEAR_CODES: codes.confirm_clearing,
        Task.REMOVE_MEMBER: members.confirm_removal,
        Task.FORGET: erasure.confirm_forgetting,
    }
    return Services(
        credentials=credentials,
        route=route,
        status=status,
        linking=linking,
        accessible_cars=AccessibleCars(db=db, clock=clock, expiry=expiry),
        prompting=prompting,
        courses=courses,
        actions=actions,
        confirmation=Confirmation(db=db, clock=clock, use_cases=use_cases),
        recovery=Recovery(
            db=db,
            clock=clock,
            presence=presence,
            showing=showing,
            watcher=watcher,
            background=background,
            is_running=courses.is_running,
        ),
        invitations=Invitations(db=db, clock=clock, prompting=prompting, outbox=outbox, access_expiry=access_expiry),
        members=members,
        groups=Groups(db=db, clock=clock),
        access_requests=AccessRequests(db=db, clock=clock, outbox=outbox),
        home_settings=HomeSettings(
            db=db, clock=clock, prompting=prompting, usual=OperatorDefaults(question=ttl, wait=wait)
        ),
        notifications=NotificationDelivery(
            db=db, clock=clock, outbox=outbox, announcer=announcer, status=status, background=background
        ),
        access_expiry=access_expiry,
        history=ActionLog(db=db, clock=clock),
        erasure=erasure,
        codes=codes,
        code_messages=code_messages,
        code_delivery=delivery,
        code_watching=CodeWatches(db=db, clock=clock, status=status, announcer=announcer),
        expiry_notices=ExpiryNotices(db=db, clock=clock, announcer=announcer),
    )


def attach_handlers(
    application: App,
    *,
    services: Services,
    chat: Chat,
    moves: ChatMigration,
    clock: Clock,
    background: Background,
) -> None:
    """Connect Telegram's updates with the use cases."""
    cars = CarHandlers(
        chat=chat,
        clock=clock,
        accessible_cars=services.accessible_cars,
        reports=services.status,
        actions=services.actions,
        background=background,
    )
    linking = LinkHandlers(linking=services.linking, cars=cars)
    codes = CodeHandlers(
        chat=chat,
        clock=clock,
        codes=services.codes,
        messages=services.code_messages,
        watching=services.code_watching,
        background=background,
    )
    family = FamilyHandlers(
        chat=chat,
        clock=clock,
        invitations=services.invitations,
        members=services.members,
        access_requests=services.access_requests,
    )
    groups = GroupHandlers(chat=chat, groups=services.groups, access_requests=services.access_requests)
    settings = SettingsHandlers(clock=clock, settings=services.home_settings)
    handlers = Handlers(
        help=HelpHandlers(accessible_cars=services.accessible_cars, cars=cars, family=family, groups=groups),
        actions=ActionHandlers(
            chat=chat,
            clock=clock,
            actions=services.actions,
            confirmation=services.confirmation,
            prompting=services.prompting,
        ),
        cars=cars,
        linking=linking,
        codes=codes,
        family=family,
        groups=groups,
        settings=settings,
        log=LogHandlers(chat=chat, log=services.history),
        privacy=PrivacyHandlers(erasure=services.erasure),
        free_text=FreeTextHandler(linking=linking, family=family, settings=settings, codes=codes),
    )
    answers = Answers(chat=chat, prompting=services.prompting, stranger=groups.stranger)
    gate = Gate(chat=chat, clock=clock, answers=answers)
    add_handlers(application, gate=gate, handlers=handlers, migration=moves)
