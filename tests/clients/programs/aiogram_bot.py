"""A small bot as aiogram's examples are written."""

# aiogram is installed in an environment of its own, where mypy does not look.
# mypy: disable-error-code="import-not-found", allow-untyped-decorators, allow-subclassing-any

import asyncio
import os

from aiogram import Bot, Dispatcher, F
from aiogram.client.default import DefaultBotProperties
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer
from aiogram.exceptions import (
    TelegramBadRequest,
    TelegramForbiddenError,
    TelegramNotFound,
    TelegramRetryAfter,
)
from aiogram.filters import Command, CommandObject, CommandStart
from aiogram.methods.base import TelegramMethod
from aiogram.types import (
    BotCommand,
    BotCommandScopeAllPrivateChats,
    BufferedInputFile,
    CallbackQuery,
    ForceReply,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    Message,
    MessageEntity,
    ReactionTypeEmoji,
)

dispatcher = Dispatcher()


class OpenCar(TelegramMethod[bool]):
    """A method that does not exist in the Bot API."""

    __returning__ = bool
    __api_method__ = "openCar"


@dispatcher.startup()
async def menus(bot: Bot) -> None:
    start = BotCommand(command="start", description="Begin")
    log = BotCommand(command="log", description="Fetch the log")
    await bot.set_my_commands([start])
    await bot.set_my_commands([start, log], scope=BotCommandScopeAllPrivateChats())


@dispatcher.message(CommandStart())
async def ask(message: Message) -> None:
    unlock = InlineKeyboardButton(text="Unlock", callback_data="yes", style="danger")
    about = InlineKeyboardButton(text="Help", url="https://example.org/help")
    await message.answer("<b>Unlock</b> Bluey?", reply_markup=InlineKeyboardMarkup(inline_keyboard=[[unlock], [about]]))


@dispatcher.callback_query(F.data == "yes")
async def unlock(query: CallbackQuery) -> None:
    await query.answer("One moment", show_alert=True)
    await query.message.edit_text("Sending")
    await query.message.edit_text("<i>Done</i>")
    try:
        await query.message.edit_text("<i>Done</i>")
    except TelegramBadRequest as error:
        if not error.message.startswith("Bad Request: message is not modified: "):
            raise
        await query.message.answer("Refused: 400 message is not modified")


@dispatcher.message(Command("name"))
async def name(message: Message) -> None:
    await message.reply("What is it called?", reply_markup=ForceReply(selective=True))


@dispatcher.message(F.reply_to_message)
async def named(message: Message) -> None:
    bold = MessageEntity(type="bold", offset=7, length=len(message.text))
    await message.reply(f"Called {message.text}", entities=[bold], parse_mode=None)
    await message.reply_to_message.delete()


@dispatcher.message(Command("log"))
async def log(message: Message, bot: Bot) -> None:
    await bot.send_chat_action(message.chat.id, "upload_document")
    file = BufferedInputFile("ä;1\r\n".encode(), filename="Straße 1.csv")
    sent = await message.answer_document(file, caption="<b>2</b> lines")
    await sent.edit_caption(caption="3 lines")


@dispatcher.message(Command("who"))
async def who(message: Message, bot: Bot) -> None:
    chat = await bot.get_chat(message.chat.id)
    member = await bot.get_chat_member(chat.id, message.from_user.id)
    administrators = await bot.get_chat_administrators(chat.id)
    count = await bot.get_chat_member_count(chat.id)
    await message.answer(
        f"{chat.title}: {member.status} {member.user.first_name}, {len(administrators)} administrator, {count} members"
    )


@dispatcher.message(Command("react"))
async def react(message: Message) -> None:
    await message.react([ReactionTypeEmoji(emoji="👀")])


@dispatcher.message(Command("unknown"))
async def unknown(message: Message, bot: Bot) -> None:
    try:
        await bot(OpenCar())
    except TelegramNotFound as error:
        await message.answer(f"Refused: 404 {error.message}")


@dispatcher.message(Command("flood"))
async def flood(message: Message, bot: Bot) -> None:
    try:
        await bot.send_chat_action(message.chat.id, "typing")
    except TelegramRetryAfter as error:
        await message.answer(f"Refused: 429, retry after {error.retry_after}")


@dispatcher.message(Command("tell"))
async def tell(message: Message, bot: Bot, command: CommandObject) -> None:
    try:
        await bot.send_message(int(command.args), "Hello")
    except TelegramForbiddenError as error:
        await message.answer(f"Refused: 403 {error.message}")


async def main() -> None:
    session = AiohttpSession(api=TelegramAPIServer.from_base(os.environ["BOT_API"]))
    bot = Bot(os.environ["BOT_TOKEN"], session=session, default=DefaultBotProperties(parse_mode="HTML"))
    await bot.delete_webhook()
    await dispatcher.start_polling(bot, polling_timeout=30)


if __name__ == "__main__":
    asyncio.run(main())
