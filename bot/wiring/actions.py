"""Actions on cars: requested, sent, watched, recovered."""

from dataclasses import dataclass

from bot.service.actions.command_route import CommandRoute
from bot.service.actions.execution import ActionExecution
from bot.service.actions.messages import ActionMessages
from bot.service.actions.noting import ActionNotes
from bot.service.actions.recovery import Recovery
from bot.service.actions.requests import ActionRequests
from bot.service.actions.resolving import LateReports
from bot.service.actions.schedules import Schedules
from bot.service.actions.sending import Sender
from bot.service.actions.watching import ReportWatcher
from bot.wiring.core import Core, Shared


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionServices:
    """The use cases of actions."""

    requests: ActionRequests
    execution: ActionExecution
    recovery: Recovery
    route: CommandRoute
    schedules: Schedules


def make_actions(core: Core, shared: Shared) -> ActionServices:
    """Make the use cases of actions."""
    db, clock, presence, background = core.db, core.clock, core.presence, core.background
    route = CommandRoute(db=db, dimo=core.dimo, clock=clock, setting=core.settings.dimo_command_api)
    messages = ActionMessages(db=db, announcer=shared.announcer, clock=clock)
    notes = ActionNotes(core.counts)
    watcher = ReportWatcher(
        db=db,
        clock=clock,
        status=shared.status,
        messages=messages,
        notes=notes,
        background=background,
        wait=core.report_wait,
    )
    late_reports = LateReports(
        db=db, clock=clock, status=shared.status, messages=messages, notes=notes, watcher=watcher, background=background
    )
    shared.status.heard.append(late_reports.heard)
    execution = ActionExecution(
        db=db,
        clock=clock,
        presence=presence,
        sender=Sender(db=db, clock=clock, presence=presence, vehicle_tokens=shared.vehicle_tokens, route=route),
        messages=messages,
        notes=notes,
        watcher=watcher,
        background=background,
    )
    recovery = Recovery(
        db=db,
        clock=clock,
        presence=presence,
        execution=execution,
        messages=messages,
        notes=notes,
        watcher=watcher,
        background=background,
    )
    requests = ActionRequests(
        db=db,
        clock=clock,
        prompting=shared.prompting,
        execution=execution,
        status=shared.status,
        outbox=shared.outbox,
        openings_per_minute=core.settings.openings_per_minute,
    )
    schedules = Schedules(db=db, clock=clock, requests=requests, announcer=shared.announcer)
    return ActionServices(requests=requests, execution=execution, recovery=recovery, route=route, schedules=schedules)
