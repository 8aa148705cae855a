"""The Prepare page: what do I fix first.

A self-assessment that somebody opens or starts: what of it could not be read, what applies, what is blank, what to fix
and whether it can be handed over. Of a file with problems all but these is a preview, in which each answer with a
problem counts as not given. Nothing is kept but the draft, see `desk`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any, Final, NamedTuple

import streamlit as st

from compliance import audit, drafts, filings, templates
from compliance.dashboard import about, desk, parts, plan, session
from compliance.dashboard.parts import text
from compliance.drafts import Draft
from compliance.export import fixes as plan_file
from compliance.export import json as result_file
from compliance.export import text as text_file
from compliance.export.fixes import fact_words, facts_of
from compliance.export.text import counts_words
from compliance.model import Applies, Assessment, Code, Outcome, Problem, Rating
from compliance.problems import MOST_PROBLEMS, place_words
from compliance.scoring import shown_change, tenths
from compliance.vocabulary import FLAG_SYMBOL, support_words, under_rated_words

ANSWER_PAGE: Final = Path(__file__).with_name("answer.py")
TITLE: Final = "Prepare a self-assessment"
WIDTHS: Final = {parts.TITLE: 1.8, session.CODE: 1.9, parts.LAST: 0.9}
BESIDE: Final = (1, 1.85)
MOST_SHOWN: Final = 3  # facts, contradictions and pieces of evidence before the rest is folded away or counted
OPENED: Final = (session.CODE, session.FIX, session.FIXES, session.REACH)  # what is chosen of one draft alone

HEAD: Final = {
    "service": ("The service’s id, name and provider are said", "The service’s id, name or provider is wanting"),
    "prepared": ("Who prepared it and who approved it is said", "Who prepared it, who approved it or when is wanting"),
    "period": ("The period is over", "The period is not over, or wanting"),
}

PRIVATE: Final = (
    "Nothing you open here is stored or sent. It stays in the memory of this program, never on disk, until"
    f" {desk.HOURS} hours after you last used it; the address of this page has the token that finds it again."
)
ABOUT: Final = (
    "Open a self-assessment, or start one, and see at once what could not be read, with its line. See which provisions"
    " apply and why, and what is still blank. Then see what to fix first: each fix with what it alone would bring, and"
    " those you tick together."
)
UNREADABLE: Final = (
    "Nothing of the file could be read, so there is nothing to preview. Put right what is named here and open it again,"
    " or take a blank template."
)
LOST: Final = (
    f"**This draft is not kept any more**: nobody used it for {desk.HOURS} hours, the program was started again, or the"
    " address is not whole. Open your file again; what was never saved to a file is gone."
)


def page() -> None:
    """Shows the draft that the URL names, or the ways to one."""
    with parts.explained():
        session.rules()
        draft = desk.current()
        codes = _codes(draft) if draft else {}
        if draft is None or not codes:
            widths = {name: width for name, width in WIDTHS.items() if name != session.CODE}
            _templates(parts.head(TITLE, PRIVATE, {}, widths))
        if draft is None:
            _none()
        elif not codes:
            _without_code(draft)
        else:
            _draft(draft, codes)


def _codes(draft: Draft) -> dict[str, Code]:
    """The codes that the draft can be held against, those that it answers for among them."""
    if draft.is_unreadable:
        return {}
    rules = session.rules()
    fitting = [*rules.fitting(draft.submission, None), *drafts.codes_of(draft, rules)]
    return {code.name: code for code in rules.codes if code in fitting}


def _none() -> None:
    if desk.is_lost():
        parts.notice(f":orange[{FLAG_SYMBOL}] {LOST}", key="lost")
    st.markdown(ABOUT)
    _ways()


def _without_code(draft: Draft) -> None:
    _ways()
    _read(draft)
    if not draft.is_unreadable:
        end = draft.submission.period_to
        st.header(f"{parts.conclusion_symbol(None)} No code applies", anchor=False)
        st.markdown(f"No code in force on {end} is addressed to a service like this one.")
        _answer_link("See the period and the service", about.ID)


def _draft(draft: Draft, codes: Mapping[str, Code]) -> None:
    usual = filings.default_code(session.rules(), draft.submission.period_to).name
    own = [code.name for code in drafts.codes_of(draft, session.rules())]
    first = usual if usual in own else next(name for name in (*own, *codes) if name in codes)
    code = codes[session.choose(session.CODE, [*codes], first)]
    labels = {name: f"{each.title} · {each.version}" for name, each in codes.items()}
    _templates(parts.head(TITLE, PRIVATE, {session.CODE: labels}, WIDTHS))
    if draft.problems:
        words = "what has a problem counts as not given until it is put right. A file with problems is not assessed."
        parts.notice(f":orange[{FLAG_SYMBOL}] **A preview**: {words}", key="preview")
    with st.spinner("Applying the code"):
        found = desk.assessment(code)
    left, right = st.columns(BESIDE, gap="medium")
    with left:
        _ways()
        _read(draft)
        _scope(code, found)
        _blanks(draft, code, found)
    with right:
        plan.draw(code, found)
        _hand_over(draft, codes, code)


# The ways in


def _ways() -> None:
    """A file, a new draft or a sample to open in place of what is open."""
    kept = desk.token() if desk.current() else "none"
    desk.uploader(f"open-{kept}", _show)
    with st.container(horizontal=True, vertical_alignment="center"):
        if st.button("Start a new one", key=f"start-{kept}", on_click=_start):
            st.switch_page(ANSWER_PAGE, query_params=desk.link())
        with st.popover("Open a sample", key=f"samples-{kept}"):
            _samples(f"sample-{kept}")
        if desk.current() is not None:
            with st.popover("Forget this one", key=f"forgetting-{kept}"):
                st.markdown("What was not saved to a file is gone then.")
                st.button("Forget it now", key=f"forget-{kept}", on_click=_forget)


def _samples(key: str) -> None:
    found = {path.relative_to(audit.samples()).as_posix(): path for path in audit.find_samples()}

    def open_sample() -> None:
        name = st.session_state[key]
        if name is not None:
            _show(desk.opened(found[name].read_bytes(), name))

    st.selectbox(
        "An invented service", [*found], index=None, key=key, on_change=open_sample, placeholder="Pick one to open it"
    )


def _show(draft: Draft) -> None:
    """Shows another draft, of which nothing is chosen yet."""
    desk.keep_apart(draft)
    _choose_nothing()


def _start() -> None:
    _show(drafts.begin(audit.today()))


def _forget() -> None:
    desk.forget()
    _choose_nothing()


def _choose_nothing() -> None:
    for name in OPENED:
        st.query_params.pop(name, None)


def _templates(place: Any) -> None:
    rules, today = session.rules(), audit.today()

    def blank(format: str) -> Callable[[], bytes]:
        def made() -> bytes:
            empty = templates.blank(today)
            codes = drafts.codes_of(Draft(empty), rules) or rules.codes
            return audit.report_bytes(templates.form(codes, empty, rules.codes), format, audit.TEMPLATE_SCHEMA)

        return made

    with place, st.popover("Blank templates", width="stretch", key="templates"):
        st.markdown("With every question that may be asked, for the codes that bind.")
        names = {"xlsx": "Workbook (XLSX), a sheet a chapter", "yaml": "YAML, for an editor", "json": "JSON"}
        for format, label in names.items():
            name = f"self-assessment.{format}"
            _download(label, blank(format), name, desk.MEDIA_TYPES[format], f"blank-{format}")
        parts.small("Keep the schema beside the YAML: an editor then checks it and completes it as you type.")
        _download(
            "The schema",
            partial(audit.schema_text, rules.schema),
            audit.TEMPLATE_SCHEMA,
            result_file.MEDIA_TYPE,
            "schema",
        )


def _download(
    label: str, made: Callable[[], str | bytes], name: str, media_type: str, key: str, why_not: str = ""
) -> None:
    """A file that is made when somebody asks for it, outside a page's run."""
    st.download_button(
        label, made, name, media_type, key=key, on_click="ignore", disabled=bool(why_not), help=why_not or None
    )


def _answer_link(label: str, chapter: str = "") -> None:
    """A link to the same draft on the Answer page."""
    where = {session.CHAPTER: chapter} if chapter else {}
    st.page_link(ANSWER_PAGE, label=f":small[{label} →]", query_params={**desk.link(), **where})


def _chapter_of(*ids: str) -> str:
    """The chapter of the Answer page that the first question of these ids stands in; "" where none is asked."""
    chapters = {chapter.id for chapter in desk.chapters()}
    return next((section for id in ids if (section := id.partition(".")[0]) in chapters), "")


# 1 Read


def _heading(number: int, words: str) -> None:
    st.subheader(f":gray[{number}] {words}", anchor=False)


def _read(draft: Draft) -> None:
    problems = draft.problems
    if not problems:
        words = ":green[✓] without problems" if draft.submission.file else "nothing to read, it was started here"
        _heading(1, f"Read: {words}")
        parts.small(_named(draft))
        return
    _heading(1, f"Read: :red[×] {_to_put_right(problems)}")
    parts.small(_named(draft))
    _problems(problems)
    if draft.is_unreadable:
        st.markdown(UNREADABLE)
    else:
        parts.small(
            "Correct the file and open it again, or go on here. A file saved here leaves out what has a problem."
        )
        _answer_link("Put right on the Answer page")


def _to_put_right(problems: Sequence[Problem]) -> str:
    """How many problems there are; the reader lists so many and then one that says how many more there are."""
    many = parts.counted(min(len(problems), MOST_PROBLEMS), "problem", "problems")
    return f"{'more than ' * (len(problems) > MOST_PROBLEMS)}{many} to put right"


def _named(draft: Draft) -> str:
    submission = draft.submission
    period = "" if draft.is_unreadable else f"{submission.period_from} to {submission.period_to}"
    if period and draft.problems_at("period"):
        period = f"no period that can be read, so {period} is taken"
    return " · ".join(filter(None, (text(submission.file), text(submission.service.name), period)))


def _problems(problems: Sequence[Problem]) -> None:
    columns = {
        "Where": [_cell(place_words(each)) for each in problems],
        "Problem": [_problem(each) for each in problems],
    }
    parts.facts(columns, "Problems to put right, with where they are and what helps")
    with st.expander("All of them as text to copy", key=f"problems-{desk.token()}"):
        st.code(parts.problem_lines(problems), language=None, wrap_lines=True)


def _problem(problem: Problem) -> str:
    path = f"**{_cell(problem.path)}**: " if problem.path else ""
    return f"{path}{_cell(problem.message)} :gray[{_cell(problem.hint)} {_cell(problem.id)}]"


def _cell(words: str) -> str:
    return text(parts.breakable(words))


# 2 Scope


def _scope(code: Code, found: Assessment) -> None:
    scored = [each for each in found.provisions if each.provision.is_scored]
    may = sum(each.applies is Applies.UNKNOWN for each in scored)
    outside = [each for each in scored if each.outcome in (Outcome.NOT_APPLICABLE, Outcome.TOO_EARLY)]
    depends = f", and {may} may" if may else ""
    apply = found.counts["applicable"] - may
    _heading(2, f"Scope: {apply} of {parts.counted(len(scored), 'provision', 'provisions')} apply{depends}")
    if outside:
        by_reason: dict[str, list[str]] = {}
        for each in outside:
            why = parts.capital(each.applies_why.removeprefix("does not apply: "))
            by_reason.setdefault(why, []).append(each.provision.id)
        words = parts.counted(len(outside), "does not apply", "do not apply")
        with st.expander(f"{words}: why", key=_key("outside")):
            columns = {"Provisions": map(", ".join, by_reason.values()), "Why": by_reason}
            parts.facts({name: [*map(text, cells)] for name, cells in columns.items()}, "What does not apply, and why")
    _ratings(code, found.ratings)
    _facts(code)
    parts.small("  \n".join(map(text, counts_words(found))))


def _ratings(code: Code, ratings: Sequence[Rating]) -> None:
    if not ratings:
        return
    labels = {each.question: code.catalogue.questions[each.question].label for each in ratings}
    for each in ratings:
        if each.is_under_rated:
            rest = parts.counted(len(each.provisions), "provision rests", "provisions rest")
            words = text(under_rated_words(each, labels[each.question]))
            st.markdown(f":orange[{FLAG_SYMBOL}] {parts.capital(words)}; {rest} on it.")
    resting = {id for each in ratings for id in each.provisions}
    words = parts.counted(len(resting), "provision rests", "provisions rest")
    with st.expander(f"{words} on your own ratings", key=_key("ratings")):
        columns = {
            "Rating": [text(labels[each.question]) for each in ratings],
            "Yours": [text(each.given or "not rated") for each in ratings],
            "The publisher’s factors": [text(support_words(each)) if each.supported else "–" for each in ratings],
            "Provisions": [str(len(each.provisions)) for each in ratings],
        }
        parts.facts(columns, "Own ratings that provisions rest on")


def _facts(code: Code) -> None:
    """The facts that keep provisions open, each with what its values would decide and the way to its question."""
    facts = facts_of(desk.advised(code), code)
    if not facts:
        return
    many = parts.counted(len(facts), "missing fact or rating keeps", "missing facts or ratings keep")
    with st.expander(f"{many} provisions open", key=_key("facts"), expanded=len(facts) <= MOST_SHOWN):
        for fact in facts:
            words, decided = fact_words(fact)
            st.markdown(text(parts.sentence(words)))
            if decided:
                parts.small(text(parts.sentence(decided)))
            _answer_link(f"Answer: {text(fact.question.label)}", _chapter_of(fact.question.id))


# 3 Blanks


def _blanks(draft: Draft, code: Code, found: Assessment) -> None:
    asked, chapters = desk.asked_by(code), desk.chapters_by(code)
    open = [chapter for chapter in chapters if chapter.left]
    left = sum(chapter.left for chapter in chapters)
    worth = ""
    if left and found.figures:
        worth = f", worth up to {tenths(shown_change(found.figures.declared, found.figures.ceiling))} points"
    _heading(3, f"Blanks: {left or 'none'} left{worth}")
    if left:
        with st.container(horizontal=True, gap="small", key=_key("blanks")):
            for chapter in open:
                _answer_link(f"{text(chapter.title)} {chapter.left}", chapter.id)
        _answer_link("**Answer the blanks**", open[0].id)
    ids = {each.question.id for chapter in chapters for each in chapter.asked}
    unknown = sum(id in ids for id in draft.submission.not_measured)
    notes = ["A blank never raises a score."] if left else []
    notes += [f"{parts.counted(unknown, 'question is', 'questions are')} said to be not measured."] if unknown else []
    later = len(asked.later) + len(asked.waiting)
    notes += [f"{later} more are asked only if what is not known yet turns out so."] if later else []
    whole = sum(chapter.left for chapter in desk.chapters())
    notes += [f"All the codes that you answer for leave {whole} blank."] if whole != left else []
    if draft.entries:
        notes.append(f"{parts.counted(len(draft.entries), 'answer', 'answers')} typed cannot be read yet.")
    if notes:
        parts.small(" ".join(notes))
    flags = [f":orange[{FLAG_SYMBOL}] {text(flag.message)}" for flag in found.flags]
    if flags:
        parts.small("What does not fit together, or with the facts:")
    for line in flags[:MOST_SHOWN]:
        st.markdown(line)
    if flags[MOST_SHOWN:]:
        with st.expander(f"{len(flags) - MOST_SHOWN} more that do not fit together", key=_key("flags")):
            st.markdown("  \n".join(flags[MOST_SHOWN:]))


def _key(name: str) -> str:
    return f"{name}-{desk.token()}"


# 5 Hand over


class Check(NamedTuple):
    """One line of the checklist: None is what is no fault and yet worth saying."""

    is_done: bool | None
    words: str
    way: str
    chapter: str = ""


def _hand_over(draft: Draft, codes: Mapping[str, Code], code: Code) -> None:
    checks = [*_checks(draft, code)]
    left = sum(each.is_done is False for each in checks)
    words = f"{parts.counted(left, 'thing', 'things')} left" if left else ":green[✓] complete"
    _heading(5, f"Hand over: {words}")
    symbols = {True: ":green[✓]", False: ":red[×]", None: ":gray[–]"}
    for check in checks:
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            st.markdown(f"{symbols[check.is_done]} {text(check.words)}", width="content")
            if check.is_done is False:
                _answer_link(check.way, check.chapter)
    _downloads(draft, codes, code)


def _checks(draft: Draft, code: Code) -> Iterator[Check]:
    """What the reader and the engine say has to be there, and whether it is."""
    faults = desk.faults()
    wanted = [*draft.problems, *(each for each in faults if each.path.partition(".")[0] not in HEAD)]
    words = _to_put_right(wanted) if wanted else "Read without problems"
    yield Check(not wanted, words, "Put them right")
    for head, (words, wanting) in HEAD.items():
        # What an opened file says there and cannot be read was filled in, which must not pass for what it says.
        wrong = [*draft.problems_at(head), *(each for each in faults if each.path.partition(".")[0] == head)]
        named = ", ".join(dict.fromkeys(each.path for each in wrong))
        yield Check(not wrong, f"{wanting} ({named})" if wrong else words, f"Say it: {head}", about.ID)
    blanks = [chapter for chapter in desk.chapters() if chapter.left]
    total = sum(chapter.left for chapter in blanks)
    words = f"{parts.counted(total, 'question is', 'questions are')} neither answered nor said to be not measured"
    every = "Every question is answered or said to be not measured"
    yield Check(not total, words if total else every, "Answer them", blanks[0].id if blanks else "")
    flags = desk.flags()
    words = f"{parts.counted(len(flags), 'statement does', 'statements do')} not fit together or with the facts"
    chapter = _chapter_of(*(id for flag in flags for id in flag.questions))
    yield Check(not flags, words if flags else "Nothing contradicts anything else", "See them", chapter)
    yield _evidence(desk.assessment(code))


def _evidence(found: Assessment) -> Check:
    ignored = [each for each in found.evidence if each.counts_as is None]
    if ignored:
        words = ", ".join(f"{each.evidence.id} ({each.why})" for each in ignored[:MOST_SHOWN])
        words += f" and {len(ignored) - MOST_SHOWN:,} more" if ignored[MOST_SHOWN:] else ""
        chapter = _chapter_of(*(id for each in ignored for id in each.evidence.supports))
        return Check(False, f"Evidence that does not count: {words}", "See the evidence", chapter)
    if not found.submission.evidence:
        return Check(None, "No evidence is offered, so nothing of the score is assured", "")
    return Check(
        True, f"{parts.counted(len(found.evidence), 'piece', 'pieces')} of evidence, dated so that it counts", ""
    )


def _downloads(draft: Draft, codes: Mapping[str, Code], code: Code) -> None:
    submission, token = draft.submission, desk.token()
    stem = desk.stem(draft)
    refused = bool(draft.problems or desk.faults())
    why_not = "A file with problems is not assessed: put them right first." if refused else ""
    advice, every = desk.advised(code), tuple(codes.values())

    def saved(format: str) -> Callable[[], bytes]:
        return lambda: desk.written(draft, format)

    def result() -> str:
        return result_file.render([audit.assess_submission(submission, each, None) for each in every])

    with st.container(horizontal=True, key=_key("downloads")):
        for format in desk.MEDIA_TYPES:
            label = f"Self-assessment, {format.upper()}"
            _download(label, saved(format), f"{stem}.{format}", desk.MEDIA_TYPES[format], f"file-{format}-{token}")
        name = f"{stem}-result{result_file.SUFFIX}"
        _download("Result, JSON", result, name, result_file.MEDIA_TYPE, f"result-{token}", why_not)
        # A plan may be made of what is not complete yet, but what stands in it must have been read.
        why_no_plan = why_not if draft.problems else ""
        for kind, write, export in (
            ("text", plan_file.render, text_file),
            ("JSON", plan_file.to_json, result_file),
        ):
            name = f"{stem}-{code.name}-plan{export.SUFFIX}"
            made = partial(write, advice)
            _download(f"Plan, {kind}", made, name, export.MEDIA_TYPE, f"plan-{kind}-{token}", why_no_plan)
    if why_not:
        parts.small(f"No result yet. {why_not}")


page()
