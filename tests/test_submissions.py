"""Reading self-assessments: every file in `bad/` gives just the problems it states, and good ones give their values."""

from __future__ import annotations

import json
import re
from datetime import date
from functools import cache
from pathlib import Path

import pytest

from compliance import schema
from compliance.model import Catalogue, Declaration, Evidence, Grade, Interval, Problem, Status, Submission
from compliance.problems import render
from compliance.questions import read_catalogue
from compliance.submissions import read_submission

BAD = Path(__file__).parent / "bad"
TODAY = date(2026, 8, 1)
PROVISIONS = ("IICSA-R1.1", "IICSA-R1.2")
BESIDE = json.loads((BAD / "expected.json").read_text(encoding="utf-8"))
FILES = sorted(path.name for path in BAD.iterdir() if path.name not in {"questions.yaml", "expected.json"})


@cache
def catalogue() -> Catalogue:
    found, problems = read_catalogue((BAD / "questions.yaml").read_bytes(), "questions.yaml")
    assert found, problems
    return found


@cache
def shape() -> schema.Json:
    return schema.self_assessment(catalogue(), PROVISIONS)


def read(data: bytes, file: str = "a.yaml") -> tuple[Submission | None, list[Problem]]:
    return read_submission(data, file, catalogue(), shape(), TODAY)


def expected(file: str) -> list[str]:
    """The `line id` of every problem the file must give, stated in its first comments or, where none can stand, beside."""
    if file in BESIDE:
        return list(BESIDE[file])
    return re.findall(r"^# expect: (.+)$", (BAD / file).read_text(encoding="utf-8"), re.MULTILINE)


@pytest.mark.parametrize("file", FILES)
def test_a_bad_file_gives_just_its_problems(file: str) -> None:
    submission, problems = read((BAD / file).read_bytes(), file)
    assert submission is None
    found = [f"{problem.line} {problem.id}" for problem in problems]
    assert found == expected(file), "\n".join(map(render, problems))
