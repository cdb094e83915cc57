"""Decides what looks like a secret, and keeps it out of logs and quotes. Every pattern takes linear time."""

import re
import string

from bot import lengths
from bot.dimo.pasted import forms, together

LIMIT = 200

# A JWT begins with the base64 of '{"'. Addresses (42 characters), request ids and UUIDs are shorter than keys and
# signatures, and stay readable.
JWT = re.compile(r"eyJ[A-Za-z0-9_-]++\.[A-Za-z0-9_-]++\.[A-Za-z0-9_-]*+")
_API_KEY = re.compile(r"(?<![0-9A-Za-z])(?:0x)?[0-9A-Fa-f]{64}(?![0-9A-Za-z])")
_LONG_RUN = re.compile(r"(?<![A-Za-z0-9_-])[A-Za-z0-9_-]{48,}+")
# An address of another site may hold a long id; a landing address has its token= besides.
_ADDRESS = re.compile(r"https?://\S++")
_OF_A_RUN = string.ascii_letters + string.digits + "_-"
_STATE = re.compile(r"[?&#=]state=[A-Za-z0-9_-]{16}")
_JWT_BEGINS = re.compile(r"eyJ(?:hbGci|0eXAi|raWQi|pc3Mi|zdWIi|hdWQi|leHAi|ldGhl)")  # alg typ kid iss sub aud exp eth
_TOKEN_FOLLOWS = re.compile(r"[?&#]token=")

# The first group stays readable.
_LOOKS = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        r"()(?<!\d)\d{6,}+(?::|%3A)[A-Za-z0-9_-]{35}",  # a bot token, bare or in a URL; a DID has shorter numbers
        r"()eyJ[A-Za-z0-9_.-]*+",  # a JWT, or the torn-off beginning of one
        r"()(?<![0-9A-Za-z])(?:0x)?[0-9a-f]{64,}+",  # a private key or a signature
        r"(bearer\s++)[^\s\"',]++",
        r"((?<![A-Za-z0-9])(?:token|state)(?:=|%(?:25)*+3D))[^\s&#\"'<>]++",  # as in a landing address
        r"(://[^\s:/@]*+:)[^\s/@]++(?=@)",  # a password in a URL
    )
)


def looks_like_jwt(candidate: str) -> bool:
    """Return whether a text has the form of a whole JWT."""
    return len(candidate) <= lengths.TOKEN and JWT.fullmatch(candidate) is not None


def contains_secret(text: str) -> bool:
    """Return whether a person's text may hold a token or a landing address, in any form, or a license's API key."""
    return any(_is_secret(form) or _is_secret_in_pieces(together(form)) for form in forms(text))


def _is_secret(text: str) -> bool:
    is_named = "eyJ" in text or "token=" in text or _STATE.search(text) is not None
    return (
        is_named
        or _API_KEY.search(text) is not None
        or any(map(_is_random, _LONG_RUN.findall(_ADDRESS.sub(" ", text))))
    )


def _is_random(run: str) -> bool:
    """Return whether a long run of characters looks like a piece of a token, instead of a hash or a name."""
    return run != run.lower() and run != run.upper() and any(one.isdigit() for one in run)


def _is_secret_in_pieces(text: str) -> bool:
    """Return whether a text without its spaces holds a secret; "Hey Joe" must not count, although it has an eyJ."""
    return any(look.search(text) for look in (_JWT_BEGINS, _TOKEN_FOLLOWS, _STATE, _API_KEY))


def hide(text: str, mask: str) -> str:
    """Return the text with the mask in place of everything that looks like a secret."""
    for look in _LOOKS:
        text = look.sub(rf"\g<1>{mask}", text)
    return text


def scrub(text: str) -> str:
    """Return DIMO's text as a quotable line: at most 200 characters, with `…` in place of tokens and keys."""
    # A secret that would be cut in two is left out.
    text = text if len(text) <= lengths.QUOTED else text[: lengths.QUOTED].rstrip(_OF_A_RUN)
    line = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    line = _LONG_RUN.sub("…", hide(line, "…"))
    return line if len(line) <= LIMIT else line[: LIMIT - 1] + "…"
