"""The four views below a service's figures: its provisions, what does not apply, the flags and the evidence.

Only the view that the URL names is made. Which provision is open in the panel does not depend on the view: a table
that lists it shows it selected, and choosing a row opens another.
"""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from compliance.dashboard import parts, session
from compliance.dashboard.panel import ANCHOR, answers
from compliance.dashboard.parts import Column, sentence, text
from compliance.ledger import ledger, lowest_grade, touched_by
from compliance.model import Assessment, Basis, EvidenceResult, Flag, Grade, Outcome, ProvisionResult, Received
from compliance.scoring import tenths
from compliance.vocabulary import FLAG_SYMBOL, grade_words

PROVISIONS, NOT_APPLICABLE, FLAGS, EVIDENCE = TABS = ("provisions", "not-applicable", "flags", "evidence")
TITLES = {PROVISIONS: "Provisions", NOT_APPLICABLE: "Does not apply", FLAGS: "Flags", EVIDENCE: "Evidence"}
OUTSIDE = (Outcome.NOT_APPLICABLE, Outcome.TOO_EARLY)


def labels(found: Assessment) -> dict[str, str]:
    """The name of each view with how much is in it: the first two add up to the provisions encoded."""
    counts = found.counts
    apart = [result for result in found.provisions if not result.provision.is_scored]
    outside = sum(result.outcome in OUTSIDE for result in apart)
    early = [f"{counts['too_early']} too early"] if counts["too_early"] else []
    held = {
        PROVISIONS: [str(counts["applicable"]), *_not_scored(len(apart) - outside)],
        NOT_APPLICABLE: [str(counts["not_applicable"]), *early, *_not_scored(outside)],
        FLAGS: [str(len(found.flags))],
        EVIDENCE: [str(len(found.evidence))],
    }
    return {tab: f"{TITLES[tab]} {' + '.join(figures)}" for tab, figures in held.items()}


def _not_scored(count: int) -> list[str]:
    return [f"{count} not scored"] if count else []


def of(result: ProvisionResult) -> str:
    """The view that lists a provision."""
    return NOT_APPLICABLE if result.outcome in OUTSIDE else PROVISIONS


def draw(found: Assessment, report: Received, ordered: Sequence[ProvisionResult]) -> None:
    """The view that is chosen, and the control that chooses it."""
    names = labels(found)
    st.segmented_control(
        "Show",
        TABS,
        format_func=names.__getitem__,
        key=session.TAB,
        on_change=session.remember(session.TAB),
        label_visibility="collapsed",
        required=True,
        wrap=True,
    )
    match session.chosen(session.TAB):
        case "flags":
            _flags(found, report)
        case "evidence":
            _evidence(found)
        case tab:
            listed = [result for result in ordered if of(result) == tab]
            (_provisions if tab == PROVISIONS else _not_applicable)(found, listed)
            _where(ordered, tab)


def _where(ordered: Sequence[ProvisionResult], tab: str) -> None:
    """A line on which provision is open, and where it is listed if not in this view."""
    id = session.chosen(session.PROVISION)
    home = next(of(result) for result in ordered if result.provision.id == id)
    place = "" if home == tab else f", listed under “{TITLES[home]}”"
    parts.small(f"Open: [{text(id)}](#{ANCHOR}){place}. To open another, tick its row or pick it under “Provision”.")


def _provisions(found: Assessment, results: Sequence[ProvisionResult]) -> None:
    st.subheader("Provisions, most points lost first", anchor=False)
    if not results:
        st.markdown("No provision of this code applies to this service and period.")
        return
    ids = [result.provision.id for result in results]
    losses = ledger(found).provisions
    chips = [parts.chips(result) for result in results]
    columns = {
        "Id": parts.id_column(ids),
        "Outcome": Column(chips, 200 if max(map(len, chips)) > 1 else 110, "chips"),
        "Points": Column([float(tenths(losses[result.provision.id])) for result in results], 56, "points"),
        "Provision": Column([result.provision.title for result in results], 262),
        "Basis": Column([_bases(result) for result in results], 118),
        "Evidence": Column([_grade(result) for result in results], 76),
        "Why it applies": Column([result.applies_why.removeprefix("applies: ") for result in results], 560),
    }
    parts.grid(columns, ids, session.PROVISION, "provisions-grid", "Provisions, most points lost first")


def _not_applicable(found: Assessment, results: Sequence[ProvisionResult]) -> None:
    if not results:
        st.subheader("Every provision of this code applies", anchor=False)
        return
    out, early = found.counts["not_applicable"], found.counts["too_early"]
    words = [parts.counted(out, "provision does not apply", "provisions do not apply")]
    words += [f"{early} too early to assess"] if early else []
    words += _not_scored(len(results) - out - early)
    st.subheader(", ".join(words), anchor=False)
    ids = [result.provision.id for result in results]
    columns = {
        "Id": parts.id_column(ids),
        "Outcome": Column([parts.chips(result) for result in results], 126, "chips"),
        "Why": Column([result.applies_why for result in results], 320),
        "Provision": Column([result.provision.title for result in results], 160),
    }
    alt = "Provisions that do not apply, and why"
    parts.grid(columns, ids, session.PROVISION, "not-applicable-grid", alt, parts.THREE_LINES)


def _bases(result: ProvisionResult) -> str:
    if not result.provision.is_scored:
        return "not scored"
    bases = {finding.requirement.basis for finding in result.findings}
    return ", ".join(basis.value.replace("_", " ") for basis in Basis if basis in bases)


def _grade(result: ProvisionResult) -> str:
    grade = lowest_grade(result)
    return "–" if grade in (None, Grade.ASSERTION) else grade_words(grade)


def _flags(found: Assessment, report: Received) -> None:
    flags = parts.counted(len(found.flags), "contradiction or implausibility", "contradictions and implausibilities")
    st.subheader(f"{flags} found" if found.flags else "No contradictions and nothing implausible found", anchor=False)
    if found.flags:
        columns = {
            "Flag": [_flag(found, flag) for flag in found.flags],
            "Answers": [_answers(found, flag, report) for flag in found.flags],
        }
        parts.facts(columns, "Contradictions and implausibilities, with the answers they name")


def _flag(found: Assessment, flag: Flag) -> str:
    touched = ", ".join(touched_by(found, flag))
    words = f":orange[{FLAG_SYMBOL} **{flag.id}**]  \n{text(flag.message)}"
    return f"{words}  \n{parts.muted(text(f'Touches {touched}.'))}" if touched else words


def _answers(found: Assessment, flag: Flag, report: Received) -> str:
    read = answers(found, flag.questions, report)
    return "  \n".join(f"{parts.muted(text(place))}  \n{text(answer)}" for place, answer in read)


def _evidence(found: Assessment) -> None:
    counting = sum(piece.counts_as is not None for piece in found.evidence)
    st.subheader(f"Evidence: {len(found.evidence)} offered, {counting} counted", anchor=False)
    if not found.evidence:
        st.markdown("No evidence was offered: every answer is an assertion, and nothing is assured.")
        return
    columns = {
        "Evidence": [_offered(piece) for piece in found.evidence],
        "Counts as": [_counts_as(piece) for piece in found.evidence],
        "Supports": [text(", ".join(piece.evidence.supports)) for piece in found.evidence],
    }
    parts.facts(columns, "Evidence offered, and what it counts as")


def _offered(piece: EvidenceResult) -> str:
    evidence = piece.evidence
    about = f"{evidence.id}, {grade_words(evidence.kind)} of {evidence.date} by {evidence.made_by}"
    covers = f", covering {evidence.covers.start} to {evidence.covers.end}" if evidence.covers else ""
    return f"**{text(evidence.title)}**  \n{text(about + covers)}"


def _counts_as(piece: EvidenceResult) -> str:
    why = f"  \n{text(sentence(piece.why))}" if piece.why else ""
    accepted = "" if piece.if_accepted is piece.counts_as else f", {grade_words(piece.if_accepted)} once accepted"
    return f"**{grade_words(piece.counts_as)}**{accepted}{why}"
