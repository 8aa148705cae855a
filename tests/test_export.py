"""What leaves the tool: each format over every sample, the same numbers in all of them."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import timedelta
from functools import cache
from itertools import groupby

import jsonschema
import pytest

from compliance import audit
from compliance.codes import questions_read
from compliance.export import code as code_text
from compliance.export import json as check_json
from compliance.export import text
from compliance.ledger import ledger
from compliance.model import Assessment, Code, Mark, Refusal
from compliance.problems import problem
from compliance.scoring import display, tenths
from compliance.vocabulary import (
    CONCLUSION_SYMBOL,
    FLAG_SYMBOL,
    OBLIGATION_WORDS,
    check_words,
    conclusion_words,
    context_words,
    example_words,
    is_headed_by_context,
    size_words,
    source_words,
)

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


@pytest.mark.parametrize("found", assessments(), ids=name)
def test_context_is_in_every_form_and_no_figure(found: Assessment) -> None:
    page = text.render([found], width=200)
    (entry,) = json.loads(check_json.render([found]))
    assert [each["id"] for each in entry["context"]] == [line.id for line in found.code.context]
    headed = is_headed_by_context(found.code)
    assert ("Context, never scored:" in page) == (bool(found.context) and not headed)
    for each, written in zip(found.context, entry["context"], strict=True):
        said = f"{each.line.title}: {context_words(each)}"
        conclusion = f"\n{CONCLUSION_SYMBOL[found.conclusion]} "
        assert (page.index(said) < page.index(conclusion)) == headed
        assert (written["says"], written["amount"]) == (each.says or None, each.amount)
        assert each.why


def test_a_file_assessed_by_several_codes_begins_with_a_line_for_each() -> None:
    by_file = groupby(assessments(), lambda found: found.submission)
    several = [page for page in (list(group) for _, group in by_file) if len(page) > 1]
    assert several
    for page in several:
        lines = text.render(page, width=100).splitlines()
        start = next(i for i, line in enumerate(lines) if line.startswith("  Code "))
        for found, line in zip(page, lines[start + 1 :], strict=False):
            final = display(found.figures.final) if found.figures else "–"
            assert line.split()[:2] == [found.code.name, final]
            concluded, *after = line.split("; ")
            assert concluded.endswith(conclusion_words(found.code, found.conclusion))
            headed = is_headed_by_context(found.code)
            assert after == [each.says or f"{each.line.title.lower()} not known" for each in found.context if headed]
        assert lines.count("─" * 100) == len(page)
        assert sum(line.startswith("from ") for line in lines) == 1


def test_each_refusal_and_each_file_is_a_page() -> None:
    refusal = Refusal("a.yaml", (problem("empty-file", "a.yaml", 1, 1),))
    first = assessments()[0]
    others = [found for found in assessments() if found.submission is first.submission]
    another = next(found for found in assessments() if found.submission is not first.submission)
    pages = list(text.pages([refusal, refusal, *others, another, refusal]))
    assert pages == [refusal, refusal, others, [another], refusal]


def test_what_concludes_a_provision_is_said_where_its_outcome_leaves_it_open() -> None:
    lines = [line for found in assessments() for line in text.render([found], width=300).splitlines()]
    open_still = [line for line in lines if "what decides it is" in line]
    assert any("✓ met" in line for line in open_still)
    assert any("× falls short" in line for line in open_still)
    assert all(": unknown; what decides it is " in line for line in open_still)


def test_a_refusal_lists_every_problem() -> None:
    refusal = Refusal("a.yaml", (problem("empty-file", "a.yaml", 1, 1), problem("empty-file", "a.yaml", 2, 1)))
    page = text.render([refusal])
    assert "refused, 2 problems" in page
    assert "a.yaml:2:1: empty-file: " in page


@pytest.mark.parametrize("code", RULES.codes, ids=lambda code: code.name)
@pytest.mark.parametrize("width", [40, 90])
def test_a_code_reads_as_a_document(code: Code, width: int) -> None:
    page = code_text.render(code, width, with_questions=True)
    long = [line for line in page.splitlines() if len(line) > width]
    assert [line for line in long if max(map(len, line.split())) < width // 2] == [], "only a word may be too long"
    flat = " ".join(page.split())
    for provision in code.provisions:
        assert f"{provision.id} {provision.title}" in flat
        assert source_words(provision.source, code) in flat
        assert OBLIGATION_WORDS[provision.obligation] in flat
        for requirement in provision.requirements:
            assert f"· {requirement.id}: {' '.join(requirement.statement.split())}" in flat
            assert check_words(requirement, code.catalogue.questions) in flat
            for example in requirement.examples:
                assert example_words(requirement, example, code.catalogue.questions) in flat
    assert all(f"{id}: {' '.join(why.split())}" in flat for id, why in code.left_out.items())
    assert all(f"{id}: {coming['title']}" in flat for id, coming in code.upcoming.items())
    assert all(line.title in flat for line in code.context)
    assert all(not document.url or document.url in flat for document in code.sources.values())
    assert all(f"{id} {code.catalogue.questions[id].ask}" in flat for id in questions_read(code))
    not_verified = [provision for provision in code.provisions if provision.source.mark is Mark.UNVERIFIED]
    assert page.count(f"{FLAG_SYMBOL} {code_text.NOT_VERIFIED}") == len(not_verified)


@pytest.mark.parametrize("code", RULES.codes, ids=lambda code: code.name)
def test_a_document_is_not_in_the_words_of_the_file(code: Code) -> None:
    page = code_text.render(code, 100)
    options = {option for question in code.catalogue.questions.values() for option in question.options if "_" in option}
    ids = {id for id in code.catalogue.questions if f" {id}:" in page or f" {id};" in page}
    assert (ids, {option for option in options if f" {option} " in page}) == (set(), set())


def test_what_is_upcoming_or_over_is_said_only_where_the_day_is_given() -> None:
    code = next(code for code in RULES.codes if code.in_force.end)
    start, end = code.in_force.start, code.in_force.end
    assert start
    assert end
    days = {-12: "upcoming: 12 days left", -1: "upcoming: 1 day left", 0: None}
    for shift, words in days.items():
        page = code_text.render(code, 200, start + timedelta(shift))
        assert (words is None) == ("upcoming: " not in page.partition("About")[0])
        assert words is None or words in page
    assert "no longer in force" in code_text.render(code, 200, end + timedelta(1))
    assert "no longer in force" not in code_text.render(code, 200, end)
    assert "no longer in force" not in code_text.render(code, 200)


def test_what_was_removed_is_said_with_its_successor() -> None:
    removed = {"X-1": {"reason": "Repealed.", "successor": "X-2"}, "X-3": {"reason": "Met by everybody."}}
    page = code_text.render(replace(RULES.codes[0], removed=removed), 200)
    assert "X-1: Repealed. X-2 takes its place." in page
    assert "X-3: Met by everybody." in page


def test_the_size_of_a_code_adds_up() -> None:
    for code in RULES.codes:
        numbers = [int(each) for each in re.findall(r"\d+", size_words(code))]
        published, left_out, items, encoded, scored, *shown = numbers
        assert published == left_out + items
        assert encoded == scored + sum(shown) == len(code.provisions)
