"""Histories of prompts: in any order of events, DIMO gets one command for each confirmed prompt.

Hypothesis chooses the steps; the use cases run with real storage against the simulated DIMO, in process.
"""

import asyncio
import shutil
import tempfile
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from typing import Any, TypeVar

from cryptography.hazmat.primitives.asymmetric import rsa
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, invariant, precondition, rule

from bot.demo.dimo import faults
from bot.domain.actions import ACTIONS, Action
from bot.domain.prompts import Prompt, PromptState
from bot.domain.refusals import Reason
from bot.service.actions.requests import Asked
from bot.service.confirmation import Started
from bot.service.declined import Declined
from bot.service.ports import Ask
from storage.repositories import prompts as stored
from tests.support.records import unfinished
from tests.support.use_cases import DAD, ELSEWHERE, TEEN, Process, Town, a_process, a_town, an_ask

T = TypeVar("T")

# Of two questions about a lid that moves either way only the first is answered: other tests have that.
OPENINGS = [action for action in Action if ACTIONS[action].opens and not ACTIONS[action].toggles]
WITHIN_A_LOOK = timedelta(milliseconds=50)
"""The clock moves a little whenever it is read, so the exact moment of an end is not tested."""

WAITS = st.sampled_from([0, 0, 20, 59, 61])
"""Seconds that pass before somebody answers; a prompt expires after 60."""

FAULTS: dict[str, Callable[[], faults.Fault]] = {
    "answer lost": faults.lose_answer,
    "dropped": faults.drop,
    "trouble": lambda: faults.status(503),
    "trouble after acting": lambda: faults.status(500, acts=True),
    "not permitted": lambda: faults.status(403),
    "cannot": lambda: faults.status(409),
    "a page": lambda: faults.html(502),
}


@dataclass(eq=False)
class Question:
    """What the model knows of a prompt."""

    prompt: Prompt
    action: Action
    state: PromptState = PromptState.OPEN
    confirmed_by: Ask | None = None


@cache
def dimos_key() -> rsa.RSAPrivateKey:
    """One key for all runs, as making one takes a tenth of a second."""
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


class LifeOfAPrompt(RuleBasedStateMachine):
    """Dad asks, confirms, cancels and waits; Teen tries to; the bot restarts and crashes; updates come twice."""

    questions: Bundle[Question] = Bundle("questions")

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.mkdtemp(prefix="life-of-a-prompt-")
        self.loop = asyncio.Runner()
        self.town: Town = a_town(self.folder, signing_key=dimos_key(), OPENINGS_PER_MINUTE="100000")
        self.known: list[Question] = []
        self.commands = 0
        self.running = AsyncExitStack()
        self.process: Process
        self.do(self.start())

    def do(self, work: Coroutine[Any, Any, T]) -> T:
        return self.loop.run(work)

    async def start(self) -> None:
        self.process = await self.running.enter_async_context(a_process(self.town))
        await self.process.services.actions.recovery.recover()

    def teardown(self) -> None:
        self.do(self.running.aclose())
        self.loop.close()
        shutil.rmtree(self.folder)

    # Asking

    @rule(target=questions, action=st.sampled_from(OPENINGS))
    def ask(self, action: Action) -> Question:
        asked = self.do(self.process.services.actions.requests.request(an_ask(), action))
        assert isinstance(asked, Asked)
        question = Question(asked.prompt, action)
        self.known.append(question)
        return question

    @rule(action=st.sampled_from(OPENINGS))
    def a_stranger_asks(self, action: Action) -> None:
        for ask in (an_ask(TEEN), an_ask(DAD, ELSEWHERE), an_ask(TEEN, ELSEWHERE)):
            assert self.declined(self.process.services.actions.requests.request(ask, action)) is Reason.NO_CAR_HERE

    @rule(target=questions, action=st.sampled_from(OPENINGS))
    def ask_and_be_asked_again_by_a_redelivered_update(self, action: Action) -> Question:
        ask, request = an_ask(), self.process.services.actions.requests.request
        asked = self.do(request(ask, action))
        assert isinstance(asked, Asked)
        assert self.do(request(ask, action)) is None
        self.known.append(Question(asked.prompt, action))
        return self.known[-1]

    # Confirming

    @rule(question=questions, after=WAITS, fingers=st.integers(1, 4))
    def dad_confirms(self, question: Question, after: int, fingers: int) -> None:
        """Of simultaneous taps at most one counts, and none that comes too late."""
        self.time_passes(after)
        may = self.is_open(question)
        if may is None:
            return
        asks = [an_ask() for _ in range(fingers)]
        results = self.do(self.all_confirm(question, asks))
        won = [ask for ask, result in zip(asks, results, strict=True) if isinstance(result, Started)]
        assert len(won) == int(may)
        if may:
            question.state, question.confirmed_by = PromptState.CONFIRMED, won[0]
            self.commands += 1

    @rule(one=questions, other=questions)
    def dad_confirms_two_at_once(self, one: Question, other: Question) -> None:
        """Two actions on one car: each is sent, one after the other."""
        if one is other or not (self.is_open(one) and self.is_open(other)):
            return
        self.do(self.both_confirmed(one, other))
        self.commands += 2
        assert self.town.car.most_at_once <= 1

    @rule(question=questions)
    def somebody_else_answers(self, question: Question) -> None:
        confirm, cancel = self.process.services.confirmation.confirm, self.process.services.shared.prompting.cancel
        number = question.prompt.id
        for ask, why_not_confirmed, why_not_cancelled in (
            (an_ask(TEEN), Reason.NO_CAR_HERE, Reason.NO_CAR_HERE),
            (an_ask(TEEN, ELSEWHERE), Reason.PROMPT_GONE, Reason.NO_CAR_HERE),
            (an_ask(DAD, ELSEWHERE), Reason.PROMPT_GONE, Reason.PROMPT_GONE),
        ):
            assert self.declined(confirm(ask, number, message=None)) is why_not_confirmed
            assert self.declined(cancel(ask, number)) is why_not_cancelled

    @rule(question=questions)
    def the_confirming_tap_is_delivered_again(self, question: Question) -> None:
        if question.confirmed_by is not None:
            again = self.process.services.confirmation.confirm(question.confirmed_by, question.prompt.id, message=None)
            assert self.do(again) is None

    @rule(question=questions, fault=st.sampled_from(sorted(FAULTS)))
    def dad_confirms_and_dimo_fails(self, question: Question, fault: str) -> None:
        """An opening is sent once, whatever DIMO does with it."""
        if not self.is_open(question):
            return
        self.town.car.fail_next(FAULTS[fault]())
        self.dad_confirms(question, after=0, fingers=1)

    @rule(question=questions)
    def dad_confirms_and_the_bot_crashes_meanwhile(self, question: Question) -> None:
        """DIMO has the command and has not answered: the next start sends nothing."""
        if not self.is_open(question):
            return
        self.do(self.crash_with(question))
        question.state = PromptState.CONFIRMED
        self.commands += 1

    # Cancelling, and time

    @rule(question=questions, after=WAITS)
    def dad_cancels(self, question: Question, after: int) -> None:
        self.time_passes(after)
        may = self.is_open(question)
        if may is None:
            return
        cancelling = self.process.services.shared.prompting.cancel(an_ask(), question.prompt.id)
        if may:
            assert self.do(cancelling).id == question.prompt.id
            question.state = PromptState.CANCELLED
        else:
            assert self.declined(cancelling) is not None

    @rule()
    def dad_cancels_everything(self) -> None:
        open_ones = [question for question in self.known if self.is_open(question)]
        dropped = self.do(self.process.services.shared.prompting.cancel_all(an_ask()))
        assert {prompt.id for prompt in dropped} >= {question.prompt.id for question in open_ones}
        for question in self.known:
            if question.prompt.id in {prompt.id for prompt in dropped}:
                question.state = PromptState.CANCELLED

    @rule()
    def questions_whose_time_is_over_are_closed(self) -> None:
        """The bot does it by itself, a moment later; taps in that moment do nothing either."""
        self.do(self.process.services.shared.prompting.close_due())

    @rule()
    def the_bot_restarts(self) -> None:
        self.do(self.restart())

    # What the steps are made of

    def time_passes(self, seconds: int) -> None:
        async def pass_time() -> None:
            self.town.clock.advance(seconds)
            await asyncio.sleep(0)

        self.do(pass_time())

    def is_open(self, question: Question) -> bool | None:
        """Return whether dad may answer this; None at the moment of its end."""
        left = question.prompt.expires_at - self.town.clock.now()
        if question.state is PromptState.OPEN and abs(left) < WITHIN_A_LOOK:
            return None
        return question.state is PromptState.OPEN and left > timedelta()

    def declined(self, work: Awaitable[object]) -> Reason | None:
        """Return the reason if it is declined."""

        async def try_it() -> Reason | None:
            try:
                await work
            except Declined as no:
                return no.reason
            return None

        return self.do(try_it())

    async def all_confirm(self, question: Question, asks: list[Ask]) -> list[object]:
        confirm = self.process.services.confirmation.confirm
        results = await asyncio.gather(
            *(confirm(ask, question.prompt.id, message=None) for ask in asks), return_exceptions=True
        )
        assert all(isinstance(result, Started | Declined) for result in results)
        await self.process.settles()
        return list(results)

    async def both_confirmed(self, *questions: Question) -> None:
        asks = [an_ask() for _ in questions]
        confirm = self.process.services.confirmation.confirm
        await asyncio.gather(*(confirm(ask, q.prompt.id, message=None) for ask, q in zip(asks, questions, strict=True)))
        for ask, question in zip(asks, questions, strict=True):
            question.state, question.confirmed_by = PromptState.CONFIRMED, ask
        await self.process.settles()

    async def crash_with(self, question: Question) -> None:
        """Crash while DIMO has the command and has not answered; then start again."""
        self.town.car.fail_next(faults.slow(asyncio.Event()))
        before = self.town.commands()
        await self.process.services.confirmation.confirm(an_ask(), question.prompt.id, message=None)
        await self.town.dimo.wait_arrived("devices", "command", before + 1)
        await self.running.aclose()
        await self.start()

    async def restart(self) -> None:
        await self.process.settles()
        await self.running.aclose()
        await self.start()

    # What must hold after every step

    @invariant()
    def dimo_got_one_command_for_each_confirmed_prompt(self) -> None:
        assert self.town.commands() == self.commands

    @invariant()
    def nothing_is_left_between_intent_and_outcome(self) -> None:
        assert self.process.db.run_now(unfinished) == []

    @invariant()
    @precondition(lambda self: self.known)
    def the_database_says_how_each_prompt_was_answered(self) -> None:
        rows = self.process.db.run_now(
            lambda tx: {question.prompt.id: stored.get(tx, question.prompt.id) for question in self.known}
        )
        for question in self.known:
            row = rows[question.prompt.id]
            assert row is not None
            if question.state is PromptState.OPEN:
                assert row.state in {PromptState.OPEN, PromptState.EXPIRED}
            else:
                assert row.state == question.state


LifeOfAPrompt.TestCase.settings = settings(
    max_examples=12,
    stateful_step_count=25,
    deadline=None,
    # A failure shows its steps; finding the shortest list of them would take too long.
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    suppress_health_check=[HealthCheck.too_slow],
)
TestLifeOfAPrompt = LifeOfAPrompt.TestCase
