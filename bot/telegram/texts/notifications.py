"""The texts of notifications."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from bot.domain.notifications import AccessEnded, CarLeft, HowEnded, MemberJoined, NewsItem, Opening
from bot.domain.operator_notices import Trouble
from bot.domain.outcomes import State
from bot.domain.time_check import WrongClock
from bot.telegram.texts.actions import words_for
from bot.telegram.texts.family import ROLE_WORDS
from bot.telegram.texts.formatting import SOMEBODY, moment, name

_MOST_LISTED = 20
"""Lines of one message; the log has the rest."""


def news(items: Sequence[NewsItem], *, now: datetime) -> str:
    """Say what has happened, a line for each item."""
    lines = [_line(item, now) for item in items[:_MOST_LISTED]]
    if len(items) > _MOST_LISTED:
        lines.append(f"… and {len(items) - _MOST_LISTED} more: /log has them.")
    return "\n".join(lines)


def _line(item: NewsItem, now: datetime) -> str:
    match item:
        case Opening():
            return _opening(item, now)
        case MemberJoined():
            until = "" if item.until is None else f", until {moment(item.until, now=now)}"
            return f"👋 {_who(item.person_name)} joined as a {ROLE_WORDS[item.role]}{until}."
        case AccessEnded():
            return f"⌛ {_who(item.person_name)}'s access ended at {moment(item.at, now=now)}."


def _opening(it: Opening, now: datetime) -> str:
    words = words_for(it.action, closes=it.closes)
    asked = f"{_who(it.person_name)}'s {words.noun} for {name(it.car_name)} at {moment(it.at, now=now)}"
    if it.state is State.UNKNOWN:
        return f"❓ {asked}: no clear answer, {words.in_doubt.format(car=name(it.car_name))}."
    sign = words.sign if it.closes else "🔓"
    return f"{sign} {asked}: {'the car reported it' if it.state is State.CONFIRMED else 'it is on its way'}."


def _who(person_name: str) -> str:
    return name(person_name) if person_name else SOMEBODY.capitalize()


_ENDS: Mapping[HowEnded, str] = {
    HowEnded.TIME: "Your access to {owner}'s cars has ended.",
    HowEnded.REMOVED: "{owner} has ended your access to the cars.",
    HowEnded.UNLINKED: "{owner} has disconnected the cars, so your access has ended.",
}


def your_access_ended(owner_name: str, how: HowEnded) -> str:
    """Say to a person in private that their access has ended, by whom or why, and whom to ask."""
    owner = name(owner_name)
    return f"⌛ {_ENDS[how].format(owner=owner)}\nNext: ask {owner} if you need it again."


def access_ended_in_group(person_name: str) -> str:
    """Say to a person in a group that their access has ended, without naming the owner."""
    return f"⌛ {_who(person_name)}, your access has ended."


def car_left(it: CarLeft) -> str:
    """Say that a car has another owner, and that it can't be used from here any more."""
    text = f"🔑 {name(it.car_name)} has another owner now. Nobody can use it from here any more."
    return f"{text}\nIs it still yours? Link it again." if it.is_owner else text


OPERATOR_NOTICES: Mapping[Trouble, str] = {
    Trouble.DIMO_AWAY: "🔧 DIMO has not answered for 15 minutes, so I can't reach any car.\n"
    "Next: look whether the computer that I run on is online. If it is, wait: I try again by myself.",
    Trouble.LICENSE: "🔧 DIMO does not accept this bot's license, so I can't reach any car.\n"
    "Next: run “python -m bot check” where I run. It says what is wrong.",
    Trouble.DISK: "🔧 The disk of the computer that I run on is nearly full. When it is full, I can do nothing.\n"
    "Next: free some space there.",
    Trouble.BACKUP: "🔧 The last backup of my data is older than you chose, or there is none.\n"
    "Next: run “python -m bot backup FILE” where I run.",
}
"""What the operator is told; they run the bot, and see its computer."""


def wrong_clock(it: WrongClock) -> str:
    """Tell the operator that the computer's clock is wrong."""
    return (
        f"🕰 The clock of the computer that I run on is {it}. I go by Telegram's time, so everything works.\n"
        "Next: set that clock, or switch on the computer's time service (NTP)."
    )
