"""The log as screens: which text, which buttons."""

from collections.abc import Mapping, Sequence

from bot.domain.actions import Action
from bot.domain.ids import PersonId
from bot.domain.log import ANYBODY, Wanted
from bot.service.actions.log import LogPage
from bot.telegram.texts import log as texts
from bot.telegram.texts.actions import ACTION_WORDS
from bot.telegram.texts.formatting import label
from bot.telegram.ui.screen import Button, Rows, Screen
from bot.telegram.ui.taps import ExportLog, FilterLog, TurnLog

_MOST_PEOPLE = 30


def page(it: LogPage) -> Screen:
    """A page of the log, the way to its neighbours, to a part of it, and to a file of it."""
    person, action = it.wanted.person, it.wanted.action
    turns: list[Button] = []
    if it.number:
        turns.append(Button("◀️ Newer", TurnLog(person, action, it.number - 1)))
    if it.has_older:
        turns.append(Button("Older ▶️", TurnLog(person, action, it.number + 1)))
    more = [Button("🔎 Filter", FilterLog(person, action))]
    if it.wanted != Wanted():
        more.append(Button("✖️ All lines", TurnLog(ANYBODY)))
    if it.lines:
        more.append(Button("📤 Export", ExportLog(person, action)))
    return Screen(texts.page(it), (tuple(turns), tuple(more)))


def choice(people: Mapping[PersonId, str], wanted: Wanted) -> Screen:
    """Whose lines, and about which action: the two go together. Who sees their own lines only has no people to choose."""
    persons: list[Button] = []
    if len(people) > 1:
        listed = [(ANYBODY, texts.EVERYBODY), *list(people.items())[:_MOST_PEOPLE]]
        persons = [_option(f"👤 {label(name)}", Wanted(one, wanted.action), wanted) for one, name in listed]
    actions = [_option(texts.EVERYTHING, Wanted(wanted.person, None), wanted)]
    actions += [_option(ACTION_WORDS[one].label, Wanted(wanted.person, one), wanted) for one in Action]
    return Screen(texts.CHOOSE, (*_by_two(persons), *_by_two(actions)))


def _option(words: str, it: Wanted, wanted: Wanted) -> Button:
    return Button(f"✅ {words}" if it == wanted else words, TurnLog(it.person, it.action))


def _by_two(buttons: Sequence[Button]) -> Rows:
    return tuple(tuple(buttons[at : at + 2]) for at in range(0, len(buttons), 2))
