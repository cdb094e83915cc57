"""Erasure: deletes everything that is stored about the person who asks for it, in the database and in memory."""

from dataclasses import dataclass
from functools import partial

from bot.domain.prompts import Prompt, Task
from bot.domain.refusals import Reason
from bot.service.account.operator import Operator
from bot.service.account.unlinking import Unlinking
from bot.service.confirmation import Done, once
from bot.service.declined import Declined
from bot.service.ports import Ask, Clock
from bot.service.prompting import Prompting
from storage import Database, Tx
from storage.repositories import erasure, homes, members


@dataclass(frozen=True, slots=True)
class AskedToForget:
    """The question before somebody is forgotten, and what is deleted with them."""

    prompt: Prompt
    has_home: bool
    """Whether a DIMO account is linked here; it will be unlinked."""
    members: int
    """How many other people lose the access to its cars."""
    homes: int
    """How many homes of others the person loses access to."""


@dataclass(frozen=True, slots=True)
class Forgotten:
    """The result of a confirmed erasure."""


@dataclass(kw_only=True, slots=True)
class Erasure:
    """Forgets whoever asks, with access to a car or without, in the private chat, which has the person's number."""

    db: Database
    clock: Clock
    prompting: Prompting
    unlinking: Unlinking
    operator: Operator

    async def ask(self, ask: Ask) -> AskedToForget | None:
        """Ask whether everything should be deleted. None for an update seen before."""

        def commit(tx: Tx) -> AskedToForget:
            return AskedToForget(
                self.prompting.ask(tx, ask, home=ask.chat, subject=Task.FORGET),
                has_home=homes.get(tx, ask.chat) is not None,
                members=len(members.list_for(tx, ask.chat)),
                homes=len(members.homes_of(tx, ask.person.id)),
            )

        return await once(self.db, self.clock, ask, commit)

    def confirm_forgetting(self, tx: Tx, ask: Ask, prompt: Prompt) -> Done:
        """Delete everything that is stored about the person who confirmed a prompt.

        Raises Declined while a command is under way: its outcome would be stored and shown under the person's number.
        """
        if erasure.is_under_way(tx, ask.person.id):
            raise Declined(Reason.COMMAND_UNDER_WAY)
        if homes.get(tx, ask.person.id) is not None:
            self.unlinking.unlink(tx, ask)
        erasure.forget(tx, ask.person.id)
        self.operator.forget(tx, ask.person.id)
        return Done(Forgotten(), partial(self.unlinking.forget_unlinked, prompt.chat))
