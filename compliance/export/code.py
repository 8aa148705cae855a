"""A code of practice as a document to hand round: what it asks, of whom, on what authority, and how that is judged.

Nothing in it is in the words of the file. What was not verified says so where it stands.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from textwrap import wrap

from compliance.audience import brief, chapter_shares, terms
from compliance.codes import questions_read
from compliance.model import Chapter, Code, ContextLine, Expression, Mark, Provision, Requirement
from compliance.vocabulary import (
    BASIS_WORDS,
    CONTEXT,
    FLAG_SYMBOL,
    OBLIGATION_WORDS,
    STANDING_WORDS,
    cap_words,
    check_words,
    example_words,
    least_words,
    percent,
    period_words,
    size_words,
    source_words,
)

NOT_VERIFIED = "NOT VERIFIED"
SUFFIX = ".txt"
MEDIA_TYPE = "text/plain"


def render(code: Code, width: int = 100, on: date | None = None, with_questions: bool = False) -> str:
    """The whole code as text, chapter by chapter, at most `width` characters a line where words allow it.

    What is upcoming is told `on` a day.
    """
    return "\n".join(_Document(code, width, on).lines(with_questions)) + "\n"


class _Document:
    """One code, being written out."""

    def __init__(self, code: Code, width: int, on: date | None) -> None:
        self.code = code
        self.width = width
        self.on = on

    def lines(self, with_questions: bool) -> Iterator[str]:
        yield from self.head()
        cases = (case.when for line in self.code.context for case in line.cases)
        conditions = (self.code.scope, *(provision.applies_when for provision in self.code.provisions), *cases)
        yield from self.section("Named conditions", terms(conditions, self.code))
        yield from self.ratings()
        for chapter in self.code.chapters:
            yield from self.chapter(chapter)
        if self.code.context:
            yield from self.heading(CONTEXT)
        for line in self.code.context:
            yield from self.context(line)
        yield from self.section("Left out", self.code.left_out)
        coming = {id: f"{said['title']}. {said.get('note', '')}" for id, said in self.code.upcoming.items()}
        yield from self.section("Upcoming", coming)
        yield from self.section("Removed", {id: _removal(said) for id, said in self.code.removed.items()})
        yield from self.sources()
        yield from self.questions(with_questions)

    def head(self) -> Iterator[str]:
        code = self.code
        yield from self.wrapped(code.title)
        yield "═" * min(len(code.title), self.width)
        standing = f"Published by {code.publisher}: {STANDING_WORDS[code.standing]}"
        yield from self.wrapped(f"{standing}, {period_words(code.in_force, self.on)}.")
        before = f", in place of {code.supersedes}" if code.supersedes else ""
        yield from self.wrapped(f"Version {code.version} of {code.id}{before}.")
        yield from self.wrapped(f"Digest {code.digest}")
        yield ""
        yield from self.field("Size", f"{size_words(code)}.", "")
        yield from self.field("Addressed to", code.addressed_to, "")
        yield from self.field("Applies to services where", self.words(code.scope) if code.scope else "", "")
        for cap in code.caps:
            yield from self.field("Cap on the score", f"{cap_words(cap)}.", "")
        weights = (f"{severity} {weight:g}" for severity, weight in code.severity_weights.items())
        yield from self.field("Weight by severity", f"{', '.join(weights)}.", "")
        yield ""
        yield from self.field("About", code.text, "")

    def ratings(self) -> Iterator[str]:
        """The least ratings that the publisher's own factors support."""
        questions = self.code.catalogue.questions
        found: dict[str, list[str]] = {}
        for least in self.code.judgements:
            found.setdefault(questions[least.question].label, []).append(least_words(least, questions))
        yield from self.section(
            "Least ratings that the factors support", {label: "; ".join(words) for label, words in found.items()}
        )

    def chapter(self, chapter: Chapter) -> Iterator[str]:
        share = percent(chapter_shares(self.code)[chapter.id])
        yield from self.heading(f"{chapter.title} ({share} of the score where everything applies)")
        for provision in self.code.provisions:
            if provision.chapter == chapter.id:
                yield from self.provision(provision)

    def provision(self, provision: Provision) -> Iterator[str]:
        yield ""
        yield from self.wrapped(f"{provision.id}  {provision.title}", "", "    ")
        if provision.source.mark is Mark.UNVERIFIED:
            yield f"  {FLAG_SYMBOL} {NOT_VERIFIED}"
        parts = [OBLIGATION_WORDS[provision.obligation], f"severity {provision.severity}"]
        parts += ["alternatives allowed"] if provision.alternatives_allowed else []
        parts += [f"part of the publisher's {provision.under}"] if provision.under else []
        if provision.in_force != self.code.in_force:
            parts.append(period_words(provision.in_force, self.on))
        yield from self.wrapped(_sentence("; ".join([*([provision.kind] if provision.kind else []), *parts])), "  ")
        yield from self.field("Source", source_words(provision.source, self.code))
        yield from self.field("Asks", provision.text)
        condition = provision.applies_when
        yield from self.field(f"Applies {'where' if condition else 'to'}", self.words(condition))
        for requirement in provision.requirements:
            yield from self.requirement(requirement, provision)

    def requirement(self, requirement: Requirement, provision: Provision) -> Iterator[str]:
        questions, inner = self.code.catalogue.questions, "      "
        yield from self.field(f"· {requirement.id}", requirement.statement)
        yield from self.field("Test", check_words(requirement, questions), inner)
        yield from self.field("Rests on", BASIS_WORDS[requirement.basis], inner)
        if requirement.source != provision.source:
            yield from self.field("Source", source_words(requirement.source, self.code), inner)
        if len({each.weight for each in provision.requirements}) > 1:
            share = percent(requirement.weight / sum(each.weight for each in provision.requirements))
            yield from self.field("Weight", f"{share} of the provision", inner)
        yield from self.field("Why", requirement.why, inner)
        effort = f" ({requirement.effort})" if requirement.effort else ""
        yield from self.field(f"Remedy{effort}", requirement.remedy, inner)
        examples = (example_words(requirement, example, questions) for example in requirement.examples)
        yield from self.field("Examples", "; ".join(examples), inner)

    def context(self, line: ContextLine) -> Iterator[str]:
        yield ""
        yield from self.wrapped(line.title)
        yield from self.field("Source", source_words(line.source, self.code))
        yield from self.field("About", line.text)
        for case in line.cases:
            yield from self.field(f"Where {self.words(case.when)}", case.says)

    def sources(self) -> Iterator[str]:
        if self.code.sources:
            yield from (*self.heading("Sources"), "")
        for document in self.code.sources.values():
            yield from self.wrapped(f"· {document.title}, {document.date}", "", "  ")
            if document.url:
                yield f"  {document.url}"

    def questions(self, is_told: bool) -> Iterator[str]:
        """What platforms are asked, with the definitions where somebody wants them."""
        ids = questions_read(self.code)
        yield from self.heading(f"Questions that are read ({len(ids)})")
        if not is_told:
            yield ""
            yield from self.wrapped("Shown, with their definitions, by --questions.")
        for question in (self.code.catalogue.questions[id] for id in ids if is_told):
            yield ""
            yield from self.wrapped(f"{question.id}  {question.ask}", "", "    ")
            yield from self.field("Counted", question.define)

    # Layout

    def words(self, condition: Expression | None) -> str:
        return brief(condition, self.code)

    def heading(self, text: str) -> Iterator[str]:
        lines = list(self.wrapped(text))
        yield from ("", *lines, "─" * max(map(len, lines)))

    def section(self, heading: str, entries: Mapping[str, str]) -> Iterator[str]:
        if entries:
            yield from (*self.heading(heading), "")
        for name, text in entries.items():
            yield from self.field(name, text, "")

    def field(self, heading: str, text: str, indent: str = "  ") -> Iterable[str]:
        return self.wrapped(f"{heading}: {text}", indent, f"{indent}    ") if text else ()

    def wrapped(self, text: str, lead: str = "", indent: str | None = None) -> list[str]:
        return wrapped(text, self.width, lead, lead if indent is None else indent)


def wrapped(text: str, width: int, lead: str = "", indent: str = "") -> list[str]:
    """The text in lines of at most `width` characters, words never broken; `lead` begins the first, `indent` others."""
    return wrap(
        text,
        width,
        initial_indent=lead,
        subsequent_indent=indent,
        break_long_words=False,
        break_on_hyphens=False,
    )


def _sentence(text: str) -> str:
    return f"{text[0].upper()}{text[1:]}."


def _removal(said: Mapping[str, str]) -> str:
    successor = f" {said['successor']} takes its place." if "successor" in said else ""
    return f"{said['reason']}{successor}"
