"""What is kept for how long."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from sqlalchemy import BindParameter, and_, bindparam, delete, select

from storage.engine.database import Tx
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
# A request that was denied for good stays: it is what keeps the person from asking again.
_ANSWERED_REQUESTS = and_(ACCESS_REQUESTS.c.answered_at < _BEFORE, ACCESS_REQUESTS.c.state != "denied_for_good")

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
"""How long what is kept outlives its moment: its use, its end, or its answer."""

_OVER = {
    "handled": delete(HANDLED).where(HANDLED.c.at < _BEFORE),
    "prompts": delete(PROMPTS).where(PROMPTS.c.expires_at < _BEFORE),
    "drafts": delete(CODE_QUERIES).where(CODE_QUERIES.c.state == "draft", CODE_QUERIES.c.asked_at < _BEFORE),
    "events": delete(EVENTS).where(EVENTS.c.due_at < _BEFORE),
    "invitations": delete(INVITATIONS).where(INVITATIONS.c.expires_at < _BEFORE),
    "access_requests": delete(ACCESS_REQUESTS).where(_ANSWERED_REQUESTS),
    "login_states": delete(LOGIN_STATES).where(LOGIN_STATES.c.expires_at < _BEFORE),
    "vehicle_tokens": delete(TOKENS).where(TOKENS.c.kind == "vehicle", TOKENS.c.expires_at < _BEFORE),
}


def purge(
    tx: Tx,
    *,
    now: datetime,
    keep_actions: timedelta = KEEP_ACTIONS,
    keep_actions_of: Mapping[int, timedelta] | None = None,
) -> None:
    """Delete what has outlived its use; sign-ins of people stay until they are unlinked, members until removed.

    Actions are kept for as long as their home says in `keep_actions_of`, else for `keep_actions`.
    """
    for name, statement in _OVER.items():
        tx.change(statement, {"before": now - LIFETIMES[name]})
    kept = keep_actions_of or {}
    soonest = now - min([keep_actions, *kept.values()])
    for row in tx.all(_HOMES_WITH_OLD_ACTIONS, {"before": soonest}):
        home = row["home_chat_id"]
        tx.change(_OLD_ACTIONS, {"this_home": home, "before": now - kept.get(home, keep_actions)})
