"""The JSON of `check`: one array, an object per file and code (or per refused file), and its published schema.

Figures, weights and credits are written from the engine's integers with six decimal places, so that no binary fraction
bends a number on its way out. The same entries give the same bytes.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from compliance.engine import COUNTS, FIGURES
from compliance.model import (
    MICRO,
    Applies,
    Assessment,
    Basis,
    Conclusion,
    ContextFound,
    Finding,
    Grade,
    Obligation,
    Outcome,
    ProvisionResult,
    Refusal,
    Severity,
    Verdict,
)

SUFFIX = ".json"
MEDIA_TYPE = "application/json"
ALL_COUNTS = (*COUNTS, "not_scored", "encoded", "published")


class Micro(int):
    """Micro-units or micro-points, written with six decimal places."""


def render(entries: Iterable[Assessment | Refusal]) -> str:
    """The array of `check --format json` as text, with a line feed at its end."""
    return "".join(parts(entries))


def parts(entries: Iterable[Assessment | Refusal]) -> Iterator[str]:
    """What `render` gives, entry by entry, so that nobody has to hold all of it."""
    before = "[\n  "
    for entry in entries:
        yield before + text_of(_refusal(entry) if isinstance(entry, Refusal) else _assessment(entry), "  ")
        before = ",\n  "
    yield "[]\n" if before.startswith("[") else "\n]\n"


def _refusal(refusal: Refusal) -> dict[str, Any]:
    return {"file": refusal.file, "problems": [asdict(problem) for problem in refusal.problems]}


def _assessment(found: Assessment) -> dict[str, Any]:
    submission, figures = found.submission, found.figures
    return {
        "file": submission.file,
        "service": {"id": submission.service.id, "name": submission.service.name},
        "period": {"from": submission.period_from.isoformat(), "to": submission.period_to.isoformat()},
        "code": {"id": found.code.id, "version": found.code.version, "digest": found.code.digest},
        "engine": found.engine,
        "on": found.on.isoformat(),
        "conclusion": found.conclusion,
        "provisional": found.provisional,
        **{name: None if figures is None else Micro(getattr(figures, name)) for name in FIGURES},
        "caps": [{"id": cap.id, "limit": Micro(cap.limit), "provision": cap.provision} for cap in found.caps],
        "counts": {name: found.counts[name] for name in ALL_COUNTS},
        "provisions": [_provision(result) for result in found.provisions],
        "flags": [{"id": f.id, "message": f.message, "questions": list(f.questions)} for f in found.flags],
        "context": [_context(each) for each in found.context],
        "problems": [],
    }


def _context(found: ContextFound) -> dict[str, Any]:
    return {
        "id": found.line.id,
        "title": found.line.title,
        "says": found.says or None,
        "amount": int(found.amount) if found.amount is not None and found.amount.is_integer() else found.amount,
        "unit": found.unit or None,
        "why": found.why,
    }


def _provision(result: ProvisionResult) -> dict[str, Any]:
    provision = result.provision
    return {
        "id": provision.id,
        "chapter": provision.chapter,
        "obligation": provision.obligation,
        "severity": provision.severity,
        "outcome": result.outcome,
        "conclusion": result.conclusion,
        "applies": {"value": result.applies, "why": result.applies_why},
        **_points(result),
        "requirements": [_finding(finding) for finding in result.findings],
    }


def _finding(finding: Finding) -> dict[str, Any]:
    requirement = finding.requirement
    return {
        "id": requirement.id,
        "outcome": finding.outcome,
        "basis": requirement.basis,
        **_points(finding),
        "observed": finding.observed,
        "expected": finding.expected,
        "grade": finding.grade,
        "why": requirement.why,
        "remedy": requirement.remedy,
    }


def _points(found: ProvisionResult | Finding) -> dict[str, Micro]:
    return {name: Micro(getattr(found, name)) for name in ("weight", "low", "high", "assured", "gain", "loss")}


def text_of(value: Any, indent: str = "") -> str:
    """JSON with one item a line, two spaces a level; `json` itself cannot write a number with fixed places."""
    if isinstance(value, Micro):
        return f"{value // MICRO}.{value % MICRO:06d}"
    inner = indent + "  "
    if isinstance(value, Mapping) and value:
        items = (f"{inner}{json.dumps(key)}: {text_of(item, inner)}" for key, item in value.items())
        return "{\n" + ",\n".join(items) + f"\n{indent}}}"
    if isinstance(value, Sequence) and not isinstance(value, str) and value:
        return "[\n" + ",\n".join(inner + text_of(item, inner) for item in value) + f"\n{indent}]"
    return json.dumps(value, ensure_ascii=False)


def shape() -> dict[str, Any]:
    """The JSON Schema of `render`'s array."""
    text, number = {"type": "string"}, {"type": "number", "minimum": 0}
    maybe = {"type": ["string", "null"]}
    whole = {"type": "integer", "minimum": 0}
    figure = {"type": ["number", "null"], "minimum": 0, "maximum": 100}
    credit = {"type": "number", "minimum": 0, "maximum": 1}
    points = {"weight": number, "low": credit, "high": credit, "assured": credit, "gain": number, "loss": number}
    requirement = _record(
        id=text,
        outcome=_one_of(Outcome),
        basis=_one_of(Basis),
        **points,
        observed=text,
        expected=text,
        grade=_one_of(Grade),
        why=text,
        remedy=text,
    )
    provision = _record(
        id=text,
        chapter=text,
        obligation=_one_of(Obligation),
        severity=_one_of(Severity),
        outcome=_one_of(Outcome, None),
        conclusion=_one_of(Verdict, None),
        applies=_record(value=_one_of(Applies), why=text),
        **points,
        requirements=_list(requirement),
    )
    assessment = _record(
        file=text,
        service=_record(id=text, name=text),
        period=_record(**{"from": text, "to": text}),
        code=_record(id=text, version=text, digest={"type": "string", "pattern": "^[0-9a-f]{64}$"}),
        engine=text,
        on=text,
        conclusion=_one_of(Conclusion, None),
        provisional={"type": "boolean"},
        **_each(FIGURES, figure),
        caps=_list(_record(id=text, limit=figure, provision=text)),
        counts=_record(**_each(ALL_COUNTS, whole)),
        provisions=_list(provision),
        flags=_list(_record(id=text, message=text, questions=_list(text))),
        context=_list(
            _record(
                id=text,
                title=text,
                says=maybe,
                amount={"type": ["number", "null"]},
                unit=maybe,
                why=text,
            )
        ),
        problems={"type": "array", "maxItems": 0},
    )
    problem = _record(file=text, line=whole, column=whole, path=text, id=text, message=text, hint=text, place=text)
    refusal = _record(file=text, problems={**_list(problem), "minItems": 1})
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "What `compliance check --format json` prints",
        "type": "array",
        "items": {"anyOf": [assessment, refusal]},
    }


def _record(**properties: Any) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "required": list(properties), "additionalProperties": False}


def _each(names: Iterable[str], shape: dict[str, Any]) -> dict[str, Any]:
    return {name: dict(shape) for name in names}


def _list(items: Any) -> dict[str, Any]:
    return {"type": "array", "items": items}


def _one_of(words: Iterable[str], *others: None) -> dict[str, Any]:
    return {"enum": [*(str(word) for word in words), *others]}
