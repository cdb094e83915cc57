from typing import Any

import pytest
from telegram import (
    BotCommand,
    BotCommandScopeAllPrivateChats,
    BotCommandScopeChat,
    BotCommandScopeChatMember,
    ChatMember,
)
from telegram.error import BadRequest, Forbidden

from tests.demo.telegram.conftest import Setting

LOCK = BotCommand("lock", "Lock the doors")
HELP = BotCommand("help", "What I can do")


async def test_get_me_returns_the_bots_account(setting: Setting) -> None:
    setting.account.flags["can_connect_to_business"] = True
    me = await setting.bot.get_me()
    assert (me.id, me.username, me.can_read_all_group_messages) == (
        setting.account.id,
        "dimo_family_bot",
        False,
    )
    assert me.can_connect_to_business


async def test_menus_are_stored_by_scope_and_language(setting: Setting) -> None:
    scope = BotCommandScopeAllPrivateChats()
    await setting.bot.set_my_commands([LOCK, HELP], scope=scope)
    assert await setting.bot.get_my_commands(scope=scope) == (LOCK, HELP)
    assert await setting.bot.get_my_commands() == ()
    assert await setting.bot.get_my_commands(scope=scope, language_code="de") == ()
    await setting.bot.delete_my_commands(scope=scope)
    assert await setting.bot.get_my_commands(scope=scope) == ()


async def test_person_sees_the_menu_of_the_narrowest_scope(setting: Setting) -> None:
    ann, chat = setting.ann, setting.ann.private_chat
    await setting.bot.set_my_commands([HELP])
    assert setting.account.menu_in(chat, ann) == ["help"]
    await setting.bot.set_my_commands([LOCK, HELP], scope=BotCommandScopeChat(ann.id))
    assert setting.account.menu_in(chat, ann) == ["lock", "help"]
    group = setting.world.add_group("Family", [ann])
    await setting.bot.set_my_commands([LOCK], scope=BotCommandScopeChatMember(group.id, ann.id))
    assert setting.account.menu_in(group, ann) == ["lock"]
    assert setting.account.menu_in(group, setting.world.add_person("Ben")) == ["help"]


@pytest.mark.parametrize(
    ("params", "description"),
    [
        ({"commands": [{"command": "Lock", "description": "x"}]}, "BOT_COMMAND_INVALID"),
        ({"commands": [{"command": "x" * 33, "description": "x"}]}, "BOT_COMMAND_INVALID"),
        ({"commands": [{"command": "lock", "description": ""}]}, "BOT_COMMAND_DESCRIPTION_INVALID"),
        ({"commands": [{"command": "lock", "description": "x" * 257}]}, "BOT_COMMAND_DESCRIPTION_INVALID"),
        ({"commands": [{"command": "lock", "description": "x"}] * 101}, "BOT_COMMANDS_TOO_MUCH"),
        ({"commands": ["lock"]}, "can't parse BotCommand: a command and a description are needed"),
        (
            {"commands": [], "scope": {"type": "everybody"}},
            "can't parse BotCommandScope: Unsupported type specified",
        ),
        (
            {"commands": [], "scope": {"type": "chat"}},
            "can't parse BotCommandScope: fields ['chat_id'] are needed",
        ),
        ({"commands": [], "scope": {"type": "chat", "chat_id": 1}}, "chat not found"),
    ],
)
async def test_invalid_menus_are_refused(setting: Setting, params: dict[str, Any], description: str) -> None:
    body = await setting.raw("setMyCommands", **params)
    assert body["description"] == f"Bad Request: {description}"
    assert setting.account.menus == {}


async def test_descriptions_are_stored_up_to_their_limits(setting: Setting) -> None:
    await setting.bot.set_my_description("What I do")
    await setting.bot.set_my_short_description("Short", language_code="de")
    assert (await setting.bot.get_my_description()).description == "What I do"
    assert (await setting.bot.get_my_short_description(language_code="de")).short_description == "Short"
    assert (await setting.bot.get_my_short_description()).short_description == ""
    with pytest.raises(BadRequest):
        await setting.bot.set_my_short_description("x" * 121)
    with pytest.raises(BadRequest):
        await setting.bot.set_my_description("x" * 513)


async def test_chats_and_their_members_are_returned(setting: Setting) -> None:
    group = setting.world.add_group("Family", [setting.ann])
    group.promotes(setting.account)
    assert (await setting.bot.get_chat(setting.ann.id)).first_name == "Ann"
    assert (await setting.bot.get_chat(group.id)).title == "Family"
    assert (await setting.bot.get_chat_member(group.id, setting.ann.id)).status == ChatMember.OWNER
    assert (await setting.bot.get_chat_member(group.id, setting.account.id)).status == ChatMember.ADMINISTRATOR
    assert (await setting.bot.get_chat_member(setting.ann.id, setting.ann.id)).status == ChatMember.MEMBER
    group.leaves(setting.ann, status="kicked")
    assert (await setting.bot.get_chat_member(group.id, setting.ann.id)).status == ChatMember.BANNED
    with pytest.raises(BadRequest, match="User not found"):
        await setting.bot.get_chat_member(group.id, 12345)
    with pytest.raises(BadRequest, match="Chat not found"):
        await setting.bot.get_chat(12345)


async def test_administrators_are_people_and_the_bot_itself(setting: Setting) -> None:
    robot = setting.world.add_person("Robot", is_bot=True)
    ben = setting.world.add_person("Ben")
    group = setting.world.add_group("Family", [setting.ann, ben, robot])
    group.promotes(robot)
    assert [one.user.id for one in await setting.bot.get_chat_administrators(group.id)] == [setting.ann.id]
    group.promotes(setting.account)
    found = await setting.bot.get_chat_administrators(group.id)
    assert [one.user.id for one in found] == [setting.ann.id, setting.account.id]
    with pytest.raises(BadRequest, match="There are no administrators in the private chat"):
        await setting.bot.get_chat_administrators(setting.ann.id)


async def test_member_count_includes_the_bot_and_excludes_those_who_left(setting: Setting) -> None:
    ben = setting.world.add_person("Ben")
    group = setting.world.add_group("Family", [setting.ann, ben])
    assert await setting.bot.get_chat_member_count(group.id) == 3
    group.leaves(ben)
    assert await setting.bot.get_chat_member_count(group.id) == 2
    assert (await setting.raw("getChatMembersCount", chat_id=setting.ann.id))["result"] == 2
    group.leaves(setting.account, status="kicked")
    with pytest.raises(Forbidden, match="bot was kicked from the group chat"):
        await setting.bot.get_chat_member_count(group.id)


async def test_webhook_info_is_what_was_set(setting: Setting) -> None:
    setting.ann.says("/lock")
    await setting.bot.set_webhook("https://bot.example.org/hook", secret_token="s3", allowed_updates=["message"])
    info = await setting.bot.get_webhook_info()
    assert (info.url, info.pending_update_count) == ("https://bot.example.org/hook", 1)
    assert info.allowed_updates == ("message",)
    assert setting.account.webhook.secret_token == "s3"
    await setting.bot.delete_webhook(drop_pending_updates=True)
    info = await setting.bot.get_webhook_info()
    assert (info.url, info.pending_update_count) == ("", 0)


@pytest.mark.parametrize(
    ("params", "description"),
    [
        ({"url": "http://x.org"}, "bad webhook: An HTTPS URL must be provided for webhook"),
        (
            {"url": "https://x.org:8080"},
            "bad webhook: Webhook can be set up only on ports 80, 88, 443 or 8443",
        ),
        ({"url": "https://x.org", "secret_token": "no spaces"}, "secret token contains unallowed characters"),
    ],
)
async def test_invalid_webhooks_are_refused(setting: Setting, params: dict[str, Any], description: str) -> None:
    body = await setting.raw("setWebhook", **params)
    assert body["description"] == f"Bad Request: {description}"


async def test_private_chat_cannot_be_left(setting: Setting) -> None:
    with pytest.raises(BadRequest):
        await setting.bot.leave_chat(setting.ann.id)
