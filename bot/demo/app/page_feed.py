"""Sends pages what has changed: each part of the page's state has the version in which it last changed."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass

_DEBOUNCE_SECONDS = 0.02
"""Changes within this time are sent together."""

_REFRESH_SECONDS = 0.5
"""How often the state is read even if nobody reported a change."""


@dataclass(frozen=True, slots=True)
class _Part:
    version: int
    value: object
    is_gone: bool = False


@dataclass(frozen=True, slots=True)
class Change:
    """Parts that are new or changed, and the names of those that were removed."""

    version: int
    parts: Mapping[str, object]
    gone: tuple[str, ...]

    def json(self) -> str:
        """Return the change as JSON for a page."""
        return json.dumps({"version": self.version, "parts": self.parts, "gone": self.gone}, separators=(",", ":"))


class PageFeed:
    """The page's state as it was last read; `version` counts its changes."""

    def __init__(self, read: Callable[[], Mapping[str, object]]) -> None:
        self._read = read
        self._parts: dict[str, _Part] = {}
        self.version = 0
        self._dirty = asyncio.Event()
        self._changed = asyncio.Event()

    def touch(self) -> None:
        """Report that something may have changed."""
        self._dirty.set()

    def whole(self) -> Change:
        """Return all parts as they are now."""
        self.refresh()
        return self._since(0)

    async def keep_refreshing(self) -> None:
        """Refresh after each reported change, and at regular times."""
        while True:
            try:
                async with asyncio.timeout(_REFRESH_SECONDS):
                    await self._dirty.wait()
            except TimeoutError:
                pass
            await asyncio.sleep(_DEBOUNCE_SECONDS)
            self.refresh()

    def refresh(self) -> None:
        """Read the state, and count up the version if it has changed."""
        self._dirty.clear()
        parts, version = self._read(), self.version + 1
        changed = {name: value for name, value in parts.items() if not self._is_known(name, value)}
        gone = [name for name, part in self._parts.items() if not part.is_gone and name not in parts]
        if not changed and not gone:
            return
        self._parts |= {name: _Part(version, value) for name, value in changed.items()}
        self._parts |= {name: _Part(version, None, is_gone=True) for name in gone}
        self.version = version
        self._changed.set()
        self._changed = asyncio.Event()

    async def changes(self) -> AsyncIterator[Change]:
        """Yield the whole state, then its changes; a slow reader gets several changes as one."""
        change = self.whole()
        yield change
        while True:
            if self.version == change.version:
                await self._changed.wait()
            change = self._since(change.version)
            yield change

    def _is_known(self, name: str, value: object) -> bool:
        part = self._parts.get(name)
        return part is not None and not part.is_gone and part.value == value

    def _since(self, version: int) -> Change:
        news = {name: part for name, part in self._parts.items() if part.version > version}
        return Change(
            self.version,
            {name: part.value for name, part in news.items() if not part.is_gone},
            tuple(name for name, part in news.items() if part.is_gone and version),
        )
