"""Notes: looks at cars, and who wants to be told of them."""

from dataclasses import dataclass

from bot.service.notes.choices import NoteChoices
from bot.service.notes.watching import NoteWatches
from bot.wiring.core import Core, Shared


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteServices:
    """The use cases of notes."""

    watches: NoteWatches
    choices: NoteChoices


def make_notes(core: Core, shared: Shared) -> NoteServices:
    """Make the use cases of notes; every look at a car is used for them."""
    watches = NoteWatches(
        db=core.db, clock=core.clock, status=shared.status, outbox=shared.outbox, background=core.background
    )
    shared.status.heard.append(watches.heard)
    return NoteServices(watches=watches, choices=NoteChoices(db=core.db, clock=core.clock, plan=watches.plan))
