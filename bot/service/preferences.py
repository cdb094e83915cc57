"""The settings of a home, as the use cases read them."""

import logging

from bot.domain.preferences import Preferences, read
from storage import Tampered, Tx, WrongKeys
from storage.repositories import home_settings

_log = logging.getLogger(__name__)


def preferences_of(tx: Tx, home: int) -> Preferences:
    """Return the settings of a home, or the defaults if they can't be decrypted: a Lock must not fail for that."""
    try:
        return read(home_settings.get(tx, home))
    except (Tampered, WrongKeys) as error:
        _log.error("The settings of a home can't be decrypted, so the defaults count: %s", error)
        return Preferences()
