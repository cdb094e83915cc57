"""Every refusal in words: why, and what to do next."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial

from bot.domain.refusals import KNOWN_FAULTS, Reason
from bot.telegram.texts.formatting import name


@dataclass(frozen=True, slots=True)
class Words:
    """A refusal; `{car}` is replaced with the car's name."""

    why: str
    next: str
    offers_link: bool = False


_linking = partial(Words, offers_link=True)

REFUSALS: Mapping[Reason, Words] = {
    Reason.NO_CAR_HERE: _linking(
        "There is no car here for you.", "Ask your family for an invitation, or connect your own car with /link."
    ),
    Reason.NO_CARS_SHARED: _linking(
        "Your DIMO account is linked, but no car is shared with me.", "Share a car with /link, then open /cars."
    ),
    Reason.WHICH_CAR: Words("There are several cars.", "Choose one with /cars."),
    Reason.CAR_GONE: Words("That car is not linked here.", "Open /cars."),
    Reason.NOT_ALLOWED: Words("You may not do that.", "Ask the car's owner."),
    Reason.WHERE_NOT_ALLOWED: Words("The car's owner decides who may see where it is.", "Ask the car's owner."),
    Reason.PRIVATE_CHAT_ONLY: Words("That is done in the private chat with me.", "Open it and do it there."),
    Reason.NOT_A_PERSON: Words("I obey people, not channels, bots or anonymous admins.", "Send it as yourself."),
    Reason.OF_ANOTHER_BOT: Words("Another bot wrote that message, so I leave it alone.", "Write the command yourself."),
    Reason.FORWARDED: Words("That message is forwarded, so I leave it alone.", "Send the command yourself."),
    Reason.EDITED: Words("I don't act on edited messages, and that one held a secret.", "Send it as a new message."),
    Reason.COMMAND_TOO_OLD: Words(
        "That command reached me late, so I did nothing.", "Send it again if you still want it."
    ),
    Reason.TOO_MANY_OPENINGS: Words("That is a lot of openings in one minute.", "Wait a minute, then ask again."),
    Reason.TOO_MUCH: Words("That was a lot at once.", "Wait a few minutes, then try again."),
    Reason.PROMPT_GONE: Words("That question is gone.", "Ask again from /car."),
    Reason.LID_MOVED: Words("The trunk may have moved since I asked, so I sent nothing.", "Ask again from /car."),
    Reason.PROMPT_OF_ANOTHER: Words("Only the person who asked can confirm this.", "Ask for yourself from /car."),
    Reason.PROMPT_ANSWERED: Words("That question is answered already.", "Its message tells what became of it."),
    Reason.PROMPT_CANCELLED: Words("That question was cancelled. Nothing was sent.", "Ask again from /car."),
    Reason.PROMPT_EXPIRED: Words("That question is too old. Nothing was sent.", "Ask again from /car."),
    Reason.WAITED_TOO_LONG: Words(
        "{car} was busy with an earlier command for too long. Nothing was sent.", "Try again."
    ),
    Reason.HELD_UP: Words(
        "It was held up on its way to DIMO for too long. Nothing was sent.", "Try again if you still stand at the car."
    ),
    Reason.RESTARTED_BEFORE_SENDING: Words("I was restarted before I could send it. Nothing was sent.", "Try again."),
    Reason.FAILED_HERE: Words("Something failed on my side.", "Try again."),
    Reason.DISK_FULL: Words(
        "The disk of the computer that I run on is full. Nothing was sent.",
        "Whoever runs this bot frees some space; then try again.",
    ),
    Reason.FAILED_BEFORE_SENDING: Words("Something failed on my side. Nothing was sent.", "Try again."),
    Reason.BUTTON_OUT_OF_DATE: Words("That button is out of date.", "Open /car for new ones."),
    Reason.NO_KEY_TO_DIMO: Words(
        "I have no developer license or console token, so DIMO takes no commands from me.",
        "Whoever runs this bot sets the license, or sends me a token from DIMO's developer console.",
    ),
    Reason.LINK_ENDED: _linking("Your link to DIMO has ended.", "Link again."),
    Reason.SHARE_ENDED: _linking("The time for which {car} was shared has ended.", "Link again and share the car."),
    Reason.LICENSE_NOT_ACCEPTED: Words(
        "DIMO does not accept this bot's license.", "Whoever runs the bot checks the license settings."
    ),
    Reason.DIMO_UNREACHABLE: Words("DIMO's service is not reachable.", "Try again in a few minutes."),
    Reason.DIMO_TROUBLE: Words("DIMO has trouble of its own.", "Try again in a few minutes."),
    Reason.DIMO_TOO_BUSY: Words("DIMO wants me to slow down.", "Try again in a minute."),
    Reason.DIMO_TOO_SLOW: Words("DIMO did not answer in time.", "Try again in a few minutes."),
    Reason.DIMO_TAKES_NO_COMMANDS: Words(
        f"DIMO's service is not reachable. {KNOWN_FAULTS[Reason.DIMO_TAKES_NO_COMMANDS]}",
        "Use the key. /status and /codes still work.",
    ),
    Reason.DIMO_REJECTS_ITS_TOKENS: Words(
        KNOWN_FAULTS[Reason.DIMO_REJECTS_ITS_TOKENS], "Use the key, and try again another day."
    ),
    Reason.DIMO_REJECTED_ITS_OWN_TOKEN: Words(
        "DIMO did not accept its own token: this is DIMO's fault.", "Try again later, and use the key meanwhile."
    ),
    Reason.NOT_SHARED_FOR_COMMANDS: _linking(
        "DIMO does not let me send commands to {car}. Its owner has not shared that permission.",
        "The owner opens /link and shares the car again.",
    ),
    Reason.NOT_SHARED_FOR_READING: _linking(
        "DIMO does not let me read {car}'s reports. Its owner has not shared that permission.",
        "The owner opens /link and shares the car again.",
    ),
    Reason.SUBSCRIPTION_ENDED: Words(
        "The DIMO subscription of {car} is not active.", "The owner renews it in the DIMO app."
    ),
    Reason.CAR_CANNOT_DO_THIS: Words("{car} can't do this through DIMO.", "Do it at the car."),
    Reason.CAR_TAKES_NO_COMMANDS: Words(
        "{car} has no connection that takes commands.", "The owner checks the connection in the DIMO app."
    ),
    Reason.ACCESS_ENDED: Words("Your access has ended.", "Ask the car's owner."),
    Reason.INVITATION_OVER: Words(
        "That invitation is used up, withdrawn or too old.", "Ask whoever invited you for a new one."
    ),
    Reason.MEMBER_ALREADY: Words("You can use that car already.", "Open /car."),
    Reason.NO_SUCH_MEMBER: Words("That person has no access here.", "Open /members."),
    Reason.NO_DATE: Words(
        "I can't read a date to come in that.", "Write one like 24 Dec, or 24.12. 18:30; /cancel drops it."
    ),
    Reason.NO_ZONE: Words(
        "I know no such place.", "Write a big city nearby, like Berlin or New York; /cancel drops it."
    ),
    Reason.LINK_QUESTION_OVER: Words(
        "That question is answered already, or its time is over. Nothing was linked by this tap.",
        "Whoever wants to link can ask again with /link.",
    ),
    Reason.REQUEST_ANSWERED: Words("That request is answered already.", "Open /members."),
    Reason.COMMAND_UNDER_WAY: Words(
        "A command is on its way to the car, so I deleted nothing.", "Tap again in a minute."
    ),
    Reason.NOTE_OVER: Words("That is over.", "/notes shows what I tell you."),
    Reason.SCHEDULE_GONE: Words("That schedule is gone.", "/schedule shows those that there are."),
    Reason.NO_PLAN: Words(
        "I don't understand when.", "Write it like: /schedule lock 22:00 mon-fri, or /schedule charge 01:00-06:00."
    ),
    Reason.CODES_GONE: Words("Those codes are not in my record any more.", "Open /codes."),
    Reason.CODES_CHANGED: Words(
        "There are newer codes than the ones that the question was about. Nothing was cleared.",
        "Ask again with /clearcodes.",
    ),
    Reason.CODES_NOT_TAKEN: Words("DIMO does not take these codes.", "Check them and try others."),
    Reason.CODES_NOT_FOUND: Words(
        "DIMO keeps no error codes for {car}.", "Try again later, or use /codes without DIMO."
    ),
    Reason.CODES_NOT_AT_DIMO: Words("DIMO's history does not show these codes.", "Ask about them again."),
    Reason.NEWER_CODES_AT_DIMO: Words("DIMO has newer codes, and it clears the newest only.", "Open /codes for those."),
    Reason.DIMO_REFUSED: Words("DIMO said no.", "Try again later."),
}


def refusal(reason: Reason, *, car: str | None = None) -> str:
    """Say why something was not done, and what to do next."""
    return f"{why(reason, car=car)}\n{next_step(reason)}"


def why(reason: Reason, *, car: str | None) -> str:
    """Say why something was not done, in one sentence or two."""
    return REFUSALS[reason].why.format(car="the car" if car is None else name(car))


def next_step(reason: Reason) -> str:
    """Say what to do next."""
    step = REFUSALS[reason].next
    return f"Next: {step if step.startswith('I ') else step[:1].lower() + step[1:]}"
