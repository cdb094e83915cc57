"""How a name from outside is shown: cut, within one line, and without characters that show nothing."""

import unicodedata

from bot import lengths

LONGEST_NAME = 40

_BLANK = frozenset("\u115f\u1160\u2800\u3164\uffa0")
"""Invisible letters and signs. People use them to have an empty name."""


def shown_name(text: str, longest: int = LONGEST_NAME) -> str:
    """Return the visible part of a name; a question mark if nothing is visible."""
    shown = "".join(c for c in text[: lengths.NAME] if unicodedata.category(c)[0] != "C" and c not in _BLANK)
    shown = " ".join(shown.split())
    if all(unicodedata.category(c)[0] in "MZ" for c in shown):
        return "?"
    return shown if len(shown) <= longest else shown[: longest - 1].rstrip() + "…"
