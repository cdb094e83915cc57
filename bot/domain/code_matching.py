"""Which query of DIMO's history is which of ours: DIMO gives queries no name."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property

from bot.domain.codes import base_of, known_as
from bot.domain.ids import CodeQueryId

CLOCKS_DIFFER = timedelta(minutes=2)
"""How much earlier than by our clock DIMO may say that it got something from us."""

EXPLAINED_WITHIN = timedelta(minutes=5)
"""How long after we sent codes they may be told with other ones among them."""


@dataclass(frozen=True)
class Asked:
    """Codes that were asked about together: as DIMO's history tells of it, or, with an id, as our record does."""

    at: datetime
    """When DIMO says that it was asked; of ours, when we sent the codes."""
    codes: tuple[str, ...]
    dimo_at: datetime | None
    """When DIMO says that it was asked, once that is known."""
    id: CodeQueryId | None = None

    @cached_property
    def code_set(self) -> frozenset[str]:
        """The codes in their normal form: a language model may write more than the code, "P0301 - Misfire" say."""
        return frozenset(map(known_as, self.codes))

    @cached_property
    def bases(self) -> frozenset[str]:
        """The codes without their failure types."""
        return frozenset(map(base_of, self.codes))


_Pairs = Iterator[tuple[int, CodeQueryId | None]]
"""Places in DIMO's history, each with the query of ours that it is."""

_Distance = Callable[[Asked, Asked], timedelta | None]
"""How far a query that DIMO tells of is from one of ours; None where they can't be the same."""


def found_in(history: Sequence[Asked], record: Iterable[Asked]) -> list[CodeQueryId | None]:
    """Say for each query of DIMO's history which of ours it is; None for one that is not ours.

    One of ours is known by the moment that DIMO told before; else by the same codes, unless it is from before we sent
    them; else by a code that it shares with one sent shortly before, as DIMO's language model may leave codes out or
    write them in its own way. Of several with the same codes as many as possible are found, in the order in which they
    were asked, as near in time as possible. No query of ours is given twice.
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
    """Pair those of which DIMO told before; of two at the same moment the one with the same codes."""

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
    """Pair as many as possible, as near as possible, without crossing: what was asked first was told of first."""
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
    """Return how much later one is told than one was asked that DIMO has not told of; None where it is too early.

    Only where clocks differ DIMO can tell of something before it was asked: that counts as farther away.
    """
    delay = told.at - ours.at
    if ours.dimo_at is not None or delay < -CLOCKS_DIFFER:
        return None
    return delay if delay >= timedelta(0) else CLOCKS_DIFFER - delay
