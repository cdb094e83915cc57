"""Which messages make a sound on a phone: bad news, and questions that wait for their person."""

from collections.abc import Callable, Mapping
from enum import StrEnum

from bot.domain.code_history import NewCodes
from bot.domain.expiry import Notice
from bot.domain.family import Request
from bot.domain.linking import ConsentAsked, LinkNews, PermissionAsked
from bot.domain.notes import Note, NoteKind
from bot.domain.notifications import AccessLost, CarLeft, News, Opening
from bot.domain.operator_notices import OperatorNotice
from bot.domain.outcomes import LateOutcome, State


class Kind(StrEnum):
    """What a message is to the person who gets it."""

    ANSWER = "answer"
    """It follows what the person did a moment ago, or it only informs."""
    QUESTION = "question"
    """Somebody waits for the person's answer."""
    BAD_NEWS = "bad_news"
    BAD_OUTCOME = "bad_outcome"
    """What the person asked for has failed, or may have, while they no longer look."""


_SOUNDS: Mapping[Kind, tuple[bool, bool]] = {
    Kind.ANSWER: (False, False),
    Kind.QUESTION: (True, False),
    Kind.BAD_NEWS: (True, False),
    Kind.BAD_OUTCOME: (True, True),
}
"""Whether each kind makes a sound in a private chat, and in a group.

A bad outcome comes to a group only if the person who asked has no private chat with the bot.
"""

_KINDS: Mapping[type, Callable[..., Kind]] = {
    AccessLost: lambda _: Kind.BAD_NEWS,
    CarLeft: lambda _: Kind.BAD_NEWS,
    ConsentAsked: lambda _: Kind.QUESTION,
    LateOutcome: lambda _: Kind.BAD_OUTCOME,
    LinkNews: lambda it: Kind.BAD_NEWS if it is LinkNews.REFUSED else Kind.ANSWER,
    NewCodes: lambda _: Kind.BAD_NEWS,
    Note: lambda it: Kind.ANSWER if it.kind is NoteKind.CHARGED else Kind.BAD_NEWS,
    News: lambda it: Kind.BAD_NEWS if _is_bad(it) else Kind.ANSWER,
    Notice: lambda it: Kind.BAD_NEWS if it.is_over else Kind.ANSWER,
    OperatorNotice: lambda _: Kind.BAD_NEWS,
    PermissionAsked: lambda _: Kind.QUESTION,
    Request: lambda _: Kind.QUESTION,
}
"""The kind of each type that is shown without a request; every other one is an answer."""


def sounds(it: object, *, in_group: bool) -> bool:
    """Return whether a new message makes a sound outside of quiet hours."""
    kind = _KINDS[type(it)](it) if type(it) in _KINDS else Kind.ANSWER
    return _SOUNDS[kind][in_group]


def _is_bad(news: News) -> bool:
    return any(isinstance(item, Opening) and item.state is State.UNKNOWN for item in news.items)
