"""Storage: the tables, the frozen records made from their rows, and the vault that encrypts private content.

Knows SQL and encryption; must not know Telegram, DIMO, or what a stored word means to the family.
"""

from storage.encryption.vault import BadKey, Tampered, Vault, WrongKeys, new_key
from storage.engine.database import Database, DatabaseFault, Tx
from storage.engine.engines import BadDatabaseUrl
from storage.engine.presence import Presence
from storage.maintenance.key_check import check_keys
from storage.maintenance.rotation import Unrotated, rotate, unrotated
from storage.maintenance.schema import SchemaTooNew, upgrade
from storage.records import (
    AccessRequest,
    ActionDetails,
    ActionRow,
    Car,
    CarDetails,
    ChatChoice,
    CodeEntry,
    CodeQuery,
    CodeQueryDetails,
    CodeWatch,
    CodeWatchDetails,
    Event,
    Home,
    Invitation,
    Member,
    Prompt,
    SharedChat,
    Token,
)

__all__ = [
    "AccessRequest",
    "ActionDetails",
    "ActionRow",
    "BadDatabaseUrl",
    "BadKey",
    "Car",
    "CarDetails",
    "ChatChoice",
    "CodeEntry",
    "CodeQuery",
    "CodeQueryDetails",
    "CodeWatch",
    "CodeWatchDetails",
    "Database",
    "DatabaseFault",
    "Event",
    "Home",
    "Invitation",
    "Member",
    "Presence",
    "Prompt",
    "SchemaTooNew",
    "SharedChat",
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
