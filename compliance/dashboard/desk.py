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
from itertools import islice
from typing import Any, Final, TypeVar, cast

import streamlit as st
from starlette.formparsers import MultiPartParser

from compliance import advice, audit, drafts, templates
from compliance.advice import Advice, Route
from compliance.dashboard import session
from compliance.drafts import Chapter, Draft
from compliance.model import Assessment, Code, Conclusion, Flag, Problem
from compliance.problems import visible
from compliance.templates import Form

T = TypeVar("T")
DRAFT: Final = "draft"
_LAST: Final = "last-draft"
_NEXT: Final = "next-draft"
_BLANK: Final = "blank-draft"
HOURS: Final = 12
MEDIA_TYPES: Final = {
    "yaml": "application/yaml",
    "json": "application/json",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
MOST: Final = 200
MOST_COMPUTED: Final = 40  # drafts of which is kept what they come to, which takes up to 2 MB each
MOST_MEGABYTES: Final = 5

TYPES: Final = [suffix.removeprefix(".") for suffix in audit.REPORT_SUFFIXES]

# What receives an upload puts every file above one megabyte on disk while it arrives, unless told otherwise.
MultiPartParser.spool_max_size = (MOST_MEGABYTES + 1) * 2**20


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
        self.changing = threading.Lock()
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

    def drop(self, token: str) -> None:
        with self._lock:
            self._kept.pop(token, None)

    def _forget(self) -> None:
        oldest = self._clock() - HOURS * 3600
        while self._kept and (len(self._kept) > MOST or next(iter(self._kept.values())).touched < oldest):
            self._kept.popitem(last=False)
        for idle in islice(self._kept.values(), max(len(self._kept) - MOST_COMPUTED, 0)):
            idle.found = {}


@st.cache_resource(show_spinner=False)
def shelf() -> Shelf:
    """The one shelf of this program."""
    return Shelf()


def current() -> Draft | None:
    """The draft that the URL names; None where it names none, and where that is forgotten, see `is_lost`.

    The navigation leads to an address that names nothing: there it is the one that this session had last.
    """
    last = st.session_state.get(_LAST, "")
    if DRAFT not in st.query_params and shelf().find(last):
        st.query_params[DRAFT] = last
    kept = shelf().find(token())
    if kept:
        st.session_state[_LAST] = token()
    return kept.draft if kept else None


def is_lost() -> bool:
    """Whether the URL names a draft that is not kept any more."""
    return DRAFT in st.query_params and current() is None


def keep(draft: Draft) -> None:
    """Keeps a draft in place of the one that the URL names, or under a new token where it names none that is kept."""
    kept = st.query_params.get(DRAFT, "")
    if shelf().find(kept) is None:
        kept = st.session_state.pop(_NEXT, "") or secrets.token_urlsafe(16)
        st.query_params[DRAFT] = kept
    shelf().put(kept, draft)


def keep_apart(draft: Draft) -> None:
    """Keeps a draft under a token of its own, so that the one that the URL names is still there to go back to."""
    st.query_params.pop(DRAFT, None)
    st.session_state.pop(_NEXT, None)
    keep(draft)


def change(make: Callable[[Draft], Draft]) -> None:
    """Keeps what is made of the draft that the URL names, or of a new one where it names none.

    Of a draft that is not kept any more nothing is made: one with this change alone would look like the whole of it.
    """
    with shelf().changing:  # another session may change the same draft at this moment
        if not is_lost():
            keep(make(current() or drafts.begin(audit.today())))


def opened(data: bytes, name: str) -> Draft:
    """The draft that a file of this name holds."""
    return drafts.opened(data, visible(name), session.rules(), audit.today())


def uploader(key: str, put: Callable[[Draft], None]) -> None:
    """A field for a file, of which the draft it holds is handed over."""

    def read() -> None:
        file = st.session_state[key]
        if file is not None:
            put(opened(file.getvalue(), file.name))

    st.file_uploader(
        f"Self-assessment: YAML, JSON or workbook, up to {MOST_MEGABYTES} MB",
        type=TYPES,
        max_upload_size=MOST_MEGABYTES,
        key=key,
        on_change=read,
    )


def stem(draft: Draft) -> str:
    """What a file made of a draft is called, without its suffix: an id that is no id yet is put right in it."""
    submission = draft.submission
    return f"{drafts.id_of(submission.service.id) or 'self-assessment'}-{submission.period_to}"


def forget() -> None:
    """Forgets the draft that the URL names, and takes it out of the URL."""
    st.session_state.pop(_LAST, None)
    shelf().drop(st.query_params.pop(DRAFT, ""))


def token() -> str:
    """The token of the draft that the URL names, by which the keys of its widgets differ from those of another's.

    Where it names none, the token that the first change will be kept under: the first field keeps the focus.
    """
    given: str = st.query_params.get(DRAFT) or st.session_state.setdefault(_NEXT, secrets.token_urlsafe(16))
    return given


def link() -> dict[str, str]:
    """What a link to another page has to say for that to show the same draft."""
    return {DRAFT: st.query_params[DRAFT]} if DRAFT in st.query_params else {}


# What a draft comes to, computed once


def asked() -> Form | None:
    """What is asked for the draft, in stages; None where no code is in force for its period."""
    return _once("asked", lambda draft: drafts.form_of(draft, session.rules()))


def chapters_by(code: Code) -> list[Chapter]:
    """What one code asks for the draft by theme, with how much of it is settled."""
    return _once(("chapters", code.name), lambda draft: drafts.chapters(draft, asked_by(code)))


def asked_by(code: Code) -> Form:
    """What one code asks for the draft, in stages."""

    def form(draft: Draft) -> Form:
        return templates.form([code], draft.submission, session.rules().codes, in_stages=True)

    return _once(("asked", code.name), form)


def faults() -> list[Problem]:
    """What the draft would be refused for as a file; nothing is known of it without a form."""
    form = asked()
    return _once("faults", lambda _: drafts.faults(form, session.rules(), audit.today()) if form else [])


def chapters() -> list[Chapter]:
    """What is asked for the draft by theme, with how much of it is settled; nothing where no code is in force."""
    form = asked()
    return _once("chapters", lambda draft: drafts.chapters(draft, form) if form else [])


def flags() -> list[Flag]:
    """What the chosen codes flag, each message once."""

    def found(draft: Draft) -> list[Flag]:
        flags = (flag for code in drafts.codes_of(draft, session.rules()) for flag in assessment(code).flags)
        return [*{flag.message: flag for flag in flags}.values()]

    return _once("flags", found)


def shares() -> dict[str, dict[str, str]]:
    """What the parts of a whole come to: by the part's question what was observed, and the provision that expects what.

    Where two provisions expect the same, the first is named.
    """

    def found(draft: Draft) -> dict[str, dict[str, str]]:
        said: dict[str, dict[str, str]] = {}
        for code in drafts.codes_of(draft, session.rules()):
            for result in assessment(code).provisions:
                for each in result.findings:
                    reads = each.requirement.test.reads
                    if each.requirement.test.denominators and len(reads) == 2 and reads[0] in draft.submission.answers:
                        expects = f"{result.provision.id} expects {each.expected}"
                        said.setdefault(reads[0], {}).setdefault(each.observed, expects)
        return said

    return _once("shares", found)


def assessment(code: Code) -> Assessment:
    """What the engine says of the draft by a code, as far as it is answered."""
    return _once(("assessment", code.name), lambda draft: audit.assess_submission(draft.submission, code, None))


def advised(code: Code) -> Advice:
    """What can be done about the draft, by a code."""
    return _once(("advice", code.name), lambda draft: advice.advise([code], draft.submission))


def route(code: Code, target: Conclusion) -> Route:
    """The least effort that reaches a conclusion by a code."""
    return _once(("route", code.name, target), lambda _: advice.reach(advised(code), code, target))


def written(draft: Draft, format: str) -> bytes:
    """A draft as a self-assessment file, with all that may be asked of it: "yaml", "json" or "xlsx".

    It takes the draft, since a download is made when somebody asks for it, outside a page's run.
    """
    codes = drafts.codes_of(draft, session.rules()) or session.rules().codes[:1]
    return audit.report_bytes(templates.form(codes, draft.submission, session.rules().codes), format)


def _blank() -> _Kept:
    """The draft in which nothing is said yet, with what was computed of it in this session."""
    draft = drafts.begin(audit.today())
    kept: _Kept | None = st.session_state.get(_BLANK)
    if kept is None or kept.draft != draft:  # the day may be another by now
        kept = st.session_state[_BLANK] = _Kept(draft, 0.0)
    return kept


def _once(key: Hashable, compute: Callable[[Draft], T]) -> T:
    kept = shelf().find(st.query_params.get(DRAFT, "")) or _blank()
    found = kept.found  # another session may put another in its place meanwhile
    if key not in found:
        found[key] = compute(kept.draft)
    return cast(T, found[key])
