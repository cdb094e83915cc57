"""`python -m bot demo` in a process of its own, for tests of the whole demo."""

import asyncio
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from tests.support.page_client import SECONDS

ROOT = Path(__file__).resolve().parent.parent.parent


@asynccontextmanager
async def running(*options: str) -> AsyncIterator[tuple[Process, str]]:
    """Run the demo during the block; yields its process and the page's address."""
    command = (sys.executable, "-W", "error", "-m", "bot", "demo", *options)
    process = await asyncio.create_subprocess_exec(*command, cwd=ROOT, stdout=PIPE, stderr=PIPE)
    try:
        assert process.stdout is not None
        async with asyncio.timeout(SECONDS):
            line = (await process.stdout.readline()).decode()
            await process.stdout.readline()
        yield process, line.split()[-1]
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
