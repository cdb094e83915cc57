"""Waiting for changes without polling."""

import asyncio
from collections.abc import Callable
from typing import Any, Generic, TypeVar

T = TypeVar("T")


class NotSeen(AssertionError):
    """What was waited for did not happen in time; the text describes what there was instead."""


class _Waiter(Generic[T]):
    def __init__(self, check: Callable[[], T | None]) -> None:
        self.check = check
        self.found: asyncio.Future[T] = asyncio.get_running_loop().create_future()

    def look(self) -> None:
        if self.found.done():
            return
        try:
            result = self.check()
        except Exception as error:  # noqa: BLE001 - a broken check fails the waiting test, not the simulator
            self.found.set_exception(error)
        else:
            if result:
                self.found.set_result(result)


class Watchers:
    """All waiters for a change of one thing; a change of it is also a change of its `parent`.

    Checks run at the moment of each change, so that a state that lasts an instant is seen, too.
    """

    def __init__(self, parent: "Watchers | None" = None) -> None:
        self.parent = parent
        self._waiting: list[_Waiter[Any]] = []

    def changed(self) -> None:
        """Run the checks of all waiters."""
        for waiter in self._waiting:
            waiter.look()
        if self.parent is not None:
            self.parent.changed()

    async def until(self, check: Callable[[], T | None], *, within: float, instead: Callable[[], str]) -> T:
        """Return the first true result of the check; raises NotSeen with the text of `instead` after `within` seconds."""
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
