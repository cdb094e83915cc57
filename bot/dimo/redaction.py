"""Keep secrets out of what DIMO's error texts are quoted with."""

import re

LIMIT = 200

# A JWT begins with the base64 of '{"'. Keys and signatures are long runs of hex or base64url digits, while
# addresses (42 characters), request ids and UUIDs are shorter and stay readable.
_SECRET = re.compile(r"eyJ[A-Za-z0-9_-]*(?:\.[A-Za-z0-9_-]*)*|[A-Za-z0-9_-]{48,}")

# What DIMO's sign-in and console show to people: tokens, landing addresses, and API keys beside them.
_HINTS = ("eyJ", "token=")
_API_KEY = re.compile(r"(?<![0-9A-Za-z])(?:0x)?[0-9A-Fa-f]{64}(?![0-9A-Za-z])")


def contains_secret(text: str) -> bool:
    """Return whether a person's text may hold a token, whole or torn, or a license's API key."""
    return any(hint in text for hint in _HINTS) or _API_KEY.search(text) is not None


def scrub(text: str) -> str:
    """Make a quotable line: one line, at most 200 characters, tokens and keys replaced by `…`."""
    line = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    line = _SECRET.sub("…", line)
    return line if len(line) <= LIMIT else line[: LIMIT - 1] + "…"
