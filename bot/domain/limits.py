"""Limits in time: how long things stay valid, how long the bot waits."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

COMMAND_MAX_AGE = timedelta(seconds=120)
"""A command message older than this (the bot was offline) does nothing."""

UNSETTLED_FOR = timedelta(minutes=3)
"""How long an opening that DIMO accepted, and the car has not reported, may still wait at DIMO for a sleeping car."""

LATE_AFTER = timedelta(seconds=15)
"""How long after a request its person may have looked away, so that a bad outcome comes as a new message."""

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


class Bound(StrEnum):
    """What is counted, and for whom."""

    STRANGER = "stranger"
    """Messages and taps of one person without access."""
    STRANGERS_IN_CHAT = "strangers_in_chat"
    """The same of all of them in one chat: a group has 20 messages a minute, and the family needs most of them."""
    STRANGERS = "strangers"
    """The same of all of them everywhere."""
    SIGN_INS = "sign_ins"
    """Sign-in links for one person."""
    LINKS = "links"
    """Addresses and tokens of one person that are taken to DIMO."""
    ALL_LINKS = "all_links"
    """The same of everybody."""
    QUESTIONS = "questions"
    """Questions to one owner or operator that other people cause."""
    CONSENTS = "consents"
    """Questions whether one chat may link an account that another home holds."""
    LOOKS = "looks"
    """Looks at the reports of one home's cars."""
    HINTS = "hints"
    """Looks at one car because somebody called the address for DIMO's triggers."""


@dataclass(frozen=True, slots=True)
class Limit:
    """At most this many within a window of time."""

    most: int
    window: timedelta


LIMITS: Mapping[Bound, Limit] = {
    Bound.STRANGER: Limit(20, timedelta(minutes=10)),
    Bound.STRANGERS_IN_CHAT: Limit(6, timedelta(minutes=1)),
    Bound.STRANGERS: Limit(300, timedelta(minutes=1)),
    Bound.SIGN_INS: Limit(10, timedelta(hours=1)),
    Bound.LINKS: Limit(15, timedelta(hours=1)),
    Bound.ALL_LINKS: Limit(120, timedelta(minutes=1)),
    Bound.QUESTIONS: Limit(30, timedelta(days=1)),
    Bound.CONSENTS: Limit(3, timedelta(days=1)),
    Bound.LOOKS: Limit(60, timedelta(minutes=1)),
    Bound.HINTS: Limit(1, timedelta(minutes=1)),
}

ACTIONS_PER_MINUTE = 30
"""Actions of one home; the journal counts them."""

MOST_CARS = 100
"""Cars of one home; an account with more shows the first."""


def is_too_old(sent_at: datetime, *, now: datetime) -> bool:
    """Return whether a command message is too old to be obeyed."""
    return now - sent_at > COMMAND_MAX_AGE
