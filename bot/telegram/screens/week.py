"""The screen of a car's last seven days."""

from datetime import datetime

from bot.service.cars.history import CarWeek
from bot.telegram import texts
from bot.telegram.screens import buttons
from bot.telegram.ui.screen import Screen


def week(it: CarWeek, *, now: datetime) -> Screen:
    """A plot, and the same in words."""
    text, row = texts.week.week(it, now=now), (buttons.status(it.car),)
    return Screen(text, (row,), is_separate=True, picture=it.week.picture(it.zone, miles=it.is_in_miles))
