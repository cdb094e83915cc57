"""The machine's own Chromium, as tests drive it: found, started, and watched for whatever a page must not do."""

import os
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from playwright.async_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Page,
    Request,
    ViewportSize,
    async_playwright,
    expect,
)

_QUIET = (
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
_PATIENCE = 15_000
"""Milliseconds until something that a test waits for is missing: a busy machine is slow."""


@dataclass(frozen=True, slots=True)
class Device:
    """What a page is looked at with."""

    name: str
    width: int
    height: int
    is_phone: bool
    dots: float = 1
    """So many on each side of a dot of CSS."""


PHONE = Device("phone", 390, 844, is_phone=True, dots=2)
DESKTOP = Device("desktop", 1280, 800, is_phone=False)


def chromium_path() -> str | None:
    """Return where Chromium is, or None."""
    return shutil.which("chromium")


@asynccontextmanager
async def launched(executable: str) -> AsyncIterator[Browser]:
    """Run Chromium for the length of the block."""
    is_root = os.geteuid() == 0  # Chromium's sandbox refuses to work for root
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=executable, args=list(_QUIET), chromium_sandbox=not is_root
        )
        try:
            yield browser
        finally:
            await browser.close()


@dataclass(eq=False)
class Watch:
    """Notes whatever a page does that it must not: complaints on the console, errors, requests that fail or leave."""

    seen: list[str] = field(default_factory=list)

    def over(self, context: BrowserContext) -> None:
        """Watch every page of a context from now on."""
        context.on("console", self._console)
        context.on("weberror", lambda error: self.seen.append(f"error: {error.error}"))
        context.on("request", self._request)
        context.on("requestfailed", self._failed)
        context.on("response", lambda answer: self._answered(answer.url, answer.status))

    def _console(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            self.seen.append(f"console {message.type}: {message.text}")

    def _request(self, request: Request) -> None:
        if urlsplit(request.url).hostname != "127.0.0.1":
            self.seen.append(f"a request left the machine: {request.url}")

    def _failed(self, request: Request) -> None:
        self.seen.append(f"request failed: {request.url}: {request.failure}")

    def _answered(self, url: str, status: int) -> None:
        if status >= 400:
            self.seen.append(f"answered with {status}: {url}")


@asynccontextmanager
async def looking(browser: Browser, device: Device, address: str) -> AsyncIterator[Page]:
    """Open the page in a browser that knows nothing yet; fails if the page did anything that it must not."""
    watch = Watch()
    context = await browser.new_context(
        base_url=address,
        viewport=ViewportSize(width=device.width, height=device.height),
        device_scale_factor=device.dots,
        is_mobile=device.is_phone,
        has_touch=device.is_phone,
        color_scheme="light",
        reduced_motion="reduce",
        locale="en-GB",
        timezone_id="Etc/UTC",
    )
    context.set_default_timeout(_PATIENCE)
    expect.set_options(timeout=_PATIENCE)
    try:
        watch.over(context)
        page = await context.new_page()
        await page.goto("/")
        yield page
        seen = list(watch.seen)
    finally:
        await context.close()
    assert not seen, seen


async def picture(page: Page, file: Path) -> None:
    """Write what is seen now, a dot of CSS as one dot."""
    file.parent.mkdir(parents=True, exist_ok=True)
    await page.screenshot(path=file, animations="disabled", scale="css")
