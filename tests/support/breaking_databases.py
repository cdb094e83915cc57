"""Databases that break, for tests: a disk that is full, a line that is cut after a commit, one that goes silent."""

import select
import socket
import socketserver
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress

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
    """Make the database refuse to store an action's outcome during the block."""
    with closing(Database.open(url, vault)) as database:
        database.run_now(lambda tx: tx.connection.execute(text(_REFUSE[tx.dialect])))
        try:
            yield
        finally:
            database.run_now(lambda tx: tx.connection.execute(text(_ALLOW[tx.dialect])))


class Line:
    """A network line to PostgreSQL; a subclass says what it does to the bytes."""

    def __init__(self, url: str) -> None:
        self._to = make_url(url)

    @contextmanager
    def address(self) -> Iterator[str]:
        """Listen for the length of the block; yields the URL of the database behind this line.

        In threads of its own: the bot may wait for its database where nothing else of its loop runs.
        """
        line = self

        class Carrier(socketserver.BaseRequestHandler):
            def handle(self) -> None:
                with suppress(OSError):  # errors of a closing connection do not matter
                    line._carry(self.request)

        with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Carrier) as server:
            host, port = server.socket.getsockname()
            serving = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
            serving.start()
            try:
                yield self._to.set(host=host, port=port).render_as_string(hide_password=False)
            finally:
                server.shutdown()
                serving.join()

    def _carry(self, here: socket.socket) -> None:
        """Carry bytes both ways until one side ends, or the line is cut."""
        raise NotImplementedError


class CutLine(Line):
    """A line that is cut once: after the commit of an intent, before its answer arrives."""

    def __init__(self, url: str) -> None:
        super().__init__(url)
        self.is_cut = False

    def _carry(self, here: socket.socket) -> None:
        """Carry bytes both ways until one side ends, or the line is cut."""
        wrote_intent = False
        with socket.create_connection((self._to.host, self._to.port or 5432)) as there:
            while True:
                for side in select.select([here, there], [], [])[0]:
                    data = side.recv(65536)
                    if not data:
                        return
                    wrote_intent |= side is here and b"INSERT INTO actions" in data
                    if side is there and wrote_intent and b"COMMIT\0" in data and not self.is_cut:
                        self.is_cut = True
                        return
                    (there if side is here else here).sendall(data)


class SilentLine(Line):
    """A line that swallows everything while it is silent, and stays open: a network that drops packets."""

    def __init__(self, url: str) -> None:
        super().__init__(url)
        self.is_silent = False

    def _carry(self, here: socket.socket) -> None:
        with socket.create_connection((self._to.host, self._to.port or 5432)) as there:
            while True:
                for side in select.select([here, there], [], [])[0]:
                    data = side.recv(65536)
                    if not data:
                        return
                    if not self.is_silent:
                        (there if side is here else here).sendall(data)


class PulledLine(Line):
    """A line that can be pulled out: what it carried breaks, and nobody can connect until it is back."""

    def __init__(self, url: str) -> None:
        super().__init__(url)
        self.is_pulled = False

    def _carry(self, here: socket.socket) -> None:
        if self.is_pulled:
            return
        with socket.create_connection((self._to.host, self._to.port or 5432)) as there:
            while not self.is_pulled:
                for side in select.select([here, there], [], [], 0.02)[0]:
                    data = side.recv(65536)
                    if not data:
                        return
                    (there if side is here else here).sendall(data)
