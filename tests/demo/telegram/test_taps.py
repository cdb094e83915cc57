import pytest
from telegram import InlineKeyboardButton, InlineKeyboardMarkup, Update
from telegram.error import BadRequest

from bot.demo.telegram.bots import Answer
from bot.demo.telegram.chats import Message
from bot.demo.telegram.people import NoSuchButton
from tests.demo.telegram.conftest import Setting


async def a_question(setting: Setting) -> Message:
    """Ann sees a question with four buttons."""
    return await setting.shown(
        "Unlock Bluey?",
        reply_markup=InlineKeyboardMarkup(
            [
                [
                    InlineKeyboardButton("🔓 Unlock", callback_data="yes"),
                    InlineKeyboardButton("Cancel", callback_data="no"),
                ],
                [
                    InlineKeyboardButton("🔒 Lock", callback_data="lock"),
                    InlineKeyboardButton("Help", url="https://x.org"),
                ],
            ]
        ),
    )


async def heard(setting: Setting) -> list[Update]:
    """Return the updates that the bot gets, without acknowledging them."""
    return list(await setting.bot.get_updates())


@pytest.mark.parametrize(("label", "data"), [("🔓 Unlock", "yes"), ("Unlock", "yes"), ("Lock", "lock"), ("Canc", "no")])
async def test_button_is_found_by_its_label(setting: Setting, label: str, data: str) -> None:
    question = await a_question(setting)
    assert setting.ann.taps(question, label).data == data


async def test_tap_reaches_the_bot_with_data_person_and_message(setting: Setting) -> None:
    question = await a_question(setting)
    tap = setting.ann.taps(question, data="yes")
    query = (await heard(setting))[-1].callback_query
    assert query is not None
    assert (query.id, query.data, query.from_user.id) == (tap.id, "yes", setting.ann.id)
    assert query.message is not None
    assert query.message.message_id == question.id


async def test_missing_label_raises_with_the_labels_that_there_are(setting: Setting) -> None:
    question = await a_question(setting)
    with pytest.raises(NoSuchButton, match=r"no button 'Trunk'.*'🔓 Unlock', 'Cancel', '🔒 Lock', 'Help'"):
        setting.ann.taps(question, "Trunk")
    with pytest.raises(NoSuchButton, match="more than one button 'c'"):
        setting.ann.taps(question, "c")


async def test_button_with_an_address_sends_the_bot_nothing(setting: Setting) -> None:
    question = await a_question(setting)
    assert setting.ann.opens(question, "Help") == "https://x.org"
    assert setting.ann.taps(question, "Help").url == "https://x.org"
    assert setting.world.updates_unacknowledged == []
    with pytest.raises(NoSuchButton, match="'Cancel' has no address"):
        setting.ann.opens(question, "Cancel")


async def test_deleted_message_has_no_button(setting: Setting) -> None:
    question = await a_question(setting)
    setting.ann.deletes(question)
    with pytest.raises(NoSuchButton, match="gone"):
        setting.ann.taps(question, "Cancel")


async def test_forged_data_reaches_the_bot_even_from_a_deleted_message(setting: Setting) -> None:
    question = await a_question(setting)
    setting.ann.deletes(question)
    setting.ann.sends_forged("open everything", question)
    query = (await heard(setting))[-1].callback_query
    assert query is not None
    assert query.data == "open everything"
    assert query.message is not None
    assert not query.message.is_accessible


async def test_answer_is_shown_once(setting: Setting) -> None:
    tap = setting.ann.taps(await a_question(setting), "Cancel")
    assert tap.answer is None
    await setting.bot.answer_callback_query(tap.id, "Cancelled", show_alert=True)
    assert await tap.answered() == Answer("Cancelled", show_alert=True)
    with pytest.raises(BadRequest, match="Query is too old and response timeout expired or query id is invalid"):
        await setting.bot.answer_callback_query(tap.id)


async def test_late_answer_is_refused(setting: Setting) -> None:
    tap = setting.ann.taps(await a_question(setting), "Cancel")
    setting.clock.forward(seconds=16)
    with pytest.raises(BadRequest, match="Query is too old"):
        await setting.bot.answer_callback_query(tap.id)
    assert tap.answer is None


async def test_answer_to_no_tap_is_refused(setting: Setting) -> None:
    with pytest.raises(BadRequest, match="Query is too old"):
        await setting.bot.answer_callback_query("123")
    assert setting.world.violations == []


async def test_long_answer_and_foreign_address_are_refused(setting: Setting) -> None:
    tap = setting.ann.taps(await a_question(setting), "Cancel")
    with pytest.raises(BadRequest, match="Message_too_long"):
        await setting.bot.answer_callback_query(tap.id, "x" * 201)
    with pytest.raises(BadRequest, match="Url_invalid"):
        await setting.bot.answer_callback_query(tap.id, url="https://x.org")
    await setting.bot.answer_callback_query(tap.id, url="https://t.me/dimo_family_bot?start=x")
    assert len(setting.world.violations) == 2


async def test_telegrafs_own_field_of_a_button_is_ignored(setting: Setting) -> None:
    """Telegraf's `Markup.button` adds `hide` to every button."""
    button = {"text": "Lock", "callback_data": "x"}
    keyboard = {"inline_keyboard": [[button | {"hide": False}]]}
    body = await setting.raw("sendMessage", chat_id=setting.ann.id, text="x", reply_markup=keyboard)
    assert body["result"]["reply_markup"] == {"inline_keyboard": [[button]]}
    assert setting.world.violations == []
