"""The Service page: how does this service stand, and why.

From the conclusion through the figures and what they cost down to one provision's clause, answers and evidence, and
beside it how they went over time. Everything shown comes from an `Assessment` and the file it was made of; what the URL
does not name is the first of what there is, and of the provisions the one that led to the conclusion.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

import streamlit as st

from compliance.dashboard import charts, history, parts, session, tabs
from compliance.dashboard.panel import clause, panel
from compliance.dashboard.parts import text
from compliance.dashboard.session import Filed
from compliance.dashboard.sources import Period, Refused, Source, source
from compliance.export.json import MEDIA_TYPE, SUFFIX, render
from compliance.export.text import counts_words
from compliance.ledger import Step, waterfall, worst_first
from compliance.model import Assessment, ContextFound, Figures, Outcome, Rating, Received, Submission
from compliance.portfolio import PAGE as MATCHES
from compliance.reasons import leading
from compliance.records import Filing, PortfolioRow, Summary
from compliance.scoring import display, tenths
from compliance.vocabulary import (
    CONTEXT,
    FLAG_SYMBOL,
    OUTCOME_SYMBOL,
    conclusion_words,
    context_words,
    final_words,
    is_headed_by_context,
    support_words,
)
from compliance.wording import say

WIDTHS = {parts.TITLE: 1.5, session.SERVICE: 1.1, session.CODE: 1.9, session.PERIOD: 1.5, parts.LAST: 0.7}
BESIDE = (2.05, 1)
# A list of more services is searched first, so that a browser never gets thousands of names.
MOST_LISTED = 500


def page() -> None:
    """Reads what there is, and shows what the URL names of it."""
    with parts.explained():
        with st.spinner("Reading the self-assessments"):
            session.rules()
            found = source()
        names = {**found.names()}
        refused = found.refused()
        if refused:
            names[session.REFUSED] = f"× Refused files ({len(refused):,})"
        if names:
            _service(found, names)
        elif session.is_stored():
            parts.empty_store()
        else:
            words = "There is no YAML or JSON file. Name the files or folders to show when you start the dashboard:"
            parts.nothing("No self-assessments here", words, "compliance dashboard PATH...")


def _service(found: Source, names: Mapping[str, str]) -> None:
    service = session.choose(session.SERVICE, [*names])
    if len(names) > MOST_LISTED:
        names = _matching(names, service)
    pickers = {session.SERVICE: names}
    if service == session.REFUSED:
        parts.head("Refused files", "", pickers, WIDTHS)
        _refused(found)
    else:
        _periods(found, service, pickers)


def _matching(names: Mapping[str, str], open: str) -> dict[str, str]:
    """The services to list: as many as match what is looked for, with the one that is open."""
    wanted = session.typed(session.FIND)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        parts.search(session.FIND, "Find a service", "Name or id", width=360)
        services = {id: name for id, name in names.items() if id != session.REFUSED}
        matches = [id for id, name in services.items() if wanted.casefold() in f"{name} {id}".casefold()]
        shown = f"the first {MATCHES} of them" if len(matches) > MATCHES else "them"
        listed = (
            f"{len(matches):,} of {len(services):,} match: the list has {shown}." if matches else "No service matches."
        )
        parts.small(listed)
    refused = [session.REFUSED] if session.REFUSED in names else []
    return {id: names[id] for id in dict.fromkeys([*matches[:MATCHES], open, *refused])}


def _periods(found: Source, service: str, pickers: Mapping[str, Mapping[str, str]]) -> None:
    """One service: its period, the code and the assessment."""
    periods = found.periods(service)
    period = periods[session.choose(session.PERIOD, [*periods])]
    pickers_of_period = {session.PERIOD: {id: each.label for id, each in periods.items()}}
    report = period.read() if period.read else None
    if report is None or report.submission is None:
        name = pickers[session.SERVICE][service]
        parts.head(text(name), text(period.about), {**pickers, **pickers_of_period}, WIDTHS)
        _not_accepted(found, period, report)
        return
    submission = report.submission
    title, about = text(submission.service.name), _about(submission, period.about)
    codes = {code.name: code for code in session.rules().fitting(submission, None)}
    if not codes:
        parts.head(title, about, {**pickers, **pickers_of_period}, WIDTHS)
        st.header(f"{parts.conclusion_symbol(None)} No code applies", anchor=False)
        st.markdown(f"No code in force on {submission.period_to} is addressed to a service like this one.")
        return
    code = codes[session.choose(session.CODE, [*codes])]
    versions = {session.CODE: {name: f"{code.title} · {code.version}" for name, code in codes.items()}}
    export = parts.head(title, about, {**pickers, **versions, **pickers_of_period}, WIDTHS)
    with st.spinner("Applying the code"):
        assessed = session.assessment(Filed(submission, report), code)
    with export:
        _export(assessed)
    _assessment(assessed, report, found.history(service, code))


def _about(submission: Submission, more: str) -> str:
    """Who provides the service, what it is and how large, in one muted line."""
    questions = session.rules().catalogue.questions
    words = [text(submission.service.provider)]
    for id, unit in (("service.kinds", ""), ("service.uk_monthly_users", " UK users a month")):
        if id in submission.answers:
            words.append(text(say(submission.answers[id], questions[id]) + unit))
    return " · ".join([*words, text(more)] if more else words)


def _export(found: Assessment) -> None:
    name = f"{found.submission.service.id}-{found.submission.period_to}-{found.code.name}{SUFFIX}"
    with st.popover("Export", width="stretch", key="export"):
        st.download_button(
            "This assessment as JSON", lambda: render([found]), name, MEDIA_TYPE, key="json", on_click="ignore"
        )


# What is not assessed


def _not_accepted(found: Source, period: Period, report: Received | None) -> None:
    """A period without a self-assessment that could be shown: refused, not received, or refused by today's rules."""
    if report is not None:
        st.header(":red[×] Accepted when it arrived, and refused by the rules of today", anchor=False)
        _problems([Refused(report.file, "", report.problems)])
    elif period.absent:
        _absent(found, period.absent)


def _absent(found: Source, row: PortfolioRow) -> None:
    due = f" It was due on {row.enrolled.due}." if row.enrolled else ""
    if row.state is Filing.REFUSED:
        refused = [each for each in found.refused() if each.service_id == row.service_id]
        st.header(f":red[×] Refused: {parts.counted(len(refused), 'file has', 'files have')} problems", anchor=False)
        st.markdown(f"A file is assessed once every problem in it is mended.{due}")
        _problems(refused)
    else:
        st.header(f"{parts.conclusion_symbol(None)} Nothing received", anchor=False)
        st.markdown(f"No self-assessment was received for this period, so there is no conclusion and no score.{due}")


def _refused(found: Source) -> None:
    refused, files = found.refused(), found.files()
    have = "has problems and is" if len(refused) == 1 else "have problems and are"
    many = f"{len(refused)} of {parts.counted(files, 'file', 'files')}" if files else None
    many = many or parts.counted(len(refused), "file", "files")
    st.header(f":red[×] {many} {have} not assessed", anchor=False)
    st.markdown("A file is assessed once every problem in it is mended. The button beside a list copies it.")
    _problems(refused)


def _problems(refused: Sequence[Refused]) -> None:
    for each in refused[:MATCHES]:
        with st.container(border=True):
            st.subheader(text(each.file), anchor=False)
            st.code(parts.problem_lines(each.problems), language=None, wrap_lines=True)
    if len(refused) > MATCHES:
        parts.small(f"And {len(refused) - MATCHES:,} more.")


# The assessment


def _assessment(found: Assessment, report: Received, past: Sequence[Summary]) -> None:
    ordered = worst_first(found)
    by_id = {result.provision.id: result for result in ordered}
    provisions = {id: f"{id} {result.provision.title}" for id, result in by_id.items()}
    led = leading(found)
    shown = by_id[session.choose(session.PROVISION, [*by_id], led.provision.id if led else None)]
    session.choose(session.TAB, tabs.TABS, tabs.of(shown))
    parts.note(session.PROVISION, provisions)
    parts.note(session.TAB, tabs.labels(found))
    words = f"{conclusion_words(found.code, found.conclusion)}: {found.conclusion_why}"
    if is_headed_by_context(found.code):
        _context(found)
    st.header(f"{parts.conclusion_symbol(found.conclusion)} {text(parts.capital(words))}", anchor=False)
    left, right = st.columns(BESIDE, gap="medium")
    with left:
        if found.figures is None:
            st.markdown("No score: nothing takes part, which is neither 0 nor 100. Each provision below says why.")
        else:
            _figures(found, found.figures, past)
    with right:
        _counts(found)
        _ratings(found)
        if not is_headed_by_context(found.code):
            _context(found)
        history.draw(found, past)
    left, right = st.columns(BESIDE, gap="medium")
    with left:
        tabs.draw(found, report, ordered)
    with right:
        parts.picker(session.PROVISION, provisions)
        panel(found, shown, report)


def _figures(found: Assessment, figures: Figures, past: Sequence[Summary]) -> None:
    charts.marks(figures, found.caps)
    st.markdown(f"Final **{display(figures.final)}**: {text(final_words(found))}.")
    backed = f"Evidence backs {display(figures.assured)} of it, {display(figures.assured_if_accepted)} once accepted."
    parts.small(f"{backed} If every blank were good, it would be {display(figures.ceiling)}.")
    _losses(found, figures, past)


def _context(found: Assessment) -> None:
    """What follows from the facts and is no part of any figure, framed apart."""
    if found.context:
        lines = (_in_context(found, each) for each in found.context)
        parts.notice(f"**{CONTEXT}**", *lines, key="context")


def _in_context(found: Assessment, each: ContextFound) -> str:
    says = text(f"{each.line.title}: {context_words(each)}.")
    return f"{says}  \n{parts.muted(clause(found.code, each.line.source))}"


def _counts(found: Assessment) -> None:
    """What was published, encoded and applies, with bold figures and the outcomes' symbols in their colours."""
    coloured = {OUTCOME_SYMBOL[outcome]: parts.symbol(outcome) for outcome in Outcome}
    figure = re.compile(rf"(?:([{''.join(coloured)}]) )?(\d+) ")

    def marked(read: re.Match[str]) -> str:
        if read[1] is None:
            return f"**{read[2]}** "
        return f"{coloured[read[1]]}\N{NO-BREAK SPACE}**{read[2]}**\N{NO-BREAK SPACE}"

    st.markdown("  \n".join(figure.sub(marked, words) for words in counts_words(found)))


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


def _losses(found: Assessment, figures: Figures, past: Sequence[Summary]) -> None:
    steps = waterfall(found)
    st.subheader(f"Where the 100 points go: {_finding(steps)}", anchor=False)
    charts.waterfall(figures, steps)
    end = "" if steps[-1].chapter else "; the cap is one last step"
    parts.small(
        f"Solid: found to fall short. Hatched: still open. The losses add up to 100 − {display(figures.declared)}{end}."
    )
    with st.expander("The same numbers as tables", key="tables"):
        _tables(figures, steps)
        history.table(found.code, past)


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
