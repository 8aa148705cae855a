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

from compliance.engine import assess, columns_of
from compliance.expressions import Condition, Fact, IsYes, Junction, Not, Quantity, evaluate, inside
from compliance.model import (
    Applies,
    Assessment,
    Code,
    Column,
    Expression,
    Obligation,
    Provision,
    Question,
    QuestionType,
    Role,
    Service,
    Submission,
    Value,
)
from compliance.reasons import explain
from compliance.wording import describe, unanswered
from compliance.wording import explain as explain_condition

EVERY = "every service it addresses"


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
    if condition is None:
        return EVERY
    named = {name: _named(name) for name in code.facts}
    short = Expression(condition.text, _shortened(condition.tree), condition.reads)
    return describe(short, {**code.catalogue.questions, **named})


def terms(conditions: Iterable[Expression | None], code: Code) -> dict[str, str]:
    """What each fact means that these conditions name, and that those facts name in turn, in the words of `brief`."""
    used = {name for condition in conditions if condition for name in _facts(condition.tree)}
    return {_named(name).label: brief(condition, code) for name, condition in code.facts.items() if name in used}


def _facts(node: Quantity | Condition) -> Iterator[str]:
    if isinstance(node, Fact):
        yield node.name
    for part in inside(node):
        yield from _facts(part)


def _named(fact: str) -> Question:
    """A fact as what it is to its reader: a yes or no about the service."""
    label = fact.replace("_", " ")
    return Question(fact, label, label, QuestionType.YES_NO, "", "", Role.FACT)


def _shortened(node: Condition) -> Condition:
    match node:
        case Fact(name):
            return IsYes(name)
        case Not(operand):
            return Not(_shortened(operand))
        case Junction(word, operands):
            return Junction(word, tuple(map(_shortened, operands)))
        case _:
            return node


def deciding(code: Code) -> list[str]:
    """The questions that decide what of a code applies: those of its scope, then by how many provisions read them.

    Last come those that only say which rating of the others the publisher's factors support.
    """
    scope = code.scope.reads if code.scope else ()
    conditions = [provision.applies_when for provision in code.provisions if provision.applies_when]
    times = Counter(id for condition in conditions for id in condition.reads)
    factors = [id for least in code.judgements if least.question in times for id in least.when.reads]
    order = [*scope, *sorted(times, key=lambda id: -times[id]), *factors]
    return list(dict.fromkeys(order))


def chapter_shares(code: Code) -> dict[str, Fraction]:
    """The part of the score that each chapter has where everything applies; one in which nothing is scored has none."""
    scored = {provision.chapter for provision in code.provisions if provision.is_scored}
    weights = {each.id: Fraction(str(each.weight)) if each.id in scored else Fraction(0) for each in code.chapters}
    whole = sum(weights.values()) or Fraction(1)
    return {id: weight / whole for id, weight in weights.items()}


def nearest_day(code: Code, day: date) -> date:
    """The day itself, or the one nearest to it on which the code is in force."""
    start, end = code.in_force.start, code.in_force.end
    return max(day, start) if start and day < start else min(day, end) if end else day


# A profile


class Profile(NamedTuple):
    """What a code comes to for a few facts and judgements of a service.

    `addressed` says whether the code is addressed to it, `missing` how many provisions each unanswered question keeps
    open, most first.
    """

    found: Assessment
    addressed: Applies
    addressed_why: str
    missing: Mapping[str, int]

    def count(self, applies: Applies) -> int:
        return sum(result.applies is applies for result in self.found.provisions)


def profile(code: Code, answers: Mapping[str, Value], on: date) -> Profile:
    """What applies, on a day, to a service of which only these facts and judgements are known."""
    submission = Submission(Service("profile", "Profile", ""), on, on, on, "", "", answers, {}, ())
    results = assess(code, [submission], on=on)
    found = explain(results, 0)
    columns = columns_of(results.plan, results.frame)
    blanks = (
        unanswered(result.provision.applies_when, columns)
        for result in found.provisions
        if result.applies is Applies.UNKNOWN and result.provision.applies_when
    )
    missing = Counter(id for ids in blanks for id in ids)
    return Profile(found, *_addressed(code, columns), dict(missing.most_common()))


def _addressed(code: Code, columns: Mapping[str, Column]) -> tuple[Applies, str]:
    if code.scope is None:
        return Applies.TRUE, "it names no condition"
    truth = evaluate(code.scope, columns, {})
    why = explain_condition(code.scope, columns, code.catalogue.questions)
    return Applies.TRUE if truth.true[0] else Applies.FALSE if truth.false[0] else Applies.UNKNOWN, why
