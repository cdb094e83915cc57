"""The commands, as Telegram's menu shows them; their names are public and stay stable."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class MenuEntry:
    """One command with the line that Telegram shows beside it."""

    name: str
    description: str


MENU: tuple[MenuEntry, ...] = (
    MenuEntry("car", "The car's buttons and its last report"),
    MenuEntry("lock", "Lock the doors"),
    MenuEntry("unlock", "Unlock the doors (asks first)"),
    MenuEntry("frunk", "Open the front trunk (asks first)"),
    MenuEntry("trunk", "Open the rear trunk (asks first)"),
    MenuEntry("charge", "Start or stop charging"),
    MenuEntry("status", "What the car last reported"),
    MenuEntry("cars", "Choose a car"),
    MenuEntry("link", "Connect your DIMO account"),
    MenuEntry("unlink", "Delete this chat's tokens (asks first)"),
    MenuEntry("cancel", "Drop the open question"),
    MenuEntry("help", "What I can do"),
    MenuEntry("privacy", "What is stored, and how to delete it"),
    MenuEntry("start", "Begin"),
)
