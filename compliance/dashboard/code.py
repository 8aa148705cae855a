"""The Code page: what is asked, of whom, on what authority.

A code as it is published, read on a day: which services it asks how much of, its provisions and what each rests on,
what is to come and what is left out, and how it differs from another version. A profile of a service that is tested
against it is assessed by the engine; what of it stands in the URL is in `session`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path

import streamlit as st

from compliance.audience import EVERY, Group, Profile, Tally, begins, brief, chapter_shares, groups, tally, terms
from compliance.audit import today
from compliance.dashboard import asked, charts, parts, profile, session, versions
from compliance.dashboard.panel import ANCHOR, clause
from compliance.dashboard.parts import Column, text
from compliance.model import ALL_POINTS, MICRO, Applies, Code, Interval, Mark, ProvisionResult
from compliance.problems import quoted
from compliance.scoring import apportion, tenths
from compliance.vocabulary import (
    CONTEXT,
    FLAG_SYMBOL,
    MARK_WORDS,
    STANDING_WORDS,
    cap_words,
    period_words,
    size_words,
)
from compliance.wording import describe

TITLE_WIDTH, CODE_WIDTH, DAY_WIDTH = 2.3, 2.2, 0.8
BESIDE = (2.05, 1)
# The bars of the picture; the conditions of fewer provisions share the last.
MOST_BARS = 7
MOST_OUTSIDE = 12
UNVERIFIED = Mark.UNVERIFIED.value
NO_SCOPE = "The code sets no condition: any service can be held against it."
SERVICE_PAGE, PORTFOLIO_PAGE = Path(__file__).with_name("service.py"), Path(__file__).with_name("portfolio.py")


def page() -> None:
    """Reads the codes, and shows the one that the URL names."""
    with parts.explained():
        codes = {code.name: code for code in session.rules().codes}
        code = codes[session.choose(session.CODE, [*codes], session.last_code())]
        on = session.day(session.ON, today())
        _code(code, codes, on)


def _code(code: Code, codes: Mapping[str, Code], on: date) -> None:
    _head(code, codes, on)
    found = profile.tested(code, on)
    is_tested = bool(found.found.submission.answers)
    provisions = {each.id: f"{each.id} {each.title}" for each in code.provisions}
    session.choose(session.PROVISION, [*provisions])
    parts.note(session.PROVISION, provisions)
    chapters = len({each.chapter for each in code.provisions})
    finding = f"{_counted(len(code.provisions))} in {parts.counted(chapters, 'chapter', 'chapters')}"
    st.header(f"{finding}: {_tally(tally(code.provisions))}", anchor=False)
    left, right = st.columns(BESIDE, gap="medium")
    with left:
        _audience(found, is_tested)
    with right:
        _facts(found, codes, on)
    profile.draw(found, on)
    _provisions(found, on, is_tested)
    parts.picker(session.PROVISION, provisions)
    results = {result.provision.id: result for result in found.found.provisions}
    asked.panel(code, results[session.chosen(session.PROVISION)], on, is_tested)
    _context(code)
    _outside(code, codes, on)
    versions.draw(code, codes)


def _counted(provisions: int) -> str:
    return parts.counted(provisions, "provision", "provisions")


def _tally(count: Tally) -> str:
    """How many of which obligation: "30 must, 9 should, 6 shown and not scored"."""
    named = {"must": count.must, "should": count.should, "shown and not scored": count.shown}
    return ", ".join(f"{times} {name}" for name, times in named.items() if times)


# The head


def _head(code: Code, codes: Mapping[str, Code], on: date) -> None:
    labels = {name: f"{each.title} · {each.version}" for name, each in codes.items()}
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
        standing = parts.capital(STANDING_WORDS[code.standing])
        parts.small(text(" · ".join([code.publisher, standing, f"version {code.version}"])))
        _way_back(code)
    title, picker, day = st.columns((TITLE_WIDTH, CODE_WIDTH, DAY_WIDTH), vertical_alignment="bottom")
    title.title(text(code.title), anchor=False)
    with picker:
        parts.picker(session.CODE, labels)
    with day:
        st.date_input(
            "Seen on",
            key=session.ON,
            min_value=session.EARLIEST,
            max_value=session.LATEST,
            format="YYYY-MM-DD",
            on_change=session.remember(session.ON),
        )
    parts.note(session.CODE, labels)
    written = st.query_params.get(session.ON, "")
    if written not in ("", on.isoformat()):
        words = text(f"{quoted(written)} is no day that can be shown: {on} is shown instead")
        st.markdown(f":orange[{FLAG_SYMBOL}] {words}.")


def _way_back(code: Code) -> None:
    """Back to the assessment from which somebody came, or to those who are assessed by this code."""
    kept = (session.SERVICE, session.PERIOD, session.PROVISION)
    here = {name: st.query_params[name] for name in kept if name in st.query_params}
    if session.SERVICE in here or not session.is_stored():
        target, label = (
            SERVICE_PAGE,
            "Back to the assessment" if session.SERVICE in here else "Assessments by this code",
        )
    else:
        target, label = PORTFOLIO_PAGE, "Who is assessed by this code"
    st.page_link(target, label=f":small[{label} →]", query_params={**here, session.CODE: code.name})


def _facts(found: Profile, codes: Mapping[str, Code], on: date) -> None:
    """What is to be known of the code as a whole."""
    code = found.found.code
    marks = Counter(each.source.mark for each in code.provisions)
    cells = {
        "In force": text(parts.capital(asked.dates(code.in_force, on))),
        "Addressed to": text(code.addressed_to),
        "Scope": text(parts.sentence(brief(code.scope, code))) if code.scope else NO_SCOPE,
        "Published": text(parts.sentence(size_words(code))),
        "Marks": ", ".join(f"{marks[mark]} {parts.MARK_CHIP[mark]}" for mark in Mark if marks[mark]),
        "Cap": text(parts.sentence("; ".join(map(cap_words, code.caps)))) if code.caps else "",
        "Digest": f"`{code.digest[:16]}…`",
    }
    parts.rows(cells, "The code as a whole")
    others = {
        "Superseded by": next((name for name, each in codes.items() if each.supersedes == code.name), ""),
        "Supersedes": code.supersedes or "",
    }
    for words, name in others.items():
        if name:
            # A link of a page to itself leaves the address of the browser as it was.
            label, key = f":small[{words} {text(name)} →]", words.casefold().replace(" ", "-")
            is_gone = name not in codes
            st.button(
                label, key=key, on_click=session.put, args=(session.CODE, name), type="tertiary", disabled=is_gone
            )
    with st.expander("About this code", key="about"):
        st.markdown(text(code.text))
        st.code(code.digest, language=None, wrap_lines=True)
    with st.expander(f"Sources: {len(code.sources)}", key="sources"):
        lines = (f"- {parts.link(each.title, each.url)}, {text(each.date)}" for each in code.sources.values())
        st.markdown("\n".join(lines))


# Who it applies to


def _audience(found: Profile, is_tested: bool) -> None:
    """How many provisions are asked of which services, as a sentence, a picture and a table."""
    code = found.found.code
    alike = groups(code)
    words = f"Who it applies to: {_finding(code, alike)}"
    st.subheader(text(words), anchor=False)
    results = {result.provision.id: result for result in found.found.provisions}
    apart = [group for group in alike[:MOST_BARS] if group.condition is None or len(group.provisions) > 1]
    rest = alike[len(apart) :]
    bars = [_bar(brief(each.condition, code), each, results, is_tested) for each in apart]
    if rest:
        others = Group(None, tuple(provision for each in rest for provision in each.provisions))
        label = f"under {parts.counted(len(rest), 'other condition', 'other conditions')}"
        bars.append(_bar(label, others, results, is_tested))
    charts.audience(bars, words)
    outside = is_tested and found.addressed is Applies.FALSE
    would = " Of a service out of scope, what is said here would hold only if it were in scope." if outside else ""
    parts.small(f"Solid: must. Light: should. Outlined: shown, not scored.{would}")
    meant = terms([code.scope, *(each.condition for each in alike)], code)
    label = f"The same numbers as a table{', and what the terms mean' if meant else ''}"
    with st.expander(label, key="audience-tables"):
        _audience_tables(alike, results, is_tested, code)
        if meant:
            asked.terms_table(meant)


def _finding(code: Code, alike: Sequence[Group]) -> str:
    whole = len(code.provisions)
    every, others = [each for each in alike if each.condition is None], [each for each in alike if each.condition]
    words = [f"{len(each.provisions)} of {_counted(whole)} to {EVERY}" for each in every]
    if others:
        largest = others[0]
        lead = f"{len(largest.provisions)} more" if every else f"{len(largest.provisions)} of {_counted(whole)}"
        words.append(f"{lead} on the condition {brief(largest.condition, code)}")
    return ", ".join(words)


def _bar(label: str, group: Group, results: Mapping[str, ProvisionResult], is_tested: bool) -> charts.Bar:
    status = _answer(group, results) if is_tested else ""
    colour = {"✓": "greenColor"}.get(status[:1], "grayColor")
    return charts.Bar(status, colour, label, *tally(group.provisions))


def _answer(group: Group, results: Mapping[str, ProvisionResult]) -> str:
    """Whether a group's provisions apply to the profile, or how many of them do."""
    times = Counter(results[provision.id].applies for provision in group.provisions)
    if len(times) == 1:
        return parts.APPLIES_CHIP[next(iter(times))]
    applies = Applies.TRUE if times[Applies.TRUE] else Applies.UNKNOWN
    symbol = parts.APPLIES_CHIP[applies].split()[0]
    return f"{symbol} {times[applies]} of {len(group.provisions)} {profile.apply_words(applies, times[applies])}"


def _audience_tables(
    alike: Sequence[Group], results: Mapping[str, ProvisionResult], is_tested: bool, code: Code
) -> None:
    tallies = [tally(each.provisions) for each in alike]
    columns = {"Asked of": [text(parts.capital(brief(each.condition, code))) for each in alike]}
    if is_tested:
        columns["Profile"] = [_answer(each, results) for each in alike]
    columns |= {
        name.capitalize(): parts.aligned([str(getattr(each, name)) for each in tallies]) for name in Tally._fields
    }
    columns["Provisions"] = [text(", ".join(provision.id for provision in each.provisions)) for each in alike]
    parts.facts(columns, "Whom the code asks how much")


# The provisions


def _provisions(found: Profile, on: date, is_tested: bool) -> None:
    code = found.found.code
    titles = {each.id: each.title for each in code.chapters}
    held = Counter(each.chapter for each in code.provisions)
    shares = _shares(code)
    labels = {"": f"All {len(code.provisions)}"}
    labels |= {id: f"{titles[id]} {held[id]} · {tenths(shares[id])}%" for id in titles if held[id]}
    chosen = session.choose(session.CHAPTER, [*labels])
    st.subheader(text(_heading(code, chosen)), anchor="provisions")
    st.segmented_control(
        "Chapter",
        [*labels],
        format_func=lambda id: text(labels[id]),  # unlike a list's, its labels are Markdown
        key=session.CHAPTER,
        on_change=session.remember(session.CHAPTER),
        label_visibility="collapsed",
        required=True,
        wrap=True,
    )
    parts.note(session.CHAPTER, labels)
    parts.small("Beside each chapter: how many provisions it has, and its share of the score where all of them apply.")
    order = [*titles]
    listed = [each for each in found.found.provisions if chosen in ("", each.provision.chapter)]
    listed.sort(key=lambda each: order.index(each.provision.chapter))
    ids = [each.provision.id for each in listed]
    columns = {"Id": parts.id_column(ids)}
    if is_tested:
        chips = [parts.APPLIES_CHIP[each.applies] for each in listed]
        columns["Profile"] = Column([[each] for each in chips], parts.chip_width(chips), "chips", parts.APPLIES_COLOUR)
    columns |= _columns(found, listed, on)
    if is_tested:
        columns["Why"] = Column([each.applies_why for each in listed], 560)
    parts.grid(columns, ids, session.PROVISION, f"asked-{chosen}-{is_tested}", "Provisions by chapter")
    id = session.chosen(session.PROVISION)
    parts.small(f"Open: [{text(id)}](#{ANCHOR}). To open another, tick its row or pick it under “Provision”.")
    marks = {each.provision.source.mark for each in listed}
    words = (f"{parts.MARK_CHIP[mark]}, {MARK_WORDS[mark]}" for mark in Mark if mark in marks)
    parts.small(f"Marks: {'; '.join(words)}.")


def _shares(code: Code) -> dict[str, int]:
    """The chapters' parts of the score in tenths of a point, which add up to all of it, or to nothing."""
    points = {id: int(share * ALL_POINTS) for id, share in chapter_shares(code).items()}
    return apportion(10 * ALL_POINTS // MICRO if any(points.values()) else 0, points)


def _heading(code: Code, chosen: str) -> str:
    """What is listed, and how much of it is only shown."""
    titles = {each.id: each.title for each in code.chapters}
    listed = [each for each in code.provisions if chosen in ("", each.chapter)]
    unverified = sum(each.source.mark is Mark.UNVERIFIED for each in listed)
    return f"{titles[chosen] if chosen else 'What it asks'}: {_counted(len(listed))}, {unverified or 'none'} unverified"


def _columns(found: Profile, listed: Sequence[ProvisionResult], on: date) -> dict[str, Column]:
    code = found.found.code
    titles = {each.id: each.title for each in code.chapters}
    provisions = [each.provision for each in listed]
    marks = [parts.MARK_CHIP[each.source.mark] for each in provisions]
    dates = [asked.dates(each.in_force, on) for each in provisions]
    return {
        "Provision": Column([each.title for each in provisions], 300),
        "Asked of": Column([brief(each.applies_when, code) for each in provisions], 230),
        "Obligation": Column([each.obligation.value for each in provisions], 92),
        "Mark": Column([[each] for each in marks], 112, "chips", parts.MARK_COLOUR),
        "Basis": Column([asked.basis(each) for each in provisions], 126),
        "In force": Column(dates, parts.chip_width(dates)),
        "Chapter": Column([titles[each.chapter] for each in provisions], 170),
        "Severity": Column([each.severity.value for each in provisions], 76),
    }


# Beside the provisions


def _context(code: Code) -> None:
    """What the code says of a service and never scores."""
    if not code.context:
        return
    st.subheader(f"{CONTEXT}: {parts.counted(len(code.context), 'line', 'lines')}", anchor=False)
    questions = code.catalogue.questions
    columns = {
        "Line": [
            f"**{text(each.title)}**  \n{text(each.text)}  \n{parts.muted(clause(code, each.source))}"
            for each in code.context
        ],
        "Says": [
            "  \n".join(f"**{text(case.says)}**, where {text(describe(case.when, questions))}" for case in each.cases)
            for each in code.context
        ],
    }
    parts.facts(columns, "Lines of context")


def _outside(code: Code, codes: Mapping[str, Code], on: date) -> None:
    """What is published and not scored or not encoded, and what is to come or gone: each with its reason."""
    listed = [*_shown_only(code), *_left_out(code), *_upcoming(code, codes, on), *_removed(code)]
    if not listed:
        st.subheader("Everything published is encoded and scored", anchor=False)
        return
    counts = Counter(state for _, state, _ in listed)
    words = ", ".join(f"{times} {state}" for state, times in counts.items())
    st.subheader(f"What takes no part in the score: {words}", anchor=False)
    unverified = f":orange[{FLAG_SYMBOL} {UNVERIFIED}]"
    columns = {
        "Item": [item for item, _, _ in listed],
        "State": [unverified if state == UNVERIFIED else state for _, state, _ in listed],
        "Why": [why for _, _, why in listed],
    }
    each_with = ", with the reason" if len(listed) == 1 else ", each with the reason"
    label = f"{parts.counted(len(listed), 'item', 'items')}{each_with}"
    with st.expander(label, expanded=len(listed) <= MOST_OUTSIDE, key="outside"):
        parts.facts(columns, "What is only shown, left out, upcoming or removed")


def _shown_only(code: Code) -> Iterator[tuple[str, str, str]]:
    for each in code.provisions:
        if not each.is_scored:
            state = UNVERIFIED if each.source.mark is Mark.UNVERIFIED else "for information"
            yield (
                f"**{text(each.id)}** {text(each.title)}",
                state,
                text(each.text),
            )


def _left_out(code: Code) -> Iterator[tuple[str, str, str]]:
    for id, why in code.left_out.items():
        yield f"**{text(id)}**", "left out", text(why)


def _upcoming(code: Code, codes: Mapping[str, Code], on: date) -> Iterator[tuple[str, str, str]]:
    """What was to come when the code was published; of what a later version has, also from when."""
    later: dict[str, tuple[Code, Interval]] = {}
    for other in sorted(codes.values(), key=begins):
        if other.id == code.id and begins(other) > begins(code):
            for each in other.provisions:
                later.setdefault(each.id, (other, each.in_force))
    for id, coming in code.upcoming.items():
        state, words = "upcoming", [coming.get("note", "")]
        if id in later:
            other, period = later[id]
            words.append(f"{parts.capital(period_words(period, on))}, in {other.name}.")
            state = state if period.start and on < period.start else "now in force"
        yield f"**{text(id)}** {text(coming['title'])}", state, text(" ".join(words))


def _removed(code: Code) -> Iterator[tuple[str, str, str]]:
    for id, gone in code.removed.items():
        successor = f" In its place: {gone['successor']}." if "successor" in gone else ""
        yield f"**{text(id)}**", "removed", text(gone["reason"] + successor)


page()
