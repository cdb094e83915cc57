"""The panel, the car's report, and the choice between several cars."""

from collections.abc import Callable
from datetime import datetime, timedelta

from bot.domain.ids import ChatId, MessageId
from bot.domain.refusals import Reason
from bot.domain.reports import CarReport
from bot.service.actions.requests import ActionRequests
from bot.service.background import Background
from bot.service.cars.accessible_cars import AccessibleCar, AccessibleCars
from bot.service.cars.status import Status
from bot.service.declined import Declined
from bot.service.ports import Ask, Clock
from bot.telegram.gate import Said, Tapped
from bot.telegram.screens import actions as screens
from bot.telegram.texts import help as pages
from bot.telegram.texts.formatting import name
from bot.telegram.texts.refusals import REFUSALS
from bot.telegram.transport.chat import Chat
from bot.telegram.transport.pending_edits import PendingEdits
from bot.telegram.ui.screen import Screen
from bot.telegram.ui.taps import ChooseCar, RefreshStatus, ShowCars, ShowStatus

_FRESH = timedelta(seconds=10)

Render = Callable[[AccessibleCar, CarReport | None, str | None, datetime], Screen]


def _status(car: AccessibleCar, report: CarReport | None, note: str | None, now: datetime) -> Screen:
    return screens.status(car, report, note=note, now=now)


class CarHandlers:
    """What is shown of cars. A screen comes at once; the car's report follows in the same message."""

    def __init__(
        self,
        *,
        chat: Chat,
        clock: Clock,
        garage: AccessibleCars,
        status: Status,
        actions: ActionRequests,
        background: Background,
    ) -> None:
        self._chat = chat
        self._clock = clock
        self._garage = garage
        self._status = status
        self._actions = actions
        self._background = background
        self._marks = PendingEdits()

    async def panel(self, said: Said) -> None:
        """Show the panel of the car that the chat means."""
        car = await self._garage.car(said.ask)
        await self._show(said.ask, car, None, self._panel(said.ask.chat, car))

    def _panel(self, chat: ChatId, car: AccessibleCar) -> Render:
        """Let the home chat's panel offer what is about the family."""
        address = self._chat.group_address if chat == car.home else None

        def render(car: AccessibleCar, report: CarReport | None, note: str | None, now: datetime) -> Screen:
            return screens.panel(car, report, note=note, now=now, group_address=address)

        return render

    async def status(self, said: Said) -> None:
        """Show what the car last reported."""
        car = await self._garage.car(said.ask)
        await self._show(said.ask, car, None, _status)

    async def show_status(self, tapped: Tapped, tap: ShowStatus) -> None:
        """Show in a new message what a car last reported, so that an outcome stays to be read."""
        car = await self._garage.car(tapped.ask, tap.car)
        await self._show(tapped.ask, car, None, _status)

    async def refresh_status(self, tapped: Tapped, tap: RefreshStatus) -> None:
        """Ask the car's report again, in the message that shows it."""
        car = await self._garage.car(tapped.ask, tap.car)
        await self._show(tapped.ask, car, tapped.message, _status)

    async def charge(self, said: Said) -> None:
        """Offer to start and to stop charging."""
        car = await self._garage.car(said.ask)
        self._actions.warm(car.home, car.id)
        await self._chat.say(said.ask.chat, screens.charge(car, now=self._clock.now()))

    async def cars(self, said: Said) -> None:
        """Show the cars to choose from."""
        await self._choice(said.ask, None)

    async def show_cars(self, tapped: Tapped, _: ShowCars) -> None:
        """Show the cars to choose from, or the panel where there is one car."""
        await self._choice(tapped.ask, tapped.message, skip_single=True)

    async def _choice(self, ask: Ask, message: MessageId | None, *, skip_single: bool = False) -> None:
        cars = await self._garage.all(ask)
        if skip_single and len(cars) == 1:
            await self._show(ask, cars[0], message, self._panel(ask.chat, cars[0]))
            return
        if message is not None:
            self._marks.drop(ask.chat, message)  # a late report must not take the choice's place
        await self._chat.show(ask.chat, message, screens.choice(cars, chat=ask.chat))

    async def choose(self, tapped: Tapped, tap: ChooseCar) -> None:
        """Mean this car from here on, and show its panel in place."""
        car = await self._garage.choose(tapped.ask, tap.car)
        await self._show(tapped.ask, car, tapped.message, self._panel(tapped.ask.chat, car))

    async def _show(self, ask: Ask, car: AccessibleCar, message: MessageId | None, render: Render) -> None:
        self._actions.warm(car.home, car.id)
        look = self._status.remembered(car.home, car.id)
        is_fresh = look is not None and look.at > self._clock.now() - _FRESH
        note = None if is_fresh else pages.ASKING_THE_CAR
        screen = render(car, look.report if look else None, note, self._clock.now())
        shown = await self._chat.show(ask.chat, message, screen)
        if shown is not None and not is_fresh:
            mark = self._marks.put(ask.chat, shown)
            work = self._fill_in(ask, car, shown, render, mark)
            self._background.start(work, name="asking for a report")

    async def _fill_in(self, ask: Ask, car: AccessibleCar, message: MessageId, render: Render, mark: object) -> None:
        """Put the report into a message, unless that shows something else by then."""
        answer = await self._status.look_or_why(car.home, car.id)
        if not self._marks.take(ask.chat, message, mark):
            return
        try:
            known = await self._garage.car(ask, car.id)
        except Declined:
            return  # the person's access ended meanwhile: nothing more is told
        look = self._status.remembered(car.home, car.id)
        report = answer if isinstance(answer, CarReport) else look.report if look else None
        screen = render(known, report, _note(answer, car), self._clock.now())
        await self._chat.show(ask.chat, message, screen)


def _note(answer: CarReport | Reason, car: AccessibleCar) -> str | None:
    if isinstance(answer, CarReport):
        return None
    return f"{pages.NO_REPORT} {REFUSALS[answer].why.format(car=name(car.name))}"
