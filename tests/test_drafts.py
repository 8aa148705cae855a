"""Drafts: what of any file can be resumed, what is asked in stages, and that every change is a new draft that reads."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from functools import cache
from pathlib import Path

import pytest

from compliance import audit, document, drafts, schema, templates
from compliance.drafts import Draft
from compliance.engine import assess
from compliance.export import template
from compliance.model import (
    BINDING,
    Applies,
    Catalogue,
    Declaration,
    Evidence,
    Grade,
    Problem,
    Role,
    Standing,
    Status,
    Submission,
)
from compliance.questions import read_catalogue
from compliance.reasons import explain
from compliance.submissions import read_submission, salvage
from compliance.templates import Form

BAD = Path(__file__).parent / "bad"
FILES = sorted(path.name for path in BAD.iterdir() if path.name not in {"questions.yaml", "expected.json"})
RULES = audit.load_rules()
SAMPLES = audit.find_samples()
TODAY = date(2026, 11, 2)
HEAD = {"service.id", "service.name", "service.provider", "prepared.role", "prepared.approved_by_role"}
CHILDREN, DUTIES, VOLUNTARY = "uk-ofcom-children-u2u", "uk-osa-duties", "voluntary-principles"
ILLEGAL = "uk-ofcom-illegal-content-u2u"
SMALL = next(code for code in RULES.codes if code.id == VOLUNTARY)
COUNT = "removal.csam.items"

each_sample = pytest.mark.parametrize("sample", SAMPLES, ids=[f"{path.parent.name}-{path.stem}" for path in SAMPLES])


def begun() -> Draft:
    return drafts.begin(TODAY)


def opened(file: str, data: bytes) -> Draft:
    return drafts.opened(data, file, RULES, TODAY)


def form(draft: Draft) -> Form:
    found = drafts.form_of(draft, RULES)
    assert found
    return found


def faults(draft: Draft) -> list[Problem]:
    return drafts.faults(form(draft), RULES, TODAY)


# What can be read of a file


@pytest.mark.parametrize("file", FILES)
def test_of_a_bad_file_all_is_resumed_that_can_be_read_beside_all_its_problems(file: str) -> None:
    data = (BAD / file).read_bytes()
    draft = opened(file, data)
    assert draft.problems == tuple(read_submission(data, file, RULES.catalogue, RULES.schema, TODAY)[1])
    tree, _ = document.read(data, file)
    assert draft.is_unreadable == (tree is None or not isinstance(tree.value, dict))
    if not draft.is_unreadable:
        # By one small code: which codes are asked changes nothing of what was read.
        asked = templates.form([SMALL], draft.submission, RULES.codes)
        assert {fault.path for fault in drafts.faults(asked, RULES, TODAY)} <= HEAD


@cache
def bad_catalogue() -> Catalogue:
    found, problems = read_catalogue((BAD / "questions.yaml").read_bytes(), "questions.yaml")
    assert found, problems
    return found


@cache
def bad_shape() -> schema.Json:
    return schema.self_assessment(bad_catalogue(), ("IICSA-R1.1", "IICSA-R1.2"))


@pytest.mark.parametrize("file", FILES)
def test_salvaging_finds_the_problems_that_reading_finds(file: str) -> None:
    data, day = (BAD / file).read_bytes(), date(2026, 8, 1)
    head = {**template.head(drafts.begin(day).submission), "answers": {}}
    found, told = salvage(data, file, bad_catalogue(), bad_shape(), day, head)
    assert told == read_submission(data, file, bad_catalogue(), bad_shape(), day)[1]
    assert told
    tree, _ = document.read(data, file)
    assert (found is None) == (tree is None or not isinstance(tree.value, dict))


@each_sample
def test_a_sample_is_resumed_whole_and_written_again_as_the_same(sample: Path) -> None:
    draft = opened(sample.name, sample.read_bytes())
    assert not draft.problems
    assert not faults(draft)
    for format in ("yaml", "json"):
        again = opened(f"x.{format}", audit.report_bytes(form(draft), format))
        assert alike(again.submission, draft.submission)


def alike(one: Submission, other: Submission) -> bool:
    return replace(one, file="") == replace(other, file="")


# What is asked


@each_sample
def test_nothing_is_asked_that_cannot_apply(sample: Path) -> None:
    """Of each sample's facts alone, by the engine: an answer is asked for only where what reads it may apply."""
    whole = opened(sample.name, sample.read_bytes())
    questions = RULES.catalogue.questions
    facts = {id: value for id, value in whole.submission.answers.items() if questions[id].role is not Role.ANSWER}
    draft = replace(whole, submission=replace(whole.submission, answers=facts, declarations={}, evidence=()))
    codes = drafts.codes_of(draft, RULES)
    found = [explain(assess(code, [draft.submission]), 0) for code in codes]
    # A fact that is known is no reason to ask for what it rules out.
    results = {each.provision.id: each for one in found for each in one.provisions}
    may_apply = {id for id, each in results.items() if each.applies is not Applies.FALSE}
    read = {id for each in may_apply for r in results[each].provision.requirements for id in r.test.reads}
    context = {
        id for code in codes for line in code.context for case in line.cases for id in (*case.when.reads, *reads(case))
    }
    asked = form(draft)
    for chapter in drafts.chapters(draft, asked):
        for each in chapter.asked:
            if each.question.role is Role.ANSWER:
                assert each.question.id in read | context, each
        assert {each.provision.id for each in (*chapter.statuses, *chapter.others)} <= may_apply
    assert {*asked.waiting} <= may_apply
    assert {*asked.later} <= read


def reads(case: object) -> tuple[str, ...]:
    amount = getattr(case, "amount", None)
    return tuple(amount.reads) if amount else ()


def test_the_profile_comes_first_and_each_provision_stands_once() -> None:
    draft = begun()
    found = drafts.chapters(draft, form(draft))
    is_profile = [any(each.question.role is not Role.ANSWER for each in chapter.asked) for chapter in found]
    assert is_profile == sorted(is_profile, reverse=True)
    listed = [each.provision.id for chapter in found for each in (*chapter.statuses, *chapter.others)]
    assert sorted(listed) == sorted(each.provision.id for each in form(draft).declared)
    assert drafts.profile_left(draft, form(draft)) == sum(
        each.question.role is not Role.ANSWER for chapter in found for each in chapter.asked
    )


def test_a_fact_stays_among_what_is_asked_once_it_is_given() -> None:
    """What supports a rating was asked only while it was blank, and went to what no code reads with its answer."""
    draft = drafts.with_answer(begun(), "service.parts", ("user_to_user",))
    draft = drafts.with_answer(draft, "service.kinds", ("forum",))
    (chapter,) = (each for each in drafts.chapters(draft, form(draft)) if each.id == "service")
    assert "service.kinds" in [each.question.id for each in chapter.asked]


def test_of_a_code_that_may_not_be_addressed_only_what_decides_that_is_asked() -> None:
    draft = drafts.with_codes(begun(), [f"{CHILDREN}@2025-07-04"])
    asked = form(draft)
    (code,) = asked.codes
    assert code.scope
    factors = {id for least in code.judgements if least.question in code.scope.reads for id in least.when.reads}
    decides = {*code.scope.reads, *factors}
    context = {id for line in code.context for case in line.cases for id in (*case.when.reads, *reads(case))}
    assert {each.question.id for section in asked.sections for each in section.asked} <= decides | context
    known = drafts.with_answer(draft, "service.parts", ("user_to_user",))
    known = drafts.with_answer(known, "children.likely_to_access", True)
    assert len({*form(known).later} | {*[e.question.id for s in form(known).sections for e in s.asked]}) > 20


def test_facts_are_asked_before_ratings() -> None:
    draft = drafts.with_answer(begun(), "service.parts", ("user_to_user",))
    ids = [chapter.id for chapter in drafts.chapters(draft, form(draft))]
    assert ids.index("service") < ids.index("children") < ids.index("risk")


def test_progress_counts_what_is_settled_and_is_whole_only_at_the_end() -> None:
    draft = begun()
    settled, total = drafts.progress(drafts.chapters(draft, form(draft)))
    assert settled == 0
    fact = drafts.without_measure(draft, "service.parts")
    assert drafts.progress(drafts.chapters(fact, form(fact)))[0] == 1
    assert total == drafts.profile_left(draft, form(draft))
    assert drafts.share(999, 1000) == 0.99
    assert drafts.share(1000, 1000) == drafts.share(0, 0) == 1


def test_what_was_answered_and_no_code_reads_is_kept_apart() -> None:
    draft = drafts.with_answer(begun(), "governance.code_url", "https://example.org/")
    chapters = drafts.chapters(draft, form(draft))
    kept = [each.question.id for chapter in chapters for each in chapter.kept]
    asked = [each.question.id for chapter in chapters for each in chapter.asked]
    assert "governance.code_url" in kept
    assert "governance.code_url" not in asked


def test_the_codes_that_bind_are_answered_for_until_others_are_chosen() -> None:
    draft = begun()
    ids = [code.id for code in drafts.codes_of(draft, RULES)]
    assert CHILDREN in ids
    assert all(code.standing in BINDING for code in drafts.codes_of(draft, RULES))
    chosen = drafts.with_codes(draft, [f"{VOLUNTARY}@2020-03"])
    assert [code.standing for code in drafts.codes_of(chosen, RULES)] == [Standing.VOLUNTARY]
    # A code that turns out not to be addressed to the service is left, and another version takes over in its time.
    both = drafts.with_codes(draft, [f"{CHILDREN}@2025-07-04", f"{ILLEGAL}@2025-02-24"])
    moved = drafts.with_period(both, date(2026, 10, 1), date(2026, 10, 31))
    assert [code.name for code in drafts.codes_of(moved, RULES)][-1] == f"{ILLEGAL}@2026-09-30"
    two = drafts.with_codes(draft, [DUTIES, ILLEGAL])
    adult = drafts.with_answer(two, "service.parts", ("provider_pornography",))
    assert [code.id for code in drafts.codes_of(adult, RULES)] == [DUTIES]
    early = drafts.with_period(draft, date(2019, 1, 1), date(2019, 6, 30))
    assert drafts.codes_of(early, RULES) == []
    assert drafts.form_of(early, RULES) is None


# Changes


def test_not_measured_differs_from_0_and_from_a_blank() -> None:
    question = RULES.catalogue.questions[COUNT]
    zero = drafts.with_answer(begun(), COUNT, 0)
    unknown = drafts.without_measure(zero, COUNT)
    assert zero.submission.answers == {COUNT: 0}
    assert unknown.submission.answers == {}
    assert unknown.submission.not_measured == (COUNT,)
    assert zero.is_settled(question)
    assert unknown.is_settled(question)
    blank = drafts.with_answer(unknown, COUNT, None)
    assert blank == replace(begun(), submission=blank.submission)
    assert not blank.is_settled(question)
    typed = drafts.with_entry(zero, COUNT, "about 12")
    assert typed.entries == {COUNT: "about 12"}
    assert not typed.is_settled(question)
    assert not drafts.with_answer(typed, COUNT, 12).entries


def test_the_id_is_made_of_the_name_until_it_is_given() -> None:
    named = drafts.with_name(begun(), "Bob's Café & Forum")
    assert named.submission.service.id == "bobs-cafe-forum"
    again = drafts.with_name(named, "Lantern")
    assert again.submission.service.id == "lantern"
    own = drafts.with_service(again, replace(again.submission.service, id="lantern-uk"))
    assert drafts.with_name(own, "Other").submission.service.id == "lantern-uk"
    assert drafts.id_of("論壇") == ""
    assert schema.is_service_id(drafts.id_of("-" * 70 + "x" * 63 + " y"))


def test_a_blank_draft_lacks_only_who_and_whose() -> None:
    assert {fault.path for fault in faults(begun())} == HEAD
    assert drafts.halves(date(2026, 7, 20)) == [
        (date(2026, 1, 1), date(2026, 6, 30)),
        (date(2025, 7, 1), date(2025, 12, 31)),
    ]


def test_a_problem_goes_when_its_place_is_said_anew() -> None:
    data = b"""\
format: self-assessment/1
service: {id: X y, name: X, provider: X}
period: {from: "2026-01-01", to: "2026-06-30"}
prepared: {on: "2026-07-20", role: A, approved_by_role: B}
answers:
  removal: {csam: {items: 1.5, reports: 3}}
  nothing: 1
provisions: {ICU-C2: {status: perhaps}}
"""
    draft = opened("x.yaml", data)
    paths = [problem.path for problem in draft.problems]
    assert draft.problems_at("answers", *COUNT.split("."))
    draft = drafts.with_answer(draft, COUNT, 2)
    assert not draft.problems_at("answers", *COUNT.split("."))
    draft = drafts.with_status(draft, "ICU-C2", Declaration(Status.PLANNED))
    draft = drafts.with_service(draft, replace(draft.submission.service, id="x"))
    left = draft.problems
    assert len(left) < len(paths)
    assert all(problem.path.startswith(("answers.nothing", "answers.removal")) for problem in left)
    assert drafts.without_problems(draft, left).problems == ()


def test_evidence_is_added_changed_and_removed() -> None:
    draft = begun()
    id = drafts.next_evidence_id(draft)
    piece = Evidence(id, "Log", Grade.DATA, "Us", date(2026, 6, 1), None, "", (COUNT,))
    draft = drafts.with_evidence(draft, piece)
    assert drafts.next_evidence_id(draft) != id
    changed = drafts.with_evidence(draft, replace(piece, title="Other"))
    assert [each.title for each in changed.submission.evidence] == ["Other"]
    assert drafts.without_evidence(changed, id).submission.evidence == ()


def test_what_is_said_of_a_provision_goes_when_nothing_is_left_of_it() -> None:
    draft = drafts.with_status(begun(), "ICU-C2", Declaration(Status.IN_PLACE))
    assert draft.status_is_settled("ICU-C2")
    assert drafts.with_status(draft, "ICU-C2", drafts.NOTHING).submission.declarations == {}


def test_what_an_opened_file_says_wrongly_is_asked_though_nothing_asks_for_it_yet() -> None:
    """Its problem has to stand beside a field in which it can be put right."""
    draft = drafts.opened((BAD / "number-with-unit.yaml").read_bytes(), "number-with-unit.yaml", RULES, TODAY)
    (problem,) = draft.problems
    id = problem.path.removeprefix("answers.")
    form = drafts.form_of(draft, RULES)
    assert form
    kept = [asked.question.id for chapter in drafts.chapters(draft, form) for asked in chapter.kept]
    assert kept == [id]
    mended = drafts.with_answer(draft, id, 12.0)
    assert mended.problems == ()


def test_one_end_of_the_period_put_right_leaves_the_other_wrong() -> None:
    text = b'format: self-assessment/1\nperiod: {from: "1.1.2026", to: "30.6.2026"}\n'
    draft = drafts.opened(text, "x.yaml", RULES, TODAY)
    assert draft.problems_at("period", "from")
    assert draft.problems_at("period", "to")
    first = drafts.with_period(draft, date(2026, 1, 1))
    assert not first.problems_at("period", "from")
    assert first.problems_at("period", "to") == draft.problems_at("period", "to")
    assert not drafts.with_period(first, end=date(2026, 6, 30)).problems_at("period")
