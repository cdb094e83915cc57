"""Screens: a text with its buttons, one file a capability. What a role may not do has no button."""

from bot.telegram.screens import actions, cars, codes, family, linking, log, notifications, privacy, refusals, settings

__all__ = ["actions", "cars", "codes", "family", "linking", "log", "notifications", "privacy", "refusals", "settings"]
