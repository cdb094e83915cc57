"""Rows of the database as the values that people are shown."""

from bot.dimo.permissions import Permission
from bot.domain.actions import Action
from bot.domain.expiry import Ending
from bot.domain.family import Request
from bot.domain.ids import ChatId, MessageId, PersonId
from bot.domain.linking import SharedCar
from bot.domain.outcomes import Note, Outcome, State
from bot.domain.refusals import Reason
from bot.domain.reports import Reading
from bot.service.ports import Spot
from storage import AccessRequest, ActionRow, Car


def request_of(row: AccessRequest, chat_title: str = "") -> Request:
    """Read a stored request for access."""
    return Request(ChatId(row.home_chat_id), PersonId(row.person_id), row.name, ChatId(row.chat_id), chat_title)


def spot_of(row: ActionRow) -> Spot:
    """Say where the outcome of an action is shown."""
    return Spot(ChatId(row.chat_id), None if row.message_id is None else MessageId(row.message_id))


def action_of(row: ActionRow) -> Action:
    """Say what was done."""
    return Action(row.details.action)


def outcome_of(row: ActionRow, *, ended: Ending | None) -> Outcome:
    """Read what became of an action."""
    said = row.details
    reading = None
    if said.reading_value is not None and said.reading_at is not None:
        reading = Reading(said.reading_value, said.reading_at)
    return Outcome(
        state=State(row.state),
        action=Action(said.action),
        car_name=said.car_name,
        person_name=said.person_name,
        reason=Reason(said.reason) if said.reason else None,
        note=Note(said.note) if said.note else None,
        reading=reading,
        open_door_at=said.open_door_at,
        opening_may_run_until=said.opening_until,
        ended=ended,
    )


def shared_car(row: Car) -> SharedCar:
    """Describe a car with what its share allows; permissions that DIMO did not name count as granted."""
    details = row.details
    return SharedCar(
        name=details.name,
        description=" ".join(str(part) for part in (details.make, details.model, details.year) if part),
        may_be_commanded=not details.permissions or int(Permission.COMMANDS) in details.permissions,
        may_be_read=not details.permissions or int(Permission.NON_LOCATION_HISTORY) in details.permissions,
        share_ends_at=row.share_expires_at,
    )
