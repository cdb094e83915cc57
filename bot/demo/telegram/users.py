"""Accounts: people's and bots'."""

from typing import Any, TypeAlias

Json: TypeAlias = dict[str, Any]


class User:
    """An account: a person's, or a bot's."""

    def __init__(
        self,
        number: int,
        first_name: str,
        *,
        username: str | None = None,
        is_bot: bool = False,
        language: str = "en",
    ) -> None:
        self.id = number
        self.first_name = first_name
        self.last_name: str | None = None
        self.username = username
        self.is_bot = is_bot
        self.language = language

    def __repr__(self) -> str:
        return f"<{self.first_name} {self.id}>"

    def user_json(self) -> Json:
        """Return the Bot API's User."""
        user: Json = {"id": self.id, "is_bot": self.is_bot, "first_name": self.first_name}
        if self.last_name:
            user["last_name"] = self.last_name
        if self.username:
            user["username"] = self.username
        if not self.is_bot:
            user["language_code"] = self.language
        return user
