"""A family that has linked its account: linked once, through the chat, then copied into each test's database."""

import itertools
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from socket import socket
from typing import Any

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from sqlalchemy import select

from bot.serving import bound_socket
from storage import Database, Tx, Vault
from storage.tables import METADATA
from tests.support.world import Family, Papers, a_family

Rows = Mapping[str, Sequence[Mapping[str, Any]]]

_KEPT = ("facts", "homes", "tokens", "cars", "login_states")
_MESSAGES_OF_LINKING = 100


@dataclass(frozen=True)
class Link:
    """The rows that linking stores, for a DIMO whose address and keys stay the same."""

    vault: Vault
    port: socket = field(default_factory=bound_socket)
    papers: Papers = field(default_factory=Papers)

    async def make(self, url: str, key: str, signing_key: RSAPrivateKey) -> Rows:
        """Link through the chat; return the stored rows, including the license's sign-in."""
        async with a_family(url, key, signing_key, papers=self.papers, port=self.port.dup()) as family:
            await family.start_bot()
            await family.link()
            await family.says("/charge", "Start or stop charging")
            await family.dimo.wait_calls("token-exchange", "exchange")
        with closing(Database.open(url, self.vault)) as database:
            return database.run_now(_rows)

    def put(self, rows: Rows, url: str) -> None:
        """Store the rows in a database without a link."""
        with closing(Database.open(url, self.vault)) as database:
            database.run_now(lambda tx: _put(tx, rows))


def go_on_after_linking(family: Family) -> None:
    """Bring the chat to the state after linking: dad has written to the bot, and message numbers are used."""
    family.bot.numbers = itertools.count(_MESSAGES_OF_LINKING)
    family.dad.private_chat.started = True


def _rows(tx: Tx) -> Rows:
    found = {name: tx.connection.execute(select(METADATA.tables[name])).mappings().all() for name in _KEPT}
    return {name: [dict(row) for row in rows if row.get("kind") != "vehicle"] for name, rows in found.items()}


def _put(tx: Tx, rows: Rows) -> None:
    for name in _KEPT:
        if rows[name]:
            tx.connection.execute(METADATA.tables[name].insert(), rows[name])
