"""Databases that break, for tests: a disk that is full, and a line that is cut after a commit."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, closing, contextmanager

from sqlalchemy import make_url, text

from storage import Database, Vault

_ON_SQLITE = (
    "CREATE TRIGGER disk_is_full BEFORE UPDATE OF settled_at ON actions"
    " BEGIN SELECT RAISE(ABORT, 'database or disk is full'); END"
)
_ON_POSTGRES = (
    "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql"
    " AS $$ BEGIN RAISE EXCEPTION 'No space left on device'; END $$;"
    " CREATE TRIGGER disk_is_full BEFORE UPDATE OF settled_at ON actions"
    " FOR EACH ROW EXECUTE FUNCTION refuse()"
)
_REFUSE = {"sqlite": _ON_SQLITE, "postgresql": _ON_POSTGRES}
_ALLOW = {"sqlite": "DROP TRIGGER disk_is_full", "postgresql": "DROP FUNCTION refuse() CASCADE"}


@contextmanager
def takes_no_outcomes(url: str, vault: Vault) -> Iterator[None]:
    """Let the database refuse to store what became of an action, for the length of the block."""
    with closing(Database.open(url, vault)) as database:
        database.run_now(lambda tx: tx.connection.execute(text(_REFUSE[tx.dialect])))
        try:
            yield
        finally:
            database.run_now(lambda tx: tx.connection.execute(text(_ALLOW[tx.dialect])))


class CutLine:
    """A line to PostgreSQL that is cut once: after the commit of an intent, before its answer arrives."""

    def __init__(self, url: str) -> None:
        self._to = make_url(url)
        self.is_cut = False

    @asynccontextmanager
    async def address(self) -> AsyncIterator[str]:
        """Listen for the length of the block; yields the URL of the database behind this line."""
        server = await asyncio.start_server(self._carry, "127.0.0.1", 0)
        host, port = server.sockets[0].getsockname()
        async with server:
            yield self._to.set(host=host, port=port).render_as_string(hide_password=False)

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, to_there = await asyncio.open_connection(self._to.host, self._to.port or 5432)
        wrote_intent = asyncio.Event()
        try:
            await asyncio.wait(
                {
                    asyncio.create_task(self._ask(reader, to_there, wrote_intent)),
                    asyncio.create_task(self._answer(there, writer, wrote_intent)),
                },
                return_when=asyncio.FIRST_COMPLETED,
            )
        finally:
            writer.close()
            to_there.close()

    async def _ask(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, wrote_intent: asyncio.Event
    ) -> None:
        while data := await reader.read(65536):
            if b"INSERT INTO actions" in data:
                wrote_intent.set()
            writer.write(data)

    async def _answer(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, wrote_intent: asyncio.Event
    ) -> None:
        while data := await reader.read(65536):
            if b"COMMIT\0" in data and wrote_intent.is_set() and not self.is_cut:
                self.is_cut = True
                return
            writer.write(data)
