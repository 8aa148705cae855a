"""Reads a register: who is asked to file a self-assessment, by which codes, for which period, by when."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from datetime import date
from typing import Any

from compliance import schema
from compliance.document import MOST_VALUES, Tree, read, shown
from compliance.model import Problem
from compliance.problems import in_order, nearest
from compliance.records import Enrolled


def read_register(
    data: bytes, file: str, codes: Collection[str], cohorts: Collection[str]
) -> tuple[list[Enrolled] | None, list[Problem]]:
    """The lines of the register in `data` (CSV with a header), or None and its problems in file order.

    `codes` are the names that a line may use (`ID` and `ID@VERSION`), `cohorts` the ids.
    """
    tree, problems = read(data, file, "csv")
    if tree is None:
        return None, in_order(problems)
    if tree.value or not problems:
        problems += schema.check(schema.register(cohorts), tree, longest=MOST_VALUES)
    if not problems:
        problems += _between_values(tree, codes)
    return (None, in_order(problems)) if problems else ([_enrolled(line) for line in tree.value], [])


def _between_values(tree: Tree, codes: Collection[str]) -> Iterator[Problem]:
    seen: set[tuple[str, str]] = set()
    for i, line in enumerate(tree.value):
        for name in ("service", "provider"):
            if not shown(line[name]):
                yield tree.problem("text-blank", (i, name))
        key = line["service_id"], line["period_to"]
        if key in seen:
            yield tree.problem("repeated-id", (i, "service_id"), id=" ".join(key))
        seen.add(key)
        if line["period_to"] < line["period_from"]:
            yield tree.problem("period-reversed", (i, "period_to"), start=line["period_from"], end=line["period_to"])
        if line["due"] <= line["period_to"]:
            yield tree.problem("due-before-end", (i, "due"), due=line["due"], end=line["period_to"])
        for name in _codes(line):
            if name not in codes:
                near = nearest(name, list(codes))
                hint = f"Did you mean {near}?" if near else "See `compliance codes list`."
                yield tree.problem("unknown-reference", (i, "codes"), what="code", name=name, hint=hint)


def _enrolled(line: Mapping[str, Any]) -> Enrolled:
    return Enrolled(
        service_id=line["service_id"],
        service=line["service"],
        provider=line["provider"],
        codes=tuple(_codes(line)),
        period_from=date.fromisoformat(line["period_from"]),
        period_to=date.fromisoformat(line["period_to"]),
        due=date.fromisoformat(line["due"]),
        cohort=line["cohort"],
    )


def _codes(line: Mapping[str, Any]) -> list[str]:
    return [name for part in line["codes"].split(";") if (name := part.strip())]
