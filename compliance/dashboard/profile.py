"""Test a profile: a handful of facts and judgements about a service, and what of a code applies to it.

What is answered stands in the URL; what it comes to is the engine's. A blank is not known, which is never a no.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

import streamlit as st

from compliance.audience import Profile, deciding, nearest_day
from compliance.dashboard import parts, session
from compliance.dashboard.parts import text
from compliance.model import NUMERIC, Applies, Code, Question, QuestionType, Value
from compliance.problems import quoted
from compliance.vocabulary import FLAG_SYMBOL

ANCHOR = "profile"
MOST_SHOWN = 8
A_ROW = 4
MOST_MISSING = 4
NOT_KNOWN = "not known"
ADDRESSED: Mapping[Applies, str] = {
    Applies.TRUE: "The code is addressed to such a service",
    Applies.FALSE: "The code is not addressed to such a service",
    Applies.UNKNOWN: "Whether the code is addressed to such a service is not known yet",
}


def questions(code: Code) -> list[Question]:
    """What decides of a code what applies, that which decides most first."""
    found = (code.catalogue.questions[id] for id in deciding(code))
    return [each for each in found if each.type is not QuestionType.TEXT]


def answers(code: Code) -> dict[str, Value]:
    """What the URL answers to them."""
    given = {each.id: session.answer(each) for each in questions(code)}
    return {id: value for id, value in given.items() if value is not None}


def tested(code: Code, on: date) -> Profile:
    """What the code comes to for the profile in the URL, on the day nearest to `on` on which it is in force."""
    return session.profile(code, answers(code), nearest_day(code, on))


def draw(found: Profile, on: date) -> None:
    """The fields, and what the profile comes to."""
    code, given = found.found.code, found.found.submission.answers
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
        st.subheader("Test a profile: what applies to a service like this?", anchor=ANCHOR, width="content")
        if given:
            st.button("Clear the profile", key="clear", on_click=session.forget_answers, type="tertiary")
    asked = questions(code)
    if not asked:
        st.markdown("Nothing has to be known: every provision is asked of every service.")
        return
    _fields(asked[:MOST_SHOWN])
    if more := asked[MOST_SHOWN:]:
        known = sum(each.id in given for each in more)
        label = f"{parts.counted(len(more), 'more question that decides', 'more questions that decide')} less"
        with st.expander(f"{label}, {known} of them answered" if known else label, key="more-fields"):
            _fields(more)
    for each in asked:
        if unread := session.unread_answer(each):
            words = text(f"{quoted(unread)} is no answer to {each.label}: it counts as {NOT_KNOWN}")
            st.markdown(f":orange[{FLAG_SYMBOL}] {words}.")
    _result(found, on)


def _fields(asked: Sequence[Question]) -> None:
    for start in range(0, len(asked), A_ROW):
        places = st.columns(A_ROW, vertical_alignment="bottom")
        for place, question in zip(places, asked[start : start + A_ROW], strict=False):
            with place:
                _field(question)


def _field(question: Question) -> None:
    key, change = session.profile_name(question), session.remember_answer(question)
    label = text(parts.capital(question.label))
    about = f"{text(question.ask)}\n\n{text(question.define)}"
    about += f"\n\nUnit: {text(question.unit)}" if question.unit else ""
    if question.type in NUMERIC:
        least, most = session.bounds(question)
        step = 1 if question.type is QuestionType.COUNT else 0.01 if question.type is QuestionType.SHARE else 1.0
        st.number_input(
            label,
            min_value=least,
            max_value=most,
            value=None,
            step=step,
            key=key,
            help=about,
            on_change=change,
            placeholder=NOT_KNOWN,
        )
        return
    match question.type:
        case QuestionType.CHOICES:
            st.multiselect(
                label,
                question.options,
                format_func=_option,
                key=key,
                help=about,
                on_change=change,
                placeholder=NOT_KNOWN,
            )
        case QuestionType.DATE:
            st.date_input(
                label,
                value=None,
                min_value=session.EARLIEST,
                max_value=session.LATEST,
                key=key,
                help=about,
                on_change=change,
                format="YYYY-MM-DD",
            )
        case _:
            options = ("yes", "no") if question.type is QuestionType.YES_NO else question.options
            st.selectbox(label, ("", *options), format_func=_option, key=key, help=about, on_change=change)


def _option(option: str) -> str:
    return option.replace("_", " ") or NOT_KNOWN


def _result(found: Profile, on: date) -> None:
    """Whether the code is addressed to the profile, then how much of it applies, then what would settle the rest."""
    lines = [f"{_symbol(found.addressed)} **{ADDRESSED[found.addressed]}**: {text(found.addressed_why)}."]
    whole = parts.counted(len(found.found.provisions), "provision", "provisions")
    if found.addressed is Applies.FALSE:
        whole += ", were it addressed all the same"
    counted = (f"{_symbol(each)} {_word(each)} **{found.count(each)}**" for each in Applies)
    lines.append(f"Of {whole}: {', '.join(counted)}.")
    lines += [_missing(found)] if found.missing else []
    for flag in found.found.flags:
        if flag.id != "scope-does-not-fit":
            lines.append(f":orange[**{FLAG_SYMBOL}**] {text(flag.message)}")
    if found.found.on != on:
        edge = "first" if found.found.on > on else "last"
        lines.append(parts.muted(f"Tested as of {found.found.on}, the {edge} day on which the code is in force."))
    parts.notice(*lines, key="result")


def _symbol(applies: Applies) -> str:
    chip = parts.APPLIES_CHIP[applies]
    return f":{parts.APPLIES_COLOUR[chip]}[**{chip.split()[0]}**]"


def _word(applies: Applies) -> str:
    return parts.APPLIES_CHIP[applies].split(" ", 1)[1]


def _missing(found: Profile) -> str:
    """Which blanks keep most provisions open."""
    known = found.found.code.catalogue.questions
    words = [f"{text(known[id].label)} (**{count}**)" for id, count in [*found.missing.items()][:MOST_MISSING]]
    more = len(found.missing) - len(words)
    rest = f" and {parts.counted(more, 'other question', 'other questions')}" if more else ""
    return f"Most hangs on {', '.join(words)}{rest}; the figures say how many provisions each keeps open."
