"""The demo as its users have it: the verb in a process of its own, looked at with the machine's own Chromium."""

import os
import signal
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import Browser

from tests.demo.browser import Browser as Wire
from tests.demo.verb import running
from tests.e2e.chromium import DESKTOP, PHONE, Device, chromium_path, launched, looking
from tests.e2e.visit import Visit


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def chromium() -> AsyncIterator[Browser]:
    """Skip the tests where there is no Chromium; where everything must be tested, fail them."""
    executable = chromium_path()
    if executable is None:
        no = pytest.fail if os.environ.get("CI") == "true" else pytest.skip
        no("Chromium is not installed: sudo apt-get install chromium")
    async with launched(executable) as browser:
        yield browser


@pytest_asyncio.fixture(loop_scope="session")
async def address(chromium: Browser) -> AsyncIterator[str]:  # noqa: ARG001 - without a browser nothing need start
    """Where a demo is that nobody has used yet; at its end it has nothing to complain of."""
    async with running("--port", "0") as (process, address):
        yield address
        process.send_signal(signal.SIGINT)
        out, err = await process.communicate()
    assert (process.returncode, err.decode(), out.decode()) == (0, "", "Stopping ...\n")


@pytest.fixture(params=[PHONE, DESKTOP], ids=lambda device: device.name)
def device(request: pytest.FixtureRequest) -> Device:
    """What the page is looked at with."""
    looked_with: Device = request.param
    return looked_with


@pytest_asyncio.fixture(loop_scope="session")
async def visit(
    chromium: Browser, address: str, device: Device, request: pytest.FixtureRequest
) -> AsyncIterator[Visit]:
    """A visit to a demo that nobody has used yet; how it ended is kept as a picture."""
    async with looking(chromium, device, address) as page:
        visit = Visit(page, device)
        yield visit
        await visit.picture(f"end-of-{request.function.__name__.removeprefix('test_')}")


@pytest_asyncio.fixture(loop_scope="session")
async def home(address: str, visit: Visit) -> Visit:
    """A visit to Anna, who has linked her account and shares Bluey."""
    async with Wire(address) as wire:
        await wire.links()
    await visit.sees("is linked until")
    return visit
