"""Notices that a sign-in, a console token or a share ends soon: one for each, three days before."""

import logging
from collections.abc import Callable
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
            if what is not None:
                mark = partial(tokens.mark_announced, chat_id=token.chat_id, kind=token.kind)
                await self._tell(token.chat_id, what, token.expires_at, mark)
        for car in await self.db.read(partial(_ending_cars, before=before)):
            if (at := car.share_expires_at) is not None:
                mark = partial(cars.mark_announced, chat_id=car.chat_id, car_id=car.car_id)
                await self._tell(car.chat_id, Ending.SHARE, at, mark, car_name=car.details.name)

    async def _tell(
        self, home: int, ending: Ending, at: datetime, mark: Callable[..., bool], *, car_name: str | None = None
    ) -> None:
        """Tell a home of an end, unless it is muted or another process does it; a failure is left to the next look."""
        now = self.clock.now()
        preferences = await self.db.read(partial(preferences_of, home=home))
        if not preferences.tells(Topic.ENDS) or not await self.db.run(partial(mark, was=None, now=now)):
            return
        notice = Notice(ending, at, is_over=at <= now, car_name=car_name)
        reach = (await self.announcer.show(Spot(ChatId(home)), notice)).reach
        if reach is Reach.LATER:
            await self.db.run(partial(mark, was=now, now=None))
            return
        told_ms = milliseconds(now, self.clock.now())
        log_event(_log, "note", home=home, kind=f"ends_{ending}", outcome=reach, told_ms=told_ms)


def _ending_cars(tx: Tx, before: datetime) -> list[Car]:
    return [named(tx, [car], car.chat_id)[0] for car in cars.ending(tx, before=before)]
