"""Shows what the use cases announce, and what confirmed questions have done."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta

from bot.domain.code_history import CodesView, NewCodes
from bot.domain.expiry import Notice
from bot.domain.family import Request
from bot.domain.ids import ChatId
from bot.domain.linking import ConsentAsked, ConsentOver, Linked, LinkNews, PermissionAsked
from bot.domain.notes import Note
from bot.domain.notifications import AccessLost, CarLeft, News
from bot.domain.operator_notices import OperatorNotice
from bot.domain.outcomes import LateOutcome, Outcome, SeeBelow
from bot.domain.prompts import Prompt
from bot.domain.sounds import sounds
from bot.domain.time_check import WrongClock
from bot.service.account.erasure import Forgotten
from bot.service.account.unlinking import Unlinked
from bot.service.actions.schedules import Missed
from bot.service.cars.panels import OldPanel, PanelView
from bot.service.family.members import Removed
from bot.service.ports import Announcer, Clock, Shown, Spot
from bot.telegram import screens, texts
from bot.telegram.transport.chat import Chat
from bot.telegram.ui.screen import Screen

_PATIENCE = timedelta(seconds=60)
_CANNOT_WAIT = (Outcome, LateOutcome, SeeBelow)

SCREENS: Mapping[type, Callable[..., Screen]] = {
    AccessLost: lambda it, _: screens.notifications.access_ended(it),
    CarLeft: lambda it, _: screens.notifications.car_left(it),
    CodesView: lambda it, now: screens.codes.query(it, now=now),
    ConsentAsked: lambda it, _: screens.linking.consent_question(it),
    ConsentOver: lambda it, _: screens.linking.consent_over(it),
    Forgotten: lambda *_: Screen(texts.privacy.FORGOTTEN),
    Linked: lambda it, now: screens.linking.linked(it, now=now),
    LateOutcome: lambda it, now: screens.actions.late_outcome(it, now=now),
    LinkNews: lambda it, _: screens.linking.news(it),
    NewCodes: lambda it, now: screens.codes.new_codes(it, now=now),
    Missed: lambda it, now: screens.schedules.missed(it, now=now),
    Note: lambda it, now: screens.notes.note(it, now=now),
    News: lambda it, now: screens.notifications.news(it.items, now=now),
    Notice: lambda it, _: screens.linking.notice(it),
    OldPanel: lambda it, _: screens.cars.old_panel(has_newer=it.has_newer),
    Outcome: lambda it, now: screens.actions.outcome(it, now=now),
    OperatorNotice: lambda it, _: Screen(texts.notifications.OPERATOR_NOTICES[it.trouble]),
    PanelView: lambda it, now: screens.cars.panel(it, now=now),
    PermissionAsked: lambda it, _: screens.linking.permission_question(it),
    Prompt: lambda it, _: screens.actions.question_closed(it),
    Removed: lambda it, _: screens.family.removed(it.name),
    Request: lambda it, _: screens.family.request(it),
    SeeBelow: lambda it, _: Screen(texts.actions.see_below(it.outcome)),
    Unlinked: lambda *_: Screen(texts.linking.UNLINKED),
    WrongClock: lambda it, _: Screen(texts.notifications.wrong_clock(it)),
}
"""The screen of each type that is shown without a request; a prompt is shown so when it is closed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TelegramAnnouncer(Announcer):
    """The `Announcer` of the use cases, in Telegram."""

    chat: Chat
    clock: Clock
    is_quiet: Callable[[ChatId], Awaitable[bool]]
    """Returns whether the chat's home has quiet hours now."""

    async def show(self, spot: Spot, it: object) -> Shown:
        """Show something in its message, or in a new one.

        An outcome waits for the end of a flood limit. Everything else waits briefly, and is tried again later.
        """
        until = None if isinstance(it, Outcome) else self.clock.now() + _PATIENCE
        screen = self._unasked(it)
        if spot.message is None and sounds(it, in_group=spot.chat < 0):
            screen = replace(screen, sounds=not await self.is_quiet(spot.chat))
        return await self.chat.deliver(spot.place, spot.message, screen, until=until)

    async def update(self, spot: Spot, it: object) -> Shown:
        """Show something in a message if that still exists; never in a new one."""
        until = self.clock.now() + _PATIENCE
        return await self.chat.deliver(spot.place, spot.message, self._unasked(it), until=until, only_edits=True)

    def _unasked(self, it: object) -> Screen:
        return replace(self.screen(it), can_wait=not isinstance(it, _CANNOT_WAIT))

    def screen(self, it: object) -> Screen:
        """Return the screen of something that is shown without a request."""
        return SCREENS[type(it)](it, self.clock.now())
