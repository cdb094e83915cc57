"""`python -m tests.e2e.screenshot`: makes the picture for README.md from the demo itself."""

import asyncio
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

from tests.support.chromium import Device, chromium_path, launched
from tests.support.demo_process import running
from tests.support.demo_visit import Visit
from tests.support.page_client import PageClient

FILE = Path(__file__).parent / "demo.png"
HALF_A_DESK = Device("half-a-desk", 920, 700, is_phone=False, dots=1.5)
"""Wide enough to show the car beside the chat, and narrow enough to be readable on a page of GitHub."""


async def make(file: Path) -> None:
    """Use the demo until the bot asks Anna whether to unlock, and take the picture."""
    executable = chromium_path()
    if executable is None:
        sys.exit("Chromium is not installed: sudo apt-get install chromium")
    async with running("--port", "0") as (process, address), launched(executable) as chromium:
        async with PageClient(address) as client:
            await client.do("skip", seconds=_until_two().total_seconds())
            await client.links()
            await _reports_anew(client)
        async with chromium.looking(HALF_A_DESK, address) as page:
            visit = Visit(page, HALF_A_DESK)
            await _play(visit)
            # The clock was only put forward for the picture.
            await page.get_by_title("The demo's clock").evaluate("(pill) => { pill.hidden = true; }")
            await page.screenshot(path=file, animations="disabled")
        process.terminate()  # it cleans up after itself, which it cannot do when it is killed
        await process.communicate()


def _until_two() -> timedelta:
    """Return how long it takes until the time of day that every picture shows."""
    now = datetime.now(UTC)
    two = now.replace(hour=14, minute=2, second=1, microsecond=0)
    return (two - now) % timedelta(days=1)


async def _reports_anew(client: PageClient) -> None:
    """Make the car report each of its parts at that time of day as well."""
    for part in (
        "frunk_open",
        "trunk_open",
        "door",
        "window",
        "plugged_in",
        "charging",
        "low",
        "tyre",
        "away",
        "fault",
    ):
        for to in (True, False):
            await client.do("at-the-car", car=client.car["id"], part=part, to=to)


async def _play(visit: Visit) -> None:
    await visit.tap(visit.page.get_by_role("navigation", name="Parts of the page").get_by_role("button", name="Car"))
    await visit.taps("Show the car")
    await visit.taps("Lock")
    await visit.sees("Confirmed: 🔒 Anna locked Bluey")
    await visit.says("/unlock")
    await visit.sees("Unlock Bluey?")
    await visit.box.blur()
    await visit.page.mouse.move(0, 0)


if __name__ == "__main__":
    asyncio.run(make(FILE))
