"""How long each kind of row is kept."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    BindParameter,
    Column,
    ColumnElement,
    Select,
    bindparam,
    delete,
    exists,
    func,
    select,
    true,
)

from storage.engine.database import Tx
from storage.states import AccessRequestState, CodeQueryState, LinkPermissionState, TokenKind
from storage.tables import (
    ACCESS_CHANGES,
    ACCESS_REQUESTS,
    ACTIONS,
    CODE_QUERIES,
    COUNTERS,
    EVENTS,
    HANDLED,
    INBOX,
    INVITATIONS,
    LANDINGS,
    LINK_PERMISSIONS,
    LOCATION_LOOKS,
    LOGIN_STATES,
    NOTES,
    PROMPTS,
    TOKENS,
)

KEEP_ACTIONS = timedelta(days=180)

_BEFORE: BindParameter[datetime] = bindparam("before")

_LOG = (
    (ACTIONS.c.home_chat_id, ACTIONS.c.requested_at),
    (ACCESS_CHANGES.c.home_chat_id, ACCESS_CHANGES.c.at),
    (LOCATION_LOOKS.c.home_chat_id, LOCATION_LOOKS.c.at),
)
"""The tables of the log: whose home it is, and when it was."""


def _homes_with_old_lines(home: Column[Any], at: Column[Any]) -> Select[Any]:
    """Build the query for the homes with lines from before; it jumps from home to home in the index of the lines."""
    first = select(func.min(home).label("home_chat_id")).cte("homes", recursive=True)
    following = select(func.min(home)).where(home > first.c.home_chat_id).scalar_subquery()
    found = first.union_all(select(following).where(first.c.home_chat_id.is_not(None)))
    return select(found.c.home_chat_id).where(exists().where(home == found.c.home_chat_id, at < _BEFORE))


_HOMES_WITH_OLD_LINES = [_homes_with_old_lines(home, at) for home, at in _LOG]
_OLD_LINES = [delete(home.table).where(home == bindparam("this_home"), at < _BEFORE) for home, at in _LOG]
# A request that was denied for good is kept: it prevents the person from asking again.
_MAY_ASK_AGAIN = ACCESS_REQUESTS.c.state != AccessRequestState.DENIED_FOR_GOOD
_IS_UNANSWERED = LINK_PERMISSIONS.c.state == LinkPermissionState.OPEN

_RULES: Mapping[str, tuple[timedelta, Column[Any], ColumnElement[bool]]] = {
    "handled": (timedelta(days=7), HANDLED.c.at, true()),
    "inbox": (timedelta(days=1), INBOX.c.received_at, true()),
    "prompts": (timedelta(days=7), PROMPTS.c.expires_at, true()),
    "drafts": (timedelta(days=7), CODE_QUERIES.c.asked_at, CODE_QUERIES.c.state == CodeQueryState.DRAFT),
    "events": (timedelta(days=7), EVENTS.c.due_at, true()),
    "notes": (timedelta(days=30), NOTES.c.begun_at, true()),
    "invitations": (timedelta(days=30), INVITATIONS.c.expires_at, true()),
    "access_requests": (timedelta(days=30), ACCESS_REQUESTS.c.answered_at, _MAY_ASK_AGAIN),
    "link_permissions": (timedelta(days=30), LINK_PERMISSIONS.c.asked_at, _IS_UNANSWERED),
    "login_states": (timedelta(days=1), LOGIN_STATES.c.expires_at, true()),
    "landings": (timedelta(), LANDINGS.c.expires_at, true()),
    "counters": (timedelta(), COUNTERS.c.ends_at, true()),
    "vehicle_tokens": (timedelta(), TOKENS.c.expires_at, TOKENS.c.kind == TokenKind.VEHICLE),
}
LIFETIMES: Mapping[str, timedelta] = {name: lifetime for name, (lifetime, *_) in _RULES.items()}
"""How long rows are kept after their use, end or answer."""

_OVER = {name: delete(moment.table).where(moment < _BEFORE, rows) for name, (_, moment, rows) in _RULES.items()}


def purge(
    tx: Tx,
    *,
    now: datetime,
    keep_actions: timedelta = KEEP_ACTIONS,
    keep_actions_of: Mapping[int, timedelta] | None = None,
) -> None:
    """Delete rows that are no longer needed; people's sign-ins stay until unlinked, members until removed.

    The log is kept for as long as `keep_actions_of` says for their home, else for `keep_actions`.
    """
    for name, statement in _OVER.items():
        tx.change(statement, {"before": now - LIFETIMES[name]})
    kept = keep_actions_of or {}
    soonest = now - min([keep_actions, *kept.values()])
    found = [row["home_chat_id"] for lines in _HOMES_WITH_OLD_LINES for row in tx.all(lines, {"before": soonest})]
    for home in sorted(set(found)):
        for statement in _OLD_LINES:
            tx.change(statement, {"this_home": home, "before": now - kept.get(home, keep_actions)})
