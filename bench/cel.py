"""The same checks through a CEL engine, one self-assessment at a time.

Every condition and test of a code is written as CEL over a self-assessment in its own nested form: what applies, what
contradicts, what the publisher's factors support, and each test's credit. What cannot be worked out is an error, which
CEL's `&&` and `||` absorb just as our three-valued logic does. `Engine.run` is what a benchmark times; `outcomes` makes
of its values what the engine makes of columns, so that the two can be held equal. Evidence, weights and figures are
left to our side alone.

cel-expr-python, Google's own, takes half as long as common-expression-language on nested documents. (With every answer
turned into a variable of its own beforehand, which neither asks for, the latter would be the faster, about six times.)
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from cel_expr_python import cel

from compliance.engine import SHORTEST_IN_FORCE, Plan, rank
from compliance.expressions import (
    Answer,
    Arithmetic,
    Comparison,
    Condition,
    Constant,
    Fact,
    Fixed,
    Includes,
    IsYes,
    Junction,
    Not,
    OneOf,
    Quantity,
)
from compliance.frame import NO_STATUS, STATUSES, Frame
from compliance.model import (
    MICRO,
    NO_OPTION,
    Interval,
    Outcome,
    Provision,
    Question,
    QuestionType,
    Requirement,
    Status,
    Test,
    Value,
)

NAME = "cel-expr-python"
NO_CASES = -2.0
DATES = ("period_from", "period_to", "prepared_on")

Json = dict[str, Any]


# Self-assessments


def documents(plan: Plan, frame: Frame) -> Iterator[Json]:
    """The rows of a frame as self-assessments: answers by section, ranks of choices, declarations, days."""
    for row in range(frame.size):
        document: Json = {"answers": {}, "ranks": {}, "provisions": {}}
        for id, question in plan.questions.items():
            column = frame.column(id)
            answer = _answer(question, column.values[row].item()) if column.known[row] else None
            _put(document["answers"], id, answer)
            if question.ordered:
                _put(document["ranks"], id, None if answer is None else float(question.options.index(answer)))
        for id, declared in frame.declared.items():
            status = declared.status[row]
            is_complete = bool(declared.is_complete[row])
            given = {} if status == NO_STATUS else {"status": STATUSES[status].value, "is_complete": is_complete}
            document["provisions"][id] = given
        yield document | {name: float(getattr(frame, name)[row]) for name in DATES}


def _answer(question: Question, value: float) -> Value | list[str]:
    match question.type:
        case QuestionType.YES_NO:
            return bool(value)
        case QuestionType.CHOICE:
            return question.options[int(value)]
        case QuestionType.CHOICES:
            return [option for i, option in enumerate(question.options) if int(value) >> i & 1]
        case QuestionType.TEXT:
            return "given"
        case _:
            return float(value)


def _put(tree: Json, id: str, value: object) -> None:
    *sections, name = id.split(".")
    for section in sections:
        tree = tree.setdefault(section, {})
    if value is not None:
        tree[name] = value


# Conditions and tests in CEL


def condition(node: Condition, questions: Mapping[str, Question]) -> str:
    match node:
        case Constant(holds):
            return "true" if holds else "false"
        case Fact(condition=inner):
            return condition(inner, questions)
        case Not(operand):
            return f"!({condition(operand, questions)})"
        case Junction(word, operands):
            sign = " && " if word == "and" else " || "
            return f"({sign.join(condition(operand, questions) for operand in operands)})"
        case IsYes(id):
            return f"answers.{id}"
        case Includes(id, option):
            return f'("{questions[id].options[option]}" in answers.{id})'
        case OneOf(id, options):
            return "(" + " || ".join(f'answers.{id} == "{questions[id].options[option]}"' for option in options) + ")"
        case Comparison(left, sign, right):
            return f"({_quantity(left, questions)} {sign} {_quantity(right, questions)})"


def _quantity(node: Quantity, questions: Mapping[str, Question]) -> str:
    match node:
        case Fixed(value):
            return repr(float(value))
        case Answer(id):
            return f"ranks.{id}" if questions[id].type is QuestionType.CHOICE else f"answers.{id}"
        case Arithmetic(left, sign, right):
            a, b = _quantity(left, questions), _quantity(right, questions)
            # An index out of range makes a division by zero the error that it is for us.
            return f"[{a} / {b}][{b} == 0.0 ? 1 : 0]" if sign == "/" else f"({a} {sign} {b})"


def credit(test: Test, questions: Mapping[str, Question]) -> str:
    """A test's credit from 0 to 1, NO_CASES, or an error where it is unknown."""
    text = _CREDITS[test.kind](test, questions)
    for id in test.denominators:
        at_zero = repr(NO_CASES) if test.no_cases_when_zero else "[0.0][1]"
        text = f"(answers.{id} == 0.0 ? {at_zero} : {text})"
    return text


def _measure(test: Test) -> str:
    written = test.arguments[test.kind]
    if isinstance(written, str):
        return f"answers.{written}"
    return f"(answers.{written['part']} / answers.{written['of']})"


def _line(x: str, test: Test, above: str, below: str) -> str:
    full, zero = float(test.arguments["full_at"]), test.arguments.get("zero_at")
    if zero is None:
        return f"({x} {above} {full} ? 1.0 : 0.0)"
    between = f"({x} - {float(zero)}) / ({full} - {float(zero)})"
    return f"({x} {above} {full} ? 1.0 : ({x} {below} {float(zero)} ? 0.0 : {between}))"


def _one_of(test: Test, questions: Mapping[str, Question]) -> str:
    text = "0.0"
    for option, worth in test.arguments["credit"].items():
        text = f'({_measure(test)} == "{option}" ? {float(worth)} : {text})'
    return text


def _covers(test: Test, questions: Mapping[str, Question]) -> str:
    present = [f'("{option}" in {_measure(test)} ? 1.0 : 0.0)' for option in test.arguments["required"]]
    return f"(({' + '.join(present)}) / {float(len(present))})"


def _fresh(test: Test, questions: Mapping[str, Question]) -> str:
    day, within = _measure(test), float(test.arguments["within_days"])
    return f"({day} > prepared_on ? [0.0][1] : ({day} >= period_to - {within} ? 1.0 : 0.0))"


def _own_target(test: Test, questions: Mapping[str, Question]) -> str:
    target, most = f"answers.{test.arguments['target']}", test.arguments.get("credible_at_most")
    refused = f"answers.{test.arguments['set_on']} >= period_from"
    refused += "" if most is None else f" || {target} > {float(most)}"
    return f"({refused} ? [0.0][1] : ({_measure(test)} <= {target} ? 1.0 : 0.0))"


def _in_place(test: Test, questions: Mapping[str, Question]) -> str:
    status = f'provisions["{test.provision}"].status'
    worth = {Status.IN_PLACE: 1.0, Status.PARTLY_IN_PLACE: 0.5, Status.PLANNED: 0.0, Status.NOT_IN_PLACE: 0.0}
    text = "[0.0][1]"
    for declared, value in worth.items():
        text = f'({status} == "{declared}" ? {value} : {text})'
    return text


_CREDITS: dict[str, Callable[[Test, Mapping[str, Question]], str]] = {
    "is_true": lambda test, questions: f"({_measure(test)} ? 1.0 : 0.0)",
    "is_reported": lambda test, questions: f"({_measure(test)} == {_measure(test)} ? 1.0 : 0.0)",
    "at_least": lambda test, questions: _line(_measure(test), test, ">=", "<="),
    "at_most": lambda test, questions: _line(_measure(test), test, "<=", ">="),
    "one_of": _one_of,
    "covers": _covers,
    "fresh": _fresh,
    "meets_own_target": _own_target,
    "in_place": _in_place,
    "holds": lambda test, questions: f"({condition(test.condition.tree, questions)} ? 1.0 : 0.0)",
}


# Running them


class Engine:
    """A code's conditions and tests, compiled."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        names = ("answers", "ranks", "provisions", *DATES)
        self.environment = cel.NewEnv(variables=dict.fromkeys(names, cel.Type.DYN))
        self.applying = [p for p in plan.layout.provisions if p.applies_when]
        self.rated = [(id, least) for id, ratings in plan.ratings.items() for least in ratings]
        self.contradicting = [
            *((rule.questions, f"!({self._text(rule.holds.tree)})") for rule in plan.rules),
            *(((part, of), f"answers.{part} > answers.{of}") for part, of in plan.parts),
            *(((time, n), f"answers.{n} == 0.0 && answers.{time} >= 0.0") for time, n in plan.times),
            *(((id,), f'"{NO_OPTION}" in answers.{id} && size(answers.{id}) > 1') for id in plan.lists),
        ]
        texts = [
            *(self._text(p.applies_when.tree) for p in self.applying if p.applies_when),
            *(self._text(least.when.tree) for _, least in self.rated),
            *(text for _, text in self.contradicting),
            *(credit(requirement.test, plan.questions) for _, requirement in plan.layout.requirements),
        ]
        self.programs = [self.environment.compile(text) for text in texts]

    def _text(self, node: Condition) -> str:
        return condition(node, self.plan.questions)

    def prepare(self, document: Json) -> Any:
        return self.environment.Activation(document)

    def run(self, activation: Any) -> list[Any]:
        """The value of every program: a boolean, a number, or the text of an error."""
        return [program.eval(activation=activation).plain_value() for program in self.programs]

    def outcomes(self, document: Json, values: Sequence[Any]) -> list[Outcome]:
        """The outcome of every requirement, in the order of the code's layout."""
        rest = iter(values)
        applies = {provision.id: next(rest) for provision in self.applying}
        least = [(id, rating, next(rest)) for id, rating in self.rated]
        touched = {id for questions, _ in self.contradicting if next(rest) is True for id in questions}
        softened = self._softened(document, least)
        if softened is not None:
            activation = self.prepare(softened)
            for provision, program in zip(self.applying, self.programs, strict=False):
                if applies[provision.id] is False:
                    again = program.eval(activation=activation).plain_value()
                    applies[provision.id] = False if again is False else "open"
        return [
            _outcome(document, provision, requirement, applies.get(provision.id, True), next(rest), touched)
            for provision, requirement in self.plan.layout.requirements
        ]

    def _softened(self, document: Json, least: Sequence[tuple[str, Any, Any]]) -> Json | None:
        """The document with every under-rated judgement unanswered, None where there is none."""
        under_rated = set()
        for id, rating, holds in least:
            question = self.plan.questions[id]
            given = _get(document["ranks" if question.ordered else "answers"], id)
            if holds is not False and given is not None and given < rank(rating, question):
                under_rated.add(id)
        if not under_rated:
            return None
        answers: Json = {}
        ranks: Json = {}
        for id in self.plan.questions:
            is_kept = id not in under_rated
            _put(answers, id, _get(document["answers"], id) if is_kept else None)
            _put(ranks, id, _get(document["ranks"], id) if is_kept else None)
        return document | {"answers": answers, "ranks": ranks}


def _get(tree: Any, id: str) -> Any:
    for part in id.split("."):
        tree = tree.get(part) if tree else None
    return tree


def _outcome(
    document: Json, provision: Provision, requirement: Requirement, applies: Any, value: Any, touched: set[str]
) -> Outcome:
    if applies is False or not _overlap(provision.in_force, document["period_to"], document["period_to"]):
        return Outcome.NOT_APPLICABLE
    days = _overlap(provision.in_force, document["period_from"], document["period_to"])
    if days < min(SHORTEST_IN_FORCE, document["period_to"] - document["period_from"] + 1):
        return Outcome.TOO_EARLY
    declared = document["provisions"][provision.id]
    if provision.alternatives_allowed and declared.get("status") == Status.ALTERNATIVE and declared["is_complete"]:
        return Outcome.ALTERNATIVE
    is_touched = bool(touched & set(requirement.test.reads))
    if value == NO_CASES and not is_touched:
        return Outcome.NO_CASES
    is_known = isinstance(value, float) and value != NO_CASES
    high = _micro(value) if is_known else MICRO
    low = high if is_known and applies is True and not is_touched else 0
    return _by_credit(low, high)


def _by_credit(low: int, high: int) -> Outcome:
    if low == MICRO:
        return Outcome.MET
    if high == 0:
        return Outcome.NOT_MET
    return Outcome.PARTLY_MET if low == high else Outcome.UNKNOWN


def _micro(value: float) -> int:
    return int(value) * MICRO if value in (0.0, 1.0) else min(max(round(value * MICRO), 1), MICRO - 1)


def _overlap(interval: Interval, first: float, last: float) -> float:
    """How many days of `first` to `last` lie in the interval."""
    start, end = interval.start or date.min, interval.end or date.max
    return max(0.0, min(last, end.toordinal()) - max(first, start.toordinal()) + 1)
