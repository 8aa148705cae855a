"""Runs the examples that rules carry: each says what a few answers must come to, and is held to it.

An example is judged by the same checks and expressions as a self-assessment; only applicability and evidence are left
out,
since an example is about one requirement or one consistency rule alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

import numpy as np

from compliance import scoring
from compliance.document import dotted, read
from compliance.engine import OUTCOMES, Rows, plan
from compliance.expressions import evaluate
from compliance.frame import gather
from compliance.model import (
    MICRO,
    Catalogue,
    Code,
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
from compliance.problems import problem

PERIOD = {"from": "2026-01-01", "to": "2026-06-30"}
PREPARED_ON = "2026-07-20"


def failures(code: Code, data: bytes, file: str) -> list[Problem]:
    """A problem for every example of `code`, read from `data`, that does not come to what it says."""
    found = []
    for path, requirement, example in _examples(code):
        try:
            wanted, actual = _wanted(example), _actual(code, requirement, example)
        except (AttributeError, KeyError, TypeError, ValueError):
            found.append(_failure(data, file, path, "what cannot be read", "no answer of that kind"))
            continue
        if wanted != actual:
            found.append(_failure(data, file, path, _words(wanted), _words(actual)))
    return found


def rule_failures(catalogue: Catalogue, data: bytes, file: str) -> list[Problem]:
    """A problem for every example of a consistency rule that does not come to what it says."""
    found = []
    for i, rule in enumerate(catalogue.consistency):
        for j, example in enumerate(rule.examples):
            try:
                one = gather([_submission(example, catalogue.questions, None)], catalogue.questions.values())
            except (AttributeError, KeyError, TypeError, ValueError):
                path: Path = ("consistency", i, "examples", j)
                found.append(_failure(data, file, path, "what cannot be read", "no answer of that kind"))
                continue
            truth = evaluate(rule.holds, {id: one.column(id) for id in catalogue.questions}, {})
            actual = True if truth.true[0] else False if truth.false[0] else None
            if actual is not example["holds"]:
                words = {True: "true", False: "false", None: "unknown"}
                path = ("consistency", i, "examples", j)
                found.append(_failure(data, file, path, words[example["holds"]], words[actual]))
    return found


def _failure(data: bytes, file: str, path: Path, wanted: str, actual: str) -> Problem:
    tree, _ = read(data, file)
    line, column = tree.locate(path) if tree else (0, 0)
    return problem("example-fails", file, line, column, dotted(path), wanted=wanted, actual=actual)


def _examples(code: Code) -> Iterator[tuple[Path, Requirement, Mapping[str, Any]]]:
    for i, provision in enumerate(code.provisions):
        for j, requirement in enumerate(provision.requirements):
            for k, example in enumerate(requirement.examples):
                yield ("provisions", i, "requirements", j, "examples", k), requirement, example


def _wanted(example: Mapping[str, Any]) -> int | str:
    return round(example["credit"] * MICRO) if "credit" in example else str(example["outcome"])


def _actual(code: Code, requirement: Requirement, example: Mapping[str, Any]) -> int | str:
    """The credit in micro-units if the example names one and it is known, else the outcome."""
    submission = _submission(example, code.catalogue.questions, requirement.test.provision)
    the_plan = plan(code)
    one = gather([submission], the_plan.questions.values())
    low, high, no_cases = Rows(the_plan, one, one.period_to).credit(requirement.test, "")
    if no_cases[0]:
        return Outcome.NO_CASES.value
    if "credit" in example and low[0] == high[0]:
        return int(low[0])
    return OUTCOMES[int(scoring.outcome(low, high, np.int64(MICRO))[0])].value


def _words(found: int | str) -> str:
    return found if isinstance(found, str) else f"credit {found / MICRO:g}"


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
