"""Names for the numbers and texts that identify things, so that one cannot pass for another."""

from typing import NewType

PersonId = NewType("PersonId", int)
"""Telegram's user id of a person."""

ChatId = NewType("ChatId", int)
"""Telegram's chat id; for a private chat it equals the person's id."""

CarId = NewType("CarId", int)
"""The number of the vehicle at DIMO (the token id of its NFT)."""

PromptId = NewType("PromptId", str)
ActionId = NewType("ActionId", str)
MessageId = NewType("MessageId", int)

InvitationId = NewType("InvitationId", str)
"""Names an invitation to those who may withdraw it; it does not admit anybody."""

CodeQueryId = NewType("CodeQueryId", str)
"""Names codes that were asked about together; unique within a car of a home chat."""
