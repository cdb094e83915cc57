"""The look of the page, in light and dark and at several widths: everything fits and is readable."""

import pytest
from playwright.async_api import Page

from tests.support.chromium import DESKTOP, PHONE, Chromium, Device
from tests.support.demo_visit import Visit
from tests.support.page_client import PageClient

pytestmark = pytest.mark.asyncio(loop_scope="session")

NARROW = Device("narrow", 320, 640, is_phone=True)
HALF_A_DESK = Device("half-a-desk", 900, 700, is_phone=False)
PARTS = ("Chats", "Car", "Trouble", "Tour")

TOO_WIDE = """() => {
  const width = document.documentElement.clientWidth;
  const isSeen = (box) => box.width > 0 && box.height > 0;
  const isOut = (one) => { const box = one.getBoundingClientRect(); return isSeen(box) && box.right > width + 1; };
  const scrolls = document.documentElement.scrollWidth > width;
  const isSpilled = (one) => one.scrollWidth > one.clientWidth + 1 && getComputedStyle(one).overflowX === "visible";
  const parts = document.querySelectorAll("button, label, p, h2, th, td, .pill, .badge");
  return scrolls ? ["the page scrolls sideways"] : [...parts]
    .filter((one) => one.checkVisibility() && !one.closest(".spoken") && (isOut(one) || isSpilled(one)))
    .map((one) => `${one.tagName} ${one.id || one.className}: ${one.textContent.slice(0, 40)}`);
}"""

# Two frames later: a size that changes in the first frame is answered in the second.
TO_THE_END = """async () => {
  for (let i = 0; i < 2; i += 1) await new Promise(requestAnimationFrame);
  const list = document.querySelector("[role=log]");
  return list.scrollHeight - list.scrollTop - list.clientHeight;
}"""

TOO_SMALL = """() => [...document.querySelectorAll("button:not(.link), input, summary")]
    .filter((one) => one.checkVisibility() && one.getBoundingClientRect().height < 40)
    .map((one) => `${one.id || one.className}: ${one.textContent.slice(0, 30)}`)"""

# The contrast ratio of WCAG 2.2 between a text and the background behind it, where that has one plain colour.
TOO_FAINT = """() => {
  const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  const rgba = (colour) => {
    canvas.clearRect(0, 0, 1, 1);
    canvas.fillStyle = colour;
    canvas.fillRect(0, 0, 1, 1);
    return [...canvas.getImageData(0, 0, 1, 1).data];
  };
  const light = ([r, g, b]) => [r, g, b].map((c) => c / 255)
    .map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4))
    .reduce((sum, c, i) => sum + c * [0.2126, 0.7152, 0.0722][i], 0);
  const ground = (one) => {
    for (let at = one; at; at = at.parentElement) {
      const colour = rgba(getComputedStyle(at).backgroundColor);
      if (colour[3] === 255) return colour;
      if (colour[3] > 0) return null;
    }
    return null;
  };
  const faint = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const one = walker.currentNode.parentElement;
    if (!walker.currentNode.data.trim() || one.closest("svg, script, noscript, :disabled, .spoken")) continue;
    if (!one.checkVisibility({ opacityProperty: true, visibilityProperty: true })) continue;
    const behind = ground(one);
    const ink = rgba(getComputedStyle(one).color);
    if (!behind || ink[3] < 255) continue;
    const [low, high] = [light(behind), light(ink)].sort((a, b) => a - b);
    const ratio = (high + 0.05) / (low + 0.05);
    const name = one.className || one.tagName;
    if (ratio < 4.5) faint.push(`${ratio.toFixed(2)} ${name}: ${walker.currentNode.data.slice(0, 30)}`);
  }
  return [...new Set(faint)];
}"""


async def test_every_part_fits_and_can_be_read_by_day_and_by_night(chromium: Chromium, address: str) -> None:
    """At every width; the colours are the same at each of them, so darkness is checked once with each device."""
    async with PageClient(address) as client:
        await client.links()
        await client.says("/help", "What I can do")
        await client.do("skip", seconds=26 * 3600)
        await client.do("kill")  # the top of the page is at its fullest
    for device, narrower in ((DESKTOP, HALF_A_DESK), (PHONE, NARROW)):
        async with chromium.looking(device, address) as page:
            visit = Visit(page, device)
            await visit.sees("What I can do")
            await _fits(visit)
            await _can_be_read(visit, "light")
            await page.emulate_media(color_scheme="dark")
            await _can_be_read(visit, "dark")
            await page.set_viewport_size(narrower.size)
            await _fits(Visit(page, narrower))
            await page.set_viewport_size(device.size)
            await page.emulate_media(color_scheme="light")


async def _fits(visit: Visit) -> None:
    """Nothing is too wide; the newest message is visible; all that can be tapped is large enough for a finger."""
    await visit.turns_to("Chats")
    assert await visit.page.evaluate(TO_THE_END) < 2, visit.device
    for part in _parts(visit):
        await visit.turns_to(part)
        await visit.picture(f"fits-{part.lower()}")
        assert await _found(visit.page, TOO_WIDE) == [], (visit.device, part)
        if visit.device.is_phone:
            assert await _found(visit.page, TOO_SMALL) == [], (visit.device, part)


async def _can_be_read(visit: Visit, colours: str) -> None:
    for part in _parts(visit):
        await visit.turns_to(part)
        await visit.picture(f"{colours}-{part.lower()}")
        assert await _found(visit.page, TOO_FAINT) == [], (visit.device, part, colours)


def _parts(visit: Visit) -> tuple[str, ...]:
    """Return the parts to turn to: a desktop shows all of them at once."""
    return PARTS if visit.device.is_phone else PARTS[:1]


async def _found(page: Page, script: str) -> list[str]:
    found: list[str] = await page.evaluate(script)
    return found
