"""The panel, the car's report, and the choice between several cars."""

from dataclasses import dataclass, replace
from datetime import timedelta

from bot.domain.actions import Action
from bot.domain.ids import CarId, MessageId
from bot.domain.reports import CarReport
from bot.service.actions.requests import ActionRequests
from bot.service.background import Background
from bot.service.cars.accessible_cars import AccessibleCar, AccessibleCars
from bot.service.cars.history import History
from bot.service.cars.panels import Panels
from bot.service.cars.status import Status
from bot.service.declined import Declined
from bot.service.ports import Ask, Clock
from bot.telegram import screens, texts
from bot.telegram.requests import Said, Tapped
from bot.telegram.transport.chat import Chat, Posted
from bot.telegram.ui import taps
from bot.telegram.ui.screen import Screen

_FRESH = timedelta(seconds=10)


@dataclass(frozen=True, slots=True, kw_only=True)
class CarHandlers:
    """The panel, the car's report, and the choice between several cars."""

    chat: Chat
    clock: Clock
    accessible_cars: AccessibleCars
    reports: Status
    history: History
    actions: ActionRequests
    panels: Panels
    background: Background

    async def panel(self, said: Said) -> None:
        """Show the panel of the car that the person uses in this chat."""
        await self._open(said.ask, await self.accessible_cars.car(said.ask), None)

    async def refresh(self, tapped: Tapped, tap: taps.RefreshPanel) -> None:
        """Ask for the car's report again, and show it in the panel."""
        await self._open(tapped.ask, await self.accessible_cars.car(tapped.ask, tap.car), tapped.message, looks=True)

    async def turn(self, tapped: Tapped, tap: taps.TurnPanel) -> None:
        """Show the other keyboard of the panel."""
        car = await self.accessible_cars.car(tapped.ask, tap.car)
        await self.panels.open(tapped.ask, car, tapped.message, page=tap.page)

    async def pin(self, tapped: Tapped, tap: taps.PinPanel) -> Screen | None:
        """Pin the panel, or say what the bot needs for that."""
        await self.accessible_cars.car(tapped.ask, tap.car)
        if tapped.message is None or await self.chat.pin(tapped.ask.chat, tapped.message):
            return None
        return Screen(texts.cars.MAY_NOT_PIN, is_separate=True)

    async def _open(self, ask: Ask, car: AccessibleCar, message: MessageId | None, *, looks: bool = False) -> None:
        self.actions.prepare(car.home, car.id)
        await self.panels.open(ask, car, message, looks=looks)

    async def status(self, said: Said) -> None:
        """Show what the car last reported."""
        await self._show_status(said.ask)

    async def show_status(self, tapped: Tapped, tap: taps.ShowStatus) -> None:
        """Show in a new message what a car last reported, so that an outcome can still be read."""
        await self._show_status(tapped.ask, tap.car)

    async def refresh_status(self, tapped: Tapped, tap: taps.RefreshStatus) -> None:
        """Ask for the car's report again, and show it in the same message."""
        await self._show_status(tapped.ask, tap.car, tapped.message)

    async def show_week(self, tapped: Tapped, tap: taps.ShowWeek) -> Screen:
        """Show in a new message the last seven days of a car."""
        return screens.week.week(await self.history.week(tapped.ask, tap.car), now=self.clock.now())

    async def _show_status(self, ask: Ask, car: CarId | None = None, message: MessageId | None = None) -> None:
        await self._show(ask, await self.accessible_cars.car(ask, car), message)

    async def charge(self, said: Said) -> Screen:
        """Offer to start and to stop charging."""
        return self._charge(await self.accessible_cars.car(said.ask))

    async def show_charge(self, tapped: Tapped, tap: taps.ShowCharge) -> Screen:
        """Offer to start and to stop charging a car that does not report which it does."""
        return self._charge(await self.accessible_cars.car(tapped.ask, tap.car))

    def _charge(self, car: AccessibleCar) -> Screen:
        self.actions.prepare(car.home, car.id)
        return screens.cars.charge(car, now=self.clock.now())

    async def list_cars(self, said: Said) -> Screen:
        """Show the cars to choose from."""
        return await self.choice(said.ask)

    async def choice(self, ask: Ask, action: Action | None = None) -> Screen:
        """Return the choice between the person's cars, from now on or for one action."""
        return screens.cars.choice(await self.accessible_cars.all(ask), chat=ask.chat, action=action)

    async def show_cars(self, tapped: Tapped, _: taps.ShowCars) -> Screen:
        """Show the cars to choose from in a new message; a panel that has the button stays."""
        return replace(await self.choice(tapped.ask), is_separate=True)

    async def show_found(self, tapped: Tapped) -> Screen | None:
        """Show the cars to choose from, or the panel if there is one car, in the message that has the button."""
        cars = await self.accessible_cars.all(tapped.ask)
        if len(cars) == 1:
            await self._open(tapped.ask, cars[0], tapped.message)
            return None
        return screens.cars.choice(cars, chat=tapped.ask.chat)

    async def choose(self, tapped: Tapped, tap: taps.ChooseCar) -> None:
        """Use this car from now on, and show its panel."""
        await self._open(tapped.ask, await self.accessible_cars.choose(tapped.ask, tap.car), tapped.message)

    async def _show(self, ask: Ask, car: AccessibleCar, message: MessageId | None) -> None:
        """Show a car's report at once; what the car says now follows in the same message."""
        self.actions.prepare(car.home, car.id)
        look = self.reports.remembered(car.home, car.id)
        is_fresh = look is not None and look.at > self.clock.now() - _FRESH
        note = None if is_fresh else texts.cars.ASKING_THE_CAR
        screen = screens.cars.status(car, look.report if look else None, note, self.clock.now())
        posted = await self.chat.post(ask.place, message, screen)
        if posted is not None and not is_fresh:
            self.background.start(self._fill_in(ask, car, posted), name="asking for a report")

    async def _fill_in(self, ask: Ask, car: AccessibleCar, posted: Posted) -> None:
        """Put the report into a message, unless the message shows something else by then."""
        answer = await self.reports.look_or_why(car.home, car.id)
        try:
            known = await self.accessible_cars.car(ask, car.id)
        except Declined:
            return  # the person's access ended meanwhile
        note = None if isinstance(answer, CarReport) else texts.cars.no_report(answer, car=car.name)
        look = self.reports.remembered(car.home, car.id)
        report = answer if isinstance(answer, CarReport) else look.report if look else None
        screen = screens.cars.status(known, report, note, self.clock.now())
        await self.chat.post(posted.place, posted.message, screen, after=posted)
