"""Words that were typed wrong."""

from collections.abc import Iterable
from difflib import SequenceMatcher

_LONGEST = 32
_ALIKE = 0.7
_AS_GOOD = 0.05
_BEGINNING = 3
"""How many letters the beginning of a word, or a word with something after it, needs to count."""


def closest(word: str, words: Iterable[str]) -> list[str]:
    """Return the words that were probably meant: only those that are as close as the closest."""
    typed = word[:_LONGEST].casefold()
    scores = {one: _likeness(typed, one) for one in words}
    best = max(scores.values(), default=0.0)
    return [one for one, score in scores.items() if score >= max(_ALIKE, best - _AS_GOOD)]


def _likeness(typed: str, word: str) -> float:
    if typed == word:
        return 2.0
    shorter = min(len(typed), len(word))
    if shorter >= _BEGINNING and typed[:shorter] == word[:shorter]:
        return 1.0
    return SequenceMatcher(None, typed, word, autojunk=False).ratio()
