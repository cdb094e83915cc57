"""Words in texts that hold tokens, too: their random letters form a short name now and then."""

import re


def has_word(text: str, word: object) -> bool:
    """Return whether a text has a word by itself, and not within a longer run of a token's letters."""
    return re.search(rf"(?<![A-Za-z0-9_-]){re.escape(str(word))}(?![A-Za-z0-9_-])", text) is not None
