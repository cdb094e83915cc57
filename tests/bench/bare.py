"""The bare bot for comparison: answer the tap, post the command, send one message.

No storage, no questions, no reports. Both its connection pools hold 8, where it is fastest.
"""

import json
import os
from pathlib import Path
from typing import Any

import httpx
from telegram import InlineKeyboardButton, InlineKeyboardMarkup, Update
from telegram.ext import Application, ApplicationBuilder, CallbackQueryHandler, CommandHandler, ContextTypes

POOL = 8
PATIENCE = 60.0  # with 200 taps at once, a tap waits long for one of 8 connections

Context = ContextTypes.DEFAULT_TYPE


class BareBot:
    """Knows a vehicle JWT for each chat from the start, so that it never exchanges one."""

    def __init__(self, devices_url: str, cars: dict[int, tuple[int, str]]) -> None:
        limits = httpx.Limits(max_connections=POOL, max_keepalive_connections=POOL, keepalive_expiry=60)
        self._http = httpx.AsyncClient(base_url=devices_url, limits=limits, timeout=PATIENCE)
        self._cars = cars

    async def start(self, update: Update, _: Context) -> None:
        """Show the two buttons."""
        assert update.message
        buttons = [
            InlineKeyboardButton("Lock", callback_data="doors/lock"),
            InlineKeyboardButton("Unlock", callback_data="doors/unlock"),
        ]
        await update.message.reply_text("Bluey", reply_markup=InlineKeyboardMarkup([buttons]))

    async def tap(self, update: Update, context: Context) -> None:
        """Answer the tap, post the command, report the result."""
        query = update.callback_query
        assert query
        assert query.message
        await query.answer()
        token_id, jwt = self._cars[query.message.chat.id]
        answer = await self._http.post(
            f"/v1/vehicle/{token_id}/commands/{query.data}", headers={"Authorization": f"Bearer {jwt}"}
        )
        await context.bot.send_message(query.message.chat.id, "Done" if answer.is_success else "Failed")

    async def close(self, _: object) -> None:
        """Close the connections to DIMO."""
        await self._http.aclose()


def application(bot: BareBot, token: str, api_url: str) -> Application[Any, Any, Any, Any, Any, Any]:
    """Build the application as python-telegram-bot's examples do, with concurrent updates."""
    built = (
        ApplicationBuilder()
        .token(token)
        .base_url(f"{api_url}/bot")
        .concurrent_updates(True)
        .connection_pool_size(POOL)
        .pool_timeout(PATIENCE)
        .post_shutdown(bot.close)
        .build()
    )
    built.add_handler(CommandHandler("start", bot.start))
    built.add_handler(CallbackQueryHandler(bot.tap))
    return built


def main() -> None:
    """Run until a signal ends the process."""
    cars = json.loads(Path(os.environ["BARE_CARS"]).read_text(encoding="utf-8"))
    bot = BareBot(os.environ["DIMO_DEVICES_URL"], {int(chat): tuple(car) for chat, car in cars.items()})
    application(bot, os.environ["TELEGRAM_BOT_TOKEN"], os.environ["TELEGRAM_API_URL"]).run_polling()


if __name__ == "__main__":
    main()
