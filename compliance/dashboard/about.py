"""The first chapter of the Answer page: whose the self-assessment is, of which period, who prepared it, by which codes.

What is still needed is said at its field, and nothing of it is an error before something was written.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Final

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from compliance import audit, drafts
from compliance.dashboard import desk, evidence, parts, session
from compliance.dashboard.field import LONGEST_LINE, day, key, problems, refused, small, start
from compliance.dashboard.parts import text
from compliance.document import dotted
from compliance.drafts import Draft
from compliance.model import BINDING, Code, Problem
from compliance.schema import HEAD
from compliance.vocabulary import STANDING_WORDS, period_words

ID: Final = "file"
TITLE: Final = "This file"
TURNED: Final = "codes-turned"
PLACES: Final = tuple((section, name) for section, names in HEAD.items() for name in names)


def left() -> int:
    """How many fields of the chapter are still needed or wrong; without a code in force nothing is known of them."""
    return len({problem.path for problem in desk.faults()} & set(map(dotted, PLACES)))


def draw(draft: Draft) -> None:
    """The chapter's frames, and all evidence."""
    given = draft.submission
    with _frame("The service", "service"):
        problems(draft.problems_at("service"))
        _line("Name of the service", ("service", "name"), given.service.name, drafts.with_name)
        _line("Id of the service", ("service", "id"), given.service.id, _with_id)
        _line("Its provider", ("service", "provider"), given.service.provider, _with_provider)
    with _frame("The period that the answers speak of", "period"):
        problems(draft.problems_at("period"))
        _period(draft)
    with _frame("Who prepared it", "prepared"):
        problems(draft.problems_at("prepared"))
        name = key("prepared", "on")
        day("Prepared on", name, _readable(draft, given.prepared_on, "prepared", "on"), _put_prepared, (name,))
        _faults(("prepared", "on"), is_blank=False)
        _line("Role of who prepared it", ("prepared", "role"), given.prepared_by_role, _with_preparer)
        _line("Role of who approved it", ("prepared", "approved_by_role"), given.approved_by_role, _with_approver)
    with _frame("The codes to answer for", "codes"):
        _codes(draft)
    evidence.listing(draft)


def _frame(title: str, name: str) -> DeltaGenerator:
    frame = st.container(border=True, key=key("frame", name))
    frame.markdown(f"**{title}**")
    return frame


def _line(words: str, path: tuple[str, str], value: str, make: Callable[[Draft, str], Draft]) -> None:
    """A line of text, what it is and what is wrong with it."""
    name = key(*path)
    start(name, value)
    st.text_input(words, key=name, max_chars=LONGEST_LINE, on_change=_put_line, args=(name, make), autocomplete="off")
    _faults(path, is_blank=not value)


def _faults(path: tuple[str, str], *, is_blank: bool) -> None:
    """What belongs in a field, headed by that it is still needed, or what is wrong with what stands there."""
    about = HEAD[path[0]][path[1]]
    found = [each for each in desk.faults() if each.path == dotted(path)]
    small(f"{'**? Still needed.** ' if found and is_blank else ''}{text(about)}")
    refused(() if is_blank else found)


def _put_line(name: str, make: Callable[[Draft, str], Draft]) -> None:
    typed = st.session_state[name].strip()
    desk.change(lambda draft: make(draft, typed))


def _with_id(draft: Draft, id: str) -> Draft:
    service = draft.submission.service
    return drafts.with_service(draft, replace(service, id=id or drafts.id_of(service.name)))


def _with_provider(draft: Draft, provider: str) -> Draft:
    return drafts.with_service(draft, replace(draft.submission.service, provider=provider))


def _with_preparer(draft: Draft, role: str) -> Draft:
    given = draft.submission
    return drafts.with_prepared(draft, given.prepared_on, role, given.approved_by_role)


def _with_approver(draft: Draft, role: str) -> Draft:
    given = draft.submission
    return drafts.with_prepared(draft, given.prepared_on, given.prepared_by_role, role)


# The period


def _readable(draft: Draft, value: date, section: str, name: str) -> date | None:
    """A day, or None for one that stands in for what could not be read: to choose that very day is a change then."""
    wrong = {dotted((section,)), dotted((section, name))}
    return None if any(problem.path in wrong for problem in draft.problems) else value


def _period(draft: Draft) -> None:
    """The latest halves of a year to pick from, or any two days."""
    given = draft.submission
    presets = {f"{start} to {end}": (start, end) for start, end in drafts.halves(audit.today())}
    now = f"{given.period_from} to {given.period_to}"
    name = key("preset")
    start(name, now if now in presets and not draft.problems_at("period") else None)
    st.segmented_control(
        "One of the latest halves of a year",
        [*presets],
        key=name,
        on_change=_put_preset,
        args=(name, presets),
        wrap=True,
    )
    first, last = key("period", "from"), key("period", "to")
    with st.container(horizontal=True):
        day("First day", first, _readable(draft, given.period_from, "period", "from"), _put_first, (first,))
        day("Last day", last, _readable(draft, given.period_to, "period", "to"), _put_last, (last,))
    for path in (("period", "from"), ("period", "to")):
        _faults(path, is_blank=False)
    for line in st.session_state.get(key(TURNED), ()):
        st.markdown(f":orange[▲] {text(line)}")


def _put_preset(name: str, presets: dict[str, tuple[date, date]]) -> None:
    if found := presets.get(st.session_state[name]):
        _put_days(*found)


def _put_first(name: str) -> None:
    if first := st.session_state[name]:
        _put_days(first, None)


def _put_last(name: str) -> None:
    if last := st.session_state[name]:
        _put_days(None, last)


def _put_days(first: date | None, last: date | None) -> None:
    """Puts another first or last day or both, and remembers which codes go and come with it."""
    rules = session.rules()

    def changed(draft: Draft) -> Draft:
        after = drafts.with_period(draft, first, last)
        before, now = ({code.id: code for code in drafts.codes_of(each, rules)} for each in (draft, after))
        st.session_state[key(TURNED)] = [*_turned(before, now)]
        return after

    desk.change(changed)


def _put_prepared(name: str) -> None:
    on = st.session_state[name]
    if on:
        desk.change(
            lambda draft: drafts.with_prepared(
                draft, on, draft.submission.prepared_by_role, draft.submission.approved_by_role
            )
        )


def _turned(before: Mapping[str, Code], now: Mapping[str, Code]) -> Iterator[str]:
    """What another period changes in the codes that are answered for, by their ids."""
    if come := [code.title for id, code in now.items() if id not in before]:
        yield f"Codes that come in: {'; '.join(come)}."
    if gone := [code.title for id, code in before.items() if id not in now]:
        yield f"Codes that drop out: {'; '.join(gone)}."
    for id, code in now.items():
        if id in before and before[id].name != code.name:
            yield f"{code.title}: version {code.version} counts now, in place of {before[id].version}."
    if gone:
        yield "No answer is lost: what nothing asks now stands under “Answered before and not asked now”."


# The codes


def _codes(draft: Draft) -> None:
    """Every code in force for the period that may be addressed to the service, those answered for ticked."""
    rules = session.rules()
    chosen = [code.name for code in drafts.codes_of(draft, rules)]
    offered = {code.name: code for code in rules.codes if code.name in chosen}
    offered |= {code.name: code for code in rules.fitting(draft.submission, None)}
    if not offered:
        no_code(draft)
        return
    small(
        "Only what these codes read is asked. Ticked at first are those that bind a service like yours. The file does"
        " not hold this choice: whoever gets it may assess it by other codes."
    )
    for code in sorted(offered.values(), key=lambda each: each.standing not in BINDING):
        name = key("code", code.name)
        start(name, code.name in chosen)
        is_last = chosen == [code.name]
        st.checkbox(
            parts.label(f"{code.title}, {code.publisher}"),
            key=name,
            on_change=_put_code,
            args=(code.name,),
            disabled=is_last,
        )
        small(text(_about(code) + (" It is the only one ticked: tick another first, to leave it out." * is_last)))


def _about(code: Code) -> str:
    binds = "It binds those it is addressed to" if code.standing in BINDING else "It binds nobody by law"
    return f"{parts.sentence(STANDING_WORDS[code.standing])} {binds}. Addressed to: {parts.sentence(code.addressed_to)}"


def _put_code(name: str) -> None:
    """Ticks a code or not, beside those that are ticked by now, which another window may have done."""
    is_ticked = st.session_state[key("code", name)]

    def changed(draft: Draft) -> Draft:
        others = [code.name for code in drafts.codes_of(draft, session.rules()) if code.name != name]
        return drafts.with_codes(draft, [*others, name] if is_ticked or not others else others)

    desk.change(changed)


def no_code(draft: Draft) -> None:
    """That no code is in force for the period, and for which there is one."""
    words = f"No code is in force on {draft.submission.period_to}, the last day of the period. Choose another period:"
    st.markdown(f":orange[▲] {words}")
    lines = (f"- {text(f'{code.title}: {period_words(code.in_force)}')}" for code in session.rules().codes)
    st.markdown("\n".join(lines))


def others(found: Sequence[Problem]) -> list[Problem]:
    """The problems that are not of this chapter's fields."""
    own = set(map(dotted, PLACES))
    return [problem for problem in found if problem.path not in own]
