"""How long each kind of row is kept."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from sqlalchemy import BindParameter, and_, bindparam, delete, select

from storage.engine.database import Tx
from storage.states import AccessRequestState, CodeQueryState, TokenKind
from storage.tables import (
    ACCESS_REQUESTS,
    ACTIONS,
    CODE_QUERIES,
    EVENTS,
    HANDLED,
    INVITATIONS,
    LOGIN_STATES,
    PROMPTS,
    TOKENS,
)

KEEP_ACTIONS = timedelta(days=180)

_BEFORE: BindParameter[datetime] = bindparam("before")

_HOMES_WITH_OLD_ACTIONS = select(ACTIONS.c.home_chat_id).distinct().where(ACTIONS.c.requested_at < _BEFORE)
_OLD_ACTIONS = delete(ACTIONS).where(ACTIONS.c.home_chat_id == bindparam("this_home"), ACTIONS.c.requested_at < _BEFORE)
# A request that was denied for good is kept: it prevents the person from asking again.
_ANSWERED_REQUESTS = and_(
    ACCESS_REQUESTS.c.answered_at < _BEFORE, ACCESS_REQUESTS.c.state != AccessRequestState.DENIED_FOR_GOOD
)

LIFETIMES: Mapping[str, timedelta] = {
    "handled": timedelta(days=7),
    "prompts": timedelta(days=7),
    "drafts": timedelta(days=7),
    "events": timedelta(days=7),
    "invitations": timedelta(days=30),
    "access_requests": timedelta(days=30),
    "login_states": timedelta(days=1),
    "vehicle_tokens": timedelta(),
}
"""How long rows are kept after their use, end or answer."""

_OVER = {
    "handled": delete(HANDLED).where(HANDLED.c.at < _BEFORE),
    "prompts": delete(PROMPTS).where(PROMPTS.c.expires_at < _BEFORE),
    "drafts": delete(CODE_QUERIES).where(
        CODE_QUERIES.c.state == CodeQueryState.DRAFT, CODE_QUERIES.c.asked_at < _BEFORE
    ),
    "events": delete(EVENTS).where(EVENTS.c.due_at < _BEFORE),
    "invitations": delete(INVITATIONS).where(INVITATIONS.c.expires_at < _BEFORE),
    "access_requests": delete(ACCESS_REQUESTS).where(_ANSWERED_REQUESTS),
    "login_states": delete(LOGIN_STATES).where(LOGIN_STATES.c.expires_at < _BEFORE),
    "vehicle_tokens": delete(TOKENS).where(TOKENS.c.kind == TokenKind.VEHICLE, TOKENS.c.expires_at < _BEFORE),
}


def purge(
    tx: Tx,
    *,
    now: datetime,
    keep_actions: timedelta = KEEP_ACTIONS,
    keep_actions_of: Mapping[int, timedelta] | None = None,
) -> None:
    """Delete rows that are no longer needed; people's sign-ins stay until unlinked, members until removed.

    Actions are kept for as long as `keep_actions_of` says for their home, else for `keep_actions`.
    """
    for name, statement in _OVER.items():
        tx.change(statement, {"before": now - LIFETIMES[name]})
    kept = keep_actions_of or {}
    soonest = now - min([keep_actions, *kept.values()])
    for row in tx.all(_HOMES_WITH_OLD_ACTIONS, {"before": soonest}):
        home = row["home_chat_id"]
        tx.change(_OLD_ACTIONS, {"this_home": home, "before": now - kept.get(home, keep_actions)})
