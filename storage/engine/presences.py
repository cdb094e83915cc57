"""The presence that fits a database."""

from storage.engine.database import Database
from storage.engine.locked_files import FilePresence, files_beside, is_locked
from storage.engine.presence import Presence


def open_presence(database: Database) -> Presence:
    """Take a new number and hold it where all processes of this database can see it. Blocks."""
    if database.file is not None:
        return FilePresence(database.file)
    from storage.engine.heartbeat import Heartbeat

    return Heartbeat(database.engine)


def is_in_use(database: Database) -> bool:
    """Return whether a process holds a number of this database; blocks, and raises DatabaseFault."""
    if database.file is not None:
        return any(map(is_locked, files_beside(database.file)))
    from storage.engine.heartbeat import is_any_new

    return database.run_now(lambda tx: is_any_new(tx.connection))
