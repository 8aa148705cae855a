"""A question of the Answer page in its frame: what is asked and why, the field, and what is wrong with what is there.

Every field starts from the draft and writes to it when it changes. Its key has the draft's token, so that no draft gets
what was typed for another. Typed numbers are read by `entries`: what is no answer stays in its field.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from functools import partial
from typing import Any, Final

import streamlit as st

from compliance import drafts, entries
from compliance.dashboard import desk, parts, session
from compliance.dashboard.parts import text
from compliance.document import shown
from compliance.drafts import Draft
from compliance.entries import Slip
from compliance.export.glossary import clock_words
from compliance.model import NO_OPTION, NUMERIC, Flag, Problem, Question, QuestionType, Role, Value
from compliance.templates import Asked
from compliance.vocabulary import FLAG_SYMBOL

BESIDE: Final = (1.25, 1)
NOT_MEASURED: Final = "not-measured"
MOST_BUTTONS: Final = 8  # a choice of more options is a list
LONGEST_LINE, LONGEST_TEXT = 200, 5_000
ANSWERED, BLANK, UNKNOWN, UNREAD = (
    ":green[✓] answered",
    ":gray[?] **not answered**",
    ":gray[–]",
    ":red[×] cannot be read",
)


def key(*names: str) -> str:
    """The key of something that belongs to the draft shown."""
    return "-".join((*names, desk.token()))


def start(name: str, value: object) -> None:
    """Lets a field start from a value, and leaves alone what somebody is typing while the page is drawn."""
    if name not in st.session_state or st.session_state[name] != value:
        st.session_state[name] = value


def small(words: str) -> None:
    st.markdown(parts.muted(words))


# A question


def draw(asked: Asked, draft: Draft, flags: Sequence[Flag]) -> None:
    """A question's frame; `flags` are those that name it."""
    question = asked.question
    with st.container(border=True, key=key("question", question.id)):
        left, right = st.columns(BESIDE, gap="medium")
        with left:
            st.markdown(f"**{text(question.ask or parts.sentence(question.label))}**")
            small(text(question.define))
            if question.clock:
                small(text(clock_words(question.clock)))
            st.markdown(f":small[**Why it is asked:** {text(asked.why)}.]")
        with right:
            st.markdown(_state(question, draft), text_alignment="right")
            _field(question, draft)
            _understood(question, draft)
        problems(draft.problems_at("answers", *question.id.split(".")))
        refused(_faults(question))
        flagged(flags)


def problems(found: Iterable[Problem]) -> None:
    """What was wrong in the opened file, at the place that this field is about."""
    for each in found:
        place = each.place or (f"line {each.line}" if each.line else "")
        where = f"{each.file}, {place}" if place else each.file
        words = text(f"{each.message} {each.hint}".strip())
        st.markdown(f":red[**×**] In {text(where)}: {words} Until it is put right here, it counts as not given.")


def flagged(flags: Iterable[Flag]) -> None:
    for each in flags:
        st.markdown(f":orange[**{FLAG_SYMBOL}**] {text(each.message)}")


def refused(found: Iterable[Problem]) -> None:
    """What a file would be refused for, beside the field that is to be put right."""
    for each in found:
        st.markdown(f":red[×] {text(f'{each.message} {each.hint}')}")


def unknown_words(question: Question) -> str:
    """What is said of a question that was looked at and cannot be answered."""
    return "Not measured" if question.role is Role.ANSWER else "Not known"


def _faults(question: Question) -> list[Problem]:
    """What a file would be refused for in the answer, such as a character that may not stand there."""
    return [each for each in desk.faults() if each.path == f"answers.{question.id}"]


def _state(question: Question, draft: Draft) -> str:
    if question.id in draft.entries or draft.problems_at("answers", *question.id.split(".")) or _faults(question):
        return UNREAD
    if question.id in draft.submission.not_measured:
        return f"{UNKNOWN} {unknown_words(question).casefold()}"
    return ANSWERED if question.id in draft.submission.answers else BLANK


def _understood(question: Question, draft: Draft) -> None:
    """What a typed number was understood as, or why it was not and what to write."""
    value, typed = draft.submission.answers.get(question.id), draft.entries.get(question.id)
    if typed is not None and isinstance(slip := entries.read(typed, question), Slip):
        st.markdown(f":red[×] {text(f'{slip.wrong} {slip.write}')}")
    elif value is not None and question.type in NUMERIC:
        if also := entries.also(value, question):
            small(text(f"That is {also}."))
        for observed, expects in desk.shares().get(question.id, {}).items():
            small(text(f"{observed}: {expects}."))


# Its field


def _field(question: Question, draft: Draft) -> None:
    options = _buttons(question)
    if options:
        _choose(question, draft, options)
        return
    is_unknown = question.id in draft.submission.not_measured
    _input(question, draft, is_unknown)
    name = key("unknown", question.id)
    start(name, is_unknown)
    words = parts.label(f"{unknown_words(question)}: {question.label}")
    st.checkbox(words, key=name, on_change=_put_unknown, args=(question.id, name))


def _buttons(question: Question) -> tuple[str, ...]:
    """The options of a question that is answered by one of a few buttons."""
    if question.type is QuestionType.YES_NO:
        return ("yes", "no")
    is_short = question.type is QuestionType.CHOICE and len(question.options) <= MOST_BUTTONS
    return question.options if is_short else ()


def _choose(question: Question, draft: Draft, options: Sequence[str]) -> None:
    name, value = key("answer", question.id), draft.submission.answers.get(question.id)
    given = {True: "yes", False: "no", None: None}[value] if isinstance(value, bool | None) else value
    start(name, NOT_MEASURED if question.id in draft.submission.not_measured else given)
    words = {NOT_MEASURED: unknown_words(question)}
    st.segmented_control(
        label(question),
        [*options, NOT_MEASURED],
        format_func=lambda option: words.get(option) or text(spoken(option)),
        key=name,
        on_change=_put_choice,
        args=(question, name),
        wrap=True,
    )


def _input(question: Question, draft: Draft, is_unknown: bool) -> None:
    name, value = key("answer", question.id), draft.submission.answers.get(question.id)
    shown_as: Any
    common: Mapping[str, Any] = {"key": name, "disabled": is_unknown, "args": (question, name)}
    match question.type:
        case QuestionType.CHOICES:
            start(name, list(value) if isinstance(value, tuple) else [])
            st.pills(
                label(question),
                question.options,
                selection_mode="multi",
                format_func=lambda option: text(spoken(option)),
                on_change=_put_choices,
                wrap=True,
                **common,
            )
        case QuestionType.CHOICE:
            start(name, value)
            st.selectbox(
                label(question),
                question.options,
                format_func=spoken,
                placeholder="Not answered",
                on_change=_put_plain,
                **common,
            )
        case QuestionType.DATE:
            day(
                label(question),
                name,
                value if isinstance(value, date) else None,
                _put_plain,
                common["args"],
                is_unknown,
            )
        case QuestionType.TEXT:
            start(name, value or "")
            st.text_area(label(question), max_chars=LONGEST_TEXT, height=100, on_change=_put_text, **common)
        case _:
            typed = draft.entries.get(question.id)
            shown_as = "" if value is None else entries.write(value, question)
            start(name, typed if typed is not None else shown_as)
            st.text_input(
                label(question),
                placeholder=unknown_words(question) if is_unknown else "Not answered",
                on_change=_put_number,
                autocomplete="off",
                **common,
            )


def day(
    words: str, name: str, value: date | None, put: Any, args: tuple[Any, ...] = (), is_disabled: bool = False
) -> None:
    """A field for a date, which may be one that an opened file gives outside of what is offered."""
    start(name, value)
    st.date_input(
        words,
        value=None,
        min_value=min(session.EARLIEST, value or session.EARLIEST),
        max_value=max(session.LATEST, value or session.LATEST),
        format="YYYY-MM-DD",
        key=name,
        disabled=is_disabled,
        on_change=put,
        args=args,
    )


def label(question: Question) -> str:
    """What a field is called: the question's noun phrase, and its unit where that does not say it."""
    unit = f"share {question.unit}" if question.type is QuestionType.SHARE else question.unit
    is_said = unit.casefold() in question.label.casefold().split()
    return parts.label(parts.capital(question.label) + (f", {unit}" if unit and not is_said else ""))


def spoken(option: str) -> str:
    return parts.capital(option.replace("_", " "))


# What is put into the draft


def _put(id: str, value: Value | None) -> None:
    desk.change(partial(drafts.with_answer, id=id, value=value))


def _put_unknown(id: str, name: str) -> None:
    if st.session_state[name]:
        desk.change(partial(drafts.without_measure, id=id))
    else:
        _put(id, None)


def _put_choice(question: Question, name: str) -> None:
    given = st.session_state[name]
    if given == NOT_MEASURED:
        desk.change(partial(drafts.without_measure, id=question.id))
    else:
        _put(question.id, given == "yes" if given and question.type is QuestionType.YES_NO else given)


def _put_choices(question: Question, name: str) -> None:
    """The options picked: "none" stands alone, so that whichever was picked last stays."""
    before = (desk.current() or drafts.begin(session.EARLIEST)).submission.answers.get(question.id)
    given = set(st.session_state[name])
    if NO_OPTION in given and len(given) > 1:
        was_none = isinstance(before, tuple) and NO_OPTION in before
        given = given - {NO_OPTION} if was_none else {NO_OPTION}
    _put(question.id, tuple(option for option in question.options if option in given) or None)


def _put_plain(question: Question, name: str) -> None:
    _put(question.id, st.session_state[name])


def _put_text(question: Question, name: str) -> None:
    _put(question.id, shown(st.session_state[name]) or None)


def _put_number(question: Question, name: str) -> None:
    typed = st.session_state[name]
    found = entries.read(typed, question)
    if not typed.strip():
        _put(question.id, None)
    elif isinstance(found, Slip):
        desk.change(partial(drafts.with_entry, id=question.id, text=typed))
    else:
        _put(question.id, found)
