"""Types of ids, so that one kind of id can't be passed for another."""

from typing import NewType

PersonId = NewType("PersonId", int)
"""A person's user id in Telegram."""

ChatId = NewType("ChatId", int)
"""A chat's id in Telegram; a private chat has the id of its person."""

CarId = NewType("CarId", int)
"""A vehicle's number at DIMO: the token id of its NFT."""

ThreadId = NewType("ThreadId", int)
"""A topic's id in a group of Telegram that has topics; its General topic has none."""

PromptId = NewType("PromptId", str)
ActionId = NewType("ActionId", str)
MessageId = NewType("MessageId", int)

InvitationId = NewType("InvitationId", str)
"""The id by which an owner withdraws an invitation; nobody can join with it."""

ConsentId = NewType("ConsentId", str)
"""The id of a question whether somebody may link an account that a home holds already."""

ScheduleId = NewType("ScheduleId", str)
NoteId = NewType("NoteId", str)
CodeQueryId = NewType("CodeQueryId", str)
"""The id of codes that were asked about together; unique within a car of a home."""
