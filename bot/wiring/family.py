"""People: invitations, members, groups, and what an owner sets and is told."""

from collections.abc import Callable
from dataclasses import dataclass

from bot.domain.ids import ChatId, PersonId
from bot.service.actions.log import ActionLog
from bot.service.family.access_expiry import AccessExpiry
from bot.service.family.access_requests import AccessRequests
from bot.service.family.groups import Groups
from bot.service.family.invitations import Invitations
from bot.service.family.members import Members
from bot.service.family.settings import HomeSettings, OperatorDefaults, SettingsChanges
from bot.service.notifications.delivery import NotificationDelivery
from bot.wiring.core import Core, Shared


@dataclass(frozen=True, slots=True, kw_only=True)
class FamilyServices:
    """The use cases of a family."""

    invitations: Invitations
    members: Members
    groups: Groups
    access_requests: AccessRequests
    access_expiry: AccessExpiry
    settings: HomeSettings
    log: ActionLog
    notifications: NotificationDelivery


def make_family(
    core: Core,
    shared: Shared,
    *,
    access_changed: Callable[[ChatId, PersonId], None],
    changes: SettingsChanges,
) -> FamilyServices:
    """Make the use cases of a family, with what is called when access to a home, or its settings, have changed."""
    db, clock, prompting, outbox = core.db, core.clock, shared.prompting, shared.outbox
    access_expiry = AccessExpiry(db=db, clock=clock, outbox=outbox, prompting=prompting, access_changed=access_changed)
    usual = OperatorDefaults(question=core.question_lifetime, wait=core.report_wait)
    return FamilyServices(
        invitations=Invitations(db=db, clock=clock, prompting=prompting, outbox=outbox, access_expiry=access_expiry),
        members=Members(
            db=db,
            clock=clock,
            prompting=prompting,
            access_expiry=access_expiry,
            outbox=outbox,
            access_changed=access_changed,
        ),
        groups=Groups(db=db, clock=clock),
        access_requests=AccessRequests(db=db, clock=clock, outbox=outbox, quotas=shared.quotas),
        access_expiry=access_expiry,
        settings=HomeSettings(db=db, clock=clock, prompting=prompting, usual=usual, changes=changes),
        log=ActionLog(db=db, clock=clock),
        notifications=NotificationDelivery(
            db=db,
            clock=clock,
            presence=core.presence,
            outbox=outbox,
            announcer=shared.announcer,
            background=core.background,
        ),
    )
