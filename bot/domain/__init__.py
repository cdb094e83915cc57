"""The rules: actions, roles, prompts, reports and outcomes as values and pure functions.

Imports the standard library only: no Telegram, no DIMO, no database, no I/O.
"""
