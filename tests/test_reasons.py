"""What a person reads: reasons, flags, the final figure's words, on rules small enough to check."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
import small_rules
from hypothesis import given
from hypothesis import strategies as st

from compliance import audit
from compliance.codes import read_code
from compliance.engine import assess
from compliance.model import (
    Applies,
    Assessment,
    Conclusion,
    Declaration,
    Evidence,
    Grade,
    Interval,
    Outcome,
    Service,
    Standing,
    Status,
    Submission,
    Value,
)
from compliance.reasons import explain
from compliance.templates import blank
from compliance.vocabulary import CONCLUSION_WORDS, context_words, final_words, percent, period_words, support_words

GOOD: dict[str, Value] = {
    "service.users": 2_400_000,
    "service.shares_images": True,
    "risk.images": "high",
    "images.uploaded": 1000,
    "images.checked": 1000,
    "images.matching": True,
    "removal.items": 12,
    "removal.p95_hours": 6.5,
    "removal.target_hours": 12,
    "removal.target_set_on": date(2025, 11, 3),
    "governance.reviewed_on": date(2026, 3, 1),
}
RECORD = Declaration(
    Status.ALTERNATIVE, instead="x", how_it_complies="y", regard_to_expression_and_privacy="z", comment=""
)


def assessed(changes: dict[str, Value | None] | None = None, on: date | None = None, **more: Any) -> Assessment:
    answers = {id: value for id, value in (GOOD | (changes or {})).items() if value is not None}
    submission = Submission(
        Service("s", "S", "S Ltd"),
        date(2026, 1, 1),
        date(2026, 6, 30),
        date(2026, 7, 20),
        "Lead",
        "Chief",
        answers,
        more.get("declarations", {}),
        more.get("evidence", ()),
    )
    return explain(assess(more.get("code") or small_rules.code(), [submission], on=on), 0)


def of(found: Assessment, id: str) -> Any:
    return next(result for result in found.provisions if result.provision.id == id)


def test_a_provision_applies_for_a_reason_with_the_values_in_it() -> None:
    result = of(assessed(), "SC-1")
    assert result.applies is Applies.TRUE
    assert result.applies_why == "applies: users can share images: yes and image risk (high) is at least medium"


def test_a_provision_that_does_not_apply_says_why() -> None:
    result = of(assessed({"service.shares_images": False}), "SC-1")
    assert result.outcome is Outcome.NOT_APPLICABLE
    assert result.applies_why == "does not apply: users can share images: no"


def test_a_blank_fact_leaves_it_open_and_is_named() -> None:
    result = of(assessed({"service.shares_images": None}), "SC-1")
    assert result.applies is Applies.UNKNOWN
    assert "users can share images" in result.applies_why
    assert result.applies_why.startswith("may apply: ")


def test_a_rating_below_the_factors_leaves_it_open_and_is_flagged() -> None:
    found = assessed({"risk.images": "low"})
    assert of(found, "SC-1").applies_why == (
        "may apply: image risk is rated low, where the publisher's factors support medium"
    )
    assert [flag.id for flag in found.flags] == ["rating-below-factors"]
    (rating,) = found.ratings
    assert (rating.given, rating.supported, rating.is_under_rated, rating.provisions) == (
        "low",
        "medium",
        True,
        ("SC-1",),
    )


@pytest.mark.parametrize(
    ("users", "supported", "is_certain", "words"),
    [(2_400_000, "medium", True, "support medium"), (None, "medium", False, "may support medium")],
)
def test_factors_that_are_blank_may_support_a_rating(
    users: int | None, supported: str, is_certain: bool, words: str
) -> None:
    found = assessed({"risk.images": "low", "service.users": users})
    (rating,) = found.ratings
    assert (rating.supported, rating.is_certain, rating.is_under_rated) == (supported, is_certain, True)
    assert support_words(rating) == words
    assert of(found, "SC-1").applies_why.endswith(f"the publisher's factors {words}")


def test_factors_that_do_not_hold_support_nothing() -> None:
    (rating,) = assessed({"risk.images": "low", "service.users": 5}).ratings
    assert (rating.supported, rating.is_certain, rating.is_under_rated) == (None, False, False)


def test_out_of_force_and_too_early_say_the_dates() -> None:
    assert (
        "not in force on 2024-06-30: in force from 2025-01-01" in of(assessed(on=date(2024, 6, 30)), "SC-3").applies_why
    )
    assert assessed(on=date(2024, 6, 30)).conclusion is None


@pytest.mark.parametrize(
    ("changes", "provision", "requirement", "observed"),
    [
        ({}, "SC-1", "coverage", "1,000 of 1,000 (100%)"),
        ({"images.checked": 999}, "SC-1", "coverage", "999 of 1,000 (99.9%)"),
        ({"images.uploaded": 20, "images.checked": 19}, "SC-1", "coverage", "19 of 20"),
        ({"images.uploaded": 29, "images.checked": 29}, "SC-1", "coverage", "29 of 29"),
        ({"images.uploaded": 30, "images.checked": 27}, "SC-1", "coverage", "27 of 30 (90%)"),
        ({"images.checked": None}, "SC-1", "coverage", "not answered: images checked"),
        ({}, "SC-1", "in-use", "yes"),
        ({}, "SC-2", "own-target", "6.5 hours (n = 12), target 12 hours, set on 2025-11-03"),
        (
            {"removal.items": 29},
            "SC-2",
            "own-target",
            "6.5 hours (n = 29), target 12 hours, set on 2025-11-03",
        ),
        ({"removal.items": 30}, "SC-2", "own-target", "6.5 hours, target 12 hours, set on 2025-11-03"),
        ({"removal.items": 40}, "SC-2", "own-target", "6.5 hours, target 12 hours, set on 2025-11-03"),
        ({}, "SC-3", "yearly", "2026-03-01"),
    ],
)
def test_what_was_observed(changes: dict[str, Value | None], provision: str, requirement: str, observed: str) -> None:
    findings = of(assessed(changes), provision).findings
    assert next(f.observed for f in findings if f.requirement.id == requirement) == observed


@pytest.mark.parametrize(
    ("changes", "more", "flag"),
    [
        ({"images.checked": 1001}, {}, "part-above-whole"),
        ({"removal.items": 0}, {}, "time-without-cases"),
        ({"governance.reviewed_on": date(2026, 8, 1)}, {}, "date-after-preparation"),
        ({"removal.target_set_on": date(2026, 1, 1)}, {}, "own-target-set-late"),
        ({"images.checked": 0}, {}, "matching-without-checks"),
        ({"risk.images": "low"}, {}, "rating-below-factors"),
        ({"service.users": 0}, {}, "scope-does-not-fit"),
        ({}, {"declarations": {"SC-3": RECORD}}, "alternative-not-allowed"),
        ({}, {"declarations": {"SC-1": replace(RECORD, instead="")}}, "alternative-incomplete"),
        ({}, {"declarations": {"SC-3": Declaration(Status.NOT_APPLICABLE)}}, "not-applicable-unsupported"),
        ({}, {"evidence": "late"}, "evidence-after-preparation"),
        ({}, {"evidence": "elsewhere"}, "evidence-outside-period"),
    ],
)
def test_every_flag_is_a_sentence_with_what_it_is_about(
    changes: dict[str, Value | None], more: dict[str, Any], flag: str
) -> None:
    kinds = {
        "late": (date(2026, 7, 21), None),
        "elsewhere": (date(2026, 7, 1), Interval(date(2024, 1, 1), date(2024, 12, 31))),
    }
    if "evidence" in more:
        dated, covers = kinds[more["evidence"]]
        more = {"evidence": (Evidence("log", "Log", Grade.DATA, "Us", dated, covers, "", ("images.checked",)),)}
    (found,) = [each for each in assessed(changes, **more).flags if each.id == flag]
    assert found.message.endswith(".")
    assert "{" not in found.message
    assert found.message[0].isupper()
    assert found.questions or flag in (
        "alternative-not-allowed",
        "alternative-incomplete",
        "not-applicable-unsupported",
    )


@pytest.mark.parametrize(
    ("cases", "words"),
    [
        ("{when: service.users > 0, says: some}", "some"),
        ("{when: service.users > 0, says: twice, amount: service.users * 2, unit: users}", "users 4,000,000: twice"),
        ("{when: service.users < 0, says: some}", "none of its cases"),
        (
            "{when: service.users > 0, says: x, amount: service.users / 0, unit: users}",
            "not known (its amount cannot be worked out)",
        ),
        (
            "{when: risk.images == 'high', says: x}, {when: service.users > 0, says: y}",
            "not known (image risk: not answered)",
        ),
    ],
)
def test_a_line_of_context_says_its_first_case_that_holds(cases: str, words: str) -> None:
    source = "{doc: book, section: '1', mark: primary}"
    line = (
        f"context:\n  - {{id: size, title: Size, text: About size., source: {source}, cases: [{cases}]}}\nprovisions:\n"
    )
    text = small_rules.CODE.read_text(encoding="utf-8").replace("provisions:\n", line)
    code, problems = read_code(text.encode(), "code.yaml", small_rules.catalogue())
    assert code, problems
    (found,) = assessed({"risk.images": None, "service.users": 2_000_000}, code=code).context
    assert context_words(found) == words


def test_a_list_that_says_none_and_names_something_is_contradicted() -> None:
    text = small_rules.CODE.read_text(encoding="utf-8")
    text = text.replace("{is_true: images.matching}", "{covers: governance.covers, required: [images]}")
    code, _ = read_code(text.encode(), "code.yaml", small_rules.catalogue())
    assert code
    found = assessed({"governance.covers": ("images", "none")}, code=code)
    (flag,) = (flag for flag in found.flags if flag.id == "none-and-others")
    assert flag.message == "Topics covered says none and names something as well: images, none."
    assert flag.questions == ("governance.covers",)
    finding = of(found, "SC-1").findings[0]
    assert (finding.low, finding.high) == (0, 1_000_000)
    for alone in (("none",), ("images", "grooming")):
        flags = assessed({"governance.covers": alone}, code=code).flags
        assert "none-and-others" not in {flag.id for flag in flags}


def test_a_contradicted_answer_says_so_beside_the_value() -> None:
    finding = of(assessed({"images.checked": 1001}), "SC-1").findings[1]
    assert finding.observed == "1,001 of 1,000 (100.1%) (contradicted: part-above-whole)"
    assert (finding.low, finding.high) == (0, 1_000_000)


def test_a_time_whose_number_of_items_is_blank_is_still_said() -> None:
    finding = of(assessed({"removal.items": None}), "SC-2").findings[0]
    assert finding.observed == "not answered: items removed"
    late = assessed({"removal.items": None, "removal.target_set_on": date(2026, 2, 1)})
    assert [flag.id for flag in late.flags] == ["own-target-set-late"]


def test_an_own_target_of_a_part_that_was_set_late_is_said_of_the_part() -> None:
    code = next(code for code in audit.load_rules().codes if code.id == "uk-ofcom-illegal-content-u2u")
    test = next(
        requirement.test
        for provision in code.provisions
        for requirement in provision.requirements
        if isinstance(requirement.test.arguments.get("meets_own_target"), dict)
    )
    whole, part = test.arguments["meets_own_target"]["of"], test.arguments["meets_own_target"]["part"]
    answers: dict[str, Value] = {
        part: 1,
        whole: 100,
        test.arguments["target"]: 0.05,
        test.arguments["set_on"]: date(2026, 3, 1),
    }
    answers |= {"service.parts": ("user_to_user",)}
    submission = replace(blank(date(2026, 11, 2)), answers=answers)
    flags = explain(assess(code, [submission]), 0).flags
    (late,) = (flag for flag in flags if flag.id == "own-target-set-late")
    assert code.catalogue.questions[part].label in late.message


def test_the_cap_is_named_with_the_score_it_limits() -> None:
    found = assessed({"images.matching": False})
    assert found.conclusion is Conclusion.DOES_NOT_CONFORM
    assert final_words(found) == "83.3, limited to 49.0 by SC-1"
    assert not found.provisional


def test_a_provisional_cap_names_what_would_lift_it() -> None:
    found = assessed({"images.matching": None})
    assert found.provisional
    assert final_words(found) == "83.3, limited to 49.0 by SC-1 (provisional: it rests on images.matching)"


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"service.shares_images": None}, "service.shares_images"),
        ({"risk.images": None}, "risk.images"),
        ({"risk.images": "low"}, "risk.images"),
        ({"service.shares_images": None, "risk.images": None}, "service.shares_images, risk.images"),
    ],
)
def test_a_cap_that_rests_on_an_open_fact_names_the_fact(changes: dict[str, Value | None], why: str) -> None:
    """Not the answers that are blank besides: they would not lift the cap."""
    found = assessed({"images.matching": False, "images.checked": None, **changes})
    assert found.provisional
    assert found.provisional_why == f"it rests on {why}"


def test_an_alternative_waits_for_a_decision() -> None:
    found = assessed(declarations={"SC-1": RECORD})
    assert of(found, "SC-1").outcome is Outcome.ALTERNATIVE
    assert found.conclusion is Conclusion.UNDETERMINED
    assert ": SC-1" in found.conclusion_why


def test_evidence_says_what_it_counts_as_and_why() -> None:
    audit = Evidence("a", "A", Grade.INDEPENDENT_AUDIT, "X", date(2026, 5, 1), None, "", ("images.matching",))
    (result,) = assessed(evidence=(audit,)).evidence
    assert (result.counts_as, result.if_accepted) == (Grade.DATA, Grade.INDEPENDENT_AUDIT)
    assert result.why == "counts as data until a decision accepts it"
    (old,) = assessed(evidence=(replace(audit, date=date(2024, 1, 1)),)).evidence
    assert (old.counts_as, old.if_accepted) == (Grade.DATA, Grade.DATA)
    assert "over a year before" in old.why


def test_a_share_short_of_all_never_reads_as_all() -> None:
    shares = {1: "100%", 0.999: "99.9%", 0.57: "57%", 0.00004: "0%", 0: "0%", 1.001: "100.1%", 1 / 3: "33.33%"}
    assert {share: percent(share) for share in shares} == shares
    for short in (0.99999999, 1 - 1e-9, (2**53 - 1) / 2**53):
        assert percent(short) == "99.99%"


@given(st.integers(0, 10_000))
def test_a_percentage_with_two_decimals_is_shown_as_it_is(hundredths: int) -> None:
    whole, rest = divmod(hundredths, 100)
    assert percent(hundredths / 10_000) == f"{whole}.{rest:02d}".rstrip("0").rstrip(".") + "%"


def test_a_time_in_force_is_said_with_the_dates_there_are() -> None:
    first, last = date(2025, 1, 1), date(2025, 12, 31)
    spans = ((None, None), (first, None), (None, last), (first, last))
    assert [period_words(Interval(*span)) for span in spans] == [
        "always in force",
        "in force from 2025-01-01",
        "in force until 2025-12-31",
        "in force from 2025-01-01 to 2025-12-31",
    ]


def test_no_result_says_that_a_platform_is_compliant() -> None:
    assert set(CONCLUSION_WORDS) == set(Standing)
    for words in CONCLUSION_WORDS.values():
        assert set(words) == set(Conclusion)
        assert not any("complian" in phrase for phrase in words.values())


def test_a_target_that_was_set_late_is_flagged_whatever_is_measured_against_it() -> None:
    """A question alone, or a part of a whole."""
    rules, sample = audit.load_rules(), audit.samples() / "harbourline" / "2026-06-30.yaml"
    submission = audit.read_report(sample, rules, date(2026, 11, 1)).submission
    assert submission
    tests = [
        (code, test.arguments["set_on"], isinstance(test.arguments[test.kind], str))
        for code in rules.codes
        for provision in code.provisions
        for test in (requirement.test for requirement in provision.requirements)
        if test.kind == "meets_own_target"
    ]
    assert {is_question for _, _, is_question in tests} == {True, False}
    for code, set_on, _ in tests:
        late = replace(submission, answers={**submission.answers, set_on: submission.period_from})
        flags = audit.assess_submission(late, code, None).flags
        assert ("own-target-set-late", (set_on,)) in {(flag.id, flag.questions) for flag in flags}
