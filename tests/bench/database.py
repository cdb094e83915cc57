"""Measure the database with many rows: `python -m tests.bench.database [--rows 1000000] [--only log,idle,...]`.

The folder of the database may be kept with `--folder`: then it is filled once, and measured as often as wanted.
"""

import argparse
import asyncio
import os
import random
import signal
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Container, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from bot.domain.actions import Action
from bot.domain.ids import ChatId, PersonId
from bot.domain.log import LogFilter
from bot.service.actions.log import ActionLog
from bot.service.ports import Ask, Person
from bot.telegram import texts
from storage.encryption.vault import Vault, new_key
from storage.engine.database import Database, Tx
from storage.maintenance.rotation import rotate
from storage.maintenance.schema import upgrade
from storage.repositories import erasure, homes, journal, key_values
from tests.bench.full import BIG, an_action, fill
from tests.bench.rigs import ROOT, bench

_ANNA = Person(PersonId(BIG), "Anna")
_ASK = Ask("bench", _ANNA, ChatId(BIG))
_EVERYTHING, _RARE = LogFilter(), LogFilter(action=Action.FRUNK)


class _Now:
    def now(self) -> datetime:
        return datetime.now(UTC)


@contextmanager
def timed(what: str) -> Iterator[None]:
    """Print how long the block took, on the wall and of the processor."""
    began, cpu = time.perf_counter(), time.process_time()
    yield
    print(f"{what}: {time.perf_counter() - began:.3f} s, processor {time.process_time() - cpu:.3f} s", flush=True)


async def read_log(database: Database) -> None:
    """Measure pages of the log of the home with the most actions."""
    log = ActionLog(db=database, clock=_Now())  # type: ignore[arg-type]  # it only asks for the time
    for what, wanted in (("newest page", _EVERYTHING), ("rare action", _RARE), ("rare action again", _RARE)):
        with timed(f"log, {what}"):
            found = await log.page(_ASK, wanted, 0)
        print(f"  {len(found.lines)} lines")
    with timed("log, one person"):
        await log.page(_ASK, LogFilter(PersonId(BIG + 10**6)), 0)
    with timed("log, people to choose from"):
        await log.people(_ASK)


async def export(database: Database) -> None:
    """Measure how much more memory the export of that home's log takes at most."""
    log = ActionLog(db=database, clock=_Now())  # type: ignore[arg-type]  # it only asks for the time
    await log.page(_ASK, _EVERYTHING, 0)
    before = _memory("VmRSS")
    _forget_highest_memory()
    with timed("export"):
        file = await log.file(_ASK, _EVERYTHING, texts.log.table)
    size = file.content.seek(0, os.SEEK_END)
    more = _memory("VmHWM") - before
    print(f"  {file.lines} lines, {size / 1e6:.1f} MB, at most {more:.1f} MB more memory", flush=True)


def _forget_highest_memory() -> None:
    Path("/proc/self/clear_refs").write_text("5", encoding="ascii")


def _memory(name: str) -> float:
    return next(
        int(line.split()[1]) / 1000
        for line in Path("/proc/self/status").read_text(encoding="ascii").splitlines()
        if line.startswith(name)
    )


def erase(database: Database) -> None:
    """Measure the erasure of a person of a small home, and of that home."""
    with timed("forget a person with a home"):
        database.run_now(partial(homes.unlink, chat_id=BIG + 5))
        database.run_now(partial(erasure.forget, person_id=BIG + 5))
    with timed("forget a member"):
        database.run_now(partial(erasure.forget, person_id=BIG + 6 + 10**6))


async def idle(url: str, key: str, folder: Path, *, settle: float = 20, seconds: float = 60) -> None:
    """Measure what the bot does in a minute in which nobody does anything."""
    async with bench(folder, families=1) as both:
        rig = both.ours
        rig.module = "tests.bench.idle"
        rig.environ |= {"DATABASE_URL": url, "ENCRYPTION_KEYS": key}
        await rig.start()
        await asyncio.sleep(settle)
        assert rig.process
        rig.process.send_signal(signal.SIGUSR1)
        cpu = rig.cpu()
        await asyncio.sleep(seconds)
        print(f"idle: processor {rig.cpu() - cpu:.3f} s in {seconds:.0f} s", flush=True)
        await rig.stop()


_WRITES_A_SECOND = 3


def back_up(url: str, key: str, folder: Path) -> None:
    """Measure how long a backup takes, how long it holds up writers at most, and whether it holds one moment."""
    file = folder / "copy.db"
    file.unlink(missing_ok=True)
    environ = {**os.environ, "DATABASE_URL": url, "ENCRYPTION_KEYS": key, "TELEGRAM_BOT_TOKEN": f"1:{'A' * 35}"}
    waits: list[tuple[float, float]] = []
    is_over = threading.Event()
    with closing(Database.open(url, Vault.from_keys([key]))) as database:
        writer = threading.Thread(target=_write, args=(database, waits, is_over))
        writer.start()
        time.sleep(20)
        usual = len(waits)
        with timed("backup"):
            command = [sys.executable, "-m", "bot", "backup", str(file)]
            done = subprocess.run(command, env=environ, cwd=ROOT, capture_output=True, text=True, check=False)  # noqa: S603
        is_over.set()
        writer.join()
    print("  " + (done.stdout + done.stderr).strip()[-200:])
    for when, some in (("before", waits[:usual]), ("meanwhile", waits[usual:])):
        for what, part in zip(("for the lock", "in all"), zip(*some, strict=True), strict=True):
            median, most = statistics.median(part) * 1000, max(part) * 1000
            print(f"  {len(part)} writes {when} waited {what}: median {median:.1f} ms, at most {most:.1f} ms")
    with closing(sqlite3.connect(file)) as copy:
        count = "SELECT value FROM facts WHERE name = '{}'"
        first, second = (copy.execute(count.format(name)).fetchone()[0] for name in ("bench one", "bench two"))
        print(f"  the copy: {copy.execute('PRAGMA integrity_check').fetchone()[0]}, two facts alike: {first == second}")


def _write(database: Database, waits: list[tuple[float, float]], is_over: threading.Event) -> None:
    """Do what three actions a second write, and two facts that are always alike."""
    chance = random.Random()  # noqa: S311 - made-up rows
    while not is_over.wait(1 / _WRITES_A_SECOND):
        number = str(len(waits))

        def write(tx: Tx, number: str = number) -> float:
            begun, now = time.perf_counter(), datetime.now(UTC)
            journal.intend(tx, an_action(BIG, now, "lock", chance))
            for name in ("bench one", "bench two"):
                key_values.put(tx, name, number, now=now)
            return begun

        began = time.perf_counter()
        begun = database.run_now(write)
        waits.append((begun - began, time.perf_counter() - began))


def rotate_keys(url: str, key: str, rows: int) -> None:
    """Measure the rotation of the whole database, and print it for each thousand rows."""
    with closing(Database.open(url, Vault.from_keys([new_key(), key]))) as database:
        began = time.perf_counter()
        rotated = rotate(database, lambda *_: None)
        seconds = time.perf_counter() - began
    print(
        f"rotate-keys, {rows} actions: {rotated} rows in {seconds:.1f} s, {seconds / rotated * 1000:.3f} s a thousand"
    )


def rotations(folder: Path, rows: int) -> None:
    """Measure the rotation of databases of growing size."""
    for share in (100, 10, 1):
        url, key = f"sqlite:///{folder / f'rotate-{share}.db'}", new_key()
        with closing(Database.open(url, Vault.from_keys([key]))) as database:
            upgrade(database)
            fill(database, rows // share)
        rotate_keys(url, key, rows // share)


def filled(folder: Path, rows: int, in_big: int | None) -> tuple[str, str]:
    """Fill the database of the folder, unless it is there; returns its URL and its key."""
    url, noted = f"sqlite:///{folder / 'bot.db'}", folder / "key"
    is_there = noted.exists()
    if not is_there:
        noted.write_text(new_key(), encoding="ascii")
    key = noted.read_text(encoding="ascii")
    with closing(Database.open(url, Vault.from_keys([key]))) as database:
        with timed("upgrade"):
            upgrade(database)
        if not is_there:
            with timed(f"fill with {rows} actions"):
                fill(database, rows, in_big=in_big)
    print(f"the file has {(folder / 'bot.db').stat().st_size / 1e6:.0f} MB")
    return url, key


def measure(only: Container[str], folder: Path, rows: int, in_big: int | None) -> None:
    """Run the chosen measurements, in this order: the last ones change the data."""
    url, key = filled(folder, rows, in_big)
    with closing(Database.open(url, Vault.from_keys([key]))) as database:
        if "log" in only:
            asyncio.run(read_log(database))
        if "export" in only:
            asyncio.run(export(database))
    if "idle" in only:
        asyncio.run(idle(url, key, folder))
    if "backup" in only:
        back_up(url, key, folder)
    if "erase" in only:
        with closing(Database.open(url, Vault.from_keys([key]))) as database:
            erase(database)
    if "rotate" in only:
        rotations(folder, rows)


def main() -> None:
    """Read the command line and measure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--in-big", type=int, help="how many of them one home has (a tenth)")
    parser.add_argument("--only", default="log,export,idle,backup,erase,rotate")
    parser.add_argument("--folder", type=Path)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        where = given.folder or Path(folder)
        where.mkdir(exist_ok=True)
        measure(given.only.split(","), where, given.rows, given.in_big)


if __name__ == "__main__":
    main()
