"""What is different between two versions of a code of practice, in the words of a reader, never in those of the file.

Provisions, requirements and chapters are held against each other by their ids, questions and contradictions as each
code reads them. Two codes that are no versions of one may be compared as well. It decides nothing and prints nothing.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any, Final, Generic, NamedTuple, Protocol, TypeVar

from compliance.codes import questions_read, rules_read
from compliance.model import (
    Chapter,
    Code,
    ConsistencyRule,
    ContextLine,
    Document,
    Expression,
    Interval,
    LeastRating,
    Provision,
    Question,
    Requirement,
    Source,
)
from compliance.vocabulary import (
    BASIS_WORDS,
    OBLIGATION_WORDS,
    STANDING_WORDS,
    cap_words,
    check_words,
    least_words,
    period_words,
    source_words,
)
from compliance.wording import describe


class Kind(StrEnum):
    """What kind of change it is, from what weighs most for whoever is assessed."""

    REMOVED = "removed"
    ADDED = "added"
    READDRESSED = "readdressed"
    RETESTED = "retested"
    REDEFINED = "redefined"
    ASKED = "asked"
    NO_LONGER_ASKED = "no_longer_asked"
    REDATED = "redated"
    REWEIGHTED = "reweighted"
    MOVED = "moved"
    RESOURCED = "resourced"
    REWORDED = "reworded"


KIND_WORDS: Final[Mapping[Kind, str]] = {
    Kind.REMOVED: "removed",
    Kind.ADDED: "added",
    Kind.READDRESSED: "re-addressed",
    Kind.RETESTED: "re-tested",
    Kind.REDEFINED: "redefined",
    Kind.ASKED: "newly asked",
    Kind.NO_LONGER_ASKED: "no longer asked",
    Kind.REDATED: "re-dated",
    Kind.REWEIGHTED: "re-weighted",
    Kind.MOVED: "moved",
    Kind.RESOURCED: "re-sourced",
    Kind.REWORDED: "reworded",
}


class Subject(StrEnum):
    """What a change is about, in the order of a document."""

    CODE = "code"
    CONDITION = "condition"
    RATING = "rating"
    CHAPTER = "chapter"
    PROVISION = "provision"
    REQUIREMENT = "requirement"
    CONTEXT = "context"
    LEFT_OUT = "left_out"
    UPCOMING = "upcoming"
    QUESTION = "question"
    CONTRADICTION = "contradiction"
    SOURCE = "source"


SUBJECT_WORDS: Final[Mapping[Subject, tuple[str, str]]] = {
    Subject.CODE: ("code", "codes"),
    Subject.CONDITION: ("named condition", "named conditions"),
    Subject.RATING: ("least rating", "least ratings"),
    Subject.CHAPTER: ("chapter", "chapters"),
    Subject.PROVISION: ("provision", "provisions"),
    Subject.REQUIREMENT: ("requirement", "requirements"),
    Subject.CONTEXT: ("line of context", "lines of context"),
    Subject.LEFT_OUT: ("item left out", "items left out"),
    Subject.UPCOMING: ("upcoming item", "upcoming items"),
    Subject.QUESTION: ("question", "questions"),
    Subject.CONTRADICTION: ("rule on contradictions", "rules on contradictions"),
    Subject.SOURCE: ("source", "sources"),
}
"""Each subject as one and as many."""


@dataclass(frozen=True, slots=True)
class Change:
    """One difference: `what` changed of the thing, `before` and `after`, all in words.

    `provision` is the id of the provision that a requirement belongs to, and the provision's own. `before` is empty
    where there was nothing, `after` where there is nothing now. Of a whole thing that was added or removed, `what` says
    where it came from or went, if that is known.
    """

    kind: Kind
    subject: Subject
    id: str
    title: str
    what: str
    before: str
    after: str
    provision: str = ""


T = TypeVar("T")


def compare(old: Code, new: Code) -> tuple[Change, ...]:
    """Every difference between two codes, in the order of the document; none between a code and itself."""
    return tuple(_Comparison(old, new).changes())


def counts(changes: Iterable[Change]) -> tuple[str, ...]:
    """How many things changed in which way: "1 provision added", "2 questions newly asked"."""
    things = {(change.kind, change.subject, change.provision, change.id) for change in changes}
    times = Counter((kind, subject) for kind, subject, _, _ in things)
    return tuple(
        f"{_count(subject, times[kind, subject])} {KIND_WORDS[kind]}"
        for kind in Kind
        for subject in Subject
        if times[kind, subject]
    )


def _count(subject: Subject, times: int) -> str:
    one, many = SUBJECT_WORDS[subject]
    return f"the {one}" if subject is Subject.CODE else f"{times} {one if times == 1 else many}"


class _Field(NamedTuple, Generic[T]):
    """Something that may differ between two forms of a thing: its words, and what they are words for.

    The things differ here where their words do and, if there is a `key`, their keys too: what a condition names is said
    where it is defined.
    """

    kind: Kind
    what: str
    words: Callable[[T, Code], str]
    key: Callable[[T], Any] | None = None


class _Thing(NamedTuple, Generic[T]):
    """One kind of thing that codes have: how it is called, and what may differ."""

    subject: Subject
    title: Callable[[T], str]
    whole: Callable[[T, Code], str]
    fields: Sequence[_Field[T]]


def _condition(expression: Expression | None, code: Code) -> str:
    return describe(expression, code.catalogue.questions) if expression else "every service"


def _flat(text: str) -> str:
    return " ".join(text.split())


def _meaning(expression: Expression | None) -> Any:
    """What a condition comes to, however it is broken into lines."""
    return expression and _flat(expression.text)


def _source_key(source: Source) -> Any:
    return source.doc, source.section, source.mark


def _test_key(requirement: Requirement) -> Any:
    test = requirement.test
    return _meaning(test.expression) if test.expression else test.arguments


def _chapter_title(provision: Provision, code: Code) -> str:
    return next(chapter.title for chapter in code.chapters if chapter.id == provision.chapter)


def _asked(provision: Provision, code: Code) -> str:
    """What a whole provision asks, how firmly and of whom."""
    how = f"{OBLIGATION_WORDS[provision.obligation]}, severity {provision.severity}"
    whom = f"applies {'where' if provision.applies_when else 'to'} {_condition(provision.applies_when, code)}"
    return f"{provision.text} ({how}; {whom})"


def _own_period(provision: Provision, code: Code) -> Interval:
    """From when to when, without an end that is the code's own: a superseded version ends all of its provisions."""
    start, end = provision.in_force.start, provision.in_force.end
    return Interval(start, None if end == code.in_force.end else end)


def _cases(line: ContextLine, code: Code) -> str:
    return "; ".join(f"where {_condition(case.when, code)}: {case.says}" for case in line.cases)


def _cases_key(line: ContextLine) -> Any:
    return [(_meaning(case.when), case.says, _meaning(case.amount), case.unit) for case in line.cases]


def _range(question: Question, code: Code) -> str:
    least, most = question.minimum, question.maximum
    bounds = [
        *([f"at least {least:g}"] if least is not None else []),
        *([f"at most {most:g}"] if most is not None else []),
    ]
    return " and ".join(bounds) or "any"


def _options(question: Question, code: Code) -> str:
    order = " (from low to high)" if question.ordered else ""
    return ", ".join(option.replace("_", " ") for option in question.options) + order


def _document(document: Document) -> str:
    return ", ".join(part for part in (document.title, document.date, document.url) if part)


def _clock(question: Question, code: Code) -> str:
    clock = question.clock
    if clock is None:
        return ""
    parts = (f"from {clock.start} to {clock.stop}", clock.items, clock.statistic, clock.open_items, f"n: {clock.n}")
    return "; ".join(parts)


def _ratings(ratings: Iterable[LeastRating], code: Code) -> str:
    return "; ".join(least_words(least, code.catalogue.questions) for least in ratings)


_CODE: Final = _Thing[Code](
    Subject.CODE,
    lambda code: code.title,
    lambda code, _: code.text,
    (
        _Field(Kind.READDRESSED, "addressed to", lambda code, _: code.addressed_to),
        _Field(
            Kind.READDRESSED, "scope", lambda code, _: _condition(code.scope, code), lambda code: _meaning(code.scope)
        ),
        _Field(Kind.RETESTED, "standing", lambda code, _: STANDING_WORDS[code.standing]),
        _Field(Kind.REDATED, "in force", lambda code, _: period_words(code.in_force)),
        _Field(
            Kind.REWEIGHTED,
            "weights of severities",
            lambda code, _: ", ".join(f"{severity} {weight:g}" for severity, weight in code.severity_weights.items()),
        ),
        _Field(Kind.REWEIGHTED, "caps", lambda code, _: "; ".join(map(cap_words, code.caps)) or "none"),
        _Field(Kind.REWORDED, "title", lambda code, _: code.title),
        _Field(Kind.REWORDED, "publisher", lambda code, _: code.publisher),
        _Field(Kind.REWORDED, "about", lambda code, _: code.text),
    ),
)
_DOCUMENT: Final = _Thing[Document](
    Subject.SOURCE,
    lambda document: document.title,
    lambda document, _: ", ".join(filter(None, (document.date, document.url))),
    (_Field(Kind.RESOURCED, "the source", lambda document, _: _document(document)),),
)
_CHAPTER: Final = _Thing[Chapter](
    Subject.CHAPTER,
    lambda chapter: chapter.title,
    lambda chapter, _: f"weight {chapter.weight:g}",
    (
        _Field(Kind.REWEIGHTED, "weight", lambda chapter, _: f"{chapter.weight:g}"),
        _Field(Kind.REWORDED, "title", lambda chapter, _: chapter.title),
    ),
)
_PROVISION: Final = _Thing[Provision](
    Subject.PROVISION,
    lambda provision: provision.title,
    lambda provision, code: _asked(provision, code),
    (
        _Field(
            Kind.READDRESSED,
            "applies to",
            lambda provision, code: _condition(provision.applies_when, code),
            lambda provision: _meaning(provision.applies_when),
        ),
        _Field(Kind.RETESTED, "obligation", lambda provision, _: OBLIGATION_WORDS[provision.obligation]),
        _Field(
            Kind.RETESTED,
            "alternatives",
            lambda provision, _: "allowed" if provision.alternatives_allowed else "not allowed",
        ),
        _Field(Kind.REDATED, "in force", lambda provision, code: period_words(_own_period(provision, code))),
        _Field(Kind.REWEIGHTED, "severity", lambda provision, _: provision.severity.value),
        _Field(Kind.MOVED, "chapter", _chapter_title, lambda provision: provision.chapter),
        _Field(Kind.MOVED, "part of", lambda provision, _: provision.under or ""),
        _Field(
            Kind.RESOURCED,
            "source",
            lambda provision, code: source_words(provision.source, code),
            lambda provision: _source_key(provision.source),
        ),
        _Field(Kind.REWORDED, "called", lambda provision, _: provision.kind),
        _Field(Kind.REWORDED, "title", lambda provision, _: provision.title),
        _Field(Kind.REWORDED, "text", lambda provision, _: provision.text),
    ),
)
_REQUIREMENT: Final = _Thing[Requirement](
    Subject.REQUIREMENT,
    lambda requirement: requirement.statement,
    lambda requirement, code: check_words(requirement, code.catalogue.questions),
    (
        _Field(
            Kind.RETESTED,
            "test",
            lambda requirement, code: check_words(requirement, code.catalogue.questions),
            _test_key,
        ),
        _Field(Kind.RETESTED, "rests on", lambda requirement, _: BASIS_WORDS[requirement.basis]),
        _Field(Kind.REWEIGHTED, "weight", lambda requirement, _: f"{requirement.weight:g}"),
        _Field(
            Kind.RESOURCED,
            "source",
            lambda requirement, code: source_words(requirement.source, code),
            lambda requirement: _source_key(requirement.source),
        ),
        _Field(Kind.REWORDED, "statement", lambda requirement, _: requirement.statement),
        _Field(Kind.REWORDED, "why", lambda requirement, _: requirement.why),
        _Field(Kind.REWORDED, "remedy", lambda requirement, _: requirement.remedy),
        _Field(Kind.REWORDED, "effort", lambda requirement, _: requirement.effort),
    ),
)
_CONTEXT: Final = _Thing[ContextLine](
    Subject.CONTEXT,
    lambda line: line.title,
    lambda line, _: line.text,
    (
        _Field(Kind.REWORDED, "what follows", _cases, _cases_key),
        _Field(Kind.RESOURCED, "source", lambda line, code: source_words(line.source, code), lambda line: line.source),
        _Field(Kind.REWORDED, "title", lambda line, _: line.title),
        _Field(Kind.REWORDED, "text", lambda line, _: line.text),
    ),
)
_QUESTION: Final = _Thing[Question](
    Subject.QUESTION,
    lambda question: question.label,
    lambda question, _: question.ask,
    (
        _Field(Kind.REDEFINED, "definition", lambda question, _: question.define),
        _Field(Kind.REDEFINED, "kind of answer", lambda question, _: question.type.replace("_", " ")),
        _Field(Kind.REDEFINED, "unit", lambda question, _: question.unit),
        _Field(Kind.REDEFINED, "role", lambda question, _: question.role),
        _Field(Kind.REDEFINED, "options", _options),
        _Field(Kind.REDEFINED, "bounds", _range),
        _Field(Kind.REDEFINED, "clock", _clock),
        _Field(Kind.REWORDED, "question", lambda question, _: question.ask),
        _Field(Kind.REWORDED, "label", lambda question, _: question.label),
    ),
)
_RULE: Final = _Thing[ConsistencyRule](
    Subject.CONTRADICTION,
    lambda rule: rule.say,
    lambda rule, code: f"it has to hold that {_condition(rule.holds, code)}",
    (
        _Field(
            Kind.RETESTED,
            "has to hold",
            lambda rule, code: _condition(rule.holds, code),
            lambda rule: _meaning(rule.holds),
        ),
        _Field(Kind.RETESTED, "touches", lambda rule, _: ", ".join(rule.questions)),
        _Field(Kind.REWORDED, "sentence", lambda rule, _: rule.say),
    ),
)
_TEXT: Final = _Field[str](Kind.REWORDED, "text", lambda text, _: text)
_LEFT_OUT: Final = _Thing[str](Subject.LEFT_OUT, lambda _: "", lambda why, _: why, (_TEXT,))
_UPCOMING: Final = _Thing[str](Subject.UPCOMING, lambda _: "", lambda coming, _: coming, (_TEXT,))
_CONDITION: Final = _Thing[Expression](
    Subject.CONDITION,
    lambda _: "",
    lambda condition, code: _condition(condition, code),
    (_Field(Kind.READDRESSED, "means", _condition, _meaning),),
)
_RATING: Final = _Thing[tuple[LeastRating, ...]](
    Subject.RATING,
    lambda ratings: "",
    lambda ratings, code: _ratings(ratings, code),
    (
        _Field(
            Kind.READDRESSED,
            "what the factors support",
            lambda ratings, code: _ratings(ratings, code),
            lambda ratings: [(least.at_least, _meaning(least.when)) for least in ratings],
        ),
    ),
)
_RANK: Final = {kind: rank for rank, kind in enumerate(Kind)}


class _Comparison:
    """Two codes held against each other, part by part."""

    def __init__(self, old: Code, new: Code) -> None:
        self.old = old
        self.new = new
        # A version that begins later dates all of its provisions anew: that is one change, not one for each.
        kept = _by_id(old.provisions).keys() & _by_id(new.provisions).keys()
        self.is_dated_as_a_whole = all(
            _own_period(provision, code) == Interval(code.in_force.start, None)
            for code in (old, new)
            for provision in code.provisions
            if provision.id in kept
        )

    def changes(self) -> Iterator[Change]:
        old, new = self.old, self.new
        for each in self._fields(_CODE, new.id, old, new):
            if each.kind is not Kind.REDATED or new.supersedes != old.name:  # a successor begins later in any case
                yield each
        for each in self._things(_CONDITION, old.facts, new.facts):
            yield replace(each, title=f"read by {', '.join(self._readers(each.id)) or 'nothing'}")
        for each in self._things(_RATING, _by_question(old.judgements), _by_question(new.judgements)):
            yield replace(each, title=self._question(each.id).label)
        yield from self._things(_CHAPTER, _by_id(old.chapters), _by_id(new.chapters))
        yield from self._provisions()
        yield from self._things(_CONTEXT, _by_id(old.context), _by_id(new.context))
        yield from self._outlook()
        yield from self._questions()
        for each in self._things(_RULE, _rules(old), _rules(new)):
            other = old if each.kind is Kind.ADDED else new
            # A rule that the other catalogue has as well comes or goes with a question, which is said.
            if each.kind not in (Kind.ADDED, Kind.REMOVED) or each.id not in _by_id(other.catalogue.consistency):
                yield each
        yield from self._things(_DOCUMENT, old.sources, new.sources)

    def _things(self, thing: _Thing[T], old: Mapping[str, T], new: Mapping[str, T]) -> Iterator[Change]:
        """What was removed, added and changed among things of one kind, by their ids."""
        for id in _together(list(old), list(new)):
            if id not in new:
                words = _flat(thing.whole(old[id], self.old))
                yield Change(Kind.REMOVED, thing.subject, id, thing.title(old[id]), "", words, "")
            elif id not in old:
                words = _flat(thing.whole(new[id], self.new))
                yield Change(Kind.ADDED, thing.subject, id, thing.title(new[id]), "", "", words)
            else:
                yield from self._fields(thing, id, old[id], new[id])

    def _fields(self, thing: _Thing[T], id: str, old: T, new: T) -> Iterator[Change]:
        for kind, what, words, key in sorted(thing.fields, key=lambda field: _RANK[field.kind]):
            before, after = _flat(words(old, self.old)), _flat(words(new, self.new))
            if before != after and (key is None or key(old) != key(new)):
                yield Change(kind, thing.subject, id, thing.title(new), what, before, after)

    def _provisions(self) -> Iterator[Change]:
        """Of each provision what changed of it and then of its requirements."""
        old, new = _by_id(self.old.provisions), _by_id(self.new.provisions)
        for id in _together(list(old), list(new)):
            before, after = old.get(id), new.get(id)
            for each in self._things(_PROVISION, {id: before} if before else {}, {id: after} if after else {}):
                if each.kind is not Kind.REDATED or not self.is_dated_as_a_whole:
                    yield replace(each, what=each.what or self._fate(each), provision=id)
            if before and after:
                for each in self._things(_REQUIREMENT, _by_id(before.requirements), _by_id(after.requirements)):
                    yield replace(each, provision=id)

    def _fate(self, change: Change) -> str:
        """Where a provision went that was removed, or came from that was added; empty where nobody says so."""
        id = change.id
        if change.kind is Kind.REMOVED:
            said = self.new.removed.get(id, {})
            successor = f"{said['successor']} takes its place" if "successor" in said else ""
            reason = said.get("reason", "").rstrip(".") or (
                f"left out: {self.new.left_out[id]}" if id in self.new.left_out else ""
            )
            return "; ".join(filter(None, (reason, successor)))
        origins = [old for old, said in self.new.removed.items() if said.get("successor") == id]
        parts = [f"in place of {', '.join(origins)}"] if origins else []
        parts += ["upcoming until now"] if id in self.old.upcoming else []
        parts += ["left out until now"] if id in self.old.left_out else []
        return "; ".join(parts)

    def _outlook(self) -> Iterator[Change]:
        """What is left out or still to come; what became a provision, or was one, is said of that."""
        encoded = {each.id for code in (self.old, self.new) for each in code.provisions}
        left = ({id: why for id, why in code.left_out.items() if id not in encoded} for code in (self.old, self.new))
        yield from self._things(_LEFT_OUT, *left)
        coming = (
            {
                id: _flat(f"{said['title']}. {said.get('note', '')}")
                for id, said in code.upcoming.items()
                if id not in encoded
            }
            for code in (self.old, self.new)
        )
        yield from self._things(_UPCOMING, *coming)

    def _questions(self) -> Iterator[Change]:
        asked = ({id: code.catalogue.questions[id] for id in questions_read(code)} for code in (self.old, self.new))
        for each in self._things(_QUESTION, *asked):
            if each.kind is Kind.ADDED:
                replaces = self.new.catalogue.questions[each.id].replaces
                yield replace(each, kind=Kind.ASKED, what=f"in place of {replaces}" if replaces else "")
            elif each.kind is Kind.REMOVED:
                yield replace(each, kind=Kind.NO_LONGER_ASKED)
            else:
                yield each

    def _readers(self, fact: str) -> list[str]:
        """What names a condition in either code."""
        named = re.compile(rf"(?<![\w.]){re.escape(fact)}(?![\w.])")
        conditions = (each for code in (self.old, self.new) for each in _conditions(code))
        return list(
            dict.fromkeys(reader for reader, condition in conditions if condition and named.search(condition.text))
        )

    def _question(self, id: str) -> Question:
        return self.new.catalogue.questions.get(id) or self.old.catalogue.questions[id]


class _HasId(Protocol):
    @property
    def id(self) -> str: ...


Named = TypeVar("Named", bound=_HasId)


def _by_id(things: Iterable[Named]) -> dict[str, Named]:
    return {thing.id: thing for thing in things}


def _by_question(ratings: Iterable[LeastRating]) -> dict[str, tuple[LeastRating, ...]]:
    found: dict[str, tuple[LeastRating, ...]] = {}
    for least in ratings:
        found[least.question] = (*found.get(least.question, ()), least)
    return found


def _conditions(code: Code) -> Iterator[tuple[str, Expression | None]]:
    """Every condition of a code, with the name of what it is a condition of."""
    yield "the scope", code.scope
    yield from ((name.replace("_", " "), fact) for name, fact in code.facts.items())
    yield from ((code.catalogue.questions[least.question].label, least.when) for least in code.judgements)
    for provision in code.provisions:
        yield provision.id, provision.applies_when
        yield from ((f"{provision.id} {each.id}", each.test.expression) for each in provision.requirements)
    yield from ((line.title, case.when) for line in code.context for case in line.cases)


def _rules(code: Code) -> dict[str, ConsistencyRule]:
    return _by_id(code.catalogue.consistency[i] for i in rules_read(code))


def _together(old: Sequence[str], new: Sequence[str]) -> list[str]:
    """The new ids in their order, each old one that is not among them after what it came after."""
    known, order, at = set(new), list(new), 0
    for id in old:
        if id in known:
            at = order.index(id) + 1
        else:
            order.insert(at, id)
            at += 1
    return order
