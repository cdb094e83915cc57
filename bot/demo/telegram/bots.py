"""One bot at Telegram: its account, chats, menus, and the taps that it has to answer."""

import itertools
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from bot.demo.telegram.chats import Chat, Message
from bot.demo.telegram.errors import unauthorized
from bot.demo.telegram.updates import UpdateQueue
from bot.demo.telegram.users import Json, User
from bot.demo.watchers import Watchers

MESSAGES_KEPT = timedelta(hours=24)
TAPS_KEPT = timedelta(seconds=150)

_FLAGS: Mapping[str, bool] = {
    "can_join_groups": True,
    "can_read_all_group_messages": False,
    "supports_inline_queries": False,
    "supports_guest_queries": False,
    "can_connect_to_business": False,
    "has_main_web_app": False,
    "has_topics_enabled": False,
    "allows_users_to_create_topics": False,
    "can_manage_bots": False,
}


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer to a tap: a note at the top of the screen, an alert, or often nothing."""

    text: str | None = None
    show_alert: bool = False
    url: str | None = None


@dataclass(eq=False)
class Tap:
    """A tap on a button, or a forged one. A button with an address has a `url` and sends the bot nothing."""

    person: User
    message: Message
    id: str = ""
    data: str | None = None
    url: str | None = None
    at: datetime | None = None
    answer: Answer | None = None
    update: Json = field(default_factory=dict)

    async def answered(self, *, within: float = 10) -> Answer:
        """Wait until the bot has answered the tap."""
        return await self.message.chat.watchers.until(
            lambda: self.answer, within=within, instead=lambda: f"The tap {self.data!r} was never answered"
        )

    def query_json(self) -> Json:
        """Return the Bot API's CallbackQuery; a deleted message is an InaccessibleMessage."""
        message, chat = self.message, self.message.chat
        gone = {"chat": chat.chat_json(), "message_id": message.id, "date": 0}
        return {
            "id": self.id,
            "from": self.person.user_json(),
            "message": gone if message.deleted else message.message_json(),
            "chat_instance": str(chat.id * 7919),
            "data": self.data,
        }


class PrivateChat(Chat):
    """A person's chat with a bot; the bot may write there once the person has written."""

    person: User
    started: bool = False
    blocked: bool = False

    def people(self) -> dict[int, User]:
        """Return the one person in the chat."""
        return {self.person.id: self.person}

    def chat_json(self) -> Json:
        """Return the Bot API's Chat."""
        person = self.person.user_json()
        return {key: person[key] for key in ("id", "first_name", "last_name", "username") if key in person} | {
            "type": "private"
        }


@dataclass
class Webhook:
    """The address to which updates are sent instead of waiting for `getUpdates`."""

    url: str = ""
    secret_token: str | None = None
    max_connections: int = 40
    allowed_updates: list[str] | None = None


class Bot(User):
    """A bot's account. `flags` are part of the answer of getMe, and may be changed.

    `numbers` and `tap_numbers` number its messages and taps; whoever restores saved chats replaces them.
    """

    def __init__(
        self, number: int, username: str, *, token: str, now: Callable[[], datetime], watchers: Watchers
    ) -> None:
        super().__init__(number, "Family bot", username=username, is_bot=True)
        self.token: str | None = token
        self.flags = dict(_FLAGS)
        self.updates = UpdateQueue(now, watchers)
        self.chats: dict[int, Chat] = {}
        self.taps: dict[str, Tap] = {}
        self.menus: dict[tuple[str, int, int, str], list[Json]] = {}
        self.descriptions: dict[tuple[str, str], str] = {}
        self.webhook = Webhook()
        self.now = now
        self.numbers: Iterator[int] = itertools.count(1)
        self.tap_numbers: Iterator[int] = itertools.count(4_382_000_000_000_000_001)
        self._watchers = watchers

    def __repr__(self) -> str:
        return f"<bot @{self.username}>"

    def me_json(self) -> Json:
        """Return the answer of getMe."""
        return self.user_json() | self.flags

    def private_chat(self, person: User) -> PrivateChat:
        """Return this person's chat with the bot; the first call creates it."""
        chat = self.chats.get(person.id)
        if not isinstance(chat, PrivateChat):
            chat = PrivateChat(
                person.id,
                self,
                kind="private",
                title=person.first_name,
                numbers=self.numbers,
                parent=self._watchers,
            )
            chat.person = person
            self.chats[person.id] = chat
        return chat

    def send_message_update(self, kind: str, message: Message) -> None:
        """Queue an update with a message."""
        content = message.message_json()
        message.update = self.updates.push(kind, content, until=message.date + MESSAGES_KEPT)

    def send_tap_update(self, tap: Tap) -> None:
        """Queue an update with a tap, which the bot has to answer soon."""
        tap.id = str(next(self.tap_numbers))
        tap.at = self.now()
        self.taps[tap.id] = tap
        tap.update = self.updates.push("callback_query", tap.query_json(), until=tap.at + TAPS_KEPT)

    def send_membership_update(self, chat: Chat, by: User, old: Json, new: Json) -> None:
        """Queue an update that says how the bot's membership in a chat changed."""
        now = self.now()
        change = {
            "chat": chat.chat_json(),
            "from": by.user_json(),
            "date": int(now.timestamp()),
            "old_chat_member": old,
            "new_chat_member": new,
        }
        self.updates.push("my_chat_member", change, until=now + MESSAGES_KEPT)

    def send_again(self, update: Json) -> None:
        """Queue an update a second time, as Telegram does after a crash or a lost answer."""
        self.updates.push_again(update, until=self.now() + TAPS_KEPT)

    def revoke(self) -> None:
        """Revoke the token; a long poll that is open ends."""
        self.token = None
        self.updates.end_listening(unauthorized())

    def menu_in(self, chat: Chat, person: User, language: str = "") -> list[str]:
        """Return the commands of a person's menu in a chat: those of the narrowest scope that is set."""
        kind = "all_private_chats" if chat.kind == "private" else "all_group_chats"
        scopes = [("chat_member", chat.id, person.id), ("chat", chat.id, 0), (kind, 0, 0), ("default", 0, 0)]
        for scope in scopes:
            for spoken in dict.fromkeys((language, "")):
                if menu := self.menus.get((*scope, spoken)):
                    return [command["command"] for command in menu]
        return []


def member_json(user: User, status: str) -> Json:
    """Return a ChatMember of the simple kinds: member, left, kicked."""
    return {"user": user.user_json(), "status": status} | ({"until_date": 0} if status == "kicked" else {})
