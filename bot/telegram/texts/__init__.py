"""Every sentence that people read, one file a capability. Most functions get a value and the time, and return HTML."""

from bot.telegram.texts import (
    actions,
    cars,
    codes,
    family,
    formatting,
    help,  # noqa: A004 - the capability is called so
    linking,
    log,
    notifications,
    privacy,
    refusals,
    settings,
)

__all__ = [
    "actions",
    "cars",
    "codes",
    "family",
    "formatting",
    "help",
    "linking",
    "log",
    "notifications",
    "privacy",
    "refusals",
    "settings",
]
