"""One bot as Telegram knows it: its account, its chats, its menus, the taps that wait for its answer."""

import itertools
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from bot.demo.telegram.chats import Chat, Json, Message, User
from bot.demo.telegram.errors import unauthorized
from bot.demo.telegram.updates import UpdateQueue
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
    """What a tap was answered with: a short note at the top of the screen, or an alert; often nothing."""

    text: str | None = None
    show_alert: bool = False
    url: str | None = None


@dataclass(eq=False)
class Tap:
    """A tap on a button, or a forged one. A button with an address has `url` and tells the bot nothing."""

    person: User
    message: Message
    id: str = ""
    data: str | None = None
    url: str | None = None
    at: datetime | None = None
    answer: Answer | None = None
    update: Json = field(default_factory=dict)

    async def answered(self, *, within: float = 10) -> Answer:
        """Wait until the little clock on the button goes away."""
        return await self.message.chat.watchers.until(
            lambda: self.answer, within=within, instead=lambda: f"The tap {self.data!r} was never answered"
        )

    def query_json(self) -> Json:
        """Return the Bot API's CallbackQuery; a message that is gone is an InaccessibleMessage."""
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
        """Return the one person."""
        return {self.person.id: self.person}

    def chat_json(self) -> Json:
        """Return the Bot API's Chat."""
        person = self.person.user_json()
        return {key: person[key] for key in ("id", "first_name", "last_name", "username") if key in person} | {
            "type": "private"
        }


@dataclass
class Webhook:
    """Where updates go, if not to `getUpdates`."""

    url: str = ""
    secret_token: str | None = None
    max_connections: int = 40
    allowed_updates: list[str] | None = None


class Bot(User):
    """A bot's account. `flags` are what getMe tells about it and may be changed.

    `numbers` and `tap_numbers` count its messages and taps; who puts old chats back lets them go on from there.
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
        """Return what getMe tells."""
        return self.user_json() | self.flags

    def private_chat(self, person: User) -> PrivateChat:
        """Return this person's chat with the bot, made when first asked for."""
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

    def hear(self, kind: str, message: Message) -> None:
        """Queue an update with this message."""
        content = message.message_json()
        message.update = self.updates.push(kind, content, until=message.date + MESSAGES_KEPT)

    def hear_tap(self, tap: Tap) -> None:
        """Queue a tap, which is to be answered soon."""
        tap.id = str(next(self.tap_numbers))
        tap.at = self.now()
        self.taps[tap.id] = tap
        tap.update = self.updates.push("callback_query", tap.query_json(), until=tap.at + TAPS_KEPT)

    def hear_membership(self, chat: Chat, by: User, old: Json, new: Json) -> None:
        """Queue that the bot's own place in a chat changed."""
        now = self.now()
        change = {
            "chat": chat.chat_json(),
            "from": by.user_json(),
            "date": int(now.timestamp()),
            "old_chat_member": old,
            "new_chat_member": new,
        }
        self.updates.push("my_chat_member", change, until=now + MESSAGES_KEPT)

    def hear_again(self, update: Json) -> None:
        """Queue an update a second time, as after a crash or a lost answer."""
        self.updates.push_again(update, until=self.now() + TAPS_KEPT)

    def revoke(self) -> None:
        """Make the token worthless, in the middle of a long poll too."""
        self.token = None
        self.updates.end_listening(unauthorized())

    def menu_in(self, chat: Chat, person: User, language: str = "") -> list[str]:
        """Return the commands that this person's menu shows in this chat: the narrowest scope that is set."""
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
