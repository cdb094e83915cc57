"""Error codes as screens: which text, which page, which buttons. What a role may not do has no button."""

from datetime import datetime, timedelta

from bot.domain.code_history import CodesView, FromCar, NewCodes, WatchSetting
from bot.domain.codes import MOST_AT_ONCE
from bot.domain.ids import CarId, CodeQueryId
from bot.domain.refusals import Reason
from bot.service.codes.requests import AskedToClear, Doubtful, NothingToClear, Wanted
from bot.service.ports import Person
from bot.telegram.screens.actions import codes_button, link_again, yes_no
from bot.telegram.texts import codes as texts
from bot.telegram.texts.refusals import REFUSALS
from bot.telegram.ui.callback_data import Tap
from bot.telegram.ui.paging import pages
from bot.telegram.ui.screen import Button, Rows, Screen, Style
from bot.telegram.ui.taps import (
    ClearCodes,
    EnterCodes,
    MuteCodes,
    ReadCodes,
    SendCodes,
    SetWatch,
    ShowWatch,
    TurnCodes,
    UnmuteCodes,
)

Turn = tuple[Tap | None, Tap | None]


def query(view: CodesView, *, page: int = 0, note: str | None = None, now: datetime) -> Screen:
    """One query of the history; a page that is not there shows the nearest."""
    shown = [] if view.query is None else pages(texts.blocks(view.query.entries))
    page = max(0, min(page, len(shown) - 1))
    parts = [texts.head(view, note=note, now=now), *shown[page : page + 1]]
    parts.append(texts.page_number(page, len(shown)))
    return Screen("\n".join(part for part in parts if part), _query_rows(view, page, len(shown)))


def _query_rows(view: CodesView, page: int, count: int) -> Rows:
    rows: list[tuple[Button, ...]] = []
    if view.query is not None:
        turn = [TurnCodes(view.car, view.query.id, number) for number in (page - 1, page + 1)]
        rows.append(_turn_pages((turn[0] if page else None, turn[1] if page + 1 < count else None)))
    older = () if view.older is None else (Button("◀️ Older", TurnCodes(view.car, view.older)),)
    newer = () if view.newer is None else (Button("Newer ▶️", TurnCodes(view.car, view.newer)),)
    rows.append(older + newer)
    read = Button("🚗 Read from car", ReadCodes(view.car))
    rows.append((read, Button("✍️ Enter codes", EnterCodes(view.car))) if view.may_write else (read,))
    rows.append(_next_steps(view))
    if view.ended is not None:
        rows.append((link_again(),))
    return tuple(row for row in rows if row)


def _next_steps(view: CodesView) -> tuple[Button, ...]:
    steps: list[Button] = []
    asked = view.query
    if asked is not None and view.may_write:
        if asked.is_held_up:
            steps.append(Button("🔁 Send again", SendCodes(view.car, asked.id)))
        if asked.cleared_at is None and view.newer is None:
            steps.append(Button("🧹 Clear", ClearCodes(view.car), Style.DANGER))
    if view.may_watch:
        steps.append(Button("👁 Watch", ShowWatch(view.car)))
    return tuple(steps)


def _turn_pages(turn: Turn) -> tuple[Button, ...]:
    back, on = turn
    buttons = [Button("⬅️ Page", back)] if back else []
    return (*buttons, Button("Page ➡️", on)) if on else tuple(buttons)


def doubtful(it: Doubtful) -> Screen:
    """What was typed and is no code, and the way on without it."""
    enter = Button("✍️ Enter codes", EnterCodes(it.car))
    if it.offer is None:
        return Screen(texts.doubtful(it), ((enter,),))
    return Screen(texts.doubtful(it), ((_send(it.car, it.offer, len(it.typed.codes)), enter),))


def _send(car: CarId, offer: CodeQueryId, count: int) -> Button:
    what = "it" if count == 1 else f"these {count}"
    if count > MOST_AT_ONCE:
        what = f"the first {MOST_AT_ONCE}"
    return Button(f"🔎 Explain {what}", SendCodes(car, offer), Style.PRIMARY)


def wanted(it: Wanted, *, person: Person | None = None) -> Screen:
    """The question for codes, which opens a reply; in a group for that person alone."""
    return Screen(texts.wanted(it, person=person), asks_reply=texts.CODES_PLACEHOLDER)


def from_car(it: FromCar, *, page: int = 0, now: datetime) -> Screen:
    """What a car itself reports."""
    shown = pages(texts.reported_blocks(it))
    page = max(0, min(page, len(shown) - 1))
    parts = [texts.from_car(it, now=now), *shown[page : page + 1], texts.page_number(page, len(shown))]
    rows: list[tuple[Button, ...]] = []
    if it.offer is not None:
        rows.append((_send(it.car, it.offer, len(it.new)),))
    back = ReadCodes(it.car, page - 1) if page else None
    rows.append(_turn_pages((back, ReadCodes(it.car, page + 1) if page + 1 < len(shown) else None)))
    rows.append((Button("🔄 Read again", ReadCodes(it.car)), codes_button(it.car)))
    return Screen("\n".join(part for part in parts if part), tuple(row for row in rows if row))


def not_from_car(reason: Reason, *, car: CarId, car_name: str) -> Screen:
    """Why a car's own codes can't be had."""
    rows: Rows = ((Button("🔄 Read again", ReadCodes(car)), codes_button(car)),)
    if REFUSALS[reason].offers_link:
        rows = (*rows, (link_again(),))
    return Screen(texts.no_report(reason, car=car_name), rows)


def clear_question(it: AskedToClear, *, person: str, lifetime: timedelta) -> Screen:
    """The question before codes are marked as cleared."""
    return Screen(texts.clear_question(it, person=person, lifetime=lifetime), yes_no(it.prompt, "🧹 Clear"))


def nothing_to_clear(it: NothingToClear, *, now: datetime) -> Screen:
    """Why there is no question."""
    return Screen(texts.nothing_to_clear(it, now=now), ((codes_button(it.view.car),),))


def watch(it: WatchSetting, *, now: datetime) -> Screen:
    """How a car is watched, and how it could be."""
    marked = [
        Button(f"✅ {words}" if it.every == every else words, SetWatch(it.car, every // timedelta(hours=1)))
        for every, words in texts.EVERY.items()
    ]
    last = [] if it.every is None else [Button("Off", SetWatch(it.car, 0))]
    if it.muted:
        last.append(Button("🔔 Unmute all", UnmuteCodes(it.car)))
    return Screen(texts.watch(it, now=now), (tuple(marked), (*last, codes_button(it.car))))


def new_codes(it: NewCodes, *, now: datetime) -> Screen:
    """Codes that a watched car reports for the first time."""
    mute = Button("🔕 Mute", MuteCodes(it.car, it.offer))
    rows = ((_send(it.car, it.offer, len(it.codes)), mute), (codes_button(it.car),))
    return Screen(texts.new_codes(it, now=now), rows)
