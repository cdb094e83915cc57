"""What is true: actions, roles, prompts, reports and outcomes as values and pure functions.

Knows the standard library only: no Telegram, no DIMO, no database, nothing that waits.
"""
