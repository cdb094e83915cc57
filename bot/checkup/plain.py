"""Settings that no service can confirm."""

from collections.abc import Sequence

from bot.checkup.findings import Finding, ok, warn
from bot.domain.time_check import WrongClock
from bot.settings import CALLBACK_PATH, LINKING_ASKS, Settings

_LIMIT = 10  # requests per second that each DIMO service accepts from one client


def environment(settings: Settings) -> Finding:
    """Say which of DIMO's environments is used."""
    return ok("DIMO_ENVIRONMENT", f"{settings.dimo_environment}; its vehicles are on chain {settings.urls.chain_id}.")


def clock(wrong: WrongClock | None) -> Finding:
    """Say whether the computer's clock is right."""
    if wrong is None:
        return ok("Clock", "right, by the time of Telegram and DIMO.")
    found = f"this computer's clock is {wrong}. The bot goes by the time of Telegram and DIMO instead."
    return warn("Clock", found, "Set it, or switch on the computer's time service (NTP).")


def examine(settings: Settings) -> Sequence[Finding]:
    """Say what each of the remaining settings means for the bot."""
    return [
        ok(
            "DATABASE_POOL_SIZE",
            f"at most {settings.database_pool_size} connections to PostgreSQL; SQLite has its own.",
        ),
        _linking(settings.linking),
        _operator(settings.operator_id),
        ok("PROMPT_TTL_SECONDS", f"a question can be answered for {settings.prompt_ttl_seconds} s."),
        ok("CONFIRMATION_WAIT_SECONDS", f"a car has {settings.confirmation_wait_seconds} s to report what it did."),
        ok("OPENINGS_PER_MINUTE", f"each person may open a car {settings.openings_per_minute} times a minute."),
        _pace(settings.dimo_requests_per_second),
        ok("BACKUP_DAYS", _backups(settings.backup_days)),
        ok("PUBLIC_URL", _reach(settings.public_url)),
        _port(settings.listens_on, settings.public_url),
        ok("WEBHOOK_SECRET", "set." if settings.webhook_secret else "not set: derived from the bot's token."),
        ok("LOG_LEVEL", f"{settings.log_level}."),
        ok("LOG_FORMAT", f"{settings.log_format}."),
    ]


def _linking(who: str) -> Finding:
    if who == LINKING_ASKS:
        return ok("LINKING", "ask: the operator allows each person who wants to link an account, once.")
    return ok("LINKING", "anyone: whoever finds the bot can link an account, and uses your license.")


def _operator(number: int | None) -> Finding:
    found = "not set: the first person who links" if number is None else f"{number}"
    return ok("OPERATOR_ID", f"{found} decides who else may link.")


def _pace(pace: float) -> Finding:
    subject = "DIMO_REQUESTS_PER_SECOND"
    if 0 < pace <= _LIMIT:
        return ok(subject, f"each of DIMO's services is asked at most {pace:g} times a second.")
    found = f"{pace:g} a second" if pace else "no limit"
    return warn(subject, f"{found}; DIMO refuses more than {_LIMIT} a second.", f"Set {_LIMIT} or less.")


def _backups(most_days: int | None) -> str:
    if most_days is None:
        return "not set: nobody is told that the last backup is old."
    return f"the operator is told in Telegram once the last backup is older than {most_days} days."


def _reach(public_url: str | None) -> str:
    if public_url is None:
        return "not set: the bot asks Telegram for updates by itself, and nobody reaches it from outside."
    return f"{public_url}: Telegram sends updates there, and DIMO's sign-in may land on {public_url}{CALLBACK_PATH}."


def _port(port: int | None, public_url: str | None) -> Finding:
    if port is None:
        return ok("PORT", "not set: nothing answers about the bot's health.")
    where = "on 127.0.0.1" if public_url is None else "on every address of this machine"
    return ok("PORT", f"{port}, {where}, answers /healthz, /readyz and /metrics.")
