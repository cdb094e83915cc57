import asyncio
from datetime import timedelta

import pytest
from telegram import Message as HeardMessage
from telegram import MessageOriginUser, Update
from telegram.error import BadRequest

from bot.demo.telegram.groups import ANONYMOUS_ADMIN
from bot.demo.watchers import NotSeen
from tests.demo.telegram.conftest import Setting


async def heard(setting: Setting) -> list[Update]:
    """Return the updates that the bot gets, and acknowledge them."""
    updates = list(await setting.bot.get_updates())
    if updates:
        await setting.bot.get_updates(offset=updates[-1].update_id + 1)
    return updates


async def one_message(setting: Setting) -> HeardMessage:
    """Return the only message that the bot gets."""
    (update,) = await heard(setting)
    assert update.message is not None
    return update.message


async def test_bot_gets_a_persons_message_with_its_command(setting: Setting) -> None:
    said = setting.ann.says("/lock now")
    message = await one_message(setting)
    assert (message.message_id, message.text, message.chat_id) == (said.id, "/lock now", setting.ann.id)
    assert message.from_user is not None
    assert (message.from_user.first_name, message.from_user.language_code) == ("Ann", "en")
    assert message.parse_entities() == {message.entities[0]: "/lock"}
    assert message.date == setting.clock.now()


async def test_message_can_be_old(setting: Setting) -> None:
    setting.ann.says("/unlock", date=setting.clock.now() - timedelta(minutes=5))
    assert (await one_message(setting)).date == setting.clock.now() - timedelta(minutes=5)


async def test_bot_gets_an_edited_message_as_such(setting: Setting) -> None:
    said = setting.ann.says("/lcok")
    await heard(setting)
    setting.ann.edits(said, "/lock")
    (update,) = await heard(setting)
    assert update.message is None
    assert update.edited_message is not None
    assert (update.edited_message.text, update.edited_message.edit_date) == ("/lock", setting.clock.now())


async def test_bot_sees_addresses_behind_words(setting: Setting) -> None:
    said = setting.ann.says("🚗 see here, /lock", links={"here": "https://example.org/x"})
    heard_of = await one_message(setting)
    links = heard_of.parse_entities(["text_link"])
    assert [(entity.url, words) for entity, words in links.items()] == [("https://example.org/x", "here")]
    setting.ann.edits(said, "there", links={"there": "https://example.org/y"})
    (update,) = await heard(setting)
    assert update.edited_message is not None
    assert [entity.url for entity in update.edited_message.entities] == ["https://example.org/y"]


async def test_bot_gets_what_is_no_text(setting: Setting) -> None:
    setting.ann.sends({"location": {"latitude": 52.5, "longitude": 13.4}})
    setting.ann.sends({"photo": [{"file_id": "p", "file_unique_id": "u", "width": 1, "height": 1}]}, caption="a /lock")
    place, photo = (update.message for update in await heard(setting))
    assert place is not None
    assert place.location is not None
    assert photo is not None
    assert (photo.text, photo.caption) == (None, "a /lock")
    assert list(photo.parse_caption_entities().values()) == ["/lock"]


async def test_bot_can_fetch_a_file_also_after_its_message_was_deleted(setting: Setting) -> None:
    sent = setting.ann.sends_file("codes.txt", b"P0420", caption="mine")
    message = await one_message(setting)
    assert message.document is not None
    assert (message.caption, message.document.file_name, message.document.file_size) == ("mine", "codes.txt", 5)
    sent.delete()
    file = await setting.bot.get_file(message.document.file_id)
    assert bytes(await file.download_as_bytearray()) == b"P0420"
    with pytest.raises(BadRequest, match="Wrong file_id"):
        await setting.bot.get_file("file-999")
    answer = await setting.http.get(f"/file/bot{setting.account.token}/documents/file-999")
    assert answer.status_code == 404


async def test_bot_sees_what_is_forwarded_or_a_reply(setting: Setting) -> None:
    shown = await setting.shown("Which code?")
    ben = setting.world.add_person("Ben")
    setting.ann.says("P0106", reply_to=shown, forwarded_from=ben)
    message = await one_message(setting)
    assert isinstance(message.forward_origin, MessageOriginUser)
    assert message.forward_origin.sender_user.id == ben.id
    assert message.reply_to_message is not None
    assert message.reply_to_message.message_id == shown.id


async def test_link_starts_the_bot_with_its_payload(setting: Setting) -> None:
    setting.ann.follows("https://t.me/dimo_family_bot?start=join_a-1")
    assert (await one_message(setting)).text == "/start join_a-1"


@pytest.mark.parametrize(
    "link",
    [
        "https://t.me/other_bot?start=x",
        "https://t.me/dimo_family_bot?start=a.b",
        f"https://t.me/dimo_family_bot?start={'x' * 65}",
    ],
)
async def test_link_that_no_app_would_follow_is_refused(setting: Setting, link: str) -> None:
    with pytest.raises(ValueError, match=r"lead|payload"):
        setting.ann.follows(link)


@pytest.mark.parametrize("text", ["", "x" * 4097])
async def test_text_that_no_app_would_send_is_refused(setting: Setting, text: str) -> None:
    with pytest.raises(ValueError, match="1 to 4096"):
        setting.ann.says(text)


async def test_bot_gets_an_update_when_it_is_blocked(setting: Setting) -> None:
    setting.ann.blocks()
    (update,) = await heard(setting)
    assert update.my_chat_member is not None
    assert update.my_chat_member.difference()["status"] == ("member", "kicked")


async def test_waiting_ends_at_the_moment_of_the_message(setting: Setting) -> None:
    waiting = asyncio.create_task(setting.ann.sees("Locked"))
    await asyncio.sleep(0)
    shown = await setting.shown("Locked at 14:02")
    assert await waiting is shown


async def test_text_that_lasts_an_instant_is_seen_too(setting: Setting) -> None:
    shown = await setting.shown("Sending")
    accepted = asyncio.create_task(shown.becomes("Accepted"))
    await asyncio.sleep(0)
    for text in ("Accepted", "Confirmed"):
        await setting.bot.edit_message_text(text, setting.ann.id, shown.id)
    assert await accepted is shown
    assert shown.texts == ["Sending", "Accepted", "Confirmed"]


async def test_older_messages_can_be_left_out(setting: Setting) -> None:
    older = await setting.shown("Locked")
    assert await setting.ann.sees("Locked") is older
    said = setting.ann.says("/lock")
    waiting = asyncio.create_task(setting.ann.sees("Locked", after=said))
    await asyncio.sleep(0)
    newer = await setting.shown("Locked")
    assert await waiting is newer


async def test_waiting_accepts_any_check_of_a_message(setting: Setting) -> None:
    shown = await setting.shown("Locked")
    assert await setting.ann.sees(lambda message: message.edits == 0) is shown
    assert setting.ann.private_chat.last is shown


async def test_broken_check_fails_the_test_and_not_the_bot(setting: Setting) -> None:
    waiting = asyncio.create_task(setting.ann.sees(lambda message: message.id / 0))
    await asyncio.sleep(0)
    await setting.shown("Locked")
    with pytest.raises(ZeroDivisionError):
        await waiting


async def test_waiting_in_vain_raises_with_what_there_was_instead(setting: Setting) -> None:
    setting.ann.says("/lock")
    await setting.shown("Refused: no car")
    with pytest.raises(NotSeen, match=r"(?s)Nobody saw 'Locked'.*Ann: /lock.*Family bot: Refused: no car"):
        await setting.ann.sees("Locked", within=0.01)


async def test_persons_own_messages_are_not_the_bots(setting: Setting) -> None:
    setting.ann.says("Locked")
    assert setting.ann.private_chat.find("Locked") is None
    with pytest.raises(LookupError, match="has no message here"):
        _ = setting.ann.private_chat.last


async def test_disappearing_is_waited_for(setting: Setting) -> None:
    shown = await setting.shown("secret")
    waiting = asyncio.create_task(shown.disappears())
    await asyncio.sleep(0)
    await setting.bot.delete_message(setting.ann.id, shown.id)
    await waiting


async def test_calls_are_waited_for(setting: Setting) -> None:
    waiting = asyncio.create_task(setting.world.called("sendMessage", times=2))
    await asyncio.sleep(0)
    await setting.shown("one")
    await setting.shown("two")
    assert [call.params["text"] for call in await waiting] == ["one", "two"]


async def test_chats_with_two_bots_are_separate(setting: Setting) -> None:
    other = setting.world.add_bot("other_bot", can_join_groups=False)
    ben = setting.world.add_person("Ben", id=42, username="ben", has_started=True)
    await setting.bot.send_message(42, "Hello Ben")
    assert setting.ann.private_chat.messages == []
    assert ben.private_chat.last.text == "Hello Ben"
    assert other.updates.unacknowledged == []
    with pytest.raises(ValueError, match="can_fly"):
        setting.world.add_bot("third_bot", can_fly=True)


@pytest.mark.parametrize(
    ("text", "is_heard"),
    [("/lock", True), ("/lock@dimo_family_bot", True), ("/lock@other_bot", False), ("Good morning", False)],
)
async def test_privacy_mode_delivers_only_commands_for_the_bot(setting: Setting, text: str, is_heard: bool) -> None:
    group = setting.world.add_group("Family", [setting.ann])
    await heard(setting)
    setting.ann.says(text, chat=group)
    assert bool(await heard(setting)) is is_heard


async def test_bot_gets_replies_to_it_and_without_privacy_mode_everything(setting: Setting) -> None:
    group = setting.world.add_group("Family", [setting.ann])
    sent = await setting.bot.send_message(group.id, "Which?")
    await heard(setting)
    setting.ann.says("that one", chat=group, reply_to=group.message(sent.message_id))
    assert (await one_message(setting)).text == "that one"
    setting.account.flags["can_read_all_group_messages"] = True
    setting.ann.says("Good morning", chat=group)
    assert (await one_message(setting)).text == "Good morning"


async def test_bot_gets_nothing_from_a_group_that_it_left(setting: Setting) -> None:
    group = setting.world.add_group("Family", [setting.ann])
    await setting.bot.leave_chat(group.id)
    await heard(setting)
    setting.ann.says("/lock", chat=group)
    assert await heard(setting) == []


async def test_anonymous_admin_writes_as_the_group(setting: Setting) -> None:
    group = setting.world.add_group("Family", [setting.ann], kind="supergroup")
    await heard(setting)
    setting.ann.says("/unlock", chat=group, anonymously=True)
    message = await one_message(setting)
    assert message.from_user is not None
    assert message.from_user.id == ANONYMOUS_ADMIN.id
    assert message.sender_chat is not None
    assert message.sender_chat.id == group.id


async def test_bot_gets_an_update_when_it_is_added_or_removed(setting: Setting) -> None:
    group = setting.world.add_group("Family", [setting.ann])
    group.promotes(setting.account)
    group.leaves(setting.account, by=setting.ann, status="kicked")
    changes = [u.my_chat_member.difference()["status"] for u in await heard(setting) if u.my_chat_member]
    assert changes == [("left", "member"), ("member", "administrator"), ("administrator", "kicked")]


async def test_joining_and_leaving_are_service_messages(setting: Setting) -> None:
    group = setting.world.add_group("Family", [setting.ann])
    await heard(setting)
    ben = setting.world.add_person("Ben")
    group.joins(ben)
    group.leaves(ben)
    came, went = [update.message for update in await heard(setting)]
    assert came is not None
    assert went is not None
    assert came.new_chat_members[0].id == ben.id
    assert went.left_chat_member is not None
    assert went.left_chat_member.id == ben.id


async def test_migrating_group_sends_an_update_in_both_chats(setting: Setting) -> None:
    group = setting.world.add_group("Family", [setting.ann])
    await heard(setting)
    new = group.becomes_supergroup()
    old_says, new_says = [update.message for update in await heard(setting)]
    assert old_says is not None
    assert new_says is not None
    assert (old_says.chat_id, old_says.migrate_to_chat_id) == (group.id, new.id)
    assert (new_says.chat_id, new_says.migrate_from_chat_id) == (new.id, group.id)
