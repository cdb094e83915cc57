"""The texts about people and groups."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from bot.domain.family import AccessLength, Invitation, Member, Request, Term
from bot.domain.roles import Access, Role
from bot.service.family.access_requests import Answered
from bot.service.family.groups import Attached
from bot.service.family.invitations import Offer
from bot.telegram.texts.formatting import duration, listed, mention, moment, name

ROLE_WORDS: Mapping[Role, str] = {Role.OWNER: "owner", Role.DRIVER: "driver", Role.GUEST: "guest"}
ROLE_MEANS: Mapping[Role, str] = {
    Role.OWNER: "everything",
    Role.DRIVER: "lock, open, charge, status, error codes",
    Role.GUEST: "lock, open, charge, status, and reading error codes",
}
LENGTH_WORDS: Mapping[AccessLength, str] = {
    AccessLength.ALWAYS: "No end",
    AccessLength.HOUR: "For 1 hour",
    AccessLength.DAY: "For 1 day",
    AccessLength.WEEKEND: "Until Sunday night",
    AccessLength.DATE: "Until a date…",
}

INVITE_AS = (
    "<b>Invite somebody to your cars</b>\n"
    f"Driver: {ROLE_MEANS[Role.DRIVER]}.\n"
    f"Guest: {ROLE_MEANS[Role.GUEST]}.\n"
    "Next: choose what they will be."
)
INVITE_SHARE = "Here is our car on Telegram. Tap the link above, then Start."
WANT_DATE = "Until when? Write a date, for example: 24 Dec, or 24.12. 18:30"
DATE_PLACEHOLDER = "24 Dec 18:30"


def invite_for(role: Role) -> str:
    """Ask how long the access lasts."""
    return (
        f"<b>Invite a {ROLE_WORDS[role]}</b>\n"
        "How long may they use your cars? An hour or a day counts from when they join."
    )


def made(link: str, invitation: Invitation, *, now: datetime) -> str:
    """Show a new invitation, with the link to send on."""
    return (
        f"<b>Invitation for a {ROLE_WORDS[invitation.role]}</b>, {term(invitation.term, now=now)}\n"
        f"<code>{link}</code>\n"
        f"It works once, until {moment(invitation.expires_at, now=now)}.\n"
        "Next: send it to one person. Whoever opens it first can join."
    )


def term(it: Term, *, now: datetime) -> str:
    """Say how long access lasts."""
    if it.span is not None:
        return f"for {duration(it.span)} from joining"
    return "without an end" if it.until is None else f"until {moment(it.until, now=now)}"


def invitations(found: Sequence[Invitation], *, left_out: int, now: datetime) -> str:
    """List the open invitations."""
    if not found:
        return "No invitation is open."
    lines = [
        f"{ROLE_WORDS[one.role].capitalize()}, {term(one.term, now=now)}; "
        f"can be taken until {moment(one.expires_at, now=now)}"
        for one in found
    ]
    rest = f"… and {left_out} older ones.\n" if left_out else ""
    return f"<b>Open invitations</b>\n{_numbered(lines)}\n{rest}Tap a number to withdraw that invitation."


def _numbered(lines: Sequence[str]) -> str:
    return "\n".join(f"{number}. {line}" for number, line in enumerate(lines, 1))


def offer(it: Offer, *, now: datetime) -> str:
    """Say who invites to what."""
    cars = listed([name(one) for one in it.car_names[:5]]) or "a car"
    return (
        f"<b>{name(it.inviter)} invites you to use {cars}</b>\n"
        f"As a {ROLE_WORDS[it.role]}: {ROLE_MEANS[it.role]}; {term(it.term, now=now)}.\n"
        f"{name(it.inviter)} sees what you do with the car."
    )


def joined(it: Access, *, now: datetime) -> str:
    """Welcome a new member."""
    return f"You are in, as a {ROLE_WORDS[it.role]}, {term(Term(until=it.until), now=now)}.\nNext: /car."


def members(found: Sequence[Member], requests: Sequence[Request], *, page: int, pages: int, now: datetime) -> str:
    """List the people who may use the cars, and those who ask for access."""
    lines = ["<b>Who may use your cars</b>"]
    lines += [f"• {name(one.name)}, {_access(one, now)}" for one in found]
    lines += [f"• {name(one.name)} asks for access" for one in requests]
    if pages > 1:
        lines.append(f"Page {page + 1} of {pages}")
    return "\n".join(lines)


def _access(it: Member, now: datetime) -> str:
    text = ROLE_WORDS[it.role]
    if it.until is not None:
        text += f", {'ended' if it.has_ended(now) else 'until'} {moment(it.until, now=now)}"
    if it.last_used_at is not None:
        text += f", last used {moment(it.last_used_at, now=now)}"
    return text


def member(it: Member, *, now: datetime) -> str:
    """Show one person's access."""
    may = "nothing any more" if it.has_ended(now) else ROLE_MEANS[it.role]
    return f"<b>{name(it.name)}</b>, {_access(it, now)}\nMay: {may}."


def remove_question(who: str) -> str:
    """Ask before a person's access is removed."""
    return (
        f"<b>Remove {name(who)}?</b>\n"
        "Their access ends at once, and so do the questions that they have open. The log stays."
    )


def removed(who: str) -> str:
    """Say that a person's access was removed."""
    return f"{name(who)} can't use your cars any more."


def no_access(who: str, *, may_ask: bool, may_share: bool) -> str:
    """Answer a person in a group who has no access, without naming a car or an owner."""
    text = f"{name(who)}, you have no access here." if may_ask else "No car is shared in this group."
    if may_share:
        everybody = "Everybody in the group sees what is done. Only people whom you allow can do it."
        return f"{text}\nShare your own cars here? {everybody}"
    return text if may_ask else f"{text}\nNext: its owner opens /car in the private chat with me and shares it."


def ask_label(number: int, count: int) -> str:
    """Label the button that asks for access, with a number if several owners share their cars."""
    return "🙋 Ask for access" if count == 1 else f"🙋 Ask owner {number} for access"


def groups(titles: Sequence[str], *, left_out: int) -> str:
    """List the groups from which the cars can be used."""
    if not titles:
        return "Your cars are shared in no group."
    rest = f"… and {left_out} more.\n" if left_out else ""
    lines = _numbered([name(title) for title in titles])
    return f"<b>Groups that use your cars</b>\n{lines}\n{rest}Tap a number to stop sharing there."


def attached(it: Attached) -> str:
    """Announce in a group that cars can be used from it."""
    cars = listed([name(one) for one in it.car_names[:5]]) or "the cars"
    return f"{name(it.owner_name)} shares {cars} here.\nNext: /car. No access yet? Tap Ask for access there."


def detached(who: str) -> str:
    """Announce in a group that a home's cars can no longer be used from it."""
    return f"{name(who)} no longer shares cars here."


def asked(who: str, *, is_new: bool) -> str:
    """Say that the owner has a request, or had it before, without naming the owner or an answer."""
    asked_before = "the owner was asked already.\nNext: talk to the owner."
    return f"{name(who)}, {'the owner has your request now.' if is_new else asked_before}"


def request(it: Request) -> str:
    """Bring a request to the owner."""
    group = f"\nThey asked in the group “{name(it.chat_title)}”." if it.chat_title else ""
    return f"<b>{mention(it.person, it.name)} asks to use your cars</b>{group}"


def answered(it: Answered) -> str:
    """Say how a request was answered."""
    how = "is not let in" if it.role is None else f"may use your cars as a {ROLE_WORDS[it.role]}"
    return f"{name(it.request.name)} {how}."


def answered_in_group(it: Answered) -> str:
    """Announce an answer in the group where the person asked."""
    says = "the owner says no." if it.role is None else f"you are in as a {ROLE_WORDS[it.role]}.\nNext: /car."
    return f"{name(it.request.name)}, {says}"
