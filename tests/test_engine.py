"""The engine against section 4 of the design: every figure equal to the reference's, and the section's properties.

Cases are random and valid by construction. A property over a change takes a pair of self-assessments that differ only
by it; where the change moves what takes part, weights are made whole anew, and figures are held to within 0.0001
points, otherwise exactly.
"""

from __future__ import annotations

import hashlib
import os
import random
import subprocess
import sys
from collections import Counter
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import generate
import reference
from hypothesis import given
from hypothesis import strategies as st

from compliance import codes, engine, questions, reasons, schema, submissions
from compliance.checks import CHECKS
from compliance.model import Assessment, Catalogue, Code, Finding, ProvisionResult, Submission

Tree = dict[str, Any]

HERE = Path(__file__).parent
HELD = ("declared", "assured", "final", "assured_final")
FIGURES = (*HELD, "assured_if_accepted", "ceiling", "ceiling_final")
KEPT = (
    *(
        "conclusion",
        "chapters",
        "is_provisional",
        "figures",
        "counts",
        "failures",
        "applies",
        "provision_outcome",
        "verdict",
    ),
    *("outcome", "weight", "low", "high", "assured", "grade"),
)
TOLERANCE = 100
RANKS = ["does_not_conform", "undetermined", "conforms_with_comments", "conforms"]


# The engine's results as the reference gives its own


def comparable(assessment: Assessment) -> Tree:
    """Every figure of an assessment in the reference's form."""
    return {
        **{name: assessment.figures and getattr(assessment.figures, name) for name in FIGURES},
        "conclusion": assessment.conclusion,
        "provisional": assessment.provisional,
        "caps": sorted((cap.id, cap.limit, cap.provision) for cap in assessment.caps),
        "counts": dict(assessment.counts),
        "provisions": {result.provision.id: _provision(result) for result in assessment.provisions},
        "flags": {flag.id for flag in assessment.flags},
    }


def _provision(result: ProvisionResult) -> Tree:
    names = ("outcome", "conclusion", "applies", "weight", "low", "high", "assured", "gain", "loss")
    requirements = {finding.requirement.id: _requirement(finding) for finding in result.findings}
    return {**{name: getattr(result, name) for name in names}, "requirements": requirements}


def _requirement(finding: Finding) -> Tree:
    names = ("outcome", "weight", "low", "high", "assured", "gain", "loss")
    return {**{name: getattr(finding, name) for name in names}, "grade": finding.grade}


def read(case: generate.Case) -> tuple[Code, list[Submission]]:
    """A case's trees, written as JSON and read as any file is."""
    catalogue, shape = _catalogue(generate.as_json(case.questions))
    code, problems = codes.read_code(generate.as_json(case.code), "code.json", catalogue)
    assert code, problems
    found = []
    for tree in case.submissions:
        data = generate.as_json(tree)
        submission, problems = submissions.read_submission(data, "a.json", catalogue, shape, generate.TODAY)
        assert submission, problems
        found.append(submission)
    return code, found


@lru_cache(maxsize=256)
def _catalogue(data: bytes) -> tuple[Catalogue, Tree]:
    """The catalogue, and the schema of a self-assessment for any of the random codes."""
    catalogue, problems = questions.read_catalogue(data, "questions.json")
    assert catalogue, problems
    return catalogue, schema.self_assessment(catalogue, generate.PROVISION_IDS)


def assessed(case: generate.Case) -> list[Tree]:
    """The figures of all of a case's self-assessments, assessed in one batch."""
    code, given_in = read(case)
    results = engine.assess(code, given_in, on=case.on)
    return [comparable(reasons.explain(results, row)) for row in range(len(given_in))]


def row_of(results: engine.Results, row: int) -> Tree:
    """What a batch keeps of one self-assessment."""
    return {name: getattr(results, name)[..., row].tolist() for name in KEPT}


def assert_opens_as_kept(results: engine.Results, row: int) -> None:
    """What a person opens says the same as what the batch keeps, which is in the order of ids."""
    kept, opened = row_of(results, row), reasons.explain(results, row)
    order = sorted(opened.provisions, key=lambda result: result.provision.id)
    findings = [finding for result in order for finding in sorted(result.findings, key=lambda one: one.requirement.id)]
    if opened.figures:
        assert kept["figures"] == [getattr(opened.figures, name) for name in engine.FIGURES]
    for name in ("weight", "low", "high", "assured"):
        assert kept[name] == [getattr(finding, name) for finding in findings]


# What changed between two assessments


def requirements_of(result: Tree) -> dict[tuple[str, str], Tree]:
    return {
        (name, requirement): found
        for name, provision in result["provisions"].items()
        for requirement, found in provision["requirements"].items()
    }


def allowance(before: Tree, after: Tree) -> int:
    """0 where the same requirements take part, else what making weights whole may move."""
    first, second = taking_part(before), taking_part(after)
    return 0 if first == second else TOLERANCE


def taking_part(result: Tree) -> set[tuple[str, str]]:
    apart = ("not_applicable", "too_early", "no_cases")
    return {key for key, found in requirements_of(result).items() if found["outcome"] not in apart}


def assert_none_lower(less: Tree, more: Tree, figures: tuple[str, ...] = HELD) -> None:
    """No figure is higher in `less` than in `more`; where `more` has none, it is that nothing is left to count."""
    for name in figures:
        if less[name] is not None and more[name] is not None:
            assert less[name] <= more[name] + allowance(less, more), name


# The tests


def test_the_reference_knows_every_test() -> None:
    assert set(reference.KINDS) == set(CHECKS)


@given(generate.cases())
def test_every_figure_equals_the_reference(case: generate.Case) -> None:
    expected = reference.assess(case.questions, case.code, case.submissions[0], case.on)
    assert assessed(case) == [expected]


@given(generate.cases(batch=3))
def test_a_batch_in_any_order_gives_what_single_runs_give(case: generate.Case) -> None:
    code, given_in = read(case)
    alone = [row_of(engine.assess(code, [one], on=case.on), 0) for one in given_in]
    results = engine.assess(code, given_in, on=case.on)
    assert [row_of(results, row) for row in range(3)] == alone
    backwards = engine.assess(code, given_in[::-1], on=case.on)
    assert [row_of(backwards, row) for row in (2, 1, 0)] == alone
    assert_opens_as_kept(results, 1)


def test_a_long_batch_gives_what_single_runs_give() -> None:
    """Long enough for any division into blocks, no two of which are alike."""
    case = generate.case_from(random.Random(20).randbytes(generate.size(batch=7)), batch=7)
    code, given_in = read(case)
    alone = [row_of(engine.assess(code, [one]), 0) for one in given_in]
    places = random.Random(20).choices(range(7), k=20_011)
    results = engine.assess(code, [given_in[place] for place in places])
    assert all(row_of(results, row) == alone[place] for row, place in enumerate(places))


@given(generate.cases())
def test_figures_add_up(case: generate.Case) -> None:
    """Weights sum to exactly 100; A ≤ S ≤ C; losses sum to 100 − S, per provision as well."""
    (result,) = assessed(case)
    provisions, requirements = result["provisions"].values(), requirements_of(result).values()
    total = 0 if result["declared"] is None else reference.ALL
    assert sum(item["weight"] for item in requirements) == total
    assert sum(item["loss"] for item in requirements) == total - (result["declared"] or 0)
    for name in ("weight", "gain", "loss"):
        assert all(item[name] == sum(one[name] for one in item["requirements"].values()) for item in provisions)
    if total:
        assert result["assured"] <= result["assured_if_accepted"] <= result["declared"] <= result["ceiling"]
        assert result["assured_final"] <= result["final"] <= result["ceiling_final"]


@given(generate.cases())
def test_the_conclusion_is_the_worst_of_the_chapters(case: generate.Case) -> None:
    """And each chapter's is what its own provisions leave possible."""
    code, rows = read(case)
    found = reasons.explain(engine.assess(code, rows), 0)
    concluded = [RANKS.index(each) for each in found.chapters.values() if each]
    assert found.conclusion == (RANKS[min(concluded)] if concluded else None)
    assert list(found.chapters) == [chapter.id for chapter in code.chapters]
    for id, conclusion in found.chapters.items():
        inside = [result for result in found.provisions if result.provision.chapter == id and result.weight]
        assert (conclusion is None) == (not inside)
        musts = {result.conclusion for result in inside if result.provision.obligation == "must"}
        assert (conclusion == "does_not_conform") == ("falls_short" in musts)
        assert (conclusion == "undetermined") == (
            "undetermined" in musts - {"falls_short"} and "falls_short" not in musts
        )


@given(generate.pairs(generate.blank_answers))
def test_answering_a_blank_never_lowers_a_figure_nor_raises_the_ceiling(pair: generate.Case) -> None:
    answered, blank = assessed(pair)
    assert_none_lower(blank, answered)
    assert_none_lower(answered, blank, ("ceiling", "ceiling_final"))


@given(generate.pairs(generate.drop_evidence))
def test_adding_evidence_never_lowers_a_figure(pair: generate.Case) -> None:
    backed, bare = assessed(pair)
    assert_none_lower(bare, backed, (*HELD, "assured_if_accepted"))
    assert bare["declared"] == backed["declared"]


@given(generate.pairs(generate.change_answer))
def test_raising_a_credit_never_lowers_a_figure(pair: generate.Case) -> None:
    """Between two answers, one way or the other, unless one credit rises while another falls."""
    first, second = assessed(pair)
    credits_of = [{key: item["low"] for key, item in requirements_of(result).items()} for result in (first, second)]
    if allowance(first, second) == 0:
        if all(credits_of[0][key] <= credits_of[1][key] for key in credits_of[0]):
            assert_none_lower(first, second)
        if all(credits_of[0][key] >= credits_of[1][key] for key in credits_of[0]):
            assert_none_lower(second, first)


@given(generate.cases())
def test_a_contradiction_never_raises_a_figure(case: generate.Case) -> None:
    """The same answers with the consistency rules on and off."""
    without = replace(case, questions={**case.questions, "consistency": []})
    assert_none_lower(assessed(case)[0], assessed(without)[0])


@given(generate.pairs(generate.withhold_facts))
def test_withholding_a_fact_never_helps(pair: generate.Case) -> None:
    told, withheld = assessed(pair)
    assert_none_lower(withheld, told)
    if told["conclusion"] is None:
        assert not withheld["declared"]
    else:
        ranks = [RANKS.index(result["conclusion"]) for result in (told, withheld)]
        assert ranks[1] <= max(ranks[0], RANKS.index("undetermined"))


@given(generate.cases(), st.binary(min_size=600, max_size=600))
def test_order_has_no_effect(case: generate.Case, order: bytes) -> None:
    tape = generate.Tape(order)
    trees = (generate.reordered(tree, tape) for tree in (case.questions, case.code, *case.submissions))
    catalogue, code, *submitted = trees
    assert assessed(case) == assessed(generate.Case(catalogue, code, tuple(submitted), case.on))


@given(generate.cases())
def test_the_same_input_gives_the_same_bytes(case: generate.Case) -> None:
    code, given_in = read(case)
    first, second = (reasons.explain(engine.assess(code, given_in, on=case.on), 0) for _ in range(2))
    assert repr(first) == repr(second)


def test_the_order_of_hashes_has_no_effect() -> None:
    """Each process orders the elements of its sets in its own way."""
    command = [sys.executable, "-c", "import test_engine; test_engine.write_digest()"]
    digests = [
        subprocess.run(command, cwd=HERE, env={**os.environ, "PYTHONHASHSEED": seed}, check=True, capture_output=True)
        for seed in ("0", "1", "20")
    ]
    assert len({digest.stdout for digest in digests}) == 1


def write_digest() -> None:
    """One digest of many assessments, every word included, for a process to print."""
    tapes, digest = random.Random(3), hashlib.sha256()
    for _ in range(60):
        case = generate.case_from(tapes.randbytes(generate.size()))
        code, given_in = read(case)
        digest.update(repr(reasons.explain(engine.assess(code, given_in, on=case.on), 0)).encode())
    sys.stdout.write(digest.hexdigest())


def test_random_cases_reach_every_corner() -> None:
    """What the properties are about is seen in at least 5 % of cases, in all of them together everything is."""
    tapes, number = random.Random(2026), 600
    seen: Counter[str] = Counter()
    for _ in range(number):
        case = generate.case_from(tapes.randbytes(generate.size()))
        seen.update(_corners(reference.assess(case.questions, case.code, case.submissions[0], case.on)))
        seen.update({reference.kind_of(test) for test in reference.tests_of(case.code)})
    often = (
        *("applies unknown", "rating-below-factors", "no_cases", "too_early", "alternative", "contradiction"),
        *("cap", "own caps"),
    )
    assert {name: seen[name] for name in often if seen[name] < number / 20} == {}
    assert [name for name in (*reference.KINDS, *reference.OUTCOMES, *RANKS) if not seen[name]] == []


def _corners(result: Tree) -> set[str]:
    corners = {str(result["conclusion"]), *result["flags"]}
    corners |= {f"applies {provision['applies']}" for provision in result["provisions"].values()}
    corners |= {found["outcome"] for found in requirements_of(result).values()}
    contradicted = {flag for flag in result["flags"] if flag.startswith(("rule-", "part-above", "time-without"))}
    corners |= {"own caps"} if len({limit for _, limit, _ in result["caps"]}) > 1 else set()
    return corners | ({"cap"} if result["caps"] else set()) | ({"contradiction"} if contradicted else set())
