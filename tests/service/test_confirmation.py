"""A confirmed prompt does what it asks, once, and names the message in which the result is to be shown."""

from collections.abc import Mapping

import pytest

from bot.domain.actions import Action
from bot.domain.code_history import CodesView
from bot.domain.ids import MessageId, PromptId
from bot.domain.prompts import WRITTEN, Subject, Task
from bot.domain.refusals import Reason
from bot.service.account.erasure import Forgotten
from bot.service.account.linking import Unlinked
from bot.service.confirmation import Started
from bot.service.declined import Declined
from bot.service.family.members import Removed
from storage import Member, Tx
from storage.repositories import members, prompts
from tests.support.clocks import START
from tests.support.dimo_setting import signing_key
from tests.support.use_cases import DAD, HOME, TEEN, Process, a_process, a_town, an_ask

BUTTON = MessageId(77)
"""The message whose button was tapped."""

RESULTS: Mapping[Subject, type] = {
    **dict.fromkeys(Action, Started),
    Task.UNLINK: Unlinked,
    Task.CLEAR_CODES: Started,
    Task.REMOVE_MEMBER: Removed,
    Task.FORGET: Forgotten,
}


def test_every_subject_is_confirmed_by_a_tap_or_answered_by_writing() -> None:
    assert {*RESULTS, *WRITTEN} == {*Action, *Task}


@pytest.mark.parametrize("subject", RESULTS)
async def test_the_result_is_shown_in_the_tapped_message_if_the_prompts_own_is_unknown(
    sqlite_url: str, key: str, subject: Subject
) -> None:
    """A person may tap before the bot has learned the number of the message that it sent."""
    town = a_town("", signing_key=signing_key(), DATABASE_URL=sqlite_url, ENCRYPTION_KEYS=key)
    async with a_process(town) as process:
        prompt = await prompted(process, subject)
        done = await process.services.confirmation.confirm(an_ask(), prompt, message=BUTTON)
        assert done is not None
        assert done.prompt.message == BUTTON
        assert isinstance(done.result, RESULTS[subject])


@pytest.mark.parametrize("subject", RESULTS)
async def test_the_result_is_shown_in_the_prompts_own_message(sqlite_url: str, key: str, subject: Subject) -> None:
    town = a_town("", signing_key=signing_key(), DATABASE_URL=sqlite_url, ENCRYPTION_KEYS=key)
    async with a_process(town) as process:
        prompt = await prompted(process, subject)
        await process.services.shared.prompting.shown(prompt, MessageId(5))
        done = await process.services.confirmation.confirm(an_ask(), prompt, message=BUTTON)
        assert done is not None
        assert done.prompt.message == 5


@pytest.mark.parametrize("subject", WRITTEN)
async def test_what_is_answered_by_writing_is_not_confirmed_by_a_forged_tap(
    sqlite_url: str, key: str, subject: Task
) -> None:
    town = a_town("", signing_key=signing_key(), DATABASE_URL=sqlite_url, ENCRYPTION_KEYS=key)
    async with a_process(town) as process:
        prompt = await prompted(process, subject)
        with pytest.raises(Declined) as declined:
            await process.services.confirmation.confirm(an_ask(), prompt, message=BUTTON)
        assert declined.value.reason is Reason.PROMPT_GONE
        row = await process.db.read(lambda tx: prompts.get(tx, prompt))
        assert row is not None
        assert row.state == "open"


async def prompted(process: Process, subject: Subject) -> PromptId:
    """Ask dad something about his car, his codes or his family."""
    about = str(TEEN.id) if subject is Task.REMOVE_MEMBER else None
    if subject is Task.CLEAR_CODES:
        asked = await process.services.codes.requests.submit(an_ask(), "P0301")
        assert isinstance(asked, CodesView)
        assert asked.query is not None
        about = asked.query.id

    def ask(tx: Tx) -> PromptId:
        members.put(tx, Member(HOME, TEEN.id, "driver", TEEN.name, None, START, DAD.id))
        return process.services.shared.prompting.ask(tx, an_ask(), home=HOME, subject=subject, car=None, about=about).id

    return await process.db.run(ask)
