"""Error codes as screens: which text, which page, which buttons. What a role may not do has no button."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime, timedelta

from bot.domain.code_history import CodesView, FromCar, NewCodes, WatchSetting
from bot.domain.codes import MOST_AT_ONCE
from bot.domain.ids import CarId, CodeQueryId
from bot.domain.refusals import Reason
from bot.service.codes.requests import AskedToClear, Doubtful, NothingToClear, Wanted
from bot.service.ports import Person
from bot.telegram.screens import buttons
from bot.telegram.screens.buttons import LINK_AGAIN, yes_no
from bot.telegram.texts import codes as texts
from bot.telegram.texts.refusals import REFUSALS
from bot.telegram.ui import taps
from bot.telegram.ui.callback_data import Tap
from bot.telegram.ui.paging import Block, pages
from bot.telegram.ui.screen import Button, Rows, Screen, Style

Row = tuple[Button, ...]


def query(view: CodesView, *, page: int = 0, note: str | None = None, now: datetime) -> Screen:
    """One query of the history; instead of a page that does not exist, the nearest one."""
    asked, head = view.query, texts.head(view, note=note, now=now)
    if asked is None:
        text, turn = head, Row()
    else:
        blocks = [texts.block(entry) for entry in asked.entries]
        text, turn = _paged(head, blocks, page, lambda number: taps.TurnCodes(view.car, asked.id, number))
    older = [Button("◀️ Older", taps.TurnCodes(view.car, view.older))] if view.older is not None else []
    newer = [Button("Newer ▶️", taps.TurnCodes(view.car, view.newer))] if view.newer is not None else []
    enter = [Button("✍️ Enter codes", taps.EnterCodes(view.car))] if view.may_write else []
    read = Button("🚗 Read from car", taps.ReadCodes(view.car))
    return Screen(text, _rows(turn, [*older, *newer], [read, *enter], _next_steps(view)))


def _next_steps(view: CodesView) -> Iterator[Button]:
    asked = view.query
    if asked is not None and view.may_write:
        if asked.is_held_up:
            yield Button("🔁 Send again", taps.SendCodes(view.car, asked.id))
        if asked.cleared_at is None and view.newer is None:
            yield Button("🧹 Clear", taps.ClearCodes(view.car), Style.DANGER)
    if view.may_watch:
        yield Button("👁 Watch", taps.ShowWatch(view.car))


def _paged(head: str, blocks: Sequence[Block], page: int, turn: Callable[[int], Tap]) -> tuple[str, Row]:
    """Return one page of blocks below a head, and the buttons that turn to the pages beside it."""
    shown = pages(blocks)
    page = max(0, min(page, len(shown) - 1))
    parts = (head, *shown[page : page + 1], texts.page_number(page, len(shown)))
    back = (Button("⬅️ Page", turn(page - 1)),) if page else ()
    on = (Button("Page ➡️", turn(page + 1)),) if page + 1 < len(shown) else ()
    return "\n".join(part for part in parts if part), back + on


def _rows(*rows: Iterable[Button]) -> Rows:
    return tuple(row for row in map(tuple, rows) if row)


def doubtful(it: Doubtful) -> Screen:
    """What was typed and is not a code, and how to continue without it, or with what was probably meant."""
    guess, send, codes = [], [], it.typed.codes
    if it.guess is not None:
        found = it.typed.found
        label = f"🔎 Explain {found[0].text}" if len(found) == 1 else f"🔎 Explain all {len(found)}"
        guess = [Button(label, taps.SendCodes(it.car, it.guess), Style.PRIMARY)]
    if it.offer is not None and it.guess is not None:
        label = f"🔎 Only {codes[0].text}" if len(codes) == 1 else f"🔎 Only these {len(codes)}"
        send = [Button(label, taps.SendCodes(it.car, it.offer))]
    elif it.offer is not None:
        send = [_send(it.car, it.offer, len(codes))]
    return Screen(texts.doubtful(it), _rows(guess, [*send, Button("✍️ Enter codes", taps.EnterCodes(it.car))]))


def _send(car: CarId, offer: CodeQueryId, count: int) -> Button:
    what = "it" if count == 1 else f"these {count}"
    if count > MOST_AT_ONCE:
        what = f"the first {MOST_AT_ONCE}"
    return Button(f"🔎 Explain {what}", taps.SendCodes(car, offer), Style.PRIMARY)


def wanted(it: Wanted, *, person: Person | None = None) -> Screen:
    """The question for codes, which opens a reply; in a group only for this person."""
    return Screen(texts.wanted(it, person=person), asks_reply=texts.CODES_PLACEHOLDER, prompt=it.prompt.id)


def from_car(it: FromCar, *, page: int = 0, now: datetime) -> Screen:
    """What a car itself reports."""
    head, blocks = texts.from_car(it, now=now), texts.reported_blocks(it)
    text, turn = _paged(head, blocks, page, lambda number: taps.ReadCodes(it.car, number))
    send = [] if it.offer is None else [_send(it.car, it.offer, len(it.new))]
    return Screen(text, _rows(send, turn, _read_again(it.car)))


def not_from_car(reason: Reason, *, car: CarId, car_name: str) -> Screen:
    """Why a car's own codes are not available."""
    link = [LINK_AGAIN] if REFUSALS[reason].offers_link else []
    return Screen(texts.no_report(reason, car=car_name), _rows(_read_again(car), link))


def _read_again(car: CarId) -> Row:
    return Button("🔄 Read again", taps.ReadCodes(car)), buttons.codes(car)


def clear_question(it: AskedToClear, *, person: str) -> Screen:
    """The question before codes are marked as cleared."""
    return Screen(texts.clear_question(it, person=person), yes_no(it.prompt, "🧹 Clear"), prompt=it.prompt.id)


def nothing_to_clear(it: NothingToClear, *, now: datetime) -> Screen:
    """Why there is no question."""
    return Screen(texts.nothing_to_clear(it, now=now), ((buttons.codes(it.view.car),),), is_separate=True)


def watch(it: WatchSetting, *, is_separate: bool = False, now: datetime) -> Screen:
    """How a car is watched, and how it could be."""
    marked = [
        Button(f"✅ {words}" if it.every == every else words, taps.SetWatch(it.car, every // timedelta(hours=1)))
        for every, words in texts.EVERY.items()
    ]
    last = [] if it.every is None else [Button("Off", taps.SetWatch(it.car, 0))]
    if it.muted:
        last.append(Button("🔔 Unmute all", taps.UnmuteCodes(it.car)))
    return Screen(texts.watch(it, now=now), (tuple(marked), (*last, buttons.codes(it.car))), is_separate=is_separate)


def new_codes(it: NewCodes, *, now: datetime) -> Screen:
    """Codes that a watched car reports for the first time."""
    mute = Button("🔕 Mute", taps.MuteCodes(it.car, it.offer))
    rows = ((_send(it.car, it.offer, len(it.codes)), mute), (buttons.codes(it.car),))
    return Screen(texts.new_codes(it, now=now), rows)
