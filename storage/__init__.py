"""Rows and secrets: the tables, the frozen records made from them, and the vault that seals what is private.

Knows SQL and encryption; must not know Telegram, DIMO, or what any stored word means to the family.
"""

from storage.canaries import check_keys
from storage.database import Database, DatabaseFault, Tx
from storage.engines import BadDatabaseUrl
from storage.presence import Presence
from storage.records import ActionDetails, ActionRow, Car, CarDetails, Home, Prompt, Token
from storage.rotation import Unrotated, rotate, unrotated
from storage.schema import SchemaTooNew, upgrade
from storage.vault import BadKey, Tampered, Vault, WrongKeys, new_key

__all__ = [
    "ActionDetails",
    "ActionRow",
    "BadDatabaseUrl",
    "BadKey",
    "Car",
    "CarDetails",
    "Database",
    "DatabaseFault",
    "Home",
    "Presence",
    "Prompt",
    "SchemaTooNew",
    "Tampered",
    "Token",
    "Tx",
    "Unrotated",
    "Vault",
    "WrongKeys",
    "check_keys",
    "new_key",
    "rotate",
    "unrotated",
    "upgrade",
]
