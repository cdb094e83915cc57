"""The settings of a home as screens: one message, with a screen for each setting."""

from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from bot.domain.preferences import (
    LOCK_CHOICES,
    LOG_DAYS,
    NEWS_CHOICES,
    PROMPT_CHOICES,
    QUIET_CHOICES,
    WAIT_CHOICES,
    Preferences,
    Setting,
    Topic,
)
from bot.domain.zones import COMMON_ZONES
from bot.service.family.settings import Usual
from bot.telegram.texts import settings as texts
from bot.telegram.ui.screen import Button, Rows, Screen
from bot.telegram.ui.taps import SetSetting, SetZone, ShowSettings

_BACK = Button("⬅️ Settings", ShowSettings())


def overview(it: Preferences, usual: Usual, *, now: datetime) -> Screen:
    """All settings, each with a way to change it."""
    buttons = [Button(words, ShowSettings(setting)) for setting, words in texts.LABELS.items()]
    return Screen(texts.overview(it, usual, now=now), _by_two(buttons))


def one(setting: Setting, it: Preferences, usual: Usual, *, now: datetime) -> Screen:
    """One setting with its choices; the one that holds is marked."""
    rows = _by_two(_zones(it, now)) if setting is Setting.ZONE else _choices(setting, it, usual)
    return Screen(texts.ask(setting), (*rows, (_BACK,)))


def _choices(setting: Setting, it: Preferences, usual: Usual) -> Rows:
    match setting:
        case Setting.QUESTIONS:
            labels = [texts.seconds(choice, usual.question) for choice in PROMPT_CHOICES]
            return _by_two(_marked(setting, labels, PROMPT_CHOICES.index(it.prompt_seconds)))
        case Setting.REPORTS:
            labels = [texts.seconds(choice, usual.wait) for choice in WAIT_CHOICES]
            return _by_two(_marked(setting, labels, WAIT_CHOICES.index(it.wait_seconds)))
        case Setting.LOCK:
            labels = [texts.LOCK_WORDS[choice] for choice in LOCK_CHOICES]
            return _by_two(_marked(setting, labels, LOCK_CHOICES.index(it.lock_asks)))
        case Setting.QUIET:
            labels = [texts.quiet(choice) for choice in QUIET_CHOICES]
            return _by_two(_marked(setting, labels, QUIET_CHOICES.index(it.quiet)))
        case Setting.LOG:
            labels = [texts.days(choice) for choice in LOG_DAYS]
            return _by_two(_marked(setting, labels, LOG_DAYS.index(it.log_days)))
        case Setting.NEWS | Setting.ZONE:
            return tuple((_switch(topic, is_on=it.tells(topic)),) for topic in Topic)


def _marked(setting: Setting, labels: Sequence[str], chosen: int) -> list[Button]:
    return [
        Button(f"✅ {words}" if place == chosen else words, SetSetting(setting, place))
        for place, words in enumerate(labels)
    ]


def _switch(topic: Topic, *, is_on: bool) -> Button:
    """A topic with what a tap makes of it: two taps in a row are one."""
    words = texts.TOPICS[topic].capitalize() if topic is not Topic.ENDS else "A sign-in, share or access ends"
    return Button(
        f"{'✅' if is_on else '🔕'} {words}",
        SetSetting(Setting.NEWS, NEWS_CHOICES.index((topic, not is_on))),
    )


def _zones(it: Preferences, now: datetime) -> list[Button]:
    shown = list(dict.fromkeys([*COMMON_ZONES, it.zone_name]))
    buttons = [
        Button(("✅ " if zone == it.zone_name else "") + texts.zone(zone, now=now), SetZone(zone))
        for zone in shown
        if _is_known(zone)
    ]
    return [*buttons, Button("✏️ Another…", ShowSettings("place"))]


def _is_known(zone: str) -> bool:
    try:
        ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True


def want_place() -> Screen:
    """The question for a city."""
    return Screen(texts.WANT_PLACE, ((Button("⬅️ Time zone", ShowSettings(Setting.ZONE)),),))


def which_place(zones: Sequence[str], *, now: datetime) -> Screen:
    """The question which of several places was meant."""
    buttons = [Button(texts.zone(zone, now=now), SetZone(zone)) for zone in zones]
    return Screen(texts.which_place(zones), (*_by_two(buttons), (_BACK,)))


def _by_two(buttons: Sequence[Button]) -> Rows:
    return tuple(tuple(buttons[at : at + 2]) for at in range(0, len(buttons), 2))
