"""Notices that a sign-in, a console token or a share ends soon: one for each, three days before."""

import logging
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from bot.domain.expiry import Ending, Notice, TokenKind, endings
from bot.domain.ids import ChatId
from bot.domain.limits import END_NOTICE
from bot.domain.preferences import Topic
from bot.service.car_names import named
from bot.service.event_log import log_event, milliseconds
from bot.service.ports import Announcer, Clock, Reach, Spot
from bot.service.preferences import preferences_of
from storage import Car, Database, Tx
from storage.repositories import cars, tokens

_log = logging.getLogger(__name__)

_EVERY_SECONDS = 1800.0


@dataclass(kw_only=True, slots=True)
class ExpiryNotices:
    """Tells each home what is about to end, and what has ended unannounced."""

    db: Database
    clock: Clock
    announcer: Announcer
    has_license: bool

    async def keep_announcing(self) -> None:
        """Announce what is near every half hour, for as long as the bot runs."""
        while True:
            await self._announce()
            await self.clock.sleep(_EVERY_SECONDS)

    async def _announce(self) -> None:
        """Announce every end that is near and was not announced."""
        now = self.clock.now()
        before = now + END_NOTICE
        told = endings(has_license=self.has_license)
        for token in await self.db.read(lambda tx: tokens.ending(tx, before=before)):
            what = told.get(TokenKind(token.kind))
            if what is not None and await self._is_told(token.chat_id, what, token.expires_at):
                await self.db.run(partial(tokens.mark_announced, chat_id=token.chat_id, kind=token.kind, now=now))
        for car in await self.db.read(partial(_ending_cars, before=before)):
            at = car.share_expires_at
            if at is not None and await self._is_told(car.chat_id, Ending.SHARE, at, car_name=car.details.name):
                await self.db.run(partial(cars.mark_announced, chat_id=car.chat_id, car_id=car.car_id, now=now))

    async def _is_told(self, home: int, ending: Ending, at: datetime, *, car_name: str | None = None) -> bool:
        """Tell a home of an end unless it is muted; return whether no other try is needed."""
        now = self.clock.now()
        preferences = await self.db.read(partial(preferences_of, home=home))
        if not preferences.tells(Topic.ENDS):
            return False
        notice = Notice(ending, at, is_over=at <= now, car_name=car_name)
        reach = (await self.announcer.show(Spot(ChatId(home)), notice)).reach
        if reach is Reach.LATER:
            return False
        told_ms = milliseconds(now, self.clock.now())
        log_event(_log, "note", home=home, kind=f"ends_{ending}", outcome=reach, told_ms=told_ms)
        return True


def _ending_cars(tx: Tx, before: datetime) -> list[Car]:
    return [named(tx, [car], car.chat_id)[0] for car in cars.ending(tx, before=before)]
