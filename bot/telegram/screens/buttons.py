"""The buttons that several screens have."""

from collections.abc import Sequence

from bot.domain.actions import Action
from bot.domain.ids import CarId
from bot.domain.prompts import Prompt
from bot.telegram import texts
from bot.telegram.ui import taps
from bot.telegram.ui.callback_data import Tap
from bot.telegram.ui.screen import Button, Rows, Style

LINK = Button("🔑 Link", taps.Link())
LINK_AGAIN = Button("🔑 Link again", taps.Link())
LOOK_AGAIN = Button("🔄 Look again", taps.LookAgain())
MEMBERS = Button("👥 Members", taps.ShowMembers())


def act(action: Action, car: CarId) -> Button:
    """The button that does an action, or asks before it."""
    return Button(texts.actions.ACTION_WORDS[action].label, taps.Act(action, car), style(action))


def close_trunk(car: CarId) -> Button:
    """The button that asks before it moves a trunk that was reported open."""
    words = texts.actions.CLOSING
    return Button(f"{words.sign} {words.answer}", taps.Act(Action.TRUNK, car))


def style(action: Action) -> Style | None:
    """Return green for Lock; red is for what deletes."""
    return Style.SUCCESS if action is Action.LOCK else None


def command(label: str, name: str) -> Button:
    """The button that does what a command does, in a new message."""
    return Button(label, taps.RunCommand(name))


def private_chat(address: str) -> Button:
    """The button that opens the private chat with the bot."""
    return Button("💬 Private chat", address)


SHOW_CAR = command("🚗 Show the car", "car")


def status(car: CarId) -> Button:
    """The button that shows a car's report in a new message."""
    return Button("📋 Status", taps.ShowStatus(car))


def where(car: CarId) -> Button:
    """The button that shows in a new message where a car is."""
    return Button("📍 Where", taps.ShowWhere(car))


def codes(car: CarId) -> Button:
    """The button that shows a car's error codes."""
    return Button("🔧 Codes", taps.ShowCodes(car))


def yes_no(prompt: Prompt, label: str, *, style: Style | None = Style.DANGER) -> Rows:
    """The two answers to a question; yes is labelled with its own verb."""
    return ((Button(label, taps.Confirm(prompt.id), style), Button("✖️ Cancel", taps.Cancel(prompt.id))),)


def option(label: str, does: Tap, *, is_chosen: bool) -> Button:
    """One of several choices; the present one is marked."""
    return Button(f"✅ {label}" if is_chosen else label, does)


def by_two(buttons: Sequence[Button]) -> Rows:
    """Two buttons in each row."""
    return tuple(tuple(buttons[at : at + 2]) for at in range(0, len(buttons), 2))


def turn(back: Tap | None, on: Tap | None, labels: Sequence[str] = ("⬅️ Page", "Page ➡️")) -> tuple[Button, ...]:
    """The buttons that turn to the neighbouring pages."""
    return tuple(Button(words, does) for words, does in zip(labels, (back, on), strict=True) if does is not None)
