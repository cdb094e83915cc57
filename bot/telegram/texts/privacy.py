"""The texts about what is stored, where and for how long. A test compares them with the tables."""

from bot.domain.limits import CONSENT_LIFETIME
from bot.domain.preferences import DEFAULT_LOG_DAYS, LOG_DAYS
from bot.service.account.erasure import AskedToForget
from bot.service.retention import LIFETIMES
from bot.telegram.texts.formatting import count, duration

_LOG_CHOICES = f"{', '.join(str(days) for days in LOG_DAYS[:-1])} or {LOG_DAYS[-1]}"


def _for(what: str) -> str:
    return duration(LIFETIMES[what])


IN_PRIVATE = "🔐 <b>What I keep</b> about you I tell you in the private chat."
SHORT = (
    "<b>What I keep</b>\n"
    "• You: Telegram's number, your first name, what you may use\n"
    "• What was done with the car: who, what, when\n"
    "• If you linked an account: what opens it, and its cars\n"
    "• Error codes, questions, invitations, settings\n"
    "<b>Where</b>\n"
    "In this bot's own database, encrypted. Only Telegram and DIMO see what goes through them.\n"
    "<b>Delete it</b>\n"
    "/forget deletes all about you, at once."
)
"""What most people want to know; `PRIVACY` has all of it."""

PRIVACY = (
    "<b>What I keep</b>\n"
    "• <b>You</b>: Telegram's number for you, your first name, what you may use, who allowed it, from when to when, and "
    "when you last used it. Until the car's owner removes you or unlinks\n"
    "• <b>A linked DIMO account</b>: your name, its wallet's address, its tokens, its cars and what they can do. "
    "Until /unlink; tokens for one car go when they end\n"
    f"• <b>Sign-in links</b>: a fingerprint, until {_for('login_states')} after they end; "
    "the address with the token on which a sign-in ended, until you are back here, 15 minutes at most\n"
    "• <b>Who runs this bot</b>: the number of whoever linked first; after /forget a fingerprint that names nobody\n"
    "• <b>Questions who may link</b>: who asked, who was asked, and the answer. Until "
    f"{_for('link_permissions')} without an answer; a yes until /forget; a no stays. "
    "What /forget leaves is without your name\n"
    f"• <b>A link that waits for a yes</b>: the account with its token, {duration(CONSENT_LIFETIME)} at most\n"
    "• <b>The log</b>: who did what with which car, when, and what became of it; "
    "who joined, and whose access ended; who looked where the car was. For as long as the owner sets: "
    f"{_LOG_CHOICES} days, else {DEFAULT_LOG_DAYS} days. Owners see all lines, others their own, "
    "and who looked where the car was while they could use it\n"
    "• <b>Where the car is</b>: nothing. Whoever asks, DIMO is asked, and a pin stays in their chat. "
    "Only if the owner wants to know that it is moved: the last place where it stood\n"
    "• <b>Schedules</b>: what I do when with which car, and who set it. "
    "Until they are removed, or /forget of who set them, or /unlink\n"
    f"• <b>Notes</b>: what the cars last reported, what I told whom of it, until it is over or {_for('notes')}; "
    "which notes you take. Until /unlink, or your /forget\n"
    "• <b>Error codes</b>: what was asked, what DIMO says, who asked and who cleared; codes that I watch for. "
    f"Until /unlink; codes that were entered and not sent: {_for('drafts')}\n"
    f"• <b>Questions</b> that I asked you, and your answers: {_for('prompts')}\n"
    f"• <b>Taps and messages</b> that I acted on: fingerprints that name nobody, {_for('handled')}\n"
    f"• <b>Messages under way</b>: what you sent, until it is answered; {_for('inbox')} at most\n"
    "• <b>Counts</b>: how often somebody without access wrote to me; fingerprints that name nobody, for a day at most\n"
    f"• <b>Invitations</b>: who made and who took them. Until {_for('invitations')} after they end\n"
    "• <b>Requests for access</b>: who asked, where, and the answer. Until "
    f"{_for('access_requests')} after the answer; a no for good stays\n"
    "• <b>Chats</b> from which a car is used: groups with their names, private chats, "
    "the car that each person chose there, and the message "
    "with its buttons. "
    "Until they are taken away or the owner unlinks\n"
    "• <b>Settings</b> of the owner. Until /unlink\n"
    f"• <b>News</b> that wait to be told, until {_for('events')} after their time\n\n"
    "<b>Where</b>\n"
    "In this bot's own database, on the machine of whoever runs it. All of it is encrypted, and the key is kept "
    "elsewhere, but for numbers (of people, chats, messages and cars), roles, states and times.\n"
    "Nothing goes to anybody but Telegram, which carries these messages, and DIMO, which reaches the car.\n\n"
    "<b>Delete it</b>\n"
    "/forget deletes everything about you, at once. In other people's logs your lines stay, without your "
    "name; only that you joined, and that your access ended, stays with it.\n"
    f"/unlink deletes a DIMO account with all that hangs on it; its log stays for as long as its owner has set.\n"
    "Messages in a chat are Telegram's: delete them there. To sign out everywhere, use your DIMO account."
)

FORGOTTEN = (
    "Forgotten. I deleted what I kept about you. What stays for others is in /privacy.\n"
    "Next: delete this chat, if you like. To sign out everywhere, use your DIMO account."
)


def forget_question(it: AskedToForget) -> str:
    """Ask before everything about a person is deleted, and say what that is."""
    lines = ["<b>Forget you?</b>", "I delete all that I keep about you. It can't be undone."]
    if it.has_home:
        lines.append("• Your DIMO account here, with its tokens, cars, error codes, log and settings")
    if it.members:
        lines.append(f"• The access of {count(it.members, 'person', 'people')} to your cars")
    if it.homes:
        lines.append("• Your access to other people's cars")
    lines.append(
        "• Your name and number, everywhere: what you did with other people's cars stays as nobody's. "
        "Their owners still see that you joined"
    )
    return "\n".join([*lines, "Nothing happens at the car."])
