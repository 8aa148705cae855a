"""The Service page: how does this service stand, and why.

From the conclusion through the figures and what they cost down to one provision's clause, answers and evidence.
Everything shown comes from an `Assessment` and the file it was made of; what the URL does not name is the first of what
there is.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from compliance.audit import Report, RulesError
from compliance.dashboard import charts, parts, session
from compliance.dashboard.panel import ANCHOR, panel, places
from compliance.dashboard.parts import text
from compliance.dashboard.session import Filed
from compliance.export.json import MEDIA_TYPE, SUFFIX, render
from compliance.expressions import say
from compliance.model import (
    Assessment,
    Basis,
    Figures,
    Grade,
    Obligation,
    Outcome,
    Problem,
    ProvisionResult,
    Rating,
    Submission,
    Verdict,
)
from compliance.problems import render as render_problem
from compliance.reasons import (
    FLAG_SYMBOL,
    Step,
    conclusion_words,
    final_words,
    grade_words,
    ledger,
    lowest_grade,
    outcome_words,
    touched_by,
    verdict_words,
    waterfall,
    worst_first,
)
from compliance.scoring import display, tenths

REFUSED = "-refused"
OUTSIDE = (Outcome.NOT_APPLICABLE, Outcome.TOO_EARLY)
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
    line = st.container()
    head, *places = st.columns(PICKERS, vertical_alignment="bottom")
    notes = st.container()
    services: dict[str, list[Filed]] = {}
    for one in sorted(filed, key=lambda one: one.submission.service.name.casefold()):
        services.setdefault(one.submission.service.id, []).append(one)
    names = {id: of_service[0].submission.service.name for id, of_service in services.items()}
    if refused:
        names[REFUSED] = f"× Refused files ({len(refused)})"
    service = _pick(session.SERVICE, names, places[0], notes)
    if service == REFUSED:
        head.title("Refused files", anchor=False)
        _refused(refused, len(filed) + len(refused))
    else:
        _periods(services[service], line, head, places[1:], notes)


def _periods(
    filed: Sequence[Filed],
    line: DeltaGenerator,
    head: DeltaGenerator,
    places: Sequence[DeltaGenerator],
    notes: DeltaGenerator,
) -> None:
    """One service: the period, the code and the assessment."""
    periods: dict[str, Filed] = {}
    for one in sorted(filed, key=lambda one: one.submission.period_to, reverse=True):
        end = one.submission.period_to.isoformat()
        periods[end if end not in periods else f"{end} {one.report.file}"] = one
    labels = {id: _period_words(id, one) for id, one in periods.items()}
    one = periods[_pick(session.PERIOD, labels, places[1], notes)]
    line.markdown(_described(one.submission))
    head.title(text(one.submission.service.name), anchor=False)
    codes = {code.name: code for code in session.rules().fitting(one.submission, None)}
    if not codes:
        st.header(f"{parts.conclusion_symbol(None)} No code applies", anchor=False)
        st.markdown(f"No code in force on {one.submission.period_to} is addressed to a service like this one.")
        return
    titles = {name: f"{code.title} · {code.version}" for name, code in codes.items()}
    code = codes[_pick(session.CODE, titles, places[0], notes)]
    with st.spinner("Applying the code"):
        found = session.assessment(one, code)
    with places[2]:
        _export(found)
    _assessment(found, one.report)


def _pick(name: str, labels: Mapping[str, str], place: DeltaGenerator, notes: DeltaGenerator) -> str:
    """The id that the URL names, else the first, with its picker; what the URL names in vain is noted."""
    chosen, complaint = session.choose(name, [*labels])
    place.selectbox(
        name.capitalize(), [*labels], format_func=labels.__getitem__, key=name, on_change=session.remember(name)
    )
    if complaint:
        notes.markdown(f":orange[{FLAG_SYMBOL}] {text(complaint)}: {text(labels[chosen])} is shown instead.")
    return chosen


def _period_words(id: str, one: Filed) -> str:
    submission = one.submission
    words = f"{submission.period_from} to {submission.period_to}"
    return words if id == submission.period_to.isoformat() else f"{words} · {one.report.file}"


def _described(submission: Submission) -> str:
    """Who provides the service, what it is and how large, in one muted line."""
    questions = session.rules().catalogue.questions
    words = [text(submission.service.provider)]
    for id, unit in (("service.kinds", ""), ("service.uk_monthly_users", " UK users a month")):
        if id in submission.answers:
            words.append(text(say(submission.answers[id], questions[id]) + unit))
    return parts.muted(" · ".join(words))


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
        shown = _tabs(found, report)
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
            if outcome not in OUTSIDE and counts[outcome]
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
    given, supported = text(rating.given or "not rated"), text(rating.supported or "")
    return (
        f":orange[**{FLAG_SYMBOL} {rest} on the platform’s own rating**] of {label} (`{rating.question}`): "
        f"*{given}*, where the publisher’s factors support *{supported}*"
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
    points = [display(figure) for figure in named.values()]
    parts.facts({"Figure": [*named], "Points": points}, "The figures of this assessment")
    columns = {
        "Step": [text(step.title) for step in steps],
        "Points lost": [tenths(step.lost) for step in steps],
        "found short": [tenths(step.found_short) for step in steps],
        "still open": [tenths(step.still_open) for step in steps],
        "Points left": [tenths(step.left) for step in steps],
    }
    parts.facts(columns, "From 100 points to the final score")


# The tabs


def _tabs(found: Assessment, report: Report) -> ProvisionResult | None:
    """The chosen one of four views, and the provision that it leaves open in the panel."""
    ordered = worst_first(found)
    inside = [result for result in ordered if result.outcome not in OUTSIDE]
    outside = [result for result in ordered if result.outcome in OUTSIDE]
    tabs: dict[str, tuple[str, Callable[[], ProvisionResult | None]]] = {
        "provisions": (f"Provisions {len(inside)}", lambda: _provisions(found, inside)),
        "not-applicable": (f"Does not apply {len(outside)}", lambda: _not_applicable(outside)),
        "flags": (f"Flags {len(found.flags)}", lambda: _flags(found, report, ordered)),
        "evidence": (f"Evidence {len(found.evidence)}", lambda: _evidence(found, ordered)),
    }
    tab, _ = session.choose(session.TAB, [*tabs])
    st.segmented_control(
        "Show",
        [*tabs],
        format_func=lambda id: tabs[id][0],
        key=session.TAB,
        on_change=session.remember(session.TAB),
        label_visibility="collapsed",
        required=True,
        wrap=True,
    )
    return tabs[tab][1]()


def _provisions(found: Assessment, results: Sequence[ProvisionResult]) -> ProvisionResult | None:
    st.subheader("Provisions, most points lost first", anchor=False)
    if not results:
        st.markdown("No provision of this code applies to this service and period.")
        return None
    losses = ledger(found).provisions
    columns: dict[str, Sequence[object]] = {
        "Id": [result.provision.id for result in results],
        "Outcome": [_outcomes(result) for result in results],
        "Points": [float(tenths(losses[result.provision.id])) for result in results],
        "Provision": [text(result.provision.title, "cell") for result in results],
        "Why it applies": [text(result.applies_why.removeprefix("applies: "), "cell") for result in results],
        "Basis": [_bases(result) for result in results],
        "Evidence": [_grade(result) for result in results],
    }
    return _choose(results, columns, "provisions", "Provisions, most points lost first")


def _not_applicable(results: Sequence[ProvisionResult]) -> ProvisionResult | None:
    st.subheader("What does not apply, and why", anchor=False)
    if not results:
        st.markdown("Every provision of this code applies.")
        return None
    columns: dict[str, Sequence[object]] = {
        "Id": [result.provision.id for result in results],
        "Outcome": [[parts.status_words(result.outcome)] for result in results],
        "Why": [text(result.applies_why, "cell") for result in results],
        "Provision": [text(result.provision.title, "cell") for result in results],
    }
    return _choose(results, columns, "not-applicable", "Provisions that do not apply, and why")


def _choose(
    results: Sequence[ProvisionResult], columns: Mapping[str, Sequence[object]], key: str, alt: str
) -> ProvisionResult:
    """The table of these provisions, and the one that the URL or else its first row names."""
    by_id = {result.provision.id: result for result in results}
    chosen, _ = session.choose(session.PROVISION, [*by_id])
    parts.choice_grid(columns, [*by_id], chosen, f"{key}-grid", alt)
    parts.small(f"Open: [{text(chosen)}](#{ANCHOR}). Choose another row to open it.")
    return by_id[chosen]


def _outcomes(result: ProvisionResult) -> list[str]:
    """The outcome, and what keeps the conclusion from being better."""
    is_must = result.provision.obligation is Obligation.MUST
    decides = is_must and result.conclusion not in (None, Verdict.MET)
    verdict = [verdict_words(result.conclusion)] if decides and result.conclusion else []
    return [parts.status_words(result.outcome), *verdict]


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
    for number, flag in enumerate(found.flags):
        touched = ", ".join(touched_by(found, flag))
        lines = [f":orange[{FLAG_SYMBOL} **{flag.id}**] {text(flag.message)}"]
        lines += [f":small[:gray[Touches {touched}.]]"] if touched else []
        parts.notice(*lines, key=f"flag-{number}")
        if flag.questions:
            st.code(places(found, flag.questions, report), language=None, wrap_lines=True)
    return _open(ordered)


def _evidence(found: Assessment, ordered: Sequence[ProvisionResult]) -> ProvisionResult | None:
    counting = sum(piece.counts_as is not None for piece in found.evidence)
    st.subheader(f"Evidence: {len(found.evidence)} offered, {counting} counted", anchor=False)
    if not found.evidence:
        st.markdown("No evidence was offered: every answer is an assertion, and nothing is assured.")
        return _open(ordered)
    columns = {
        "Id": [text(piece.evidence.id, "cell") for piece in found.evidence],
        "Kind": [grade_words(piece.evidence.kind) for piece in found.evidence],
        "Counts as": [grade_words(piece.counts_as) for piece in found.evidence],
        "Once accepted": [grade_words(piece.if_accepted) for piece in found.evidence],
        "Why": [text(piece.why, "cell") for piece in found.evidence],
        "Title": [text(piece.evidence.title, "cell") for piece in found.evidence],
        "Made by": [text(piece.evidence.made_by, "cell") for piece in found.evidence],
        "Date": [piece.evidence.date.isoformat() for piece in found.evidence],
        "Supports": [text(", ".join(piece.evidence.supports), "cell") for piece in found.evidence],
    }
    parts.grid(columns, "evidence-grid", "Evidence offered, and what it counts as")
    return _open(ordered)


def _open(ordered: Sequence[ProvisionResult]) -> ProvisionResult | None:
    """The provision that the URL names, else the worst."""
    by_id = {result.provision.id: result for result in ordered}
    return by_id[session.choose(session.PROVISION, [*by_id])[0]] if by_id else None


page()
