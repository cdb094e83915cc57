"""Where a car is."""

from dataclasses import dataclass

from bot.domain.ids import CarId
from bot.service.background import Background
from bot.service.cars.where import LocationNotShared, Where
from bot.service.ports import Clock
from bot.telegram import screens
from bot.telegram.requests import Request, Said, Tapped
from bot.telegram.transport.chat import Chat
from bot.telegram.ui import taps
from bot.telegram.ui.screen import Screen


@dataclass(frozen=True, slots=True, kw_only=True)
class WhereHandlers:
    """Where a car is, in private chats only: in a group, people would see it who may not ask."""

    chat: Chat
    clock: Clock
    where: Where
    background: Background

    async def look(self, said: Said) -> Screen | None:
        """Show where the car is that the person uses in this chat."""
        return await self._look(said)

    async def show(self, tapped: Tapped, tap: taps.ShowWhere) -> Screen | None:
        """Show in a new message where a car is."""
        return await self._look(tapped, tap.car)

    async def _look(self, request: Request, car: CarId | None = None) -> Screen | None:
        request.require_private()
        self.background.start(self.chat.seek_place(request.ask.chat), name="showing that a place is sought")
        found = await self.where.look(request.ask, car)
        if found is None:
            return None
        if isinstance(found, LocationNotShared):
            return screens.where.not_shared(found)
        return screens.where.where(found, now=self.clock.now())
