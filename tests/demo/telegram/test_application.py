from typing import Any

from telegram import InlineKeyboardButton, InlineKeyboardMarkup, Update
from telegram.ext import Application, CallbackQueryHandler, CommandHandler, ContextTypes

from tests.demo.telegram.conftest import Setting


async def ask(update: Update, _: ContextTypes.DEFAULT_TYPE) -> None:
    """Ask before unlocking."""
    assert update.message is not None
    yes = InlineKeyboardButton("🔓 Unlock", callback_data="yes", style="danger")
    await update.message.reply_html("<b>Unlock</b> Bluey?", reply_markup=InlineKeyboardMarkup.from_button(yes))


async def unlock(update: Update, _: ContextTypes.DEFAULT_TYPE) -> None:
    """Answer the tap and show two outcomes in the same message."""
    query = update.callback_query
    assert query is not None
    await query.answer()
    await query.edit_message_text("Sending")
    await query.edit_message_text("Confirmed")


async def test_a_whole_application_is_used_from_the_peoples_side(setting: Setting) -> None:
    base = f"{setting.http.base_url}/bot"
    application: Application[Any, Any, Any, Any, Any, Any] = (
        Application.builder().token(str(setting.account.token)).base_url(base).build()
    )
    application.add_handler(CommandHandler("unlock", ask))
    application.add_handler(CallbackQueryHandler(unlock))
    async with application:
        assert application.updater is not None
        await application.updater.start_polling(timeout=10)
        await application.start()
        setting.ann.says("/unlock")
        question = await setting.ann.sees("Unlock Bluey?")
        assert question.buttons[0].style == "danger"
        tap = setting.ann.taps(question, "Unlock")
        assert (await tap.answered()).text is None
        await question.becomes("Confirmed")
        await application.updater.stop()
        await application.stop()
    assert question.texts == ["Unlock Bluey?", "Sending", "Confirmed"]
    assert setting.world.updates_unacknowledged == []
    assert setting.world.violations == []
