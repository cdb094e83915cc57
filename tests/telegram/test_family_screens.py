from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta

import pytest

from bot.domain.family import GRANTED_ROLES, AccessLength, Invitation, Member, Request, Term, term_of
from bot.domain.ids import CarId, ChatId, InvitationId, MessageId, PersonId, PromptId
from bot.domain.prompts import Prompt, PromptState, Task
from bot.domain.roles import Access, Role
from bot.service.family.access_requests import Answered
from bot.service.family.groups import AccessOptions, Attached
from bot.service.family.invitations import Made, Offer
from bot.service.family.members import Removal
from bot.telegram import screens, texts
from bot.telegram.texts.formatting import label
from bot.telegram.ui.screen import Screen
from bot.telegram.ui.taps import ShowMember, ShowMembers, Withdraw
from tests.support.screens import NASTY, labels, marked, read_screen

NOW = datetime(2026, 5, 1, 12, 0, tzinfo=UTC)
LATER = NOW + timedelta(days=1000)
HOME, GROUP = ChatId(10), ChatId(-20)
WIDE = "👩‍👩‍👧" * 30
"""A name whose every character counts twice for Telegram."""
NAMES = (NASTY, WIDE, "x" * 300, "\u202e\u200b", " ", "</a><b>", '"><script>', "Ann & Bob", "/unlock")


def a_member(name: str, number: int = 11, *, role: Role = Role.DRIVER, until: datetime | None = LATER) -> Member:
    return Member(PersonId(number), name, role, until, last_used_at=NOW - timedelta(days=400))


def a_request(name: str, number: int = 12, *, title: str = "") -> Request:
    return Request(HOME, PersonId(number), name, GROUP, title)


def an_invitation(number: int = 1, term: Term | None = None) -> Invitation:
    return Invitation(InvitationId(f"{number:016}"), Role.DRIVER, term or Term(until=LATER), LATER)


def a_removal(name: str) -> Removal:
    prompt = Prompt(
        PromptId("p" * 16),
        HOME,
        HOME,
        PersonId(10),
        CarId(1),
        MessageId(1),
        PromptState.OPEN,
        NOW,
        NOW,
        Task.REMOVE_MEMBER,
    )
    return Removal(prompt, name)


def owner(name: str = "Dad") -> Member:
    return Member(PersonId(10), name, Role.OWNER, None, None, is_owner=True)


NAMING: Mapping[str, Callable[[str], Screen]] = {
    "offer": lambda n: screens.family.offer(
        Offer("c" * 22, n, (n,) * 7, Role.GUEST, Term(timedelta(hours=1))), now=NOW
    ),
    "members": lambda n: screens.family.members([owner(n), a_member(n)], [a_request(n)], now=NOW),
    "member": lambda n: screens.family.member(a_member(n), now=NOW),
    "remove": lambda n: screens.family.remove_question(a_removal(n)),
    "removed": screens.family.removed,
    "no access": lambda n: screens.family.no_access(n, AccessOptions((HOME, ChatId(30)), ChatId(40))),
    "nothing here": lambda n: screens.family.no_access(n, AccessOptions((), None)),
    "request": lambda n: screens.family.request(a_request(n, title=n)),
    "attached": lambda n: Screen(texts.family.attached(Attached(n, (n,) * 7))),
    "asked": lambda n: Screen(texts.family.asked(n, is_new=True)),
    "asked before": lambda n: Screen(texts.family.asked(n, is_new=False)),
    "allowed": lambda n: Screen(texts.family.answered(Answered(a_request(n), Role.DRIVER))),
    "denied": lambda n: Screen(texts.family.answered(Answered(a_request(n), None))),
    "allowed in group": lambda n: Screen(texts.family.answered_in_group(Answered(a_request(n), Role.GUEST))),
    "denied in group": lambda n: Screen(texts.family.answered_in_group(Answered(a_request(n), None))),
}
"""Every screen that shows a name from outside: of a person, a car, or a group."""


@pytest.mark.parametrize("what", NAMING)
def test_any_name_is_shown_as_it_is_and_cut(what: str) -> None:
    """A name adds no markup: the same parts are bold or links as with a plain name."""
    plain = NAMING[what]("Nobody")
    for name in NAMES:
        shown = NAMING[what](name)

        def named(text: str, name: str = name) -> str:
            return text.replace("Nobody", label(name))

        assert read_screen(shown) == named(read_screen(plain))
        for kind in ("bold", "text_link", "italic", "code"):
            assert marked(shown.text, kind) == [named(part) for part in marked(plain.text, kind)]
        assert labels(shown) == [named(words) for words in labels(plain)]
        assert len(label(name)) <= 40


def test_a_request_links_to_the_person_who_asks() -> None:
    assert 'href="tg://user?id=12"' in screens.family.request(a_request("Teen")).text


@pytest.mark.parametrize("name", ["Ann", WIDE, NASTY])
@pytest.mark.parametrize("count", [0, 1, 19, 20, 60, 99])
def test_every_member_is_on_some_page(name: str, count: int) -> None:
    found = [owner(name), *(a_member(name, number + 100) for number in range(count))]
    asking = [a_request(name, number + 1000) for number in range(50)]
    reached: list[int] = []
    page = 0
    while True:
        screen = screens.family.members(found, asking, page=page, now=NOW)
        read_screen(screen)
        buttons = [button for row in screen.rows for button in row]
        reached += [button.does.person for button in buttons if isinstance(button.does, ShowMember)]
        turns = [button.does.page for button in buttons if isinstance(button.does, ShowMembers)]
        if page + 1 not in turns:
            break
        page += 1
    assert reached == [one.person for one in found[1:]]
    assert page == count // 20
    beyond = screens.family.members(found, asking, page=9999, now=NOW)
    assert beyond == screen


def test_the_buttons_of_each_request_name_its_person() -> None:
    shown = labels(screens.family.members([owner()], [a_request("Teen"), a_request("Eve", 13)], now=NOW))
    for name in ("Teen", "Eve"):
        assert len([words for words in shown if name in words]) == 4


@pytest.mark.parametrize("count", [0, 1, 40, 50])
def test_the_newest_forty_invitations_can_be_withdrawn_in_one_message(count: int) -> None:
    found = [an_invitation(number) for number in range(count)]
    screen = screens.family.invitations(found, now=NOW)
    shown = read_screen(screen)
    withdrawn = [b.does.invitation for row in screen.rows for b in row if isinstance(b.does, Withdraw)]
    assert withdrawn == [one.id for one in found[:40]]
    assert ("… and 10 older ones." in shown) == (count == 50)
    assert ("No invitation is open." in shown) == (count == 0)


@pytest.mark.parametrize("role", GRANTED_ROLES)
@pytest.mark.parametrize("length", [length for length in AccessLength if length is not AccessLength.DATE])
def test_an_invitation_says_what_it_gives_and_has_a_button_to_send_it_on(role: Role, length: AccessLength) -> None:
    term = term_of(length, now=NOW, zone=UTC)
    it = Made("c" * 22, Invitation(InvitationId("i" * 16), role, term, NOW + timedelta(days=1)))
    screen = screens.family.made(it, address="https://t.me/a_bot", now=NOW)
    shown = read_screen(screen)
    assert shown.startswith(f"Invitation for a {role}, {texts.family.term(term, now=NOW).split('<')[0]}")
    assert marked(screen.text, "code") == [f"https://t.me/a_bot?start=join_{'c' * 22}"]
    assert str(screen.rows[0][0].does).startswith(
        "https://t.me/share/url?url=https%3A%2F%2Ft.me%2Fa_bot%3Fstart%3Djoin_"
    )
    read_screen(screens.family.invite_for(role))
    assert "You are in, as a" in read_screen(Screen(texts.family.joined(Access(role, term.end(NOW)), now=NOW)))


def test_telegram_accepts_the_fixed_screens() -> None:
    assert labels(screens.family.invite_as()) == ["🚗 Driver", "🧳 Guest", "📨 Invitations", "👥 Members"]
    assert screens.family.want_date().asks_reply
    read_screen(screens.family.want_date())


@pytest.mark.parametrize("role", GRANTED_ROLES)
def test_a_members_screen_marks_the_role_and_offers_every_change(role: Role) -> None:
    shown = labels(screens.family.member(a_member("Teen", role=role), now=NOW))
    assert [words for words in shown if words.startswith("✅")] == [
        f"✅ {'🚗 Driver' if role is Role.DRIVER else '🧳 Guest'}"
    ]
    assert {"No end", "For 1 hour", "For 1 day", "Until Sunday night", "Until a date…", "🗑 Remove"} <= set(shown)
    ended = read_screen(screens.family.member(a_member("Teen", role=role, until=NOW), now=NOW))
    assert ended.endswith("May: nothing any more.")
