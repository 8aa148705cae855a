"""What leaves the tool: each format over every sample, the same numbers in all of them."""

from __future__ import annotations

import json
import re
from functools import cache

import jsonschema
import pytest

from compliance import audit
from compliance.export import code as code_text
from compliance.export import json as check_json
from compliance.export import text
from compliance.ledger import ledger
from compliance.model import Assessment, Refusal
from compliance.problems import problem
from compliance.scoring import display, tenths

SAMPLES = audit.find_samples()
RULES = audit.load_rules()


@cache
def assessments() -> tuple[Assessment, ...]:
    reports = [audit.read_report(path, RULES, audit.today()) for path in SAMPLES]
    return tuple(
        found
        for report in reports
        if report.submission
        for found in audit.assess_report(report, RULES.fitting(report.submission, None), None)
    )


def name(found: Assessment) -> str:
    return f"{found.submission.service.id} {found.submission.period_to} {found.code.id}"


def test_there_are_samples() -> None:
    assert len(assessments()) >= 8


def test_the_json_of_every_sample_is_as_published() -> None:
    entries = json.loads(check_json.render(assessments()))
    jsonschema.Draft202012Validator(check_json.shape()).validate(entries)
    assert len(entries) == len(assessments())


def test_the_same_assessments_give_the_same_bytes() -> None:
    again = [
        found
        for path in SAMPLES
        for report in [audit.read_report(path, RULES, audit.today())]
        if report.submission
        for found in audit.assess_report(report, RULES.fitting(report.submission, None), None)
    ]
    assert check_json.render(again) == check_json.render(assessments())


@pytest.mark.parametrize("found", assessments(), ids=name)
def test_what_is_lost_and_gained_is_the_whole(found: Assessment) -> None:
    if found.figures is None:
        assert found.conclusion is None
        return
    findings = [finding for result in found.provisions for finding in result.findings]
    assert sum(finding.weight for finding in findings) == 100_000_000
    assert sum(finding.gain for finding in findings) == found.figures.declared
    assert sum(result.loss for result in found.provisions) == 100_000_000 - found.figures.declared
    assert found.figures.assured <= found.figures.declared <= found.figures.ceiling


@pytest.mark.parametrize("found", assessments(), ids=name)
def test_what_is_shown_adds_up(found: Assessment) -> None:
    shown = ledger(found)
    assert sum(shown.chapters.values()) == sum(shown.provisions.values()) == shown.total
    assert sum(shown.requirements.values()) == shown.total
    if found.figures:
        assert display(found.figures.declared) == tenths(1000 - shown.total)


@pytest.mark.parametrize("found", assessments(), ids=name)
def test_the_counts_add_up(found: Assessment) -> None:
    counts = found.counts
    outcomes = ("met", "partly_met", "not_met", "unknown", "alternative", "no_cases")
    assert counts["applicable"] == sum(counts[outcome] for outcome in outcomes)
    assert counts["answered"] == counts["applicable"] - counts["unknown"]
    others = ("too_early", "not_applicable", "not_scored")
    assert counts["encoded"] == counts["applicable"] + sum(counts[outcome] for outcome in others)
    assert counts["encoded"] == len(found.provisions)


@pytest.mark.parametrize("found", assessments(), ids=name)
def test_the_text_says_the_figures_of_the_json(found: Assessment) -> None:
    page = text.render([found], width=90)
    assert max(map(len, page.splitlines())) <= 90
    if found.figures:
        for figure in ("Final", "Declared", "Assured", "Ceiling"):
            shown = re.search(rf"^  {figure} +([0-9.]+) ", page, re.MULTILINE)
            assert shown
            assert shown[1] == display(getattr(found.figures, figure.lower()))
    for flag in found.flags:
        assert flag.id in page


def test_a_refusal_lists_every_problem() -> None:
    refusal = Refusal("a.yaml", (problem("empty-file", "a.yaml", 1, 1), problem("empty-file", "a.yaml", 2, 1)))
    page = text.render([refusal])
    assert "refused, 2 problems" in page
    assert "a.yaml:2:1: empty-file: " in page


@pytest.mark.parametrize("found", RULES.codes, ids=lambda code: code.name)
def test_a_code_reads_as_a_document(found: object) -> None:
    code = next(code for code in RULES.codes if code is found)
    page = code_text.render(code, width=90)
    assert all(provision.id in page and provision.title.split()[0] in page for provision in code.provisions)
    assert all(f"· {r.id}" in page for p in code.provisions for r in p.requirements)
