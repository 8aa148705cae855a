"""Test a profile: a handful of facts and judgements about a service, and what of a code applies to it.

What is answered stands in the URL; what it comes to is the engine's. A blank is not known, which is never a no.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date

import streamlit as st

from compliance.audience import Profile, deciding, nearest_day
from compliance.dashboard import parts, session
from compliance.dashboard.panel import clause
from compliance.dashboard.parts import text
from compliance.model import NUMERIC, Applies, Code, Flag, Question, QuestionType, Source, Value
from compliance.problems import quoted
from compliance.vocabulary import FLAG_SYMBOL, least_words

ANCHOR = "profile"
MOST_SHOWN = 8
A_ROW = 4
MOST_MISSING = 4
NOT_KNOWN = "not known"
ADDRESSED: Mapping[Applies, str] = {
    Applies.TRUE: "Such a service is in scope",
    Applies.FALSE: "Such a service is out of scope",
    Applies.UNKNOWN: "Whether such a service is in scope is not known yet",
}
APPLY: Mapping[Applies, tuple[str, str]] = {
    Applies.TRUE: ("applies", "apply"),
    Applies.FALSE: ("does not apply", "do not apply"),
    Applies.UNKNOWN: ("depends", "depend"),
}
"""What is said of one provision, and of several."""


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
        st.markdown("Nothing has to be known: every provision is asked of every service in scope.")
        return
    _fields(asked[:MOST_SHOWN])
    if more := asked[MOST_SHOWN:]:
        known = sum(each.id in given for each in more)
        label = parts.counted(len(more), "more question", "more questions")
        with st.expander(f"{label}, {known} of them answered" if known else label, key="more-fields"):
            _fields(more)
    for words in _complaints(code, asked):
        st.markdown(f":orange[{FLAG_SYMBOL}] {text(words)}.")
    _result(found, on)
    _ratings(code, asked)


def _complaints(code: Code, asked: Sequence[Question]) -> Iterator[str]:
    """What is wrong with what the URL answers, and to what."""
    for each in asked:
        if unread := session.unread_answer(each):
            yield f"{quoted(unread)} is no answer to {each.label}: it counts as {NOT_KNOWN}"
    for id in session.answered():
        if id not in code.catalogue.questions:
            yield f"There is no question {quoted(id)}, so what is answered to it counts for nothing"


def _fields(asked: Sequence[Question]) -> None:
    for start in range(0, len(asked), A_ROW):
        places = st.columns(A_ROW, vertical_alignment="bottom")
        for place, question in zip(places, asked[start : start + A_ROW], strict=False):
            with place:
                _field(question)


def _field(question: Question) -> None:
    key, change = session.profile_name(question), session.remember_answer(question)
    label = parts.label(parts.capital(question.label))
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
        whole += ", were it in scope all the same"
    counted = (f"{_symbol(each)} **{found.count(each)}** {apply_words(each, found.count(each))}" for each in Applies)
    lines.append(f"Of {whole}: {', '.join(counted)}.")
    if found.not_in_force:
        lines[-1] += f" Not in force on {found.found.on}: **{found.not_in_force}**."
    lines += [_missing(found)] if found.missing else []
    lines += [_flagged(found, flag) for flag in found.found.flags if flag.id != "scope-does-not-fit"]
    if found.found.on != on:
        edge = "first" if found.found.on > on else "last"
        lines.append(parts.muted(f"Tested as of {found.found.on}, the {edge} day on which the code is in force."))
    parts.notice(*lines, key="result")


def _ratings(code: Code, asked: Sequence[Question]) -> None:
    """The least ratings that the publisher's factors support: a service that rates itself lower settles nothing."""
    ids = {each.id for each in asked}
    least = [each for each in code.judgements if each.question in ids]
    if not least:
        return
    known = code.catalogue.questions
    columns = {
        "Rating": [text(parts.capital(known[each.question].label)) for each in least],
        "The factors support": [text(least_words(each, known)) for each in least],
        "Source": [_source(code, each.source) if each.source else "" for each in least],
    }
    with st.expander(f"Least ratings that the publisher's factors support: {len(least)}", key="ratings"):
        parts.facts(columns, "Least ratings that the publisher's factors support")


def _source(code: Code, source: Source) -> str:
    """Where the factors stand: in a source of the code, or in one that the catalogue names by its title."""
    own = source.doc in code.sources
    return clause(code, source) if own else text(f"{source.section} of {source.doc}, {source.mark.value}")


def _symbol(applies: Applies) -> str:
    chip = parts.APPLIES_CHIP[applies]
    return f":{parts.APPLIES_COLOUR[chip]}[**{chip.split()[0]}**]"


def apply_words(applies: Applies, times: int) -> str:
    """What so many provisions do: "applies" of one, "do not apply" of five."""
    return APPLY[applies][times != 1]


def _missing(found: Profile) -> str:
    """Which blanks keep most provisions open."""
    known = found.found.code.catalogue.questions
    (first, most), *others = [*found.missing.items()][:MOST_MISSING]
    words = [f"{text(known[first].label)}, which keeps **{most}** open"]
    words += [f"{text(known[id].label)} (**{count}**)" for id, count in others]
    more = len(found.missing) - len(words)
    rest = f" and {parts.counted(more, 'more question', 'more questions')}" if more else ""
    return f"What would settle most: {'; '.join(words)}{rest}."


def _flagged(found: Profile, flag: Flag) -> str:
    """A flag, with what is not answered of the factors where those only may support another rating."""
    known = found.found.code.catalogue.questions
    blank = [known[id].label for each in flag.questions for id in found.factors.get(each, ())]
    not_known = f" Of the factors, not known: {', '.join(blank)}." if blank else ""
    return f":orange[**{FLAG_SYMBOL}**] {text(flag.message + not_known)}"
