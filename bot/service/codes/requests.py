"""What people do with error codes: look at the record, ask about codes, read them from the car, clear the record."""

from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import TypeVar

from bot.domain.code_history import CodesView, Delivery, FromCar, Source, new_since
from bot.domain.codes import MOST_AT_ONCE, Typed, read_typed
from bot.domain.ids import CarId, ChatId, CodeQueryId, MessageId
from bot.domain.prompts import Prompt, Task
from bot.domain.refusals import Reason
from bot.domain.roles import Ability
from bot.service.access import Authorization, authorize_for_car
from bot.service.cars.status import Status
from bot.service.codes import state as rows
from bot.service.codes.delivery import CodeDelivery
from bot.service.codes.record import CodeRecord, newest_in, view_in
from bot.service.codes.state import Key, key_of
from bot.service.confirmation import Done, Started, once
from bot.service.declined import Declined
from bot.service.ports import Ask, Clock, Spot
from bot.service.prompting import Prompting
from bot.service.timeouts import within
from storage import Car, Database, Tx
from storage import CodeQuery as CodeQueryRow
from storage.repositories import code_queries

Shown = TypeVar("Shown")

_REFRESH_PATIENCE = 1.5
"""Seconds for which the question before a clearing waits for DIMO's newest history."""


@dataclass(frozen=True, slots=True)
class Doubtful:
    """Typed codes of which some are none; `offer` names the good ones, if there are any."""

    car: CarId
    car_name: str
    typed: Typed
    offer: CodeQueryId | None
    is_waiting: bool = False
    """Whether the bot still waits for the person's codes."""


@dataclass(frozen=True, slots=True)
class OtherText:
    """A text that is not about codes."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """The bot waits for the codes that the person writes next."""

    prompt: Prompt
    car_name: str


@dataclass(frozen=True, slots=True)
class AskedToClear:
    """The question before a clearing, and the codes that it is about."""

    prompt: Prompt
    view: CodesView


@dataclass(frozen=True, slots=True)
class NothingToClear:
    """There is nothing to ask about: no query, or one that is cleared."""

    view: CodesView
    unknown_at_dimo: Reason | None
    """Why DIMO's own history could not be had, if it could not."""


@dataclass(frozen=True, slots=True)
class _Why:
    reason: Reason | None


class CodeRequests:
    """The error codes of a car, for people with access; every method raises Declined for others."""

    def __init__(
        self,
        *,
        db: Database,
        clock: Clock,
        record: CodeRecord,
        delivery: CodeDelivery,
        prompting: Prompting,
        status: Status,
    ) -> None:
        self._db = db
        self._clock = clock
        self._record = record
        self._delivery = delivery
        self._prompting = prompting
        self._status = status

    async def view(self, ask: Ask, car: CarId | None = None, query: CodeQueryId | None = None) -> CodesView:
        """Show one query from the bot's record, the newest if none is named."""
        return await self._view(ask, Ability.READ_CODES, car, query)

    async def _view(self, ask: Ask, ability: Ability, car: CarId | None, query: CodeQueryId | None = None) -> CodesView:
        seat, meant = await self._db.read(lambda tx: self._may(tx, ask, ability, car))
        home = ChatId(seat.home.chat_id)
        return await self._record.view(home, meant, seat.access, query, looked_at_in=ask.chat)

    def is_fresh(self, view: CodesView) -> bool:
        """Tell whether DIMO was asked just now, so that asking again would tell nothing."""
        return self._record.is_fresh(view.home, view.car)

    async def refresh(self, view: CodesView) -> Reason | None:
        """Join DIMO's history into the record, or say why that can't be done."""
        return await self._record.refresh_or_why(view.home, view.car)

    async def submit(self, ask: Ask, text: str, car: CarId | None = None) -> CodesView | Doubtful | None:
        """Ask DIMO about typed codes; where some are none, offer the others. None for an update seen before."""
        typed = read_typed(text)

        def commit(tx: Tx) -> tuple[CodesView | Doubtful, CodeQueryRow | None]:
            seat, meant = self._may(tx, ask, Ability.WRITE_CODES, car)
            if typed.codes:
                self._prompting.stop_waiting(tx, ask, Task.ENTER_CODES)
            return self._taken(tx, ask, seat, meant, typed)

        return self._begun(await once(self._db, self._clock, ask, commit))

    async def send(self, ask: Ask, car: CarId, query: CodeQueryId) -> CodesView | None:
        """Ask DIMO about offered codes, or try again what did not reach DIMO. None for an update seen before."""

        def commit(tx: Tx) -> tuple[CodesView, CodeQueryRow | None]:
            now = self._clock.now()
            seat, meant = self._may(tx, ask, Ability.WRITE_CODES, car)
            home = ChatId(seat.home.chat_id)
            row = code_queries.get_for_update(tx, home, car, query)
            if row is None:
                raise Declined(Reason.CODES_GONE)
            begun = None
            if row.state == Delivery.DRAFT.value:
                begun = rows.sent(row, by=seat.person, chat=ask.chat, now=now)
            elif row.details.reason and Delivery.WAITING.value in {row.state, row.clear_state}:
                begun = rows.trying(row, now=now)
            if begun is not None:
                code_queries.put(tx, begun)
            return view_in(tx, home, meant, seat.access, query, now=now), begun

        return self._begun(await once(self._db, self._clock, ask, commit))

    async def shown(self, view: CodesView, chat: ChatId, message: MessageId) -> None:
        """Remember which message shows a query that is not over, so that what comes of it is shown there."""
        if view.is_elsewhere or view.query is None:
            return
        if view.query.is_on_its_way or view.query.is_held_up:
            await self._delivery.shown(view, view.query, Spot(chat, message))

    async def unshown(self, view: CodesView) -> None:
        """Remember that nobody waits for what comes of a query, as its message was turned before it was known."""
        if view.query is not None:
            await self._delivery.unshown(Key(view.home, view.car, view.query.id))

    async def turned(self, chat: ChatId, message: MessageId, query: CodeQueryId | None) -> None:
        """Remember that a message shows another query now: what comes of earlier ones must not take its place."""
        await self._db.run(
            lambda tx: code_queries.forget_message(tx, shown_chat_id=chat, message_id=message, but=query)
        )

    async def want(self, ask: Ask, car: CarId) -> Wanted | None:
        """Wait for the codes that the person writes next, and for those of no other car."""

        def commit(tx: Tx) -> Wanted:
            seat, meant = self._may(tx, ask, Ability.WRITE_CODES, car)
            prompt = self._prompting.ask(
                tx,
                ask,
                home=ChatId(seat.home.chat_id),
                subject=Task.ENTER_CODES,
                car=car,
            )
            return Wanted(prompt, meant.details.name)

        return await once(self._db, self._clock, ask, commit)

    async def take(self, ask: Ask, text: str) -> CodesView | Doubtful | OtherText | None:
        """Take a text as the codes that were waited for, or as an offer if it is codes alone.

        Where codes are waited for, a text without a single one is answered, and the wait goes on. None for an update
        seen before.
        """
        typed = read_typed(text)

        def commit(tx: Tx) -> tuple[CodesView | Doubtful | OtherText, CodeQueryRow | None]:
            waiting = self._prompting.waiting(tx, ask, Task.ENTER_CODES)
            if waiting is None and (not typed.codes or typed.bad):
                return OtherText(), None
            car = CarId(waiting.car_id) if waiting and waiting.car_id else None
            seat, meant = self._may(tx, ask, Ability.WRITE_CODES, car)
            if waiting is None:
                return self._offered(tx, seat, meant, typed)
            if not typed.codes:
                return Doubtful(CarId(meant.car_id), meant.details.name, typed, None, is_waiting=True), None
            self._prompting.stop_waiting(tx, ask, Task.ENTER_CODES)
            return self._taken(tx, ask, seat, meant, typed)

        # Whoever takes what is not about codes remembers the update for himself.
        looked = replace(ask, key=f"{ask.key}:codes")
        return self._begun(await once(self._db, self._clock, looked, commit))

    async def from_car(self, view: CodesView, ask: Ask, *, is_afresh: bool) -> FromCar | Reason:
        """Ask the car's own codes, or return the last report where that will do; or say why they can't be had."""
        home, car_id = view.home, view.car
        known = None if is_afresh else self._status.remembered(home, car_id)
        report = known.report if known else await self._status.look_or_why(home, car_id)
        if isinstance(report, Reason):
            return report
        listed = report.codes.listed
        codes = [code.text for code in listed.codes] if listed else []

        def offer(tx: Tx) -> FromCar:
            now = self._clock.now()
            seat, meant = self._may(tx, ask, Ability.READ_CODES, car_id)
            view = view_in(tx, home, meant, seat.access, None, now=now)
            new = tuple(new_since(codes, view.query))
            draft = None
            if new and view.may_write:
                draft = rows.draft_of(home, car_id, new[:MOST_AT_ONCE], source=Source.CAR, by=None, now=now)
                code_queries.put(tx, draft)
            name = meant.details.name
            return FromCar(home, car_id, name, report, new, CodeQueryId(draft.id) if draft else None)

        return await self._db.run(offer)

    async def ask_to_clear(self, ask: Ask, car: CarId | None = None) -> AskedToClear | NothingToClear | None:
        """Ask whether the newest query should be marked as cleared."""
        known = await self._view(ask, Ability.WRITE_CODES, car)
        unknown = None if self._record.is_fresh(known.home, known.car) else await self._look_briefly(known)

        def commit(tx: Tx) -> AskedToClear | NothingToClear:
            seat, meant = self._may(tx, ask, Ability.WRITE_CODES, known.car)
            view = view_in(tx, known.home, meant, seat.access, None, now=self._clock.now())
            if view.query is None or view.query.cleared_at is not None:
                return NothingToClear(view, unknown)
            prompt = self._prompting.ask(
                tx, ask, home=known.home, subject=Task.CLEAR_CODES, car=known.car, about=view.query.id
            )
            return AskedToClear(prompt, view)

        return await once(self._db, self._clock, ask, commit)

    async def _look_briefly(self, known: CodesView) -> Reason | None:
        """Join DIMO's history if it comes soon: what somebody did in DIMO's own app is to be asked about, too."""
        why = await within(self._clock, _REFRESH_PATIENCE, self._refreshed(known))
        return Reason.DIMO_TOO_SLOW if why is None else why.reason

    async def _refreshed(self, known: CodesView) -> "_Why":
        return _Why(await self._record.refresh_or_why(known.home, known.car))

    def confirm_clearing(self, tx: Tx, ask: Ask, prompt: Prompt) -> Done:
        """Mark the codes that a prompt is about as cleared; their view is shown by itself."""
        now = self._clock.now()
        seat, meant = self._may(tx, ask, Ability.WRITE_CODES, prompt.car)
        home, car = ChatId(seat.home.chat_id), CarId(meant.car_id)
        newest = newest_in(tx, home, car)
        before = None if newest is None else code_queries.get_for_update(tx, home, car, newest.id)
        if before is None or before.id != prompt.about:
            raise Declined(Reason.CODES_CHANGED)
        row = before if before.cleared_at is not None else rows.cleared(before, by=seat.person, now=now)
        row = rows.shown_in(row, Spot(ask.chat, prompt.message))
        code_queries.put(tx, row)
        return Done(Started(), partial(self._cleared, before, row))

    async def _cleared(self, before: CodeQueryRow, row: CodeQueryRow) -> None:
        """Tell DIMO of a committed clearing, and show it, also where the codes were shown so far."""
        self._delivery.begin(key_of(row))
        if rows.is_waiting(before):
            self._delivery.left(before, row)
        await self._delivery.show(key_of(row))

    def _begun(self, done: tuple[Shown, CodeQueryRow | None] | None) -> Shown | None:
        """Begin what a commit has put on its way to DIMO."""
        if done is None:
            return None
        result, row = done
        if row is not None:
            self._delivery.begin(key_of(row))
        return result

    def _may(self, tx: Tx, ask: Ask, ability: Ability, car: CarId | None) -> tuple[Authorization, Car]:
        return authorize_for_car(tx, ask, ability, car, now=self._clock.now())

    def _taken(
        self, tx: Tx, ask: Ask, seat: Authorization, car: Car, typed: Typed
    ) -> tuple[CodesView | Doubtful, CodeQueryRow | None]:
        """Send typed codes if all are codes, else offer those that are."""
        if typed.bad or typed.left_out or not typed.codes:
            return self._offered(tx, seat, car, typed)
        now, home = self._clock.now(), ChatId(seat.home.chat_id)
        draft = self._draft(seat, car, typed, now)
        row = rows.sent(draft, by=seat.person, chat=ask.chat, now=now)
        code_queries.put(tx, row)
        return view_in(tx, home, car, seat.access, CodeQueryId(row.id), now=now), row

    def _offered(
        self, tx: Tx, seat: Authorization, car: Car, typed: Typed
    ) -> tuple[CodesView | Doubtful, CodeQueryRow | None]:
        car_id = CarId(car.car_id)
        if not typed.codes:
            return Doubtful(car_id, car.details.name, typed, None), None
        draft = self._draft(seat, car, typed, self._clock.now())
        code_queries.put(tx, draft)
        return Doubtful(car_id, car.details.name, typed, CodeQueryId(draft.id)), None

    def _draft(self, seat: Authorization, car: Car, typed: Typed, now: datetime) -> CodeQueryRow:
        home, codes = ChatId(seat.home.chat_id), [code.text for code in typed.codes]
        return rows.draft_of(home, CarId(car.car_id), codes, source=Source.TYPED, by=seat.person, now=now)
