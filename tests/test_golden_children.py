"""Golden cases for Ofcom's children's code: who each measure is for, at the edges of what was quoted of it.

The first is a forum like the one for which Ofcom's own web tool was run, as a public record has it: of the 16 measures
that the tool returned, 12 bind, one permits and three are not applicable. The last are the two voluntary codes, of
which less was read.
"""

from __future__ import annotations

from typing import Any

import pytest
from golden import FIRST_HALF, assessed, read, result

from compliance import audit
from compliance.model import Applies, Assessment, Basis, Conclusion, Outcome, Received, Verdict

PCU = "uk-ofcom-children-u2u@2025-07-04"
PRINCIPLES = "voluntary-principles@2020-03"
INTERIM = "uk-interim-csea@2020-12"

# A small forum that children use, at low risk of everything, without any check of age.
FORUM: dict[str, Any] = {
    "service.parts": ["user_to_user"],
    "service.kinds": ["forum"],
    "service.uk_monthly_users": 5_000,
    "service.osa_category": "none",
    "service.principal_purpose_is_pornographic": False,
    "service.principal_purpose_is_harmful": False,
    "service.takedown_is_feasible": True,
    "children.can_use": True,
    "children.likely_to_access": True,
    "children.access_basis": "significant_number_of_children",
    "children.has_means_of_determining_age": False,
    "children.measures_use_age_checks": False,
    "children.terms_prohibit_primary_priority": True,
    "risk.children_kinds_medium_or_high": 0,
    "risk.primary_priority_content": "low",
    "risk.priority_content": "low",
}
BINDING = {
    *("PCU-A2", "PCU-C1", "PCU-C2", "PCU-D1", "PCU-D2", "PCU-D7", "PCU-D9", "PCU-D10", "PCU-D12", "PCU-D13"),
    *("PCU-G1", "PCU-G3"),
}
PERMITTED = {"PCU-D14"}
# The forum uses no check of age; it prohibits all four kinds and can take them down; it is in no category.
NOT_APPLICABLE = {
    "PCU-B1": "does not apply: measures for children that rest on a check of age: no",
    "PCU-B4": (
        "does not apply: not room for primary priority content "
        "(ban on primary priority content: yes and feasibility of take-down: yes)"
    ),
    "PCU-G2": "does not apply: Online Safety Act category is none, not category 1",
}

# What the forum answers when it does all that it is asked, and nothing has happened in the period.
HONEST: dict[str, Any] = {
    "governance.accountable_for": ["reporting_and_complaints", "children"],
    "harmful.infeasibility": "feasible_everywhere",
    **dict.fromkeys(("harmful.items", "harmful.complaints.received", "age.appeals.received"), 0),
    **dict.fromkeys(("harmful.appeals.received", "harmful.appeals.upheld"), 0),
    "harmful.complaints.affected_persons": True,
    "complaints.kinds": [
        *("content_harmful_to_children", "childrens_duties", "own_content_restricted_for_children"),
        *("own_account_restricted_for_children", "wrong_age"),
    ],
    "complaints.ease": [
        *("control_beside_content", "other_routes_findable", "only_necessary_steps", "supporting_information"),
        *("plain_words", "keyboard_and_screen_reader"),
    ],
    "terms.children_cover": ["primary_priority", "priority", "age_limits", "proactive_technology"],
    "terms.children_ease": ["without_signing_in", "headings", "reading_age", "assistive_technology"],
}
IN_PLACE = {id: {"status": "in_place"} for id in BINDING - {"PCU-A2", "PCU-D1", "PCU-G1"}}

LARGE = {"service.uk_monthly_users": 7_000_001}
SEVERAL = {"risk.children_kinds_medium_or_high": 2}
PRIORITY_RISK = {"risk.children_kinds_medium_or_high": 1, "risk.priority_content": "medium"}
PRIMARY_RISK = {"risk.children_kinds_medium_or_high": 1, "risk.primary_priority_content": "medium"}
SUICIDE = {"service.principal_purpose_is_harmful": True, "service.principal_purpose_is_primary_priority": True}
STUNTS = {"service.principal_purpose_is_harmful": True, "service.principal_purpose_is_primary_priority": False}
CHECKS = {"children.has_means_of_determining_age": True, "children.measures_use_age_checks": True}
FEED = {"service.has_recommender": True}


def forum(changes: dict[str, Any] | None = None, period: tuple[str, str] = FIRST_HALF, **more: Any) -> Received:
    """The forum with these changes (None takes an answer out), read as a file."""
    return read({**FORUM, **(changes or {})}, period, **more)


def assess(
    changes: dict[str, Any] | None = None, period: tuple[str, str] = FIRST_HALF, code: str = PCU, **more: Any
) -> Assessment:
    return assessed(forum(changes, period, **more), code)


def declared(assessment: Assessment) -> int:
    """The declared score, in micro-points."""
    assert assessment.figures
    return assessment.figures.declared


def is_for(changes: dict[str, Any] | None = None) -> bool:
    """Whether the code fits the forum with these changes."""
    submission = forum(changes).submission
    assert submission
    return PCU in {code.name for code in audit.load_rules().fitting(submission, None)}


def test_a_small_forum_at_low_risk_has_the_measures_that_the_regulators_tool_returned() -> None:
    found = assess()
    assert len(BINDING) == 12
    assert len(BINDING | PERMITTED | NOT_APPLICABLE.keys()) == 16
    scored = {each.provision.id: each for each in found.provisions if each.provision.is_scored}
    assert {id for id, each in scored.items() if each.applies is not Applies.FALSE} == BINDING
    assert all(scored[id].applies is Applies.TRUE for id in BINDING)
    assert {scored[id].outcome for id in NOT_APPLICABLE} == {Outcome.NOT_APPLICABLE}
    assert {id: scored[id].applies_why for id in NOT_APPLICABLE} == NOT_APPLICABLE
    (permission,) = (result(found, id) for id in PERMITTED)
    assert permission.applies is Applies.TRUE
    assert not permission.provision.is_scored
    assert found.flags == ()


def test_a_ban_keeps_b4_away_only_while_content_can_be_taken_down() -> None:
    """B1 follows checks of age, not the terms: what brings B4 does not bring B1."""
    cannot = assess({"service.takedown_is_feasible": False})
    assert result(cannot, "PCU-B4").applies is Applies.TRUE
    assert result(cannot, "PCU-B4").applies_why.endswith("feasibility of take-down: no)")
    assert result(cannot, "PCU-B1").applies is Applies.FALSE


def test_a_forum_that_does_all_it_is_asked_follows_the_code() -> None:
    found = assess(HONEST, provisions=IN_PLACE)
    assert found.conclusion is Conclusion.CONFORMS
    assert declared(found) == 100_000_000
    assert found.flags == ()


def test_facts_alone_earn_nothing() -> None:
    found = assess()
    assert found.conclusion is Conclusion.UNDETERMINED
    assert declared(found) == 0


def test_without_moderation_nothing_else_helps() -> None:
    without = {**IN_PLACE, "PCU-C1": {"status": "not_in_place"}, "PCU-C2": {"status": "not_in_place"}}
    found = assess(HONEST, provisions=without)
    assert found.conclusion is Conclusion.DOES_NOT_CONFORM
    assert {cap.provision for cap in found.caps} == {"PCU-C2"}


@pytest.mark.parametrize("fact", sorted(FORUM))
def test_leaving_a_fact_out_takes_no_measure_away(fact: str) -> None:
    for before, after in zip(assess().provisions, assess({fact: None}).provisions, strict=True):
        assert after.applies in (before.applies, Applies.UNKNOWN)


def test_without_any_fact_nothing_is_not_applicable() -> None:
    found = assess(dict.fromkeys(FORUM))
    conditional = {each.applies for each in found.provisions if each.provision.applies_when}
    assert conditional == {Applies.UNKNOWN}
    assert {each.applies for each in found.provisions if not each.provision.applies_when} == {Applies.TRUE}
    assert found.conclusion is Conclusion.UNDETERMINED


@pytest.mark.parametrize(
    ("id", "changes", "expected"),
    [
        # B4: a kind is allowed, or all are prohibited and cannot be taken down; not where B2 applies.
        ("PCU-B4", {"children.terms_prohibit_primary_priority": False}, Applies.TRUE),
        ("PCU-B4", {"service.takedown_is_feasible": False}, Applies.TRUE),
        ("PCU-B4", {"service.takedown_is_feasible": None}, Applies.UNKNOWN),
        ("PCU-B4", {"children.terms_prohibit_primary_priority": None}, Applies.UNKNOWN),
        (
            "PCU-B4",
            {"service.principal_purpose_is_pornographic": True, "children.terms_prohibit_primary_priority": False},
            Applies.FALSE,
        ),
        ("PCU-B4", {**SUICIDE, "children.terms_prohibit_primary_priority": False}, Applies.FALSE),
        ("PCU-B4", {**STUNTS, "children.terms_prohibit_primary_priority": False}, Applies.TRUE),
        (
            "PCU-B4",
            {"service.principal_purpose_is_pornographic": None, "children.terms_prohibit_primary_priority": False},
            Applies.UNKNOWN,
        ),
        ("PCU-B2", {"service.principal_purpose_is_pornographic": True}, Applies.TRUE),
        ("PCU-B2", {"service.principal_purpose_is_pornographic": None}, Applies.UNKNOWN),
        ("PCU-B2", {"service.principal_purpose_is_harmful": None}, Applies.UNKNOWN),
        ("PCU-B2", SUICIDE, Applies.TRUE),
        ("PCU-B2", STUNTS, Applies.FALSE),
        ("PCU-B3", STUNTS, Applies.TRUE),
        ("PCU-B3", SUICIDE, Applies.FALSE),
        ("PCU-B3", {"service.principal_purpose_is_harmful": True}, Applies.UNKNOWN),
        # B5: a medium or high risk of priority content that is allowed, or cannot be taken down; not where B3 applies.
        ("PCU-B5", {"children.terms_prohibit_priority": False}, Applies.FALSE),
        ("PCU-B5", {**PRIORITY_RISK, "children.terms_prohibit_priority": False}, Applies.TRUE),
        ("PCU-B5", {**PRIORITY_RISK, "children.terms_prohibit_priority": True}, Applies.FALSE),
        ("PCU-B5", {**PRIORITY_RISK, "service.takedown_is_feasible": False}, Applies.TRUE),
        ("PCU-B5", PRIORITY_RISK, Applies.UNKNOWN),
        ("PCU-B5", {"risk.priority_content": "high", "children.terms_prohibit_priority": False}, Applies.TRUE),
        ("PCU-B5", {"risk.priority_content": None}, Applies.UNKNOWN),
        ("PCU-B5", {**PRIMARY_RISK, "children.terms_prohibit_priority": False}, Applies.FALSE),
        ("PCU-B5", {**PRIORITY_RISK, **SUICIDE, "children.terms_prohibit_priority": False}, Applies.TRUE),
        ("PCU-B5", {**PRIORITY_RISK, **STUNTS, "children.terms_prohibit_priority": False}, Applies.FALSE),
        # B1: whoever uses checks of age for a measure, for whatever reason.
        ("PCU-B1", CHECKS, Applies.TRUE),
        ("PCU-B1", {**CHECKS, "children.measures_use_age_checks": False}, Applies.FALSE),
        ("PCU-B1", {**CHECKS, "children.measures_use_age_checks": None}, Applies.UNKNOWN),
        ("PCU-B1", {"children.measures_use_age_checks": True}, Applies.TRUE),
        ("PCU-D9", LARGE, Applies.FALSE),
        ("PCU-D9", {"service.uk_monthly_users": 7_000_000}, Applies.TRUE),
        ("PCU-D9", {"service.uk_monthly_users": None}, Applies.UNKNOWN),
        ("PCU-D9", SEVERAL, Applies.FALSE),
        ("PCU-D9", PRIORITY_RISK, Applies.TRUE),
        ("PCU-D9", {**PRIORITY_RISK, "risk.primary_priority_content": "high"}, Applies.FALSE),
        ("PCU-D9", {"risk.children_kinds_medium_or_high": None}, Applies.UNKNOWN),
        ("PCU-D11", {"service.uk_monthly_users": 7_000_000}, Applies.FALSE),
        ("PCU-D11", {"service.uk_monthly_users": None}, Applies.UNKNOWN),
        ("PCU-D12", LARGE, Applies.FALSE),
        ("PCU-D8", SEVERAL, Applies.TRUE),
        ("PCU-D11", LARGE, Applies.TRUE),
        ("PCU-D11", SEVERAL, Applies.FALSE),
        ("PCU-D11-RISKS", SEVERAL, Applies.TRUE),
        ("PCU-D11-RISKS", {**SEVERAL, **LARGE}, Applies.FALSE),
        ("PCU-D12", SEVERAL, Applies.FALSE),
        ("PCU-C4", LARGE, Applies.TRUE),
        ("PCU-C4", {"service.uk_monthly_users": 7_000_000}, Applies.FALSE),
        ("PCU-A3", PRIORITY_RISK, Applies.FALSE),
        ("PCU-E-PRIMARY", {**FEED, **PRIMARY_RISK}, Applies.TRUE),
        ("PCU-E-PRIMARY", {**FEED, **PRIORITY_RISK}, Applies.FALSE),
        ("PCU-E-PRIORITY", {**FEED, **PRIORITY_RISK}, Applies.TRUE),
        ("PCU-E-FEEDBACK", {**FEED, **PRIORITY_RISK, **LARGE}, Applies.TRUE),
        ("PCU-E-FEEDBACK", {**FEED, **PRIORITY_RISK}, Applies.FALSE),
        ("PCU-E-FEEDBACK", {**FEED, **LARGE}, Applies.FALSE),
        ("PCU-G2", {"service.osa_category": "category_1"}, Applies.TRUE),
        ("PCU-G2", {"service.osa_category": "category_2b"}, Applies.FALSE),
        ("PCU-G2", {"service.osa_category": None}, Applies.UNKNOWN),
    ],
)
def test_who_a_measure_of_the_childrens_code_is_for(id: str, changes: dict[str, Any], expected: Applies) -> None:
    assert result(assess(changes), id).applies is expected


@pytest.mark.parametrize(
    ("id", "service"),
    [
        ("PCU-B2", SUICIDE),
        ("PCU-B3", STUNTS),
        ("PCU-B4", {"children.terms_prohibit_primary_priority": False}),
        ("PCU-B5", {**PRIORITY_RISK, "children.terms_prohibit_priority": False}),
    ],
)
def test_what_users_say_of_themselves_is_never_enough(id: str, service: dict[str, Any]) -> None:
    service = {**service, "children.has_means_of_determining_age": True}
    in_place = {id: {"status": "in_place"}}
    typed = assess({**service, "age.self_declaration_only": True}, provisions=in_place)
    assert result(typed, id).conclusion is Verdict.FALLS_SHORT
    checked = assess({**service, "age.self_declaration_only": False}, provisions=in_place)
    assert result(checked, id).conclusion is Verdict.MET


@pytest.mark.parametrize(
    ("gate", "expected"),
    [
        ("blocks_until_checked", Verdict.MET),
        ("asks_age", Verdict.FALLS_SHORT),
        ("warns", Verdict.FALLS_SHORT),
        ("nothing", Verdict.FALLS_SHORT),
        (None, Verdict.UNDETERMINED),
    ],
)
def test_pornography_stays_blocked_until_the_check_has_ended(gate: str | None, expected: Verdict) -> None:
    service = {**CHECKS, "service.principal_purpose_is_pornographic": True, "age.gate": gate}
    service["age.self_declaration_only"] = False
    assert result(assess(service, provisions={"PCU-B2": {"status": "in_place"}}), "PCU-B2").conclusion is expected


@pytest.mark.parametrize(
    ("methods", "expected"),
    [
        (["self_declaration"], Verdict.FALLS_SHORT),
        (["none"], Verdict.FALLS_SHORT),
        (["self_declaration", "photo_id_matching"], Verdict.MET),
        (None, Verdict.UNDETERMINED),
    ],
)
def test_a_check_of_age_is_more_than_the_users_word(methods: list[str] | None, expected: Verdict) -> None:
    found = assess({**CHECKS, "age.methods": methods}, provisions={"PCU-B1": {"status": "in_place"}})
    assert result(found, "PCU-B1").conclusion is expected


def test_counting_fewer_kinds_than_are_rated_helps_nobody() -> None:
    rated = {"risk.primary_priority_content": "medium", "risk.priority_content": "medium"}
    found = assess({**rated, "risk.children_kinds_medium_or_high": 0})
    assert result(found, "PCU-D8").applies is Applies.TRUE
    assert "harmful-kinds-rated-but-not-counted" in {flag.id for flag in found.flags}


def test_several_risks_decide_nothing_since_their_meaning_was_not_read() -> None:
    """A service that is not large meets D11 only where it is compared."""
    found = assess(SEVERAL, provisions={"PCU-D11-RISKS": {"status": "not_in_place"}})
    assert result(found, "PCU-D11").outcome is Outcome.NOT_APPLICABLE
    assert result(found, "PCU-D11-RISKS").conclusion is None
    large = assess(LARGE, provisions={"PCU-D11": {"status": "not_in_place"}})
    assert result(large, "PCU-D11").conclusion is Verdict.FALLS_SHORT


def test_what_was_read_as_an_account_only_never_decides() -> None:
    code = assess().code
    marks = {provision.id: provision.source.mark.value for provision in code.provisions}
    letters = {"A": ["3", "5", "6", "7"], "C": ["3", "4", "5"], "D": ["8"], "E": ["-PRIMARY", "-PRIORITY", "-FEEDBACK"]}
    accounts = {f"PCU-{letter}{rest}" for letter, rests in letters.items() for rest in rests}
    assert {id for id, mark in marks.items() if mark == "secondary"} == accounts
    assert all(r.basis is Basis.BENCHMARK for p in code.provisions if p.id in accounts for r in p.requirements)
    letters = {"A": ["1", "4"], "B": ["6", "7"], "C": ["6", "7", "8"], "D": ["3", "4", "5", "6"], "F": [""], "J": [""]}
    unseen = {f"PCU-{letter}{rest}" for letter, rests in letters.items() for rest in rests}
    assert {id for id, mark in marks.items() if mark == "unverified"} == unseen
    assert not any(provision.is_scored for provision in code.provisions if marks[provision.id] == "unverified")


def test_each_measure_that_was_seen_is_there() -> None:
    """Measures under E, F and J have no numbers that were confirmed: each letter is one item."""
    found = assess()
    numbers = {"A": 7, "B": 7, "C": 8, "D": 14, "G": 3}
    listed = {f"PCU-{letter}{i}" for letter, most in numbers.items() for i in range(1, most + 1)}
    listed |= {"PCU-E", "PCU-F", "PCU-J"}
    assert {provision.under or provision.id for provision in found.code.provisions} == listed
    assert found.counts["published"] == len(listed)
    assert {*found.code.upcoming} == {"PCU-C9", "PCU-C10", "PCU-C11", "PCU-H2"}


def test_the_childrens_code_begins_on_25_july_2025() -> None:
    early = assess(period=("2025-01-01", "2025-07-24"))
    assert {each.outcome for each in early.provisions if each.provision.is_scored} == {Outcome.NOT_APPLICABLE}
    assert result(assess(period=("2025-01-01", "2025-07-25")), "PCU-A2").outcome is Outcome.TOO_EARLY


def test_the_childrens_code_is_for_services_that_children_are_likely_to_access() -> None:
    assert is_for()
    assert not is_for({"children.likely_to_access": False, "children.access_basis": "few_children"})
    assert not is_for({"service.parts": ["search"]})
    # Section 37(4): who has not assessed whether children have access counts as likely to be accessed by them.
    assert is_for({"children.likely_to_access": False, "children.access_basis": "not_assessed"})
    assert is_for({"children.likely_to_access": False, "children.access_basis": "significant_number_of_children"})


@pytest.mark.parametrize(("code", "letters", "scored"), [(PRINCIPLES, "VP-", 8), (INTERIM, "ICSEA-P", 3)])
def test_of_eleven_principles_only_those_that_were_read_are_scored(code: str, letters: str, scored: int) -> None:
    found = assess(code=code)
    provisions = {each.id: each for each in found.code.provisions}
    assert provisions.keys() == {f"{letters}{i}" for i in range(1, 12)}
    assert {id for id, each in provisions.items() if each.is_scored} == {f"{letters}{i}" for i in range(1, scored + 1)}
    unread = [each for each in provisions.values() if not each.is_scored]
    assert all(each.source.mark.value == "unverified" and not each.requirements for each in unread)
    assert found.counts["published"] == 11


@pytest.mark.parametrize(("code", "letters"), [(PRINCIPLES, "VP-"), (INTERIM, "ICSEA-P")])
def test_who_answers_nothing_or_does_nothing_keeps_no_voluntary_code(code: str, letters: str) -> None:
    assert assess(code=code).conclusion is Conclusion.UNDETERMINED
    nothing = {f"{letters}{i}": {"status": "not_in_place"} for i in range(1, 12)}
    found = assess(code=code, provisions=nothing)
    assert found.conclusion is Conclusion.DOES_NOT_CONFORM
    assert found.caps == ()


@pytest.mark.parametrize(
    ("code", "done", "on", "first"),
    [
        (PRINCIPLES, "voluntary.principles.signed", "voluntary.principles.signed_on", "2020-03-05"),
        (INTERIM, "voluntary.interim.adopted", "voluntary.interim.adopted_on", "2020-12-01"),
    ],
)
def test_a_signature_is_shown_with_its_day_and_changes_no_figure(code: str, done: str, on: str, first: str) -> None:
    word = done.rsplit(".", 1)[1]
    cases: list[tuple[dict[str, Any], str]] = [
        ({done: False}, f"not {word}"),
        ({done: True, on: first}, word),
        ({done: True, on: "2019-12-31"}, f"said to be {word} before"),
        ({done: True}, ""),
        ({}, ""),
    ]
    unsigned = assess(code=code)
    for answers, says in cases:
        found = assess(answers, code=code)
        (line,) = found.context
        assert line.says.startswith(says)
        assert bool(line.says) is bool(says)
        assert (found.figures, found.conclusion) == (unsigned.figures, unsigned.conclusion)
