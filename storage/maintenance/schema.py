"""Upgrade of the schema to the newest revision, at each start."""

from pathlib import Path

from sqlalchemy import inspect, text

from storage.engine.backups import make_copy
from storage.engine.database import Database, Tx
from storage.maintenance.key_check import refuse_wrong_keys
from storage.maintenance.rotation import fill_hashes

HEAD = "0017"
MIGRATIONS = Path(__file__).parents[1] / "migrations"

_VERSION_TABLE = "alembic_version"
_VERSION = text("SELECT version_num FROM alembic_version")
_LOCK = text("SELECT pg_advisory_xact_lock(7215580127350017)")


class SchemaTooNew(Exception):
    """The database was written by a newer version of this program."""


def upgrade(database: Database) -> bool:
    """Upgrade the schema to the newest revision in one transaction; return whether something changed.

    Of several processes one does the work while the others wait. Raises SchemaTooNew, and WrongKeys before an
    existing database is changed. SQLite's file is copied before its schema changes.
    """
    has_changed = database.run_now(lambda tx: _upgrade(tx, database.file))
    database.remember()
    return has_changed


def _upgrade(tx: Tx, file: Path | None) -> bool:
    if tx.dialect != "postgresql":
        return _upgrade_alone(tx, file)
    from storage.engine.postgres import unhurried

    with unhurried(tx.connection):
        tx.connection.execute(_LOCK)
        return _upgrade_alone(tx, file)


def _upgrade_alone(tx: Tx, file: Path | None) -> bool:
    revision = _revision(tx)
    if revision == HEAD:
        return False
    # Importing Alembic takes longer than everything else here, and most starts have nothing to upgrade.
    from storage import migrations

    if revision is not None:
        if revision not in migrations.known_revisions():
            raise SchemaTooNew(
                f"the database is at revision {revision}, which this version of the program does not know: "
                "install the newer version again"
            )
        refuse_wrong_keys(tx)
        if file is not None:
            make_copy(file, HEAD)
    migrations.run(tx.connection)
    fill_hashes(tx)
    return True


def is_newest(tx: Tx) -> bool:
    """Return whether the schema is the one of this program."""
    return _revision(tx) == HEAD


def _revision(tx: Tx) -> str | None:
    if not inspect(tx.connection).has_table(_VERSION_TABLE):
        return None
    return tx.connection.execute(_VERSION).scalar_one_or_none()
