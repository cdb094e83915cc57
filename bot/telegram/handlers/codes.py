"""Error codes: the history, asking about codes, the car's own, clearing, and the watch."""

import asyncio
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta

from bot.domain.code_history import CodesView, WatchSetting
from bot.domain.codes import read_typed
from bot.domain.ids import CarId, MessageId
from bot.domain.places import Place
from bot.domain.refusals import Reason
from bot.service.background import Background
from bot.service.codes.messages import CodeMessages
from bot.service.codes.requests import AskedToClear, CodeRequests, Doubtful, OtherText
from bot.service.codes.watch import CodeWatches
from bot.service.declined import Declined
from bot.service.ports import Ask, Clock, Spot
from bot.telegram.requests import Said, Tapped
from bot.telegram.screens import codes as screens
from bot.telegram.texts import codes as texts
from bot.telegram.transport.chat import Chat, Posted
from bot.telegram.ui import taps
from bot.telegram.ui.screen import Screen


@dataclass(kw_only=True, slots=True)
class CodeHandlers:
    """The bot's own record is shown at once; what DIMO and the car say follows in the same message."""

    chat: Chat
    clock: Clock
    codes: CodeRequests
    messages: CodeMessages
    watching: CodeWatches
    background: Background

    async def command(self, said: Said) -> None:
        """Show the newest codes, or ask DIMO about those that follow the command."""
        if said.text:
            await self._answer(said.ask, None, await self.codes.submit(said.ask, said.text))
        else:
            await self._history(said.ask, None)

    async def free_text(self, said: Said) -> bool:
        """Answer a text that has codes; returns whether it has. In a group only a list of codes is one."""
        if not (said.is_plain or read_typed(said.text).found):
            return False
        taken = await self.codes.take(said.ask, said.text, only_lists=said.is_in_group)
        if isinstance(taken, OtherText):
            return False
        await self._answer(said.ask, None, taken)
        return True

    async def show(self, tapped: Tapped, tap: taps.ShowCodes) -> None:
        """Show the newest codes in a new message."""
        await self._history(tapped.ask, tap.car)

    async def turn(self, tapped: Tapped, tap: taps.TurnCodes) -> None:
        """Show another query, or another page, in the same message."""
        view = await self.codes.view(tapped.ask, tap.car, tap.query)
        await self._put(tapped.ask, tapped.message, view, page=tap.page)

    async def enter(self, tapped: Tapped, tap: taps.EnterCodes) -> Screen | None:
        """Ask for codes, which the person answers by writing."""
        wanted = await self.codes.want(tapped.ask, tap.car)
        person = tapped.ask.person if tapped.is_in_group else None
        return None if wanted is None else screens.wanted(wanted, person=person)

    async def send(self, tapped: Tapped, tap: taps.SendCodes) -> None:
        """Ask DIMO about codes that were offered, or once more about those that did not reach it."""
        await self._answer(tapped.ask, tapped.message, await self.codes.send(tapped.ask, tap.car, tap.query))

    async def read_from_car(self, tapped: Tapped, tap: taps.ReadCodes) -> None:
        """Show the codes that a car itself reports; `tap.page` turns to another page of the last report."""
        view = await self.codes.view(tapped.ask, tap.car)
        place, message = tapped.ask.place, tapped.message if tap.page else None
        if message is None:
            posted = await self.chat.post(place, None, Screen(texts.ASKING_THE_CAR))
        else:
            posted = await self._turn(place, message, None)
        if posted is not None:
            work = self._fill_in_from_car(tapped.ask, view, posted, tap.page)
            self.background.start(work, name="asking a car for its codes")

    async def _fill_in_from_car(self, ask: Ask, view: CodesView, posted: Posted, page: int) -> None:
        try:
            found = await self.codes.from_car(view, ask, is_afresh=page == 0)
        except Declined as no:  # the person's access ended meanwhile
            found = no.reason
        if isinstance(found, Reason):
            screen = screens.not_from_car(found, car=view.car, car_name=view.car_name)
        else:
            screen = screens.from_car(found, page=page, now=self.clock.now())
        await self.chat.post(posted.place, posted.message, screen, after=posted)

    async def clear_command(self, said: Said) -> Screen | None:
        """Ask whether the newest codes should be marked as cleared."""
        return await self._ask_to_clear(said.ask, None)

    async def clear(self, tapped: Tapped, tap: taps.ClearCodes) -> Screen | None:
        """Ask whether the newest codes should be marked as cleared."""
        return await self._ask_to_clear(tapped.ask, tap.car)

    async def _ask_to_clear(self, ask: Ask, car: CarId | None) -> Screen | None:
        asked = await self.codes.ask_to_clear(ask, car)
        if isinstance(asked, AskedToClear):
            return screens.clear_question(asked, person=ask.person.name)
        return None if asked is None else screens.nothing_to_clear(asked, now=self.clock.now())

    async def watch(self, tapped: Tapped, tap: taps.ShowWatch) -> Screen | None:
        """Show how a car is watched."""
        return self._watch(await self.watching.setting(tapped.ask, tap.car), is_separate=True)

    async def set_watch(self, tapped: Tapped, tap: taps.SetWatch) -> Screen | None:
        """Watch a car, or no longer."""
        return self._watch(await self.watching.set(tapped.ask, tap.car, timedelta(hours=tap.hours) or None))

    async def mute(self, tapped: Tapped, tap: taps.MuteCodes) -> Screen | None:
        """Never announce again the codes that a message announced, which stays as it is."""
        return self._watch(await self.watching.mute(tapped.ask, tap.car, tap.query), is_separate=True)

    async def unmute(self, tapped: Tapped, tap: taps.UnmuteCodes) -> Screen | None:
        """Announce muted codes again."""
        return self._watch(await self.watching.unmute(tapped.ask, tap.car))

    def _watch(self, setting: WatchSetting | None, *, is_separate: bool = False) -> Screen | None:
        return None if setting is None else screens.watch(setting, is_separate=is_separate, now=self.clock.now())

    async def _history(self, ask: Ask, car: CarId | None) -> None:
        """Show the record at once, then again with what the car reports and what DIMO adds to it."""
        view = self.codes.with_report(await self.codes.view(ask, car))
        is_fresh = self.codes.is_fresh(view) and view.reported is not None
        posted = await self._put(ask, None, view, note=None if is_fresh else texts.ASKING_DIMO)
        if posted is not None and not is_fresh:
            work = self._fill_in(ask, view, posted)
            self.background.start(work, name="asking DIMO for its history of codes")

    async def _fill_in(self, ask: Ask, view: CodesView, posted: Posted) -> None:
        unavailable, _ = await asyncio.gather(self.codes.refresh(view), self.codes.look(view))
        with suppress(Declined):  # the person's access ended meanwhile: nothing more is shown
            fresh = self.codes.with_report(await self.codes.view(ask, view.car))
            note = None if unavailable is None else texts.unavailable(unavailable, car=view.car_name)
            if self.chat.shows(posted):
                await self._put(ask, posted.message, fresh, note=note)

    async def _answer(self, ask: Ask, message: MessageId | None, taken: CodesView | Doubtful | None) -> None:
        """Show the codes that a person sent, or what is wrong with them."""
        if isinstance(taken, Doubtful):
            await self.chat.say(ask.place, screens.doubtful(taken))
        elif taken is not None:
            await self._put(ask, message, taken)

    async def _put(
        self, ask: Ask, message: MessageId | None, view: CodesView, *, page: int = 0, note: str | None = None
    ) -> Posted | None:
        """Show a query, and from now on only its results in the same message.

        Returns what was posted, unless somebody has turned the message to something else by then.
        """
        screen = screens.query(view, page=page, note=note, now=self.clock.now())
        turned = None if message is None else await self._turn(ask.place, message, view)
        posted = await self.chat.post(ask.place, message, screen, after=turned)
        if posted is None:
            return None
        if not self.chat.shows(posted):
            await self.messages.unshown(view)
            return None
        await self.messages.shown(view, Spot(posted.chat, posted.message, posted.place))
        return posted

    async def _turn(self, place: Place, message: MessageId, view: CodesView | None) -> Posted:
        """Note that a message shows this view, or something else, from now on; drop what was to follow in it."""
        turned = self.chat.turn(place, message)
        await self.messages.turned(place.chat, message, view)
        return turned
