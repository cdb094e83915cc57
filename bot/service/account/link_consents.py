"""Consent to a second link: before another chat gets an account that a home holds already, that home is asked.

The token waits in the database, sealed, for a quarter of an hour at most. Nothing uses it until somebody allows it.
"""

import asyncio
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import partial

from bot.domain.ids import ChatId, ConsentId, MessageId, PersonId
from bot.domain.limits import CONSENT_LIFETIME, Bound
from bot.domain.linking import ConsentAsked, ConsentOver, LinkNews
from bot.domain.refusals import Reason
from bot.service.account.operator import Operator
from bot.service.background import Alarm
from bot.service.declined import Declined
from bot.service.ports import Announcer, Ask, Clock, Reach, Spot
from bot.service.quotas import Quotas
from storage import Car, Database, Home, LinkConsent, Token, Tx
from storage.repositories import link_consents


@dataclass(kw_only=True, slots=True)
class LinkConsents:
    """Asks the owner of a home, or the operator if the owner can't be reached."""

    db: Database
    clock: Clock
    operator: Operator
    announcer: Announcer
    quotas: Quotas
    _alarm: Alarm = field(init=False)

    def __post_init__(self) -> None:
        self._alarm = Alarm(self.clock, name="ending questions about links later")

    def hold(self, tx: Tx, home: Home, token: Token, cars: Sequence[Car], *, holder: Home) -> LinkConsent | LinkNews:
        """Store what a chat would link, unless another link of the chat is waiting or it has asked too often.

        Raises Declined.
        """
        now = self.clock.now()
        if link_consents.is_waiting(tx, home.chat_id, now=now):
            return LinkNews.STILL_ASKING
        if not self.quotas.has_left(tx, Bound.CONSENTS, home.chat_id):
            return LinkNews.REFUSED
        self.quotas.spend(tx, Bound.QUESTIONS, holder.owner_id)
        waiting = LinkConsent(
            id=secrets.token_urlsafe(12),
            chat_id=home.chat_id,
            asked_chat_id=holder.chat_id,
            expires_at=min(now + CONSENT_LIFETIME, token.expires_at),
            home=home,
            token=token,
            cars=tuple(cars),
        )
        link_consents.add(tx, waiting)
        return waiting

    async def ask(self, waiting: LinkConsent, holder: Home) -> LinkNews:
        """Ask the holder, else the operator; the link is dropped if neither can be reached."""
        self._alarm.ring()
        asker, operator = waiting.home, await self.db.read(self.operator.find)
        question = ConsentAsked(ConsentId(waiting.id), PersonId(asker.owner_id), asker.owner_name, owner_name=None)
        reach = await self._show(question, ChatId(holder.chat_id))
        if reach is Reach.SHOWN:
            return LinkNews.OWNER_ASKED
        if reach is Reach.NEVER and operator is not None and operator != holder.owner_id:
            reach = await self._show(replace(question, owner_name=holder.owner_name), ChatId(int(operator)))
            if reach is Reach.SHOWN:
                return LinkNews.OPERATOR_ASKED_INSTEAD
        await self.db.run(partial(link_consents.drop, consent_id=waiting.id))
        await self.erase()
        return LinkNews.NOBODY_THERE

    async def _show(self, question: ConsentAsked, asked: ChatId) -> Reach:
        """Show the question; it can be answered where it was shown last."""
        await self.db.run(partial(link_consents.ask, consent_id=question.consent, asked_chat_id=asked))
        shown = await self.announcer.show(Spot(asked), question)
        if shown.message is not None:
            message = shown.message
            await self.db.run(partial(link_consents.set_message, consent_id=question.consent, message_id=message))
        return shown.reach

    def take(self, tx: Tx, ask: Ask, consent: ConsentId) -> LinkConsent:
        """Take a waiting link that the asker decides about; raises Declined for others, and if it has expired."""
        waiting = link_consents.take(tx, consent, asked_chat_id=ask.chat, now=self.clock.now())
        if waiting is None:
            raise Declined(Reason.LINK_QUESTION_OVER)
        return waiting

    async def erase(self) -> None:
        """Remove a token that was deleted from the files of the database."""
        await asyncio.to_thread(self.db.truncate_wal)

    async def tell(self, waiting: LinkConsent, it: object) -> None:
        """Tell the waiting person the result of the link."""
        await self.announcer.show(Spot(ChatId(waiting.chat_id)), it)

    async def keep_ending(self) -> None:
        """End links that nobody has allowed in time, for as long as the bot runs."""
        while True:
            self._alarm.clear()
            now = self.clock.now()
            expired = await self.db.run(partial(link_consents.take_expired, now=now))
            if expired:
                await self.erase()
            for waiting in expired:
                await self._show_ended(waiting)
            await self._alarm.until(await self.db.read(link_consents.next_expiry))

    async def _show_ended(self, waiting: LinkConsent) -> None:
        if waiting.message_id is not None:
            spot = Spot(ChatId(waiting.asked_chat_id), MessageId(waiting.message_id))
            await self.announcer.show(spot, ConsentOver(waiting.home.owner_name, None))
        await self.tell(waiting, LinkNews.NOT_ANSWERED)
