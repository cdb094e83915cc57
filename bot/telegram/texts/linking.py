"""The texts about a DIMO account: linking, unlinking, and what ends."""

from collections.abc import Mapping
from dataclasses import dataclass

from bot.domain.diagnosis import TESLA_KEY
from bot.domain.expiry import Ending, Notice, TokenKind
from bot.domain.linking import (
    ConsentAsked,
    ConsentOver,
    LinkAnswer,
    Linked,
    LinkFault,
    LinkNews,
    PermissionAsked,
    SharedCar,
)
from bot.telegram.texts.formatting import count, day, listed, mention, name, said, title

_COPY_IT = (
    "2. You land on a page. Copy its whole address from the browser.\n"
    "3. Send me the address here, within 15 minutes.\n\n"
    "It holds a secret, so I delete your message at once. A copy may stay in a notification: "
    "never send it to anybody else.\n"
    "If the page does not finish, open it in your browser."
)
_COME_BACK = (
    "2. On the last page tap Back to Telegram, then Start. Within 15 minutes.\n\n"
    "Use this link yourself: never send it to anybody else."
)


def link(*, with_location: bool, returns: bool) -> str:
    """Say how to connect a DIMO account, or to share the location of its cars, too.

    `returns` if the page where the sign-in ends leads back to the chat by itself.
    """
    title, share = "Connect your DIMO account", "share your car."
    if with_location:
        title = "Share the location of your car"
        share = "share your car again, with its location. The new share replaces the old one."
    then = _COME_BACK if returns else _COPY_IT
    return f"<b>{title}</b>\n1. Tap the button, sign in, and {share}\n{then}"


@dataclass(frozen=True, slots=True)
class PageWords:
    """The words on a page in the browser."""

    title: str
    text: str
    label: str


BACK = PageWords("Almost done", "Go back to Telegram, and tap Start there.", "Back to Telegram")
NOT_BEGUN_HERE = PageWords(
    "That did not work",
    "This sign-in has ended, or it was not begun in a chat with me. Nothing was connected. Go back and tap Link again.",
    "Back to Telegram",
)

LINK_WITHOUT_LICENSE = (
    "<b>Connect your DIMO account</b>\n"
    "This bot has no developer license, so I can't offer the sign-in page.\n"
    "Next: send me a token from DIMO's developer console. I delete your message at once."
)

UNLINK_QUESTION = (
    "<b>Unlink this chat?</b>\n"
    "I delete its DIMO tokens, its cars and their error codes. Members and groups lose their access. "
    "The log of what was done stays for as long as you have set. Nothing happens at the car."
)
UNLINKED = (
    "Unlinked. The tokens are deleted here.\n"
    "Next: to sign out everywhere, use your DIMO account. To come back, use /link."
)
NOT_DELETED = "⚠️ I could not delete your message. Delete it yourself: it holds a secret."
NO_CARS = (
    "No car is shared with me yet.\n"
    "Next: open /link again and, after signing in, choose your car and share it. Then tap Look again."
)

_COPY_ALL = "Next: copy the whole address of the page you landed on, and send it to me."
NOT_THE_ADDRESS = (
    "I wait for the page that you land on after signing in, and that is not the whole address of it.\n" + _COPY_ALL
)

_FAULTS: Mapping[LinkFault, str] = {
    LinkFault.UNREADABLE: f"I can't read a token in that: part of it is missing.\n{_COPY_ALL}",
    LinkFault.PART_MISSING: f"I can't use that address: part of it is missing.\n{_COPY_ALL}",
    LinkFault.STATE_MISSING: "That address does not come from a link that I gave you here in the last 15 minutes, "
    f"or part of it is missing.\n{_COPY_ALL}",
    LinkFault.BARE_TOKEN: "I don't take a token by itself: it says nothing about who sends it.\n"
    "Next: tap Link, sign in, and send me the whole address of the page you land on.",
    LinkFault.NO_TOKEN: "That address holds no token.\nNext: sign in again with /link and copy the whole address.",
    LinkFault.LOGIN_SAID_NO: "DIMO's sign-in did not finish.\nNext: try again with /link.",
    LinkFault.STATE_NOT_OURS: "That address does not come from a link that I gave you here in the last 15 minutes, "
    "or it was used already.\nNext: get a new one with /link.",
    LinkFault.LANDED_ELSEWHERE: "That sign-in was not begun in this chat, or it has ended. Nothing was linked.\n"
    "Next: get a new link with /link, and use it yourself.",
    LinkFault.FORGED: "DIMO did not sign that token, so I don't trust it.\nNext: sign in again with /link.",
    LinkFault.KEY_UNKNOWN: "I can't check that sign-in: DIMO may have just changed how it signs. Nothing was linked.\n"
    "Next: send me the same address again in a minute.",
    LinkFault.EXPIRED: "That token has ended.\nNext: sign in again with /link.",
    LinkFault.OTHER_ENVIRONMENT: "That token comes from somewhere else than DIMO.\nNext: sign in again with /link.",
    LinkFault.OTHER_APP: "That token was made for another app, so I don't take it.\nNext: sign in with /link.",
    LinkFault.NOT_ALLOWED: "Somebody else has linked first, and they decide who else may. Nothing was linked.\n"
    "Next: tap Link, and I ask them.",
    LinkFault.DIMO_UNREACHABLE: "DIMO's service is not reachable, so I could not check it. Nothing was linked.\n"
    "Next: get a new link with /link in a few minutes.",
}


_HELD = "That DIMO account is connected here already, in another chat"

NEWS: Mapping[LinkNews, str] = {
    LinkNews.LINKED_ALREADY: "🔗 You are linked already. That address works once, and it was used already, so nothing "
    "has changed.\nNext: open the car.",
    LinkNews.OPERATOR_ASKED: "Whoever runs this bot decides who connects a car here. I have asked them now.\n"
    "Next: wait. I tell you here what they say.",
    LinkNews.OPERATOR_SILENT: "I have asked whoever runs this bot, and they have not answered yet.\n"
    "Next: wait. I tell you here what they say.",
    LinkNews.OPERATOR_AWAY: "Whoever runs this bot decides who connects a car here, and I can't reach them.\n"
    "Next: ask them to write to me, then try again.",
    LinkNews.OPERATOR_SAID_YES: "✅ You may connect your DIMO account here.\nNext: tap Link.",
    LinkNews.OPERATOR_SAID_NO: "Whoever runs this bot does not let you connect a car here.\n"
    "Next: talk to them. If somebody in your family uses me, ask them for an invitation.",
    LinkNews.OWNER_ASKED: f"{_HELD}. I have asked its owner, and nothing is linked without their yes.\n"
    "Next: wait. I tell you here what they say, within 15 minutes.",
    LinkNews.OPERATOR_ASKED_INSTEAD: f"{_HELD}. I can't reach its owner, so I have asked whoever runs this bot. "
    "Nothing is linked without their yes.\nNext: wait. I tell you here what they say, within 15 minutes.",
    LinkNews.NOBODY_THERE: f"{_HELD}, and I can reach nobody who can allow it. Nothing was linked.\n"
    "Next: ask its owner to write to me, then try again.",
    LinkNews.STILL_ASKING: "I am still asking about the DIMO account that you sent before. Nothing is linked yet.\n"
    "Next: wait. I tell you here what they say, within 15 minutes.",
    LinkNews.REFUSED: "That DIMO account may not be connected here. Nothing was linked.\n"
    "Next: talk to its owner, or link another account.",
    LinkNews.NOT_ANSWERED: "Nobody has allowed it in time, so nothing was linked.\n"
    "Next: talk to the account's owner, then try again.",
}
"""What a person is told about a link that somebody else has to allow. It names nobody."""


def permission_question(it: PermissionAsked) -> str:
    """Ask the operator whether somebody may link."""
    return (
        f"<b>{mention(it.person, it.name)} wants to connect a DIMO account of their own here</b>\n"
        "You run this bot, so you decide. It gives them none of your cars."
    )


def permission_answered(person: str, answer: LinkAnswer) -> str:
    """Say what the operator answered; the person may have been forgotten since."""
    who_asked = name(person) if person else "Somebody"
    return f"{who_asked} {'may' if answer is LinkAnswer.ALLOW else 'may not'} connect a DIMO account here."


def consent_question(it: ConsentAsked) -> str:
    """Ask whether somebody may link an account that a home holds, by the name that they have in Telegram."""
    asker = mention(it.person, it.name)
    if it.owner_name is None:
        return (
            f"<b>{asker} wants to connect your DIMO account here too</b>\n"
            "They could then use your cars and let others use them. Deny it unless you gave them your sign-in."
        )
    owner = name(it.owner_name)
    return (
        f"<b>{asker} wants to connect {owner}'s DIMO account here too</b>\n"
        f"I can't reach {owner}, so you decide. {name(it.name)} could then use {owner}'s cars and let others use them."
    )


def consent_over(it: ConsentOver) -> str:
    """Say how the question ended whether somebody may link an account that a home holds."""
    if it.answer is LinkAnswer.ALLOW:
        return f"✅ Allowed: {name(it.name)} has connected that DIMO account too."
    how = "Denied" if it.answer is LinkAnswer.DENY else "Not answered in time"
    return (
        f"{how}: {name(it.name)} has not connected that DIMO account.\n"
        "Next: if nobody should have that sign-in, sign out everywhere in the DIMO account."
    )


def link_failed(fault: LinkFault, quoted: str | None) -> str:
    """Say why a message did not link an account; DIMO's own words are quoted."""
    text = _FAULTS[fault]
    return f"{text}\nDIMO said: “{said(quoted)}”" if quoted else text


TESLA = (
    "A Tesla obeys only with DIMO's key in it. Next, once for {cars}: "
    f'<a href="{TESLA_KEY}">put the key in</a> on the phone with Tesla\'s app.'
)
_MOST_LISTED = 20
"""Cars named one by one. A message holds 4,096 characters, and a license may have hundreds of cars."""


def linked(it: Linked) -> str:
    """Say what is linked now, and what comes next."""
    what = "Your DIMO account" if it.kind is TokenKind.USER else "The console token"
    lines = [f"🔗 {what} is linked until {day(it.ends_at)}."]
    lines += [f"• {_car(car)}" for car in it.cars[:_MOST_LISTED]]
    if len(it.cars) > _MOST_LISTED:
        lines.append(f"… and {len(it.cars) - _MOST_LISTED} more: /cars shows them.")
    teslas = [name(car.name) for car in it.cars[:_MOST_LISTED] if car.is_tesla and car.may_be_commanded]
    if teslas:
        lines.append(TESLA.format(cars=listed(teslas)))
    if it.members:
        others = count(it.members, "other person", "other people")
        lines.append(f"{others} may use what is linked here: /members shows who.")
    if not it.has_key_to_dimo:
        lines.append(
            "But this bot has no developer license, so it can't send commands yet.\n"
            "Next: send me a token from DIMO's developer console."
        )
    elif not it.cars:
        lines.append(NO_CARS)
    if it.asks_zone:
        lines.append("🌍 Where do you live? I show and read times for there.")
    return "\n".join(lines)


def _car(car: SharedCar) -> str:
    text = title(car.name, car.description)
    allowed = {"commands": car.may_be_commanded, "reports": car.may_be_read}
    if missing := [what for what, is_allowed in allowed.items() if not is_allowed]:
        text += f", shared without {listed(missing)}"
    if car.share_ends_at is not None:
        text += f", shared until {day(car.share_ends_at)}"
    return text


_ENDS: Mapping[Ending, tuple[str, str]] = {
    Ending.SIGN_IN: ("The DIMO sign-in", "Your DIMO sign-in"),
    Ending.CONSOLE_TOKEN: ("The DIMO console token", "Your DIMO console token"),
    Ending.SHARE: ("The time for which the car was shared", "The share of {car}"),
}
"""What ends, as an answer names it and as a notice does."""


def ended(what: Ending) -> str:
    """Say in an answer what has ended."""
    return f"🔗 {_ENDS[what][0]} has ended. Next: link again."


def notice(it: Notice) -> str:
    """Announce an end."""
    what = _ENDS[it.ending][1].format(car=name(it.car_name or "?"))
    how = "ended on" if it.is_over else "ends on"
    return f"🔗 {what} {how} {day(it.at)}.\nNext: link again, so that the car keeps working from here."
