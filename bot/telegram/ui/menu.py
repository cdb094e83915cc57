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
    MenuEntry("codes", "Error codes: read them, ask what they mean"),
    MenuEntry("clearcodes", "Mark error codes as cleared (asks first)"),
    MenuEntry("cars", "Choose a car"),
    MenuEntry("invite", "Invite somebody to your cars"),
    MenuEntry("members", "Who may use your cars"),
    MenuEntry("log", "Who did what with the car"),
    MenuEntry("settings", "What I ask, what I tell you, and when"),
    MenuEntry("link", "Connect your DIMO account"),
    MenuEntry("unlink", "Delete this chat's tokens (asks first)"),
    MenuEntry("cancel", "Drop the open question"),
    MenuEntry("help", "What I can do"),
    MenuEntry("privacy", "What is stored, and how to delete it"),
    MenuEntry("forget", "Delete all that is stored about you (asks first)"),
    MenuEntry("start", "Begin"),
)

PRIVATE_ONLY = frozenset({"link", "unlink", "invite", "members", "settings", "log", "forget"})
"""Commands whose answers are nobody else's business."""

GROUP_MENU = tuple(entry for entry in MENU if entry.name not in PRIVATE_ONLY)
"""The commands that work in groups."""
