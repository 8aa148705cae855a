"""Whom a code asks what: its provisions by the condition that they share, and what a profile of a service comes to.

A profile is a few facts and judgements. It is assessed like any self-assessment, with everything else left blank, so
what applies to it, and why, is what its assessment would say.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from fractions import Fraction
from typing import NamedTuple

from compliance.engine import assess, columns_of, fits, rank
from compliance.expressions import Condition, Fact, Quantity, evaluate, inside
from compliance.model import (
    Applies,
    Assessment,
    Code,
    Column,
    Expression,
    Interval,
    Obligation,
    Provision,
    ProvisionResult,
    Rating,
    Service,
    Submission,
    Value,
)
from compliance.reasons import explain
from compliance.vocabulary import under_rated_words
from compliance.wording import describe, unanswered
from compliance.wording import explain as explain_condition

EVERY = "every service in scope"


# A code


class Tally(NamedTuple):
    """How many provisions are scored as must and as should, and how many are shown only."""

    must: int
    should: int
    shown: int


class Group(NamedTuple):
    """The provisions that apply under one condition; None is every service that the code addresses."""

    condition: Expression | None
    provisions: tuple[Provision, ...]


def tally(provisions: Iterable[Provision]) -> Tally:
    times = Counter(each.obligation if each.is_scored else None for each in provisions)
    return Tally(times[Obligation.MUST], times[Obligation.SHOULD], times[None])


def groups(code: Code) -> list[Group]:
    """The provisions of a code by their condition: those of every service first, then most provisions first."""
    found: dict[Condition | None, list[Provision]] = {}
    for provision in code.provisions:
        found.setdefault(provision.applies_when.tree if provision.applies_when else None, []).append(provision)
    alike = [Group(provisions[0].applies_when, tuple(provisions)) for provisions in found.values()]
    return sorted(alike, key=lambda group: (group.condition is not None, -len(group.provisions)))


def brief(condition: Expression | None, code: Code) -> str:
    """A condition in words, the facts that the code names by their names alone, see `terms`."""
    return describe(condition, code.catalogue.questions, is_brief=True) if condition else EVERY


def terms(conditions: Iterable[Expression | None], code: Code, is_deep: bool = True) -> dict[str, str]:
    """What each fact means that these conditions name, and if deep those that the facts name in turn, as in `brief`."""
    used = {name for condition in conditions if condition for name in _facts(condition.tree, is_deep)}
    return {name.replace("_", " "): brief(condition, code) for name, condition in code.facts.items() if name in used}


def _facts(node: Quantity | Condition, is_deep: bool) -> Iterator[str]:
    if isinstance(node, Fact):
        yield node.name
        if not is_deep:
            return
    for part in inside(node):
        yield from _facts(part, is_deep)


def deciding(code: Code) -> list[str]:
    """The questions that decide what of a code applies: those of its scope, then by how many provisions read them.

    Last come those that only say which rating of the others the publisher's factors support.
    """
    scope = code.scope.reads if code.scope else ()
    conditions = [provision.applies_when for provision in code.provisions if provision.applies_when]
    times = Counter(id for condition in conditions for id in condition.reads)
    order = dict.fromkeys([*scope, *sorted(times, key=lambda id: -times[id])])
    factors = (id for least in code.judgements if least.question in order for id in least.when.reads)
    return list(dict.fromkeys([*order, *factors]))


def chapter_shares(code: Code) -> dict[str, Fraction]:
    """The part of the score that each chapter has where everything applies; one in which nothing is scored has none."""
    scored = {provision.chapter for provision in code.provisions if provision.is_scored}
    weights = {each.id: Fraction(str(each.weight)) if each.id in scored else Fraction(0) for each in code.chapters}
    whole = sum(weights.values()) or Fraction(1)
    return {id: weight / whole for id, weight in weights.items()}


def begins(code: Code) -> date:
    """The day from which a code is in force, by which versions are ordered; the first day of all where it has none."""
    return code.in_force.start or date.min


def nearest_day(code: Code, day: date) -> date:
    """The day itself, or the one nearest to it on which the code is in force."""
    return nearest(code.in_force, day)


def nearest(period: Interval, day: date) -> date:
    """The day itself, or the one nearest to it inside the period."""
    start, end = period.start, period.end
    return max(day, start) if start and day < start else min(day, end) if end else day


# A profile


class Profile(NamedTuple):
    """What a code comes to for a few facts and judgements of a service.

    `addressed` says whether the service is in the code's scope, `missing` how many provisions each unanswered question
    keeps open, most first. `factors` has the unanswered questions for each rating that is lower than they may support.
    """

    found: Assessment
    addressed: Applies
    addressed_why: str
    missing: Mapping[str, int]
    factors: Mapping[str, tuple[str, ...]]

    def count(self, applies: Applies) -> int:
        return sum(result.applies is applies for result in self.found.provisions)

    @property
    def not_in_force(self) -> int:
        """How many provisions are not in force on the day, and so do not apply."""
        periods = (result.provision.in_force for result in self.found.provisions)
        return sum(nearest(each, self.found.on) != self.found.on for each in periods)


def profile(code: Code, answers: Mapping[str, Value], on: date) -> Profile:
    """What applies, on a day, to a service of which only these facts and judgements are known."""
    submission = Submission(Service("profile", "Profile", ""), on, on, on, "", "", answers, {}, ())
    results = assess(code, [submission], on=on)
    found = explain(results, 0)
    columns = columns_of(results.plan, results.frame)
    factors = {
        each.question: _factors(code, each, columns)
        for each in found.ratings
        if each.is_under_rated and not each.is_certain
    }
    missing = Counter(id for result in found.provisions for id in _blanks(result, columns, factors))
    return Profile(found, *_addressed(found, columns), dict(missing.most_common()), factors)


def _factors(code: Code, rating: Rating, columns: Mapping[str, Column]) -> tuple[str, ...]:
    """The unanswered questions that may support a higher rating than the one given."""
    question, given = code.catalogue.questions[rating.question], columns[rating.question].values[0]
    higher = (each for each in code.judgements if each.question == question.id and rank(each, question) > given)
    return tuple(dict.fromkeys(id for each in higher for id in unanswered(each.when, columns)))


def _blanks(
    result: ProvisionResult, columns: Mapping[str, Column], factors: Mapping[str, tuple[str, ...]]
) -> dict[str, None]:
    """What keeps a provision open: its own questions, and those that a rating among them hangs on; each once."""
    condition = result.provision.applies_when
    if result.applies is not Applies.UNKNOWN or condition is None:
        return {}
    rated = (id for read in condition.reads for id in factors.get(read, ()))
    return dict.fromkeys((*unanswered(condition, columns), *rated))


def _addressed(found: Assessment, columns: Mapping[str, Column]) -> tuple[Applies, str]:
    code = found.code
    if code.scope is None:
        return Applies.TRUE, "the code sets no condition"
    truth = evaluate(code.scope, columns, {})
    why = explain_condition(code.scope, columns, code.catalogue.questions)
    if truth.false[0] and fits(code, found.submission):
        rated = [each for each in found.ratings if each.is_under_rated and each.question in code.scope.reads]
        labels = (code.catalogue.questions[each.question].label for each in rated)
        return Applies.UNKNOWN, " and ".join(map(under_rated_words, rated, labels))
    return Applies.TRUE if truth.true[0] else Applies.FALSE if truth.false[0] else Applies.UNKNOWN, why
