"""Screens of the log: its pages, and the choice of a part of it."""

from collections.abc import Mapping
from datetime import datetime

from bot.domain.actions import Action
from bot.domain.ids import PersonId
from bot.domain.log import ANYBODY, LogFilter
from bot.service.actions.log import LogPage
from bot.telegram import texts
from bot.telegram.screens.buttons import by_two, option, turn
from bot.telegram.texts.formatting import label
from bot.telegram.ui import taps
from bot.telegram.ui.screen import Button, Screen

_MOST_PEOPLE = 30


def page(it: LogPage, *, now: datetime) -> Screen:
    """A page of the log, with buttons for its neighbours, a filter if there is something to filter, and a file."""
    person, action = it.wanted.person, it.wanted.action
    newer = taps.TurnLog(person, action, it.number - 1) if it.number else None
    older = taps.TurnLog(person, action, it.number + 1) if it.has_older else None
    more = [Button("🔎 Filter", taps.FilterLog(person, action))] if it.lines or it.wanted != LogFilter() else []
    if it.wanted != LogFilter():
        more.append(Button("✖️ All lines", taps.TurnLog(ANYBODY)))
    if it.lines:
        more.append(Button("📤 Export", taps.ExportLog(person, action)))
    return Screen(texts.log.page(it, now=now), (turn(newer, older, ("◀️ Newer", "Older ▶️")), tuple(more)))


def choice(people: Mapping[PersonId, str], wanted: LogFilter) -> Screen:
    """The choice of a person and an action, which can be combined; without people if all lines are one person's."""
    listed = {ANYBODY: texts.log.EVERYBODY, **dict(list(people.items())[:_MOST_PEOPLE])} if len(people) > 1 else {}
    persons = [_option(f"👤 {label(name)}", LogFilter(one, wanted.action), wanted) for one, name in listed.items()]
    words = texts.actions.ACTION_WORDS
    labels: Mapping[Action | None, str] = {None: texts.log.EVERYTHING} | {one: words[one].label for one in Action}
    actions = [_option(label, LogFilter(wanted.person, action), wanted) for action, label in labels.items()]
    return Screen(texts.log.CHOOSE, (*by_two(persons), *by_two(actions)))


def _option(label: str, it: LogFilter, wanted: LogFilter) -> Button:
    return option(label, taps.TurnLog(it.person, it.action), is_chosen=it == wanted)
