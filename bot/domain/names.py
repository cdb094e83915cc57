"""How a name from outside is shown: cut, within one line, and without invisible characters and links."""

import re
import unicodedata

from bot import lengths

LONGEST_NAME = 40

_BLANK = frozenset("\u115f\u1160\u2800\u3164\uffa0")
"""Invisible letters and signs. People use them to have an empty name."""


_LINKS = re.compile(
    r"(?<=[^\s.。])[.。](?=[^\W\d_]{2}|\d++\.\d)"  # t.me, 1.2.3.4
    r"|:(?=//)|(?<![\w/<>])/(?=\w)|@(?=\w)|#(?=\d*+[^\W\d])|\$(?=[A-Z])"
)


def without_links(text: str) -> str:
    """Return a text spelt apart where Telegram would find an address, a mention, a command or a tag in it.

    Invisible characters in its place are dropped by some apps.
    """
    return _LINKS.sub(r"\g<0> ", text)


def shown_name(text: str, longest: int = LONGEST_NAME) -> str:
    """Return the visible part of a name; a question mark if nothing is visible."""
    shown = "".join(c for c in text[: lengths.NAME] if unicodedata.category(c)[0] != "C" and c not in _BLANK)
    shown = without_links(" ".join(shown.split()))
    if all(unicodedata.category(c)[0] in "MZ" for c in shown):
        return "?"
    return shown if len(shown) <= longest else shown[: longest - 1].rstrip() + "…"
