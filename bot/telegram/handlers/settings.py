"""The settings of a home: shown and changed in one message."""

from bot.domain.preferences import Preferences, Setting
from bot.domain.refusals import Reason
from bot.domain.zones import Found
from bot.service.declined import Declined
from bot.service.family.settings import HomeSettings
from bot.service.ports import Clock
from bot.telegram.gate import Said, Tapped
from bot.telegram.screens import settings as screens
from bot.telegram.transport.chat import Chat
from bot.telegram.ui.screen import Screen
from bot.telegram.ui.taps import SetSetting, SetZone, ShowSettings


class SettingsHandlers:
    """What an owner sets for their home, in its own chat."""

    def __init__(self, *, chat: Chat, clock: Clock, settings: HomeSettings) -> None:
        self._chat = chat
        self._clock = clock
        self._settings = settings

    async def command(self, said: Said) -> None:
        """Show all settings."""
        await self._chat.say(said.ask.chat, self._overview(await self._settings.look(said.ask)))

    async def show(self, tapped: Tapped, tap: ShowSettings) -> None:
        """Show all settings, or one of them with its choices, in place."""
        if tap.name == screens.PLACE:
            if await self._settings.want_place(tapped.ask) is not None:
                await self._put(tapped, screens.want_place())
            return
        setting = _setting(tap.name) if tap.name else None
        preferences = await self._settings.look(tapped.ask)
        await self._put(tapped, self._overview(preferences) if setting is None else self._one(setting, preferences))

    async def choose(self, tapped: Tapped, tap: SetSetting) -> None:
        """Set something, and show all settings; of switches several may be wanted, so those stay."""
        setting = _setting(tap.name)
        preferences = await self._settings.choose(tapped.ask, setting, tap.choice)
        if preferences is not None:
            stays = setting is Setting.NEWS
            await self._put(tapped, self._one(setting, preferences) if stays else self._overview(preferences))

    async def choose_zone(self, tapped: Tapped, tap: SetZone) -> None:
        """Set the time zone, and show all settings."""
        preferences = await self._settings.choose_zone(tapped.ask, tap.zone)
        if preferences is not None:
            await self._put(tapped, self._overview(preferences))

    async def free_text(self, said: Said) -> bool:
        """Take a text as the city that was asked for; False for any other."""
        taken = await self._settings.take_place(said.ask, said.text)
        if taken is None:
            return False
        if isinstance(taken, Found):
            if not taken.maybe:
                raise Declined(Reason.NO_ZONE)
            screen = screens.which_place(taken.maybe, now=self._clock.now())
        else:
            screen = self._overview(taken)
        await self._chat.say(said.ask.chat, screen)
        return True

    def _overview(self, preferences: Preferences) -> Screen:
        return screens.overview(preferences, self._settings.usual, now=self._clock.now())

    def _one(self, setting: Setting, preferences: Preferences) -> Screen:
        return screens.one(setting, preferences, self._settings.usual, now=self._clock.now())

    async def _put(self, tapped: Tapped, screen: Screen) -> None:
        await self._chat.show(tapped.ask.chat, tapped.message, screen)


def _setting(name: str) -> Setting:
    try:
        return Setting(name)
    except ValueError:
        raise Declined(Reason.BUTTON_OUT_OF_DATE) from None
