"""The settings of a home, where they count."""

import logging

from bot.domain.preferences import Preferences, read
from storage import Tampered, Tx, WrongKeys
from storage.repositories import home_settings

_log = logging.getLogger(__name__)


def preferences_of(tx: Tx, home: int) -> Preferences:
    """Return the settings of a home; what is usual where they do not open: a Lock must not fail for that."""
    try:
        return read(home_settings.get(tx, home))
    except (Tampered, WrongKeys) as error:
        _log.error("The settings of a home do not open (%s): what is usual counts", error)
        return Preferences()
