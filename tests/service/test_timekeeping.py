"""The time across runs: stored only while it is known, never raised by a guess, and told to the operator once."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pytest

from bot.domain.ids import ChatId, PersonId
from bot.domain.time_check import WrongClock
from bot.service.ports import Reach, Shown, Spot
from bot.service.timekeeping import Timekeeping
from storage import Database, Vault, upgrade
from storage.repositories import key_values, prompts
from tests.support.clocks import START, SteppedClock
from tests.support.records import a_prompt

A_MOMENT, MINUTE, DAY = timedelta(seconds=1), timedelta(minutes=1), timedelta(days=1)


class Guess(SteppedClock):
    """A clock that nobody has confirmed yet."""

    is_known = False

    def not_before(self, moment: datetime) -> None:
        self.advance(max((moment - self.now()).total_seconds(), 0.0))


OPERATOR = PersonId(11)


@dataclass
class Paper:
    """An announcer that records what it should show."""

    reach: Reach = Reach.SHOWN
    shown: list[tuple[Spot, object]] = field(default_factory=list)

    async def show(self, spot: Spot, it: object) -> Shown:
        self.shown.append((spot, it))
        return Shown(self.reach, None)

    async def update(self, spot: Spot, it: object) -> Shown:
        raise NotImplementedError


@dataclass
class Run:
    """One run of the bot; all runs of a test share one database."""

    db: Database
    clock: SteppedClock = field(default_factory=SteppedClock)
    paper: Paper = field(default_factory=Paper)
    operator: PersonId | None = OPERATOR

    def __post_init__(self) -> None:
        self.keeping = Timekeeping(db=self.db, clock=self.clock, announcer=self.paper, operator=lambda _: self.operator)

    async def begins(self) -> list[str]:
        """Begin; returns the questions that were closed."""
        before = await self.db.read(prompts.stale)
        await self.keeping.begin()
        return [prompt.id for prompt in await self.db.read(prompts.stale) if prompt not in before]

    async def tells(self) -> list[tuple[Spot, object]]:
        """Do the minutely work once; returns what the operator was told."""
        self.paper.shown.clear()
        await self.keeping.store()
        await self.keeping._tell_operator()
        return self.paper.shown


@pytest.fixture
async def db(sqlite_url: str, vault: Vault) -> AsyncIterator[Database]:
    database = Database.open(sqlite_url, vault)
    upgrade(database)
    yield database
    database.close()


async def asked(db: Database, prompt: str = "prompt-1") -> None:
    await db.run(lambda tx: prompts.add(tx, a_prompt(id=prompt, message_id=7)))


async def test_a_question_lives_on_where_both_runs_knew_the_time(db: Database) -> None:
    first = Run(db)
    await first.begins()
    await first.keeping.store()
    await asked(db)
    assert await Run(db).begins() == []


async def test_a_question_is_closed_where_no_run_ever_knew_the_time(db: Database) -> None:
    """The question is from an earlier version of the bot, which did not check its clock."""
    await asked(db)
    assert await Run(db).begins() == ["prompt-1"]


async def test_a_question_is_closed_where_this_run_has_to_guess(db: Database) -> None:
    await Run(db).keeping.store()
    await asked(db)
    assert await Run(db, Guess()).begins() == ["prompt-1"]


async def test_a_question_is_closed_where_an_earlier_run_had_to_guess(db: Database) -> None:
    await Run(db).keeping.store()
    await Run(db, Guess()).begins()
    await asked(db)
    assert await Run(db).begins() == ["prompt-1"]
    await asked(db, "prompt-2")
    assert await Run(db).begins() == []


async def test_a_run_that_comes_to_guess_beside_one_that_knows_is_noted_every_minute(db: Database) -> None:
    guesses = Run(db, Guess())
    await guesses.begins()
    knows = Run(db)
    await knows.begins()
    await knows.keeping.store()
    await guesses.keeping.store()
    await asked(db)
    assert await Run(db).begins() == ["prompt-1"]


async def test_time_goes_on_from_the_last_that_was_known(db: Database) -> None:
    await Run(db, SteppedClock(START + 40 * MINUTE)).keeping.store()
    later = Run(db, Guess())
    await later.begins()
    assert abs(later.clock.now() - START - 40 * MINUTE) <= A_MOMENT


async def test_a_guess_is_not_stored_and_a_known_time_never_goes_back(db: Database) -> None:
    await Run(db, SteppedClock(START + MINUTE)).keeping.store()
    await Run(db, Guess(START + DAY)).keeping.store()
    await Run(db).keeping.store()
    stored = await db.read(lambda tx: key_values.get(tx, "time"))
    assert stored == (START + MINUTE).isoformat(timespec="seconds")


def is_wrong(run: Run) -> None:
    run.clock.wrong = WrongClock(-40 * MINUTE)


async def test_the_operator_is_told_once(db: Database) -> None:
    run = Run(db)
    is_wrong(run)
    run.operator = None
    assert await run.tells() == []
    run.operator = OPERATOR
    assert await run.tells() == [(Spot(ChatId(int(OPERATOR))), run.clock.wrong)]
    assert await run.tells() == []
    other = Run(db)
    is_wrong(other)
    assert await other.tells() == []
    other.clock.advance((31 * DAY).total_seconds())
    assert len(await other.tells()) == 1


async def test_what_telegram_did_not_take_is_told_again(db: Database) -> None:
    run = Run(db)
    is_wrong(run)
    run.paper.reach = Reach.LATER
    assert len(await run.tells()) == 1
    assert len(await run.tells()) == 1


async def test_a_right_clock_is_told_to_nobody(db: Database) -> None:
    assert await Run(db).tells() == []
