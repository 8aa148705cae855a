"""What is different between two codes, as text to read or as JSON: the counts first, then each thing with what it was
before and what it is now."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from itertools import groupby
from typing import Any

from compliance.changes import KIND_WORDS, SUBJECT_WORDS, Change, Kind, Subject, counts
from compliance.export.code import wrapped
from compliance.model import Code
from compliance.vocabulary import period_words

TWO_CODES = "These are two different codes, not two versions of one: only what has the same id in both is compared."
SUFFIX = ".txt"
MEDIA_TYPE = "text/plain"


def render(old: Code, new: Code, changes: Sequence[Change], width: int = 100) -> str:
    """The changes as text, at most `width` characters a line where words allow it."""
    return "\n".join(_lines(old, new, changes, width)) + "\n"


def to_json(old: Code, new: Code, changes: Sequence[Change]) -> str:
    """The changes as one JSON object: both codes, the counts in words and every change."""
    both = {name: _named(code) for name, code in (("old", old), ("new", new))}
    found = {**both, "counts": counts(changes), "changes": [asdict(change) for change in changes]}
    return json.dumps(found, indent=1, ensure_ascii=False) + "\n"


def _named(code: Code) -> dict[str, Any]:
    return {"id": code.id, "version": code.version, "title": code.title, "digest": code.digest}


def _lines(old: Code, new: Code, changes: Sequence[Change], width: int) -> Iterator[str]:
    yield from _field("Before", f"{old.title} ({old.name}), {period_words(old.in_force)}", width, "")
    yield from _field("Now", f"{new.title} ({new.name}), {period_words(new.in_force)}", width, "")
    yield ""
    if old.id != new.id:
        yield from wrapped(TWO_CODES, width)
    yield from wrapped(f"{', '.join(counts(changes)) or 'Nothing is different'}.", width)
    titles = {provision.id: provision.title for code in (old, new) for provision in code.provisions}
    for section, in_section in groupby(changes, _section):
        one, many = SUBJECT_WORDS[section]
        heading = f"The {one}" if section is Subject.CODE else many.capitalize()
        yield from ("", heading, "─" * len(heading))
        for _, of_one in groupby(in_section, lambda change: change.provision or change.id):
            yield ""
            yield from _thing(list(of_one), section, titles, width)


def _section(change: Change) -> Subject:
    return Subject.PROVISION if change.subject is Subject.REQUIREMENT else change.subject


def _thing(changes: Sequence[Change], section: Subject, titles: Mapping[str, str], width: int) -> Iterator[str]:
    """One thing and what changed of it, a provision with its requirements."""
    first = changes[0]
    title = titles[first.provision] if first.provision else first.title.rstrip(".")
    name = title if section is Subject.CODE else f"{first.provision or first.id}  {title}"
    whole = _whole(first) if first.subject is section else ""
    yield from wrapped(f"{name}{f': {whole}' if whole else ''}", width, "", "    ")
    for change in changes:
        if change.subject is Subject.REQUIREMENT:
            words = _whole(change) or f"{change.what}, {KIND_WORDS[change.kind]}"
            yield from wrapped(f"· {change.id}: {words}", width, "  ", "    ")
        elif not _whole(change):
            yield from wrapped(f"{change.what}, {KIND_WORDS[change.kind]}", width, "  ", "    ")
        for heading, text in (("before", change.before), ("now", change.after)):
            yield from _field(heading, text, width, "    ")


def _whole(change: Change) -> str:
    """The words for a thing that came or went as a whole, and from or to where; none where a part of it changed."""
    if change.kind not in (Kind.ADDED, Kind.REMOVED, Kind.ASKED, Kind.NO_LONGER_ASKED):
        return ""
    return f"{KIND_WORDS[change.kind]}{f' ({change.what})' if change.what else ''}"


def _field(heading: str, text: str, width: int, indent: str) -> list[str]:
    lead = f"{indent}{heading}: "
    return wrapped(text, width, lead, " " * len(lead)) if text else []
