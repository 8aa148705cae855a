"""Golden cases: a service with some answers changed, as a whole file that the reader takes in, and what came of it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date
from typing import Any

from compliance import audit
from compliance.model import Assessment, ProvisionResult, Received

FIRST_HALF = ("2026-01-01", "2026-06-30")
TODAY = date(2027, 2, 1)


def read(answers: Mapping[str, Any], period: tuple[str, str] = FIRST_HALF, **more: Any) -> Received:
    """A file with these answers, by question id (None is not given), read without a problem."""
    nested: dict[str, Any] = {}
    for id, value in answers.items():
        if value is not None:
            place = nested
            *sections, name = id.split(".")
            for section in sections:
                place = place.setdefault(section, {})
            place[name] = value
    tree = {
        "format": "self-assessment/1",
        "service": {"id": "golden", "name": "Golden", "provider": "Golden Ltd"},
        "period": dict(zip(("from", "to"), period, strict=True)),
        "prepared": {"on": "2027-01-01", "role": "Compliance", "approved_by_role": "Board"},
        "answers": nested,
        **more,
    }
    report = audit.report_of(json.dumps(tree).encode(), "golden.json", audit.load_rules(), TODAY)
    assert report.problems == ()
    return report


def assessed(report: Received, code: str, on: date | None = None) -> Assessment:
    """What the newest version of a code, or the one named, makes of it."""
    (assessment,) = audit.assess_report(report, [audit.load_code(code)], on)
    return assessment


def result(assessment: Assessment, id: str) -> ProvisionResult:
    return next(each for each in assessment.provisions if each.provision.id == id)
