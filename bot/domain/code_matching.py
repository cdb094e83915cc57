"""Matches the queries of DIMO's history with those of our record: DIMO gives queries no id."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property

from bot.domain.codes import base_of, known_as
from bot.domain.ids import CodeQueryId

CLOCKS_DIFFER = timedelta(minutes=2)
"""How much DIMO's clock may be behind ours."""

EXPLAINED_WITHIN = timedelta(minutes=5)
"""How long after we sent codes a query at DIMO with only some of them can be ours."""


@dataclass(frozen=True)
class Asked:
    """A query of DIMO's history, or, with an id, of our record."""

    at: datetime
    """When DIMO got it, by DIMO's clock; for ours, when we sent it, by our clock."""
    codes: tuple[str, ...]
    dimo_at: datetime | None
    """When DIMO got it, by DIMO's clock, if that is known."""
    id: CodeQueryId | None = None

    @cached_property
    def code_set(self) -> frozenset[str]:
        """The codes in their normal form: DIMO's language model may write "P0301 - Misfire"."""
        return frozenset(map(known_as, self.codes))

    @cached_property
    def bases(self) -> frozenset[str]:
        """The codes without their failure types."""
        return frozenset(map(base_of, self.codes))


_Pairs = Iterator[tuple[int, CodeQueryId | None]]
"""Indexes into DIMO's history, each with our query there."""

_Distance = Callable[[Asked, Asked], timedelta | None]
"""The distance between a query of DIMO's history and one of ours; None if they can't be the same."""


def found_in(history: Sequence[Asked], record: Iterable[Asked]) -> list[CodeQueryId | None]:
    """Return for each query of DIMO's history the id of ours that it is; None for one that is not ours.

    A query is ours if DIMO gave the same time for it before; or if it has the same codes and is not older than ours; or
    if it has one of our codes and came soon after ours, because DIMO's language model may leave codes out or rewrite
    them. Among several with the same codes, as many as possible are matched, in their order, as near in time as
    possible. Each of ours is matched at most once.
    """
    found: list[CodeQueryId | None] = [None] * len(history)
    ours = list(record)
    for choose in (_at_the_same_moment, _with_the_same_codes, _with_a_shared_code):
        places = [place for place, match in enumerate(found) if match is None]
        ours = [one for one in ours if one.id not in found]
        for number, match in choose([history[place] for place in places], ours):
            found[places[number]] = match
    return found


def _at_the_same_moment(history: Sequence[Asked], ours: Sequence[Asked]) -> _Pairs:
    """Pair queries whose time at DIMO is known; of two at the same time prefer the one with the same codes."""

    def distance(one: Asked, other: Asked) -> timedelta | None:
        if one.dimo_at != other.dimo_at:
            return None
        return timedelta(0) if one.code_set == other.code_set else timedelta(1)

    return _nearest_first(history, ours, distance)


def _with_a_shared_code(history: Sequence[Asked], ours: Sequence[Asked]) -> _Pairs:
    def distance(one: Asked, other: Asked) -> timedelta | None:
        is_soon = one.at - other.at <= EXPLAINED_WITHIN
        return _delay(one, other) if is_soon and one.bases & other.bases else None

    return _nearest_first(history, ours, distance)


def _nearest_first(history: Sequence[Asked], ours: Sequence[Asked], distance: _Distance) -> _Pairs:
    pairs = [
        (apart, one.at, other.at, place, number)
        for place, one in enumerate(history)
        for number, other in enumerate(ours)
        if (apart := distance(one, other)) is not None
    ]
    places, numbers = set[int](), set[int]()
    for *_, place, number in sorted(pairs):
        if place not in places and number not in numbers:
            places.add(place)
            numbers.add(number)
            yield place, ours[number].id


def _with_the_same_codes(history: Sequence[Asked], ours: Sequence[Asked]) -> _Pairs:
    alike = defaultdict[frozenset[str], tuple[list[int], list[Asked]]](lambda: ([], []))
    for place in sorted(range(len(history)), key=lambda place: history[place].at):
        alike[history[place].code_set][0].append(place)
    for one in sorted(ours, key=lambda one: one.at):
        alike[one.code_set][1].append(one)
    for places, candidates in alike.values():
        yield from _in_order(places, history, candidates)


_Chain = tuple[int, CodeQueryId | None, "_Chain"] | None
"""A pair, and the pairs before it."""


def _in_order(places: Sequence[int], history: Sequence[Asked], ours: Sequence[Asked]) -> _Pairs:
    """Pair as many as possible, as near in time as possible, and keep their order."""
    # For each number of our first queries the best way to pair them: minus the pairs, their distance, the pairs.
    best: list[tuple[int, timedelta, _Chain]] = [(0, timedelta(0), None)] * (len(ours) + 1)
    for place in places:
        before, best = best, best[:1]
        for number, one in enumerate(ours):
            ways = [before[number + 1], best[number]]
            if (delay := _delay(history[place], one)) is not None:
                pairs, distance, chain = before[number]
                ways.append((pairs - 1, distance + delay, (place, one.id, chain)))
            best.append(min(ways, key=lambda way: way[:2]))
    chain = best[-1][2]
    while chain is not None:
        place, match, chain = chain
        yield place, match


def _delay(told: Asked, ours: Asked) -> timedelta | None:
    """Return how long after ours DIMO got its query; None if it can't be ours.

    DIMO can have got it before we sent it only if the clocks differ: that counts as farther away.
    """
    delay = told.at - ours.at
    if ours.dimo_at is not None or delay < -CLOCKS_DIFFER:
        return None
    return delay if delay >= timedelta(0) else CLOCKS_DIFFER - delay
