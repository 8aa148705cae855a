"""Evidence on the Answer page: what is offered for a provision, and the one form that is open to add or mend a piece.

What is wrong with a piece is what the reader of files would say of it; until then nothing of it is in the draft.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from functools import partial
from typing import Any, Final

import streamlit as st

from compliance import audit, drafts
from compliance.dashboard import desk, parts, session
from compliance.dashboard.field import LONGEST_LINE, key, small
from compliance.dashboard.parts import text
from compliance.drafts import Draft
from compliance.model import Evidence, EvidenceResult, Grade, Interval
from compliance.schema import KINDS
from compliance.templates import Declared
from compliance.vocabulary import grade_words

ALL: Final = "all"
NEW: Final = "new"
GONE: Final = "evidence-removed"
COUNTS: Final[Mapping[str, str]] = {
    Grade.DOCUMENT.value: "A document: a policy, a contract, a screenshot",
    Grade.DATA.value: "Data: counts or measurements of the period",
    Grade.INDEPENDENT_AUDIT.value: "An independent audit: counts as data until the regulator accepts it",
}


def of_provision(each: Declared, draft: Draft) -> None:
    """The evidence for a provision or for what it reads, and a way to add to it."""
    provision = each.provision
    reads = list(dict.fromkeys(id for found in provision.requirements for id in found.test.reads))
    # Evidence of a provision counts where its score rests on the status, that of a question everywhere else.
    own = [provision.id] if each.is_tested or not reads else []
    offered = [piece for piece in draft.submission.evidence if {provision.id, *reads} & set(piece.supports)]
    _pieces(provision.id, offered, draft, [*own, *reads])


def listing(draft: Draft) -> None:
    """All evidence that is offered."""
    with st.container(border=True, key=key("frame", "evidence")):
        offered = draft.submission.evidence
        st.markdown("**Evidence**")
        words = "Evidence is added beside the provision it is for." if desk.asked() else ""
        small(f"{parts.counted(len(offered), 'piece is', 'pieces are')} offered. {words}")
        _pieces(ALL, offered, draft, [])


def _pieces(place: str, offered: Sequence[Evidence], draft: Draft, supports: Sequence[str]) -> None:
    for piece in offered:
        if _open() == (place, piece.id):
            _form(place, piece, draft)
            continue
        with st.container(horizontal=True, vertical_alignment="center", key=key("piece", place, piece.id)):
            what = f"{piece.id}: {piece.title}, {grade_words(piece.kind)} by {piece.made_by}, {piece.date}"
            st.markdown(f":small[**Evidence** {text(what)}. {text(_counts(piece, draft))}]")
            st.button(
                f"Change {text(piece.id)}",
                key=key("change", place, piece.id),
                on_click=_show,
                args=(place, piece.id),
                type="tertiary",
            )
            st.button(
                f"Remove {text(piece.id)}",
                key=key("remove", place, piece.id),
                on_click=_remove,
                args=(place, piece),
                type="tertiary",
            )
    _removed(place)
    if _open() == (place, ""):
        _form(place, _new(draft, supports), draft)
    elif supports:
        st.button(f"Add evidence for {place}", key=key("add", place), on_click=_show, args=(place, ""), type="tertiary")


def _remove(place: str, piece: Evidence) -> None:
    st.session_state[key(GONE)] = (place, piece)
    desk.change(partial(drafts.without_evidence, id=piece.id))


def _removed(place: str) -> None:
    """The piece that was removed last, where that was, and a way to have it again."""
    at, piece = st.session_state.get(key(GONE), ("", None))
    if piece is None or at != place:
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(f":small[**Removed:** {text(f'{piece.id}, {piece.title}')}.]")
        st.button(
            f"Put {text(piece.id)} back", key=key("put-back", place), on_click=_put_back, args=(piece,), type="tertiary"
        )


def _put_back(piece: Evidence) -> None:
    st.session_state.pop(key(GONE))

    def put(draft: Draft) -> Draft:
        taken = {each.id for each in draft.submission.evidence}
        return drafts.with_evidence(
            draft, replace(piece, id=drafts.next_evidence_id(draft)) if piece.id in taken else piece
        )

    desk.change(put)


def _counts(piece: Evidence, draft: Draft) -> str:
    """What the first code that says anything of a piece lets it count as."""
    for code in drafts.codes_of(draft, session.rules()):
        for found in desk.assessment(code).evidence:
            if found.evidence.id == piece.id:
                return parts.sentence(_counted(found))
    return ""


def _counted(found: EvidenceResult) -> str:
    if found.counts_as is None:
        return f"ignored, {found.why}"
    return found.why if "counts as" in found.why else f"counts as {grade_words(found.counts_as)}"


# The one form


def _name() -> str:
    return key("evidence-open")


def _open() -> tuple[str, str] | None:
    """The place and the piece that the form is open for; "" is a new piece."""
    found: tuple[str, str] | None = st.session_state.get(_name())
    return found


def _show(place: str, id: str) -> None:
    st.session_state[_name()] = (place, id)


def _close(fields: _Fields) -> None:
    st.session_state.pop(_name(), None)
    st.session_state.pop(fields.wrong, None)


def _new(draft: Draft, supports: Sequence[str]) -> Evidence:
    id = drafts.next_evidence_id(draft)
    return Evidence(id, "", Grade.DOCUMENT, "", draft.submission.period_to, None, "", tuple(supports))


def _form(place: str, piece: Evidence, draft: Draft) -> None:
    """The fields of a piece; `st.form` keeps what is typed until it is saved."""
    is_new = piece not in draft.submission.evidence
    # The id of a new piece may be taken by another window while this is filled in.
    lead = key("evidence", place, NEW if is_new else piece.id)
    fields = _Fields(lead)
    with st.form(lead, border=True):
        st.markdown("**Evidence**")
        st.text_input("What it is", piece.title, key=fields.title, max_chars=LONGEST_LINE)
        st.radio(
            "Its kind",
            KINDS,
            KINDS.index(piece.kind.value) if piece.kind.value in KINDS else 0,
            format_func=COUNTS.__getitem__,
            key=fields.kind,
        )
        st.text_input("Who made it: a company or a role", piece.made_by, key=fields.made_by, max_chars=LONGEST_LINE)
        _days(fields, piece)
        st.text_input(
            "SHA-256 of the file (if you like; it tells the file from any other)",
            piece.sha256,
            key=fields.sha256,
            max_chars=64,
        )
        known = _known(piece)
        st.multiselect(
            "What it supports",
            [*known],
            list(piece.supports),
            format_func=lambda id: f"{id} {known[id]}",
            key=fields.supports,
        )
        for line in st.session_state.get(fields.wrong, ()):
            st.markdown(f":red[×] {text(line)}")
        with st.container(horizontal=True):
            st.form_submit_button("Save the evidence", on_click=_save, args=(fields, "" if is_new else piece.id))
            st.form_submit_button("Close without saving", on_click=_close, args=(fields,))


def _days(fields: _Fields, piece: Evidence) -> None:
    covers = piece.covers or Interval(None, None)
    days = {
        fields.date: ("Its date", piece.date),
        fields.start: ("Covers from (if it covers days)", covers.start),
        fields.end: ("Covers to", covers.end),
    }
    with st.container(horizontal=True):
        for name, (words, value) in days.items():
            least, most = value or session.EARLIEST, value or session.LATEST
            st.date_input(
                words,
                value,
                min(session.EARLIEST, least),
                max(session.LATEST, most),
                key=name,
                format="YYYY-MM-DD",
            )


class _Fields:
    """The keys of a form's fields."""

    def __init__(self, lead: str) -> None:
        self.title, self.kind, self.made_by = f"{lead}-title", f"{lead}-kind", f"{lead}-made_by"
        self.date, self.start, self.end = f"{lead}-date", f"{lead}-from", f"{lead}-to"
        self.sha256, self.supports, self.wrong = f"{lead}-sha256", f"{lead}-supports", f"{lead}-wrong"


def _known(piece: Evidence) -> dict[str, str]:
    """What a piece may support, in words: whatever is asked now, and what it supports already."""
    form, rules = desk.asked(), session.rules()
    found: dict[str, str] = {}
    if form:
        found = {each.provision.id: each.provision.title for each in form.declared}
        found |= {each.question.id: each.question.label for section in form.sections for each in section.asked}
    questions = rules.catalogue.questions
    return found | {id: questions[id].label if id in questions else "" for id in piece.supports if id not in found}


def _save(fields: _Fields, id: str) -> None:
    """Keeps the piece if a file with it could be read; else what is wrong stays beside it.

    A new piece, whose id is "", gets the next one that is free when it is kept.
    """
    value: Any = st.session_state
    draft = desk.current() or drafts.begin(audit.today())
    start, end = value[fields.start], value[fields.end]
    lines = [] if value[fields.date] else ["Its date is still needed."]
    lines += ["Of the days that it covers, give both or neither."] if bool(start) != bool(end) else []
    piece = Evidence(
        id=id or drafts.next_evidence_id(draft),
        title=value[fields.title].strip(),
        kind=Grade(value[fields.kind]),
        made_by=value[fields.made_by].strip(),
        date=value[fields.date] or date.min,
        covers=Interval(start, end) if start and end else None,
        sha256=value[fields.sha256].strip().lower(),
        supports=tuple(value[fields.supports]),
    )
    lines = [*_missing(piece), *lines, *_refused(drafts.with_evidence(draft, piece), piece)]
    st.session_state[fields.wrong] = lines
    if not lines:
        desk.change(
            lambda now: drafts.with_evidence(now, replace(piece, id=id or drafts.next_evidence_id(now))),
        )
        _close(fields)


def _missing(piece: Evidence) -> Iterable[str]:
    if not piece.title:
        yield "What it is, is still needed."
    if not piece.made_by:
        yield "Who made it is still needed."
    if not piece.supports:
        yield "Choose at least one question or provision that it supports."


def _refused(draft: Draft, piece: Evidence) -> Iterable[str]:
    """What a file with this piece would be refused for, but for what is missing altogether."""
    form = desk.asked()
    if form is None:
        return
    at = f"evidence[{draft.submission.evidence.index(piece)}]"
    blank = {f"{at}.{name}" for name in ("title", "made_by", "supports") if not getattr(piece, name)}
    for each in drafts.faults(replace(form, given=draft.submission), session.rules(), audit.today()):
        if each.path.startswith(at) and each.path not in blank:
            yield f"{each.message} {each.hint}"
