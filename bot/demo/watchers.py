"""Waiting for what happens on people's screens, without looking again and again."""

import asyncio
from collections.abc import Callable
from typing import Any, Generic, TypeVar

T = TypeVar("T")


class NotSeen(AssertionError):
    """What was waited for did not happen in time; the text shows what there was instead."""


class _Waiter(Generic[T]):
    def __init__(self, check: Callable[[], T | None]) -> None:
        self.check = check
        self.found: asyncio.Future[T] = asyncio.get_running_loop().create_future()

    def look(self) -> None:
        if self.found.done():
            return
        try:
            result = self.check()
        except Exception as error:  # noqa: BLE001 - a broken check is the waiting test's error, not the API's
            self.found.set_exception(error)
        else:
            if result:
                self.found.set_result(result)


class Watchers:
    """Everybody who waits for a change of one thing.

    Each check runs in the very moment of a change, so that a state which lasts an instant is seen too.
    """

    def __init__(self, parent: "Watchers | None" = None) -> None:
        self.parent = parent
        self._waiting: list[_Waiter[Any]] = []

    def changed(self) -> None:
        """Let all who wait look again."""
        for waiter in self._waiting:
            waiter.look()
        if self.parent is not None:
            self.parent.changed()

    async def until(self, check: Callable[[], T | None], *, within: float, instead: Callable[[], str]) -> T:
        """Return the check's first true result; raise NotSeen with `instead()` after this many seconds."""
        found = check()
        if found:
            return found
        waiter = _Waiter(check)
        self._waiting.append(waiter)
        try:
            async with asyncio.timeout(within):
                return await waiter.found
        except TimeoutError:
            raise NotSeen(instead()) from None
        finally:
            self._waiting.remove(waiter)
