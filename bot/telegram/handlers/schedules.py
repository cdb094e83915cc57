"""Schedules: shown, made, paused and removed, in private chats only."""

from dataclasses import dataclass

from bot.domain.ids import CarId
from bot.domain.refusals import Reason
from bot.domain.schedules import read_plan
from bot.service.actions.schedules import ScheduleList, Schedules
from bot.service.declined import Declined
from bot.service.ports import Ask, Clock
from bot.telegram import screens
from bot.telegram.requests import Said, Tapped
from bot.telegram.ui import taps
from bot.telegram.ui.screen import Screen


@dataclass(frozen=True, slots=True, kw_only=True)
class ScheduleHandlers:
    """What the bot does by itself. Nobody else in a group need read it, so the private chat has it."""

    schedules: Schedules
    clock: Clock

    async def command(self, said: Said) -> Screen | None:
        """Show all schedules, or make the one that the text names."""
        if not said.text:
            return await self._shown(said.ask, await self.schedules.show(said.ask))
        plan = read_plan(said.text)
        if plan is None:
            raise Declined(Reason.NO_PLAN)
        return await self._shown(said.ask, await self.schedules.add(said.ask, plan))

    async def show_all(self, tapped: Tapped, _: taps.ShowSchedules) -> Screen | None:
        """Show all schedules."""
        tapped.require_private()
        return await self._shown(tapped.ask, await self.schedules.show(tapped.ask))

    async def draft(self, tapped: Tapped, tap: taps.DraftSchedule) -> Screen:
        """Show a schedule that is being made, with the time and the days that were tapped last."""
        tapped.require_private()
        _, name = await self.schedules.car(tapped.ask, tap.car)
        return screens.schedules.draft(tap, car=name)

    async def add(self, tapped: Tapped, tap: taps.AddSchedule) -> Screen | None:
        """Store the schedule that was made with buttons."""
        tapped.require_private()
        plan = screens.schedules.plan_of(tap)
        if not plan.is_whole:
            raise Declined(Reason.NO_PLAN)
        return await self._shown(tapped.ask, await self.schedules.add(tapped.ask, plan, tap.car))

    async def show(self, tapped: Tapped, tap: taps.ShowSchedule) -> Screen:
        """Show one schedule."""
        tapped.require_private()
        found = await self.schedules.show(tapped.ask)
        for one in found.schedules:
            if one.id == tap.schedule:
                return screens.schedules.schedule(one, now=self.clock.now())
        raise Declined(Reason.SCHEDULE_GONE)

    async def pause(self, tapped: Tapped, tap: taps.PauseSchedule) -> Screen | None:
        """Pause a schedule."""
        tapped.require_private()
        return await self._shown(tapped.ask, await self.schedules.pause(tapped.ask, tap.schedule, is_paused=True))

    async def resume(self, tapped: Tapped, tap: taps.ResumeSchedule) -> Screen | None:
        """Let a paused schedule go on."""
        tapped.require_private()
        return await self._shown(tapped.ask, await self.schedules.pause(tapped.ask, tap.schedule, is_paused=False))

    async def remove(self, tapped: Tapped, tap: taps.RemoveSchedule) -> Screen | None:
        """Delete a schedule."""
        tapped.require_private()
        return await self._shown(tapped.ask, await self.schedules.remove(tapped.ask, tap.schedule))

    async def _shown(self, ask: Ask, found: ScheduleList | None) -> Screen | None:
        """Show the list; without the buttons that make a new one where it is not clear for which car."""
        if found is None:
            return None
        car: CarId | None = None
        try:
            car, _ = await self.schedules.car(ask)
        except Declined as no:
            if no.reason is not Reason.WHICH_CAR:
                raise
        return screens.schedules.schedules(found, car, now=self.clock.now())
