"""How long each kind of row is kept."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import BindParameter, Column, ColumnElement, bindparam, delete, select, true, union

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
    LINK_PERMISSIONS,
    LOCATION_LOOKS,
    LOGIN_STATES,
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
_HOMES_WITH_OLD_LINES = union(*(select(home).where(at < _BEFORE) for home, at in _LOG))
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
    "invitations": (timedelta(days=30), INVITATIONS.c.expires_at, true()),
    "access_requests": (timedelta(days=30), ACCESS_REQUESTS.c.answered_at, _MAY_ASK_AGAIN),
    "link_permissions": (timedelta(days=30), LINK_PERMISSIONS.c.asked_at, _IS_UNANSWERED),
    "login_states": (timedelta(days=1), LOGIN_STATES.c.expires_at, true()),
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
    for row in tx.all(_HOMES_WITH_OLD_LINES, {"before": soonest}):
        home = row["home_chat_id"]
        for statement in _OLD_LINES:
            tx.change(statement, {"this_home": home, "before": now - kept.get(home, keep_actions)})
