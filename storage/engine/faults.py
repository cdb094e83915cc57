"""Identifies a database's trouble by the error of its driver or of the system, and names the remedy."""

import errno
import re
from collections.abc import Mapping
from enum import StrEnum


class Trouble(StrEnum):
    """The kind of trouble; the value is the remedy."""

    # Of either.
    DISK_FULL = "Free some space on the disk of the database"
    NO_RIGHT = "Give its user the rights on the database, or use a user who has them"
    OTHER = "Look for it in the database's own log"
    # Of SQLite's file.
    NO_FILE = "Correct the path: its folder has to exist, and the path must name a file, not a folder"
    NO_FOLDER = "Correct the path: a part of it is a file, not a folder"
    NOT_OURS = (
        "Let the file and its folder belong to the user that runs the bot (chown), who must be able to write both"
    )
    READ_ONLY_DISK = "Its file system is mounted read-only: mount it writable, or use another path"
    DAMAGED = "Stop the bot, move the file and its -wal and -shm away, and put a backup in its place"
    REPLACED = "Put the file back, or start the bot with the new one"
    IN_USE = "Another program holds the file: end it, and run the bot once only"
    DISK_FAILS = "Look after the disk: it fails or is full"
    # Of PostgreSQL.
    NO_HOST = "Correct the host, or repair the name service (DNS)"
    NO_SERVER = "Start the server, or correct host and port"
    SILENT = "Look at the network and the firewall between here and the server, and correct host and port"
    HELD_UP = "Look for what keeps the server busy or holds its tables, such as a dump, and wait for its end"
    WRONG_LOGIN = "Correct user and password"
    NOT_ALLOWED = "Allow this user, database and host in the server's pg_hba.conf, or correct them"
    NO_DATABASE = "Create this database, or correct its name"
    TOO_MANY = "End other programs that use the server, or raise its max_connections"
    STARTING = "Wait until the server has started or stopped, and try again"
    WRONG_SSL = "Correct sslmode, or set up SSL at the server and its certificate"
    STANDBY = "Use the primary server: this one, or this connection, only reads"

    @property
    def may_pass(self) -> bool:
        """Whether it may end without a change of the settings."""
        return self in _PASSING


_PASSING = frozenset(
    {
        *(Trouble.IN_USE, Trouble.REPLACED, Trouble.DISK_FULL, Trouble.DISK_FAILS, Trouble.OTHER),
        *(
            Trouble.NO_HOST,
            Trouble.NO_SERVER,
            Trouble.SILENT,
            Trouble.HELD_UP,
            Trouble.TOO_MANY,
            Trouble.STARTING,
            Trouble.STANDBY,
        ),
    }
)


# By the beginning of the name of SQLite's error, such as SQLITE_READONLY in SQLITE_READONLY_DIRECTORY.
_BY_NAME: Mapping[str, Trouble] = {
    "SQLITE_FULL": Trouble.DISK_FULL,
    "SQLITE_CANTOPEN": Trouble.NO_FILE,
    "SQLITE_PERM": Trouble.NOT_OURS,
    "SQLITE_AUTH": Trouble.NOT_OURS,
    "SQLITE_READONLY": Trouble.NOT_OURS,
    "SQLITE_CORRUPT": Trouble.DAMAGED,
    "SQLITE_NOTADB": Trouble.DAMAGED,
    "SQLITE_BUSY": Trouble.IN_USE,
    "SQLITE_LOCKED": Trouble.IN_USE,
    "SQLITE_PROTOCOL": Trouble.IN_USE,
    "SQLITE_IOERR": Trouble.DISK_FAILS,
}

_BY_STATE: Mapping[str, Trouble] = {
    "53100": Trouble.DISK_FULL,
    "53300": Trouble.TOO_MANY,
    "57P03": Trouble.STARTING,
    "57P01": Trouble.STARTING,
    "28P01": Trouble.WRONG_LOGIN,
    "28000": Trouble.NOT_ALLOWED,
    "3D000": Trouble.NO_DATABASE,
    "42501": Trouble.NO_RIGHT,
    "25006": Trouble.STANDBY,
    "57014": Trouble.HELD_UP,
    "55P03": Trouble.HELD_UP,
}

# A connection that failed has no state, only the words of the server, of libpq or of the system.
_BY_WORDS: tuple[tuple[str, Trouble], ...] = (
    (r"disk is full|no space left|disk quota exceeded", Trouble.DISK_FULL),
    (r"malformed|not a database", Trouble.DAMAGED),
    (
        r"translate host name|resolve host|name or service not known|nodename nor servname|name resolution",
        Trouble.NO_HOST,
    ),
    (r"too many (clients|connections)|connection slots|max_client_conn", Trouble.TOO_MANY),
    (r"password authentication failed|no password supplied|role \S+ does not exist|sasl", Trouble.WRONG_LOGIN),
    (r"no pg_hba\.conf entry|peer authentication failed|ident authentication failed", Trouble.NOT_ALLOWED),
    (r"database \S+ does not exist|no such database", Trouble.NO_DATABASE),
    (r"\bssl\b|certificate|sslmode|\btls\b", Trouble.WRONG_SSL),
    (r"is (starting up|shutting down)|in recovery mode", Trouble.STARTING),
    (
        r"connection refused|no such file or directory|closed the connection unexpectedly|connection is lost",
        Trouble.NO_SERVER,
    ),
    (r"timeout|timed out|in time|no route to host|network is unreachable", Trouble.SILENT),
    (r"permission denied", Trouble.NO_RIGHT),
    (r"read-only", Trouble.STANDBY),
)

_BY_NUMBER: Mapping[int, Trouble] = {
    errno.EACCES: Trouble.NOT_OURS,
    errno.EPERM: Trouble.NOT_OURS,
    errno.EROFS: Trouble.READ_ONLY_DISK,
    errno.ENOSPC: Trouble.DISK_FULL,
    errno.EDQUOT: Trouble.DISK_FULL,
    errno.ENOTDIR: Trouble.NO_FOLDER,
    errno.EEXIST: Trouble.NO_FOLDER,
    errno.EISDIR: Trouble.NO_FILE,
    errno.ENOENT: Trouble.NO_FILE,
    errno.ENAMETOOLONG: Trouble.NO_FILE,
    errno.ELOOP: Trouble.NO_FILE,
    errno.EIO: Trouble.DISK_FAILS,
}


def trouble_of(error: BaseException) -> Trouble:
    """Identify the trouble by an error of the system or of a database's driver."""
    if isinstance(error, OSError):
        return _BY_NUMBER.get(error.errno or 0, Trouble.NO_FILE)
    name, words = getattr(error, "sqlite_errorname", None), str(error).lower()
    if name is not None:
        if "disk is full" in words:
            return Trouble.DISK_FULL
        return next((trouble for start, trouble in _BY_NAME.items() if name.startswith(start)), Trouble.OTHER)
    state: str = getattr(error, "sqlstate", None) or ""
    if state in _BY_STATE:
        return _BY_STATE[state]
    return next((trouble for pattern, trouble in _BY_WORDS if re.search(pattern, words)), Trouble.OTHER)
