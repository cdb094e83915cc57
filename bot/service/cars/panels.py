"""The live panel: the newest one of each chat is edited whenever what it shows has changed."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import timedelta
from functools import partial

from bot.domain.ids import CarId, ChatId, MessageId, PersonId
from bot.domain.panels import Page
from bot.domain.places import place_of
from bot.domain.refusals import Reason
from bot.domain.reports import CarReport
from bot.service.background import Background
from bot.service.cars.accessible_cars import AccessibleCar, AccessibleCars
from bot.service.cars.status import Status
from bot.service.declined import Declined
from bot.service.ports import Announcer, Ask, Clock, Person, Reach, Spot
from storage import Database, Panel, Tx
from storage.repositories import panels

_FRESH = timedelta(seconds=10)
"""How old a look may be for the car not to be asked again when somebody opens its panel."""
_MOST_REMEMBERED = 1000


@dataclass(frozen=True, slots=True)
class PanelView:
    """What a panel shows."""

    car: AccessibleCar
    report: CarReport | None
    page: Page = Page.MAIN
    is_in_group: bool = False
    is_looking: bool = False
    """Whether the car is being asked for its report."""
    fault: Reason | None = None
    """The known fault of DIMO's that keeps commands from every car."""
    no_report: Reason | None = None
    """Why the last look brought no report."""


@dataclass(frozen=True, slots=True)
class OldPanel:
    """A panel that shows nothing any more, because there is a newer one or the car can't be used."""

    has_newer: bool


@dataclass(kw_only=True, slots=True)
class Panels:
    """Shows panels, and keeps the newest one of each chat up to date."""

    db: Database
    clock: Clock
    announcer: Announcer
    accessible_cars: AccessibleCars
    status: Status
    background: Background
    fault: Callable[[], Reason | None]
    _shown: dict[ChatId, tuple[MessageId, PanelView]] = field(default_factory=dict, init=False)
    _due: dict[CarId, bool] = field(default_factory=dict, init=False)
    """The cars whose panels are being edited, and whether they must be edited once more after that."""

    async def open(
        self,
        ask: Ask,
        car: AccessibleCar,
        message: MessageId | None,
        *,
        page: Page = Page.MAIN,
        looks: bool = False,
    ) -> None:
        """Show a car's panel in a message, or in a new one; it follows every report of the car from then on.

        `looks` asks the car even if its last report is fresh. A report that is not may be older than the one that the
        message shows, which another process has put there.
        """
        look = self.status.remembered(car.home, car.id)
        is_looking = looks or look is None or look.at <= self.clock.now() - _FRESH
        await self._show_first(ask, message, self._view(ask.chat, car, page, is_looking=is_looking))
        if is_looking:
            self.background.start(self._look(ask, car), name="asking for a report")

    def changed(self, car: CarId) -> None:
        """Edit, in the background, the panels that show a car; several changes in a row may be one edit."""
        if car in self._due:
            self._due[car] = True
            return
        self._due[car] = False
        self.background.start(self._edit_all(car), name="editing panels")

    def home_changed(self, home: ChatId) -> None:
        """End, in the background, the panels of those who may not use a home's cars any more."""
        self.background.start(self._edit_found(partial(panels.of_home, home_chat_id=home)), name="ending panels")

    async def end_forgotten(self) -> None:
        """End the panels whose home was unlinked when an earlier run could not do that any more."""
        await self._edit_found(panels.without_home)

    async def _edit_found(self, find: Callable[[Tx], list[Panel]]) -> None:
        await asyncio.gather(*(self._edit(panel) for panel in await self.db.read(find)))

    def _view(self, chat: ChatId, car: AccessibleCar, page: Page, *, is_looking: bool = False) -> PanelView:
        look = self.status.remembered(car.home, car.id)
        report = look.report if look else None
        return PanelView(car, report, page, is_in_group=chat < 0, is_looking=is_looking, fault=self.fault())

    async def _show_first(self, ask: Ask, message: MessageId | None, view: PanelView) -> None:
        """Show a panel and make it the chat's newest; the one before it shows nothing any more."""
        message = await self._newest(ask.chat, message)
        shown = await self.announcer.show(Spot(ask.chat, message, ask.place), view)
        if shown.message is None or shown.reach is not Reach.SHOWN:
            return
        chat = shown.chat or ask.chat
        thread = ask.thread if chat == ask.chat else None
        car = view.car
        panel = Panel(chat, shown.message, thread, car.home, car.id, int(ask.person.id), view.page.value)
        older = await self.db.run(partial(panels.put, panel=panel))
        if older != panel:
            self._note(chat, shown.message, view)
        if older is not None:
            await self.announcer.update(_spot(older), OldPanel(has_newer=True))

    async def _newest(self, chat: ChatId, message: MessageId | None) -> MessageId | None:
        """Return the newest panel of a chat in place of an older one, of which a button was tapped before it ended."""
        panel = None if message is None else await self.db.read(partial(panels.get, chat_id=chat))
        if message is None or panel is None or panel.message_id <= message:
            return message
        await self.announcer.update(Spot(chat, message), OldPanel(has_newer=True))
        return MessageId(panel.message_id)

    async def _look(self, ask: Ask, car: AccessibleCar) -> None:
        """Ask the car; what it reports is shown by `changed`, and why it does not is shown here."""
        answer = await self.status.look_or_why(car.home, car.id)
        reason = None if isinstance(answer, CarReport) else answer
        panel = await self.db.read(lambda tx: panels.get(tx, ask.chat))
        if panel is not None and panel.car_id == car.id:
            await self._edit(panel, no_report=reason)

    async def _edit_all(self, car: CarId) -> None:
        try:
            while True:
                self._due[car] = False
                await self._edit_found(partial(panels.of_car, car_id=car))
                if not self._due[car]:
                    return
        finally:
            del self._due[car]

    async def _edit(self, panel: Panel, *, no_report: Reason | None = None) -> None:
        """Show in a panel what is so now, unless it shows that already; forget a panel that is gone."""
        chat, message = ChatId(panel.chat_id), MessageId(panel.message_id)
        ask = Ask("", Person(PersonId(panel.person_id), ""), chat)
        view: PanelView | OldPanel
        try:
            car = await self.accessible_cars.car(ask, CarId(panel.car_id))
        except Declined:
            view = OldPanel(has_newer=False)
        else:
            view = replace(self._view(chat, car, Page(panel.page)), no_report=no_report)
            if self._shown.get(chat) == (message, view):
                return
            self._note(chat, message, view)
        shown = await self.announcer.update(_spot(panel), view)
        if shown.reach is Reach.NEVER or isinstance(view, OldPanel):
            self._shown.pop(chat, None)
            await self.db.run(partial(panels.drop, panel=panel))
        elif shown.reach is Reach.LATER:
            self._shown.pop(chat, None)

    def _note(self, chat: ChatId, message: MessageId, view: PanelView) -> None:
        """Remember what a panel shows, which saves edits that change nothing."""
        self._shown.pop(chat, None)
        self._shown[chat] = message, view
        if len(self._shown) > _MOST_REMEMBERED:
            del self._shown[next(iter(self._shown))]


def _spot(panel: Panel) -> Spot:
    place = place_of(panel.chat_id, panel.thread_id)
    return Spot(place.chat, MessageId(panel.message_id), place)
