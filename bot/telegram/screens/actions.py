"""Values as screens: which text, which buttons. What a role may not do has no button."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from bot.domain.actions import ACTIONS, Action
from bot.domain.expiry import Ending, Notice
from bot.domain.ids import CarId, ChatId
from bot.domain.linking import Linked, LinkFault
from bot.domain.outcomes import Note, Outcome, State
from bot.domain.prompts import Prompt, Task
from bot.domain.refusals import Reason
from bot.domain.reports import CarReport
from bot.domain.roles import Ability, ability_for, may
from bot.service.actions.requests import Asked
from bot.service.cars.accessible_cars import AccessibleCar
from bot.telegram.texts import actions as texts
from bot.telegram.texts import help as pages
from bot.telegram.texts.actions import ACTION_WORDS
from bot.telegram.texts.formatting import label, name
from bot.telegram.texts.refusals import REFUSALS
from bot.telegram.ui.screen import Button, Rows, Screen, Style
from bot.telegram.ui.taps import (
    Act,
    Cancel,
    ChooseCar,
    Confirm,
    Link,
    LookAgain,
    RefreshStatus,
    ShowCars,
    ShowCodes,
    ShowMembers,
    ShowStatus,
)

_MOST_BUTTONS = 50
"""Cars to choose from in one message: Telegram takes a hundred buttons, and nobody reads as many."""

_PANEL: tuple[tuple[Action, ...], ...] = (
    (Action.LOCK, Action.UNLOCK),
    (Action.FRUNK, Action.TRUNK),
    (Action.CHARGE_START, Action.CHARGE_STOP),
)


def link_again() -> Button:
    """The way back from a link that has ended."""
    return Button("🔗 Link again", Link())


def codes_button(car: CarId) -> Button:
    """The way to a car's error codes."""
    return Button("🔧 Error codes", ShowCodes(car))


def _act(action: Action, car: CarId) -> Button:
    return Button(ACTION_WORDS[action].label, Act(action, car), _style(action))


def _style(action: Action) -> Style | None:
    return {Action.LOCK: Style.SUCCESS}.get(action, Style.DANGER if ACTIONS[action].opens else None)


def _status(car: CarId) -> Button:
    return Button("📋 Status", ShowStatus(car))


def panel(
    car: AccessibleCar, report: CarReport | None, note: str | None, now: datetime, *, group_address: str | None = None
) -> Screen:
    """The car's panel: its name, its last report, and every action of the person's role."""
    title = f"🚗 <b>{name(car.name)}</b>"
    if car.description and car.description != car.name:
        title += f" ({name(car.description)})"
    lines = [title, *_state(car, report, note, now)]
    if car.cannot:
        cannot = ", ".join(ACTION_WORDS[action].noun for action in Action if action in car.cannot)
        lines.append(f"Not possible with this car: {cannot}.")
    if not car.may_be_commanded:
        lines.append(REFUSALS[Reason.NOT_SHARED_FOR_COMMANDS].why.format(car=name(car.name)))
    rows = [tuple(_act(a, car.id) for a in row if _is_offered(a, car, now)) for row in _PANEL]
    last = [_status(car.id), codes_button(car.id)]
    if car.is_one_of_several:
        last.append(Button("🚗 Cars", ShowCars()))
    family = _family(car, group_address, now)
    return Screen("\n".join(lines), _with_link((*rows, tuple(last), family), ended=car.ended))


def _family(car: AccessibleCar, group_address: str | None, now: datetime) -> tuple[Button, ...]:
    """What an owner finds on the panel of the private chat: the people, and the way into a group."""
    if group_address is None or not may(car.access, Ability.MEMBERS, now=now):
        return ()
    return (Button("👥 Members", ShowMembers()), Button("💬 Share in a group", group_address))


def _is_offered(action: Action, car: AccessibleCar, now: datetime) -> bool:
    return action not in car.cannot and may(car.access, ability_for(action), now=now)


def _state(car: AccessibleCar, report: CarReport | None, note: str | None, now: datetime) -> list[str]:
    lines = texts.report_lines(report, now=now) if report else []
    if report and not lines:
        lines.append("The car has not reported anything yet.")
    if missing := texts.unreported(car.reports):
        lines.append(missing)
    if note:
        lines.append(note)
    if car.ended is not None:
        lines.append(texts.ended(car.ended))
    return lines


def status(car: AccessibleCar, report: CarReport | None, note: str | None, now: datetime) -> Screen:
    """What a car last reported, by itself."""
    lines = [f"📋 <b>{name(car.name)}</b>", *_state(car, report, note, now)]
    rows: Rows = ((_act(Action.LOCK, car.id), Button("🔄 Status", RefreshStatus(car.id))),)
    return Screen("\n".join(lines), _with_link(rows, ended=car.ended))


def _with_link(rows: Rows, *, ended: Ending | None) -> Rows:
    return (*rows, (link_again(),)) if ended is not None else rows


def charge(car: AccessibleCar, *, now: datetime) -> Screen:
    """Start and stop charging, side by side."""
    offered = tuple(_act(a, car.id) for a in _PANEL[2] if may(car.access, ability_for(a), now=now))
    text = pages.CHARGE.format(car=name(car.name))
    if car.ended is not None:
        text += f"\n{texts.ended(car.ended)}"
    return Screen(text, _with_link((offered,), ended=car.ended))


def choice(cars: Sequence[AccessibleCar], *, chat: ChatId) -> Screen:
    """The cars to choose from; in the home chat DIMO can be asked for more."""
    if not cars:
        return Screen(pages.NO_CARS, ((Button("🔑 Link", Link()), Button("🔄 Look again", LookAgain())),))
    listed = cars[:_MOST_BUTTONS]
    rows: Rows = tuple((Button(f"🚗 {label(car.name)}", ChooseCar(car.id)),) for car in listed)
    ended = next((car.ended for car in cars if car.ended), None)
    text = pages.CHOOSE if len(listed) == len(cars) else f"{pages.CHOOSE} These are the first {len(listed)}."
    text += f"\n{texts.ended(ended)}" if ended else ""
    if any(car.home == chat for car in cars):
        rows = (*rows, (Button("🔄 Look again", LookAgain()),))
    return Screen(text, _with_link(rows, ended=ended))


def question(asked: Asked, *, person: str, now: datetime) -> Screen:
    """The question before an action; its confirming button carries the action's own verb."""
    subject = asked.action
    text = texts.question(
        subject, car=asked.car_name, person=person, report=asked.report, lifetime=asked.lifetime, now=now
    )
    if asked.ended is not None:
        text += f"\n{texts.ended(asked.ended)}"
    rows = yes_no(asked.prompt, ACTION_WORDS[subject].label, style=_style(subject))
    return Screen(text, _with_link(rows, ended=asked.ended), prompt=asked.prompt.id)


def unlink_question(prompt: Prompt) -> Screen:
    """The question before a chat's tokens are deleted."""
    return Screen(pages.UNLINK_QUESTION, yes_no(prompt, "🗑 Unlink"), prompt=prompt.id)


def yes_no(prompt: Prompt, label: str, *, style: Style | None = Style.DANGER) -> Rows:
    """The two answers to a question; yes carries its own verb."""
    yes = Button(label, Confirm(prompt.id), style)
    return ((yes, Button("✖️ Cancel", Cancel(prompt.id))),)


def question_cancelled(prompt: Prompt) -> Screen:
    """A question that somebody dropped."""
    return _closed(prompt, "✖️ Cancelled")


def question_expired(prompt: Prompt) -> Screen:
    """A question that nobody answered in time."""
    return _closed(prompt, "⌛ Expired")


def _closed(prompt: Prompt, how: str) -> Screen:
    subject = prompt.subject
    if isinstance(subject, Task) or prompt.car is None:
        rows = ((codes_button(prompt.car),),) if prompt.car is not None else ()
        return Screen(texts.question_closed(subject, how), rows)
    return Screen(texts.question_closed(subject, how), ((_act(subject, prompt.car),),))


def outcome(it: Outcome, *, car: CarId, now: datetime) -> Screen:
    """What became of an action, with the next steps that make sense."""
    rows: list[tuple[Button, ...]] = []
    opens, over = ACTIONS[it.action].opens, it.state not in {State.QUEUED, State.SENDING}
    next_steps: list[Button] = []
    if over and (it.state is not State.REFUSED) and (opens or it.opening_may_run_until or _is_unsure(it)):
        next_steps.append(_act(Action.LOCK, car))
    if it.state is State.REFUSED and not _offers_link(it.reason):
        next_steps.append(_act(it.action, car))
    if over and _is_unsure(it):
        next_steps.append(_status(car))
    if next_steps:
        rows.append(tuple(next_steps))
    if _offers_link(it.reason) or it.ended is not None:
        rows.append((link_again(),))
    return Screen(texts.outcome(it, now=now), tuple(rows))


def _is_unsure(it: Outcome) -> bool:
    blind = {Note.CAR_DOES_NOT_REPORT, Note.MAY_NOT_READ_REPORTS}
    return it.state in {State.UNKNOWN, State.NOT_CONFIRMED} or it.note in blind


def _offers_link(reason: Reason | None) -> bool:
    return reason is not None and REFUSALS[reason].offers_link


def refusal(reason: Reason, *, car: str | None = None) -> Screen:
    """A no, with the button for the next step where there is one."""
    rows: Rows = ((Button("🔗 Link", Link()),),) if REFUSALS[reason].offers_link else ()
    return Screen(texts.refusal(reason, car=car), rows)


def private_chat_only(address: str) -> Screen:
    """The way from a group to the private chat."""
    return Screen(texts.refusal(Reason.PRIVATE_CHAT_ONLY), ((Button("💬 Open the private chat", address),),))


def link(address: str | None) -> Screen:
    """How to connect a DIMO account."""
    if address is None:
        return Screen(pages.LINK_WITHOUT_LICENSE)
    return Screen(pages.LINK_HERE, ((Button(pages.SIGN_IN_LABEL, address, Style.PRIMARY),),))


def linked(it: Linked) -> Screen:
    """What came of linking."""
    if it.cars:
        return Screen(pages.linked(it), ((Button("🚗 Open the car", ShowCars()),),))
    return Screen(pages.linked(it), ((Button("🔄 Look again", LookAgain()), Button("🔗 Link", Link())),))


def link_failed(fault: LinkFault, said: str | None) -> Screen:
    """Why something that was sent did not link an account."""
    return Screen(pages.link_failed(fault, said), ((Button("🔗 Link", Link()),),))


def secret_remains(answer: Screen | None) -> Screen:
    """The answer, if any, to a message with a secret that could not be deleted."""
    if answer is None:
        return Screen(pages.NOT_DELETED)
    return replace(answer, text=f"{answer.text}\n\n{pages.NOT_DELETED}")


def notice(it: Notice, *, now: datetime) -> Screen:
    """Something that ends."""
    return Screen(pages.notice(it, now=now), ((link_again(),),))
