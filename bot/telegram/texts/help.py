"""The longer texts: greeting, help, linking."""

from collections.abc import Mapping
from datetime import datetime

from bot.domain.expiry import Ending, Notice
from bot.domain.linking import Linked, LinkFault, LinkKind, SharedCar
from bot.domain.preferences import USUAL_LOG_DAYS
from bot.domain.roles import Ability
from bot.telegram.texts.formatting import day, name, said

GREETING = (
    "👋 I work your car from this chat: lock it, open it, see what it reports.\n"
    "Before anything opens I ask you, and I tell you what the car itself says.\n\n"
    "Next: connect your DIMO account with /link."
)

_HELP: tuple[tuple[str, Ability | None], ...] = (
    ("/car – all buttons, and what the car last reported", Ability.STATUS),
    ("/lock – lock it", Ability.LOCK),
    ("/unlock, /frunk, /trunk – open it; I ask first", Ability.OPEN),
    ("/charge – start or stop charging", Ability.CHARGE),
    ("/status – what the car last reported", Ability.STATUS),
    ("/codes – error codes and what they mean", Ability.READ_CODES),
    ("/codes P0106 – ask what a code means", Ability.WRITE_CODES),
    ("/clearcodes – mark error codes as cleared; I ask first", Ability.WRITE_CODES),
    ("/cars – choose a car", Ability.STATUS),
    ("/log – who did what", Ability.READ_LOG),
    ("/invite – invite somebody to your cars", Ability.INVITE),
    ("/members – who may use them, and in which groups", Ability.MEMBERS),
    ("/settings – what I ask, what I tell you by myself, and when", Ability.SETTINGS),
    ("/link – connect a DIMO account", None),
    ("/unlink – delete its tokens", Ability.UNLINK),
    ("/cancel – drop the open question", None),
    ("/privacy – what I keep", None),
    ("/forget – delete all of it that is about you", None),
)
"""What each command does, and who is told of it; None is everybody."""

_WORDS = (
    "<b>What my words mean</b>\n"
    "<b>Accepted</b> – DIMO took the command. The car has not said anything yet.\n"
    "<b>Confirmed</b> – the car itself reported it.\n"
    "<b>Not confirmed</b> – DIMO took it, and no report came.\n"
    "<b>Refused</b> – it was not done; I say why.\n"
    "<b>Unknown</b> – no answer: it may or may not have happened."
)


def help_for(abilities: frozenset[Ability]) -> str:
    """Say what the bot can do for somebody who may do this; somebody who may nothing yet reads all that there is."""
    lines = [line for line, ability in _HELP if not abilities or ability is None or ability in abilities]
    return "\n".join(["<b>What I can do</b>", *lines, "", _WORDS])


LINK_HERE = (
    "<b>Connect your DIMO account</b>\n"
    "1. Tap the button, sign in, and share your car.\n"
    "2. You land on a page. Copy its whole address from the browser.\n"
    "3. Send me the address here, within 15 minutes.\n\n"
    "It holds a secret, so I delete your message at once. A copy may stay in a notification: "
    "never send it to anybody else.\n"
    "If the page does not finish, open it in your browser."
)

LINK_WITHOUT_LICENSE = (
    "<b>Connect your DIMO account</b>\n"
    "This bot has no developer license, so I can't offer the sign-in page.\n"
    "Next: send me a token from DIMO's developer console. I delete your message at once."
)

SIGN_IN_LABEL = "🔑 Sign in with DIMO"

UNLINK_QUESTION = (
    "<b>Unlink this chat?</b>\n"
    "I delete its DIMO tokens, its cars and their error codes. Members and groups lose their access. "
    f"The log of what was done stays for {USUAL_LOG_DAYS} days. Nothing happens at the car."
)
UNLINKED = (
    "Unlinked. The tokens are deleted here.\n"
    "Next: to sign out everywhere, use your DIMO account. To come back, use /link."
)
NOT_WAITING = "I don't wait for your answer any more."
NOTHING_TO_CANCEL = "There is no open question here."
CHARGE = "Start or stop charging {car}?"
CHOOSE = "Which car?"
NOT_UNDERSTOOD = "I understand commands and buttons.\nNext: /car for your car, /help for everything."
UNKNOWN_COMMAND = "I don't know that command.\nNext: /help shows what I can do."
FAILED = (
    "Something failed on my side.\n"
    "If you asked the car for something, its own message tells what became of it. Next: try again, or tap Status."
)
ASKING_THE_CAR = "Asking for the car's last report…"

_FAULTS: Mapping[LinkFault, str] = {
    LinkFault.UNREADABLE: "I can't read a token in that. It may have been cut off.\n"
    "Next: copy the whole address of the page you landed on.",
    LinkFault.NO_TOKEN: "That address holds no token.\nNext: sign in again with /link and copy the whole address.",
    LinkFault.LOGIN_SAID_NO: "DIMO's sign-in did not finish.\nNext: try again with /link.",
    LinkFault.STATE_NOT_OURS: "That address does not come from a link that I gave you here in the last 15 minutes, "
    "or it was used already.\nNext: get a new one with /link.",
    LinkFault.FORGED: "DIMO did not sign that token, so I don't trust it.\nNext: sign in again with /link.",
    LinkFault.EXPIRED: "That token has ended.\nNext: sign in again with /link.",
    LinkFault.OTHER_ENVIRONMENT: "That token comes from somewhere else than DIMO.\nNext: sign in again with /link.",
    LinkFault.OTHER_APP: "That token was made for another app, so I don't take it.\nNext: sign in with /link.",
    LinkFault.DIMO_UNREACHABLE: "DIMO's service is not reachable, so I could not check it. Nothing was linked.\n"
    "Next: get a new link with /link in a few minutes.",
}


def link_failed(fault: LinkFault, quoted: str | None) -> str:
    """Say why something did not link an account; DIMO's own words are quoted."""
    text = _FAULTS[fault]
    return f"{text}\nDIMO said: “{said(quoted)}”" if quoted else text


NOT_DELETED = "⚠️ I could not delete your message. Delete it yourself: it holds a secret."


_MOST_LISTED = 20
"""Cars named one by one; a message holds 4,096 characters, and a license may have hundreds of cars."""


def linked(it: Linked) -> str:
    """Say what is linked now, and what comes next."""
    what = "Your DIMO account" if it.kind is LinkKind.ACCOUNT else "The console token"
    lines = [f"🔗 {what} is linked until {day(it.ends_at)}."]
    lines += [f"• {_car(car)}" for car in it.cars[:_MOST_LISTED]]
    if len(it.cars) > _MOST_LISTED:
        lines.append(f"… and {len(it.cars) - _MOST_LISTED} more: /cars shows them.")
    if it.members:
        others = "1 other person" if it.members == 1 else f"{it.members} other people"
        lines.append(f"{others} may use what is linked here: /members shows who.")
    if not it.has_key_to_dimo:
        lines.append(
            "But this bot has no developer license, so it can't send commands yet.\n"
            "Next: send me a token from DIMO's developer console."
        )
    elif not it.cars:
        lines.append(NO_CARS)
    return "\n".join(lines)


NO_CARS = (
    "No car is shared with me yet.\n"
    "Next: open /link again and, after signing in, choose your car and share it. Then tap Look again."
)


def _car(car: SharedCar) -> str:
    text = f"<b>{name(car.name)}</b>"
    if car.description:
        text += f" ({name(car.description)})"
    missing = [
        what for what, is_there in (("commands", car.may_be_commanded), ("reports", car.may_be_read)) if not is_there
    ]
    if missing:
        text += f", shared without {' and '.join(missing)}"
    if car.share_ends_at is not None:
        text += f", shared until {day(car.share_ends_at)}"
    return text


def notice(it: Notice, *, now: datetime) -> str:  # noqa: ARG001 - times are shown by Telegram's apps
    """Announce an end."""
    what = {
        Ending.SIGN_IN: "Your DIMO sign-in",
        Ending.CONSOLE_TOKEN: "Your DIMO console token",
        Ending.SHARE: f"The share of {name(it.car_name or '?')}",
    }[it.ending]
    how = "ended on" if it.is_over else "ends on"
    return f"🔗 {what} {how} {day(it.at)}.\nNext: link again, so that the car keeps working from here."
