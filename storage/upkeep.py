"""What is kept for how long."""

from datetime import datetime, timedelta

from sqlalchemy import BindParameter, bindparam, delete

from storage.database import Tx
from storage.tables import ACTIONS, HANDLED, LOGIN_STATES, PROMPTS, TOKENS

_BEFORE: BindParameter[datetime] = bindparam("before")

# How long after which moment a row goes.
_LIFETIMES = (
    (delete(HANDLED).where(HANDLED.c.at < _BEFORE), timedelta(days=7)),
    (delete(PROMPTS).where(PROMPTS.c.expires_at < _BEFORE), timedelta(days=7)),
    (delete(LOGIN_STATES).where(LOGIN_STATES.c.expires_at < _BEFORE), timedelta(days=1)),
    (delete(ACTIONS).where(ACTIONS.c.requested_at < _BEFORE), timedelta(days=180)),
    (delete(TOKENS).where(TOKENS.c.kind == "vehicle", TOKENS.c.expires_at < _BEFORE), timedelta()),
)


def purge(tx: Tx, *, now: datetime) -> None:
    """Delete what has outlived its use; sign-ins of people stay until they are unlinked."""
    for statement, lifetime in _LIFETIMES:
        tx.change(statement, {"before": now - lifetime})
