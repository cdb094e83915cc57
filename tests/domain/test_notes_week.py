"""A week of 200 cars at speed: whose reports come late, out of order, twice or never."""

import random
from bisect import bisect_right
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from bot.domain.note_rules import Known, NoteChange, Wanted, next_look, take_report
from bot.domain.notes import NoteKind
from bot.domain.reports import CarReport, Reading, Signal

BEGIN = datetime(2026, 5, 4, tzinfo=UTC)
WEEK = timedelta(days=7)
LEFT = timedelta(minutes=10)
WANTED = Wanted({NoteKind.LEFT_OPEN}, LEFT)
MINUTE = timedelta(minutes=1)
LONGEST_LOOK = timedelta(minutes=30)
MOST_LATE = timedelta(minutes=20)


@dataclass
class SimulatedCar:
    """A car whose trunk is opened and closed for a week; what it reports reaches DIMO in its own way."""

    rng: random.Random
    opened: list[tuple[datetime, datetime]] = field(default_factory=list)
    arrived: list[tuple[datetime, datetime, bool]] = field(default_factory=list)
    """When a report arrived, when it was measured, and whether the trunk was open."""

    def live(self) -> None:
        """Open and close the trunk for a week, sometimes for long."""
        moment = BEGIN
        while moment < BEGIN + WEEK:
            begin = moment + MINUTE * self.rng.uniform(5, 700)
            end = begin + MINUTE * self.rng.choice([0.5, 2, 8, 12, 25, 60, 200])
            self.opened.append((begin, end))
            self._report(begin, is_open=True)
            self._report(end, is_open=False)
            moment = end
        self.arrived.sort()

    def _report(self, at: datetime, *, is_open: bool) -> None:
        if self.rng.random() < 0.03:
            return  # it is never reported
        late = MOST_LATE * self.rng.random() if self.rng.random() < 0.15 else timedelta(seconds=self.rng.uniform(1, 20))
        self.arrived += [(at + late, at, is_open)] * self.rng.choice([1, 1, 1, 2])

    def seen(self, now: datetime) -> tuple[datetime, bool] | None:
        """Return the newest report that has arrived: when it was measured, and whether the trunk was open."""
        known = self.arrived[: bisect_right(self.arrived, (now, now, True))]
        return max(((at, is_open) for _, at, is_open in known), default=None)

    def is_open(self, at: datetime) -> bool:
        return any(begin <= at < end for begin, end in self.opened)


def watched(car: SimulatedCar) -> tuple[list[tuple[datetime, NoteChange]], int]:
    """Look at a car for a week and a day; returns what was told and when, and the number of looks."""
    known, now, told, looks = Known(), BEGIN, list[tuple[datetime, NoteChange]](), 0
    answers = list[CarReport]()
    while now < BEGIN + WEEK + timedelta(days=1):
        seen, looks = car.seen(now), looks + 1
        readings = {} if seen is None else {Signal.TRUNK_OPEN: Reading(float(seen[1]), seen[0])}
        report = CarReport(readings, None if seen is None else seen[0])
        answers.append(report)
        # An older answer may come after a newer one, when somebody else has asked as well.
        for answer in (report, *car.rng.choices(answers, k=car.rng.random() < 0.1)):
            known, changes = take_report(known, answer, WANTED, now=now)
            told += [(now, change) for change in changes]
        now += next_look(known, report, WANTED, now=now)
    return told, looks


def test_no_note_comes_twice_none_is_lost_and_none_is_wrong() -> None:
    rng, begun, most_looks = random.Random(20260504), 0, 0.0  # noqa: S311 - the same week each time
    for _ in range(200):
        car = SimulatedCar(random.Random(rng.random()))  # noqa: S311
        car.live()
        told, looks = watched(car)
        most_looks = max(most_looks, looks / 8)
        begins = [(now, change) for now, change in told if change.begins]
        begun += len(begins)
        for now, change in begins:
            assert car.is_open(change.since), "it was never open"
            closed = [
                at for arrived, at, is_open in car.arrived if arrived <= now and not is_open and at > change.since
            ]
            assert not closed, "it had been reported closed"
            assert now - change.since >= LEFT
        assert len({change.since for _, change in begins}) == len(begins), "told twice"
        for begin, end in car.opened:
            reported = [arrived for arrived, at, _ in car.arrived if at == begin]
            closed_by = [arrived for arrived, at, is_open in car.arrived if at >= end and not is_open]
            is_known_for = min(closed_by, default=end) - max(min(reported, default=end), begin + LEFT)
            if reported and is_known_for > LONGEST_LOOK:
                assert any(
                    change.since <= begin and (not closed_by or now < min(closed_by)) for now, change in begins
                ), "lost"
        order = [change.begins for _, change in told if change.begins or change.over_at]
        assert order == [number % 2 == 0 for number in range(len(order))], "each ends before the next one begins"
    assert begun > 1000
    assert most_looks <= 48 + 96, "looks per car and day"
