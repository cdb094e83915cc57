"""Groups: their members and rights, and how a group becomes a supergroup."""

import itertools
from collections.abc import Sequence
from datetime import datetime

from bot.demo.telegram.bots import Bot, member_json
from bot.demo.telegram.chats import Chat, Message, Version
from bot.demo.telegram.users import Json, User
from bot.demo.watchers import Watchers

ANONYMOUS_ADMIN = User(1087968824, "Group", username="GroupAnonymousBot", is_bot=True)
"""The account that Telegram shows as the sender when an anonymous administrator writes."""

_RIGHTS = (
    "can_be_edited",
    "is_anonymous",
    "can_manage_chat",
    "can_delete_messages",
    "can_manage_video_chats",
    "can_restrict_members",
    "can_promote_members",
    "can_change_info",
    "can_invite_users",
    "can_pin_messages",
    "can_post_stories",
    "can_edit_stories",
    "can_delete_stories",
)


class Group(Chat):
    """A group of people with one bot. The first member is its creator."""

    def __init__(
        self,
        account: Bot,
        number: int,
        title: str,
        members: Sequence[User],
        *,
        kind: str,
        parent: Watchers | None,
    ) -> None:
        numbers = itertools.count(1) if kind == "supergroup" else account.numbers
        super().__init__(number, account, kind=kind, title=title, numbers=numbers, parent=parent)
        self.account = account
        self.members = {user.id: user for user in members}
        self.statuses = {user.id: "member" for user in members}
        self.migrated_to: Group | None = None
        self.topics: dict[int | None, bool] = {None: True}
        """The topics of a forum, and whether one can write there; None is General."""
        self.is_muted = False
        """Whether the bot may not write here at all."""
        self.has_no_photos = False
        """Whether nobody but administrators may send photos here."""
        if members:
            self.statuses[members[0].id] = "creator"
        account.chats[number] = self

    def people(self) -> dict[int, User]:
        """Return all who are or were in the group."""
        return self.members

    def status_of(self, user: User) -> str:
        """Return creator, administrator, member, left or kicked."""
        return self.statuses.get(user.id, "left")

    def is_administrator(self, user: User) -> bool:
        """Return whether this account may delete other people's messages and pin any."""
        return self.status_of(user) in {"creator", "administrator"}

    def member_json(self, user: User) -> Json:
        """Return the Bot API's ChatMember."""
        status = self.status_of(user)
        if status == "creator":
            return {"user": user.user_json(), "status": status, "is_anonymous": False}
        if status == "administrator":
            return {"user": user.user_json(), "status": status} | dict.fromkeys(_RIGHTS, True) | {"is_anonymous": False}
        return member_json(user, status)

    def joins(self, user: User, *, by: User | None = None) -> None:
        """Add an account; the bot gets an update, for itself and for others."""
        by = by or self._creator()
        old = self.member_json(user)
        self.members[user.id] = user
        self.statuses[user.id] = "member"
        self._change(user, by, old, {"new_chat_members": [user.user_json()]})

    def leaves(self, user: User, *, by: User | None = None, status: str = "left") -> None:
        """Let an account leave, or remove it with the status `kicked`."""
        old = self.member_json(user)
        service: Json = {"left_chat_member": user.user_json()}
        if user is not self.bot:
            self._change(user, by or user, old, service, status)
            return
        self._set(user, status)
        self.account.send_membership_update(self, by or self._creator(), old, self.member_json(user))

    def promotes(self, user: User) -> None:
        """Make an account an administrator with all rights."""
        old = self.member_json(user)
        self._set(user, "administrator")
        if user is self.bot:
            self.account.send_membership_update(self, self._creator(), old, self.member_json(user))

    def becomes_supergroup(self) -> "Group":
        """Move to a new chat id; the bot gets an update in both chats, and can no longer write to the old one."""
        number = self.id - 1_000_000_000_000
        everybody = list(self.members.values())
        new = Group(self.account, number, self.title, everybody, kind="supergroup", parent=self.watchers.parent)
        new.statuses = dict(self.statuses)
        self._add_service_message(self._creator(), {"migrate_to_chat_id": number})
        new._add_service_message(ANONYMOUS_ADMIN, {"migrate_from_chat_id": self.id})
        self.migrated_to = new
        return new

    def adds_topic(self) -> int:
        """Make the group a forum if it is none, and add a topic to it; returns the topic's number."""
        number = self._add_service_message(
            self._creator(), {"forum_topic_created": {"name": "Topic", "icon_color": 0}}
        ).id
        self.topics[number] = True
        return number

    def closes_topic(self, number: int | None) -> None:
        """Let nobody but administrators write in a topic any more; None is General."""
        self.topics[number] = False

    def deletes_topic(self, number: int) -> None:
        """Delete a topic."""
        del self.topics[number]

    def topic_json(self, number: int | None) -> Json:
        """Return what says in a message in which topic it is."""
        return {} if number is None else {"message_thread_id": number, "is_topic_message": True}

    def _creator(self) -> User:
        return next(iter(self.members.values()))

    def _set(self, user: User, status: str) -> None:
        self.statuses[user.id] = status
        self.watchers.changed()

    def _change(self, user: User, by: User, old: Json, service: Json, status: str = "member") -> None:
        self._set(user, status)
        if user is self.bot:
            self.account.send_membership_update(self, by, old, self.member_json(user))
        self._add_service_message(by, service)

    def _add_service_message(self, by: User, service: Json) -> Message:
        """Add a service message to the chat."""
        message = self.add(by, Version(""), self._now(), extra=service)
        self.account.send_message_update("message", message)
        return message

    def _now(self) -> datetime:
        return self.account.now()
