"""What one provision of a code asks: its clause, whom it applies to, and each requirement with its test and examples.

Where a profile is tested, also whether the provision applies to it, and why. All words of the rules are theirs or
`vocabulary`'s.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

import streamlit as st

from compliance.audience import brief, terms
from compliance.dashboard import parts
from compliance.dashboard.panel import ANCHOR, clause
from compliance.dashboard.parts import sentence, text
from compliance.export.glossary import clock_words
from compliance.model import (
    DECIDING,
    Code,
    Interval,
    Mark,
    Outcome,
    Provision,
    ProvisionResult,
    Question,
    Requirement,
    Source,
)
from compliance.vocabulary import (
    BASIS_WORDS,
    FLAG_SYMBOL,
    MARK_WORDS,
    OBLIGATION_WORDS,
    check_words,
    example_words,
    period_words,
)

NOT_SCORED = "shown, not scored"
BESIDE = (1, 1.3)


def panel(code: Code, result: ProvisionResult, on: date, is_tested: bool) -> None:
    """The framed panel of one provision; `result` is what it comes to for the profile, if one is tested."""
    provision = result.provision
    with st.container(border=True, key="panel"):
        st.subheader(f"{provision.id} {text(provision.title)}", anchor=ANCHOR)
        _badges(result, is_tested)
        left, right = st.columns(BESIDE, gap="medium")
        with left:
            parts.rows(_rows(code, result, on, is_tested), f"{provision.id}: what it asks, and of whom")
            meant = terms([provision.applies_when], code)
            if len(meant) > len(_named(code, provision)):
                with st.popover("What all the terms mean", key="terms"):
                    terms_table(meant)
        with right:
            for requirement in provision.requirements:
                _requirement(code, provision, requirement)
            if not provision.requirements:
                st.markdown("Nothing is tested: the provision is shown for information.")


def terms_table(meant: Mapping[str, str]) -> None:
    """Terms, that is facts which the code names, and what each means."""
    columns = {
        "Term": [text(parts.capital(name)) for name in meant],
        "Means": [text(each) for each in meant.values()],
    }
    parts.facts(columns, "What the terms mean")


def dates(period: Interval, on: date) -> str:
    """From when to when, and how that stands on a day, for what is headed "In force"."""
    return period_words(period, on).removeprefix("in force ")


def basis(provision: Provision) -> str:
    """On what authority a provision decides: what its deciding requirements rest on, if there are any."""
    if not provision.is_scored:
        return NOT_SCORED
    found = dict.fromkeys(r.basis.value for r in provision.requirements if r.basis in DECIDING)
    return ", ".join(found) or "benchmarks only"


def mark(source: Source) -> str:
    """How well a source was verified, in words."""
    if source.mark is Mark.UNVERIFIED:
        return f":orange[**{FLAG_SYMBOL} unverified**], {NOT_SCORED}"
    return text(parts.capital(MARK_WORDS[source.mark]))


def _badges(result: ProvisionResult, is_tested: bool) -> None:
    provision = result.provision
    chip = parts.APPLIES_CHIP[result.applies]
    applies = [f":{parts.APPLIES_COLOUR[chip]}-badge[{chip}]"] if is_tested else []
    marked = parts.MARK_CHIP[provision.source.mark]
    others = [provision.obligation.value, provision.severity.value, text(provision.kind)]
    plain = [f":gray-badge[{word}]" for word in others if word]
    scored = [] if provision.is_scored else [f":gray-badge[{NOT_SCORED}]"]
    st.markdown(" ".join([*applies, *plain, f":{parts.MARK_COLOUR[marked]}-badge[{marked}]", *scored]))


def _rows(code: Code, result: ProvisionResult, on: date, is_tested: bool) -> dict[str, str]:
    provision = result.provision
    return {
        "Asks": text(provision.text),
        "Asked of": _asked_of(code, provision),
        "Profile": text(sentence(result.applies_why)) if is_tested else "",
        "Clause": f"{clause(code, provision.source)}  \n{mark(provision.source)}",
        "In force": text(parts.capital(dates(provision.in_force, on))),
        "Obligation": parts.capital(OBLIGATION_WORDS[provision.obligation]),
        "Basis": text(parts.capital(basis(provision))),
        "Alternatives": "Allowed, with the whole record" if provision.alternatives_allowed else "Not allowed",
        "Part of": text(provision.under or ""),
    }


def _asked_of(code: Code, provision: Provision) -> str:
    """The condition, and below it what the terms mean that it names."""
    meant = (parts.muted(text(f"“{name}”: {words}")) for name, words in _named(code, provision).items())
    return "  \n".join([text(sentence(brief(provision.applies_when, code))), *meant])


def _named(code: Code, provision: Provision) -> dict[str, str]:
    return terms([provision.applies_when], code, is_deep=False)


def _requirement(code: Code, provision: Provision, requirement: Requirement) -> None:
    name, is_first = f"{provision.id} {requirement.id}", requirement is provision.requirements[0]
    with st.expander(f"**{text(requirement.statement)}**", expanded=is_first, key=f"requirement-{name}"):
        _inside(code, provision, requirement, name)


def _inside(code: Code, provision: Provision, requirement: Requirement, name: str) -> None:
    questions = code.catalogue.questions
    whole = sum(each.weight for each in provision.requirements)
    effort = f" Effort: {requirement.effort}." if requirement.effort else ""
    is_own_clause = requirement.source != provision.source
    cells = {
        "Test": text(sentence(check_words(requirement, questions))),
        "Basis": text(parts.capital(BASIS_WORDS[requirement.basis])),
        "Clause": f"{clause(code, requirement.source)}  \n{mark(requirement.source)}" if is_own_clause else "",
        "Weight": f"{requirement.weight:g} of {whole:g} in this provision" if provision.is_scored else "",
        "Why": text(requirement.why),
        "Remedy": text(f"{requirement.remedy}{effort}") if requirement.remedy else "",
    }
    parts.rows(cells, f"{name}: test, basis and remedy")
    read = [questions[id] for id in requirement.test.reads]
    if read:
        columns = {"Question": [_asked(each) for each in read], "What counts": [_counts(each) for each in read]}
        parts.facts(columns, f"{name}: questions")
    if requirement.examples:
        found = [_example(requirement, each, questions) for each in requirement.examples]
        columns = {"Example": [given for given, _ in found], "Comes to": [came_to for _, came_to in found]}
        parts.facts(columns, f"{name}: examples")


def _asked(question: Question) -> str:
    kind = question.unit or question.type.replace("_", " or ")
    return f"{text(question.ask)}  \n{parts.muted(text(f'{question.label}, {kind}'))}"


def _counts(question: Question) -> str:
    clock = f"  \n{text(clock_words(question.clock))}" if question.clock else ""
    return text(question.define) + clock


def _example(
    requirement: Requirement, example: Mapping[str, Any], questions: Mapping[str, Question]
) -> tuple[str, str]:
    """What an example gives, and what that comes to as symbol and word."""
    given, came_to = example_words(requirement, example, questions).rsplit(" → ", 1)
    credited = {1: Outcome.MET, 0: Outcome.NOT_MET}
    if "outcome" in example:
        outcome = Outcome(example["outcome"])
    else:
        outcome = credited.get(example["credit"], Outcome.PARTLY_MET)
    return text(parts.capital(given)), f"{parts.symbol(outcome)} {text(came_to)}"
