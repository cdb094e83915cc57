"""The settings of a home, as the use cases read them."""

import logging

from bot.domain.ids import ChatId
from bot.domain.preferences import Preferences, read
from bot.service.ports import Clock
from storage import Database, Tampered, Tx, WrongKeys
from storage.repositories import home_settings, shared_chats

_log = logging.getLogger(__name__)


def preferences_of(tx: Tx, home: int) -> Preferences:
    """Return the settings of a home, or the defaults if they can't be decrypted: a Lock must not fail for that."""
    try:
        return read(home_settings.get(tx, home))
    except (Tampered, WrongKeys) as error:
        _log.error("The settings of a home can't be decrypted, so the defaults count: %s", error)
        return Preferences()


async def is_quiet(chat: ChatId, *, db: Database, clock: Clock) -> bool:
    """Return whether the chat's home, or one whose cars are used there, has quiet hours now."""
    now = clock.now()

    def find(tx: Tx) -> bool:
        homes = (int(chat), *shared_chats.homes_of_chat(tx, chat))
        return any(preferences_of(tx, home).quiet_until(now) is not None for home in homes)

    return await db.read(find)
