"""Every sentence that people read, one file a capability; what all of them use is in formatting and refusals."""
# ruff: noqa: A004, F401 - a package that is its files, one of which is called help

from bot.telegram.texts import (
    actions,
    cars,
    codes,
    family,
    help,
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
