"""Screens of a DIMO account: linking, unlinking, and what ends."""

from collections.abc import Callable
from datetime import datetime
from functools import partial

from bot.domain.expiry import Notice
from bot.domain.ids import PersonId
from bot.domain.linking import ConsentAsked, ConsentOver, LinkAnswer, Linked, LinkFault, LinkNews, PermissionAsked
from bot.domain.prompts import Prompt
from bot.service.account.sign_in import SignInLink
from bot.telegram import texts
from bot.telegram.screens.buttons import LINK, LINK_AGAIN, LOOK_AGAIN, SHOW_CAR, yes_no
from bot.telegram.screens.settings import first_zones
from bot.telegram.ui import taps
from bot.telegram.ui.callback_data import Tap
from bot.telegram.ui.screen import Button, Screen, Style

_GOES_ON = {
    LinkNews.OPERATOR_AWAY,
    LinkNews.OPERATOR_SAID_YES,
    LinkNews.NOBODY_THERE,
    LinkNews.REFUSED,
    LinkNews.NOT_ANSWERED,
}
"""After these a person can link, or try it again."""


def link(it: SignInLink | None, *, with_location: bool = False) -> Screen:
    """How to connect a DIMO account, or to share the location of its cars, too."""
    if it is None:
        return Screen(texts.linking.LINK_WITHOUT_LICENSE, is_separate=True)
    row = (Button("🔑 Sign in with DIMO", it.url, Style.PRIMARY),)
    return Screen(texts.linking.link(with_location=with_location, returns=it.returns), (row,), is_separate=True)


def linked(it: Linked, *, now: datetime) -> Screen:
    """The result of linking; the first time with the question where the home is."""
    row = (SHOW_CAR,) if it.cars else (LOOK_AGAIN, LINK)
    zones = first_zones(now) if it.asks_zone else ()
    return Screen(texts.linking.linked(it), (row, *zones))


def link_failed(fault: LinkFault, said: str | None) -> Screen:
    """Why something that was sent did not link an account."""
    return Screen(texts.linking.link_failed(fault, said), ((LINK,),))


def not_the_address() -> Screen:
    """The answer to an address that is not the landing address."""
    return Screen(texts.linking.NOT_THE_ADDRESS, ((LINK,),))


def news(it: LinkNews) -> Screen:
    """What a person is told about a link that somebody else has to allow, with a button if linking can continue."""
    row = (LINK,) if it in _GOES_ON else (SHOW_CAR,) if it is LinkNews.LINKED_ALREADY else ()
    return Screen(texts.linking.NEWS[it], (row,), is_separate=True)


def permission_question(it: PermissionAsked) -> Screen:
    """The question to the operator whether somebody may link."""
    return Screen(
        texts.linking.permission_question(it), (_allow_or_deny(partial(taps.AnswerLinkPermission, it.person)),)
    )


def permission_answered(person: PersonId, name: str, answer: LinkAnswer) -> Screen:
    """What the operator answered; a no can be made a yes later."""
    is_no = answer is LinkAnswer.DENY
    later = Button("✅ Allow after all", taps.AnswerLinkPermission(person, LinkAnswer.ALLOW))
    return Screen(texts.linking.permission_answered(name, answer), ((later,),) if is_no else ())


def consent_question(it: ConsentAsked) -> Screen:
    """The question whether somebody may link an account that a home holds."""
    return Screen(texts.linking.consent_question(it), (_allow_or_deny(partial(taps.AnswerLinkConsent, it.consent)),))


def consent_over(it: ConsentOver) -> Screen:
    """How the question ended, for the person who was asked."""
    return Screen(texts.linking.consent_over(it))


def _allow_or_deny(tap: Callable[[LinkAnswer], Tap]) -> tuple[Button, ...]:
    return Button("✅ Allow", tap(LinkAnswer.ALLOW), Style.PRIMARY), Button("✖️ Deny", tap(LinkAnswer.DENY))


def unlink_question(prompt: Prompt) -> Screen:
    """The question before a chat's tokens are deleted."""
    return Screen(texts.linking.UNLINK_QUESTION, yes_no(prompt, "🗑 Unlink"), prompt=prompt.id)


def notice(it: Notice) -> Screen:
    """Something that ends."""
    return Screen(texts.linking.notice(it), ((LINK_AGAIN,),))
