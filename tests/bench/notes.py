"""Notes by three processes, one of which is killed every second: `python -m tests.bench.notes [--seconds 60]`."""

import argparse
import asyncio
import random
import tempfile
import time
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric import rsa

from storage.encryption.vault import new_key
from tests.bench.replicas import database
from tests.support.replicas import SECONDS, Replicas, User, add_users, replicas

OPEN_SECONDS, CLOSED_SECONDS = 12.0, 6.0
OPEN = "trunk still open"


async def opens_and_closes(user: User, until: float) -> int:
    """Leave the trunk open again and again; returns how often."""
    count = 0
    await asyncio.sleep(random.uniform(0, CLOSED_SECONDS))  # noqa: S311 - nothing secret
    while time.monotonic() < until:
        user.car.change(trunk_open=True)
        await asyncio.sleep(OPEN_SECONDS)
        user.car.change(trunk_open=False)
        await asyncio.sleep(CLOSED_SECONDS)
        count += 1
    return count


async def kills(several: Replicas, until: float) -> int:
    """Kill a process every second, and start another one."""
    killed = 0
    while time.monotonic() < until:
        await asyncio.sleep(1)
        await several.kill(random.choice(several.processes))  # noqa: S311
        await several.start()
        killed += 1
    return killed


async def measure(seconds: float, cars: int) -> None:
    """Run it and print what people were told."""
    signing_key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    with database() as url, tempfile.TemporaryDirectory() as folder:
        async with replicas(url, new_key(), signing_key, Path(folder), module="tests.support.hasty_notes") as several:
            await several.start_polling()
            users = await add_users(several, cars)
            for user in users:
                user.car.reports |= {"bodyTrunkRearIsOpen"}
            await several.start()
            await several.start()
            until = time.monotonic() + seconds
            *opened, killed = await asyncio.gather(
                *(opens_and_closes(user, until) for user in users), kills(several, until)
            )
            await asyncio.sleep(SECONDS / 4)  # what is left is told
            twice, lost, unended = 0, 0, 0
            for user, count in zip(users, opened, strict=True):
                told = [
                    one.texts for one in user.person.private_chat.from_bot if any(OPEN in text for text in one.texts)
                ]
                twice, lost = twice + max(len(told) - count, 0), lost + max(count - len(told), 0)
                unended += sum(OPEN in texts[-1] for texts in told)
    print(f"{killed} processes killed in {seconds:.0f} s, {cars} cars, {sum(opened)} times left open")
    print(f"told twice: {twice}; not told: {lost}; still shown as open: {unended}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--cars", type=int, default=20)
    given = parser.parse_args()
    asyncio.run(measure(given.seconds, given.cars))
