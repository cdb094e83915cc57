"""Screens of people and groups."""

from collections.abc import Sequence
from datetime import datetime
from urllib.parse import quote

from bot.domain.family import GRANTED_ROLES, JOIN_PREFIX, Invitation, Member, Request, RequestState
from bot.domain.ids import ChatId
from bot.domain.roles import Role
from bot.service.family.groups import AccessOptions, Attached, Group
from bot.service.family.invitations import Made, Offer
from bot.service.family.members import Removal
from bot.telegram import texts
from bot.telegram.screens.buttons import MEMBERS, by_two, option, turn, yes_no
from bot.telegram.texts.formatting import label
from bot.telegram.ui import taps
from bot.telegram.ui.callback_data import Tap
from bot.telegram.ui.screen import Button, Rows, Screen, Style

_MOST_LISTED = 40
_PER_PAGE = 20
_MOST_ASKED = 5
_ROLE_LABELS = {Role.DRIVER: "🚗 Driver", Role.GUEST: "🧳 Guest"}
_ANSWERS: tuple[Role | RequestState, ...] = (*GRANTED_ROLES, RequestState.DENIED, RequestState.DENIED_FOR_GOOD)
SHARE_PAYLOAD = "share"


def invite_as() -> Screen:
    """The choice of the role for an invited person."""
    roles = tuple(Button(_ROLE_LABELS[role], taps.ChooseRole(role)) for role in GRANTED_ROLES)
    others = (Button("📨 Invitations", taps.ShowInvitations()), MEMBERS)
    return Screen(texts.family.INVITE_AS, (roles, others))


def invite_for(role: Role) -> Screen:
    """The choice of how long the access lasts."""
    buttons = [Button(words, taps.Invite(role, length)) for length, words in texts.family.LENGTH_WORDS.items()]
    return Screen(texts.family.invite_for(role), by_two(buttons))


def made(it: Made, *, address: str, now: datetime) -> Screen:
    """A new invitation, with a button to send it on."""
    link = f"{address}?start={JOIN_PREFIX}{it.code}"
    share = f"https://t.me/share/url?url={quote(link, safe='')}&text={quote(texts.family.INVITE_SHARE)}"
    more = (
        Button("✖️ Withdraw it", taps.Withdraw(it.invitation.id)),
        # In a message of its own: of an invitation only a hash is stored, so that this one could not be shown again.
        Button("➕ Another", taps.RunCommand("invite")),
    )
    rows = ((Button("📤 Send it to somebody", share, Style.PRIMARY),), more)
    return Screen(texts.family.made(link, it.invitation, now=now), rows)


def invitations(found: Sequence[Invitation], *, now: datetime) -> Screen:
    """The open invitations, each with a button to withdraw it."""
    listed = found[:_MOST_LISTED]
    text = texts.family.invitations(listed, left_out=len(found) - len(listed), now=now)
    return Screen(text, _to_end([taps.Withdraw(one.id) for one in listed]))


def groups(found: Sequence[Group], *, address: str) -> Screen:
    """The groups in which the cars are shared, each with a button to stop sharing there, and one to share in another."""
    listed = found[:_MOST_LISTED]
    text = texts.family.groups([one.title for one in listed], left_out=len(found) - len(listed))
    share = (Button("💬 Share in a group", address),)
    return Screen(text, (share, *_to_end([taps.StopSharing(one.chat) for one in listed])))


def _to_end(ends: Sequence[Tap]) -> Rows:
    """Buttons that end one thing of a numbered list, and the button for the members."""
    buttons = [Button(f"✖️ {number}", tap) for number, tap in enumerate(ends, 1)]
    rows = [tuple(buttons[at : at + 5]) for at in range(0, len(buttons), 5)]
    return (*rows, (MEMBERS,))


def offer(it: Offer, *, now: datetime) -> Screen:
    """An invitation, as the invited person sees it."""
    return Screen(texts.family.offer(it, now=now), ((Button("✅ Join", taps.Join(it.code), Style.SUCCESS),),))


def members(found: Sequence[Member], requests: Sequence[Request], *, page: int = 0, now: datetime) -> Screen:
    """The people who may use the cars, and those who ask for it. The owner's access can't change and has no button."""
    pages = -(-len(found) // _PER_PAGE)
    page = min(page, pages - 1)
    listed = found[page * _PER_PAGE : (page + 1) * _PER_PAGE]
    asking = requests[:_MOST_ASKED] if page == 0 else ()
    text = texts.family.members(listed, asking, page=page, pages=pages, now=now)
    buttons = [Button(f"👤 {label(one.name)}", taps.ShowMember(one.person)) for one in listed if not one.is_owner]
    turns = turn(taps.ShowMembers(page - 1) if page else None, taps.ShowMembers(page + 1) if page + 1 < pages else None)
    rows = [*by_two(buttons), *(row for one in asking for row in _answers_to(one)), turns]
    more = (Button("➕ Driver", taps.ChooseRole(Role.DRIVER)), Button("➕ Guest", taps.ChooseRole(Role.GUEST)))
    ways = (Button("📨 Invitations", taps.ShowInvitations()), Button("💬 Groups", taps.ShowGroups()))
    return Screen(text, (*rows, more, ways))


def member(it: Member, *, now: datetime) -> Screen:
    """One person's access, with buttons to change it."""
    roles = tuple(
        option(words, taps.SetRole(it.person, role), is_chosen=role is it.role) for role, words in _ROLE_LABELS.items()
    )
    ends = [Button(words, taps.SetEnd(it.person, length)) for length, words in texts.family.LENGTH_WORDS.items()]
    last = (Button("🗑 Remove", taps.RemoveMember(it.person), Style.DANGER), MEMBERS)
    return Screen(texts.family.member(it, now=now), (roles, *by_two(ends), last))


def remove_question(it: Removal) -> Screen:
    """The question before a person's access is removed."""
    return Screen(texts.family.remove_question(it.name), yes_no(it.prompt, "🗑 Remove"), prompt=it.prompt.id)


def removed(who: str) -> Screen:
    """A person's access that was removed."""
    return Screen(texts.family.removed(who), ((MEMBERS,),))


def want_date() -> Screen:
    """The question for a date, which opens a reply."""
    return Screen(texts.family.WANT_DATE, asks_reply=texts.family.DATE_PLACEHOLDER)


def attached(it: Attached, home: ChatId) -> Screen:
    """The announcement in a group that cars can be used from it."""
    ask = Button(texts.family.ask_label(1, 1), taps.AskForAccess(home))
    return Screen(texts.family.attached(it), ((ask,),), is_separate=True)


def no_access(who: str, options: AccessOptions) -> Screen:
    """What a person without access can do in a group."""
    others = options.others[:_MOST_ASKED]
    rows = [
        (Button(texts.family.ask_label(number, len(others)), taps.AskForAccess(home)),)
        for number, home in enumerate(others, 1)
    ]
    if options.own is not None:
        rows.append((Button("👥 Share my cars here", taps.ShareHere(options.own)),))
    text = texts.family.no_access(who, may_ask=bool(options.others), may_share=options.own is not None)
    return Screen(text, tuple(rows))


def request(it: Request) -> Screen:
    """A request, as the owner sees it."""
    labels = ("🚗 Allow as driver", "🧳 Allow as guest", "✖️ Deny", "⛔ Deny for good")
    return Screen(texts.family.request(it), _answers(it, labels))


def _answers_to(it: Request) -> Rows:
    """The answers to one of several requests, labelled with the person's name."""
    who = label(it.name)
    return _answers(it, (f"🚗 {who}: driver", f"🧳 {who}: guest", f"✖️ {who}: deny", f"⛔ {who}: for good"))


def _answers(it: Request, labels: Sequence[str]) -> Rows:
    labelled = zip(labels, _ANSWERS, strict=True)
    return by_two([Button(words, taps.AnswerRequest(it.person, answer)) for words, answer in labelled])
