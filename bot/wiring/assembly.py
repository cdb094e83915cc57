"""Makes objects from each other: each takes from the others what its constructor asks for by type.

The constructors say what needs what, so that the wiring need not repeat it. The type checker does not see that
something is missing; every start does.
"""

import inspect
from collections.abc import Callable
from typing import Any, TypeVar, cast

T = TypeVar("T")


class Assembly:
    """One object of each class of our own, made when it is first needed."""

    def __init__(self, *given: object, ours: str = "bot.") -> None:
        self._made: dict[object, Any] = {}
        self._ours = ours
        for one in given:
            self.add(one)

    def add(self, one: object, *, known_as: object = None) -> None:
        """Give an object to those that ask for its class, a base of its class, or what else it is known as."""
        self._made |= dict.fromkeys((*type(one).__mro__[:-1], known_as or type(one)), one)

    def make(self, kind: Callable[..., T], **values: object) -> T:
        """Make the object of a class from these values, and from other objects, which are made if there are none."""
        wanted = inspect.signature(kind, eval_str=True).parameters.items()
        others = {name: self.get(parameter.annotation) for name, parameter in wanted if name not in values}
        made = kind(**values, **others)
        self.add(made)
        return made

    def get(self, kind: Callable[..., T]) -> T:
        """Return the object of a class; raises TypeError if there is none, and the class is not ours to make."""
        if kind in self._made:
            return cast("T", self._made[kind])
        if not getattr(kind, "__module__", "").startswith(self._ours):
            raise TypeError(f"nothing is known as {kind}")
        return self.make(kind)
