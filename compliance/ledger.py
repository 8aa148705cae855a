"""Where the points of an assessment go, as screens and reports show it: apportioned once, ordered once.

Every level adds up to the one above it in what is shown, not only in the exact figures behind it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from compliance import scoring
from compliance.model import MICRO, Assessment, EvidenceResult, Flag, Grade, Outcome, ProvisionResult, Requirement


@dataclass(frozen=True, slots=True)
class Ledger:
    """Points lost in tenths of a point, as every screen and report shows them: each level adds up to the one above.

    `requirements` is keyed by (provision id, requirement id).
    """

    total: int
    chapters: Mapping[str, int]
    provisions: Mapping[str, int]
    requirements: Mapping[tuple[str, str], int]


def ledger(assessment: Assessment) -> Ledger:
    """The display of the losses, apportioned once from the top down; all zero where there are no figures."""
    figures = assessment.figures
    total = 0 if figures is None else 1000 - figures.declared // (MICRO // 10)
    by_chapter: dict[str, dict[str, ProvisionResult]] = {chapter.id: {} for chapter in assessment.code.chapters}
    for result in assessment.provisions:
        by_chapter[result.provision.chapter][result.provision.id] = result
    chapters = scoring.apportion(
        total, {id: sum(result.loss for result in results.values()) for id, results in by_chapter.items()}
    )
    provisions: dict[str, int] = {}
    requirements: dict[tuple[str, str], int] = {}
    for id, results in by_chapter.items():
        provisions |= scoring.apportion(chapters[id], {key: result.loss for key, result in results.items()})
        for key, result in results.items():
            parts = scoring.apportion(provisions[key], {f.requirement.id: f.loss for f in result.findings})
            requirements |= {(key, requirement): tenths for requirement, tenths in parts.items()}
    return Ledger(total, chapters, provisions, requirements)


def worst_first(assessment: Assessment) -> list[ProvisionResult]:
    """The provisions by the points lost that are shown, most first, then by the exact ones, the outcome and the id."""
    order = list(Outcome)
    shown = ledger(assessment).provisions
    rank = {
        outcome: i
        for i, outcome in enumerate(
            (Outcome.NOT_MET, Outcome.PARTLY_MET, Outcome.UNKNOWN, Outcome.ALTERNATIVE, Outcome.MET, Outcome.NO_CASES)
        )
    }
    return sorted(
        assessment.provisions,
        key=lambda r: (
            -shown[r.provision.id],
            -r.loss,
            rank.get(r.outcome, len(order)) if r.outcome else len(order),
            r.provision.id,
        ),
    )


@dataclass(frozen=True, slots=True)
class Step:
    """One step down from 100 points, in tenths of a point: a chapter's loss, or (chapter "") what the cap takes.

    `still_open` is the part of `lost` that better answers could bring back: blanks, contradictions, open applicability.
    `left` is what remains after the step.
    """

    chapter: str
    title: str
    lost: int
    found_short: int
    still_open: int
    left: int


def waterfall(assessment: Assessment) -> list[Step]:
    """The steps from 100 to the final score: chapters, most lost first, then the cap. Empty without figures."""
    if assessment.figures is None:
        return []
    losses = ledger(assessment).chapters
    steps: list[Step] = []
    left = 1000
    for chapter in sorted(assessment.code.chapters, key=lambda chapter: -losses[chapter.id]):
        lost = losses[chapter.id]
        left -= lost
        parts = _lost_parts([r for r in assessment.provisions if r.provision.chapter == chapter.id], lost)
        steps.append(Step(chapter.id, chapter.title, lost, parts["found_short"], parts["still_open"], left))
    final = assessment.figures.final // (MICRO // 10)
    if final < left:
        capping = dict.fromkeys(cap.provision for cap in assessment.caps)
        steps.append(Step("", f"Cap, {', '.join(capping)}", left - final, left - final, 0, final))
    return steps


def _lost_parts(results: Sequence[ProvisionResult], lost: int) -> dict[str, int]:
    findings = [finding for result in results for finding in result.findings]
    still_open = sum(f.weight * f.high // MICRO - f.gain for f in findings)
    found_short = sum(f.loss for f in findings) - still_open
    return scoring.apportion(lost, {"found_short": found_short, "still_open": still_open})


def evidence_for(assessment: Assessment, requirement: Requirement) -> list[EvidenceResult]:
    """The evidence offered for what a requirement reads, ignored pieces included."""
    test = requirement.test
    named = {test.provision} if test.provision else set(test.reads)
    return [found for found in assessment.evidence if named & set(found.evidence.supports)]


def lowest_grade(result: ProvisionResult) -> Grade | None:
    """The least that backs any of a provision's requirements; None where nothing is tested."""
    return min((finding.grade for finding in result.findings), key=list(Grade).index, default=None)


def touched_by(assessment: Assessment, flag: Flag) -> list[str]:
    """The provisions with a requirement that reads a question the flag names."""
    named = set(flag.questions)
    provisions = assessment.code.provisions
    return [p.id for p in provisions if any(named & set(r.test.reads) for r in p.requirements)]
