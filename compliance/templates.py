"""What a template of a self-assessment asks: of chosen codes, and beyond what is known, only what may apply, and why.

A fact is asked for while it may decide whether a provision applies, an answer while a provision that may apply reads
it. What was answered before is always among what is asked, so that nothing gets lost. The engine says what applies; how
a template looks is for the writers.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from datetime import date, timedelta

from compliance.audience import nearest_day
from compliance.engine import assess, columns_of, fits
from compliance.expressions import evaluate
from compliance.model import (
    Applies,
    Assessment,
    Code,
    Column,
    Expression,
    Provision,
    ProvisionResult,
    Question,
    Role,
    Service,
    Submission,
)
from compliance.reasons import explain
from compliance.wording import unanswered

_MOST_NAMED = 4  # beyond that a number says more


@dataclass(frozen=True, slots=True)
class Asked:
    """A question and why it is asked; not `is_read` is one that was only answered before."""

    question: Question
    why: str
    is_read: bool = True


@dataclass(frozen=True, slots=True)
class Section:
    """The questions of one section of the catalogue, in its order."""

    id: str
    title: str
    asked: tuple[Asked, ...]


@dataclass(frozen=True, slots=True)
class Declared:
    """A provision whose status is asked, and why; `is_tested` says that its score rests on the status.

    Not `is_read` is one that does not apply and of which only something was declared before.
    """

    provision: Provision
    code: Code
    why: str
    is_tested: bool
    is_read: bool = True


@dataclass(frozen=True, slots=True)
class Form:
    """What is asked by the codes, and `given`, what is known already.

    `later` has the questions, and `waiting` the provisions, that are asked only if facts or ratings that nothing was
    said of yet turn out so.
    """

    codes: tuple[Code, ...]
    sections: tuple[Section, ...]
    declared: tuple[Declared, ...]
    given: Submission
    later: tuple[str, ...] = ()
    waiting: tuple[str, ...] = ()

    @property
    def questions(self) -> int:
        return sum(len(section.asked) for section in self.sections)


def blank(today: date) -> Submission:
    """A self-assessment of the latest half of a year that is over, in which nothing is answered.

    Whose it is and who prepared it is empty too, so that a reader asks for it and none is filed under a made-up name.
    """
    start = date(today.year, 1, 1) if today.month > 6 else date(today.year - 1, 7, 1)
    end = date(today.year, 6, 30) if today.month > 6 else date(today.year - 1, 12, 31)
    nobody = Service("", "", "")
    return Submission(nobody, start, end, max(today, end + timedelta(days=1)), "", "", {}, {}, ())


def facts_only(submission: Submission, questions: Mapping[str, Question]) -> Submission:
    """The same service and period with its facts and judgements alone."""
    known = {id: value for id, value in submission.answers.items() if questions[id].role is not Role.ANSWER}
    unknown = tuple(id for id in submission.not_measured if questions[id].role is not Role.ANSWER)
    return replace(submission, answers=known, declarations={}, evidence=(), not_measured=unknown)


def form(
    codes: Sequence[Code],
    given: Submission,
    others: Iterable[Code] = (),
    *,
    in_stages: bool = False,
    unread: Set[str] = frozenset(),
) -> Form:
    """What the codes ask of the service that is known as far as `given`; `others` say what else was declared of.

    `unread` names questions and provisions of which something was said that could not be read: they are asked for too.
    A form in stages asks for nothing of a provision while something is left to say of what decides whether it applies,
    or whether its code is addressed to the service.
    """
    readings = [_Reading(code, given, in_stages=in_stages) for code in codes]
    catalogue = codes[0].catalogue.questions
    said = {*given.answers, *given.not_measured, *unread}
    declared_of = {*given.declarations, *unread}
    asked: dict[str, list[Asked]] = {}
    for id, question in catalogue.items():
        if why := _why(id, readings):
            asked.setdefault(id.partition(".")[0], []).append(Asked(question, why))
        elif id in said:
            before = Asked(question, "Answered before; nothing that is known so far asks for it", is_read=False)
            asked.setdefault(id.partition(".")[0], []).append(before)
    title = codes[0].catalogue.section_title
    sections = tuple(Section(id, title(id), tuple(questions)) for id, questions in asked.items())
    declared = {each.provision.id: each for reading in reversed(readings) for each in reading.declared()}
    ordered = {each.provision.id: declared[each.provision.id] for reading in readings for each in reading.declared()}
    for code in others:
        for provision in code.provisions:
            if provision.id in declared_of and provision.id not in ordered:
                why = "Declared before; it does not apply, or its code is not among those chosen"
                ordered[provision.id] = Declared(provision, code, why, _is_tested(provision), is_read=False)
    here = {each.question.id for section in sections for each in section.asked}
    later = dict.fromkeys(id for each in readings for id in each.later if id not in here)
    waiting = dict.fromkeys(id for each in readings for id in each.waiting if id not in ordered)
    return Form(tuple(codes), sections, tuple(ordered.values()), given, tuple(later), tuple(waiting))


def _is_tested(provision: Provision) -> bool:
    return any(requirement.test.provision == provision.id for requirement in provision.requirements)


class _Reading:
    """What one code reads of a service of which something is known."""

    def __init__(self, code: Code, given: Submission, *, in_stages: bool) -> None:
        results = assess(code, [given], on=nearest_day(code, given.period_to))
        self.code = code
        self.found: Assessment = explain(results, 0)
        self.columns: Mapping[str, Column] = columns_of(results.plan, results.frame)
        self.applying = [each for each in self.found.provisions if each.applies is not Applies.FALSE]
        self.is_addressed = not in_stages or code.scope is None or not self.is_open(code.scope, given)
        waits = (each for each in self.applying if not self.is_addressed or (in_stages and self.waits(each, given)))
        self.waiting = [each.provision.id for each in waits]
        self.asking = [each for each in self.applying if each.provision.id not in self.waiting]
        self.tests: dict[str, list[str]] = {}
        self.decides: dict[str, list[str]] = {}
        self.addresses: dict[str, list[str]] = {}
        self.context: dict[str, list[str]] = {}
        self.gather(given)

    def waits(self, result: ProvisionResult, given: Submission) -> bool:
        """Whether something that decides whether the provision applies is neither answered nor said to be unknown."""
        condition = result.provision.applies_when
        if result.applies is not Applies.UNKNOWN or condition is None:
            return False
        return self.is_open(condition, given)

    def is_open(self, condition: Expression, given: Submission) -> bool:
        """Whether a blank of which nothing was said keeps a condition open."""
        return any(id not in given.answers and id not in given.not_measured for id in self.open(condition))

    @property
    def later(self) -> list[str]:
        """What is asked besides if the provisions that wait turn out to apply."""
        waiting = {*self.waiting}
        found = [each.provision for each in self.applying if each.provision.id in waiting]
        conditions = [each.applies_when for each in found if each.applies_when and not self.is_addressed]
        decide = [id for condition in conditions for id in self.open(condition)]
        return [*decide, *(id for provision in found for each in provision.requirements for id in each.test.reads)]

    def gather(self, given: Submission) -> None:
        for result in self.asking:
            for id in dict.fromkeys(id for each in result.provision.requirements for id in each.test.reads):
                self.tests.setdefault(id, []).append(result.provision.id)
        for decided, condition in self.conditions():
            known = (id for id in self.reads(condition) if id in given.answers)
            for id in dict.fromkeys([*known, *self.open(condition)]):
                (self.decides if decided else self.addresses).setdefault(id, []).append(decided or self.code.id)
        for line in self.code.context:
            cases = [each for case in line.cases for each in (case.when, case.amount) if each]
            for id in dict.fromkeys(id for case in cases for id in case.reads):
                self.context.setdefault(id, []).append(line.title)

    def conditions(self) -> Iterator[tuple[str, Expression]]:
        """Every condition with the provision that it decides of, none for the code as a whole, which comes first."""
        if self.code.scope:
            yield "", self.code.scope
        for result in self.found.provisions if self.is_addressed else ():
            if condition := result.provision.applies_when:
                yield result.provision.id, condition

    def reads(self, condition: Expression) -> Iterator[str]:
        """What a condition reads, and what supports the ratings in it, so that no fact goes once it is given."""
        yield from condition.reads
        for least in self.code.judgements:
            if least.question in condition.reads:
                yield from least.when.reads

    def open(self, condition: Expression) -> Iterator[str]:
        """The blanks that keep a condition open, and those that decide whether a rating in it can be so low."""
        yield from unanswered(condition, self.columns)
        applying = {each.provision.applies_when for each in self.applying if each.applies is Applies.UNKNOWN}
        if condition in applying or self.is_kept_in(condition):
            for least in self.code.judgements:
                if least.question in condition.reads:
                    yield from unanswered(least.when, self.columns)

    def is_kept_in(self, condition: Expression) -> bool:
        """Whether the condition is the code's scope, and only a rating that may be too low leaves the service out."""
        return condition is self.code.scope and bool(
            evaluate(condition, self.columns, {}).false[0] and fits(self.code, self.found.submission)
        )

    def declared(self) -> Iterator[Declared]:
        for result in self.asking:
            yield Declared(result.provision, self.code, result.applies_why, _is_tested(result.provision))


def _why(id: str, readings: Sequence[_Reading]) -> str:
    """Why the codes ask a question, in words; nothing where none of them does."""
    found = [(each.tests, each.decides, each.addresses, each.context) for each in readings]
    tests, decides, addresses, context = (
        list(dict.fromkeys(name for names in kind for name in names.get(id, ()))) for kind in zip(*found, strict=True)
    )
    titles = {each.id: each.title for reading in readings for each in reading.code.provisions}
    words = [_decides_of_codes(addresses, {each.code.id: each.code.title for each in readings})] if addresses else []
    words += [f"decides whether {_named(decides, titles)} {'apply' if decides[1:] else 'applies'}"] if decides else []
    words += [f"tested by {_named(tests, titles)}"] if tests else []
    words += [f"for context, never scored: {', '.join(context)}"] if context else []
    text = "; ".join(words)
    return text[:1].upper() + text[1:]


def _decides_of_codes(ids: Sequence[str], titles: Mapping[str, str]) -> str:
    if len(ids) == 1:
        return f"decides whether {titles[ids[0]]} is addressed to you"
    return f"decides which of {len(ids)} codes are addressed to you"


def _named(ids: Sequence[str], titles: Mapping[str, str]) -> str:
    """The first provision by its title, and others by their ids, or by how many they are."""
    first = f"{ids[0]} {titles[ids[0]]}"
    if len(ids) > _MOST_NAMED:
        return f"{len(ids)} provisions, such as {first},"
    return f"{first} and {', '.join(ids[1:])}" if ids[1:] else first
