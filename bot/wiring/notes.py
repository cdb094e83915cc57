"""Notes: looks at cars, and who wants to be told of them."""

from dataclasses import dataclass

from bot.service.cars.where import Where
from bot.service.lease import Lease
from bot.service.notes.choices import NoteChoices
from bot.service.notes.triggers import Triggers
from bot.service.notes.watching import NoteWatches
from bot.wiring.core import Core, Shared, license_in


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteServices:
    """The use cases of notes."""

    watches: NoteWatches
    choices: NoteChoices
    triggers: Triggers | None
    """None where nobody reaches the bot from outside."""


def make_notes(core: Core, shared: Shared, *, where: Where) -> NoteServices:
    """Make the use cases of notes; every look at a car is used for them."""
    watches = NoteWatches(
        db=core.db,
        clock=core.clock,
        status=shared.status,
        where=where,
        outbox=shared.outbox,
        background=core.background,
        has_triggers=core.settings.public_url is not None,
    )
    shared.status.heard.append(watches.heard)
    choices = NoteChoices(db=core.db, clock=core.clock, plan=watches.plan)
    return NoteServices(watches=watches, choices=choices, triggers=_make_triggers(core, shared, watches))


def _make_triggers(core: Core, shared: Shared, watches: NoteWatches) -> Triggers | None:
    settings = core.settings
    if settings.public_url is None or license_in(settings) is None:
        return None
    return Triggers(
        db=core.db,
        dimo=core.dimo,
        clock=core.clock,
        credentials=shared.credentials,
        quotas=shared.quotas,
        lease=Lease(db=core.db, clock=core.clock, presence=core.presence, name="keeping triggers"),
        url=settings.trigger_url,
        secret=settings.trigger_secret,
        looks_due=watches.look_now,
    )
