"""Rows and secrets: the tables, the frozen records made from them, and the vault that seals what is private.

Knows SQL and encryption; must not know Telegram, DIMO, or what any stored word means to the family.
"""
