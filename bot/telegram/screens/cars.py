"""Screens of cars: the panel, the car's report, and the choice of a car."""

from collections.abc import Sequence
from datetime import datetime

from bot.domain.actions import Action
from bot.domain.ids import ChatId
from bot.domain.panels import Page
from bot.domain.pictures import picture_of
from bot.domain.reports import CarReport, Signal
from bot.domain.roles import ABILITY_FOR, Ability, Role, may
from bot.service.cars.accessible_cars import AccessibleCar
from bot.service.cars.panels import PanelView
from bot.telegram import texts
from bot.telegram.screens import buttons
from bot.telegram.screens.buttons import LINK, LINK_AGAIN, LOOK_AGAIN
from bot.telegram.texts.formatting import label
from bot.telegram.ui import taps
from bot.telegram.ui.screen import Button, Rows, Screen

_MOST_BUTTONS = 50
"""Cars to choose from in one message. Telegram allows a hundred buttons, and nobody reads so many."""

_OPEN_AND_CLOSE = (Action.LOCK, Action.UNLOCK)
_TRUNKS = (Action.TRUNK, Action.FRUNK)
_CHARGING = (Action.CHARGE_START, Action.CHARGE_STOP)
_LABELS_OF_MORE = {
    "cars": "🚗 Cars",
    "members": "👥 Members",
    "invite": "➕ Invite",
    "groups": "💬 Groups",
    "log": "📜 Log",
    "settings": "⚙️ Settings",
    "schedule": "🗓 Schedule",
    "help": "💡 Help",
}
"""The buttons that do what a command does."""

_FOR_OWNERS = (("members", "invite"), ("groups", "settings"))


def panel(it: PanelView, *, now: datetime) -> Screen:
    """The car's panel: its state at a glance, and the actions of the person's role, or all that else there is."""
    note = None
    if it.no_report is not None:
        note = texts.cars.no_report(it.no_report, car=it.car.name)
    elif it.is_looking:
        note = texts.cars.ASKING_THE_CAR
    rows = _more(it, now) if it.page is Page.MORE else _main(it, now)
    text = texts.cars.panel(it.car, it.report, note, now, fault=it.fault)
    return Screen(text, _with_renewal(rows, it.car))


def _main(it: PanelView, now: datetime) -> Rows:
    car = it.car
    last = (Button("🔄 Refresh", taps.RefreshPanel(car.id)), Button("☰ More", taps.TurnPanel(car.id, Page.MORE)))
    return (_actions(_OPEN_AND_CLOSE, car, now), (*_actions(_TRUNKS, car, now), *_charge(it, now)), last)


def _charge(it: PanelView, now: datetime) -> tuple[Button, ...]:
    """Start or Stop, as the car reports; a choice if it does not; nothing for a car that burns fuel only."""
    car, report = it.car, it.report or CarReport()
    possible = _actions(_CHARGING, car, now)
    charging = report.reading(Signal.CHARGING)
    if charging is not None:
        wanted = Action.CHARGE_STOP if charging.is_on else Action.CHARGE_START
        return tuple(button for button in possible if button.does == taps.Act(wanted, car.id))
    has_battery = report.reading(Signal.BATTERY_PERCENT) is not None
    if report.reading(Signal.FUEL_PERCENT) is not None and not has_battery:
        return ()
    return (Button("⚡ Charge", taps.ShowCharge(car.id)),) if possible else ()


def _more(it: PanelView, now: datetime) -> Rows:
    """Everything that is not on the first keyboard; in a group, what only the private chat shows is left out."""
    car = it.car
    where = (buttons.where(car.id),) if car.may_ask_where and not it.is_in_group else ()
    rows: list[tuple[Button, ...]] = [(buttons.codes(car.id), buttons.status(car.id), *where)]
    if not it.is_in_group and may(car.access, Ability.MEMBERS, now=now):
        rows += [tuple(_of_more(name) for name in row) for row in _FOR_OWNERS]
    last = [_of_more("log")] if not it.is_in_group else []
    if not it.is_in_group and may(car.access, Ability.SCHEDULE, now=now):
        rows.append((_of_more("schedule"), *last))
        last = []
    last += [_of_more("cars")] if car.is_one_of_several else []
    rows.append((*last, _of_more("help")))
    pin = Button("📌 Pin", taps.PinPanel(car.id))
    return (*rows, (Button("⬅️ Back", taps.TurnPanel(car.id, Page.MAIN)), pin))


def _of_more(name: str) -> Button:
    return buttons.command(_LABELS_OF_MORE[name], name)


def old_panel(*, has_newer: bool) -> Screen:
    """A panel that shows nothing any more."""
    return Screen(texts.cars.NEWER_PANEL if has_newer else texts.cars.PANEL_OVER)


def status(car: AccessibleCar, report: CarReport | None, note: str | None, now: datetime) -> Screen:
    """What a car last reported, in a picture, and in words with the time of each reading."""
    row = (buttons.act(Action.LOCK, car.id), Button("🔄 Refresh", taps.RefreshStatus(car.id)))
    week = Button(texts.week.OPEN, taps.ShowWeek(car.id))
    text = texts.cars.status(car, report, note, now)
    return Screen(text, _with_renewal((row, (week,)), car), picture=picture_of(report))


def charge(car: AccessibleCar, *, now: datetime) -> Screen:
    """Start and stop charging, side by side."""
    return Screen(texts.cars.charge(car), (_actions(_CHARGING, car, now),), is_separate=True)


def _actions(actions: Sequence[Action], car: AccessibleCar, now: datetime) -> tuple[Button, ...]:
    able = [one for one in actions if one not in car.cannot and may(car.access, ABILITY_FOR[one], now=now)]
    return tuple(buttons.act(one, car.id) for one in able)


def _with_renewal(rows: Rows, car: AccessibleCar) -> Rows:
    """Add the button that renews what has ended, for the owner alone: nobody else can renew it."""
    return (
        (*rows, (buttons.command(LINK_AGAIN.label, "link"),))
        if car.ended is not None and car.access.role is Role.OWNER
        else rows
    )


def choice(cars: Sequence[AccessibleCar], *, chat: ChatId, action: Action | None = None) -> Screen:
    """The cars to choose from, or the cars to do an action on; in the home chat DIMO can be asked for more."""
    if not cars:
        return Screen(texts.linking.NO_CARS, ((LINK, LOOK_AGAIN),))
    listed = cars[:_MOST_BUTTONS]
    sign = "🚗" if action is None else texts.actions.ACTION_WORDS[action].sign
    rows: Rows = tuple(
        (Button(f"{sign} {label(car.name)}", taps.ChooseCar(car.id) if action is None else taps.Act(action, car.id)),)
        for car in listed
    )
    if action is None and any(car.home == chat for car in cars):
        rows = (*rows, (LOOK_AGAIN,))
    question = texts.cars.WHICH if action is None else texts.actions.which_car(action)
    return Screen(texts.cars.choice(question, shown=len(listed), left_out=len(cars) - len(listed)), rows)
