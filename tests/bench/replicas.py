"""Three processes on one PostgreSQL, one of which dies every second: `python -m tests.bench.replicas [--seconds 60]`."""

import argparse
import asyncio
import os
import sys
import tempfile
import time
import uuid
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import psycopg
from cryptography.hazmat.primitives.asymmetric import rsa
from psycopg import sql

from storage.encryption.vault import new_key
from tests.support.replicas import add_users, examine, replicas, rush, settle

SERVER = os.environ.get("TEST_POSTGRES_URL", "postgresql://postgres@127.0.0.1:5432")


@contextmanager
def database() -> Iterator[str]:
    """Create a database for the length of the block; yields its URL."""
    name = f"bench_{uuid.uuid4().hex}"
    with closing(psycopg.connect(f"{SERVER}/postgres", autocommit=True)) as admin:
        admin.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        try:
            yield f"{SERVER}/{name}"
        finally:
            admin.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


async def measure(seconds: float, cars: int) -> bool:
    """Run it and print its figures; returns whether nothing was wrong."""
    signing_key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    module = "tests.bench.ours"  # with the times of a real run
    with database() as url, tempfile.TemporaryDirectory() as folder:
        async with replicas(url, new_key(), signing_key, Path(folder), module=module) as several:
            await several.start_polling()
            users = await add_users(several, cars)
            await several.start()
            await several.start()
            began = time.monotonic()
            killed = await rush(several, users, seconds=seconds)
            rushed = time.monotonic() - began
            await settle(several)
            settled = time.monotonic() - began - rushed
            found = await examine(several, users)
    print(f"{killed} processes killed in {rushed:.0f} s, {cars} cars; settled {settled:.0f} s later")
    print(f"{found.taps} confirming taps, {found.commands} commands reached a car; outcomes: {found.states}")
    print(f"{found.futile} taps were answered and did nothing; {found.unasked} times no question came")
    print("\n".join(found.problems) or "nothing sent twice, out of order, untold, told twice or lost")
    return not found.problems


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--cars", type=int, default=50)
    given = parser.parse_args()
    sys.exit(not asyncio.run(measure(given.seconds, given.cars)))
