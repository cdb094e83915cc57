"""News as screens: which text, which buttons."""

from collections.abc import Sequence
from datetime import datetime

from bot.domain.actions import Action
from bot.domain.ids import CarId
from bot.domain.notifications import AccessEnded, HasJoined, LeftUnlocked, NewsItem, Opening
from bot.telegram.texts import notifications as texts
from bot.telegram.texts.actions import ACTION_WORDS
from bot.telegram.texts.formatting import label
from bot.telegram.ui.screen import Button, Rows, Screen, Style
from bot.telegram.ui.taps import Act, ShowMembers

_MOST_CARS = 8


def news(items: Sequence[NewsItem], *, now: datetime) -> Screen:
    """What has happened, with a Lock for each car that was opened."""
    opened = {item.car: item.car_name for item in items if isinstance(item, Opening | LeftUnlocked)}
    rows: Rows = tuple((_lock(car, opened),) for car in list(opened)[:_MOST_CARS])
    if any(isinstance(item, HasJoined | AccessEnded) for item in items):
        rows = (*rows, (Button("👥 Members", ShowMembers()),))
    return Screen(texts.news(items, now=now), rows)


def _lock(car: CarId, opened: dict[CarId, str]) -> Button:
    """Name the car only where there are several."""
    words = ACTION_WORDS[Action.LOCK].label
    return Button(words if len(opened) == 1 else f"{words} {label(opened[car])}", Act(Action.LOCK, car), Style.SUCCESS)


def access_ended(owner_name: str, person_name: str | None) -> Screen:
    """The end of somebody's access, for themselves; in a group, where a name is needed, the owner's is not."""
    if person_name is None:
        return Screen(texts.your_access_ended(owner_name))
    return Screen(texts.access_ended_in_group(person_name))
