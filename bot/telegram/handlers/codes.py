"""Error codes: the history, asking about codes, the car's own, clearing, and the watch."""

from datetime import timedelta

from bot.domain.code_history import CodesView, WatchSetting
from bot.domain.ids import CarId, ChatId, CodeQueryId, MessageId
from bot.domain.refusals import Reason
from bot.service.background import Background
from bot.service.codes.requests import AskedToClear, CodeRequests, Doubtful, OtherText
from bot.service.codes.watch import CodeWatches
from bot.service.declined import Declined
from bot.service.ports import Ask, Clock
from bot.service.prompting import Prompting
from bot.telegram.requests import Said, Tapped
from bot.telegram.screens import codes as screens
from bot.telegram.texts import codes as texts
from bot.telegram.transport.chat import Chat
from bot.telegram.transport.pending_edits import PendingEdits
from bot.telegram.ui.screen import Screen
from bot.telegram.ui.taps import (
    ClearCodes,
    EnterCodes,
    MuteCodes,
    ReadCodes,
    SendCodes,
    SetWatch,
    ShowCodes,
    ShowWatch,
    TurnCodes,
    UnmuteCodes,
)


class CodeHandlers:
    """The bot's own record is shown at once; what DIMO and the car say follows in the same message."""

    def __init__(
        self,
        *,
        chat: Chat,
        clock: Clock,
        codes: CodeRequests,
        watching: CodeWatches,
        prompting: Prompting,
        background: Background,
    ) -> None:
        self._chat = chat
        self._clock = clock
        self._codes = codes
        self._watching = watching
        self._prompting = prompting
        self._background = background
        self._marks = PendingEdits()

    async def command(self, said: Said) -> None:
        """Show the newest codes, or ask DIMO about those that follow the command."""
        if said.text:
            await self._answer(said.ask, None, await self._codes.submit(said.ask, said.text))
        else:
            await self._history(said.ask, None)

    async def free_text(self, said: Said) -> bool:
        """Take a text that is about codes; False for any other."""
        taken = await self._codes.take(said.ask, said.text)
        if isinstance(taken, OtherText):
            return False
        await self._answer(said.ask, None, taken)
        return True

    async def show(self, tapped: Tapped, tap: ShowCodes) -> None:
        """Show the newest codes in a new message."""
        await self._history(tapped.ask, tap.car)

    async def turn(self, tapped: Tapped, tap: TurnCodes) -> None:
        """Show another query, or another page, in place."""
        view = await self._codes.view(tapped.ask, tap.car, tap.query)
        screen = screens.query(view, page=tap.page, now=self._clock.now())
        await self._put(tapped.ask, tapped.message, view, screen)

    async def enter(self, tapped: Tapped, tap: EnterCodes) -> None:
        """Ask for codes, which the person writes next."""
        wanted = await self._codes.want(tapped.ask, tap.car)
        if wanted is not None:
            person = tapped.ask.person if tapped.is_in_group else None
            message = await self._chat.say(tapped.ask.chat, screens.wanted(wanted, person=person))
            if message is not None:
                await self._prompting.shown(wanted.prompt.id, message)

    async def send(self, tapped: Tapped, tap: SendCodes) -> None:
        """Ask DIMO about codes that were offered, or once more about those that did not reach it."""
        await self._answer(tapped.ask, tapped.message, await self._codes.send(tapped.ask, tap.car, tap.query))

    async def read_from_car(self, tapped: Tapped, tap: ReadCodes) -> None:
        """Show the codes that a car itself reports."""
        view = await self._codes.view(tapped.ask, tap.car)
        chat, message = tapped.ask.chat, tapped.message if tap.page else None
        if message is None:
            message = await self._chat.say(chat, Screen(texts.ASKING_THE_CAR))
        else:
            await self._leave(chat, message, None)
        mark = self._marks.put(chat, message) if message is not None else None
        work = self._fill_in_from_car(tapped.ask, view, message, mark, tap.page)
        self._background.start(work, name="asking a car for its codes")

    async def _fill_in_from_car(
        self, ask: Ask, view: CodesView, message: MessageId | None, mark: object, page: int
    ) -> None:
        try:
            found = await self._codes.from_car(view, ask, is_afresh=page == 0)
        except Declined as no:  # the person's access ended meanwhile
            found = no.reason
        if message is not None and not self._marks.take(ask.chat, message, mark):
            return
        if isinstance(found, Reason):
            screen = screens.not_from_car(found, car=view.car, car_name=view.car_name)
        else:
            screen = screens.from_car(found, page=page, now=self._clock.now())
        await self._chat.show(ask.chat, message, screen)

    async def clear_command(self, said: Said) -> None:
        """Ask whether the newest codes should be marked as cleared."""
        await self._ask_to_clear(said.ask, None)

    async def clear(self, tapped: Tapped, tap: ClearCodes) -> None:
        """Ask whether the newest codes should be marked as cleared."""
        await self._ask_to_clear(tapped.ask, tap.car)

    async def _ask_to_clear(self, ask: Ask, car: CarId | None) -> None:
        asked = await self._codes.ask_to_clear(ask, car)
        if asked is None:
            return
        if not isinstance(asked, AskedToClear):
            await self._chat.say(ask.chat, screens.nothing_to_clear(asked, now=self._clock.now()))
            return
        screen = screens.clear_question(asked, person=ask.person.name, lifetime=asked.prompt.lifetime)
        message = await self._chat.say(ask.chat, screen)
        if message is not None:
            await self._prompting.shown(asked.prompt.id, message)

    async def watch(self, tapped: Tapped, tap: ShowWatch) -> None:
        """Show how a car is watched."""
        await self._show_watch(tapped, await self._watching.setting(tapped.ask, tap.car), in_place=False)

    async def set_watch(self, tapped: Tapped, tap: SetWatch) -> None:
        """Watch a car, or no longer."""
        every = timedelta(hours=tap.hours) or None
        await self._show_watch(tapped, await self._watching.set(tapped.ask, tap.car, every), in_place=True)

    async def mute(self, tapped: Tapped, tap: MuteCodes) -> None:
        """Never tell again of codes that were told."""
        setting = await self._watching.mute(tapped.ask, tap.car, tap.query)
        await self._show_watch(tapped, setting, in_place=False)

    async def unmute(self, tapped: Tapped, tap: UnmuteCodes) -> None:
        """Tell of muted codes again."""
        await self._show_watch(tapped, await self._watching.unmute(tapped.ask, tap.car), in_place=True)

    async def _show_watch(self, tapped: Tapped, setting: WatchSetting | None, *, in_place: bool) -> None:
        if setting is not None:
            message = tapped.message if in_place else None
            await self._chat.show(tapped.ask.chat, message, screens.watch(setting, now=self._clock.now()))

    async def _history(self, ask: Ask, car: CarId | None) -> None:
        """Show the record at once, then again with what DIMO adds to it."""
        view = await self._codes.view(ask, car)
        is_fresh = self._codes.is_fresh(view)
        note = None if is_fresh else texts.ASKING_DIMO
        message = await self._put(ask, None, view, screens.query(view, note=note, now=self._clock.now()))
        if message is not None and not is_fresh:
            mark = self._marks.put(ask.chat, message)
            work = self._fill_in(ask, view, message, mark)
            self._background.start(work, name="asking DIMO for its history of codes")

    async def _fill_in(self, ask: Ask, view: CodesView, message: MessageId, mark: object) -> None:
        unavailable = await self._codes.refresh(view)
        if not self._marks.take(ask.chat, message, mark):
            return
        try:
            fresh = await self._codes.view(ask, view.car)
        except Declined:
            return  # the person's access ended meanwhile: nothing more is told
        note = None if unavailable is None else texts.unavailable(unavailable, car=view.car_name)
        await self._put(ask, message, fresh, screens.query(fresh, note=note, now=self._clock.now()))

    async def _answer(self, ask: Ask, message: MessageId | None, taken: CodesView | Doubtful | None) -> None:
        """Show what became of codes that a person gave."""
        if isinstance(taken, Doubtful):
            await self._chat.say(ask.chat, screens.doubtful(taken))
        elif taken is not None:
            await self._put(ask, message, taken, screens.query(taken, now=self._clock.now()))

    async def _put(self, ask: Ask, message: MessageId | None, view: CodesView, screen: Screen) -> MessageId | None:
        """Show a query, and let what comes of it be shown in the same message, and of no other.

        Returns the message, unless somebody has turned it to something else by then.
        """
        if message is not None:
            await self._leave(ask.chat, message, view.query.id if view.query else None)
        with self._marks.watching(ask.chat) as turned:
            shown = await self._chat.show(ask.chat, message, screen)
        if shown is None:
            return None
        if shown in turned:
            await self._codes.unshown(view)
            return None
        await self._codes.shown(view, ask.chat, shown)
        return shown

    async def _leave(self, chat: ChatId, message: MessageId, query: CodeQueryId | None) -> None:
        self._marks.drop(chat, message)
        await self._codes.turned(chat, message, query)
