"""Unlinking a DIMO account: its tokens are deleted, and with them all that used them."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

from bot.domain.ids import ChatId
from bot.domain.preferences import DEFAULT_LOG_DAYS, Preferences, written
from bot.domain.prompts import Prompt, Task
from bot.domain.roles import Ability, has_ended
from bot.service.access import authorize_at_home, membership_lock
from bot.service.account.ownership import Outbox
from bot.service.confirmation import Done, once
from bot.service.ports import Ask, Clock
from bot.service.preferences import preferences_of
from bot.service.prompting import Prompting
from storage import Database, Tx
from storage.engine import locks
from storage.repositories import home_settings, homes, members


@dataclass(frozen=True, slots=True)
class Unlinked:
    """The result of a confirmed unlinking."""


@dataclass(kw_only=True, slots=True)
class Unlinking:
    """Unlinks chats; calls `caches` to forget what they hold about the home."""

    db: Database
    clock: Clock
    prompting: Prompting
    outbox: Outbox
    caches: Sequence[Callable[[ChatId], None]]

    async def ask(self, ask: Ask) -> Prompt | None:
        """Ask whether this chat's tokens should be deleted. None for an update seen before."""

        def commit(tx: Tx) -> Prompt:
            authorize_at_home(tx, ask, Ability.UNLINK, now=self.clock.now())
            return self.prompting.ask(tx, ask, home=ask.chat, subject=Task.UNLINK)

        return await once(self.db, self.clock, ask, commit)

    def confirm_unlinking(self, tx: Tx, ask: Ask, prompt: Prompt) -> Done:
        """Unlink the chat in which a prompt was confirmed."""
        self.unlink(tx, ask)
        return Done(Unlinked(), partial(self.forget_unlinked, prompt.home))

    def unlink(self, tx: Tx, ask: Ask) -> None:
        """Delete a chat's tokens and all that used them; the caller calls `forget_unlinked` after the commit."""
        now = self.clock.now()
        home = authorize_at_home(tx, ask, Ability.UNLINK, now=now)
        locks.hold(tx, membership_lock(ask.chat))
        people = [one for one in members.list_for(tx, home.chat_id) if not has_ended(one.until, now)]
        self.outbox.unlinked(tx, home, people, now=now)
        log_kept = preferences_of(tx, home.chat_id).log_days
        homes.unlink(tx, home.chat_id)
        if log_kept != DEFAULT_LOG_DAYS:
            home_settings.put(tx, home.chat_id, written(Preferences(log_days=log_kept)))

    async def forget_unlinked(self, home: ChatId) -> None:
        """Remove an unlinked home from memory, and its tokens from the files of the database."""
        for forget in self.caches:
            forget(home)
        self.outbox.wake()
        await asyncio.to_thread(self.db.truncate_wal)
