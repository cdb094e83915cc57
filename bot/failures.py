"""The errors that end a run, in words for its operator."""

from telegram.error import InvalidToken

from bot.monitoring import PortTaken
from bot.proxies import BadProxy
from bot.telegram.transport.polling import NoUpdates
from storage import BadDatabaseUrl, DatabaseFault, SchemaTooNew, WrongKeys

CANNOT_RUN = (BadProxy, PortTaken, NoUpdates, WrongKeys, SchemaTooNew, BadDatabaseUrl, DatabaseFault, InvalidToken)
"""The errors that keep the bot from running and that its operator can correct."""


def is_permanent(error: BaseException) -> bool:
    """Return whether another start would meet the same error, unless somebody changes something."""
    return not isinstance(error, DatabaseFault) or not error.trouble.may_pass


def explain(error: BaseException) -> str:
    """Return one line that says why the bot can't run, and what helps; it holds no secret."""
    if isinstance(error, WrongKeys):
        return f"{error}. Put the old key back beside the new one."
    if isinstance(error, SchemaTooNew):
        return f"DATABASE_URL: {error}."
    if isinstance(error, BadDatabaseUrl):
        return f"DATABASE_URL: {error}. {error.remedy}."
    if isinstance(error, DatabaseFault):
        return f"DATABASE_URL: the database can't be used: {error}. {error.trouble}."
    if isinstance(error, InvalidToken):
        return "TELEGRAM_BOT_TOKEN: Telegram does not accept it. Ask @BotFather for the token and set it."
    return str(error)
