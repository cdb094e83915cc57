"""The methods of the Bot API about a chat and who is in it."""

from bot.demo.telegram.bots import member_json
from bot.demo.telegram.errors import bad_request
from bot.demo.telegram.groups import Group
from bot.demo.telegram.http.method_call import Method, MethodCall
from bot.demo.telegram.http.params import chat, integer
from bot.demo.telegram.users import Json


def get_chat(call: MethodCall) -> Json:
    """Return a chat in full."""
    found = call.chat()
    gifts = dict.fromkeys(
        (
            "unlimited_gifts",
            "limited_gifts",
            "unique_gifts",
            "premium_subscription",
            "gifts_from_channels",
        ),
        False,
    )
    return found.chat_json() | {"accent_color_id": 0, "max_reaction_count": 11, "accepted_gift_types": gifts}


def get_chat_member(call: MethodCall) -> Json:
    """Return the membership of an account in a chat."""
    found = call.chat()
    accounts = {call.bot.id: call.bot, **found.people()}
    user = accounts.get(call.params.get("user_id", 0))
    if user is None:
        raise bad_request("user not found")
    return found.member_json(user) if isinstance(found, Group) else member_json(user, "member")


def get_chat_administrators(call: MethodCall) -> list[Json]:
    """Return the administrators of a group, without other bots."""
    found = call.readable_chat()
    if not isinstance(found, Group):
        raise bad_request("there are no administrators in the private chat")
    runs = [user for user in found.people().values() if found.is_administrator(user)]
    return [found.member_json(user) for user in runs if user is call.bot or not user.is_bot]


def get_chat_member_count(call: MethodCall) -> int:
    """Return how many accounts are in a chat, including the bot."""
    found = call.readable_chat()
    if not isinstance(found, Group):
        return len(found.people()) + 1
    return sum(found.status_of(user) not in {"left", "kicked"} for user in found.people().values())


def leave_chat(call: MethodCall) -> bool:
    """Leave a group."""
    found = call.writable_chat()
    if not isinstance(found, Group):
        raise bad_request("chat member status can't be changed in private chats")
    found.leaves(call.bot, by=call.bot)
    return True


CHAT_METHODS = (
    Method("getChat", get_chat, {"chat_id": chat}),
    Method("getChatMember", get_chat_member, {"chat_id": chat, "user_id": integer}),
    Method("getChatAdministrators", get_chat_administrators, {"chat_id": chat}),
    Method("getChatMemberCount", get_chat_member_count, {"chat_id": chat}),
    Method("getChatMembersCount", get_chat_member_count, {"chat_id": chat}),  # its name until Bot API 5.3
    Method("leaveChat", leave_chat, {"chat_id": chat}),
)
