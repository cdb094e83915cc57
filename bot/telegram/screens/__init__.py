"""A text with its buttons, one file a capability; what all of them use is in buttons and refusals.

What a role may not do has no button.
"""
# ruff: noqa: F401 - a package that is its files

from bot.telegram.screens import (
    actions,
    cars,
    codes,
    family,
    linking,
    log,
    notes,
    notifications,
    privacy,
    schedules,
    settings,
    week,
    where,
)
