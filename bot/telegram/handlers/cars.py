"""The panel, the car's report, and the choice between several cars."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from bot.domain.ids import CarId, MessageId
from bot.domain.refusals import Reason
from bot.domain.reports import CarReport
from bot.service.actions.requests import ActionRequests
from bot.service.background import Background
from bot.service.cars.accessible_cars import AccessibleCar, AccessibleCars
from bot.service.cars.status import Status
from bot.service.declined import Declined
from bot.service.ports import Ask, Clock
from bot.telegram import screens, texts
from bot.telegram.requests import Said, Tapped
from bot.telegram.transport.chat import Chat, Posted
from bot.telegram.ui import taps
from bot.telegram.ui.screen import Screen

_FRESH = timedelta(seconds=10)

Render = Callable[[AccessibleCar, CarReport | None, str | None, datetime], Screen]
"""Makes the screen of a car from its report, a note about the report, and the time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CarHandlers:
    """The screens of cars. Each is shown at once; the car's report follows in the same message."""

    chat: Chat
    clock: Clock
    accessible_cars: AccessibleCars
    reports: Status
    actions: ActionRequests
    background: Background
    fault: Callable[[], Reason | None]
    """Returns the known fault of DIMO's that keeps commands from every car, if there is one."""

    async def panel(self, said: Said) -> None:
        """Show the panel of the car that is used in this chat."""
        await self._show_panel(said.ask, await self.accessible_cars.car(said.ask), None)

    async def _show_panel(self, ask: Ask, car: AccessibleCar, message: MessageId | None) -> None:
        """Show a panel; in the home chat it also leads to the family."""
        address = self.chat.group_address if ask.chat == car.home else None
        await self._show(ask, car, message, partial(screens.cars.panel, group_address=address, fault=self.fault()))

    async def status(self, said: Said) -> None:
        """Show what the car last reported."""
        await self._show_status(said.ask)

    async def show_status(self, tapped: Tapped, tap: taps.ShowStatus) -> None:
        """Show in a new message what a car last reported, so that an outcome can still be read."""
        await self._show_status(tapped.ask, tap.car)

    async def refresh_status(self, tapped: Tapped, tap: taps.RefreshStatus) -> None:
        """Ask for the car's report again, and show it in the same message."""
        await self._show_status(tapped.ask, tap.car, tapped.message)

    async def _show_status(self, ask: Ask, car: CarId | None = None, message: MessageId | None = None) -> None:
        await self._show(ask, await self.accessible_cars.car(ask, car), message, screens.cars.status)

    async def charge(self, said: Said) -> Screen:
        """Offer to start and to stop charging."""
        car = await self.accessible_cars.car(said.ask)
        self.actions.prepare(car.home, car.id)
        return screens.cars.charge(car, now=self.clock.now())

    async def list_cars(self, said: Said) -> Screen:
        """Show the cars to choose from."""
        cars = await self.accessible_cars.all(said.ask)
        return screens.cars.choice(cars, chat=said.ask.chat)

    async def show_cars(self, tapped: Tapped, _: taps.ShowCars) -> Screen | None:
        """Show the cars to choose from, or the panel if there is one car."""
        cars = await self.accessible_cars.all(tapped.ask)
        if len(cars) == 1:
            await self._show_panel(tapped.ask, cars[0], tapped.message)
            return None
        return screens.cars.choice(cars, chat=tapped.ask.chat)

    async def choose(self, tapped: Tapped, tap: taps.ChooseCar) -> None:
        """Use this car in this chat from now on, and show its panel."""
        car = await self.accessible_cars.choose(tapped.ask, tap.car)
        await self._show_panel(tapped.ask, car, tapped.message)

    async def _show(self, ask: Ask, car: AccessibleCar, message: MessageId | None, render: Render) -> None:
        self.actions.prepare(car.home, car.id)
        look = self.reports.remembered(car.home, car.id)
        is_fresh = look is not None and look.at > self.clock.now() - _FRESH
        note = None if is_fresh else texts.cars.ASKING_THE_CAR
        screen = render(car, look.report if look else None, note, self.clock.now())
        posted = await self.chat.post(ask.place, message, screen)
        if posted is not None and not is_fresh:
            self.background.start(self._fill_in(ask, car, posted, render), name="asking for a report")

    async def _fill_in(self, ask: Ask, car: AccessibleCar, posted: Posted, render: Render) -> None:
        """Put the report into a message, unless the message shows something else by then."""
        answer = await self.reports.look_or_why(car.home, car.id)
        try:
            known = await self.accessible_cars.car(ask, car.id)
        except Declined:
            return  # the person's access ended meanwhile
        note = None if isinstance(answer, CarReport) else texts.cars.no_report(answer, car=car.name)
        look = self.reports.remembered(car.home, car.id)
        report = answer if isinstance(answer, CarReport) else look.report if look else None
        screen = render(known, report, note, self.clock.now())
        await self.chat.post(posted.place, posted.message, screen, after=posted)
