"""A provision of the Answer page in its frame: what it asks, its status, the texts that go with that, and its evidence.

Which texts are asked for follows the status; one that was written is shown until it is emptied, whatever the status.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

import streamlit as st

from compliance import drafts
from compliance.dashboard import desk, evidence, parts
from compliance.dashboard.field import (
    ANSWERED,
    BESIDE,
    BLANK,
    LONGEST_TEXT,
    day,
    flagged,
    key,
    problems,
    refused,
    small,
    start,
)
from compliance.dashboard.panel import clause
from compliance.dashboard.parts import text
from compliance.document import shown
from compliance.drafts import NOTHING, Draft
from compliance.model import Declaration, Flag, Status
from compliance.templates import Declared
from compliance.vocabulary import status_words

STARTED: Final = frozenset({Status.IN_PLACE, Status.PARTLY_IN_PLACE, Status.ALTERNATIVE})
ALTERNATIVE: Final[Mapping[str, str]] = {
    "instead": "What is done instead, and what is not used",
    "how_it_complies": "How it does what the provision is for",
    "regard_to_expression_and_privacy": "The regard had to freedom of expression and to privacy",
}
TEXTS: Final[Mapping[str, str]] = {
    "reason": "Which fact takes the service out of its reach",
    **ALTERNATIVE,
    "comment": "Comment, never scored",
}


def draw(each: Declared, draft: Draft, flags: Sequence[Flag]) -> None:
    """A provision's frame; `flags` are those about it."""
    provision, id = each.provision, each.provision.id
    given = draft.submission.declarations.get(id, NOTHING)
    with st.container(border=True, key=key("provision", id)):
        left, right = st.columns(BESIDE, gap="medium")
        with left:
            st.markdown(f"**{text(id)} {text(provision.title)}**")
            small(text(provision.text))
            small(clause(each.code, provision.source))
            rests = f"Its score rests on {'this status' if each.is_tested else 'answers, not on the status'}."
            st.markdown(f":small[**Why it is asked:** {text(parts.sentence(each.why))} {rests}]")
        with right:
            is_settled = draft.status_is_settled(id)
            if each.is_tested or is_settled:
                st.markdown(ANSWERED if is_settled else BLANK, text_alignment="right")
            _status(each, given)
        _texts(each, given)
        problems(draft.problems_at("provisions", id))
        refused(fault for fault in desk.faults() if fault.path.startswith(f"provisions.{id}."))
        flagged(flags)
        evidence.of_provision(each, draft)


def _status(each: Declared, given: Declaration) -> None:
    name, id = key("status", each.provision.id), each.provision.id
    options = [
        status
        for status in Status
        if status is not Status.ALTERNATIVE or each.provision.alternatives_allowed or given.status is status
    ]
    start(name, given.status.value if given.status else None)
    st.pills(
        f"Status of {id}",
        [status.value for status in options],
        format_func=lambda status: parts.capital(status_words(Status(status))),
        key=name,
        on_change=_put_status,
        args=(id, name),
        wrap=True,
    )
    if given.status in STARTED or given.since:
        since = key("since", id)
        day("Since", since, given.since, _put, (id, since, "since"))


def _texts(each: Declared, given: Declaration) -> None:
    """The texts that the status needs, and those that are there."""
    wanted = {"comment"} if given.status else set()
    if given.status is Status.NOT_APPLICABLE:
        wanted = {"reason"}
    elif given.status is Status.ALTERNATIVE:
        wanted = {*ALTERNATIVE}
    for field, words in TEXTS.items():
        value = getattr(given, field)
        if field not in wanted and not value:
            continue
        name = key(field, each.provision.id)
        start(name, value)
        is_needed = field in wanted and field != "comment"
        st.text_area(
            f"{words} ({'needed' if is_needed else 'if you like'})",
            key=name,
            max_chars=LONGEST_TEXT,
            height=80,
            on_change=_put,
            args=(each.provision.id, name, field),
        )


def choose(provisions: Sequence[Declared], draft: Draft) -> Declared | None:
    """Lets somebody pick one of further provisions, of which something may be said; None for none."""
    by_id = {each.provision.id: each for each in provisions}

    def words(id: str) -> str:
        status = draft.submission.declarations.get(id, NOTHING).status
        return f"{id} {by_id[id].provision.title}{f': {status_words(status)}' if status else ''}"

    picked = st.selectbox(
        "Provision",
        [*by_id],
        index=None,
        format_func=words,
        placeholder="Choose a provision",
        key=key("further", provisions[0].provision.id),
    )
    return by_id.get(picked or "")


def _put_status(id: str, name: str) -> None:
    given = st.session_state[name]
    _change(id, status=Status(given) if given else None)


def _put(id: str, name: str, field: str) -> None:
    value = st.session_state[name]
    _change(id, **{field: shown(value) if isinstance(value, str) else value})


def _change(id: str, **changes: Any) -> None:
    def changed(draft: Draft) -> Draft:
        given = draft.submission.declarations.get(id, NOTHING)
        return drafts.with_status(draft, id, replace(given, **changes))

    desk.change(changed)
