"""The four views below a service's figures: its provisions, what does not apply, the flags and the evidence.

Only the view that the URL names is made. Each hands back the provision that stays open in the panel: the one that the
URL names, else the one that led to the conclusion.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import streamlit as st

from compliance.audit import Report
from compliance.dashboard import parts, session
from compliance.dashboard.panel import ANCHOR, answers
from compliance.dashboard.parts import sentence, text
from compliance.ledger import ledger, lowest_grade, touched_by, worst_first
from compliance.model import Assessment, Basis, EvidenceResult, Flag, Grade, Outcome, ProvisionResult
from compliance.reasons import leading
from compliance.scoring import tenths
from compliance.vocabulary import FLAG_SYMBOL, grade_words

PROVISIONS, NOT_APPLICABLE, FLAGS, EVIDENCE = TABS = ("provisions", "not-applicable", "flags", "evidence")
OUTSIDE = (Outcome.NOT_APPLICABLE, Outcome.TOO_EARLY)


def draw(found: Assessment, report: Report) -> ProvisionResult | None:
    """The chosen one of four views, and the provision that it leaves open in the panel."""
    ordered = worst_first(found)
    inside = [result for result in ordered if result.outcome not in OUTSIDE]
    outside = [result for result in ordered if result.outcome in OUTSIDE]
    views: dict[str, tuple[str, Callable[[], ProvisionResult | None]]] = {
        PROVISIONS: (f"Provisions {len(inside)}", lambda: _provisions(found, inside)),
        NOT_APPLICABLE: (f"Does not apply {len(outside)}", lambda: _not_applicable(found, outside)),
        FLAGS: (f"Flags {len(found.flags)}", lambda: _flags(found, report, ordered)),
        EVIDENCE: (f"Evidence {len(found.evidence)}", lambda: _evidence(found, ordered)),
    }
    tab = session.choose(session.TAB, TABS, PROVISIONS if inside else NOT_APPLICABLE)
    st.segmented_control(
        "Show",
        TABS,
        format_func=lambda id: views[id][0],
        key=session.TAB,
        on_change=session.remember(session.TAB),
        label_visibility="collapsed",
        required=True,
        wrap=True,
    )
    return views[tab][1]()


def _provisions(found: Assessment, results: Sequence[ProvisionResult]) -> ProvisionResult | None:
    st.subheader("Provisions, most points lost first", anchor=False)
    if not results:
        st.markdown("No provision of this code applies to this service and period.")
        return None
    losses = ledger(found).provisions
    columns: dict[str, Sequence[object]] = {
        "Id": [result.provision.id for result in results],
        "Outcome": [parts.chips(result) for result in results],
        "Points": [float(tenths(losses[result.provision.id])) for result in results],
        "Provision": [text(result.provision.title, "cell") for result in results],
        "Why it applies": [text(result.applies_why.removeprefix("applies: "), "cell") for result in results],
        "Basis": [_bases(result) for result in results],
        "Evidence": [_grade(result) for result in results],
    }
    return _choose(found, results, columns, "provisions", "Provisions, most points lost first")


def _not_applicable(found: Assessment, results: Sequence[ProvisionResult]) -> ProvisionResult | None:
    if not results:
        st.subheader("Every provision of this code applies", anchor=False)
        return None
    early = sum(result.outcome is Outcome.TOO_EARLY for result in results)
    words = parts.counted(len(results) - early, "provision does not apply", "provisions do not apply")
    st.subheader(f"{words}, {early} too early to assess" if early else words, anchor=False)
    columns: dict[str, Sequence[object]] = {
        "Id": [result.provision.id for result in results],
        "Outcome": [parts.chips(result) for result in results],
        "Why": [text(result.applies_why, "cell") for result in results],
        "Provision": [text(result.provision.title, "cell") for result in results],
    }
    return _choose(found, results, columns, "not-applicable", "Provisions that do not apply, and why")


def _choose(
    found: Assessment, results: Sequence[ProvisionResult], columns: Mapping[str, Sequence[object]], key: str, alt: str
) -> ProvisionResult:
    """The table of these provisions, and the one that the URL or else its first row names."""
    by_id = {result.provision.id: result for result in results}
    chosen = session.choose(session.PROVISION, [*by_id], _leading(found))
    parts.choice_grid(columns, [*by_id], chosen, f"{key}-grid", alt)
    parts.small(f"Open: [{text(chosen)}](#{ANCHOR}). Choose another row to open it.")
    return by_id[chosen]


def _bases(result: ProvisionResult) -> str:
    if not result.provision.is_scored:
        return "not scored"
    bases = {finding.requirement.basis for finding in result.findings}
    return ", ".join(basis.value.replace("_", " ") for basis in Basis if basis in bases)


def _grade(result: ProvisionResult) -> str:
    grade = lowest_grade(result)
    return "–" if grade in (None, Grade.ASSERTION) else grade_words(grade)


def _flags(found: Assessment, report: Report, ordered: Sequence[ProvisionResult]) -> ProvisionResult | None:
    flags = parts.counted(len(found.flags), "contradiction or implausibility", "contradictions and implausibilities")
    st.subheader(f"{flags} found" if found.flags else "No contradictions and nothing implausible found", anchor=False)
    if found.flags:
        columns = {
            "Flag": [_flag(found, flag) for flag in found.flags],
            "Answers": [_answers(found, flag, report) for flag in found.flags],
        }
        parts.facts(columns, "Contradictions and implausibilities, with the answers they name")
    return _open(found, ordered)


def _flag(found: Assessment, flag: Flag) -> str:
    touched = ", ".join(touched_by(found, flag))
    words = f":orange[{FLAG_SYMBOL} **{flag.id}**]  \n{text(flag.message)}"
    return f"{words}  \n{parts.muted(text(f'Touches {touched}.'))}" if touched else words


def _answers(found: Assessment, flag: Flag, report: Report) -> str:
    read = answers(found, flag.questions, report)
    return "  \n".join(f"{parts.muted(text(place))}  \n{text(answer)}" for place, answer in read)


def _evidence(found: Assessment, ordered: Sequence[ProvisionResult]) -> ProvisionResult | None:
    counting = sum(piece.counts_as is not None for piece in found.evidence)
    st.subheader(f"Evidence: {len(found.evidence)} offered, {counting} counted", anchor=False)
    if not found.evidence:
        st.markdown("No evidence was offered: every answer is an assertion, and nothing is assured.")
        return _open(found, ordered)
    columns = {
        "Evidence": [_offered(piece) for piece in found.evidence],
        "Counts as": [_counts_as(piece) for piece in found.evidence],
        "Supports": [text(", ".join(piece.evidence.supports)) for piece in found.evidence],
    }
    parts.facts(columns, "Evidence offered, and what it counts as")
    return _open(found, ordered)


def _offered(piece: EvidenceResult) -> str:
    evidence = piece.evidence
    about = f"{evidence.id}, {grade_words(evidence.kind)} of {evidence.date} by {evidence.made_by}"
    covers = f", covering {evidence.covers.start} to {evidence.covers.end}" if evidence.covers else ""
    return f"**{text(evidence.title)}**  \n{text(about + covers)}"


def _counts_as(piece: EvidenceResult) -> str:
    why = f"  \n{text(sentence(piece.why))}" if piece.why else ""
    accepted = "" if piece.if_accepted is piece.counts_as else f", {grade_words(piece.if_accepted)} once accepted"
    return f"**{grade_words(piece.counts_as)}**{accepted}{why}"


def _open(found: Assessment, ordered: Sequence[ProvisionResult]) -> ProvisionResult | None:
    """The provision that the URL names, else the one that led to the conclusion."""
    by_id = {result.provision.id: result for result in ordered}
    return by_id[session.choose(session.PROVISION, [*by_id], _leading(found))] if by_id else None


def _leading(found: Assessment) -> str | None:
    result = leading(found)
    return result.provision.id if result else None
