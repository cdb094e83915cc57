"""What people do with error codes: look at the record, ask about codes, read them from the car, clear the record."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from typing import TypeVar

from bot.domain.code_history import CodesView, Delivery, FromCar, Source, new_since
from bot.domain.codes import MOST_AT_ONCE, TroubleCode, Typed, read_typed
from bot.domain.ids import CarId, CodeQueryId
from bot.domain.prompts import Prompt, Task
from bot.domain.refusals import Reason
from bot.domain.roles import Ability
from bot.service.access import Authorization, authorize_for_car
from bot.service.background import within
from bot.service.cars.status import Status
from bot.service.codes import state
from bot.service.codes.delivery import CodeDelivery
from bot.service.codes.messages import CodeMessages
from bot.service.codes.record import CodeRecord, newest_in, view_in
from bot.service.confirmation import Done, Started, once
from bot.service.declined import Declined
from bot.service.ports import Ask, Clock, Spot
from bot.service.prompting import Prompting
from storage import Car, Database, Tx
from storage import CodeQuery as CodeQueryRow
from storage.repositories import code_queries

T = TypeVar("T")

_REPORT_FRESH = timedelta(minutes=1)
_REFRESH_PATIENCE = 1.5  # seconds for which the question before a clearing waits for DIMO's history


@dataclass(frozen=True, slots=True)
class Doubtful:
    """A text that is not sent as it is; `offer` is the draft of its codes, if there are any."""

    car: CarId
    car_name: str
    typed: Typed
    offer: CodeQueryId | None = None
    is_waiting: bool = False
    """Whether the bot is still waiting for the person's codes."""
    guess: CodeQueryId | None = None
    """The draft of its codes and of those that were probably meant, if there are such."""


@dataclass(frozen=True, slots=True)
class OtherText:
    """A text that is not about codes."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """The question for codes, which the person answers by writing."""

    prompt: Prompt
    car_name: str


@dataclass(frozen=True, slots=True)
class AskedToClear:
    """The question before a clearing, and the codes that it is about."""

    prompt: Prompt
    view: CodesView


@dataclass(frozen=True, slots=True)
class NothingToClear:
    """The newest query is cleared already, or there is none."""

    view: CodesView
    unknown_at_dimo: Reason | None
    """Why DIMO's own history is not included, if it is not."""


@dataclass(kw_only=True, slots=True)
class CodeRequests:
    """The error codes of a car, for people with access; every method raises Declined for others."""

    db: Database
    clock: Clock
    record: CodeRecord
    delivery: CodeDelivery
    messages: CodeMessages
    prompting: Prompting
    status: Status

    async def view(self, ask: Ask, car: CarId | None = None, query: CodeQueryId | None = None) -> CodesView:
        """Show one query from the bot's record, the newest if none is named."""
        allowed, meant = await self.db.read(lambda tx: self._authorize(tx, ask, Ability.READ_CODES, car))
        return await self.record.view(meant, allowed.access, query, chat=ask.chat)

    def is_fresh(self, view: CodesView) -> bool:
        """Return whether DIMO's history was read just now."""
        return self.record.is_fresh(view.home, view.car)

    async def refresh(self, view: CodesView) -> Reason | None:
        """Merge DIMO's history into the record, or say why that can't be done."""
        return await self.record.refresh_or_why(view.home, view.car)

    async def submit(self, ask: Ask, text: str) -> CodesView | Doubtful | None:
        """Ask DIMO about the codes in a text, or offer them if others may be meant. None for an update seen before."""
        typed = read_typed(text)

        def commit(tx: Tx) -> tuple[CodesView | Doubtful, CodeQueryRow | None]:
            place = self._authorize(tx, ask, Ability.WRITE_CODES, None)
            if typed.found:
                self.prompting.stop_waiting(tx, ask, Task.ENTER_CODES)
            return self._take(tx, ask, place, typed, send=True)

        return self._begun(await once(self.db, self.clock, ask, commit))

    async def send(self, ask: Ask, car: CarId, query: CodeQueryId) -> CodesView | None:
        """Ask DIMO about offered codes, or try again what did not reach DIMO. None for an update seen before."""

        def commit(tx: Tx) -> tuple[CodesView, CodeQueryRow | None]:
            now = self.clock.now()
            allowed, meant = self._authorize(tx, ask, Ability.WRITE_CODES, car)
            row = code_queries.get_for_update(tx, meant.chat_id, meant.car_id, query)
            if row is None:
                raise Declined(Reason.CODES_GONE)
            begun = None
            if row.state == Delivery.DRAFT:
                begun = state.sent(row, by=allowed.person, chat=ask.chat, now=now)
            elif state.is_waiting(row) and row.details.reason:
                begun = state.begun(row, now=now)
            if begun is not None:
                code_queries.put(tx, begun)
            return view_in(tx, meant, allowed.access, query, now=now), begun

        return self._begun(await once(self.db, self.clock, ask, commit))

    async def want(self, ask: Ask, car: CarId) -> Wanted | None:
        """Ask for the codes of this car, which the person writes next; an earlier such question is dropped."""

        def commit(tx: Tx) -> Wanted:
            allowed, meant = self._authorize(tx, ask, Ability.WRITE_CODES, car)
            prompt = self.prompting.ask(tx, ask, home=allowed.home_id, subject=Task.ENTER_CODES, car=car)
            return Wanted(prompt, meant.details.name)

        return await once(self.db, self.clock, ask, commit)

    async def take(self, ask: Ask, text: str, *, only_lists: bool) -> CodesView | Doubtful | OtherText | None:
        """Take a text as the codes that the person was asked for, or offer the codes that are in it.

        With `only_lists` a text that nobody asked for needs to have nothing but codes. A person who was asked for codes
        and writes none is answered, and can try again. None for an update seen before.
        """
        typed = read_typed(text)

        def commit(tx: Tx) -> tuple[CodesView | Doubtful | OtherText, CodeQueryRow | None]:
            waiting = self.prompting.waiting(tx, ask, Task.ENTER_CODES)
            is_meant = typed.codes and typed.is_list and not typed.bad if only_lists else typed.found
            if waiting is None and not is_meant:
                return OtherText(), None
            car = waiting.car if waiting else None
            place, is_asked = self._authorize(tx, ask, Ability.WRITE_CODES, car), waiting is not None
            if is_asked and typed.found:
                self.prompting.stop_waiting(tx, ask, Task.ENTER_CODES)
            return self._take(tx, ask, place, typed, send=is_asked, is_waiting=is_asked and not typed.found)

        # Another handler that takes the text stores the key of the update itself.
        looked = replace(ask, key=f"{ask.key}:codes")
        return self._begun(await once(self.db, self.clock, looked, commit))

    def with_report(self, view: CodesView) -> CodesView:
        """Add what the car has reported within the last minute, if it was asked then."""
        look = self.status.remembered(view.home, view.car)
        is_fresh = look is not None and look.at > self.clock.now() - _REPORT_FRESH
        return replace(view, reported=look.report if look and is_fresh else None)

    async def look(self, view: CodesView) -> None:
        """Ask the car for its report, which `with_report` adds."""
        await self.status.look_or_why(view.home, view.car)

    async def from_car(self, view: CodesView, ask: Ask, *, is_afresh: bool) -> FromCar | Reason:
        """Return the car's own codes, from its last report if they need not be fresh; or why they are not available."""
        known = None if is_afresh else self.status.remembered(view.home, view.car)
        report = known.report if known else await self.status.look_or_why(view.home, view.car)
        if isinstance(report, Reason):
            return report
        codes = report.codes.names

        def offer(tx: Tx) -> FromCar:
            now = self.clock.now()
            allowed, meant = self._authorize(tx, ask, Ability.READ_CODES, view.car)
            newest = view_in(tx, meant, allowed.access, None, now=now)
            new, draft = tuple(new_since(codes, newest.query)), None
            if new and newest.may_write:
                draft = state.draft_of(meant, new[:MOST_AT_ONCE], source=Source.CAR, now=now)
                code_queries.put(tx, draft)
            offered = CodeQueryId(draft.id) if draft else None
            return FromCar(newest.car, newest.car_name, report, new, offered)

        return await self.db.run(offer)

    async def ask_to_clear(self, ask: Ask, car: CarId | None = None) -> AskedToClear | NothingToClear | None:
        """Ask whether the newest query should be marked as cleared."""
        allowed, known = await self.db.read(lambda tx: self._authorize(tx, ask, Ability.WRITE_CODES, car))
        home, car_id, unknown = allowed.home_id, CarId(known.car_id), None
        if not self.record.is_fresh(home, car_id):
            # The question must include what somebody did in DIMO's own app.
            refresh = self.record.refresh_or_why(home, car_id)
            unknown = await within(self.clock, _REFRESH_PATIENCE, refresh, late=Reason.DIMO_TOO_SLOW)

        def commit(tx: Tx) -> AskedToClear | NothingToClear:
            allowed, meant = self._authorize(tx, ask, Ability.WRITE_CODES, car_id)
            view = view_in(tx, meant, allowed.access, None, now=self.clock.now())
            if view.query is None or view.query.cleared_at is not None:
                return NothingToClear(view, unknown)
            subject, about = Task.CLEAR_CODES, view.query.id
            prompt = self.prompting.ask(tx, ask, home=view.home, subject=subject, car=car_id, about=about)
            return AskedToClear(prompt, view)

        return await once(self.db, self.clock, ask, commit)

    def confirm_clearing(self, tx: Tx, ask: Ask, prompt: Prompt) -> Done:
        """Mark the codes that a prompt is about as cleared; their message shows the result by itself."""
        now = self.clock.now()
        allowed, meant = self._authorize(tx, ask, Ability.WRITE_CODES, prompt.car)
        newest = newest_in(tx, meant)
        before = newest and code_queries.get_for_update(tx, meant.chat_id, meant.car_id, newest.id)
        if before is None or before.id != prompt.about:
            raise Declined(Reason.CODES_CHANGED)
        row = before if before.cleared_at is not None else state.cleared(before, by=allowed.person, now=now)
        row = state.shown_in(row, spot=Spot(ask.chat, prompt.message, ask.place))
        code_queries.put(tx, row)
        return Done(Started(), partial(self._cleared, before, row))

    async def _cleared(self, before: CodeQueryRow, row: CodeQueryRow) -> None:
        """Send a committed clearing to DIMO, show it, and say so in the message that waits for the explanation."""
        self.delivery.begin(row)
        await self.messages.show(state.key_of(row), is_new=True)
        if state.is_waiting(before):
            await self.messages.leave(before, row)

    def _authorize(self, tx: Tx, ask: Ask, ability: Ability, car: CarId | None) -> tuple[Authorization, Car]:
        return authorize_for_car(tx, ask, ability, car, now=self.clock.now())

    def _take(
        self, tx: Tx, ask: Ask, place: tuple[Authorization, Car], typed: Typed, *, send: bool, is_waiting: bool = False
    ) -> tuple[CodesView | Doubtful, CodeQueryRow | None]:
        """Send the codes of a text if they are all that was meant and `send` is true, and otherwise offer them."""
        (allowed, car), now = place, self.clock.now()
        if not (send and typed.codes and typed.is_sure):
            offer = self._offer(tx, car, typed.codes)
            guess = self._offer(tx, car, typed.found) if typed.guessed else None
            return Doubtful(CarId(car.car_id), car.details.name, typed, offer, is_waiting, guess), None
        row = state.sent(self._draft(car, typed.codes), by=allowed.person, chat=ask.chat, now=now)
        code_queries.put(tx, row)
        return view_in(tx, car, allowed.access, CodeQueryId(row.id), now=now), row

    def _draft(self, car: Car, codes: Sequence[TroubleCode]) -> CodeQueryRow:
        return state.draft_of(car, [code.text for code in codes], source=Source.TYPED, now=self.clock.now())

    def _offer(self, tx: Tx, car: Car, codes: Sequence[TroubleCode]) -> CodeQueryId | None:
        """Store the draft of codes that a tap sends; None without any."""
        if not codes:
            return None
        row = self._draft(car, codes)
        code_queries.put(tx, row)
        return CodeQueryId(row.id)

    def _begun(self, done: tuple[T, CodeQueryRow | None] | None) -> T | None:
        """Begin to send the committed codes to DIMO, and return the result of the commit."""
        if done is None:
            return None
        result, row = done
        if row is not None:
            self.delivery.begin(row)
        return result
