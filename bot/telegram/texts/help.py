"""The texts of the bot about itself: greeting, help, and what it does not understand."""

from bot.domain.roles import Ability

GREETING = (
    "👋 I work your family's car from this chat: lock it, open it, see what it reports.\n"
    "Before anything opens I ask you, and I tell you what the car itself says.\n\n"
    "Somebody in your family uses me? Ask them for an invitation.\n"
    "Is it your own car? Tap Link to connect your DIMO account."
)

NOT_UNDERSTOOD = "I understand commands and buttons.\nNext: /car for your car, /help for everything."
UNKNOWN_COMMAND = "I don't know that command.\nNext: /help shows what I can do."
FAILED = (
    "Something failed on my side.\n"
    "If you asked the car for something, its own message tells what became of it. Next: try again, or tap Status."
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
"""What each command does, and the ability that a person needs to be told about it; None is for everybody."""

_WORDS = (
    "<b>What my words mean</b>\n"
    "<b>Accepted</b> – DIMO took the command. The car has not said anything yet.\n"
    "<b>Confirmed</b> – the car itself reported it.\n"
    "<b>Not confirmed</b> – DIMO took it, and no report came.\n"
    "<b>Refused</b> – it was not done; I say why.\n"
    "<b>Unknown</b> – no answer: it may or may not have happened."
)


def help_for(abilities: frozenset[Ability]) -> str:
    """Say what the bot can do for a person with these abilities; a person without any reads everything."""
    lines = [line for line, ability in _HELP if not abilities or ability is None or ability in abilities]
    return "\n".join(["<b>What I can do</b>", *lines, "", _WORDS])
