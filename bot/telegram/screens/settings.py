"""Screens of the settings of a home: one message, with a screen for each setting."""

from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial
from typing import TypeVar
from zoneinfo import ZoneInfo

from bot.domain import preferences
from bot.domain.preferences import Preferences, Setting, Topic
from bot.domain.zones import COMMON_ZONES, LIKELIEST_ZONES
from bot.service.family.settings import OperatorDefaults
from bot.telegram import texts
from bot.telegram.screens.buttons import SHOW_CAR, by_two, option
from bot.telegram.ui import taps
from bot.telegram.ui.screen import Button, Rows, Screen

T = TypeVar("T")

_BACK = Button("⬅️ Settings", taps.ShowSettings())


def overview(it: Preferences, usual: OperatorDefaults, *, now: datetime, looks: int) -> Screen:
    """All settings, each with a button to change it."""
    buttons = [Button(words, taps.ShowSettings(setting)) for setting, words in texts.settings.LABELS.items()]
    return Screen(texts.settings.overview(it, usual, now=now, looks=looks), by_two(buttons))


def one(setting: Setting, it: Preferences, usual: OperatorDefaults, *, now: datetime) -> Screen:
    """One setting with its choices; the present one is marked."""
    if setting is Setting.NEWS:
        rows: Rows = tuple((_switch(topic, is_on=it.tells(topic)),) for topic in Topic)
    elif setting is Setting.ZONE:
        rows = by_two(_zones(it, now))
    else:
        rows = _choices(setting, it, usual)
    return Screen(texts.settings.ASKS[setting], (*rows, (_BACK,)))


def _choices(setting: Setting, it: Preferences, usual: OperatorDefaults) -> Rows:
    seconds = texts.settings.seconds
    match setting:
        case Setting.QUESTIONS:
            return _options(
                setting, preferences.PROMPT_CHOICES, it.prompt_seconds, partial(seconds, usual=usual.question)
            )
        case Setting.REPORTS:
            return _options(setting, preferences.WAIT_CHOICES, it.wait_seconds, partial(seconds, usual=usual.wait))
        case Setting.LOCK:
            return _options(setting, preferences.LOCK_CHOICES, it.lock_asks, texts.settings.lock)
        case Setting.QUIET:
            return _options(setting, preferences.QUIET_CHOICES, it.quiet, texts.settings.quiet)
        case Setting.LOG:
            return _options(setting, preferences.LOG_DAYS, it.log_days, texts.settings.days)
        case Setting.LEFT:
            return _options(setting, preferences.LEFT_CHOICES, it.left_minutes, texts.settings.left)
        case Setting.WHERE:
            return _options(setting, preferences.WHERE_CHOICES, it.where, texts.settings.where)
        case _:
            return _options(setting, preferences.UNIT_CHOICES, it.miles, texts.settings.units)


def _options(setting: Setting, values: Sequence[T], chosen: T, words: Callable[[T], str]) -> Rows:
    options = [(words(value), taps.SetSetting(setting, place), value == chosen) for place, value in enumerate(values)]
    return by_two([option(label, does, is_chosen=is_chosen) for label, does, is_chosen in options])


def _switch(topic: Topic, *, is_on: bool) -> Button:
    """A topic with the value that a tap gives it, so that two taps in a row do the same as one."""
    words = texts.settings.TOPICS[topic].capitalize() if topic is not Topic.ENDS else "A sign-in, share or access ends"
    place = preferences.NEWS_CHOICES.index((topic, not is_on))
    return Button(f"{'✅' if is_on else '🔕'} {words}", taps.SetSetting(Setting.NEWS, place))


def _zones(it: Preferences, now: datetime) -> list[Button]:
    zones = dict.fromkeys([*COMMON_ZONES, it.zone_name])
    known = [zone for zone in zones if isinstance(Preferences(zone_name=zone).zone, ZoneInfo)]
    labels = {zone: texts.settings.zone(zone, now=now) for zone in known}
    buttons = [option(words, taps.SetZone(zone), is_chosen=zone == it.zone_name) for zone, words in labels.items()]
    return [*buttons, Button("✏️ Another…", taps.ShowSettings("place"))]


def first_zones(now: datetime) -> Rows:
    """The choice after linking: the likeliest places with what time it is there, and another one, each in its row."""
    zones = [(Button(texts.settings.zone(zone, now=now), taps.SetFirstZone(zone)),) for zone in LIKELIEST_ZONES]
    return (*zones, (Button("✏️ Other city", taps.ShowSettings("place")),))


def zone_is(it: Preferences, *, now: datetime) -> Screen:
    """Which time zone is used from now on."""
    return Screen(texts.settings.zone_is(it, now=now), ((SHOW_CAR,),))


def want_place() -> Screen:
    """The question for a city."""
    return Screen(texts.settings.WANT_PLACE, ((Button("⬅️ Time zone", taps.ShowSettings(Setting.ZONE)),),))


def which_place(zones: Sequence[str], *, now: datetime) -> Screen:
    """The question about which of several places is meant."""
    buttons = [Button(texts.settings.zone(zone, now=now), taps.SetZone(zone)) for zone in zones]
    return Screen(texts.settings.which_place(zones), (*by_two(buttons), (_BACK,)))
