"""The demo as its users have it: the verb in a process of its own, looked at with the machine's own Chromium."""

import os
import signal
from collections.abc import AsyncIterator, Generator
from contextlib import asynccontextmanager

import pytest
import pytest_asyncio
from playwright.async_api import Browser

from tests.support.chromium import DESKTOP, PHONE, Device, chromium_path, launched, looking
from tests.support.demo_process import running
from tests.support.demo_visit import Visit
from tests.support.page_client import PageClient as Wire

HAS_FAILED = pytest.StashKey[bool]()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Note which tests failed: the last sight of them is kept."""
    report = yield
    item.stash[HAS_FAILED] = item.stash.get(HAS_FAILED, False) or report.failed
    return report


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def chromium() -> AsyncIterator[Browser]:
    """Skip the tests where there is no Chromium; where everything must be tested, fail them."""
    executable = chromium_path()
    if executable is None:
        no = pytest.fail if os.environ.get("CI") == "true" else pytest.skip
        no("Chromium is not installed: sudo apt-get install chromium")
    async with launched(executable) as browser:
        yield browser


@asynccontextmanager
async def _demo() -> AsyncIterator[str]:
    """Run a demo that nobody has used yet; at its end it has nothing to complain of."""
    async with running("--port", "0") as (process, address):
        yield address
        process.send_signal(signal.SIGINT)
        out, err = await process.communicate()
    assert (process.returncode, err.decode(), out.decode()) == (0, "", "Stopping ...\n")


@pytest.fixture(scope="module", params=[PHONE, DESKTOP], ids=lambda device: device.name)
def device(request: pytest.FixtureRequest) -> Device:
    """What the page is looked at with."""
    looked_with: Device = request.param
    return looked_with


@pytest_asyncio.fixture(loop_scope="session")
async def address(chromium: Browser) -> AsyncIterator[str]:  # noqa: ARG001 - without a browser nothing need start
    """Where a demo is that nobody has used yet."""
    async with _demo() as address:
        yield address


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def linked_address(chromium: Browser, device: Device) -> AsyncIterator[str]:  # noqa: ARG001 - as above; one each
    """Where a demo is in which Anna has linked her account and shares Bluey; the tests of a module share it."""
    async with _demo() as address:
        async with Wire(address) as wire:
            await wire.links()
        yield address


@asynccontextmanager
async def _visiting(
    chromium: Browser, device: Device, address: str, request: pytest.FixtureRequest
) -> AsyncIterator[Visit]:
    async with looking(chromium, device, address) as page:
        visit = Visit(page, device)
        yield visit
        if request.node.stash.get(HAS_FAILED, False):
            await visit.picture(f"failed-{request.function.__name__.removeprefix('test_')}")


@pytest_asyncio.fixture(loop_scope="session")
async def visit(
    chromium: Browser, device: Device, address: str, request: pytest.FixtureRequest
) -> AsyncIterator[Visit]:
    """A visit to a demo that nobody has used yet."""
    async with _visiting(chromium, device, address, request) as visit:
        yield visit


@pytest_asyncio.fixture(loop_scope="session")
async def home(
    chromium: Browser, device: Device, linked_address: str, request: pytest.FixtureRequest
) -> AsyncIterator[Visit]:
    """A visit to Anna, who has linked her account and shares Bluey."""
    async with _visiting(chromium, device, linked_address, request) as visit:
        await visit.sees("is linked until")
        yield visit
