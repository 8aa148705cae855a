"""The drafts that people prepare here: in memory, each under a token that the URL holds, and never on disk.

A draft is found again by its token alone, so a reload and the way between Prepare and Answer keep it. What nobody
touched for HOURS, and of more than MOST the one untouched for longest, is forgotten.
"""

from __future__ import annotations

import secrets
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from typing import Any, Final, TypeVar, cast

import streamlit as st

from compliance import advice, audit, drafts, templates
from compliance.advice import Advice
from compliance.dashboard import session
from compliance.drafts import Draft
from compliance.model import Assessment, Code, Problem
from compliance.templates import Form

T = TypeVar("T")
DRAFT: Final = "draft"
HOURS: Final = 12
MOST: Final = 200


@dataclass(slots=True)
class _Kept:
    draft: Draft
    touched: float
    found: dict[Hashable, Any] = field(default_factory=dict)
    """What was computed of this draft, which is gone with it."""


class Shelf:
    """Drafts by their tokens, for several threads; `clock` gives seconds."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock, self._lock = clock, threading.Lock()
        self._kept: OrderedDict[str, _Kept] = OrderedDict()

    def find(self, token: str) -> _Kept | None:
        with self._lock:
            self._forget()
            if kept := self._kept.get(token):
                kept.touched = self._clock()
                self._kept.move_to_end(token)
            return kept

    def put(self, token: str, draft: Draft) -> None:
        with self._lock:
            self._kept[token] = _Kept(draft, self._clock())
            self._kept.move_to_end(token)
            self._forget()

    def _forget(self) -> None:
        oldest = self._clock() - HOURS * 3600
        while self._kept and (len(self._kept) > MOST or next(iter(self._kept.values())).touched < oldest):
            self._kept.popitem(last=False)


@st.cache_resource(show_spinner=False)
def _shelf() -> Shelf:
    return Shelf()


def current() -> Draft | None:
    """The draft that the URL names; None where it names none, and where that is forgotten, see `is_lost`."""
    kept = _shelf().find(st.query_params.get(DRAFT, ""))
    return kept.draft if kept else None


def is_lost() -> bool:
    """Whether the URL names a draft that is not kept any more."""
    return DRAFT in st.query_params and current() is None


def keep(draft: Draft) -> None:
    """Keeps a draft in place of the one that the URL names, or under a new token where it names none that is kept."""
    token = st.query_params.get(DRAFT, "")
    if _shelf().find(token) is None:
        token = secrets.token_urlsafe(16)
        st.query_params[DRAFT] = token
    _shelf().put(token, draft)


def keep_apart(draft: Draft) -> None:
    """Keeps a draft under a token of its own, so that the one that the URL names is still there to go back to."""
    st.query_params.pop(DRAFT, None)
    keep(draft)


def link() -> dict[str, str]:
    """What a link to another page has to say for that to show the same draft."""
    return {DRAFT: st.query_params[DRAFT]} if DRAFT in st.query_params else {}


# What a draft comes to, computed once


def asked() -> Form | None:
    """What is asked for the draft, in stages; None where no code is in force for its period."""
    return _once("asked", lambda draft: drafts.form_of(draft, session.rules()))


def faults() -> list[Problem]:
    """What the draft would be refused for as a file; nothing is known of it without a form."""
    form = asked()
    return _once("faults", lambda _: drafts.faults(form, session.rules(), audit.today()) if form else [])


def assessment(code: Code) -> Assessment:
    """What the engine says of the draft by a code, as far as it is answered."""
    return _once(("assessment", code.name), lambda draft: audit.assess_submission(draft.submission, code, None))


def advised(code: Code) -> Advice:
    """What can be done about the draft, by a code."""
    return _once(("advice", code.name), lambda draft: advice.advise([code], draft.submission))


def file(format: str) -> bytes:
    """The draft as a self-assessment file, with all that may be asked of it: "yaml", "json" or "xlsx"."""

    def written(draft: Draft) -> bytes:
        codes = drafts.codes_of(draft, session.rules()) or session.rules().codes[:1]
        return audit.report_bytes(templates.form(codes, draft.submission, session.rules().codes), format)

    return _once(("file", format), written)


def _once(key: Hashable, compute: Callable[[Draft], T]) -> T:
    kept = _shelf().find(st.query_params.get(DRAFT, ""))
    if kept is None:
        return compute(drafts.begin(audit.today()))
    if key not in kept.found:
        kept.found[key] = compute(kept.draft)
    return cast(T, kept.found[key])
