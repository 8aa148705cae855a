"""Cohorts: which services are alike enough to be compared, as conditions on what a service says it is.

The first cohort whose condition is true takes a service in. A condition that is unknown takes nobody in, so a service
that leaves facts out ends in the last cohort, which asks nothing.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from compliance import schema
from compliance.codes import canonical
from compliance.document import Read, Tree
from compliance.document import read as read_document
from compliance.expressions import evaluate
from compliance.frame import gather
from compliance.model import Catalogue, Expression, Problem, Role, Submission
from compliance.questions import KEBAB, Reader

FORMAT = "cohorts/1"


@dataclass(frozen=True, slots=True)
class Cohort:
    """Services to compare with each other; `when` is None for the last, which takes in all others."""

    id: str
    title: str
    when: Expression | None


@dataclass(frozen=True, slots=True, eq=False)
class Cohorts:
    """The cohorts in order; `digest` is the SHA-256 of what decides who is in which."""

    all: tuple[Cohort, ...]
    digest: str
    catalogue: Catalogue

    def of(self, submissions: Sequence[Submission]) -> list[str]:
        """The id of each self-assessment's cohort."""
        questions = {id: self.catalogue.questions[id] for each in self.all if each.when for id in each.when.reads}
        frame = gather(submissions, questions.values())
        columns, memo = {id: frame.column(id) for id in questions}, dict[Any, Any]()
        found = [self.all[-1].id] * len(submissions)
        for cohort in reversed(self.all[:-1]):
            if cohort.when:
                takes_in = evaluate(cohort.when, columns, memo).true
                found = [cohort.id if taken else before for taken, before in zip(takes_in, found, strict=True)]
        return found

    def title(self, id: str) -> str:
        """The title of the cohort `id`; an id that is not among them stands for itself."""
        return next((cohort.title for cohort in self.all if cohort.id == id), id)


@cache
def shape() -> dict[str, Any]:
    """The JSON Schema of `cohorts.yaml`."""
    text = {"type": "string", "minLength": 1, "maxLength": 200}
    cohort = {
        "type": "object",
        "properties": {
            "id": {"type": "string", "pattern": KEBAB},
            "title": text,
            "when": {"type": "string", "minLength": 1, "maxLength": 2000},
        },
        "required": ["id", "title"],
        "additionalProperties": False,
    }
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Cohorts of services that are compared with each other",
        "type": "object",
        "properties": {"format": {"const": FORMAT}, "cohorts": {"type": "array", "items": cohort, "minItems": 1}},
        "required": ["format", "cohorts"],
        "additionalProperties": False,
    }


def read_cohorts(
    data: bytes, file: str, catalogue: Catalogue, read: Read = read_document
) -> tuple[Cohorts | None, list[Problem]]:
    """The cohorts in `data`, or None and every problem found."""
    tree, problems = read(data, file)
    if tree is not None and not problems:
        problems = schema.check(shape(), tree)
    if tree is None or problems:
        return None, problems
    reader = Reader(tree)
    cohorts = tuple(_cohorts(tree, catalogue, reader))
    if reader.problems:
        return None, reader.problems
    return Cohorts(cohorts, _digest(tree.value, cohorts, catalogue), catalogue), []


def _cohorts(tree: Tree, catalogue: Catalogue, reader: Reader) -> Iterator[Cohort]:
    entries, seen = tree.value["cohorts"], set[str]()
    for i, entry in enumerate(entries):
        path = ("cohorts", i)
        if entry["id"] in seen:
            reader.report("repeated-id", (*path, "id"), id=entry["id"])
        seen.add(entry["id"])
        text, is_last = entry.get("when"), i == len(entries) - 1
        if (text is None) != is_last:
            reader.report("cohort-order", path)
        when = reader.condition(text, (*path, "when"), catalogue.questions, {}) if text else None
        for id in when.reads if when else ():
            if catalogue.questions[id].role is Role.ANSWER:
                reader.report("applicability-reads-answer", (*path, "when"), question=id)
        yield Cohort(entry["id"], entry["title"], when)


def _digest(value: Mapping[str, Any], cohorts: Sequence[Cohort], catalogue: Catalogue) -> str:
    """Covers the conditions and the questions that they read, since both decide who is in which."""
    read = sorted({id for cohort in cohorts if cohort.when for id in cohort.when.reads})
    asked = {id: catalogue.tree["questions"][id] for id in read}
    return hashlib.sha256(canonical({"cohorts": value["cohorts"], "questions": asked})).hexdigest()
