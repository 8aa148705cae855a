"""Where the points go, as screens and reports show it, on rules small enough to check.

SC-1 has half of the points (in-use 16.7, coverage 33.3), SC-2 and SC-3 a quarter each.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from test_reasons import assessed, of

from compliance.ledger import evidence_for, ledger, lowest_grade, touched_by, waterfall, worst_first
from compliance.model import ALL_POINTS, Evidence, Grade


def evidence(kind: Grade, *supports: str) -> Evidence:
    return Evidence("e", "E", kind, "X", date(2026, 5, 1), None, "", supports)


def test_the_ledger_adds_up_at_every_level() -> None:
    shown = ledger(assessed({"images.matching": False, "governance.reviewed_on": None}))
    assert shown.total == sum(shown.chapters.values()) == sum(shown.provisions.values())
    assert shown.total == sum(shown.requirements.values()) == 417


def test_provisions_come_worst_first() -> None:
    found = assessed({"images.matching": False, "governance.reviewed_on": None})
    assert [result.provision.id for result in worst_first(found)] == ["SC-3", "SC-1", "SC-2"]


def test_provisions_come_in_the_order_of_the_points_that_are_shown() -> None:
    """31.0 tenths are lost. Screening's 20.52 are shown as 21, so SC-1 shows 11 for its 10.26 and SC-3 10 for 10.48."""
    found, losses = assessed(), {"SC-1": 1_026_000, "SC-2": 1_026_000, "SC-3": 1_048_000}
    assert found.figures
    found = replace(
        found,
        figures=replace(found.figures, declared=ALL_POINTS - sum(losses.values())),
        provisions=tuple(replace(result, loss=losses[result.provision.id]) for result in found.provisions),
    )
    assert ledger(found).provisions == {"SC-1": 11, "SC-2": 10, "SC-3": 10}
    assert [result.provision.id for result in worst_first(found)] == ["SC-1", "SC-3", "SC-2"]


def test_the_waterfall_tells_what_is_still_open_from_what_was_found_short() -> None:
    """A blank may still earn its points; an old review and a share of nothing earn none, whatever else is answered."""
    found = assessed({"images.matching": None, "images.checked": 0, "governance.reviewed_on": date(2024, 1, 1)})
    assert [(s.chapter, s.lost, s.found_short, s.still_open, s.left) for s in waterfall(found)] == [
        ("screening", 500, 333, 167, 500),
        ("governance", 250, 250, 0, 250),
    ]


def test_the_cap_is_the_last_step_of_the_waterfall() -> None:
    *_, before, cap = waterfall(assessed({"images.matching": False}))
    assert (before.left, cap.chapter, cap.title) == (833, "", "Cap, SC-1")
    assert (cap.lost, cap.found_short, cap.still_open, cap.left) == (343, 343, 0, 490)


def test_a_provision_is_backed_as_well_as_the_least_of_its_requirements() -> None:
    read = ("images.matching", "images.checked", "images.uploaded")
    strong = evidence(Grade.DATA, *read)
    assert lowest_grade(of(assessed(evidence=(strong,)), "SC-1")) is Grade.DATA
    weak = evidence(Grade.DOCUMENT, "images.matching")
    mixed = of(assessed(evidence=(evidence(Grade.DATA, *read[1:]), weak)), "SC-1")
    assert [finding.grade for finding in mixed.findings] == [Grade.DOCUMENT, Grade.DATA]
    assert lowest_grade(mixed) is Grade.DOCUMENT
    assert lowest_grade(of(assessed(), "SC-1")) is Grade.ASSERTION
    assert lowest_grade(replace(mixed, findings=())) is None


def test_evidence_stands_beside_the_requirements_that_read_what_it_supports() -> None:
    found = assessed(evidence=(evidence(Grade.DATA, "removal.items"),))
    offered = {f.requirement.id: len(evidence_for(found, f.requirement)) for r in found.provisions for f in r.findings}
    assert offered == {"in-use": 0, "coverage": 0, "own-target": 1, "yearly": 0}


def test_a_flag_touches_what_reads_a_question_it_names() -> None:
    found = assessed({"images.checked": 1001})
    assert [touched_by(found, flag) for flag in found.flags] == [["SC-1"]]
