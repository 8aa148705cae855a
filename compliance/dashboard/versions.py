"""A code held against another version of it, or another code: what changed, of which kind, before and after."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import streamlit as st

from compliance.audience import begins
from compliance.changes import KIND_WORDS, SUBJECT_WORDS, Change, Kind, counts
from compliance.dashboard import parts, session
from compliance.dashboard.parts import text
from compliance.export.changes import TWO_CODES
from compliance.model import Code

ANCHOR = "versions"
MOST_SHOWN = 100
NOTHING = "Nothing"


def draw(code: Code, codes: Mapping[str, Code]) -> None:
    """The list of what to compare with, and the changes from the earlier of the two to the later."""
    own = [each for each in codes.values() if each.id == code.id and each is not code]
    others = [each for each in codes.values() if each.id != code.id]
    labels = {"": NOTHING, **{each.name: f"{each.title} · {each.version}" for each in (*own, *others)}}
    other = codes.get(session.choose(session.COMPARE, [*labels]))
    st.subheader("Compared with another version", anchor=ANCHOR)
    if not own:
        parts.small("There is no other version of this code here. It can be compared with another code.")
    st.selectbox(
        "Compare with",
        [*labels],
        format_func=labels.__getitem__,
        key=session.COMPARE,
        on_change=session.remember(session.COMPARE),
        width=560,
    )
    parts.note(session.COMPARE, labels)
    if other:
        old, new = sorted((code, other), key=begins)
        _changes(old, new, session.changes(old, new))


def _changes(old: Code, new: Code, found: Sequence[Change]) -> None:
    between = f"From {old.name} to {new.name}"
    if old.id != new.id:
        parts.small(text(TWO_CODES))
    if not found:
        st.markdown(f"**{text(between)}: nothing changed.**")
        return
    st.markdown(f"**{text(between)}**: {text(', '.join(counts(found)))}.")
    kinds = {"": f"All {len(found)}"}
    for kind in Kind:
        if times := sum(change.kind is kind for change in found):
            kinds[kind.value] = f"{parts.capital(KIND_WORDS[kind])} {times}"
    chosen = session.choose(session.KIND, [*kinds])
    st.segmented_control(
        "Show",
        [*kinds],
        format_func=kinds.__getitem__,
        key=session.KIND,
        on_change=session.remember(session.KIND),
        label_visibility="collapsed",
        required=True,
        wrap=True,
    )
    parts.note(session.KIND, kinds)
    among = [change for change in found if chosen in ("", change.kind.value)]
    among.sort(key=lambda change: [*Kind].index(change.kind))
    _table(among[:MOST_SHOWN])
    if len(among) > MOST_SHOWN:
        more = len(among) - MOST_SHOWN
        parts.small(f"And {more} more; `compliance codes diff {old.name} {new.name}` prints all of them.")


def _table(found: Sequence[Change]) -> None:
    columns = {
        "Change": [_change(change) for change in found],
        "Before": [text(change.before) or "–" for change in found],
        "After": [text(change.after) or "–" for change in found],
    }
    parts.facts(columns, "What changed, before and after")


def _change(change: Change) -> str:
    subject = SUBJECT_WORDS[change.subject][0]
    about = f"{subject} {KIND_WORDS[change.kind]}" + (f", {change.what}" if change.what else "")
    place = change.provision if change.provision not in ("", change.id) else ""
    name = " ".join(word for word in (place, change.id) if word)
    return f"**{text(name)}** {text(change.title)}  \n{parts.muted(text(about))}"
