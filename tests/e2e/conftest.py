"""The demo as its users have it: started by its command in its own process, and used with the machine's Chromium."""

import os
import signal
from collections.abc import AsyncIterator, Generator
from contextlib import asynccontextmanager

import pytest
import pytest_asyncio

from tests.support.chromium import Chromium, Device, chromium_path, launched
from tests.support.demo_process import running
from tests.support.demo_visit import Before, Visit
from tests.support.page_client import PageClient

HAS_FAILED = pytest.StashKey[bool]()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Note which tests failed: a picture of their page is kept."""
    report = yield
    item.stash[HAS_FAILED] = item.stash.get(HAS_FAILED, False) or report.failed
    return report


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def chromium() -> AsyncIterator[Chromium]:
    """Chromium. Without it tests are skipped; in CI, where all of them must run, they fail."""
    executable = chromium_path()
    if executable is None:
        no = pytest.fail if os.environ.get("CI") == "true" else pytest.skip
        no("Chromium is not installed: sudo apt-get install chromium")
    async with launched(executable) as chromium:
        yield chromium


@asynccontextmanager
async def _demo() -> AsyncIterator[str]:
    """Run a demo that nobody has used yet. It must end without an error and without a complaint about the bot."""
    async with running("--port", "0") as (process, address):
        yield address
        process.send_signal(signal.SIGINT)
        out, err = await process.communicate()
    assert (process.returncode, err.decode(), out.decode()) == (0, "", "Stopping ...\n")


@pytest.fixture
def device(request: pytest.FixtureRequest) -> Device:
    """The device of this module: one journey is made with one device, and test_looks.py checks the others' layout."""
    named: Device = request.module.DEVICE
    return named


@pytest_asyncio.fixture(loop_scope="session")
async def address(chromium: Chromium) -> AsyncIterator[str]:  # noqa: ARG001 - without a browser no demo is needed
    """The address of a demo that nobody has used yet."""
    async with _demo() as address:
        yield address


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def linked(chromium: Chromium) -> AsyncIterator[PageClient]:  # noqa: ARG001 - without a browser no demo is needed
    """A demo in which Anna has linked her account and shares Bluey, for all tests that begin there."""
    async with _demo() as address, PageClient(address) as client:
        await client.links()
        yield client


@asynccontextmanager
async def _visiting(
    chromium: Chromium, device: Device, address: str, before: Before, request: pytest.FixtureRequest
) -> AsyncIterator[Visit]:
    async with chromium.looking(device, address) as page:
        visit = Visit(page, device, before)
        yield visit
        if request.node.stash.get(HAS_FAILED, False):
            await visit.picture(f"failed-{request.function.__name__.removeprefix('test_')}")


@pytest_asyncio.fixture(loop_scope="session")
async def visit(
    chromium: Chromium, device: Device, address: str, request: pytest.FixtureRequest
) -> AsyncIterator[Visit]:
    """A visit to a demo that nobody has used yet."""
    async with _visiting(chromium, device, address, Before(), request) as visit:
        yield visit


@pytest_asyncio.fixture(loop_scope="session")
async def home(
    chromium: Chromium, device: Device, linked: PageClient, request: pytest.FixtureRequest
) -> AsyncIterator[Visit]:
    """A visit to Anna, who has linked her account and shares Bluey; it is unlocked and has no error code.

    The visit sees nothing of the messages and commands of other tests in the same demo.
    """
    for part in ("locked", "fault"):
        await linked.do("at-the-car", car=linked.car["id"], part=part, to=False)
    before = Before(message=linked.newest_message(), commands=len(linked.car["received"]))
    async with _visiting(chromium, device, linked.address, before, request) as visit:
        yield visit
