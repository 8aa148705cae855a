"""Which of several things to do reach a target with the least effort: of few the best of all sets, of many one set
without waste.

What a thing is and where a set of them leads, only the caller knows, who is asked about many sets at once. Things are
named by their place in the caller's list.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any, Final, Generic, TypeVar

MOST_EXACT: Final = 12  # things of which every set is tried

Set = tuple[int, ...]


P = TypeVar("P")  # where a set leads


@dataclass(frozen=True, slots=True)
class Found(Generic[P]):
    """The set that reaches the target, None where none was found that does.

    `is_exact` says that every other set that reaches it takes more effort, or as much and no fewer things, and with no
    set that none does; otherwise nothing alone can be left out of the set. `most` is the best place seen, which no set
    passes if `is_bound`.
    """

    chosen: Set | None
    most: P
    is_exact: bool
    is_bound: bool


@dataclass(frozen=True, slots=True)
class Search(Generic[P]):
    """Things to do with their efforts and what each brings alone, where sets of them lead, and what is enough.

    The greater its `order`, the further a place is; `is_steady` is the caller's word that to do more never leads to
    less.
    """

    efforts: Sequence[int]
    gains: Sequence[int]
    lead: Callable[[Sequence[Set]], list[P]]
    reaches: Callable[[P], bool]
    order: Callable[[P], tuple[int, ...]]
    is_steady: bool

    def found(self) -> Found[P]:
        every = (*range(len(self.efforts)),)
        if len(every) <= MOST_EXACT:
            chosen, most = self._least((), every)
            return Found(chosen, most, is_exact=True, is_bound=True)
        (start, whole) = self.lead([(), every])
        if self.reaches(start):
            return Found((), max(start, whole, key=self.order), is_exact=True, is_bound=self.is_steady)
        if not self.is_steady:
            return self._climbed(every)
        if not self.reaches(whole):
            return Found(None, whole, is_exact=True, is_bound=True)
        needed = self._needed(every)
        free = tuple(i for i in every if i not in needed)
        if len(free) <= MOST_EXACT:
            return Found(self._least(needed, free)[0], whole, is_exact=True, is_bound=True)
        return Found(self._lean([every, *self._heads()]), whole, is_exact=False, is_bound=True)

    def _least(self, needed: Set, free: Set) -> tuple[Set | None, P]:
        """The best of all sets that hold what is needed, and the best place that any of them leads to."""
        sets = [_sorted(needed + some) for size in range(len(free) + 1) for some in combinations(free, size)]
        places = self.lead(sets)
        reaching = [each for each in zip(sets, places, strict=True) if self.reaches(each[1])]
        chosen = min(reaching, key=self._cost)[0] if reaching else None
        return chosen, max(places, key=self.order)

    def _cost(self, found: tuple[Set, P]) -> tuple[int, ...]:
        """Less is better: least effort, then fewest things, then the furthest place."""
        chosen, place = found
        return (sum(self.efforts[i] for i in chosen), len(chosen), *(-each for each in self.order(place)))

    def _needed(self, every: Set) -> Set:
        """The things without which all the others are not enough."""
        places = self.lead([_without(every, i) for i in every])
        return tuple(i for i, place in zip(every, places, strict=True) if not self.reaches(place))

    def _heads(self) -> Iterator[Set]:
        """The first set that is enough, when what brings most for its effort is taken first."""
        by_worth = sorted(range(len(self.efforts)), key=lambda i: -self.gains[i] / self.efforts[i])
        heads = [_sorted(by_worth[:size]) for size in range(1, len(by_worth) + 1)]
        yield from [head for head, place in zip(heads, self.lead(heads), strict=True) if self.reaches(place)][:1]

    def _lean(self, starts: Sequence[Set]) -> Set:
        """The best of what is left of sets that are enough when what they do not need is left out."""
        kept = [self._without_the_idle(start) for start in starts]
        return min(zip(kept, self.lead(kept), strict=True), key=self._cost)[0]

    def _without_the_idle(self, kept: Set) -> Set:
        """The set without what it does not need, the dearest and least useful left out first."""
        while True:
            sets = [_without(kept, i) for i in kept]
            tried = zip(kept, sets, self.lead(sets), strict=True)
            can_go: list[tuple[Any, ...]] = [
                (-self.efforts[i], *self._cost((rest, place))[2:], rest)
                for i, rest, place in tried
                if self.reaches(place)
            ]
            if not can_go:
                return kept
            kept = min(can_go)[-1]

    def _climbed(self, every: Set) -> Found[P]:
        """Where to do more may lead to less: one thing is added or left out at a time, while that leads further."""
        tops = [self._top(start) for start in ((), every)]
        most = max((place for _, place in tops), key=self.order)
        enough = [*[some for some, place in tops if self.reaches(place)], *self._heads()]
        return Found(self._lean(enough) if enough else None, most, is_exact=False, is_bound=False)

    def _top(self, some: Set) -> tuple[Set, P]:
        (place,) = self.lead([some])
        while True:
            sets = [_without(some, i) if i in some else _sorted((*some, i)) for i in range(len(self.efforts))]
            best, there = max(zip(sets, self.lead(sets), strict=True), key=lambda each: self.order(each[1]))
            if self.order(there) <= self.order(place):
                return some, place
            some, place = best, there


def _sorted(some: Sequence[int]) -> Set:
    return tuple(sorted(some))


def _without(some: Set, thing: int) -> Set:
    return tuple(i for i in some if i != thing)
