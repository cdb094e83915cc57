"""The machine's Chromium, driven by tests and watched for what a page must not do."""

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
_ABORTED = "net::ERR_ABORTED"
"""What becomes of a page's stream of changes when the page is left; the news of it may come in the next visit."""

_PATIENCE = 15_000
"""Milliseconds that a test waits for something before it fails. A busy machine is slow."""


@dataclass(frozen=True, slots=True)
class Device:
    """A device that shows the page."""

    name: str
    width: int
    height: int
    is_phone: bool
    dots: float = 1
    """Device pixels per CSS pixel, in each direction."""

    @property
    def size(self) -> ViewportSize:
        """The size of the page in CSS pixels."""
        return ViewportSize(width=self.width, height=self.height)


PHONE = Device("phone", 390, 844, is_phone=True, dots=2)
DESKTOP = Device("desktop", 1280, 800, is_phone=False)


def chromium_path() -> str | None:
    """Return where Chromium is, or None."""
    return shutil.which("chromium")


@dataclass(eq=False)
class Watch:
    """Notes what a page must not do: console warnings, errors, requests that fail or leave the machine."""

    seen: list[str] = field(default_factory=list)

    def over(self, context: BrowserContext) -> None:
        """Watch every page of this context from now on."""
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
        if request.failure != _ABORTED:
            self.seen.append(f"request failed: {request.url}: {request.failure}")

    def _answered(self, url: str, status: int) -> None:
        if status >= 400:
            self.seen.append(f"answered with {status}: {url}")


@dataclass(eq=False)
class Chromium:
    """A running Chromium with one page for each device: starting a page costs as much as a short test."""

    browser: Browser
    pages: dict[Device, tuple[Page, Watch]] = field(default_factory=dict)

    @asynccontextmanager
    async def looking(self, device: Device, address: str) -> AsyncIterator[Page]:
        """Open the address with nothing stored by earlier visits; fails if the page did anything that it must not."""
        page, watch = self.pages.pop(device) if device in self.pages else await self._new_page(device)
        watch.seen.clear()
        await page.goto(address)
        try:
            yield page
        except BaseException:
            await page.context.close()
            raise
        seen = list(watch.seen)
        await page.evaluate("localStorage.clear(); sessionStorage.clear()")
        await page.goto("about:blank")
        self.pages[device] = page, watch
        assert not seen, seen

    async def _new_page(self, device: Device) -> tuple[Page, Watch]:
        context = await self.browser.new_context(
            viewport=device.size,
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
        watch = Watch()
        watch.over(context)
        return await context.new_page(), watch


@asynccontextmanager
async def launched(executable: str) -> AsyncIterator[Chromium]:
    """Run Chromium during the block."""
    is_root = os.geteuid() == 0  # Chromium's sandbox refuses to work for root
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=executable, args=list(_QUIET), chromium_sandbox=not is_root
        )
        try:
            yield Chromium(browser)
        finally:
            await browser.close()


async def picture(page: Page, file: Path) -> None:
    """Save a screenshot with one pixel per CSS pixel."""
    file.parent.mkdir(parents=True, exist_ok=True)
    await page.screenshot(path=file, animations="disabled", scale="css")
