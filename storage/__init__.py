"""Storage: the tables, the frozen records made from their rows, and the vault that encrypts private content.

Knows SQL and encryption; must not know Telegram, DIMO, or what a stored word means to the family.
"""

from storage.encryption.vault import BadKey as BadKey
from storage.encryption.vault import Tampered as Tampered
from storage.encryption.vault import Vault as Vault
from storage.encryption.vault import WrongKeys as WrongKeys
from storage.encryption.vault import new_key as new_key
from storage.engine.database import Database as Database
from storage.engine.database import DatabaseFault as DatabaseFault
from storage.engine.database import Tx as Tx
from storage.engine.engines import BadDatabaseUrl as BadDatabaseUrl
from storage.engine.faults import Trouble as Trouble
from storage.engine.presence import Presence as Presence
from storage.maintenance.key_check import check_keys as check_keys
from storage.maintenance.rotation import Unrotated as Unrotated
from storage.maintenance.rotation import rotate as rotate
from storage.maintenance.rotation import unrotated as unrotated
from storage.maintenance.schema import SchemaTooNew as SchemaTooNew
from storage.maintenance.schema import upgrade as upgrade
from storage.records import AccessChange as AccessChange
from storage.records import AccessRequest as AccessRequest
from storage.records import ActionDetails as ActionDetails
from storage.records import ActionRow as ActionRow
from storage.records import Car as Car
from storage.records import CarDetails as CarDetails
from storage.records import ChatChoice as ChatChoice
from storage.records import CodeEntry as CodeEntry
from storage.records import CodeQuery as CodeQuery
from storage.records import CodeQueryDetails as CodeQueryDetails
from storage.records import CodeWatch as CodeWatch
from storage.records import CodeWatchDetails as CodeWatchDetails
from storage.records import Event as Event
from storage.records import Home as Home
from storage.records import Invitation as Invitation
from storage.records import LinkConsent as LinkConsent
from storage.records import LinkPermission as LinkPermission
from storage.records import LocationLook as LocationLook
from storage.records import Member as Member
from storage.records import NoteChoice as NoteChoice
from storage.records import NoteRow as NoteRow
from storage.records import NoteWatch as NoteWatch
from storage.records import Panel as Panel
from storage.records import Prompt as Prompt
from storage.records import Schedule as Schedule
from storage.records import SharedChat as SharedChat
from storage.records import StoredLanding as StoredLanding
from storage.records import Token as Token
from storage.records import WaitingUpdate as WaitingUpdate
