"""What the author of a code owes its readers although the code can be computed without: DESIGN's rules for authors.

Sources that may decide, examples of every outcome, weights that weigh, conditions that some service meets, tests that
do not pull one answer in two directions. Of a version that amends another only what it states is looked at, and what
that changes in the rest. What lies between files, and whether examples hold, is looked for elsewhere.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import Any, NamedTuple

import numpy as np

from compliance.amendments import Amended
from compliance.checks import CHECKS, EITHER, UP, questions_named
from compliance.codes import CAPPED, SEVERITY_WEIGHTS
from compliance.document import Tree
from compliance.expressions import (
    Answer,
    Comparison,
    Condition,
    Fact,
    Fixed,
    Includes,
    IsYes,
    Junction,
    Not,
    OneOf,
    inside,
    truth,
)
from compliance.model import (
    DECIDING,
    NO_OPTION,
    Basis,
    Catalogue,
    Code,
    Column,
    Expression,
    Interval,
    LeastRating,
    Obligation,
    Path,
    Problem,
    Provision,
    Question,
    QuestionType,
    Requirement,
    Test,
)
from compliance.profiles import MOST_TRIED, Search, denied, excluding, search
from compliance.questions import Reader
from compliance.wording import describe

Entry = Mapping[str, Any]

_MOST_SAID = 8  # of the parts of a condition that exclude each other
_MOST_WORDS = 200  # characters, of what is said of one of them


def lint(code: Code, reader: Reader) -> None:
    """Reports what readers of the code are owed to its `reader`, which holds the tree and the problems found so far.

    Weights, conditions and tests are looked into only where nothing keeps the code from being computed.
    """
    is_refused, tree = bool(reader.problems), reader.tree.value
    _lint_code(code, tree, reader)
    _lint_sources(code, tree, reader)
    _lint_ids(code, tree, reader)
    for i, provision in enumerate(code.provisions):
        if _is_stated(reader, ("provisions", i)):
            _lint_provision(provision, tree["provisions"][i], code, reader, ("provisions", i))
    if is_refused:
        return
    for path, why in _idle_weights(code, tree, isinstance(reader.tree, Amended)):
        if _is_stated(reader, path):
            reader.report("weight-idle", path, why=why)
    reach = _Reach(code.catalogue)
    _lint_reach(code, reader, reach)
    _lint_pulls(code, reader, reach)


def unreached_ratings(catalogue: Catalogue, tree: Tree) -> list[Problem]:
    """A problem for every least rating of the catalogue that no service is held to."""
    reader = Reader(tree)
    _lint_ratings(tree.value, catalogue.judgements, _Reach(catalogue), reader)
    return reader.problems


def unreached_cohorts(catalogue: Catalogue, whens: Sequence[Expression], tree: Tree) -> list[Problem]:
    """A problem for every cohort, by the conditions of all but the last, that takes no service in."""
    reader, reach = Reader(tree), _Reach(catalogue)
    for i, when in enumerate(whens):
        before = [denied(other) for other in whens[:i]]
        reach.check(reader, ("cohorts", i, "when"), "this cohort takes a service in", [when, *before])
    return reader.problems


def _is_stated(reader: Reader, path: Path) -> bool:
    """Whether the file itself states what stands there, and not the version that it amends."""
    return reader.tree.where(path)[:1] == path[:1]


# Words, sources and ids


def _lint_code(code: Code, tree: Entry, reader: Reader) -> None:
    reader.owed(tree, ("title", "publisher", "addressed_to", "text"), ())
    reader.owed(tree["in_force"], ("from",), ("in_force",))
    reader.owe_sources(tree)
    for i, chapter in enumerate(tree["chapters"]):
        reader.owed(chapter, ("title",), ("chapters", i))
    for i, line in enumerate(tree.get("context") or []):
        for j, case in enumerate(line["cases"]):
            reader.owed(case, ("unit",) if "amount" in case else (), ("context", i, "cases", j))
    if (code.standing in CAPPED) != bool(code.caps):
        wanted = "no cap" if code.caps else "at least one cap"
        reader.report("caps-standing", ("caps",), standing=code.standing.value, wanted=wanted)


def _sources(tree: Entry) -> Iterator[tuple[str, Path]]:
    """The document that each source names, and the place of its name."""
    for section in ("provisions", "context"):
        for i, entry in enumerate(tree.get(section) or []):
            yield entry["source"]["doc"], (section, i, "source", "doc")
            for j, inner in enumerate(entry.get("requirements") or []):
                if "source" in inner:
                    yield inner["source"]["doc"], (section, i, "requirements", j, "source", "doc")
    for id, entries in (tree.get("judgements") or {}).items():
        for i, entry in enumerate(entries):
            if "source" in entry:
                yield entry["source"]["doc"], ("judgements", id, i, "source", "doc")


def _lint_sources(code: Code, tree: Entry, reader: Reader) -> None:
    for document, path in _sources(tree):
        if document not in code.sources:
            reader.unknown("source", document, code.sources, path)


def _lint_ids(code: Code, tree: Entry, reader: Reader) -> None:
    encoded = {id for p in code.provisions for id in (p.id, p.under or p.id)}
    for section in ("left_out", "removed"):
        for id in encoded & (tree.get(section) or {}).keys():
            reader.report("id-taken", (section, id), key=True, id=id, what="a provision that is encoded")
    for id, entry in (tree.get("removed") or {}).items():
        if "successor" in entry and entry["successor"] not in encoded:
            known = dict.fromkeys(sorted(encoded))
            reader.unknown("provision", entry["successor"], known, ("removed", id, "successor"))


# Provisions and requirements


def _lint_provision(provision: Provision, entry: Entry, code: Code, reader: Reader, path: Path) -> None:
    reader.owed(entry, ("kind", "title", "text"), path)
    if ("under" in entry) != ("ours" in entry):
        given, wanted = ("under", "ours") if "under" in entry else ("ours", "under")
        reader.report("ours-missing", (*path, given), given=given, wanted=wanted)
    bases = {r.basis for r in provision.requirements}
    if provision.is_scored and provision.obligation is Obligation.MUST and bases and not bases & DECIDING:
        reader.report("must-without-deciding", path, provision=provision.id)
    if why := _out_of_force(provision.in_force, code):
        reader.report("in-force-outside", (*path, "in_force"), provision=provision.id, why=why)
    for i, requirement in enumerate(provision.requirements):
        place: Path = (*path, "requirements", i)
        inner = entry["requirements"][i]
        _lint_examples(requirement, code.catalogue, reader, place)
        other = requirement.test.provision
        if other not in (None, provision.id):
            reader.report("status-elsewhere", (*place, "test", "in_place"), provision=provision.id, other=other)
        if provision.is_scored:
            reader.owed(inner, ("statement", "why", "remedy", "effort"), place)
            _lint_basis(requirement, inner, code.catalogue.questions, reader, place)


def _out_of_force(own: Interval, code: Code) -> str:
    """Why a provision's days do not fit the code's; a code that follows another keeps that one's days."""
    whole = code.in_force
    if whole.start and whole.end and whole.start > whole.end:
        return ""  # which is said of the code
    if (own.start or date.min) > (whole.end or date.max):
        return f"begins on {own.start}, after the code has ended on {whole.end}"
    if own.end and whole.start and own.end < whole.start:
        return f"ends on {own.end}, before the code begins on {whole.start}"
    if own.end and whole.end and own.end > whole.end:
        return f"ends on {own.end}, and the code on {whole.end}"
    if own.start and whole.start and own.start < whole.start and not code.supersedes:
        return f"begins on {own.start}, and the code on {whole.start}"
    return ""


def _lint_basis(
    requirement: Requirement, entry: Entry, questions: Mapping[str, Question], reader: Reader, path: Path
) -> None:
    basis, test = requirement.basis, requirement.test
    is_own = test.kind == "meets_own_target"
    if (basis is Basis.OWN_TARGET and not is_own) or (is_own and basis in DECIDING):
        reader.report("own-target-basis", (*path, "basis"), basis=basis.value, test=test.kind)
    if basis in DECIDING and not CHECKS[test.kind].can_fail:
        reader.report("cannot-decide", (*path, "basis"), basis=basis.value, test=test.kind)
    numbers = sorted({*_numbers(requirement)} - {0, 1})
    if basis is Basis.BENCHMARK and numbers and "source" not in entry and not _is_refused(test):
        listed = " and ".join(f"{number:,.15g}" for number in numbers)
        reader.report("benchmark-source", (*path, "basis"), numbers=listed)
    measured = test.arguments.get(test.kind) if is_own else None
    question = questions.get(measured) if isinstance(measured, str) else None
    if question and question.type in (QuestionType.HOURS, QuestionType.DAYS) and not question.clock:
        reader.report("clock-missing", (*path, "test", test.kind), question=question.id)


def _is_refused(test: Test) -> bool:
    """Whether a test has problems of its own: it cannot say which examples it needs, nor which numbers count."""
    return not test.reads and not test.provision and not test.expression


def _numbers(requirement: Requirement) -> Iterator[float]:
    """The numbers by which a test sets its bar."""
    test = requirement.test
    for name, argument in CHECKS[test.kind].arguments.items():
        if argument.kind in ("number", "days") and test.arguments.get(name) is not None:
            yield test.arguments[name]
        elif argument.kind == "credits" and name in test.arguments:
            yield from test.arguments[name].values()
    if test.expression:
        yield from (leaf.value for leaf in _fixed(test.expression.tree) if not leaf.text)


def _fixed(node: Any) -> Iterator[Fixed]:
    if isinstance(node, Fixed):
        yield node
    for part in inside(node):
        yield from _fixed(part)


def _lint_examples(requirement: Requirement, catalogue: Catalogue, reader: Reader, path: Path) -> None:
    test = requirement.test
    if _is_refused(test):
        return
    needed = {"met", "unknown"} | ({"not_met"} if CHECKS[test.kind].can_fail else set())
    needed |= {"no_cases"} if test.no_cases_when_zero else set()
    for outcome in sorted(needed - {_shows(example) for example in requirement.examples}):
        reader.report("example-missing", path, outcome=_SHOWN_BY.get(outcome, f"outcome: {outcome}"))
    rules = [{*rule.questions, *rule.holds.reads} for rule in catalogue.consistency]
    read = set(test.reads).union(*(rule for rule in rules if not rule.isdisjoint(test.reads)))
    for i, example in enumerate(requirement.examples):
        place: Path = (*path, "examples", i)
        if ("credit" in example) == ("outcome" in example):
            reader.report("example-outcome", place)
        for id in example["given"]:
            if id in catalogue.questions and id not in read:
                reader.report("example-unread", (*place, "given", id), key=True, what=id)
        if "status" in example and not test.provision:
            reader.report("example-unread", (*place, "status"), key=True, what="status")


_SHOWN_BY = {"met": "credit: 1 (met)", "not_met": "credit: 0 (not met)"}


def _shows(example: Entry) -> str:
    if "credit" not in example:
        return str(example.get("outcome", ""))
    return {1: "met", 0: "not_met"}.get(example["credit"], "partly_met")


# Weights


def _idle_weights(code: Code, tree: Entry, is_amended: bool) -> Iterator[tuple[Path, str]]:
    """The place of every weight that moves no point of anybody's score, and why."""
    severities: dict[str, set[str]] = {}
    for i, provision in enumerate(code.provisions):
        if provision.is_scored:
            severities.setdefault(provision.chapter, set()).add(provision.severity.value)
        yield from _idle_shares(provision, tree["provisions"][i], ("provisions", i))
    scored = {chapter.weight for chapter in code.chapters if chapter.id in severities}
    for i, chapter in enumerate(tree["chapters"]):
        path = ("chapters", i, "weight")
        if "weight" in chapter and chapter["id"] not in severities:
            yield path, "no provision of the chapter is scored"
        # A weight of 1 is what it would be anyway: said so, and nobody takes it for more.
        elif len(scored) == 1 and chapter.get("weight", 1) != 1:
            yield path, "every chapter with a scored provision weighs the same"
    mixed = {severity for found in severities.values() if len(found) > 1 for severity in found}
    default = {severity.value: weight for severity, weight in SEVERITY_WEIGHTS.items()}
    for severity, weight in (tree.get("weights") or {}).items():
        if severity not in mixed:
            yield ("weights", severity), f"no chapter has scored provisions that are {severity} and others that are not"
        elif weight == default[severity] and not is_amended:  # which may set back what the version before had changed
            yield ("weights", severity), f"{severity} weighs {weight:g} anyway"


def _idle_shares(provision: Provision, entry: Entry, path: Path) -> Iterator[tuple[Path, str]]:
    why = ""
    if not provision.is_scored:
        why = "the provision is not scored"
    elif len(provision.requirements) == 1:
        why = "the provision has no other requirement"
    elif len({r.weight for r in provision.requirements}) == 1:
        why = "every requirement of the provision weighs the same"
    for i, inner in enumerate((entry.get("requirements") or []) if why else []):
        if "weight" in inner:
            yield (*path, "requirements", i, "weight"), why


# Conditions that no service meets


class _Reach:
    """Looks for a profile that fits conditions, once for the same ones."""

    def __init__(self, catalogue: Catalogue) -> None:
        self.questions = catalogue.questions
        self.rules = {rule.id: rule.holds for rule in catalogue.consistency}
        self.found: dict[Any, Search] = {}

    def of(self, conditions: Sequence[Expression], with_rules: bool = True) -> Search:
        key = (with_rules, *(condition.tree for condition in conditions))
        if key not in self.found:
            rules = self.rules.values() if with_rules else ()
            self.found[key] = search(conditions, self.questions, rules)
        return self.found[key]

    def check(self, reader: Reader, path: Path, what: str, conditions: Sequence[Expression]) -> None:
        found = self.of(conditions)
        if found.profile is None:
            advice = self.advice(conditions, found)
            tried = f" ({found.tried:,} tried)" if found.tried else ""
            reader.report("never-true", path, what=what, tried=tried, advice=advice)

    def advice(self, conditions: Sequence[Expression], found: Search) -> str:
        """What keeps every profile out, as far as that is certain."""
        if not found.is_certain:
            why = "The search ended there" if found.tried > MOST_TRIED else "Not every value was tried"
            return f"{why}, so there may be one: make the condition simpler, or work out by hand whom it is meant for."
        if self.of(conditions, with_rules=False).profile is not None:
            broken = [id for id, holds in self.rules.items() if not search(conditions, self.questions, [holds]).profile]
            by = ", ".join(broken) or "of several rules together"
            return f"Only answers that contradict each other make it so, by the consistency rule {by}."
        parts = [self.said(part) for part in excluding(conditions, self.questions)]
        listed = "; ".join(parts[:_MOST_SAID]) + ("; …" if len(parts) > _MOST_SAID else "")
        return f"{'Together these' if len(parts) > 1 else 'This'} can never be so: {listed}."

    def said(self, part: Expression) -> str:
        """A part of a condition as its author knows it: a fact by its name, the rest in words."""
        match part.tree:
            case Fact(name):
                return name
            case Not(Fact(name)):
                return f"not {name}"
        words = describe(part, self.questions)
        return words if len(words) <= _MOST_WORDS else f"{words[:_MOST_WORDS].rpartition(' ')[0]} …"


def _lint_reach(code: Code, reader: Reader, reach: _Reach) -> None:
    scope = [code.scope] if code.scope else []
    if scope and reach.of(scope).profile is None:
        reach.check(reader, ("scope",), "the scope takes a service in", scope)
        return
    changed = any(_is_stated(reader, (section,)) for section in ("scope", "facts"))
    for i, provision in enumerate(code.provisions):
        path: Path = ("provisions", i, "applies_when")
        if provision.applies_when and (changed or _is_stated(reader, path)):
            reach.check(reader, path, f"{provision.id} applies", [*scope, provision.applies_when])
            opposite = search([denied(provision.applies_when)], code.catalogue.questions)
            if opposite.profile is None and opposite.is_certain:
                reader.report("always-true", path, provision=provision.id)
    _lint_ratings(reader.tree.value, code.judgements, reach, reader, scope)
    _lint_context(code, reach, reader, scope)


def _lint_ratings(
    tree: Entry, ratings: Iterable[LeastRating], reach: _Reach, reader: Reader, scope: Sequence[Expression] = ()
) -> None:
    """Those that the tree lists, which come first among the `ratings` and in its order."""
    listed = [(id, i) for id, entries in (tree.get("judgements") or {}).items() for i in range(len(entries))]
    for (id, i), least in zip(listed, ratings, strict=False):
        path: Path = ("judgements", id, i, "when")
        if _is_stated(reader, path):
            reach.check(reader, path, "this least rating holds", [*scope, least.when])


def _lint_context(code: Code, reach: _Reach, reader: Reader, scope: Sequence[Expression]) -> None:
    """The first case that holds is shown, so the earlier ones can hide a later one."""
    for i, line in enumerate(code.context):
        for j, case in enumerate(line.cases):
            path: Path = ("context", i, "cases", j, "when")
            if _is_stated(reader, path):
                before = [denied(other.when) for other in line.cases[:j]]
                reach.check(reader, path, "this case is shown", [*scope, case.when, *before])


# Tests that pull an answer in two directions


class _Want(NamedTuple):
    """What a test certainly wants of a question: `more` or less (yes or no, later or earlier), an `option` of a list
    or its absence; of a choice any of the `options` that earn most."""

    question: Question
    more: bool = True
    option: str = ""
    options: frozenset[str] = frozenset()

    def is_against(self, other: _Want) -> bool:
        if self.options and other.options:
            return self.options.isdisjoint(other.options)
        if self.option == other.option:
            return self.more is not other.more
        # Whoever chooses "none" beside another option contradicts themselves.
        return self.more and other.more and NO_OPTION in (self.option, other.option)

    def __str__(self) -> str:
        if self.options:
            return " or ".join(option for option in self.question.options if option in self.options)
        if self.option:
            return self.option if self.more else f"anything but {self.option}"
        return _DIRECTIONS.get(self.question.type, ("less", "more"))[self.more]


_DIRECTIONS = {QuestionType.YES_NO: ("no", "yes"), QuestionType.DATE: ("an earlier day", "a later day")}
_UPWARD = {">": True, ">=": True, "<": False, "<=": False}


class _Pull(NamedTuple):
    want: _Want
    path: Path
    name: str
    provision: Provision


def _lint_pulls(code: Code, reader: Reader, reach: _Reach) -> None:
    """Reports each requirement that wants the opposite of an earlier one, where some service is asked for both."""
    seen: dict[str, list[_Pull]] = {}
    for pull in _pulls(code):
        earlier = seen.setdefault(pull.want.question.id, [])
        against = (other for other in earlier if pull.want.is_against(other.want) and _meet(pull, other, code, reach))
        pairs = [(a, b) for other in against for a, b in ((pull, other), (other, pull)) if _is_stated(reader, a.path)]
        for one, other in pairs[:1]:
            id, wanted, unwanted = one.want.question.id, str(one.want), str(other.want)
            reader.report(
                "pulled-apart", one.path, question=id, one=one.name, wanted=wanted, other=other.name, unwanted=unwanted
            )
        earlier.append(pull)


def _meet(one: _Pull, other: _Pull, code: Code, reach: _Reach) -> bool:
    """Whether some service is asked for both on some day."""
    days = [pull.provision.in_force for pull in (one, other)]
    if max(each.start or date.min for each in days) > min(each.end or date.max for each in days):
        return False
    whens = (code.scope, one.provision.applies_when, other.provision.applies_when)
    return reach.of([when for when in whens if when]).profile is not None


def _pulls(code: Code) -> Iterator[_Pull]:
    for i, provision in enumerate(code.provisions):
        for j, requirement in enumerate(provision.requirements if provision.is_scored else ()):
            path: Path = ("provisions", i, "requirements", j, "test")
            for want in dict.fromkeys(_wants(requirement.test, code.catalogue.questions)):
                yield _Pull(want, path, f"{provision.id} {requirement.id}", provision)


def _wants(test: Test, questions: Mapping[str, Question]) -> Iterator[_Want]:
    """By the check's declaration, or what an expression cannot do without.

    A whole that is divided by and a number of items count cases and are not wanted, nor is what any answer meets.
    """
    if test.expression:
        yield from _needs(test.expression.tree, True, questions)
    named = questions_named(test.kind, test.arguments) if CHECKS[test.kind].can_fail else ()
    for id, name, argument in named:
        question = questions[id]
        if "required" in test.arguments:
            yield from (_Want(question, option=option) for option in test.arguments["required"])
        elif "credit" in test.arguments:
            credit = test.arguments["credit"]
            yield _Want(question, options=frozenset(o for o in credit if credit[o] == max(credit.values())))
        elif argument.direction != EITHER and not name.endswith(".of"):
            yield _Want(question, argument.direction == UP)


def _needs(node: Condition, holds: bool, questions: Mapping[str, Question]) -> Iterator[_Want]:
    """What has to be so for the condition to hold, or to fail; where one of several things will do, nothing has to."""
    match node:
        case Fact(condition=inner):
            yield from _needs(inner, holds, questions)
        case Not(inner):
            yield from _needs(inner, not holds, questions)
        case Junction(word, operands):
            for operand in operands if (word == "and") is holds else ():
                yield from _needs(operand, holds, questions)
        case IsYes(id):
            yield _Want(questions[id], holds)
        case Includes(id, option):
            yield _Want(questions[id], holds, questions[id].options[option])
        case OneOf(id) | Comparison(Answer(id), _, Fixed()) if questions[id].type is QuestionType.CHOICE:
            options = questions[id].options
            every = {id: Column(np.arange(len(options)), np.ones(len(options), dtype=bool))}
            fits = truth(node, every, {}).true == holds
            yield _Want(questions[id], options=frozenset(o for o, fit in zip(options, fits, strict=True) if fit))
        case Comparison(Answer(id), sign, Fixed()) if sign in _UPWARD:
            yield _Want(questions[id], _UPWARD[sign] is holds)
