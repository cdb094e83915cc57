"""The use cases, made from the settings and from what a run has opened."""

from dataclasses import dataclass
from datetime import timedelta

from bot.dimo.tokens import License
from bot.domain.actions import Action
from bot.domain.prompts import Subject, Task
from bot.service.account.credentials import Credentials
from bot.service.account.erasure import Erasure
from bot.service.account.expiry import Expiry
from bot.service.account.expiry_notices import ExpiryNotices
from bot.service.account.linking import Linking
from bot.service.account.vehicle_tokens import VehicleTokens
from bot.service.actions.execution import ActionExecution
from bot.service.actions.recovery import Recovery
from bot.service.actions.requests import ActionRequests
from bot.service.actions.sending import CommandRoute
from bot.service.actions.watching import ReportWatcher
from bot.service.cars.status import Status
from bot.service.codes.delivery import CodeDelivery
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
from bot.service.ports import Clock
from bot.service.prompting import Prompting
from bot.settings import Settings
from bot.telegram.announcer import TelegramAnnouncer
from bot.wiring.assembly import Assembly


@dataclass(frozen=True, slots=True)
class Services:
    """The use cases that a run starts, and that tests call."""

    credentials: Credentials
    route: CommandRoute
    status: Status
    linking: Linking
    prompting: Prompting
    confirmation: Confirmation
    actions: ActionRequests
    execution: ActionExecution
    recovery: Recovery
    invitations: Invitations
    members: Members
    groups: Groups
    access_requests: AccessRequests
    access_expiry: AccessExpiry
    notifications: NotificationDelivery
    codes: CodeRequests
    code_messages: CodeMessages
    code_delivery: CodeDelivery
    code_watches: CodeWatches
    expiry_notices: ExpiryNotices


def license_in(settings: Settings) -> License | None:
    """Return the developer license of the settings, if one is set."""
    client, uri, key = settings.dimo_client_id, settings.dimo_redirect_uri, settings.dimo_api_key
    if client is None or uri is None or key is None:
        return None
    return License(client_id=client, redirect_uri=uri, api_key=key)


def wire(settings: Settings, clock: Clock, *opened: object) -> Assembly:
    """Make what takes a setting, a table, or another name for its class; all else is made when it is needed."""
    wired = Assembly(settings.urls, *opened)
    wired.add(clock, known_as=Clock)
    wired.make(TelegramAnnouncer)
    ttl = timedelta(seconds=settings.prompt_ttl_seconds)
    wait = timedelta(seconds=settings.confirmation_wait_seconds)
    wired.make(Credentials, operator_license=license_in(settings))
    wired.make(Prompting, ttl=ttl)
    wired.make(HomeSettings, usual=OperatorDefaults(question=ttl, wait=wait))
    wired.make(CommandRoute, setting=settings.dimo_command_api)
    wired.make(ReportWatcher, wait=wait)
    caches = (wired.get(VehicleTokens).forget, wired.get(Expiry).forget, wired.get(Status).forget)
    linking = wired.make(Linking, caches=(*caches, wired.get(CodeRecord).forget))
    actions = wired.make(ActionRequests, openings_per_minute=settings.openings_per_minute)
    use_cases: dict[Subject, Confirm] = {
        **dict.fromkeys(Action, actions.confirm_action),
        Task.UNLINK: linking.confirm_unlinking,
        Task.CLEAR_CODES: wired.get(CodeRequests).confirm_clearing,
        Task.REMOVE_MEMBER: wired.get(Members).confirm_removal,
        Task.FORGET: wired.get(Erasure).confirm_forgetting,
    }
    wired.make(Confirmation, use_cases=use_cases)
    return wired
