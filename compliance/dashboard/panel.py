"""The detail panel: one provision from its clause to the answers, the evidence and what to do.

The last stop of every number on screen. It takes an assessment, one of its provisions and the file the assessment was
made of, so that each answer is shown with the place where it stands.
"""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from compliance.dashboard import parts, session
from compliance.dashboard.parts import sentence, text
from compliance.export.glossary import clock_words
from compliance.ledger import evidence_for, ledger
from compliance.model import (
    Assessment,
    Code,
    Declaration,
    EvidenceResult,
    Finding,
    Grade,
    Path,
    ProvisionResult,
    Question,
    Received,
    Requirement,
    Source,
)
from compliance.scoring import tenths
from compliance.vocabulary import final_words, grade_words, period_words, status_words, verdict_words
from compliance.wording import say

ANCHOR = "provision"


def panel(found: Assessment, result: ProvisionResult, report: Received) -> None:
    """The framed panel of one provision."""
    provision = result.provision
    with st.container(border=True, key="panel"):
        st.subheader(f"{provision.id} {text(provision.title)}", anchor=ANCHOR)
        _badges(result)
        parts.rows(_provision_rows(found, result), f"{provision.id}: its clause and why it applies")
        costliest = max(result.findings, key=lambda finding: finding.loss, default=None)
        for finding in result.findings:
            name = f"{provision.id} {finding.requirement.id}"
            label = f"{parts.symbol(finding.outcome)} **{text(finding.requirement.statement)}**"
            with st.expander(label, expanded=finding is costliest, key=f"requirement-{name}"):
                _requirement(found, result, finding, report)
        parts.code_link(f"What the code says of {provision.id}", code=found.code.name, provision=provision.id)


def _badges(result: ProvisionResult) -> None:
    provision = result.provision
    bases = dict.fromkeys(f.requirement.basis.value.replace("_", " ") for f in result.findings)
    words = [provision.obligation.value, provision.severity.value, *(f"basis: {basis}" for basis in bases)]
    statuses = (f":{parts.CHIP_COLOUR[chip]}-badge[{chip}]" for chip in parts.chips(result))
    others = (f":gray-badge[{word}]" for word in (*words, *(() if provision.is_scored else ("not scored",))))
    st.markdown(" ".join([*statuses, *others]))


def _provision_rows(found: Assessment, result: ProvisionResult) -> dict[str, str]:
    provision = result.provision
    declaration = found.submission.declarations.get(provision.id)
    in_force = provision.in_force
    force = f", {period_words(in_force)}" if in_force.start or in_force.end else ""
    return {
        "Clause": clause(found.code, provision.source) + force,
        "Asks": text(provision.text),
        "Applies": text(sentence(result.applies_why.removeprefix("applies: "))),
        "Decides": _verdict(result),
        **(_declared(declaration) if declaration else {}),
        "Costs": _costs(found, result),
    }


def _verdict(result: ProvisionResult) -> str:
    if result.conclusion is not None:
        return f"**{verdict_words(result.conclusion)}**, by what rests on the code or on statute alone"
    return "nothing: benchmarks and own targets only compare" if result.weight else ""


def clause(code: Code, source: Source) -> str:
    """The place in the published source as a link, with how well it was verified."""
    document = code.sources[source.doc]
    return f"{parts.link(source.section, document.url)} of {text(document.title)}, {source.mark.value}"


def _declared(declaration: Declaration) -> dict[str, str]:
    since = f" since {declaration.since}" if declaration.since else ""
    return {
        "Declared": status_words(declaration.status) + since,
        "Comment": text(declaration.comment),
        "Reason": text(declaration.reason),
        "Instead": text(declaration.instead),
        "How it complies": text(declaration.how_it_complies),
        "Regard to expression and privacy": text(declaration.regard_to_expression_and_privacy),
    }


def _costs(found: Assessment, result: ProvisionResult) -> str:
    if not result.weight:
        return "nothing: it takes no part in the score"
    points = f"**{tenths(ledger(found).provisions[result.provision.id])}** points"
    is_capping = any(cap.provision == result.provision.id for cap in found.caps)
    return f"{points}, and the cap: {text(final_words(found))}" if is_capping else points


def _requirement(found: Assessment, result: ProvisionResult, finding: Finding, report: Received) -> None:
    requirement = finding.requirement
    name = f"{result.provision.id} {requirement.id}"
    observed = {"Expected": text(finding.expected), "Observed": f"**{text(finding.observed)}**"}
    parts.rows(observed, f"{name}: expected and observed")
    st.code(_read(found, requirement, report), language=None, wrap_lines=True)
    lost = tenths(ledger(found).requirements[result.provision.id, requirement.id])
    is_own_clause = requirement.source != result.provision.source
    reasons = {
        "Costs": f"**{lost}** points" if finding.weight else "",
        "Basis": requirement.basis.value.replace("_", " "),
        "Clause": clause(found.code, requirement.source) if is_own_clause else "",
        "Evidence": _evidence(found, finding),
        "Why": text(requirement.why),
        "Remedy": f"{text(requirement.remedy)} Effort: {requirement.effort}.",
    }
    parts.rows(reasons, f"{name}: cost, evidence and remedy")
    if requirement.test.reads:
        with st.popover("What the answers count", key=f"counts-{name}"):
            for id in requirement.test.reads:
                st.markdown(f":small[{_definition(found.code.catalogue.questions[id])}]")


def answers(found: Assessment, questions: Sequence[str], report: Received) -> list[tuple[str, str]]:
    """The answers to these questions, each with the place in the file where it stands; not yet safe for a component."""
    given, catalogue = found.submission.answers, found.code.catalogue.questions
    words = {id: say(given[id], catalogue[id]) if id in given else "not answered" for id in questions}
    return [(_place(report, ("answers", *id.split("."))), f"{id}: {words[id]}") for id in questions]


def _place(report: Received, path: Path) -> str:
    tree = session.tree(report)
    line, column = tree.locate(path) if tree else (1, 1)
    return f"{report.file}:{line}:{column}"


def _read(found: Assessment, requirement: Requirement, report: Received) -> str:
    """What the requirement reads, as code: each answer under its place."""
    id = requirement.test.provision
    if id is None:
        read = answers(found, requirement.test.reads, report)
    else:
        declaration = found.submission.declarations.get(id)
        words = status_words(declaration.status if declaration else None)
        read = [(_place(report, ("provisions", id, "status")), f"{id}.status: {words}")]
    return "\n".join(text(line, "code") for pair in read for line in pair)


def _evidence(found: Assessment, finding: Finding) -> str:
    """What was offered, what of it counts and why, and what the requirement therefore rests on."""
    offered = evidence_for(found, finding.requirement)
    if not offered:
        return "none offered: an assertion"
    counted = sum(piece.counts_as is not None for piece in offered)
    rests = f"counts as {grade_words(finding.grade)}"
    if finding.grade is Grade.ASSERTION:
        rests = "stays an assertion, as not every answer is backed"
    words = f"**{len(offered)} offered, {counted} counted**; the requirement {rests}."
    return " ".join([words, *(_piece(piece) for piece in offered)])


def _piece(piece: EvidenceResult) -> str:
    evidence, why = piece.evidence, text(piece.why)
    if piece.counts_as is None:
        why = f"ignored, {why}"
    elif "counts as" not in piece.why:
        why = f"counts as {grade_words(piece.counts_as)}{', ' if why else ''}{why}"
    return f"{text(evidence.id)}, {grade_words(evidence.kind)} of {evidence.date}: {why}."


def _definition(question: Question) -> str:
    words = f"**{text(parts.capital(question.label))}.** {text(question.define)}"
    return f"{words} {text(clock_words(question.clock))}" if question.clock else words
