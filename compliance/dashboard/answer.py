"""The Answer page: what is left to answer.

A self-assessment filled in by form, a chapter at a time: the profile first, then only what applies. What is typed goes
to the draft at once, see `desk`; the engine says what the draft comes to, and the one reader of files what it lacks.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Final

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from compliance import audit, drafts
from compliance.dashboard import about, declared, desk, field, parts, session
from compliance.dashboard.field import key, small
from compliance.dashboard.parts import Column, text
from compliance.document import dotted
from compliance.drafts import Chapter, Draft
from compliance.model import Code, Flag, Problem, Role
from compliance.problems import visible
from compliance.scoring import display
from compliance.templates import Form
from compliance.vocabulary import conclusion_words

PREPARE_PAGE: Final = Path(__file__).with_name("prepare.py")
BESIDE: Final = (1, 1.65)
ANCHOR: Final = "chapter"
BEFORE: Final = "draft-before"
TURNED: Final = "turned"
REDRAW: Final = 0.1  # seconds
KEPT: Final = (
    f"Kept in the memory of this program for {desk.HOURS} hours after you last used it, under a token in this page's"
    " address; never on disk, and nothing is sent. Whoever has the address can read it. **Download the file before you"
    " leave.**"
)


def page() -> None:
    """Shows the draft that the URL names, or a new one."""
    with parts.explained():
        session.rules()
        draft = desk.current() or drafts.begin(audit.today())
        _head(draft)
        if desk.is_lost():
            _lost()
        elif draft.is_unreadable:
            _unreadable(draft)
        else:
            _form(draft)


# The head


def _head(draft: Draft) -> None:
    given = draft.submission
    st.title("Answer the questions", anchor=False)
    name = given.service.name or "A new self-assessment"
    st.markdown(f"**{text(name)}**, {given.period_from} to {given.period_to}")
    small(KEPT)
    with st.container(horizontal=True, vertical_alignment="center"):
        with st.popover("Resume from a file", key=key("resume")):
            desk.uploader(key("file"), _leave_for)
        st.button("Begin anew", key=key("anew"), on_click=_begin_anew)
        before = st.session_state.get(BEFORE)
        if before and before != desk.token():
            st.button("Back to the draft before", key="back", on_click=_go_back, args=(before,))
        st.page_link(PREPARE_PAGE, label="What to fix first →", query_params=desk.link())


def _begin_anew() -> None:
    _leave_for(drafts.begin(audit.today()))


def _leave_for(draft: Draft) -> None:
    """Shows another draft; the one before is kept, and there is a way back to it."""
    st.session_state[BEFORE] = desk.token() if desk.current() else ""
    desk.keep_apart(draft)
    session.put(session.CHAPTER, "")


def _lost() -> None:
    words = (
        f"It was not used for {desk.HOURS} hours, it was forgotten on the Prepare page, the program was started again,"
        " or the address is not whole. What was typed here since is not kept."
        " Open the file that you downloaded with “Resume from a file”, or choose “Begin anew”."
    )
    with st.container(border=True, key="lost"):
        st.markdown(":orange[▲] **This draft is no longer in memory.**")
        st.markdown(words)


def _unreadable(draft: Draft) -> None:
    with st.container(border=True, key="unreadable"):
        st.markdown(f":red[×] **Nothing of {text(draft.submission.file)} can be read.**")
        st.code(parts.problem_lines(draft.problems), language=None, wrap_lines=True)
        st.markdown(
            "The file itself was not changed. Mend it there and open it again with “Resume from a file”, or begin anew."
        )


def _go_back(token: str) -> None:
    st.session_state[BEFORE] = desk.token()
    st.query_params[desk.DRAFT] = token


# The form


def _form(draft: Draft) -> None:
    found = {chapter.id: chapter for chapter in desk.chapters()}
    labels = {about.ID: about.TITLE} | {id: chapter.title for id, chapter in found.items()}
    gone = st.query_params.get(session.CHAPTER, about.ID)
    chosen = session.choose(session.CHAPTER, [*labels], _after(gone, [*labels]))
    with _place():
        left, right = st.columns(BESIDE, gap="large")
    with left:
        _progress(draft, found, labels)
        _effect(draft)
        _wrong(draft, found, labels)
        _downloads(draft)
    with right:
        parts.picker(session.CHAPTER, labels)
        if gone not in labels:
            _vanished(gone, labels[chosen])
        if chosen == about.ID:
            st.header(f"{about.TITLE}: {_head_left()}", anchor=ANCHOR)
            about.draw(draft)
        else:
            _chapter(found[chosen], draft)
        _further(chosen, labels)


def _place() -> DeltaGenerator:
    """Where the form stands. After a turn to another chapter the browser draws it empty first, and so comes to its top.

    Otherwise that would take the focus from what somebody is about to fill in.
    """
    if not st.session_state.pop(TURNED, False):
        return st.container()
    place = st.empty()
    time.sleep(REDRAW)
    return place.container()


def _after(id: str, ids: Sequence[str]) -> str | None:
    """The chapter that comes next, in the catalogue's order, to one that is not there any more."""
    order = [*session.rules().catalogue.sections]
    if id not in order:
        return None
    return next((each for each in order[order.index(id) :] if each in ids), None)


def _vanished(id: str, shown: str) -> None:
    catalogue = session.rules().catalogue
    if id in catalogue.sections:
        which = f"{shown} is shown instead" if shown == about.TITLE else f"{shown} comes next"
        words = f"Nothing is asked of “{catalogue.section_title(id)}”, as none of it applies now; {which}."
    else:
        words = f"There is no chapter “{visible(id[:80])}”; {shown} is shown instead."
    st.markdown(f":orange[▲] {text(words)}")


def _progress(draft: Draft, found: Mapping[str, Chapter], labels: Mapping[str, str]) -> None:
    settled, total = drafts.progress(found.values())
    st.header(f"{settled} of {total} questions answered", anchor=False)
    small(f"[↓ To {text(labels[session.chosen(session.CHAPTER)])}](#{ANCHOR})")
    lefts = [about.left(), *(chapter.left for chapter in found.values())]
    first = 1.0 if not about.left() else drafts.share(len(about.PLACES) - about.left(), len(about.PLACES))
    columns = {
        "Chapter": Column([*labels.values()], 190),
        "Done": Column([first, *(chapter.share for chapter in found.values())], 84, "progress"),
        "Left": Column([f"? {left} left" if left else "✓ done" for left in lefts], 74),
    }
    parts.grid(columns, [*labels], session.CHAPTER, key("chapters"), "Chapters, and what is left of each")
    if form := desk.asked():
        _later(form, draft)


def _later(form: Form, draft: Draft) -> None:
    if form.later or form.waiting:
        more = parts.counted(len(form.later), "more question", "more questions")
        facts = parts.counted(drafts.profile_left(draft, form), "fact or rating", "facts and ratings")
        small(f"{more} may be asked, depending on the profile: {facts} left.")


def _head_left() -> str:
    if desk.asked() is None:
        return "no code is in force for the period"
    return f"{about.left()} left" if about.left() else "nothing left to say"


def _effect(draft: Draft) -> None:
    """What the draft comes to by each code, as the engine says of any file."""
    st.subheader("Effect so far", anchor=False)
    codes = drafts.codes_of(draft, session.rules())
    if not codes:
        st.markdown("No code is in force for the period.")
    for code in codes:
        st.markdown(_line(code))
    for code in drafts.codes_left_out(draft, session.rules()):
        why = next(flag.message for flag in desk.assessment(code).flags if flag.id == "scope-does-not-fit")
        small(f"– Not asked: {text(code.title)}. {text(why)}")


def _line(code: Code) -> str:
    found = desk.assessment(code)
    said = f"{parts.conclusion_symbol(found.conclusion)} {conclusion_words(code, found.conclusion)}"
    words = f"**{text(code.title)}.** {said}"
    if found.figures is None:
        return words
    figures = found.figures
    # How much that adds is not said: cut to a decimal like both figures, it would not be their difference.
    more = f", and {display(figures.ceiling)} if every blank were good" if figures.ceiling > figures.declared else ""
    by = ", ".join(cap.provision for cap in found.caps)
    cap = f"Limited to {display(figures.final)} by {text(by)}." if figures.final < figures.declared else ""
    return f"{words}, declared {display(figures.declared)}{more}. {cap}"


# What is wrong


def _wrong(draft: Draft, found: Mapping[str, Chapter], labels: Mapping[str, str]) -> None:
    """Where something is wrong: in the opened file, in what was typed, or between answers."""
    homes = _homes(found)
    lines: dict[str, list[str]] = {}
    for problem in draft.problems:
        lines.setdefault(_home(problem, homes), []).append("could not be read in the file")
    for id in draft.entries:
        lines.setdefault(homes.get(f"answers.{id}", ""), []).append("cannot be read")
    for flag in desk.flags():
        lines.setdefault(_flag_home(flag, homes), []).append("flagged")
    if not any(lines.values()):
        return
    st.subheader(f"To look at: {sum(map(len, lines.values()))}", anchor=False)
    for home, words in lines.items():
        if home:
            counted = ", ".join(f"{words.count(each)} {each}" for each in dict.fromkeys(words))
            st.button(
                f"{text(labels[home])}: {counted} →",
                key=key("home", home),
                on_click=session.put,
                args=(session.CHAPTER, home),
                type="tertiary",
            )
    _homeless([problem for problem in draft.problems if not _home(problem, homes)])
    _unasked({id: typed for id, typed in draft.entries.items() if f"answers.{id}" not in homes})
    for flag in desk.flags():
        if not _flag_home(flag, homes):
            st.markdown(f":orange[▲] {text(flag.message)}")


def _homes(found: Mapping[str, Chapter]) -> dict[str, str]:
    """The chapter in which each place of the file is asked, by its path."""
    homes = {dotted(path): about.ID for path in about.PLACES}
    homes |= {section: about.ID for section, _ in about.PLACES}
    for id, chapter in found.items():
        homes |= {f"answers.{each.question.id}": id for each in (*chapter.asked, *chapter.kept)}
        homes |= {f"provisions.{each.provision.id}": id for each in (*chapter.statuses, *chapter.others)}
    return homes


def _home(problem: Problem, homes: Mapping[str, str]) -> str:
    """The chapter beside whose field a problem is shown; "" where there is none."""
    around = [problem.path[:i] for i, letter in enumerate(problem.path) if letter in ".["]
    return next((homes[path] for path in (problem.path, *reversed(around)) if path in homes), "")


def _flag_home(flag: Flag, homes: Mapping[str, str]) -> str:
    places = [f"answers.{id}" for id in flag.questions]
    if flag.at[:1] == ("provisions",):
        places.append(dotted(flag.at[:2]))
    if flag.at[:1] == ("evidence",):
        return about.ID
    return next((homes[place] for place in places if place in homes), "")


def _homeless(problems: Sequence[Problem]) -> None:
    """The problems of the opened file that no field here could put right."""
    if not problems:
        return
    words = parts.counted(len(problems), "entry of the file has", "entries of the file have")
    st.markdown(f":red[×] {words} no field here:")
    st.code(parts.problem_lines(problems), language=None, wrap_lines=True)
    st.button(
        "Leave them out of the new file",
        key=key("leave-out"),
        on_click=desk.change,
        args=(partial(drafts.without_problems, problems=problems),),
    )


def _unasked(entries: Mapping[str, str]) -> None:
    """What was typed in answer to questions that are not asked any more, and is no answer to them."""
    for id, typed in entries.items():
        called = text(session.rules().catalogue.questions[id].label)
        st.markdown(f":red[×] {called}: “{text(typed[:80])}” cannot be read, and nothing asks for it now.")
        st.button(
            f"Leave it out: {called}",
            key=key("leave-out", id),
            on_click=desk.change,
            args=(partial(drafts.with_answer, id=id, value=None),),
            type="tertiary",
        )


def _downloads(draft: Draft) -> None:
    """The file in three formats, each made when somebody asks for it, and what it will not hold."""
    st.subheader("Download the file", anchor=False)
    with st.container(horizontal=True):
        for format, media_type in desk.MEDIA_TYPES.items():
            st.download_button(
                "Download the file, YAML" if format == "yaml" else format.upper(),
                partial(desk.written, draft, format),
                f"{desk.stem(draft)}.{format}",
                media_type,
                key=key("download", format),
                on_click="ignore",
            )
    for words in _lacks(draft):
        small(words)


def _lacks(draft: Draft) -> list[str]:
    """What the file will not hold, and what it would be refused for."""
    questions = session.rules().catalogue.questions
    lines = [
        f"Not in it, as it cannot be read: {text(questions[id].label)}, {text(typed[:80])}"
        for id, typed in draft.entries.items()
    ]
    if draft.problems:
        words = parts.counted(len(draft.problems), "entry", "entries")
        lines.append(f"Not in it: {words} of {text(draft.submission.file)} that could not be read, see “To look at”.")
    if needed := about.left():
        words = parts.counted(needed, "entry", "entries")
        lines.append(f"It can be opened again here, but not handed in before {words} under “{about.TITLE}” are there.")
    others = about.others(desk.faults())
    lines += [
        f"It would be refused for {text(each.path or 'one of the texts typed')}: {text(f'{each.message} {each.hint}')}"
        for each in others
    ]
    return lines


# A chapter


def _chapter(chapter: Chapter, draft: Draft) -> None:
    done = f"{chapter.settled} of {chapter.total} answered" if chapter.total else "nothing has to be answered"
    st.header(f"{text(chapter.title)}: {done}", anchor=ANCHOR)
    if any(each.question.role is not Role.ANSWER for each in chapter.asked):
        small("What the service is decides what is asked in the chapters after these.")
    elif chapter.asked:
        small("“Not measured” is an answer: it counts as unknown. 0 says that it was counted and there was none.")
    flags = desk.flags()
    for each in chapter.asked:
        field.draw(each, draft, [flag for flag in flags if each.question.id in flag.questions])
    if chapter.statuses:
        st.subheader("Statuses", anchor=False)
        for declared_ in chapter.statuses:
            declared.draw(declared_, draft, _flags_of(declared_.provision.id))
    _more(chapter, draft)
    if chapter.kept:
        title = f"Answered before and not asked now: {len(chapter.kept)}"
        is_faulty = any(draft.problems_at("answers", *each.question.id.split(".")) for each in chapter.kept)
        with st.expander(title, expanded=is_faulty, key=key("kept", chapter.id)):
            for each in chapter.kept:
                field.draw(each, draft, [flag for flag in flags if each.question.id in flag.questions])


def _flags_of(provision: str) -> list[Flag]:
    return [flag for flag in desk.flags() if flag.at[:2] == ("provisions", provision)]


def _more(chapter: Chapter, draft: Draft) -> None:
    """Provisions whose status decides nothing, of which something may be said all the same."""
    if not chapter.others:
        return
    st.subheader("Say more of a provision, or offer evidence for it", anchor=False)
    small("Their score rests on the answers. A status counts here only as an alternative or where it does not apply.")
    if picked := declared.choose(chapter.others, draft):
        declared.draw(picked, draft, _flags_of(picked.provision.id))


def _further(chosen: str, labels: Mapping[str, str]) -> None:
    """The chapters before and after this one."""
    ids = [*labels]
    at = ids.index(chosen)
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
        for id, words in (
            (ids[at - 1] if at else "", "← {}"),
            (ids[at + 1] if at + 1 < len(ids) else "", "Next: {} →"),
        ):
            if id:
                st.button(
                    words.format(text(labels[id])),
                    key=key("go", words[:1]),
                    on_click=_turn_to,
                    args=(id,),
                )
        st.markdown(f"[↑ To the top of {text(labels[chosen])}](#{ANCHOR})")


def _turn_to(chapter: str) -> None:
    """Shows another chapter, from its beginning."""
    st.session_state[TURNED] = True
    session.put(session.CHAPTER, chapter)


page()
