"""A code of practice as a readable document: what it asks, of whom, on what authority."""

from __future__ import annotations

from collections.abc import Iterator
from textwrap import wrap

from compliance.model import Code, Mark, Provision, Requirement
from compliance.vocabulary import CONTEXT, expected_words, period_words
from compliance.wording import describe

SUFFIX = ".txt"
MEDIA_TYPE = "text/plain"


def render(code: Code, width: int = 100) -> str:
    """The whole code as text, chapter by chapter."""
    return "\n".join(_lines(code, width)) + "\n"


def _lines(code: Code, width: int) -> Iterator[str]:
    yield from _head(code, width)
    for chapter in code.chapters:
        yield from ("", chapter.title, "─" * len(chapter.title))
        for provision in code.provisions:
            if provision.chapter == chapter.id:
                yield from _provision(provision, code, width)
    if code.context:
        yield from ("", CONTEXT, "─" * len(CONTEXT))
    for line in code.context:
        yield from ("", *wrap(line.title, width), *_field("About", line.text, width))
        for case in line.cases:
            yield from _field(f"Where {describe(case.when, code.catalogue.questions)}", case.says, width)


def _head(code: Code, width: int) -> Iterator[str]:
    yield from wrap(f"{code.title} ({code.name})", width, break_on_hyphens=False)
    yield from wrap(f"{code.publisher}; {code.standing.value.replace('_', ' ')}; {period_words(code.in_force)}", width)
    yield f"digest {code.digest}"
    if code.supersedes:
        yield f"supersedes {code.supersedes}"
    for heading, text in (("Addressed to", code.addressed_to), ("About", code.text)):
        yield from _field(heading, text, width, "")
    if code.scope:
        yield from _field("Scope", describe(code.scope, code.catalogue.questions), width, "")
    for id, why in code.left_out.items():
        yield from _field(f"Left out, {id}", why, width, "")
    for id, coming in code.upcoming.items():
        yield from _field(f"Upcoming, {id}", f"{coming['title']}. {coming.get('note', '')}", width, "")


def _provision(provision: Provision, code: Code, width: int) -> Iterator[str]:
    yield ""
    yield from wrap(f"{provision.id}  {provision.title}", width)
    scored = "" if provision.is_scored else ", shown and not scored"
    source = provision.source
    yield from wrap(
        f"{provision.obligation.value}, {provision.severity.value}{scored}; {_where(code, source.doc, source.section)},"
        f" {_mark(source.mark)}; {period_words(provision.in_force)}",
        width,
        initial_indent="  ",
        subsequent_indent="  ",
    )
    yield from _field("Asks", provision.text, width)
    condition = provision.applies_when
    to_whom = describe(condition, code.catalogue.questions) if condition else "every service"
    yield from _field("Applies", to_whom, width)
    for requirement in provision.requirements:
        yield from _requirement(requirement, code, width)


def _requirement(requirement: Requirement, code: Code, width: int) -> Iterator[str]:
    words = f"{requirement.statement} [{requirement.basis.value.replace('_', ' ')}]"
    yield from _field(f"· {requirement.id}", words, width, "  ")
    yield from _field("Expects", expected_words(requirement, code.catalogue.questions), width, "      ")
    for heading, text in (("Why", requirement.why), ("Remedy", requirement.remedy)):
        yield from _field(heading, text, width, "      ")


def _where(code: Code, doc: str, section: str) -> str:
    return f"{code.sources[doc].title}, {section}" if doc in code.sources else section


def _mark(mark: Mark) -> str:
    return "not verified" if mark is Mark.UNVERIFIED else f"{mark.value} source"


def _field(heading: str, text: str, width: int, indent: str = "  ") -> Iterator[str]:
    if text:
        lead = f"{indent}{heading}: "
        yield from wrap(" ".join(text.split()), width, initial_indent=lead, subsequent_indent=indent + "    ")
