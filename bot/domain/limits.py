"""Limits in time: how long things stay valid, how long the bot waits."""

from datetime import datetime, timedelta

COMMAND_MAX_AGE = timedelta(seconds=120)
"""A command message older than this (the bot was offline) does nothing."""

UNSETTLED_FOR = timedelta(minutes=3)
"""How long an opening that DIMO accepted, and the car has not reported, may still wait at DIMO for a sleeping car."""

QUIET_WATCH = timedelta(minutes=6)
"""How long after a command a late report still edits the message once."""

LINK_STATE_LIFETIME = timedelta(minutes=15)
"""How long after /link a landing address of Login with DIMO is accepted."""

CONSENT_LIFETIME = timedelta(minutes=15)
"""How long a link waits for the yes of the home that holds the account already."""

END_NOTICE = timedelta(days=3)
"""How long before the end of a sign-in, console token or share the end is announced."""

MAX_QUEUE_WAIT = timedelta(seconds=45)
"""How long an action waits for an earlier one on the same car before it is refused unsent."""

OPENING_STAYS_FRESH = timedelta(seconds=45)
"""How long after its confirmation an opening may still be sent: the person may have walked away."""

DEVELOPER_MARGIN = timedelta(minutes=5)
"""How long before its end a developer JWT is renewed."""

TEXT_LIFETIME = timedelta(minutes=15)
"""How long the bot waits for a text that it asked a person to write."""

OPENINGS_WINDOW = timedelta(minutes=1)


def is_too_old(sent_at: datetime, *, now: datetime) -> bool:
    """Return whether a command message is too old to be obeyed."""
    return now - sent_at > COMMAND_MAX_AGE
