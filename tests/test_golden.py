"""Golden cases: services at the edges of what the UK codes say about whom a provision is for, and from when.

Each is a whole file, read as a user's would be; what is not given is a blank. The facts are those of the codes'
sources, the examples ours.
"""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from golden import FIRST_HALF, assessed, read, result

from compliance import audit
from compliance.model import Applies, Assessment, Conclusion, Outcome, Verdict

ICU_2025 = "uk-ofcom-illegal-content-u2u@2025-02-24"
ICU_2026 = "uk-ofcom-illegal-content-u2u@2026-09-30"
DUTIES = "uk-osa-duties@2026-06-29"
SECOND_HALF = ("2026-07-01", "2026-12-31")

# A social network on which images are shared, with no shape of its own and no evidence of abuse material.
NETWORK: dict[str, Any] = {
    "service.parts": ["user_to_user"],
    "service.kinds": ["social_media"],
    "service.uk_monthly_users": 2_000_000,
    "service.lets_users_share_images": True,
    "service.lets_users_share_videos": False,
    "service.stores_files": False,
    "service.shares_files_by_link": False,
    "service.principal_purpose_is_pornographic": False,
    "service.osa_category": "none",
    "service.is_new": False,
    "service.shows_location": False,
    "service.has_direct_messages": True,
    "service.suggests_connections": False,
    "service.shows_connection_lists": False,
    "service.profiles_reveal_children": False,
    "service.links_without_account": False,
    "risk.csam_images": "medium",
    "risk.csam_images_factors": "few",
    "risk.csam_images_evidence": False,
    "risk.csam_images_systems_cover_all": False,
    "risk.csam_urls": "low",
    "risk.csam_urls_factors": "few",
    "risk.csam_urls_evidence": False,
    "risk.csam_urls_systems_cover_all": False,
    "risk.grooming": "medium",
    "risk.grooming_factors": "few",
    **dict.fromkeys(("risk.extreme_pornography", "risk.self_harm", "risk.harassment"), "low"),
    "risk.csea": "medium",
    "risk.intimate_images": "medium",
    "risk.illegal_kinds_medium_or_high": 2,
    "children.can_use": True,
    "children.likely_to_access": True,
    "children.access_basis": "significant_number_of_children",
    "children.has_means_of_determining_age": True,
    "children.terms_prohibit_primary_priority": True,
}
ONE_KIND = {"risk.illegal_kinds_medium_or_high": 1, "risk.intimate_images": "low"}
NO_KIND = {
    "risk.illegal_kinds_medium_or_high": 0,
    **dict.fromkeys(("risk.csea", "risk.intimate_images", "risk.csam_images", "risk.csam_urls"), "low"),
    "risk.grooming": "low",
}
FILE_SHARING: dict[str, Any] = {
    "service.kinds": ["file_sharing"],
    "service.uk_monthly_users": 900,
    "service.stores_files": True,
    "service.shares_files_by_link": True,
    "risk.csam_images": "high",
}


def assess(
    code: str,
    changes: dict[str, Any] | None = None,
    period: tuple[str, str] = FIRST_HALF,
    on: date | None = None,
    **more: Any,
) -> Assessment:
    """The network with these changes (None takes an answer out), read as a file and assessed."""
    return assessed(read({**NETWORK, **(changes or {})}, period, **more), code, on)


def applies(code: str, id: str, changes: dict[str, Any] | None = None) -> Applies:
    return result(assess(code, changes), id).applies


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"service.uk_monthly_users": 6_000_000}, Applies.FALSE),
        ({"service.uk_monthly_users": 8_000_000}, Applies.TRUE),
        ({"service.uk_monthly_users": 7_000_000}, Applies.FALSE),
        ({"service.uk_monthly_users": 7_000_001}, Applies.TRUE),
        ({"service.uk_monthly_users": 8_000_000, "risk.csam_images": "low"}, Applies.FALSE),
        ({"service.uk_monthly_users": 700_000, "risk.csam_images": "high"}, Applies.FALSE),
        ({"service.uk_monthly_users": 700_001, "risk.csam_images": "high"}, Applies.TRUE),
        (FILE_SHARING, Applies.TRUE),
        ({**FILE_SHARING, "service.shares_files_by_link": False}, Applies.FALSE),
        ({**FILE_SHARING, "service.lets_users_share_images": False}, Applies.FALSE),
        ({"service.uk_monthly_users": 9_000_000, "service.lets_users_share_images": False}, Applies.FALSE),
        ({"service.uk_monthly_users": 9_000_000, "service.lets_users_share_videos": True}, Applies.TRUE),
        ({"service.uk_monthly_users": None, "risk.csam_images": "high"}, Applies.UNKNOWN),
    ],
)
def test_hash_matching_is_for_these_services(changes: dict[str, Any], expected: Applies) -> None:
    found = result(assess(ICU_2025, changes), "ICU-C9")
    assert found.applies is expected
    assert found.applies_why


@pytest.mark.parametrize(
    "factors",
    [
        {"risk.csam_images_factors": "a_lot"},
        {"risk.csam_images_evidence": True},
        {"service.kinds": ["adult"]},
        {"service.stores_files": True, "service.shares_files_by_link": True},
        {"risk.csam_images_evidence": None},
    ],
)
def test_a_rating_below_what_the_factors_support_leaves_hash_matching_unknown(factors: dict[str, Any]) -> None:
    """Not absent: rating oneself down, or leaving a factor out, takes nobody out; the flag says so."""
    found = assess(ICU_2025, {"risk.csam_images": "low", **factors})
    assert result(found, "ICU-C9").applies is Applies.UNKNOWN
    assert result(found, "ICU-C9").outcome is not Outcome.NOT_APPLICABLE
    assert "rating-below-factors" in {flag.id for flag in found.flags}


def test_a_lower_rating_that_rests_on_detection_is_accepted_and_asked_for() -> None:
    """Comprehensive detection may bring the rating down; then the questions of C9 are asked, and that there is such a
    detection decides."""
    relies = {
        "risk.csam_images": "low",
        "risk.csam_images_factors": "a_lot",
        "risk.csam_images_systems_cover_all": True,
    }
    found = assess(ICU_2025, relies)
    assert "rating-below-factors" not in {flag.id for flag in found.flags}
    assert result(found, "ICU-C9").applies is Applies.FALSE
    asked = result(found, "ICU-C9-RATING")
    assert asked.applies is Applies.TRUE
    assert asked.outcome is Outcome.UNKNOWN
    assert asked.conclusion is Verdict.UNDETERMINED
    at_work = {
        "prescreening.public_images_uploaded": 1000,
        "prescreening.matching": "perceptual",
        "prescreening.image_stage": "before_available",
        "prescreening.unknown.images_checked": 700,
    }
    assert result(assess(ICU_2025, relies | at_work), "ICU-C9-RATING").conclusion is Verdict.MET
    for missing in ({"prescreening.matching": "none"}, {"prescreening.image_stage": "on_report"}):
        without = result(assess(ICU_2025, relies | at_work | missing), "ICU-C9-RATING")
        assert without.conclusion is Verdict.FALLS_SHORT
    read = {id for finding in asked.findings for id in finding.requirement.test.reads}
    assert {"prescreening.matching", "prescreening.public_images_checked_before"} <= read
    assert applies(ICU_2025, "ICU-C9-RATING") is Applies.FALSE
    assert applies(ICU_2025, "ICU-C9-RATING", {**relies, "service.uk_monthly_users": 700_000}) is Applies.FALSE


@pytest.mark.parametrize(
    ("id", "changes", "expected"),
    [
        ("ICU-C10", {"service.uk_monthly_users": 7_000_001, "risk.csam_urls": "medium"}, Applies.TRUE),
        ("ICU-C10", {"service.uk_monthly_users": 7_000_000, "risk.csam_urls": "medium"}, Applies.FALSE),
        ("ICU-C10", {"service.uk_monthly_users": 700_001, "risk.csam_urls": "high"}, Applies.TRUE),
        ("ICU-C10", {"service.uk_monthly_users": 700_000, "risk.csam_urls": "high"}, Applies.FALSE),
        ("ICU-C10", {"service.links_without_account": True}, Applies.UNKNOWN),
        ("ICU-F1", {"risk.grooming": "high"}, Applies.TRUE),
        ("ICU-F1", {"risk.grooming": "medium"}, Applies.FALSE),
        ("ICU-F1", {"risk.grooming": "medium", "service.uk_monthly_users": 7_000_001}, Applies.TRUE),
        ("ICU-F1", {"risk.grooming": "high", "children.has_means_of_determining_age": False}, Applies.FALSE),
        ("ICU-F2", {"risk.grooming": "high"}, Applies.TRUE),
        ("ICU-A1", {"service.uk_monthly_users": 7_000_001}, Applies.TRUE),
        ("ICU-A1", {}, Applies.FALSE),
        ("ICU-A3", {}, Applies.TRUE),
        ("ICU-A3", ONE_KIND, Applies.FALSE),
        ("ICU-A3", {"risk.illegal_kinds_medium_or_high": 1}, Applies.TRUE),
        ("ICU-A3", ONE_KIND | {"risk.illegal_kinds_medium_or_high": 3}, Applies.TRUE),
        ("ICU-A3", ONE_KIND | {"risk.harassment": "medium"}, Applies.TRUE),
        ("ICU-A3", ONE_KIND | {"risk.harassment": None}, Applies.UNKNOWN),
        ("ICU-A3", ONE_KIND | {"risk.csam_urls": "high", "risk.grooming": "high"}, Applies.FALSE),
        ("ICU-A3", ONE_KIND | {"risk.csea": "low", "risk.harassment": "medium"}, Applies.TRUE),
        ("ICU-A4", {"service.uk_monthly_users": 7_000_001}, Applies.TRUE),
        ("ICU-A4", {"service.uk_monthly_users": 7_000_001, **ONE_KIND}, Applies.FALSE),
        ("ICU-A4", {}, Applies.FALSE),
        ("ICU-D3", {}, Applies.TRUE),
        ("ICU-D3", {"children.likely_to_access": False, "children.access_basis": "few_children"}, Applies.FALSE),
        ("ICU-D4", ONE_KIND, Applies.TRUE),
        ("ICU-D4", NO_KIND, Applies.FALSE),
        ("ICU-D4", NO_KIND | {"risk.csam_images_evidence": True}, Applies.UNKNOWN),
        ("ICU-D8", {}, Applies.TRUE),
        ("ICU-D9", {}, Applies.FALSE),
        ("ICU-D9", ONE_KIND, Applies.TRUE),
        ("ICU-G2", {}, Applies.FALSE),
        ("ICU-G2", {"service.osa_category": "category_1"}, Applies.TRUE),
        ("ICU-A2", {}, Applies.TRUE),
    ],
)
def test_who_a_measure_is_for(id: str, changes: dict[str, Any], expected: Applies) -> None:
    assert applies(ICU_2025, id, changes) is expected


def test_three_things_together_point_to_a_high_risk_of_grooming() -> None:
    pointing = dict.fromkeys(
        ("service.suggests_connections", "service.shows_connection_lists", "service.profiles_reveal_children"), True
    )
    assert applies(ICU_2025, "ICU-F1", pointing) is Applies.UNKNOWN
    assert applies(ICU_2025, "ICU-F1", {**pointing, "children.can_use": False}) is Applies.FALSE
    for left_out in pointing:
        assert applies(ICU_2025, "ICU-F1", {**pointing, left_out: False}) is Applies.FALSE


def test_the_measure_on_intimate_images_comes_on_30_september_2026() -> None:
    at_risk = {"risk.intimate_images": "high", "service.uk_monthly_users": 700_001}
    before = assess(ICU_2026, at_risk, on=date(2026, 9, 29))
    assert result(before, "ICU-C14").applies is Applies.FALSE
    after = assess(ICU_2026, at_risk, on=date(2026, 9, 30))
    assert result(after, "ICU-C14").applies is Applies.TRUE
    assert result(after, "ICU-C14").outcome is Outcome.TOO_EARLY
    whole = assess(ICU_2026, at_risk, period=SECOND_HALF)
    assert result(whole, "ICU-C14").outcome is Outcome.UNKNOWN
    outside = assess(ICU_2026, {**at_risk, "service.uk_monthly_users": 700_000}, period=SECOND_HALF)
    assert result(outside, "ICU-C14").applies is Applies.FALSE
    adult = {**at_risk, "service.uk_monthly_users": 10, "service.principal_purpose_is_pornographic": True}
    assert result(assess(ICU_2026, adult, period=SECOND_HALF), "ICU-C14").applies is Applies.TRUE


def test_measures_that_were_there_before_are_not_new_in_the_amended_version() -> None:
    """A period that ends soon after the amendment is still assessed by everything else."""
    found = assess(ICU_2026, period=("2026-04-01", "2026-09-30"))
    assert result(found, "ICU-A2").outcome is Outcome.UNKNOWN
    assert [each.provision.id for each in found.provisions if each.outcome is Outcome.TOO_EARLY] == ["ICU-G1-INTIMATE"]


def test_the_first_version_ends_the_day_before_the_second_begins() -> None:
    first, second = (audit.load_code(name) for name in (ICU_2025, ICU_2026))
    assert first.in_force.end == date(2026, 9, 29)
    assert second.in_force.start == date(2026, 9, 30)
    assert second.supersedes == first.name


def test_a_version_that_is_not_in_force_says_so() -> None:
    flags = {name: {flag.id for flag in assess(name).flags} for name in (ICU_2025, ICU_2026)}
    assert "code-not-in-force" not in flags[ICU_2025]
    assert "code-not-in-force" in flags[ICU_2026]
    late = assess(ICU_2025, period=SECOND_HALF)
    (flag,) = (flag for flag in late.flags if flag.id == "code-not-in-force")
    assert flag.message == (
        "The code is in force from 2025-03-17 to 2026-09-29, so not on 2026-12-31, the day of this assessment."
    )


def test_each_version_has_what_the_publisher_lists() -> None:
    first, second = (assess(name) for name in (ICU_2025, ICU_2026))
    assert first.counts["published"] == 41
    assert second.counts["published"] == 42
    items = {provision.under or provision.id for provision in second.code.provisions} | {*second.code.left_out}
    letters = {"A": 7, "C": 10, "D": 14, "E": 1, "F": 2, "G": 3, "H": 1, "J": 3}
    listed = {f"ICU-{letter}{i}" for letter, most in letters.items() for i in range(1, most + 1)}
    assert items == listed | {"ICU-C14"}
    assert {*second.code.upcoming} == {"ICU-C15", "ICU-C16"}
    assert {*first.code.upcoming} == {"ICU-C14", "ICU-C15", "ICU-C16"}


def test_the_48_hours_are_too_early_for_the_first_half_of_2026() -> None:
    early = assess(DUTIES)
    for id in ("OSA-10.3A", "OSA-20A", "OSA-21.2A"):
        assert result(early, id).outcome is Outcome.TOO_EARLY
        assert result(early, id).applies is Applies.TRUE
    due = {
        "removal.intimate.reports": 120,
        "removal.intimate.reports_excepted": 20,
        "removal.intimate.reports_due": 100,
    }
    in_place = {"OSA-10.3A": {"status": "in_place"}}
    late = {**due, "removal.intimate.removed_within_48_hours": 99}
    found = result(assess(DUTIES, late, SECOND_HALF, provisions=in_place), "OSA-10.3A")
    assert found.conclusion is Verdict.FALLS_SHORT
    in_time = {**due, "removal.intimate.removed_within_48_hours": 100}
    found = result(assess(DUTIES, in_time, SECOND_HALF, provisions=in_place), "OSA-10.3A")
    assert found.conclusion is Verdict.MET


def test_each_duty_counts_from_its_own_day() -> None:
    """Half a year before the reports to the National Crime Agency, and before the duties on children."""
    found = assess(DUTIES, period=("2025-01-01", "2025-06-30"))
    outside = {each.provision.id for each in found.provisions if each.outcome is Outcome.NOT_APPLICABLE}
    assert {"OSA-66.1", "OSA-66-R6", "OSA-11.2", "OSA-21.5", "OSA-10.3A"} <= outside
    assert result(found, "OSA-9.2").outcome is Outcome.UNKNOWN
    assert result(assess(DUTIES, period=FIRST_HALF), "OSA-66.1").outcome is Outcome.UNKNOWN


def test_the_yearly_assessment_binds_only_while_children_are_not_likely_to_come() -> None:
    assert applies(DUTIES, "OSA-36.3") is Applies.FALSE
    few = {"children.likely_to_access": False, "children.access_basis": "few_children"}
    assert applies(DUTIES, "OSA-36.3", few) is Applies.TRUE
    not_due = few | {"children.access_basis": "not_due"}
    assert applies(DUTIES, "OSA-36.3", not_due) is Applies.FALSE
    not_assessed = {"children.likely_to_access": False, "children.access_basis": "not_assessed"}
    found = assess(DUTIES, not_assessed)
    assert "rating-below-factors" in {flag.id for flag in found.flags}
    assert result(found, "OSA-36.1").conclusion is Verdict.FALLS_SHORT
    assert found.conclusion is Conclusion.DOES_NOT_CONFORM


def test_who_says_that_children_are_many_cannot_deny_that_they_come() -> None:
    found = assess(DUTIES, {"children.likely_to_access": False})
    assert "rating-below-factors" in {flag.id for flag in found.flags}
    assert result(found, "OSA-11.2").applies is Applies.UNKNOWN


def test_a_new_service_owes_no_assessment_yet() -> None:
    new = {"service.is_new": True, "children.access_basis": "not_due"}
    for id in ("OSA-9.2", "OSA-9.3", "OSA-23.2", "OSA-36.7"):
        assert applies(DUTIES, id, new) is Applies.FALSE
        assert applies(DUTIES, id) is Applies.TRUE


def test_what_terms_do_not_prohibit_is_kept_from_children_by_checks_of_age() -> None:
    """In force from 25 July 2025; a typed date of birth is never enough."""
    allows = {"children.terms_prohibit_primary_priority": False, "age.self_declaration_only": True}
    found = assess(DUTIES, allows, provisions={"OSA-12.4": {"status": "in_place"}})
    assert result(found, "OSA-12.4").conclusion is Verdict.FALLS_SHORT
    checked = allows | {"age.self_declaration_only": False}
    found = assess(DUTIES, checked, provisions={"OSA-12.4": {"status": "in_place"}})
    assert result(found, "OSA-12.4").conclusion is Verdict.MET
    adult = checked | {"service.principal_purpose_is_pornographic": True, "age.gate": "asks_age"}
    found = assess(DUTIES, adult, provisions={"OSA-12.4": {"status": "in_place"}})
    assert result(found, "OSA-12.4").conclusion is Verdict.FALLS_SHORT
    assert applies(DUTIES, "OSA-12.4", {"children.terms_prohibit_primary_priority": True}) is Applies.FALSE


def test_no_duty_can_be_replaced_by_an_alternative() -> None:
    record = {"status": "alternative", "instead": "A", "how_it_complies": "B", "regard_to_expression_and_privacy": "C"}
    duty = assess(DUTIES, provisions={"OSA-66.1": record})
    assert [flag.id for flag in duty.flags] == ["alternative-not-allowed"]
    assert not any(provision.alternatives_allowed for provision in duty.code.provisions)
    measure = assess(ICU_2025, provisions={"ICU-C2": record})
    assert result(measure, "ICU-C2").outcome is Outcome.ALTERNATIVE
    assert measure.flags == ()


@pytest.mark.parametrize(
    ("changes", "amount", "category"),
    [
        ({"service.qualifying_worldwide_revenue": 61_000_000}, 18_000_000, None),
        ({"service.qualifying_worldwide_revenue": 180_000_000}, 18_000_000, None),
        ({"service.qualifying_worldwide_revenue": 2_500_000_000}, 250_000_000, None),
        ({}, None, None),
        ({"service.has_recommender": True, "service.uk_monthly_users": 34_000_001}, None, "its conditions are met"),
        (
            {"service.has_recommender": False, "service.uk_monthly_users": 40_000_000},
            None,
            "its conditions are not met",
        ),
        (
            {
                "service.has_recommender": True,
                "service.lets_users_forward": False,
                "service.uk_monthly_users": 8_000_000,
            },
            None,
            "its conditions are not met",
        ),
        (
            {
                "service.has_recommender": True,
                "service.lets_users_forward": True,
                "service.uk_monthly_users": 8_000_000,
            },
            None,
            "its conditions are met",
        ),
    ],
)
def test_penalty_and_category_are_context_and_never_scored(
    changes: dict[str, Any], amount: float | None, category: str | None
) -> None:
    found = assess(DUTIES, changes)
    context = {each.line.id: each for each in found.context}
    assert context["maximum-penalty"].amount == amount
    assert context["maximum-penalty"].unit == ("GBP" if amount else "")
    if category:
        assert context["category-1"].says == category
    asked = {"service.qualifying_worldwide_revenue", "service.has_recommender", "service.lets_users_forward"}
    tested = {id for p in found.code.provisions for r in p.requirements for id in r.test.reads}
    assert not asked & tested
