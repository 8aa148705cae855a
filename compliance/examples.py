"""Runs the examples that rules carry: each says what a few answers must come to, and is held to it.

An example is judged by the same checks and expressions as a self-assessment; only applicability and evidence are left
out, since an example is about one requirement or one consistency rule alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date
from functools import partial, reduce
from typing import Any

import numpy as np

from compliance import schema, scoring
from compliance.document import MOST_VALUES, Tree, dotted
from compliance.engine import OUTCOMES, Plan, Rows, plan
from compliance.expressions import evaluate
from compliance.frame import gather
from compliance.model import (
    MICRO,
    Catalogue,
    Code,
    ConsistencyRule,
    Declaration,
    Outcome,
    Path,
    Problem,
    Question,
    QuestionType,
    Requirement,
    Service,
    Status,
    Submission,
    Value,
)

PERIOD = {"from": "2026-01-01", "to": "2026-06-30"}
PREPARED_ON = "2026-07-20"


def failures(code: Code, tree: Tree) -> list[Problem]:
    """A problem for every example of `code`, read from `tree`, that cannot be read or does not come to what it says."""
    unfit = schema.check(_shape(code.catalogue, "provisions", "requirements"), tree, MOST_VALUES)
    the_plan = plan(code)
    examples = ((path, partial(_run, the_plan, requirement, example)) for path, requirement, example in _examples(code))
    return [*unfit, *_failures(examples, tree, unfit)]


def rule_failures(catalogue: Catalogue, tree: Tree) -> list[Problem]:
    """A problem for every example of a consistency rule that cannot be read or does not come to what it says."""
    unfit = schema.check(_shape(catalogue, "consistency"), tree, MOST_VALUES)
    examples = (
        (("consistency", i, "examples", j), partial(_run_rule, catalogue.questions, rule, example))
        for i, rule in enumerate(catalogue.consistency)
        for j, example in enumerate(rule.examples)
    )
    return [*unfit, *_failures(examples, tree, unfit)]


def _shape(catalogue: Catalogue, *sections: str) -> dict[str, Any]:
    """The JSON Schema of the examples in lists inside lists, where an answer is what a self-assessment may give."""
    answers = schema.self_assessment(catalogue, ())["properties"]["answers"]
    given = {id: reduce(lambda at, part: at["properties"][part], id.split("."), answers) for id in catalogue.questions}
    status = {"enum": [status.value for status in Status]}
    example = {"properties": {"given": {"properties": given, "additionalProperties": False}, "status": status}}
    return reduce(
        lambda inside, section: {"properties": {section: {"items": inside}}}, [*sections, "examples"][::-1], example
    )


def _failures(
    examples: Iterable[tuple[Path, Callable[[], tuple[str, str]]]], tree: Tree, unfit: Sequence[Problem]
) -> Iterator[Problem]:
    """A problem for every example, run by its function, whose two words, wanted and actual, differ; those that are
    unfit are not run."""
    for path, run in examples:
        place = dotted(tree.where(path))
        if any(problem.path.startswith(place) for problem in unfit):
            continue
        try:
            wanted, actual = run()
        except (AttributeError, KeyError, TypeError, ValueError):  # beyond as many as are listed
            wanted, actual = "what cannot be read", "no answer of that kind"
        if wanted != actual:
            yield tree.problem("example-fails", path, wanted=wanted, actual=actual)


def _run_rule(questions: Mapping[str, Question], rule: ConsistencyRule, example: Mapping[str, Any]) -> tuple[str, str]:
    one = gather([_submission(example, questions, None)], questions.values())
    truth = evaluate(rule.holds, {id: one.column(id) for id in rule.holds.reads}, {})
    actual = "true" if truth.true[0] else "false" if truth.false[0] else "unknown"
    return str(example["holds"]).lower(), actual


def _examples(code: Code) -> Iterator[tuple[Path, Requirement, Mapping[str, Any]]]:
    for i, provision in enumerate(code.provisions):
        for j, requirement in enumerate(provision.requirements):
            for k, example in enumerate(requirement.examples):
                if not example.keys().isdisjoint(("credit", "outcome")):
                    yield ("provisions", i, "requirements", j, "examples", k), requirement, example


def _run(the_plan: Plan, requirement: Requirement, example: Mapping[str, Any]) -> tuple[str, str]:
    """What the example says and what it comes to: a credit where it names one that is known, else an outcome."""
    submission = _submission(example, the_plan.code.catalogue.questions, requirement.test.provision)
    one = gather([submission], the_plan.questions.values())
    low, high, no_cases = Rows(the_plan, one, one.period_to).credit(requirement.test, "")
    wanted = _credit(round(example["credit"] * MICRO)) if "credit" in example else str(example["outcome"])
    if no_cases[0]:
        return wanted, Outcome.NO_CASES.value
    if "credit" in example and low[0] == high[0]:
        return wanted, _credit(int(low[0]))
    return wanted, OUTCOMES[int(scoring.outcome(low, high, np.int64(MICRO))[0])].value


def _credit(micro: int) -> str:
    return f"credit {micro / MICRO:g}"


def _submission(example: Mapping[str, Any], questions: Mapping[str, Question], provision: str | None) -> Submission:
    period = PERIOD | example.get("period", {})
    declarations = {provision: Declaration(Status(example["status"]))} if provision and "status" in example else {}
    return Submission(
        service=Service("example", "Example", "Example"),
        period_from=date.fromisoformat(period["from"]),
        period_to=date.fromisoformat(period["to"]),
        prepared_on=date.fromisoformat(example.get("prepared_on", PREPARED_ON)),
        prepared_by_role="",
        approved_by_role="",
        answers={id: _value(questions[id], value) for id, value in example["given"].items() if value is not None},
        declarations=declarations,
        evidence=(),
    )


def _value(question: Question, written: Any) -> Value:
    match question.type:
        case QuestionType.DATE:
            return date.fromisoformat(written)
        case QuestionType.CHOICES:
            return tuple(written)
        case _:
            value: Value = written
            return value
