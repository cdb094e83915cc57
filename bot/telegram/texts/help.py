"""The texts of the bot about itself: greeting, help, and what it does not understand."""

from collections.abc import Mapping, Sequence

from bot.domain.actions import Action
from bot.domain.diagnosis import TESLA_KEY
from bot.domain.roles import Ability
from bot.telegram.ui.attached import Attached

GREETING = (
    "👋 I work your car from this chat: lock it, open it, see what it reports.\n"
    "Before anything opens I ask you, and I tell you what the car itself says.\n\n"
    "Somebody in your family uses me? Ask them for an invitation. You need no account for it.\n"
    "Is it your own car? Tap Link to connect your DIMO account."
)

PLAIN_WORDS: Mapping[str, Action] = {"lock": Action.LOCK, "unlock": Action.UNLOCK}
"""Words that do in the private chat what their command does."""

IN_PRIVATE = "💡 <b>What I can do</b> I tell you in the private chat."
INVITED_FIRST = (
    "I work a family's car from this chat.\n"
    "Does somebody in your family use me? Ask them for an invitation. You need no account for it.\n"
    "Is it your own car? /link connects it."
)

CANNOT_WRITE_THERE = "I may not write in the group, so I tell you here."
CANNOT_ASK_THERE = (
    "I may not write in the group, so I could not ask you there. Nothing was done.\nNext: ask me here: /car."
)

_FOR_ALL = "Next: /car for your car, /help for everything."
ATTACHED: Mapping[Attached, str] = {
    Attached.VOICE: "I can't listen to recordings.\nNext: write it, or tap a button: /car.",
    Attached.PICTURE: "I can't look at pictures and videos.\nNext: write what they show, like P0420, or open /car.",
    Attached.STICKER: f"🙂 I read buttons and commands.\n{_FOR_ALL}",
    Attached.PLACE: "I don't need to know a place.\nNext: /status shows what the car last reported.",
    Attached.CONTACT: "I can't let somebody in by their contact.\nNext: /invite makes a link that you send them.",
    Attached.POLL: f"I can't vote.\n{_FOR_ALL}",
    Attached.TEXT_FILE: "I found nothing in that file that I understand.\nNext: write it, or send /help.",
    Attached.UNREAD_FILE: "I could not read that file, and it may hold a secret.\nNext: send what matters in it as text.",
    Attached.FILE: "I can't read that kind of file.\nNext: send what is in it as text, or as a .txt file.",
    Attached.OTHER: f"I read buttons and commands.\n{_FOR_ALL}",
}
"""The answer to content other than text."""


def unknown_command(meant: Sequence[str]) -> str:
    """Answer a command that does not exist, with those that were probably meant; they can be tapped."""
    return _with_offer("I don't know that command.", meant, "Next: /help shows what I can do.")


def not_understood(meant: Sequence[str]) -> str:
    """Answer a text that nothing understands, with the commands that were probably meant."""
    return _with_offer("I read buttons and commands.", meant, _FOR_ALL)


def _with_offer(answer: str, meant: Sequence[str], otherwise: str) -> str:
    if not meant:
        return f"{answer}\n{otherwise}"
    return f"{answer} Did you mean {' or '.join(f'/{one}' for one in meant)}?\nNext: tap it, or /help."


FAILED = (
    "Something failed on my side.\n"
    "If you asked the car for something, its own message tells what became of it. Next: try again, or tap Status."
)

_HELP: tuple[tuple[str, Ability | None], ...] = (
    ("/car – all buttons, and what the car last reported", Ability.STATUS),
    ("/lock – lock it", Ability.LOCK),
    ("/unlock, /frunk – open it; I ask first", Ability.OPEN),
    ("/trunk – open or close the trunk; I ask first", Ability.OPEN),
    ("/charge – start or stop charging", Ability.CHARGE),
    ("/status – what the car last reported, with a picture", Ability.STATUS),
    ("/where – where the car is", Ability.WHERE),
    ("/codes – error codes and what they mean", Ability.READ_CODES),
    ("/codes P0106 – ask what a code means", Ability.WRITE_CODES),
    ("/clearcodes – mark error codes as cleared; I ask first", Ability.WRITE_CODES),
    ("/schedule – lock and charge at set times", Ability.SCHEDULE),
    ("/notes – what I tell you of the car by myself", Ability.STATUS),
    ("/cars – choose a car", Ability.STATUS),
    ("/log – who did what", Ability.READ_LOG),
    ("/invite – invite somebody to your cars", Ability.INVITE),
    ("/members – who may use them, and in which groups", Ability.MEMBERS),
    ("/settings – what I ask, which news I send, and when", Ability.SETTINGS),
    ("/link – connect a DIMO account", None),
    ("/unlink – delete its tokens", Ability.UNLINK),
    ("/cancel – drop the open question", None),
    ("/privacy – what I keep", None),
    ("/forget – delete all of it that is about you", None),
)
"""What each command does, and the ability that a person needs to be told about it; None is for everybody."""

_SHORT: tuple[tuple[str, Ability], ...] = (
    ("/car – the car and its buttons", Ability.STATUS),
    ("/lock – lock it", Ability.LOCK),
    ("/unlock, /frunk – open it; I ask first", Ability.OPEN),
    ("/trunk – open or close the trunk; I ask first", Ability.OPEN),
    ("/charge – start or stop charging", Ability.CHARGE),
    ("/status – what the car last reported", Ability.STATUS),
    ("/where – where it is", Ability.WHERE),
    ("/codes – error codes", Ability.READ_CODES),
    ("/log – who did what", Ability.READ_LOG),
    ("/invite, /members – who may use your cars", Ability.MEMBERS),
    ("/settings – what I ask, which news I send, and when", Ability.SETTINGS),
)
"""The daily commands, with the ability that each needs."""

_WORDS = (
    "<b>What my words mean</b>\n"
    "<b>Accepted</b> – it is on its way. The car has not said anything yet.\n"
    "<b>Confirmed</b> – the car says that it did it.\n"
    "<b>Not confirmed</b> – it went out, and the car said nothing. "
    f'A Tesla needs <a href="{TESLA_KEY}">DIMO\'s key</a> in it.\n'
    "<b>Refused</b> – it was not done; I say why.\n"
    "<b>Unknown</b> – no answer: it may or may not have happened."
)


def short_help_for(abilities: frozenset[Ability]) -> str:
    """Say in short what the bot can do for a person with these abilities; one without any learns how to get them."""
    lines = [line for line, ability in _SHORT if ability in abilities] or [INVITED_FIRST]
    return "\n".join(["<b>What I can do</b>", *lines])


def help_for(abilities: frozenset[Ability]) -> str:
    """Say what the bot can do for a person with these abilities; a person without any reads everything."""
    lines = [line for line, ability in _HELP if not abilities or ability is None or ability in abilities]
    return "\n".join(["<b>What I can do</b>", *lines, "", _WORDS])
