"""The benchmarks compare like with like: what they make up could be filed, and CEL comes to the engine's outcomes."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import numpy as np
import pytest

from bench import cel, measure, portfolio, scoring
from compliance import engine
from compliance.audit import load_rules
from compliance.engine import Plan
from compliance.frame import gather
from compliance.model import QuestionType
from compliance.submissions import read_submission


@pytest.fixture(scope="module")
def plan() -> Plan:
    return scoring.largest()


def test_cel_comes_to_the_same_outcomes(plan: Plan) -> None:
    frame = portfolio.frame(plan, 60, seed=3)
    found = engine.assess(plan.code, frame)
    compared = scoring.assert_equal(cel.Engine(plan), list(cel.documents(plan, frame)), found)
    assert compared == 60 * len(plan.layout.requirements)
    assert len(np.unique(found.outcome)) >= 6


def test_made_up_answers_are_such_as_a_file_may_give(plan: Plan) -> None:
    rules = load_rules()
    frame = portfolio.frame(plan, 20, seed=4)
    for row, document in enumerate(cel.documents(plan, frame)):
        data = json.dumps(_filed(plan, document)).encode()
        submission, problems = read_submission(data, "a.json", rules.catalogue, rules.schema, portfolio.PERIODS[-1][-1])
        assert submission, problems
        again = gather([submission], plan.questions.values())
        for id in plan.questions:
            (values, known), column = frame.questions[id], again.column(id)
            assert (bool(known[row]), column.values[0] * column.known[0]) == (
                bool(column.known[0]),
                values[row] * known[row],
            )


def test_a_seed_gives_the_same_portfolio_again(plan: Plan) -> None:
    first, second, other = (portfolio.frame(plan, 50, seed) for seed in (1, 1, 2))
    same = [np.array_equal(first.questions[id].values, second.questions[id].values) for id in plan.questions]
    differs = [not np.array_equal(first.questions[id].values, other.questions[id].values) for id in plan.questions]
    assert all(same)
    assert sum(differs) > len(plan.questions) / 2


def test_a_table_says_which_targets_are_met() -> None:
    row = measure.Row("reading", "2 s", "3 s", measure.spread([1, 2, 4]), (("at most 3 s", True), ("100 MB", False)))
    head, line = measure.table([row]).splitlines()
    assert line == "reading  2 s   3 s          2 (1 to 4)  at most 3 s: met; 100 MB: NOT MET"
    assert head.index("target") == line.index("at most")


def _filed(plan: Plan, document: cel.Json) -> dict[str, Any]:
    """A document made for CEL as the file that it stands for."""
    answers = document["answers"]
    for id, question in plan.questions.items():
        *sections, name = id.split(".")
        inside = answers
        for section in sections:
            inside = inside[section]
        if question.type is QuestionType.DATE and name in inside:
            inside[name] = date.fromordinal(int(inside[name])).isoformat()
    days = [date.fromordinal(int(document[name])).isoformat() for name in cel.DATES]
    return {
        "format": "self-assessment/1",
        "service": {"id": "made-up", "name": "Made up", "provider": "Nobody"},
        "period": {"from": days[0], "to": days[1]},
        "prepared": {"on": days[2], "role": "Nobody", "approved_by_role": "Nobody"},
        "answers": answers,
    }
