"""What ends soon: links and shares are announced three days ahead, once each."""

from collections.abc import Mapping
from datetime import timedelta

from bot.domain.expiry import Ending, Notice
from bot.domain.ids import ChatId
from bot.domain.limits import END_NOTICE
from bot.domain.preferences import Preferences, Topic, read
from bot.service.ports import Announcer, Clock, Reach
from bot.service.preferences import preferences_of
from storage import Car, Database, Token, Tx
from storage.maintenance import retention
from storage.repositories import cars, home_settings, tokens

_EVERY_SECONDS = 1800.0
_ENDINGS: Mapping[str, Ending] = {"user": Ending.SIGN_IN, "developer": Ending.CONSOLE_TOKEN}


class ExpiryNotices:
    """Tells chats what is about to end, and clears out what is over for good."""

    def __init__(self, *, db: Database, clock: Clock, announcer: Announcer) -> None:
        self._db = db
        self._clock = clock
        self._announcer = announcer

    async def keep_announcing(self) -> None:
        """Look every half hour, for as long as the bot runs."""
        while True:
            await self.announce()
            await self._db.run(self._clear_out)
            await self._clock.sleep(_EVERY_SECONDS)

    def _clear_out(self, tx: Tx) -> None:
        """Delete what is over; each home says how long its log is kept."""
        kept = {home: _log_days(read(values)) for home, values in home_settings.every(tx).items()}
        usual = _log_days(Preferences())
        retention.purge(tx, now=self._clock.now(), keep_actions=usual, keep_actions_of=kept)

    async def announce(self) -> None:
        """Announce every end that is near and was not announced."""
        before = self._clock.now() + END_NOTICE
        for token in await self._db.read(lambda tx: tokens.ending(tx, before=before)):
            if await self._is_wanted(token.chat_id):
                await self._announce_token(token)
        for car in await self._db.read(lambda tx: cars.ending(tx, before=before)):
            if await self._is_wanted(car.chat_id):
                await self._announce_share(car)

    async def _is_wanted(self, home: int) -> bool:
        """Whether a home wants to be told of ends, and now; quiet hours only put it off."""
        preferences = await self._db.read(lambda tx: preferences_of(tx, home))
        return preferences.tells(Topic.ENDS) and preferences.quiet_until(self._clock.now()) is None

    async def _announce_token(self, token: Token) -> None:
        now = self._clock.now()
        notice = Notice(_ENDINGS[token.kind], token.expires_at, is_over=token.expires_at <= now)
        if await self._announcer.notice(ChatId(token.chat_id), notice) is Reach.LATER:
            return
        await self._db.run(lambda tx: tokens.mark_announced(tx, token.chat_id, token.kind, now=now))

    async def _announce_share(self, car: Car) -> None:
        if car.share_expires_at is None:
            return
        now = self._clock.now()
        is_over = car.share_expires_at <= now
        notice = Notice(Ending.SHARE, car.share_expires_at, is_over=is_over, car_name=car.details.name)
        if await self._announcer.notice(ChatId(car.chat_id), notice) is Reach.LATER:
            return
        await self._db.run(lambda tx: cars.mark_announced(tx, car.chat_id, car.car_id, now=now))


def _log_days(preferences: Preferences) -> timedelta:
    return timedelta(days=preferences.log_days)
