"""Screens of cars: the panel, the car's report, and the choice of a car."""

from collections.abc import Sequence
from datetime import datetime

from bot.domain.actions import Action
from bot.domain.ids import ChatId
from bot.domain.refusals import Reason
from bot.domain.reports import CarReport
from bot.domain.roles import ABILITY_FOR, Ability, may
from bot.service.cars.accessible_cars import AccessibleCar
from bot.telegram import texts
from bot.telegram.screens import buttons
from bot.telegram.screens.buttons import LINK, LOOK_AGAIN, with_link
from bot.telegram.texts.formatting import label
from bot.telegram.ui import taps
from bot.telegram.ui.screen import Button, Rows, Screen

_MOST_BUTTONS = 50
"""Cars to choose from in one message. Telegram allows a hundred buttons, and nobody reads so many."""

_CHARGING = (Action.CHARGE_START, Action.CHARGE_STOP)
_PANEL = ((Action.LOCK, Action.UNLOCK), (Action.FRUNK, Action.TRUNK), _CHARGING)


def panel(
    car: AccessibleCar,
    report: CarReport | None,
    note: str | None,
    now: datetime,
    *,
    group_address: str | None = None,
    fault: Reason | None = None,
) -> Screen:
    """The car's panel: its name, its last report, and every action of the person's role."""
    rows = [_actions([action for action in row if action not in car.cannot], car, now) for row in _PANEL]
    last = [buttons.status(car.id), buttons.codes(car.id)]
    if car.is_one_of_several:
        last.append(Button("🚗 Cars", taps.ShowCars()))
    family: list[Button] = []
    if group_address is not None and may(car.access, Ability.MEMBERS, now=now):
        family = [buttons.MEMBERS, Button("💬 Share in a group", group_address)]
    impossible = [texts.actions.ACTION_WORDS[action].noun for action in Action if action in car.cannot]
    text = texts.cars.panel(car, report, note, now, impossible=impossible, fault=fault)
    return Screen(text, with_link((*rows, tuple(last), tuple(family)), car.ended))


def status(car: AccessibleCar, report: CarReport | None, note: str | None, now: datetime) -> Screen:
    """What a car last reported."""
    row = (buttons.act(Action.LOCK, car.id), Button("🔄 Status", taps.RefreshStatus(car.id)))
    return Screen(texts.cars.status(car, report, note, now), with_link((row,), car.ended))


def charge(car: AccessibleCar, *, now: datetime) -> Screen:
    """Start and stop charging, side by side."""
    return Screen(texts.cars.charge(car), with_link((_actions(_CHARGING, car, now),), car.ended))


def _actions(actions: Sequence[Action], car: AccessibleCar, now: datetime) -> tuple[Button, ...]:
    allowed = [action for action in actions if may(car.access, ABILITY_FOR[action], now=now)]
    return tuple(buttons.act(action, car.id) for action in allowed)


def choice(cars: Sequence[AccessibleCar], *, chat: ChatId) -> Screen:
    """The cars to choose from; in the home chat DIMO can be asked for more."""
    if not cars:
        return Screen(texts.linking.NO_CARS, ((Button("🔑 Link", LINK.does), LOOK_AGAIN),))
    listed = cars[:_MOST_BUTTONS]
    rows: Rows = tuple((Button(f"🚗 {label(car.name)}", taps.ChooseCar(car.id)),) for car in listed)
    if any(car.home == chat for car in cars):
        rows = (*rows, (LOOK_AGAIN,))
    ended = next((car.ended for car in cars if car.ended), None)
    text = texts.cars.choice(shown=len(listed), left_out=len(cars) - len(listed), what_ended=ended)
    return Screen(text, with_link(rows, ended))
