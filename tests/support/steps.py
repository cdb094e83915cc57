"""Counts the steps of parsing a text: of Python's code by its lines, of patterns by a matcher that backtracks as `re`.

Steps say the same on a busy machine as on an idle one; seconds do not.
"""

import re
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from re import _constants as op  # type: ignore[attr-defined]  # the parser that `re` compiles from
from re import _parser  # type: ignore[attr-defined]
from types import FrameType
from typing import Any

Then = Callable[[int], int | None]
"""Matches the rest of a pattern from a place; returns where the match ends."""

_HERE = __file__
_ONE = frozenset({op.LITERAL, op.NOT_LITERAL, op.ANY, op.IN})
"""The parts of a pattern that take one character."""
_CATEGORIES: dict[Any, Callable[[str], bool]] = {
    op.CATEGORY_DIGIT: str.isdecimal,
    op.CATEGORY_NOT_DIGIT: lambda c: not c.isdecimal(),
    op.CATEGORY_SPACE: str.isspace,
    op.CATEGORY_NOT_SPACE: lambda c: not c.isspace(),
    op.CATEGORY_WORD: lambda c: c.isalnum() or c == "_",
    op.CATEGORY_NOT_WORD: lambda c: not (c.isalnum() or c == "_"),
}


class TooManySteps(BaseException):
    """A parser took more steps than it was given; no parser catches it."""


class Steps:
    """A counter of steps."""

    def __init__(self) -> None:
        self.count = 0
        self.most = sys.maxsize
        self.patterns: set[str] = set()
        """The patterns that looked at a text."""

    def take(self) -> None:
        """Count one step; raises TooManySteps."""
        self.count += 1
        if self.count > self.most:
            raise TooManySteps

    @contextmanager
    def counted(self, most: int = sys.maxsize) -> Iterator[None]:
        """Count from 0 every line of Python's code in the block; raises TooManySteps."""

        def trace(frame: FrameType, _: str, __: object) -> Any:
            if frame.f_code.co_filename == _HERE:
                return None
            self.take()
            return trace

        self.count, self.most = 0, most

        before = sys.gettrace()
        sys.settrace(trace)
        try:
            yield
        finally:
            sys.settrace(before)
            self.most = sys.maxsize


class CountedPattern:
    """Works like a compiled pattern, and counts the steps that a backtracking matcher takes."""

    def __init__(self, pattern: re.Pattern[str], steps: Steps) -> None:
        self._pattern = pattern
        self._steps = steps
        self._tree = _parser.parse(pattern.pattern, pattern.flags & ~re.UNICODE)
        self._ignores_case = bool(pattern.flags & re.IGNORECASE)
        self._known: dict[tuple[Any, int, str], bool] = {}
        """Whether a character fits, by the place in the tree and the character."""

    def __getattr__(self, name: str) -> Any:
        return getattr(self._pattern, name)

    def fullmatch(self, text: str, *places: int) -> re.Match[str] | None:
        text_seen, at = self._part(text, *places)
        self._matches(text_seen, at, lambda at: at if at == len(text_seen) else None)
        return self._pattern.fullmatch(text, *places)

    def match(self, text: str, *places: int) -> re.Match[str] | None:
        self._matches(*self._part(text, *places), lambda at: at)
        return self._pattern.match(text, *places)

    def search(self, text: str, *places: int) -> re.Match[str] | None:
        next(self._found(*self._part(text, *places)), None)
        return self._pattern.search(text, *places)

    def sub(self, new: Any, text: str) -> str:
        list(self._found(text))
        return self._pattern.sub(new, text)

    def split(self, text: str) -> Sequence[str | Any]:
        list(self._found(text))
        return self._pattern.split(text)

    def findall(self, text: str) -> list[Any]:
        list(self._found(text))
        return self._pattern.findall(text)

    def finditer(self, text: str, *places: int) -> Iterator[re.Match[str]]:
        list(self._found(*self._part(text, *places)))
        return self._pattern.finditer(text, *places)

    def _part(self, text: str, begin: int = 0, end: int = sys.maxsize) -> tuple[str, int]:
        """Return the text up to the end, and where to begin in it."""
        return text[:end], begin

    def _found(self, text: str, at: int = 0) -> Iterator[int]:
        """Try the pattern at every place outside of a match."""
        while at <= len(text):
            end = self._matches(text, at, lambda at: at)
            if end is not None:
                yield end
            at = at + 1 if end is None else max(end, at + 1)

    def _matches(self, text: str, at: int, then: Then) -> int | None:
        self._steps.patterns.add(self._pattern.pattern)
        trace = sys.gettrace()
        sys.settrace(None)  # this matcher's own lines are not counted
        try:
            return self._sequence(self._tree, 0, text, at, then)
        finally:
            sys.settrace(trace)

    def _sequence(self, tree: Any, number: int, text: str, at: int, then: Then) -> int | None:
        if number == len(tree):
            return then(at)
        kind, given = tree[number]
        return self._node(kind, given, text, at, lambda to: self._sequence(tree, number + 1, text, to, then))

    def _node(self, kind: Any, given: Any, text: str, at: int, then: Then) -> int | None:
        self._steps.take()
        if kind in _ONE:
            return then(at + 1) if at < len(text) and self._fits(kind, given, text[at]) else None
        if kind is op.BRANCH:
            return next((to for one in given[1] if (to := self._sequence(one, 0, text, at, then)) is not None), None)
        if kind is op.SUBPATTERN:
            return self._sequence(given[3], 0, text, at, then)
        if kind is op.ATOMIC_GROUP:
            to = self._sequence(given, 0, text, at, lambda to: to)
            return None if to is None else then(to)
        if kind is op.AT:
            return then(at) if self._stands(given, text, at) else None
        if kind in {op.ASSERT, op.ASSERT_NOT}:
            return then(at) if self._looks(given, text, at) == (kind is op.ASSERT) else None
        if kind in {op.MAX_REPEAT, op.POSSESSIVE_REPEAT, op.MIN_REPEAT}:
            return self._repeat(kind, given, text, at, then)
        raise NotImplementedError(kind)

    def _repeat(self, kind: Any, given: Any, text: str, at: int, then: Then) -> int | None:
        least, most, item = given
        is_one = len(item) == 1 and item[0][0] in _ONE
        if kind is op.MAX_REPEAT and not is_one:
            return self._again(least, most, item, text, at, then)
        ends = [at]  # after each repeat
        while len(ends) <= most:
            to = self._once(item, text, ends[-1]) if is_one else self._sequence(item, 0, text, ends[-1], lambda to: to)
            if to is None or to == ends[-1]:
                break
            ends.append(to)
        tries = ends[least:]
        if not tries:
            return None
        if kind is op.POSSESSIVE_REPEAT:
            return then(tries[-1])
        for to in reversed(tries) if kind is op.MAX_REPEAT else tries:
            self._steps.take()
            if (end := then(to)) is not None:
                return end
        return None

    def _once(self, item: Any, text: str, at: int) -> int | None:
        """Match one character, faster than `_sequence`."""
        self._steps.take()
        kind, given = item[0]
        return at + 1 if at < len(text) and self._fits(kind, given, text[at]) else None

    def _again(self, least: int, most: int, item: Any, text: str, at: int, then: Then) -> int | None:
        """Repeat an item that may end at several places, and try each until the rest fits."""
        self._steps.take()

        def further(to: int) -> int | None:
            return None if to == at else self._again(max(least - 1, 0), most - 1, item, text, to, then)

        end = self._sequence(item, 0, text, at, further) if most else None
        return then(at) if end is None and not least else end

    def _fits(self, kind: Any, given: Any, char: str) -> bool:
        place = kind, id(given), char
        if place not in self._known:
            self._known[place] = self._fits_anew(kind, given, char)
        return self._known[place]

    def _fits_anew(self, kind: Any, given: Any, char: str) -> bool:
        if kind is op.ANY:
            return char != "\n"
        forms = {char, char.lower(), char.upper()} if self._ignores_case else {char}
        if kind is op.IN:
            return any(self._is_in(given, form) for form in forms)
        return any(ord(form) == given for form in forms if len(form) == 1) == (kind is op.LITERAL)

    def _is_in(self, items: Any, char: str) -> bool:
        if len(char) != 1:
            return False
        is_negated = items[0][0] is op.NEGATE
        found = any(self._is_one(kind, given, char) for kind, given in items if kind is not op.NEGATE)
        return bool(found) != is_negated

    def _is_one(self, kind: Any, given: Any, char: str) -> bool:
        if kind is op.LITERAL:
            return bool(ord(char) == given)
        if kind is op.RANGE:
            return bool(given[0] <= ord(char) <= given[1])
        return _CATEGORIES[given](char)

    def _looks(self, given: Any, text: str, at: int) -> bool:
        direction, tree = given
        if direction > 0:
            return self._sequence(tree, 0, text, at, lambda to: to) is not None
        width = tree.getwidth()[1]
        return (
            at >= width and self._sequence(tree, 0, text, at - width, lambda to: to if to == at else None) is not None
        )

    def _stands(self, given: Any, text: str, at: int) -> bool:
        if given in {op.AT_BEGINNING, op.AT_BEGINNING_STRING}:
            return at == 0
        if given in {op.AT_END, op.AT_END_STRING}:
            return at == len(text) or (given is op.AT_END and at == len(text) - 1 and text[at] == "\n")
        if given is op.AT_BOUNDARY:
            is_word = _CATEGORIES[op.CATEGORY_WORD]
            return (at > 0 and is_word(text[at - 1])) != (at < len(text) and is_word(text[at]))
        raise NotImplementedError(given)


class CountedRe:
    """A replacement of the module `re`, for code that does not compile its patterns."""

    def __init__(self, steps: Steps) -> None:
        self._steps = steps

    def __getattr__(self, name: str) -> Any:
        if name not in {"search", "match", "fullmatch", "sub", "split", "findall", "finditer"}:
            return getattr(re, name)
        return lambda pattern, *given: getattr(CountedPattern(re.compile(pattern), self._steps), name)(*given)
