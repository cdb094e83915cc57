"""A confirmed prompt does what it asks, once, and names the message in which the result is to be shown."""

from collections.abc import Mapping

import pytest

from bot.domain.actions import Action
from bot.domain.code_history import CodesView
from bot.domain.ids import MessageId, PromptId
from bot.domain.prompts import WRITTEN, Prompt, Subject, Task
from bot.domain.refusals import Reason
from bot.service.account.erasure import Forgotten
from bot.service.account.unlinking import Unlinked
from bot.service.confirmation import Confirm, Confirmation, Done, Started
from bot.service.declined import Declined
from bot.service.family.members import Removed
from bot.service.ports import Ask
from storage import Member, Tx
from storage.repositories import members, prompts
from tests.support.clocks import START
from tests.support.dimo_setting import signing_key
from tests.support.use_cases import DAD, HOME, TEEN, Process, Town, a_process, a_town, an_ask

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
async def test_each_subject_is_confirmed_by_its_own_use_case(sqlite_url: str, key: str, subject: Subject) -> None:
    async with a_process(a_town_at(sqlite_url, key)) as process:
        prompt = await prompted(process, subject)
        result = await process.services.confirmation.confirm(an_ask(), prompt, message=BUTTON)
        assert isinstance(result, RESULTS[subject])


@pytest.mark.parametrize("subject", RESULTS)
async def test_a_use_case_shows_its_result_in_the_prompts_message_or_else_in_the_tapped_one(
    sqlite_url: str, key: str, subject: Subject
) -> None:
    """A person may tap before the bot has learned the number of the message that it sent."""
    async with a_process(a_town_at(sqlite_url, key)) as process:
        first, second = await prompted(process, subject), await prompted(process, subject)
        await process.services.shared.prompting.shown(second, MessageId(5))
        recording = Confirmation(db=process.db, clock=process.clock, use_cases={subject: the_message})
        assert await recording.confirm(an_ask(), first, message=BUTTON) == BUTTON
        assert await recording.confirm(an_ask(), second, message=BUTTON) == 5


async def test_the_work_after_the_commit_is_done_once(sqlite_url: str, key: str) -> None:
    done: list[str] = []

    async def after() -> None:
        done.append("after")

    async with a_process(a_town_at(sqlite_url, key)) as process:
        prompt, ask = await prompted(process, Action.UNLOCK), an_ask()
        use_cases: Mapping[Subject, Confirm] = {Action.UNLOCK: lambda *_: Done("done", after)}
        confirmation = Confirmation(db=process.db, clock=process.clock, use_cases=use_cases)
        assert await confirmation.confirm(ask, prompt, message=None) == "done"
        assert await confirmation.confirm(ask, prompt, message=None) is None
        with pytest.raises(Declined):
            await confirmation.confirm(an_ask(), prompt, message=None)
    assert done == ["after"]


def the_message(_: Tx, __: Ask, prompt: Prompt) -> Done:
    """Do nothing, and return the message of the prompt as the result."""

    async def nothing() -> None:
        pass

    return Done(prompt.message, nothing)


def a_town_at(url: str, key: str) -> Town:
    return a_town("", signing_key=signing_key(), DATABASE_URL=url, ENCRYPTION_KEYS=key)


@pytest.mark.parametrize("subject", sorted(WRITTEN))
async def test_what_is_answered_by_writing_is_not_confirmed_by_a_forged_tap(
    sqlite_url: str, key: str, subject: Task
) -> None:
    async with a_process(a_town_at(sqlite_url, key)) as process:
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
