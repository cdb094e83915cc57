"""Every sentence that people read about error codes; a translation replaces this file and its neighbours."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from html import escape

from bot.domain.code_history import CodeQuery, CodesView, Delivery, Entry, FromCar, NewCodes, Source, WatchSetting
from bot.domain.codes import MOST_AT_ONCE, BadWord
from bot.domain.refusals import Reason
from bot.domain.reports import CarCodes, CarReport
from bot.service.codes.requests import AskedToClear, Doubtful, NothingToClear, Wanted
from bot.service.ports import Person
from bot.telegram.texts.code_meanings import flaw, meaning
from bot.telegram.texts.formatting import age, cut, has_time, label, mention, moment, name, passage
from bot.telegram.texts.refusals import REFUSALS
from bot.telegram.ui.paging import Block, utf16_length

ASKING_DIMO = "Asking DIMO for old codes…"
ASKING_THE_CAR = "Asking the car for its codes…"
CODES_PLACEHOLDER = "P0106 P0279"

_ROOM_OF_HEAD = 1060
_MOST_NAMED = 15
_MOST_REPORTED = 5
"""Codes of the car above the history; Read from car shows all."""
_ROOM_FOR_NAMES = 2400


def why(reason: Reason, *, car: str) -> str:
    """Return the reason in one or two sentences."""
    return REFUSALS[reason].why.format(car=name(car))


def head(view: CodesView, *, note: str | None, now: datetime) -> str:
    """Return the lines above the codes of a query: the car, the asker, the time, and its progress."""
    lines = [f"🔧 <b>{name(view.car_name)}</b>: error codes"]
    if view.query is None:
        enter = ", or Enter codes" if view.may_write else ""
        lines.append(f"Nobody has asked about an error code yet.\nNext: tap Read from car{enter}.")
    else:
        lines.append(_asked(view.query, now))
        if not view.is_continued:
            lines += [*_delivery(view.query, car=view.car_name), *_cleared(view.query, car=view.car_name, now=now)]
        if view.is_elsewhere:
            lines.append("⤵️ What comes of it is shown in another chat. Here, /codes shows it.")
        elif view.is_continued:
            lines.append("⤵️ What comes of it is shown in another message.")
    if note:
        lines.append(note)
    with_report = "\n".join([lines[0], *_reported_now(view, now), *lines[1:]])
    # The longest names leave no room for it; Read from car shows it then.
    return with_report if utf16_length(with_report) <= _ROOM_OF_HEAD else "\n".join(lines)


def _reported_now(view: CodesView, now: datetime) -> list[str]:
    """Say which codes the car reports; that it reports none only if there is no history either."""
    codes = CarCodes() if view.reported is None else view.reported.codes
    if codes.listed is None or codes.listed_at is None:
        return []
    when = moment(codes.listed_at, now=now)
    if not codes.names:
        return [] if view.query else [f"The car reports no error code, {when}."]
    more = [f"… and {len(codes.names) - _MOST_REPORTED} more"] if len(codes.names) > _MOST_REPORTED else []
    listed = [f"• <b>{name(code)}</b> – {escape(cut(meaning(code), 80))}" for code in codes.names[:_MOST_REPORTED]]
    return [f"<b>The car reports now</b>, {when}", *listed, *more, ""]


def _asked(query: CodeQuery, now: datetime) -> str:
    when = moment(query.asked_at, now=now)
    if query.source is Source.DIMO:
        return f"Asked outside of this chat, {when}."
    asked = f"Asked by {name(query.asked_by or '?')}, {when}."
    return f"The car's own codes. {asked}" if query.source is Source.CAR else asked


def _delivery(query: CodeQuery, *, car: str) -> Iterator[str]:
    if query.delivery is Delivery.REFUSED and query.reason is not None:
        yield f"⛔ {why(query.reason, car=car)} They stay in my own record."
    elif query.delivery is Delivery.WAITING and query.reason is None:
        yield "⏳ Waiting for DIMO's explanation. It can take a minute."
    elif query.delivery is Delivery.WAITING and query.reason is not None:
        then = "I keep the codes and try again by myself."
        if query.is_given_up:
            then = "I keep the codes.\nNext: tap Send again, or open /codes, when DIMO is back."
        yield f"📮 Not at DIMO yet. {why(query.reason, car=car)} {then}"


def _cleared(query: CodeQuery, *, car: str, now: datetime) -> Iterator[str]:
    if query.cleared_at is None:
        return
    by = f" by {name(query.cleared_by)}" if query.cleared_by else ""
    line = f"🧹 Cleared{by}, {moment(query.cleared_at, now=now)}."
    reason = None if query.reason is None else why(query.reason, car=car)
    if query.clearing is Delivery.WAITING and query.delivery is Delivery.WAITING:
        yield f"{line} DIMO gets to know it with the codes."
    elif query.clearing is Delivery.WAITING and reason is None:
        yield f"{line} Telling DIMO…"
    elif query.clearing is Delivery.WAITING:
        then = "Next: tap Send again." if query.is_given_up else "I try again by myself."
        yield f"{line}\n📮 DIMO does not know it yet. {reason} {then}"
    elif query.clearing is Delivery.REFUSED and reason is not None:
        yield f"{line} In my record only: {_lower_first(reason)}"
    else:
        yield line


def block(entry: Entry) -> Block:
    """Lay out a code with its meaning; a long explanation is folded."""
    said, words = passage(entry.explanation or ""), meaning(entry.code)
    if entry.is_from_before and said:
        words = f"{words} (explained earlier)".strip()
    return Block(label(entry.code), words, said)


def page_number(page: int, count: int) -> str:
    """Say which page of several this is."""
    return f"Page {page + 1} of {count}" if count > 1 else ""


def doubtful(it: Doubtful) -> str:
    """Ask about the codes in a text, and say of every other word what is wrong with it; a line for each of them."""
    lines = []
    if it.offer is not None:
        good = named((code.text for code in it.typed.codes), room=600)
        lines.append(f"Look up {good} for {name(it.car_name)}? Nothing was sent yet.")
    if it.typed.left_out:
        left_out = named((code.text for code in it.typed.left_out), room=300)
        lines.append(f"DIMO takes {MOST_AT_ONCE} codes at once. Left out: {left_out}.")
    lines += _first([_bad(one, it) for one in it.typed.bad])
    if it.offer is None and it.guess is None:
        nothing = [] if lines else ["I found no error code in that. Nothing was sent."]
        then = "I still wait: write them like P0106 U0100-87, or /cancel."
        lines = [*lines, *nothing]
        lines[-1] += f" {then if it.is_waiting else 'Next: write codes like P0106 U0100-87.'}"
    return "\n".join(lines)


def _bad(one: BadWord, it: Doubtful) -> str:
    if one.meant is not None and it.guess is not None:
        car = f", for {name(it.car_name)}" if it.offer is None else ""
        return f"❔ <b>{name(one.word)}</b>: did you mean {one.meant.text}{car}?"
    wrong = flaw(one)
    return f"✖️ <b>{name(one.word)}</b>: {escape(wrong)}{'' if wrong.endswith('?') else '.'}"


def _first(lines: Sequence[str]) -> list[str]:
    more = [f"… and {len(lines) - _MOST_NAMED} more."] if len(lines) > _MOST_NAMED else []
    return [*lines[:_MOST_NAMED], *more]


def named(codes: Iterable[str], *, room: int = _ROOM_FOR_NAMES) -> str:
    """List codes, as many as there is room for."""
    names = [label(code) for code in codes]
    shown: list[str] = []
    for one in names:
        room -= utf16_length(one) + 2
        if room < 0:
            return f"{', '.join(shown)} and {len(names) - len(shown)} more"
        shown.append(escape(one))
    return ", ".join(shown)


def wanted(it: Wanted, *, person: Person | None) -> str:
    """Ask for codes; in a group, ask one person."""
    which = "Which" if person is None else f"{mention(person.id, person.name)}, which"
    return f"{which} error codes of {name(it.car_name)}? Write them here, like P0106 P0279. Or /cancel."


def from_car(it: FromCar, *, now: datetime) -> str:
    """Return the lines above the codes that a car itself reports."""
    car, codes = name(it.car_name), it.report.codes
    lines = [f"🚗 <b>{car}</b>: codes from the car", _listed(codes, car=car, now=now), *_counted(codes, now=now)]
    if codes.names and not it.new:
        lines.append("All of them were asked about already.\nNext: tap Error codes.")
    elif len(it.new) > MOST_AT_ONCE:
        many = f"{len(it.new)} of them are not among the codes asked about last."
        lines.append(f"{many} DIMO takes {MOST_AT_ONCE} codes at once.")
    elif len(it.new) < len(codes.names):
        lines.append(f"Not among the codes asked about last: {named(it.new, room=500)}.")
    return "\n".join(lines)


def _listed(codes: CarCodes, *, car: str, now: datetime) -> str:
    if codes.listed is None or codes.listed_at is None:
        return f"{car} has never sent a list of its codes."
    when = f"Reported {_when(codes.listed_at, now)}."
    if codes.listed.codes:
        return when
    said = "No error codes." if not codes.listed.other else "I can't read a code in what it sent."
    return f"{said} {when}"


def _counted(codes: CarCodes, *, now: datetime) -> Iterator[str]:
    """Say how many codes a car counts, if it lists another number."""
    if codes.count is not None and (codes.listed is None or codes.count.value != len(codes.listed.codes)):
        many = f"{codes.count.value:.6g}"
        yield f"It counts {many} error code{'' if many == '1' else 's'}. Reported {_when(codes.count.at, now)}."


def reported_blocks(it: FromCar) -> list[Block]:
    """Lay out what a car reports: its codes, and then what is not a code, unchanged."""
    other = it.report.codes.listed.other if it.report.codes.listed else ()
    codes = [Block(code, meaning(code)) for code in it.report.codes.names]
    return [*codes, *(Block("Not a code", "as the car sent it", passage(text)) for text in other)]


def clear_question(it: AskedToClear, *, person: str) -> str:
    """Ask before codes are marked as cleared: name them, and say what is not cleared."""
    codes = named(it.view.query.codes) if it.view.query else ""
    return (
        f"<b>Mark these codes of {name(it.view.car_name)} as cleared?</b>\n{codes}\n"
        "This clears DIMO's record and mine, not the fault memory of the car: a warning light stays on.\n"
        f"{has_time(person, it.prompt.lifetime)}"
    )


def nothing_to_clear(it: NothingToClear, *, now: datetime) -> str:
    """Say that there is nothing to clear, or that it is cleared already."""
    query, car = it.view.query, it.view.car_name
    if query is None:
        lines = [f"There is nothing to clear: nobody has asked about a code of {name(car)}."]
    else:
        lines = ["Already cleared.", *_cleared(query, car=car, now=now)]
    if it.unknown_at_dimo is not None:
        lines.append(unavailable(it.unknown_at_dimo, car=car))
    return "\n".join(lines)


def unavailable(reason: Reason, *, car: str) -> str:
    """Say that DIMO could not be asked, and that this is the bot's own record."""
    return f"I could not ask DIMO, so this is my own record. {why(reason, car=car)}"


def no_report(reason: Reason, *, car: str) -> str:
    """Say why the car's own codes are not available."""
    then = _lower_first(REFUSALS[reason].next)
    return f"I can't get {name(car)}'s codes right now. {why(reason, car=car)}\nNext: {then}"


EVERY: Mapping[timedelta, str] = {
    timedelta(hours=1): "Every hour",
    timedelta(hours=6): "Every 6 hours",
    timedelta(hours=24): "Every day",
}


def watch(it: WatchSetting, *, now: datetime) -> str:
    """Say how a car is watched for new codes."""
    lines = [f"👁 <b>{name(it.car_name)}</b>: watch for new codes"]
    if it.every is None:
        lines.append("Off. I can look every so often, and tell you here about a new code, once.")
    else:
        lines.append(f"{EVERY[it.every]} I look at its codes. I tell you here about a new one, once.")
    lines.append("Each look costs DIMO credits of whoever runs this bot.")
    if it.report is not None:
        lines.append(_now(it.report, car=name(it.car_name), now=now))
    if it.unreadable is not None:
        lines.append(f"I can't get its codes right now. {why(it.unreadable, car=it.car_name)} I try again later.")
    if it.muted:
        lines.append(f"Muted: {named(it.muted, room=800)}.")
    return "\n".join(lines)


def _now(report: CarReport, *, car: str, now: datetime) -> str:
    if report.codes.names:
        return f"It reports now: {named(report.codes.names, room=1200)}. You know these, so I stay quiet about them."
    if report.codes.listed is None:
        return f"{car} has never sent a list of its codes. Until it does, I can't tell you about any."
    return _listed(report.codes, car=car, now=now)


def new_codes(it: NewCodes, *, now: datetime) -> str:
    """Announce codes that a car reports for the first time."""
    what = "a new error code" if len(it.codes) == 1 else f"{len(it.codes)} new error codes"
    codes = [f"<b>{name(code)}</b> – {escape(meaning(code))}" for code in it.codes]
    reported = [] if it.reported_at is None else [f"Reported {_when(it.reported_at, now)}."]
    return "\n".join([f"🔧 <b>{name(it.car_name)}</b>: {what}", *_first(codes), *reported])


def _when(at: datetime, now: datetime) -> str:
    return f"{moment(at, now=now)} ({age(at, now=now)})"


def _lower_first(text: str) -> str:
    return text if text[:2] in {"I ", "DI"} else text[:1].lower() + text[1:]
