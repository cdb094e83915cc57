"""The texts about the settings of a home."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from bot.domain.preferences import Preferences, QuietHours, Setting, Topic
from bot.domain.roles import Role
from bot.domain.zones import place_of
from bot.service.family.settings import OperatorDefaults
from bot.telegram.texts.formatting import count, duration, label, name

LABELS: Mapping[Setting, str] = {
    Setting.QUESTIONS: "❔ Questions",
    Setting.REPORTS: "📡 Car's report",
    Setting.LOCK: "❔ Before Lock",
    Setting.NEWS: "🔔 News",
    Setting.QUIET: "🌙 Quiet hours",
    Setting.ZONE: "🌍 Time zone",
    Setting.LOG: "📜 Log",
    Setting.UNITS: "🛣 Units",
    Setting.WHERE: "📍 Where it is",
    Setting.LEFT: "🚪 Left open",
}
ASKS: Mapping[Setting, str] = {
    Setting.QUESTIONS: "<b>How long can a question be answered?</b>\n"
    "Shorter is safer: a phone left on the table opens nothing.",
    Setting.REPORTS: "<b>How long do I wait for the car's report?</b>\n"
    "Then I say “Not confirmed”. A report that comes later is still shown.",
    Setting.LOCK: "<b>Should Lock ask first, too?</b>\nWithout asking it is faster.",
    Setting.NEWS: "<b>Which news do I send you?</b>\nTap to switch it on or off.\n"
    "That the car is moved, I see only if its location is shared: /where.",
    Setting.QUIET: "<b>When should I make no sound?</b>\nMessages still come, in silence.",
    Setting.ZONE: "<b>Where do you live?</b>\nDates that you write, quiet hours and the log go by it.",
    Setting.LOG: "<b>How long is the log kept?</b>\nWhat is older is deleted.",
    Setting.UNITS: "<b>Kilometres or miles?</b>",
    Setting.WHERE: "<b>Who may ask where the car is?</b>\n"
    "Each look is in the log, where everybody who may use the car sees it.",
    Setting.LEFT: "<b>After how long do I say that the car stands open or unlocked?</b>",
}
TOPICS: Mapping[Topic, str] = {
    Topic.OPENINGS: "somebody else opens the car",
    Topic.LEFT_UNLOCKED: "the car stays unlocked",
    Topic.REQUESTS: "somebody asks for access",
    Topic.JOINS: "somebody joins",
    Topic.ENDS: "a sign-in, a share or somebody's access ends",
    Topic.LEFT_OPEN: "something stays open",
    Topic.CHARGED: "charging has finished",
    Topic.CHARGE_TROUBLE: "the car does not charge",
    Topic.LOW: "battery or fuel is low",
    Topic.TYRES: "a tyre is low",
    Topic.MOVED: "the car is moved",
}
WANT_PLACE = "<b>Where do you live?</b>\nNext: write your city or a big one nearby, for example Berlin or New York."


def overview(it: Preferences, usual: OperatorDefaults, *, now: datetime, looks: int = 0) -> str:
    """Show all settings, and how often the bot has looked at the cars today to tell the owner of them."""
    return (
        "<b>Settings</b>\n"
        "Next: tap what you want to change.\n"
        f"• A question can be answered for {_span(it.prompt_seconds, usual.question)}\n"
        f"• I wait for the car's report for {_span(it.wait_seconds, usual.wait)}\n"
        f"• Lock {'asks first' if it.lock_asks else 'does not ask first'}\n"
        f"• {_told(it)}\n"
        f"• Quiet hours: {'none' if it.quiet is None else quiet(it.quiet)}\n"
        f"• Time zone: {name(place_of(it.zone_name))}, where it is {now.astimezone(it.zone):%H:%M}\n"
        f"• The log is kept for {it.log_days} days\n"
        f"• Distances in {'miles' if it.is_in_miles else 'kilometres'}\n"
        f"• Where the car is, {_ASKERS[it.where]} may ask\n"
        f"• Open or unlocked: I say so after {left(it.left_minutes)}{_looked(looks)}"
    )


def _told(it: Preferences) -> str:
    silent = [words for topic, words in TOPICS.items() if not it.tells(topic)]
    if len(silent) == len(TOPICS):
        return "News that I send you: none"
    return f"News that I send you: all{' but when ' if silent else ''}{'; '.join(silent)}"


def seconds(chosen: int | None, usual: timedelta) -> str:
    """Label a time to choose; None is the time that the operator of the bot has set."""
    return f"Usual: {duration(usual)}" if chosen is None else _span(chosen, usual)


def _span(chosen: int | None, usual: timedelta) -> str:
    return duration(usual if chosen is None else timedelta(seconds=chosen))


def lock(chosen: bool) -> str:
    """Label whether Lock asks first."""
    return "Ask first" if chosen else "At once"


def quiet(chosen: QuietHours | None) -> str:
    """Label quiet hours to choose."""
    return "None" if chosen is None else f"{chosen.begin}:00 to {chosen.end}:00"


def left(minutes: int) -> str:
    """Label how long a car may stand open, to choose."""
    return "1 hour" if minutes == 60 else f"{minutes} minutes"


def _looked(looks: int) -> str:
    return "" if not looks else f"\n• For such news I asked DIMO about your cars {count(looks, 'time')} today"


def units(chosen: bool | None) -> str:
    """Label units of distance to choose."""
    return "As usual where I live" if chosen is None else "Miles" if chosen else "Kilometres"


_ASKERS: Mapping[tuple[Role, ...], str] = {
    (): "only you",
    (Role.DRIVER,): "you and drivers",
    (Role.DRIVER, Role.GUEST): "you, drivers and guests",
}


def where(chosen: tuple[Role, ...]) -> str:
    """Label who may ask where a car is, to choose."""
    return {0: "Only me", 1: "Drivers, too", 2: "Drivers and guests"}[len(chosen)]


def days(number: int) -> str:
    """Label how long the log is kept."""
    return "1 year" if number == 365 else f"{number} days"


def zone_is(it: Preferences, *, now: datetime) -> str:
    """Say which time zone is used from now on."""
    return f"🌍 {name(place_of(it.zone_name))}, where it is {now.astimezone(it.zone):%H:%M}. /settings changes it."


def zone(zone_name: str, *, now: datetime) -> str:
    """Label a time zone: its city, and what its clocks show."""
    return f"{label(place_of(zone_name))} {now.astimezone(ZoneInfo(zone_name)):%H:%M}"


def which_place(zones: Sequence[str]) -> str:
    """Ask which of several places is meant."""
    listed = "\n".join(f"• {name(one)}" for one in zones)
    return f"<b>Which do you mean?</b>\n{listed}\nNext: tap it, or write another city."
