"""The rules in `tests/small`: small enough to reason about by hand, unlike those that are shipped."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from compliance.codes import read_code
from compliance.document import Tree, read
from compliance.model import Catalogue, Code
from compliance.questions import read_catalogue

FOLDER = Path(__file__).parent / "small"
QUESTIONS = FOLDER / "questions.yaml"
CODE = FOLDER / "codes" / "small-code@1.yaml"


@cache
def catalogue() -> Catalogue:
    found, problems = read_catalogue(QUESTIONS.read_bytes(), QUESTIONS.name)
    assert found, problems
    return found


def tree_of(text: str) -> Tree:
    tree, problems = read(text.encode(), "rules.yaml")
    assert tree, problems
    return tree


@cache
def code() -> Code:
    found, problems = read_code(CODE.read_bytes(), CODE.name, catalogue())
    assert found, problems
    return found
