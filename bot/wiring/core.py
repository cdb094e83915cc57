"""What every capability is made from."""

from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial

from bot.dimo.client import Dimo
from bot.dimo.tokens import License
from bot.domain.ids import PersonId
from bot.domain.operator_notices import Trouble
from bot.service.account.credentials import Credentials
from bot.service.account.expiry import Expiry
from bot.service.account.operator import Operator
from bot.service.account.ownership import Ownership
from bot.service.account.vehicle_tokens import VehicleTokens
from bot.service.background import Background
from bot.service.cars.status import Status
from bot.service.counts import Counts, NoCounts
from bot.service.lease import Lease
from bot.service.notifications.outbox import Outbox
from bot.service.operator_notices import OperatorNotices, is_nearly_full
from bot.service.ports import CheckedTime
from bot.service.preferences import is_quiet
from bot.service.prompting import Prompting
from bot.service.quotas import Quotas
from bot.service.timekeeping import Timekeeping
from bot.settings import Settings
from bot.telegram.announcer import TelegramAnnouncer
from bot.telegram.transport.chat import Chat
from storage import Database, Presence


def license_in(settings: Settings) -> License | None:
    """Return the developer license of the settings, if one is set."""
    client, uri, key = settings.dimo_client_id, settings.dimo_redirect_uri, settings.dimo_api_key
    if client is None or uri is None or key is None:
        return None
    return License(client_id=client, redirect_uri=uri, api_key=key)


@dataclass(frozen=True, slots=True, kw_only=True)
class Core:
    """The settings, and what a run has opened."""

    settings: Settings
    db: Database
    dimo: Dimo
    clock: CheckedTime
    chat: Chat
    presence: Presence
    background: Background
    counts: Counts = field(default_factory=NoCounts)

    @property
    def question_lifetime(self) -> timedelta:
        """How long a question can be answered, unless its home says otherwise."""
        return timedelta(seconds=self.settings.prompt_ttl_seconds)

    @property
    def report_wait(self) -> timedelta:
        """How long a car's report is waited for, unless its home says otherwise."""
        return timedelta(seconds=self.settings.confirmation_wait_seconds)


@dataclass(frozen=True, slots=True, kw_only=True)
class Shared:
    """What more than one capability uses."""

    announcer: TelegramAnnouncer
    prompting: Prompting
    outbox: Outbox
    credentials: Credentials
    ownership: Ownership
    vehicle_tokens: VehicleTokens
    expiry: Expiry
    status: Status
    timekeeping: Timekeeping
    operator_notices: OperatorNotices
    operator: Operator
    quotas: Quotas


def make_shared(core: Core) -> Shared:
    """Make what more than one capability uses."""
    db, dimo, clock = core.db, core.dimo, core.clock
    announcer = TelegramAnnouncer(chat=core.chat, clock=clock, is_quiet=partial(is_quiet, db=db, clock=clock))
    turn = Lease(db=db, clock=clock, presence=core.presence, name="signing in")
    credentials = Credentials(db=db, dimo=dimo, clock=clock, turn=turn, operator_license=license_in(core.settings))
    prompting = Prompting(db=db, clock=clock, announcer=announcer, ttl=core.question_lifetime)
    outbox = Outbox(clock=clock)
    ownership = Ownership(db=db, dimo=dimo, clock=clock, outbox=outbox, prompting=prompting, background=core.background)
    vehicle_tokens = VehicleTokens(db=db, dimo=dimo, clock=clock, credentials=credentials, ownership=ownership)
    named = None if core.settings.operator_id is None else PersonId(core.settings.operator_id)
    operator = Operator(clock=clock, named=named)
    quotas = Quotas(db=db, clock=clock, is_operator=operator.is_this)
    return Shared(
        announcer=announcer,
        prompting=prompting,
        outbox=outbox,
        credentials=credentials,
        ownership=ownership,
        vehicle_tokens=vehicle_tokens,
        expiry=Expiry(db=db, clock=clock, has_license=license_in(core.settings) is not None),
        status=Status(db=db, dimo=dimo, clock=clock, vehicle_tokens=vehicle_tokens, quotas=quotas),
        timekeeping=Timekeeping(db=db, clock=clock, announcer=announcer, operator=operator.find),
        operator_notices=OperatorNotices(
            db=db,
            clock=clock,
            announcer=announcer,
            operator=operator.find,
            signs={
                Trouble.DIMO_AWAY: lambda: dimo.is_away,
                Trouble.LICENSE: lambda: credentials.is_refused,
                Trouble.DISK: lambda: is_nearly_full(db.file),
            },
            backup_days=core.settings.backup_days,
        ),
        operator=operator,
        quotas=quotas,
    )
