"""Which query of DIMO's history is which of ours: DIMO gives queries no name."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.domain.codes import base_of, code_set
from bot.domain.ids import CodeQueryId

CLOCKS_DIFFER = timedelta(minutes=2)
"""How much earlier than by our clock DIMO may say that it got something from us."""

EXPLAINED_WITHIN = timedelta(minutes=5)
"""How long after we sent codes they may be told with other ones among them."""


@dataclass(frozen=True, slots=True)
class Told:
    """A query as DIMO's history tells of it."""

    at: datetime
    codes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Kept:
    """A query of our record, as far as it matters for finding it in DIMO's history."""

    id: CodeQueryId
    codes: tuple[str, ...]
    sent_at: datetime
    """When it left for DIMO last."""
    dimo_at: datetime | None
    """When DIMO says that it was asked, once that is known."""


def found_in(history: Sequence[Told], kept: Iterable[Kept]) -> list[CodeQueryId | None]:
    """Say for each query of DIMO's history which of ours it is; None for one that is not ours.

    One of ours is known by the moment that DIMO told before; else by the same codes, unless it is from before we sent
    them; else by a code that it shares with one sent shortly before, as DIMO's language model may leave codes out or
    write them in its own way. Of several with the same codes as many as possible are found, in the order in which they
    were asked, as near in time as possible. No query of ours is given twice.
    """
    told = [_Query(one.at, *_compared(one.codes), at_dimo=one.at) for one in history]
    ours = [_Query(one.sent_at, *_compared(one.codes), one.dimo_at, one.id) for one in kept]
    found: list[CodeQueryId | None] = [None] * len(told)
    for choose in (_at_that_moment, _with_the_same_codes, _with_a_shared_code):
        places = [place for place, match in enumerate(found) if match is None]
        free = [one for one in ours if one.id not in found]
        for number, match in choose([told[place] for place in places], free):
            found[places[number]] = match
    return found


@dataclass(frozen=True, slots=True)
class _Query:
    """A query of either side, with its codes in a form that can be compared, and the moment at which it was made."""

    made_at: datetime
    codes: frozenset[str]
    bases: frozenset[str]
    """The codes without their failure types."""
    at_dimo: datetime | None
    id: CodeQueryId | None = None


def _compared(texts: Iterable[str]) -> tuple[frozenset[str], frozenset[str]]:
    codes = code_set(texts)
    return codes, frozenset(map(base_of, codes))


_Pairs = Iterator[tuple[int, CodeQueryId | None]]
"""Places in DIMO's history, each with the query of ours that it is."""

_Apart = Callable[[_Query, _Query], timedelta | None]
"""How far a query that DIMO tells of is from one of ours; None where they can't be the same."""


def _at_that_moment(told: list[_Query], ours: list[_Query]) -> _Pairs:
    """Pair those of which DIMO told before; of two at the same moment the one with the same codes."""

    def apart(one: _Query, other: _Query) -> timedelta | None:
        if one.at_dimo != other.at_dimo:
            return None
        return timedelta(0) if one.codes == other.codes else timedelta(1)

    return _nearest(told, ours, apart)


def _with_a_shared_code(told: list[_Query], ours: list[_Query]) -> _Pairs:
    def apart(one: _Query, other: _Query) -> timedelta | None:
        is_soon = one.made_at - other.made_at <= EXPLAINED_WITHIN
        return _later(one, other) if is_soon and one.bases & other.bases else None

    return _nearest(told, ours, apart)


def _nearest(told: list[_Query], ours: list[_Query], apart: _Apart) -> _Pairs:
    """Pair the nearest first."""
    pairs = [
        (distance, one.made_at, other.made_at, place, number)
        for place, one in enumerate(told)
        for number, other in enumerate(ours)
        if (distance := apart(one, other)) is not None
    ]
    places, numbers = set[int](), set[int]()
    for *_, place, number in sorted(pairs):
        if place not in places and number not in numbers:
            places.add(place)
            numbers.add(number)
            yield place, ours[number].id


def _with_the_same_codes(told: list[_Query], ours: list[_Query]) -> _Pairs:
    alike = defaultdict[frozenset[str], list[_Query]](list)
    for one in sorted(ours, key=lambda one: one.made_at):
        alike[one.codes].append(one)
    groups = defaultdict[frozenset[str], list[int]](list)
    for place in sorted(range(len(told)), key=lambda place: told[place].made_at):
        groups[told[place].codes].append(place)
    for codes, places in groups.items():
        yield from _in_order(places, told, alike[codes])


@dataclass(frozen=True, slots=True)
class _Way:
    """One way to pair some of the first queries: the more pairs the better, then the nearer."""

    pairs: int = 0
    apart: timedelta = timedelta(0)
    last: "tuple[int, CodeQueryId | None, _Way] | None" = None
    """The last pair, and the way before it."""

    def with_pair(self, place: int, match: CodeQueryId | None, apart: timedelta) -> "_Way":
        """Go on with one more pair."""
        return _Way(self.pairs + 1, self.apart + apart, (place, match, self))

    def rank(self) -> tuple[int, timedelta]:
        """Return what is least for the best way."""
        return -self.pairs, self.apart


def _in_order(places: Sequence[int], told: Sequence[_Query], ours: Sequence[_Query]) -> _Pairs:
    """Pair as many as possible, as near as possible, without crossing: what was asked first was told of first."""
    best = [_Way()] * (len(ours) + 1)
    for place in places:
        before, best = best, best[:1]
        for number, one in enumerate(ours):
            ways = [before[number + 1], best[number]]
            apart = _later(told[place], one)
            if apart is not None:
                ways.append(before[number].with_pair(place, one.id, apart))
            best.append(min(ways, key=_Way.rank))
    way = best[-1]
    while way.last is not None:
        place, match, way = way.last
        yield place, match


def _later(told: _Query, ours: _Query) -> timedelta | None:
    """Say how much later one is told than one was asked that DIMO has not told of; None where it is too early.

    Only where clocks differ DIMO can tell of something before it was asked: that counts as farther away.
    """
    later = told.made_at - ours.made_at
    if ours.at_dimo is not None or later < -CLOCKS_DIFFER:
        return None
    return later if later >= timedelta(0) else CLOCKS_DIFFER - later
