"""Advice: what a fix promises is what a fresh assessment of the changed file gives; no set does more with less."""

from __future__ import annotations

import json
import random
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date
from functools import cache
from itertools import combinations
from pathlib import Path
from typing import Any

import generate
import numpy as np
import pytest
import small_rules
from hypothesis import assume, given
from hypothesis import strategies as st

from compliance import audit, document, schema, submissions, templates
from compliance.advice import (
    EFFORT_STEPS,
    Advice,
    Fix,
    Position,
    Route,
    advise,
    joint_change,
    reach,
    undone,
    what_if,
    with_fixes,
)
from compliance.audit import Rules
from compliance.checks import CHECKS, Now
from compliance.codes import read_code
from compliance.engine import FIGURES, assess
from compliance.model import (
    MICRO,
    Applies,
    Assessment,
    Catalogue,
    Code,
    Column,
    Conclusion,
    Evidence,
    Figures,
    Grade,
    Interval,
    Outcome,
    Provision,
    Role,
    Submission,
    Value,
)
from compliance.model import Test as Asked
from compliance.needs import Change
from compliance.questions import read_catalogue
from compliance.reach import MOST_EXACT
from compliance.reasons import explain

SAMPLES = audit.find_samples()
REPORTS = small_rules.FOLDER / "reports"
Tree = dict[str, Any]

each_sample = pytest.mark.parametrize("path", SAMPLES, ids=lambda path: f"{path.parent.name}-{path.stem}")


# A file, and what a change makes of it


@cache
def rules() -> Rules:
    return audit.load_rules()


@cache
def small() -> Rules:
    return audit.load_rules(small_rules.FOLDER)


@cache
def _small_code() -> Code:
    return small().codes[0]


def tree_of(path: Path) -> Tree:
    tree, _ = document.read(path.read_bytes(), path.name)
    assert tree is not None
    value: Tree = tree.value
    return value


def read(tree: Tree, by: Rules) -> Submission:
    """What the strict reader makes of a tree."""
    submission, problems = submissions.read_submission(
        json.dumps(tree).encode(), "changed.json", by.catalogue, by.schema, generate.TODAY
    )
    assert submission is not None, problems
    return submission


def written(tree: Tree, change: Change) -> Tree:
    """The tree with a change written into it."""
    tree = json.loads(json.dumps(tree))
    for id, value in change.answers.items():
        *sections, key = id.split(".")
        at = tree.setdefault("answers", {})
        for section in sections:
            at = at.setdefault(section, {})
        at[key] = said(value)
    for id, status in change.statuses.items():
        declared = tree.setdefault("provisions", {}).get(id) or {}
        tree["provisions"][id] = {"status": status, "comment": declared.get("comment")}
    return tree


def said(value: Value) -> Any:
    return value.isoformat() if isinstance(value, date) else [*value] if isinstance(value, tuple) else value


def positions(code: Code, submissions: Sequence[Submission]) -> list[Position]:
    results = assess(code, submissions)
    figures = [Figures(**dict(zip(FIGURES, map(int, column), strict=True))) for column in results.figures.T]
    return [
        Position(None, None) if found < 0 else Position(tuple(Conclusion)[found], each)
        for found, each in zip(results.conclusion.tolist(), figures, strict=True)
    ]


def broken_promises(advice: Advice, tree: Tree, by: Rules) -> list[str]:
    """The fixes of which a fresh assessment of the changed file says something else."""
    changed = [read(tree, by), *(read(written(tree, fix.change), by) for fix in advice.fixes)]
    wrong = []
    for code in advice.codes:
        now, *after = positions(code, changed)
        for fix, found in zip(advice.fixes, after, strict=True):
            effect = fix.effects[code.name]
            wrong += [fix.id] if (effect.before, effect.after) != (now, found) else []
    return wrong


# Every sample


@each_sample
def test_every_promise_is_what_a_fresh_assessment_of_the_changed_file_gives(path: Path) -> None:
    assert broken_promises(advised(path), tree_of(path), rules()) == []


@each_sample
def test_every_promise_holds_of_a_file_that_is_written_and_read_again(path: Path) -> None:
    """With the evidence that a fix names as well, alone and together, through what the desk writes and reads."""
    submission, tape = read(tree_of(path), rules()), random.Random(path.as_posix())
    code = tape.choice(rules().fitting(submission, None))
    advice = advise([code], submission)
    for fix in tape.sample(advice.fixes, min(4, len(advice.fixes))):
        changed = with_fixes(advice, [fix])
        proof = Evidence("proof", "Data", Grade.DATA, "us", submission.period_to, None, "", fix.evidence)
        backed = replace(changed, evidence=(*changed.evidence, proof))
        effect = fix.effects[code.name]
        assert positions(code, [again(code, each) for each in (changed, backed)]) == [effect.after, effect.backed]
    some = [fix for fix in advice.fixes if tape.random() < 0.5]
    assert positions(code, [again(code, with_fixes(advice, some))]) == [what_if(advice, some)[code.name]]


def again(code: Code, submission: Submission) -> Submission:
    """The self-assessment, written as a file and read back."""
    form = templates.form([code], submission, rules().codes)
    received = audit.report_of(audit.report_bytes(form, "json"), "again.json", rules(), generate.TODAY)
    assert received.submission is not None, received.problems
    return received.submission


@cache
def advised(path: Path) -> Advice:
    """The advice on a sample, by every code, those that are not addressed to it among them."""
    return advise(rules().codes, read(tree_of(path), rules()))


@cache
def found_in(path: Path) -> dict[str, Assessment]:
    """What is found in a sample by each code."""
    return {code.name: explained(code, advised(path).submission) for code in rules().codes}


@each_sample
def test_a_fix_meets_what_it_says_contradicts_nothing_and_leaves_the_facts_alone(path: Path) -> None:
    advice, questions = advised(path), rules().catalogue.questions
    before = {name: {(flag.id, flag.questions) for flag in each.flags} for name, each in found_in(path).items()}
    # To explain a row takes milliseconds, so some have to do.
    for fix in random.Random(path.as_posix()).sample(advice.fixes, min(8, len(advice.fixes))):
        assert all(questions[id].role is Role.ANSWER for id in fix.change.goals)
        for code in {clause.code.name: clause.code for clause in (*fix.aims, *fix.also)}.values():
            found = explained(code, with_fixes(advice, [fix]))
            assert {(flag.id, flag.questions) for flag in found.flags} <= before[code.name], fix.id
            results = {result.provision.id: result for result in found.provisions}
            for clause in fix.clauses(code):
                result = results[clause.provision.id]
                (finding,) = (f for f in result.findings if f.requirement is clause.requirement)
                assert finding.high == MICRO
                assert finding.low == (MICRO if result.applies is Applies.TRUE else 0), fix.id


@each_sample
def test_every_requirement_without_full_credit_has_one_fix_or_a_reason(path: Path) -> None:
    advice = advised(path)
    aims = [clause.key for fix in advice.fixes for clause in fix.aims]
    left = [each.clause.key for each in advice.left]
    assert len({*aims, *left}) == len(aims) + len(left)
    for name, found in found_in(path).items():
        for result in found.provisions:
            for finding in result.findings:
                key = (name, result.provision.id, finding.requirement.id)
                lacks = finding.outcome in (Outcome.PARTLY_MET, Outcome.NOT_MET)
                assert not (lacks and result.provision.is_scored) or key in aims or key in left


@each_sample
def test_a_fix_lowers_nothing_but_where_it_says_so(path: Path) -> None:
    for fix in advised(path).fixes:
        for effect in fix.effects.values():
            assert effect.gain[1] >= 0 or effect.lowers
            if not effect.decides and not effect.lowers:
                assert effect.after.conclusion is effect.before.conclusion


def explained(code: Code, submission: Submission) -> Assessment:
    return explain(assess(code, [submission]), 0)


@each_sample
def test_what_several_fixes_bring_is_what_a_fresh_assessment_gives(path: Path) -> None:
    tree = tree_of(path)
    submission = read(tree, rules())
    tape = random.Random(path.as_posix())
    code = tape.choice(rules().fitting(submission, None))
    advice = advise([code], submission)
    sets = [[fix for fix in advice.fixes if tape.random() < share] for share in (0.1, 0.3, 0.5, 0.8, 1) * 4]
    fresh = [read(written(tree, joint_change(advice, some)), rules()) for some in sets]
    assert [what_if(advice, some)[code.name] for some in sets] == positions(code, fresh)


@each_sample
def test_a_target_is_really_reached_and_by_nothing_idle(path: Path) -> None:
    submission = read(tree_of(path), rules())
    code = rules().fitting(submission, None)[-1]
    advice = advise([code], submission)
    for target in (Conclusion.CONFORMS, Conclusion.CONFORMS_WITH_COMMENTS, 60 * MICRO, 99 * MICRO):
        route = reach(advice, code, target)
        (together,) = positions(code, [with_fixes(advice, route.fixes)])
        assert together == route.position
        assert together.reaches(target) == route.is_reached
        assert route.effort == sum(EFFORT_STEPS[fix.effort] for fix in route.fixes)
        for fix in route.fixes:
            others = [other for other in route.fixes if other is not fix]
            assert not what_if(advice, others)[code.name].reaches(target), "nothing can be left out"
        if not route.is_reached:
            assert not route.most.reaches(target)
            assert route.why


# Random codes and answers


@cache
def _generated(questions: bytes) -> tuple[Catalogue, Any]:
    catalogue, problems = read_catalogue(questions, "questions.json")
    assert catalogue, problems
    return catalogue, schema.self_assessment(catalogue, generate.PROVISION_IDS)


def generated(case: generate.Case) -> Rules:
    catalogue, shape = _generated(generate.as_json(case.questions))
    code, problems = read_code(generate.as_json(case.code), "code.json", catalogue)
    assert code, problems
    return Rules(catalogue, (code,), shape)


@generate.fewer(10)
@given(generate.cases(), st.integers(0, 2**32))
def test_fixes_of_any_code_keep_their_promises_alone_and_together(case: generate.Case, chosen: int) -> None:
    by, tree = generated(case), case.submissions[0]
    (code,) = by.codes
    submission = read(tree, by)
    advice = advise([code], submission)
    assert broken_promises(advice, tree, by) == []
    some = [fix for place, fix in enumerate(advice.fixes) if chosen >> place & 1]
    fresh = read(written(tree, joint_change(advice, some)), by)
    assert [what_if(advice, some)[code.name]] == positions(code, [fresh])
    if advice.fixes:
        meets_what_it_is_for(advice, advice.fixes[chosen % len(advice.fixes)])


def meets_what_it_is_for(advice: Advice, fix: Fix) -> None:
    """And contradicts nothing that held before, and says so where something gets worse."""
    (code,) = advice.codes
    before, found = (explained(code, each) for each in (advice.submission, with_fixes(advice, [fix])))
    flags = [{(flag.id, flag.questions) for flag in each.flags if flag.questions} for each in (before, found)]
    assert flags[1] <= flags[0]
    met = {(r.provision.id, f.requirement.id) for r in found.provisions for f in r.findings if f.high == MICRO}
    assert {clause.key[1:] for clause in fix.aims if "credit" not in clause.requirement.test.arguments} <= met
    effect = fix.effects[code.name]
    assert effect.lowers or effect.gain[1] >= 0
    assert effect.decides or effect.after.order[0] <= effect.before.order[0]
    less = [
        now.provision.id
        for now, then in zip(before.provisions, found.provisions, strict=True)
        if now.provision.is_scored and any(t.low < n.low for n, t in zip(now.findings, then.findings, strict=True))
    ]
    assert {*less} <= {*effect.worse}


# The small code, by hand


def weak(**answers: Any) -> Tree:
    """The small code's weak report, with other answers in whole sections."""
    tree = tree_of(REPORTS / "weak.json")
    tree["answers"] |= answers
    return tree


def small_advice(tree: Tree) -> Advice:
    return advise([_small_code()], read(tree, small()))


def told(advice: Advice) -> list[str]:
    """Every step of every fix in one line."""
    return [f"{fix.id}: {step.id}: {step.now} -> {step.needed}" for fix in advice.fixes for step in fix.steps]


def test_a_fix_says_what_is_now_and_what_is_needed() -> None:
    assert told(small_advice(weak())) == [
        "SC-1/coverage: images.checked: 0 -> at least 4,995 of 5,000",
        "SC-1/in-use: images.matching: no -> yes",
        "SC-1/in-use: images.checked: 0 -> at least 1",
        "SC-3/yearly: governance.reviewed_on: 2024-03-01 -> 2025-06-30 or later",
    ]


def test_an_answer_that_has_to_change_with_another_is_said_to_follow() -> None:
    """Matching cannot be in use where no image was checked."""
    (fix,) = [fix for fix in small_advice(weak()).fixes if fix.id == "SC-1/in-use"]
    assert [(step.id, step.follows) for step in fix.steps] == [("images.matching", False), ("images.checked", True)]


def test_a_part_is_raised_and_the_whole_left_alone() -> None:
    advice = small_advice(weak(images={"uploaded": 1000, "checked": 950, "matching": True}))
    assert told(advice)[0] == "SC-1/coverage: images.checked: 950 -> at least 999 of 1,000"


def test_a_blank_is_answered() -> None:
    advice = small_advice(weak(images={}, governance={}))
    assert told(advice) == [
        "SC-1/coverage: images.uploaded: not answered -> any answer (reckoned with 1,000)",
        "SC-1/coverage: images.checked: not answered -> at least 999 of 1,000, or in proportion",
        "SC-1/in-use: images.matching: not answered -> yes",
        "SC-3/yearly: governance.reviewed_on: not answered -> 2025-06-30 or later",
    ]
    assert all(fix.is_answer for fix in advice.fixes)


def test_a_target_is_met_and_never_made_laxer() -> None:
    removal = {"items": 9, "p95_hours": 30, "target_hours": 12, "target_set_on": "2025-11-03"}
    assert "SC-2/own-target: removal.p95_hours: 30 hours -> at most 12 hours" in told(
        small_advice(weak(removal=removal))
    )


def test_a_target_set_too_late_is_set_anew_for_another_period() -> None:
    removal = {"items": 9, "p95_hours": 6, "target_hours": 12, "target_set_on": "2026-02-03"}
    advice = small_advice(weak(removal=removal))
    assert "SC-2/own-target: removal.target_set_on: 2026-02-03 -> 2025-12-31 or earlier" in told(advice)


def test_a_contradiction_is_corrected_by_the_part() -> None:
    advice = small_advice(weak(images={"uploaded": 1000, "checked": 1200, "matching": True}))
    (fix,) = [fix for fix in advice.fixes if fix.id == "SC-1/coverage"]
    assert fix.is_correction
    assert [(step.id, step.now, step.value) for step in fix.steps] == [("images.checked", "1,200", 1000)]


def test_only_what_the_code_states_can_change_the_conclusion() -> None:
    decides = {fix.id: fix.effects[_small_code().name].decides for fix in small_advice(weak()).fixes}
    assert decides == {"SC-1/coverage": False, "SC-1/in-use": True, "SC-3/yearly": True}


def test_a_correction_that_leaves_what_the_code_states_without_cases_decides_as_well() -> None:
    """It is a benchmark's, but the contradiction kept open what the code asks of images, of which there were none."""
    tree = json.loads(json.dumps(tree_of(small_rules.CODE)))
    part = {"part": "images.checked", "of": "images.uploaded"}
    tree["provisions"][2]["requirements"] += [
        {"id": "few", **TWO_BARS, "basis": "benchmark", "test": {"at_most": "images.checked", "full_at": 0}},
        {"id": "all", **TWO_BARS, "test": {"at_least": part, "full_at": 1, "zero_at": 0.5, "when_zero": "no_cases"}},
    ]
    code, problems = read_code(json.dumps(tree).encode(), "all.json", small().catalogue)
    assert code, problems
    images, reviewed = {"uploaded": 0, "checked": 5}, {"reviewed_on": "2026-03-01"}
    advice = advise([code], read(weak(images=images, governance=reviewed), small()))
    effects = {fix.id: fix.effects[code.name] for fix in advice.fixes}
    assert {id: effect.decides for id, effect in effects.items()} == {"SC-1/in-use": True, "SC-3/few": True}
    route = reach(advice, code, Conclusion.CONFORMS)
    assert {fix.id for fix in route.fixes} == effects.keys()
    assert route.position.conclusion is Conclusion.CONFORMS


def test_data_beside_a_fix_raises_what_is_assured() -> None:
    for fix in small_advice(weak()).fixes:
        effect = fix.effects[_small_code().name]
        assert effect.after.figures
        assert effect.backed.figures
        assert effect.after.figures.assured == 0 < effect.backed.figures.assured
        assert effect.backed.figures.declared == effect.after.figures.declared
    assert small_advice(weak()).fixes[0].evidence == ("images.checked", "images.uploaded")


def test_nothing_to_measure_is_left_to_the_remedy() -> None:
    advice = advised(audit.samples() / "mossgate" / "2026-06-30.yaml")
    whys = {left.clause.requirement.id: left.why for left in advice.left if left.clause.provision.id == "ICU-C4"}
    assert whys == {"accuracy": "there were no moderation decisions checked again, so there is nothing to measure"}


def test_a_time_of_nothing_is_a_contradiction_first() -> None:
    tree = weak(removal={"items": 0, "p95_hours": 3, "target_hours": 12, "target_set_on": "2025-11-03"})
    assert [left.why for left in small_advice(tree).left] == [
        "answers contradict each other (items removed, removal time): correct whichever is wrong"
    ]


def test_what_was_not_measured_is_a_blank_that_a_fix_fills() -> None:
    tree = weak(images={"uploaded": 5000, "matching": True}) | {"not_measured": ["images.checked"]}
    advice = small_advice(tree)
    (fix,) = [fix for fix in advice.fixes if fix.id == "SC-1/coverage"]
    assert fix.is_answer
    assert [(step.now, step.needed, step.was_blank) for step in fix.steps] == [
        ("not measured", "at least 4,995 of 5,000", True)
    ]
    assert advice.submission.not_measured == ("images.checked",)
    assert with_fixes(advice, [fix]).not_measured == ()
    assert with_fixes(advice, [other for other in advice.fixes if other is not fix]).not_measured


def test_a_target_that_nobody_gave_is_one_that_the_figure_keeps_or_any_that_it_will() -> None:
    known = small_advice(weak(removal={"items": 9, "p95_hours": 30}))
    assert "SC-2/own-target: removal.target_hours: not answered -> at least 30 hours" in told(known)
    blank = told(small_advice(weak(removal={"items": 9})))
    assert any("removal.p95_hours: not answered -> within the own target (reckoned with" in line for line in blank)
    assert any("removal.target_hours: not answered -> any answer (reckoned with" in line for line in blank)


def test_the_same_advice_is_given_twice_in_the_same_words() -> None:
    """One that contradicts itself in many ways, so that there is much to put in order."""
    submission = read(tree_of(audit.samples() / "ravelmere" / "2026-06-30.yaml"), rules())
    codes = rules().fitting(submission, None)
    assert advise(codes, submission) == advise(codes, submission)


def test_a_perfect_file_needs_nothing() -> None:
    tree = weak(images={"uploaded": 5000, "checked": 5000, "matching": True}, governance={"reviewed_on": "2026-03-01"})
    advice = small_advice(tree)
    assert (advice.fixes, advice.left, advice.facts) == ((), (), ())
    for target in (Conclusion.CONFORMS, 100 * MICRO):
        route = reach(advice, _small_code(), target)
        assert (route.is_reached, route.fixes, route.effort) == (True, (), 0)


def test_facts_are_listed_apart_with_what_each_value_would_decide() -> None:
    advice = small_advice(weak(risk={}, service={"users": 900_000}))
    facts = {fact.question.id: [(v.words, v.applies, v.does_not) for v in fact.values] for fact in advice.facts}
    assert facts == {
        "service.shares_images": [("yes", 0, 0), ("no", 0, 1)],
        "risk.images": [("negligible or low", 0, 1), ("medium or high", 0, 0)],
    }
    waiting = {fix.id: fix.waits_for for fix in advice.fixes}
    assert waiting["SC-1/in-use"] == ("service.shares_images", "risk.images")
    assert waiting["SC-3/yearly"] == ()
    route = reach(advice, _small_code(), Conclusion.CONFORMS)
    assert not route.is_reached
    assert "SC-1" in route.why


def test_a_rating_below_the_factors_is_a_fact_to_settle() -> None:
    advice = small_advice(weak(risk={"images": "low"}, service={"users": 2_000_000, "shares_images": True}))
    (fact,) = advice.facts
    assert (fact.question.id, fact.now) == ("risk.images", "low")
    assert [(value.words, value.applies) for value in fact.values] == [("negligible", 0), ("medium or high", 1)]


def test_an_alternative_is_no_fix_and_waits_for_a_decision() -> None:
    tree = weak(governance={"reviewed_on": "2026-03-01"})
    record = dict.fromkeys(("instead", "how_it_complies", "regard_to_expression_and_privacy"), "as written")
    tree["provisions"] = {"SC-1": {"status": "alternative", **record}}
    advice = small_advice(tree)
    assert advice.fixes == ()
    route = reach(advice, _small_code(), Conclusion.CONFORMS)
    assert (route.is_reached, route.position.conclusion) == (False, Conclusion.UNDETERMINED)
    assert "cannot be settled yet" in route.why


def test_what_is_too_early_or_does_not_apply_is_no_fix() -> None:
    assert [fix.id for fix in small_advice(weak(service={"users": 9, "shares_images": False})).fixes] == ["SC-3/yearly"]
    early = replace(_small_code(), provisions=tuple(_early(p) for p in _small_code().provisions))
    advice = advise([early], read(weak(), small()))
    assert (advice.fixes, advice.positions[early.name]) == ((), Position(None, None))
    assert not reach(advice, early, Conclusion.CONFORMS).is_reached


def _early(provision: Provision) -> Provision:
    return replace(provision, in_force=Interval(date(2026, 6, 20), None))


def test_without_a_code_there_is_no_advice() -> None:
    advice = advise([], read(weak(), small()))
    assert (advice.fixes, advice.positions, what_if(advice, [])) == ((), {}, {})
    assert with_fixes(advice, []) == advice.submission


def test_a_blank_file_is_advised() -> None:
    tree = {**weak(), "answers": {}}
    advice = small_advice(tree)
    assert broken_promises(advice, tree, small()) == []
    assert {fix.id for fix in advice.fixes} == {"SC-1/coverage", "SC-1/in-use", "SC-2/own-target", "SC-3/yearly"}


def _also(*tests: Asked) -> Code:
    """The small code with requirements on the removal time in place of its own target."""
    first, second, third = _small_code().provisions
    (like,) = second.requirements
    own = tuple(replace(like, id=f"r{i}", test=test, effort="weeks") for i, test in enumerate(tests))
    return replace(_small_code(), provisions=(first, replace(second, requirements=own), third))


def _on_time(kind: str, **more: Any) -> Asked:
    arguments = {kind: "removal.p95_hours", **more}
    return Asked(kind, arguments, ("removal.p95_hours", "removal.items"), ("removal.items",), no_cases_when_zero=False)


def test_where_any_answer_does_nothing_is_promised_that_only_some_would_bring() -> None:
    code = _also(_on_time("is_reported"), _on_time("at_most", full_at=24, zero_at=48))
    advice = advise([code], read(weak(removal={"items": 9}), small()))
    fixes = {fix.id: (fix.steps[0].needed, len(fix.also)) for fix in advice.fixes if fix.id.startswith("SC-2")}
    assert fixes == {"SC-2/r0": ("any answer (reckoned with 1,000 hours)", 0), "SC-2/r1": ("at most 24 hours", 1)}


def test_changes_of_one_answer_are_joined_to_the_stricter_one() -> None:
    code = _also(_on_time("at_most", full_at=24), _on_time("at_most", full_at=12))
    removal = {"items": 9, "p95_hours": 30}
    advice = advise([code], read(weak(removal=removal), small()))
    first, second = (fix for fix in advice.fixes if fix.id.startswith("SC-2"))
    assert (first.steps[0].value, second.steps[0].value) == (24, 12)
    assert joint_change(advice, [first, second]).answers == {"removal.p95_hours": 12}
    assert what_if(advice, [first, second]) == what_if(advice, [second])


def test_two_versions_of_a_code_have_fixes_of_their_own() -> None:
    other = replace(_also(_on_time("at_most", full_at=12)), version="2")
    code = _also(_on_time("at_most", full_at=24))
    advice = advise([code, other], read(weak(removal={"items": 9, "p95_hours": 30}), small()))
    ids = [fix.id for fix in advice.fixes]
    assert len({*ids}) == len(ids)
    assert {"small-code@1/SC-2/r0", "small-code@2/SC-2/r0"} <= {*ids}


@each_sample
def test_every_alternative_that_a_fix_names_would_do(path: Path) -> None:
    advice = advised(path)
    named = [
        (fix, id, value)
        for fix in advice.fixes
        for id, goal in fix.change.goals.items()
        for value in (goal.among if len(goal.among) > 1 and not fix.waits_for else ())
    ]
    for fix, id, value in random.Random(path.as_posix()).sample(named, min(10, len(named))):
        changed = with_fixes(advice, [fix])
        (clause, *_) = fix.aims
        found = explained(clause.code, replace(changed, answers={**changed.answers, id: value}))
        (result,) = (each for each in found.provisions if each.provision is clause.provision)
        (finding,) = (each for each in result.findings if each.requirement is clause.requirement)
        assert (result.applies is Applies.UNKNOWN) or finding.low == MICRO, (fix.id, value)


# Sets


def _any_answers(tape: random.Random) -> Tree:
    uploaded = tape.choice([0, 10, 1000])
    answers: Tree = {
        "service": {"users": 2_000_000, "shares_images": True},
        "risk": {"images": tape.choice(["medium", "high"])},
        "images": {"uploaded": uploaded, "checked": tape.randint(0, uploaded), "matching": tape.random() < 0.3},
        "removal": {"items": 9, "p95_hours": tape.choice([6, 30]), "target_hours": 12, "target_set_on": "2025-11-03"},
        "governance": {"reviewed_on": tape.choice(["2024-03-01", "2026-03-01"])},
    }
    for section in answers:
        for key in [*answers[section]]:
            if section not in ("service", "risk") and tape.random() < 0.2:
                del answers[section][key]
    return answers


@pytest.mark.parametrize("seed", range(25))
def test_the_least_effort_is_what_trying_every_set_finds(seed: int) -> None:
    tree, code = weak(**_any_answers(random.Random(seed))), _small_code()
    advice = small_advice(tree)
    assert len(advice.fixes) <= MOST_EXACT
    sets = [some for size in range(len(advice.fixes) + 1) for some in combinations(advice.fixes, size)]
    found = positions(code, [read(written(tree, joint_change(advice, some)), small()) for some in sets])
    for target in (*[*Conclusion][1:], 30 * MICRO, 75 * MICRO, 100 * MICRO):
        best = min(
            (
                (_effort(some), len(some), -position.order[1], -position.order[2])
                for some, position in zip(sets, found, strict=True)
                if position.reaches(target)
            ),
            default=None,
        )
        route = reach(advice, code, target)
        own = (route.effort, len(route.fixes), -route.position.order[1], -route.position.order[2])
        assert (own if route.is_reached else None) == best
        assert route.is_exact


def _effort(fixes: Iterable[Fix]) -> int:
    return sum(EFFORT_STEPS[fix.effort] for fix in fixes)


@generate.fewer(50)
@given(generate.cases(), st.sampled_from([1, MOST_EXACT]))
def test_no_set_of_any_code_does_with_less_than_is_said_or_leads_further(case: generate.Case, most_exact: int) -> None:
    """Against every set of the fixes: of few, and as if those were many."""
    (code,) = generated(case).codes
    advice = advise([code], read(case.submissions[0], generated(case)))
    assume(1 <= len(advice.fixes) <= 7)
    sets = [some for size in range(len(advice.fixes) + 1) for some in combinations(advice.fixes, size)]
    found = positions(code, [with_fixes(advice, some) for some in sets])
    scores = {position.figures.final for position in found if position.figures}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("compliance.reach.MOST_EXACT", most_exact)
        for target in (*[*Conclusion][1:], *sorted(scores)[-2:]):
            compare(reach(advice, code, target), target, [*zip(sets, found, strict=True)])


def compare(route: Route, target: Conclusion | int, every: Sequence[tuple[Sequence[Fix], Position]]) -> None:
    """A route with what every set of fixes leads to."""
    place = 0 if isinstance(target, Conclusion) else 1
    if route.is_bound:
        assert route.most.order[place] >= max(position.order[place] for _, position in every)
    efforts = [(_effort(some), len(some)) for some, position in every if position.reaches(target)]
    if route.is_exact:
        assert route.is_reached == bool(efforts)
        assert not route.is_reached or (route.effort, len(route.fixes)) == min(efforts)
    reaching = {frozenset(fix.id for fix in some) for some, position in every if position.reaches(target)}
    own = frozenset(fix.id for fix in route.fixes)
    assert not route.is_reached or own in reaching
    assert not any(own - {id} in reaching for id in own)


TWO_BARS: Tree = {
    "statement": "Removal is quick, and slow",
    "basis": "code",
    "source": {"doc": "book", "section": "9", "mark": "primary"},
    "why": "Two that cannot both be.",
    "remedy": "Choose.",
    "effort": "days",
}


def test_fixes_that_set_one_answer_otherwise_say_so() -> None:
    """One asks for at most 12 hours, the other for at least 20; it is 15."""
    tree = json.loads(json.dumps(tree_of(small_rules.CODE)))
    tests = {
        "quick": {"at_most": "removal.p95_hours", "full_at": 12},
        "slow": {"at_least": "removal.p95_hours", "full_at": 20},
    }
    tree["provisions"][1]["requirements"] = [{"id": id, **TWO_BARS, "test": test} for id, test in tests.items()]
    code, problems = read_code(json.dumps(tree).encode(), "two.json", small().catalogue)
    assert code, problems
    removal = {"items": 9, "p95_hours": 15, "target_hours": 12, "target_set_on": "2025-11-03"}
    advice = advise([code], read(weak(removal=removal), small()))
    pair = [fix for fix in advice.fixes if fix.id.startswith("SC-2/")]
    assert [(fix.id, fix.against) for fix in pair] == [("SC-2/quick", ("SC-2/slow",)), ("SC-2/slow", ("SC-2/quick",))]
    assert [fix.id for fix in undone(advice, reversed(pair))] == ["SC-2/slow"]
    assert undone(advice, pair[:1]) == ()
    assert with_fixes(advice, pair) == with_fixes(advice, pair[::-1])
    route = reach(advice, code, 100 * MICRO)
    assert not route.is_reached
    assert route.is_exact


def test_beyond_that_many_fixes_a_set_is_found_whose_bound_is_stated() -> None:
    submission = read(tree_of(audit.samples() / "ravelmere" / "2026-06-30.yaml"), rules())
    code = next(code for code in rules().fitting(submission, None) if code.id == "uk-ofcom-illegal-content-u2u")
    advice = advise([code], submission)
    route = reach(advice, code, 80 * MICRO)
    assert len(advice.fixes) > MOST_EXACT
    assert route.is_reached
    assert not route.is_exact
    assert route.most.figures
    assert reach(advice, code, route.most.figures.final).is_reached
    assert not reach(advice, code, route.most.figures.final + 1).is_reached


# What each check says it needs


DAYS = (date(2026, 1, 1), date(2026, 6, 30), date(2026, 7, 20))


@pytest.mark.parametrize("name", CHECKS)
def test_every_check_says_what_it_needs_or_leaves_it_to_a_search(name: str) -> None:
    assert CHECKS[name].needed is not None or CHECKS[name].main.kind == "expression"


@given(
    st.sampled_from(["at_least", "at_most"]), st.decimals(0, 1, places=3), st.integers(1, 2**40), st.integers(0, 2**40)
)
def test_a_part_is_needed_to_the_item(name: str, bound: Any, of: int, part: int) -> None:
    """The part that is needed has full credit, and one item less of it has not."""
    questions = small_rules.catalogue().questions
    measured = {"part": "images.checked", "of": "images.uploaded"}
    now = Now({"images.uploaded": of, "images.checked": part}, questions, *DAYS)
    needed = CHECKS[name].needed
    assert needed
    goal = needed({name: measured, "full_at": float(bound)}, now)["images.checked"]
    assert isinstance(goal.value, int)
    weaker = goal.value - goal.direction
    shares = np.array([goal.value / of, weaker / of])
    credit = CHECKS[name].judge(Column(shares, np.ones(2, bool)), full_at=float(bound), given=None).credit.tolist()
    assert credit == [MICRO, 0]
