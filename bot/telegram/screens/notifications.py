"""Screens of notifications."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from bot.domain.actions import Action
from bot.domain.ids import CarId
from bot.domain.notifications import AccessEnded, AccessLost, CarLeft, MemberJoined, NewsItem, Opening
from bot.telegram import texts
from bot.telegram.screens import buttons
from bot.telegram.texts.formatting import label
from bot.telegram.ui.screen import Button, Screen

_MOST_CARS = 8


def news(items: Sequence[NewsItem], *, now: datetime) -> Screen:
    """What has happened, with a Lock for each car that was opened; it names the car if there are several."""
    opened = {item.car: item.car_name for item in items if isinstance(item, Opening)}
    rows = [(_lock(car, name if len(opened) > 1 else None),) for car, name in list(opened.items())[:_MOST_CARS]]
    if any(isinstance(item, MemberJoined | AccessEnded) for item in items):
        rows.append((buttons.MEMBERS,))
    return Screen(texts.notifications.news(items, now=now), tuple(rows))


def _lock(car: CarId, car_name: str | None) -> Button:
    button = buttons.act(Action.LOCK, car)
    return button if car_name is None else replace(button, label=f"{button.label} {label(car_name)}")


def access_ended(it: AccessLost) -> Screen:
    """The end of a person's access, for that person; a group learns the person's name, and not the owner's."""
    if it.person_name is None:
        return Screen(texts.notifications.your_access_ended(it.owner_name, it.how))
    return Screen(texts.notifications.access_ended_in_group(it.person_name))


def car_left(it: CarLeft) -> Screen:
    """Say that a car has another owner; only the owner of the home it left gets the button that links."""
    return Screen(texts.notifications.car_left(it), ((buttons.LINK,),) if it.is_owner else ())
