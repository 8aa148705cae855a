"""Section 4 by hand: small cases whose every number was worked out on paper from the text.

They keep the reference honest, which in turn keeps the engine honest, and they are the place to look up what a
sentence of the section comes to.
"""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
import reference

Tree = dict[str, Any]

CLOCK = {"n": "n"}
QUESTIONS: Tree = {
    "yes": {"type": "yes_no"},
    "also": {"type": "yes_no"},
    "fact": {"type": "yes_no"},
    "part": {"type": "count"},
    "whole": {"type": "count"},
    "n": {"type": "count"},
    "users": {"type": "count"},
    "share": {"type": "share"},
    "hours": {"type": "hours", "clock": CLOCK},
    "target": {"type": "hours"},
    "day": {"type": "date"},
    "risk": {"type": "choice", "options": ["low", "medium", "high"], "ordered": True},
    "kinds": {"type": "choices", "options": ["a", "b", "c", "none"]},
    "note": {"type": "text"},
}
YES = {"is_true": "yes"}
ALSO = {"is_true": "also"}
RATIO = {"at_least": {"part": "part", "of": "whole"}, "full_at": 1, "zero_at": 0, "when_zero": "no_cases"}


def provision(name: str, *tests: Tree, weights: tuple[float, ...] = (), basis: str = "code", **more: Any) -> Tree:
    requirements = [
        {"id": f"r{place}", "test": test, "basis": basis, "weight": weights[place] if weights else 1}
        for place, test in enumerate(tests)
    ]
    plain = {"chapter": "one", "source": {"mark": "primary"}, "obligation": "must", "severity": "major"}
    return {**plain, "id": name, "alternatives": "allowed", "requirements": requirements, **more}


def assess(*provisions: Tree, answers: Tree | None = None, rules: tuple[Tree, ...] = (), **more: Any) -> Tree:
    """The reference's figures; what is not a key of a self-assessment goes into the code."""
    filed: Tree = {key: more.pop(key) for key in ("period", "provisions", "evidence") if key in more}
    code: Tree = {"standing": "duty", "chapters": [{"id": "one", "weight": 1}], "provisions": list(provisions), **more}
    period = filed.pop("period", {"from": "2026-01-01", "to": "2026-06-30"})
    submission: Tree = {"period": period, "prepared": {"on": "2026-07-20"}, "answers": answers or {}, **filed}
    return reference.assess({"questions": QUESTIONS, "consistency": list(rules)}, code, submission)


def credits_of(test: Tree, answers: Tree, **more: Any) -> tuple[int, int, str]:
    """Low, high and outcome of one requirement alone."""
    found = assess(provision("P1", test), answers=answers, **more)["provisions"]["P1"]["requirements"]["r0"]
    return found["low"], found["high"], found["outcome"]


LINE = {"at_least": "share", "full_at": 0.999, "zero_at": 0.9}


@pytest.mark.parametrize(
    ("share", "credit"),
    [(0.999, 1_000_000), (0.9989999999, 999_999), (0.9489, 493_939), (0.9000000001, 1), (0.9, 0), (0.2, 0)],
)
def test_only_a_value_at_full_is_one_and_only_one_at_zero_is_nothing(share: float, credit: int) -> None:
    """0.0489 / 0.099 is 0.49393939..."""
    assert credits_of(LINE, {"share": share})[:2] == (credit, credit)


@pytest.mark.parametrize(("part", "credit"), [(18, 500_000), (12, 1_000_000), (24, 0), (13, 916_667)])
def test_a_line_downwards(part: int, credit: int) -> None:
    """From 24 (0) to 12 (1): 13 is eleven twelfths of the way."""
    test = {"at_most": "hours", "full_at": 12, "zero_at": 24}
    assert credits_of(test, {"hours": part, "n": 5})[:2] == (credit, credit)


def test_a_step_covers_and_a_table() -> None:
    assert credits_of({"at_least": "users", "full_at": 10}, {"users": 9}) == (0, 0, "not_met")
    assert credits_of({"covers": "kinds", "required": ["a", "b", "c"]}, {"kinds": ["a", "c"]})[0] == 666_667
    table = {"one_of": "risk", "credit": {"low": 0.0000005, "medium": 0.0000015, "high": 1}}
    assert [credits_of(table, {"risk": risk})[0] for risk in ("low", "medium", "high")] == [0, 2, 1_000_000]


def test_a_blank_may_be_anything() -> None:
    blanks: tuple[Tree, ...] = ({}, {"yes": None}, {"note": ""}, {"kinds": []})
    for answers in blanks:
        for test in (YES, {"is_reported": "note"}, {"covers": "kinds", "required": ["a"]}, LINE, {"in_place": "P1"}):
            assert credits_of(test, answers) == (0, 1_000_000, "unknown")


def test_no_cases_is_not_a_blank() -> None:
    time = {"at_most": "hours", "full_at": 24}
    assert credits_of(RATIO, {"whole": 0}) == (0, 0, "no_cases")
    assert credits_of({**RATIO, "when_zero": "unknown"}, {"whole": 0, "part": 0}) == (0, 1_000_000, "unknown")
    assert credits_of(RATIO, {"part": 3}) == (0, 1_000_000, "unknown")
    assert credits_of(time, {"hours": 3}) == (0, 1_000_000, "unknown")
    assert credits_of(time, {"n": 0}) == (0, 1_000_000, "unknown")
    assert credits_of({**time, "when_zero": "no_cases"}, {"n": 0}) == (0, 0, "no_cases")
    nothing = assess(provision("P1", RATIO), answers={"whole": 0})
    assert (nothing["conclusion"], nothing["final"], nothing["ceiling"]) == (None, None, None)


def test_days() -> None:
    """The period ends on 30 June and the file was prepared on 20 July."""
    fresh = {"fresh": "day", "within_days": 30}
    found = {day: credits_of(fresh, {"day": f"2026-{day}"})[:2] for day in ("05-31", "05-30", "07-20", "07-21")}
    full = (1_000_000, 1_000_000)
    assert found == {"05-31": full, "05-30": (0, 0), "07-20": full, "07-21": (0, 1_000_000)}
    late = assess(provision("P1", fresh), answers={"day": "2026-07-21"})
    assert late["flags"] == {"date-after-preparation"}


def test_own_targets() -> None:
    test = {"meets_own_target": "hours", "target": "target", "set_on": "day", "credible_at_most": 48}
    good = {"hours": 6, "n": 3, "target": 12, "day": "2025-12-31"}
    assert credits_of(test, good)[2] == "met"
    assert credits_of(test, {**good, "hours": 12.5})[2] == "not_met"
    late, lax = {**good, "day": "2026-01-01"}, {**good, "target": 48.5}
    assert credits_of(test, late)[2] == credits_of(test, lax)[2] == "unknown"
    assert assess(provision("P1", test), answers=late)["flags"] == {"own-target-set-late"}
    assert assess(provision("P1", test), answers=lax)["flags"] == {"own-target-not-credible"}


def test_contradictions_take_away_what_is_not_certain() -> None:
    """A part above its whole touches every requirement that reads either; what is not met stays so."""
    tests = (RATIO, {"at_least": "part", "full_at": 5}, {"at_least": "part", "full_at": 50}, YES)
    found = assess(provision("P1", *tests), answers={"part": 9, "whole": 4, "yes": True})
    outcomes = [item["outcome"] for item in found["provisions"]["P1"]["requirements"].values()]
    assert outcomes == ["unknown", "unknown", "not_met", "met"]
    assert found["flags"] == {"part-above-whole"}
    rule = {"id": "some", "holds": "whole > 0 or not yes", "questions": ["whole", "yes"]}
    assert credits_of(RATIO, {"whole": 0, "yes": True}, rules=(rule,)) == (0, 1_000_000, "unknown")
    assert credits_of(RATIO, {"whole": 0}, rules=(rule,)) == (0, 0, "no_cases")
    given = assess(provision("P1", {"at_most": "hours", "full_at": 24}), answers={"hours": 3, "n": 0})
    assert given["flags"] == {"time-without-cases"}


def test_weights_are_whole_and_add_up() -> None:
    """Thirds of 100 points leave one micro-point, for the largest; ids compare as text, so P10 comes before P2."""
    found = assess(provision("P2", YES), provision("P10", YES), provision("P3", YES), answers={"yes": True})
    weights = {name: item["weight"] for name, item in found["provisions"].items()}
    assert weights == {"P10": 33_333_334, "P2": 33_333_333, "P3": 33_333_333}
    assert found["declared"] == 100_000_000


def test_two_provisions_trade_at_the_same_rate_whatever_else_applies() -> None:
    """P1: 3 × 8/12 = 2; P2: 3 × 4/12 = 1, does not apply; P3: 1 × 1/1 = 1. So P1 has 2/3, in parts 1/6 and 1/2."""
    found = assess(
        provision("P1", YES, ALSO, weights=(1, 3), severity="critical"),
        provision("P2", YES, applies_when="fact"),
        provision("P3", YES, severity="minor", chapter="two"),
        chapters=[{"id": "one", "weight": 3}, {"id": "two", "weight": 1}],
        answers={"yes": True, "also": False, "fact": False},
    )
    first, second, third = (found["provisions"][name] for name in ("P1", "P2", "P3"))
    assert [item["weight"] for item in first["requirements"].values()] == [16_666_666, 50_000_001]
    assert (second["weight"], second["outcome"], third["weight"]) == (0, "not_applicable", 33_333_333)
    assert (found["declared"], first["loss"], first["low"]) == (49_999_999, 50_000_001, 250_000)
    assert (found["conclusion"], found["caps"]) == ("does_not_conform", [("critical", 49_000_000, "P1")])


def test_what_takes_part_may_move_the_last_micro_point() -> None:
    """P1 has 2/3 and is met. With two requirements taking part, P2's share loses a micro-point more to flooring."""
    provisions = (provision("P1", YES), provision("P2", ALSO, RATIO, severity="moderate"))
    answers = {"yes": True, "also": False}
    assert assess(*provisions, answers={**answers, "whole": 0})["declared"] == 66_666_667
    assert assess(*provisions, answers=answers)["declared"] == 66_666_668


def test_unknown_applicability_never_helps() -> None:
    provisions = (provision("P1", YES), provision("P2", ALSO, applies_when='risk == "high"'))
    answers = {"yes": True, "also": True}
    found = assess(*provisions, answers=answers)
    assert (found["declared"], found["ceiling"], found["conclusion"]) == (50_000_000, 100_000_000, "undetermined")
    assert (found["provisions"]["P2"]["applies"], found["provisions"]["P2"]["outcome"]) == ("unknown", "unknown")
    worst = assess(*provisions, answers={**answers, "also": False})
    assert (worst["provisions"]["P2"]["outcome"], worst["conclusion"]) == ("not_met", "undetermined")


def test_a_rating_below_what_the_factors_support_counts_as_not_given() -> None:
    rated = {"risk": [{"at_least": "medium", "when": "fact"}, {"at_least": "high", "when": "users > 100"}]}

    def applies(condition: str, **answers: Any) -> tuple[str, set[str]]:
        found = assess(provision("P1", YES, applies_when=condition), judgements=rated, answers=answers)
        return found["provisions"]["P1"]["applies"], found["flags"]

    flagged = {"rating-below-factors"}
    assert applies('risk == "high"', risk="low", fact=True, users=5) == ("unknown", flagged)
    assert applies('risk == "high"', risk="medium", fact=True, users=5) == ("false", set())
    assert applies('risk == "high"', risk="medium", fact=True) == ("unknown", flagged)
    assert applies('risk == "high" and fact', risk="low", fact=False, users=500) == ("false", flagged)
    assert applies('risk >= "low"', risk="low", fact=True, users=5) == ("true", flagged)


def test_too_early_and_not_in_force() -> None:
    """3 to 30 June are 28 days; a period of 14 days asks for all of them."""

    def outcome(start: str, end: str | None = None, **more: Any) -> str:
        in_force = {"from": start, **({"to": end} if end else {})}
        found = assess(provision("P1", YES, in_force=in_force), in_force={"from": "2030-01-01"}, **more)
        return str(found["provisions"]["P1"]["outcome"])

    assert [outcome(f"2026-{day}") for day in ("06-03", "06-04", "07-01")] == ["unknown", "too_early", "not_applicable"]
    assert outcome("2020-01-01", "2026-06-30") == "unknown"
    assert outcome("2020-01-01", "2026-06-29") == "not_applicable"
    short = {"from": "2026-02-03", "to": "2026-02-16"}
    assert [outcome(f"2026-02-{day}", period=short) for day in ("03", "04")] == ["unknown", "too_early"]


def test_alternatives() -> None:
    record = {"status": "alternative", **dict.fromkeys(reference.RECORD, "Thus.")}
    evidence = [audit(supports=["P1"])]
    test = {"in_place": "P1"}
    found = assess(provision("P1", test), provisions={"P1": record}, evidence=evidence)
    assert (found["declared"], found["assured"], found["assured_if_accepted"]) == (100_000_000, 0, 0)
    assert (found["provisions"]["P1"]["outcome"], found["conclusion"]) == ("alternative", "undetermined")
    unknown = assess(provision("P1", test, applies_when="fact"), provisions={"P1": record})
    assert (unknown["declared"], unknown["ceiling"]) == (0, 100_000_000)
    refused = [
        assess(provision("P1", test), provisions={"P1": {**record, "instead": ""}}),
        assess(provision("P1", test, alternatives="none"), provisions={"P1": record}),
    ]
    assert [found["provisions"]["P1"]["outcome"] for found in refused] == ["unknown", "unknown"]
    assert [found["flags"] for found in refused] == [{"alternative-incomplete"}, {"alternative-not-allowed"}]
    comments = assess(provision("P1", test, obligation="should"), provisions={"P1": record})
    assert comments["conclusion"] == "conforms_with_comments"


def audit(day: str = "2026-06-01", kind: str = "independent_audit", **more: Any) -> Tree:
    return {"kind": kind, "date": day, "supports": ["yes"], **more}


@pytest.mark.parametrize(
    ("evidence", "assured", "if_accepted", "flags"),
    [
        ([], 0, 0, set()),
        ([audit(kind="document")], 50, 50, set()),
        ([audit(kind="document"), audit(kind="data")], 70, 70, set()),
        ([audit()], 70, 100, set()),
        ([audit("2025-06-30")], 70, 100, set()),
        ([audit("2025-06-29")], 70, 70, set()),
        ([audit("2025-06-29", "data")], 50, 50, set()),
        ([audit("2025-06-29", "document")], 0, 0, set()),
        ([audit("2026-07-21")], 0, 0, {"evidence-after-preparation"}),
        ([audit(covers={"from": "2025-01-01", "to": "2025-12-31"})], 0, 0, {"evidence-outside-period"}),
        ([audit(covers={"from": "2025-01-01", "to": "2026-01-01"})], 70, 100, set()),
        ([audit(supports=["P1"])], 0, 0, set()),
    ],
)
def test_evidence(evidence: list[Tree], assured: int, if_accepted: int, flags: set[str]) -> None:
    found = assess(provision("P1", YES), answers={"yes": True}, evidence=evidence)
    figures = (found["assured"] // 1_000_000, found["assured_if_accepted"] // 1_000_000)
    assert (*figures, found["flags"]) == (assured, if_accepted, flags)


def test_a_requirement_is_backed_only_as_well_as_the_least_of_what_it_reads() -> None:
    answers = {"hours": 3, "n": 4}
    test = {"at_most": "hours", "full_at": 24}
    half = assess(provision("P1", test), answers=answers, evidence=[audit(supports=["hours"])])
    both = [audit(supports=["hours"]), audit(supports=["n"], kind="document")]
    assert half["assured"] == 0
    assert assess(provision("P1", test), answers=answers, evidence=both)["assured"] == 50_000_000


def test_conclusions() -> None:
    """Only statute and code decide; a benchmark that fails costs points and no conclusion."""
    must, should = provision("P1", YES), provision("P2", ALSO, obligation="should")
    benchmark = provision("P3", LINE, basis="benchmark", obligation="should")

    def concluded(**answers: Any) -> str:
        return str(assess(must, should, benchmark, answers=answers)["conclusion"])

    assert concluded(yes=True, also=True, share=0) == "conforms"
    assert concluded(yes=True, also=False) == concluded(yes=True) == "conforms_with_comments"
    assert concluded(also=True) == "undetermined"
    assert concluded(yes=False) == "does_not_conform"


def test_a_cap_is_provisional_while_a_blank_or_a_fact_could_lift_it() -> None:
    """P1 has 8 of 24 parts of the weight, the rest is met. Where P1 has halves, two micro-points are left for P2."""
    rest = [provision(f"P{place}", YES, severity="critical") for place in (2, 3)]

    def final(*tests: Tree, standing: str = "duty", **more: Any) -> tuple[int, int, bool]:
        answers = {"yes": True, "also": False}
        capping = provision("P1", *tests, severity="critical", **more)
        found = assess(capping, *rest, answers=answers, standing=standing)
        return found["final"], found["ceiling_final"], found["provisional"]

    assert final(ALSO) == (49_000_000, 49_000_000, False)
    assert final(LINE) == (49_000_000, 100_000_000, True)
    assert final(ALSO, LINE) == (49_000_000, 83_333_334, True)
    assert final(ALSO, applies_when="fact") == (49_000_000, 49_000_000, True)
    assert final(ALSO, YES) == (83_333_334, 83_333_334, False)
    assert final(ALSO, standing="voluntary") == (66_666_666, 66_666_666, False)
    assert final(ALSO, obligation="should") == (66_666_666, 66_666_666, False)
    assert final(ALSO, basis="benchmark") == (66_666_666, 66_666_666, False)


def test_a_code_may_carry_caps_of_its_own() -> None:
    """P1 has one half, of which a quarter is earned; what takes no part of it is met."""
    half = [provision("P1", ALSO, YES, weights=(3, 1), severity="critical"), provision("P2", YES, severity="critical")]
    low, high = {"id": "low", "limit": 20.5, "below": 0.3}, {"id": "high", "limit": 40, "below": 0.25}

    def final(*caps: Tree, **answers: Any) -> tuple[int, list[tuple[str, int, str]], bool]:
        found = assess(*half, answers={"yes": True, **answers}, caps=list(caps))
        return found["final"], found["caps"], found["provisional"]

    assert final(also=False) == (62_500_000, [], False)
    assert final(low, high, also=False) == (20_500_000, [("low", 20_500_000, "P1")], False)
    assert final(high, also=False) == (62_500_000, [], False), "a credit at the bound is not below it"
    assert final(low, {**high, "below": 1}) == (
        20_500_000,
        [("high", 40_000_000, "P1"), ("low", 20_500_000, "P1")],
        True,
    )


def test_counts() -> None:
    shown = (provision("P1", YES, under="U1", ours=True), provision("P2", ALSO, under="U1", ours=True))
    found = assess(
        *shown,
        provision("P3", YES, obligation="information"),
        provision("P4", YES, source={"mark": "unverified"}),
        provision("P5", YES, applies_when="fact"),
        answers={"yes": True, "fact": False},
        provisions={"P1": {"status": "not_applicable"}, "P5": {"status": "not_applicable"}},
        left_out={"U7": "another subject"},
    )
    expected = {"applicable": 2, "answered": 1, "met": 1, "unknown": 1, "not_applicable": 1, "not_scored": 2}
    assert {name: count for name, count in found["counts"].items() if count} == {
        **expected,
        "encoded": 5,
        "published": 5,
    }
    assert found["provisions"]["P3"]["weight"] == found["provisions"]["P4"]["weight"] == 0
    assert found["flags"] == {"not-applicable-unsupported"}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("yes and also", None),
        ("also or yes", True),
        ("not yes and also", False),
        ("users / whole > 1", None),
        ("users / n > 1", None),
        ("1 < users <= 7_0", True),
        ("1 < users < also_users", None),
        ("users > 70 and n > 1", False),
        ('risk >= "medium"', True),
        ('risk in ["low", "high"]', False),
        ('"a" in kinds and "b" not in kinds', True),
        ('day < "2026-02-01"', True),
        ("-users + 2 * 35 == 0", True),
    ],
)
def test_three_valued_expressions(text: str, value: bool | None) -> None:
    answers = {"yes": True, "users": 70, "whole": 0, "risk": "medium", "kinds": ["a"], "day": "2026-01-31"}
    given = {**answers, "day": date(2026, 1, 31)}
    facts = {"also_users": "n > 3"}
    questions = {**QUESTIONS, "also_users": {"type": "count"}}
    assert reference.truth(text, questions, given, facts) is value
