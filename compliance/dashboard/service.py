"""The Service page: how does this service stand, and why.

From the conclusion through the figures and what they cost down to one provision's clause, answers and evidence.
Everything shown comes from an `Assessment` and the file it was made of; what the URL does not name is the first of what
there is.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from compliance.audit import Report, RulesError
from compliance.dashboard import charts, parts, session, tabs
from compliance.dashboard.panel import panel
from compliance.dashboard.parts import text
from compliance.dashboard.session import Filed
from compliance.export.json import MEDIA_TYPE, SUFFIX, render
from compliance.ledger import Step, waterfall
from compliance.model import (
    Assessment,
    Figures,
    Outcome,
    Problem,
    Rating,
    Submission,
)
from compliance.problems import render as render_problem
from compliance.scoring import display, tenths
from compliance.vocabulary import FLAG_SYMBOL, conclusion_words, final_words, outcome_words, support_words
from compliance.wording import say

REFUSED = "-refused"
PICKERS = (1.5, 1.1, 1.9, 1.5, 0.7)
BESIDE = (2.05, 1)


def page() -> None:
    """Reads what there is, and shows what the URL names of it."""
    try:
        with st.spinner("Reading the self-assessments"):
            session.rules()
            filed, refused = session.reports()
    except RulesError as error:
        st.title("The rules have problems", anchor=False)
        st.markdown("Nothing can be assessed until they are mended.")
        st.code(_problems(error.problems), language=None, wrap_lines=True)
        return
    if filed or refused:
        _service(filed, refused)
        return
    st.title("No self-assessments here", anchor=False)
    st.markdown("There is no YAML or JSON file. Name the files or folders to show when you start the dashboard:")
    st.code("compliance dashboard PATH...", language=None)


def _service(filed: Sequence[Filed], refused: Sequence[Report]) -> None:
    services: dict[str, list[Filed]] = {}
    for one in sorted(filed, key=lambda one: one.submission.service.name.casefold()):
        services.setdefault(one.submission.service.id, []).append(one)
    names = {id: of_service[0].submission.service.name for id, of_service in services.items()}
    if refused:
        names[REFUSED] = f"× Refused files ({len(refused)})"
    service = session.choose(session.SERVICE, [*names])
    if service == REFUSED:
        _head("", "Refused files", {session.SERVICE: names})
        _refused(refused, len(filed) + len(refused))
    else:
        _periods(services[service], {session.SERVICE: names})


def _periods(of_service: Sequence[Filed], pickers: Mapping[str, Mapping[str, str]]) -> None:
    """One service: its period, the code and the assessment."""
    periods: dict[str, Filed] = {}
    for one in sorted(of_service, key=lambda one: one.submission.period_to, reverse=True):
        end = one.submission.period_to.isoformat()
        periods[end if end not in periods else f"{end} {one.report.file}"] = one
    submission, report = one = periods[session.choose(session.PERIOD, [*periods])]
    pickers = {**pickers, session.PERIOD: {id: _period_words(id, one) for id, one in periods.items()}}
    title, about = text(submission.service.name), _about(submission)
    codes = {code.name: code for code in session.rules().fitting(submission, None)}
    if not codes:
        _head(about, title, pickers)
        st.header(f"{parts.conclusion_symbol(None)} No code applies", anchor=False)
        st.markdown(f"No code in force on {submission.period_to} is addressed to a service like this one.")
        return
    code = codes[session.choose(session.CODE, [*codes])]
    pickers = {**pickers, session.CODE: {name: f"{code.title} · {code.version}" for name, code in codes.items()}}
    export = _head(about, title, pickers)
    with st.spinner("Applying the code"):
        found = session.assessment(one, code)
    with export:
        _export(found)
    _assessment(found, report)


def _head(about: str, title: str, pickers: Mapping[str, Mapping[str, str]]) -> DeltaGenerator:
    """The title and the pickers beside it; what the URL names in vain is noted below. Gives the place for exports."""
    if about:
        parts.small(about)
    notes = [_note(name, labels) for name, labels in pickers.items() if session.complaint(name, [*labels])]
    head, *places = st.columns(PICKERS, vertical_alignment="bottom")
    head.title(title, anchor=False)
    for place, name in zip(places, (session.SERVICE, session.CODE, session.PERIOD), strict=False):
        if name in pickers:
            _picker(place, name, pickers[name])
    for note in notes:
        st.markdown(note)
    return places[-1]


def _note(name: str, labels: Mapping[str, str]) -> str:
    shown = labels[session.choose(name, [*labels])]
    return f":orange[{FLAG_SYMBOL}] {text(session.complaint(name, [*labels]))}: {text(shown)} is shown instead."


def _picker(place: DeltaGenerator, name: str, labels: Mapping[str, str]) -> None:
    place.selectbox(
        name.capitalize(), [*labels], format_func=labels.__getitem__, key=name, on_change=session.remember(name)
    )


def _period_words(id: str, one: Filed) -> str:
    submission = one.submission
    words = f"{submission.period_from} to {submission.period_to}"
    return words if id == submission.period_to.isoformat() else f"{words} · {one.report.file}"


def _about(submission: Submission) -> str:
    """Who provides the service, what it is and how large, in one muted line."""
    questions = session.rules().catalogue.questions
    words = [text(submission.service.provider)]
    for id, unit in (("service.kinds", ""), ("service.uk_monthly_users", " UK users a month")):
        if id in submission.answers:
            words.append(text(say(submission.answers[id], questions[id]) + unit))
    return " · ".join(words)


def _export(found: Assessment) -> None:
    name = f"{found.submission.service.id}-{found.submission.period_to}-{found.code.name}{SUFFIX}"
    with st.popover("Export", width="stretch", key="export"):
        st.download_button(
            "This assessment as JSON", lambda: render([found]), name, MEDIA_TYPE, key="json", on_click="ignore"
        )


# Refused files


def _refused(refused: Sequence[Report], of: int) -> None:
    have = "has problems and is" if len(refused) == 1 else "have problems and are"
    st.header(f":red[×] {len(refused)} of {parts.counted(of, 'file', 'files')} {have} not assessed", anchor=False)
    st.markdown("A file is assessed once every problem in it is mended. The button beside a list copies it.")
    for report in refused:
        with st.container(border=True):
            st.subheader(text(report.file), anchor=False)
            st.code(_problems(report.problems), language=None, wrap_lines=True)


def _problems(problems: Sequence[Problem]) -> str:
    return "\n".join(text(render_problem(problem), "code") for problem in problems)


# The assessment


def _assessment(found: Assessment, report: Report) -> None:
    provisions = [result.provision.id for result in found.provisions]
    for name, ids in ((session.PROVISION, provisions), (session.TAB, tabs.TABS)):
        if complaint := session.complaint(name, ids):
            st.markdown(f":orange[{FLAG_SYMBOL}] {text(complaint)}: the first is shown instead.")
    words = f"{conclusion_words(found.code, found.conclusion)}: {found.conclusion_why}"
    st.header(f"{parts.conclusion_symbol(found.conclusion)} {text(parts.capital(words))}", anchor=False)
    left, right = st.columns(BESIDE, gap="medium")
    with left:
        if found.figures is None:
            st.markdown("No score: nothing takes part, which is neither 0 nor 100. Each provision below says why.")
        else:
            _figures(found, found.figures)
    with right:
        _counts(found)
        _ratings(found)
    left, right = st.columns(BESIDE, gap="medium")
    with left:
        shown = tabs.draw(found, report)
    with right:
        if shown is not None:
            panel(found, shown, report)


def _figures(found: Assessment, figures: Figures) -> None:
    charts.marks(figures, found.caps)
    st.markdown(f"Final **{display(figures.final)}**: {text(final_words(found))}.")
    backed = f"Evidence backs {display(figures.assured)} of it, {display(figures.assured_if_accepted)} once accepted."
    parts.small(f"{backed} If every blank were good, it would be {display(figures.ceiling)}.")
    _losses(found, figures)


def _counts(found: Assessment) -> None:
    """What was published, encoded and applies, and the outcomes of what applies: each line adds up."""
    counts, left_out = found.counts, len(found.code.left_out)
    apart = {"not_applicable": "not applicable", "too_early": "too early", "not_scored": "shown, not scored"}
    encoded = [f"**{counts['applicable']}** apply"]
    encoded += [f"**{counts[name]}** {words}" for name, words in apart.items() if counts[name]]
    published = f"**{counts['published']}** published{f' ({left_out} left out)' if left_out else ''}"
    lines = [f"{published}, encoded as **{counts['encoded']}** provisions = {' + '.join(encoded)}."]
    if counts["applicable"]:
        outcomes = [
            f"{parts.symbol(outcome)}\N{NO-BREAK SPACE}**{counts[outcome]}**\N{NO-BREAK SPACE}{outcome_words(outcome)}"
            for outcome in Outcome
            if outcome not in tabs.OUTSIDE and counts[outcome]
        ]
        lines.append(f"**{counts['applicable']}** = {' + '.join(outcomes)}")
    st.markdown("  \n".join(lines))


def _ratings(found: Assessment) -> None:
    """What rests on the platform's own ratings, those below what the publisher's factors support first."""
    under_rated = [rating for rating in found.ratings if rating.is_under_rated]
    others = [rating for rating in found.ratings if not rating.is_under_rated]
    lines = [_under_rated(found, rating) for rating in under_rated]
    if others:
        words = "; ".join(_rated(found, rating) for rating in others)
        lines.append(f"{'Also the' if lines else 'The'} platform’s own ratings: {words}.")
    if lines:
        parts.notice(*lines, key="ratings")


def _under_rated(found: Assessment, rating: Rating) -> str:
    rest = parts.counted(len(rating.provisions), "provision rests", "provisions rest")
    label = text(found.code.catalogue.questions[rating.question].label)
    given = text(rating.given or "not rated")
    return (
        f":orange[**{FLAG_SYMBOL} {rest} on the platform’s own rating**] of {label} (`{rating.question}`): "
        f"*{given}*, where the publisher’s factors *{support_words(rating)}*"
    )


def _rated(found: Assessment, rating: Rating) -> str:
    label = text(found.code.catalogue.questions[rating.question].label)
    behind = parts.counted(len(rating.provisions), "provision", "provisions")
    return f"{label} *{text(rating.given or 'not rated')}* ({behind})"


def _losses(found: Assessment, figures: Figures) -> None:
    steps = waterfall(found)
    st.subheader(f"Where the 100 points go: {_finding(steps)}", anchor=False)
    charts.waterfall(figures, steps)
    end = "" if steps[-1].chapter else "; the cap is one last step"
    parts.small(
        f"Solid: found to fall short. Hatched: still open. The losses add up to 100 − {display(figures.declared)}{end}."
    )
    with st.expander("The same numbers as tables", key="tables"):
        _tables(figures, steps)


def _finding(steps: Sequence[Step]) -> str:
    worst, last = steps[0], steps[-1]
    lost = f"{text(worst.title)} costs {tenths(worst.lost)}" if worst.chapter and worst.lost else "none is lost"
    return lost if last.chapter else f"{lost}, then the cap takes {tenths(last.lost)}"


def _tables(figures: Figures, steps: Sequence[Step]) -> None:
    named = {
        "Declared": figures.declared,
        "Assured": figures.assured,
        "Assured once all evidence is accepted": figures.assured_if_accepted,
        "Ceiling": figures.ceiling,
        "Final": figures.final,
        "Assured, with the cap": figures.assured_final,
        "Ceiling, with the cap": figures.ceiling_final,
    }
    points = parts.aligned([display(figure) for figure in named.values()])
    parts.facts({"Figure": [*named], "Points": points}, "The figures of this assessment")
    columns = {
        "Step": [text(step.title) for step in steps],
        "Points lost": parts.aligned([tenths(step.lost) for step in steps]),
        "Found short": parts.aligned([tenths(step.found_short) for step in steps]),
        "Still open": parts.aligned([tenths(step.still_open) for step in steps]),
        "Points left": parts.aligned([tenths(step.left) for step in steps]),
    }
    parts.facts(columns, "From 100 points to the final score")


page()
