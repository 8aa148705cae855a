"""What the ids of rules mean: flags, consistency rules, questions and provisions, as text for a terminal."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from textwrap import wrap

from compliance.codes import questions_read
from compliance.model import Catalogue, Clock, Code, Provision, Question
from compliance.vocabulary import FLAG_WORDS
from compliance.wording import describe


def entries(catalogue: Catalogue, codes: Iterable[Code]) -> dict[str, Callable[[], Iterator[str]]]:
    """What gives the paragraphs on every id; where two codes have a provision of the same id, the later code's."""
    codes = list(codes)
    found: dict[str, Callable[[], Iterator[str]]] = {
        id: partial(flag_meaning, id, catalogue) for id in (*FLAG_WORDS, *(rule.id for rule in catalogue.consistency))
    }
    found |= {id: partial(_question, question, codes) for id, question in catalogue.questions.items()}
    return found | {each.id: partial(_provision, each, code) for code in codes for each in code.provisions}


def page(id: str, paragraphs: Iterable[str], width: int = 100) -> str:
    """Paragraphs under the id that they are about."""
    return "\n\n".join([id, *("\n".join(wrap(paragraph, width)) for paragraph in paragraphs)]) + "\n"


def flag_meaning(id: str, catalogue: Catalogue) -> Iterator[str]:
    """What a flag says and when it is raised, in paragraphs: one of the engine's own, or a consistency rule's."""
    if id in FLAG_WORDS:
        sentence = re.sub(r"\{(\w+)\}", lambda name: f"<{name[1].replace('_', ' ')}>", FLAG_WORDS[id])
        yield f"A flag that the engine raises by itself: {sentence}"
        return
    rule = next(rule for rule in catalogue.consistency if rule.id == id)
    yield rule.say
    yield f"It has to hold that {describe(rule.holds, catalogue.questions)}."
    yield f"Questions: {', '.join(rule.questions)}."


def _question(question: Question, codes: Iterable[Code]) -> Iterator[str]:
    yield question.ask
    yield question.define
    yield _type(question)
    if question.clock:
        yield clock_words(question.clock)
    readers = [code.name for code in codes if question.id in questions_read(code)]
    if readers:
        yield f"Read by {', '.join(readers)}."


def clock_words(clock: Clock) -> str:
    """What a time measures, in sentences."""
    return (
        f"The clock runs from {clock.start} to {clock.stop}. Items: {clock.items}. Statistic: {clock.statistic}."
        f" Still open: {clock.open_items}. The number of items is {clock.n}."
    )


def _type(question: Question) -> str:
    kind = question.type.value.replace("_", "/")
    unit = f" in {question.unit}" if question.unit and question.unit != kind else ""
    options = f": {', '.join(question.options)}" if question.options else ""
    return f"Type {kind}{unit}{options}. Role {question.role}."


def _provision(provision: Provision, code: Code) -> Iterator[str]:
    yield f"{provision.title} ({code.name}, {provision.obligation})"
    yield provision.text
    for requirement in provision.requirements:
        yield f"· {requirement.id}: {requirement.statement}"
    yield f"All of it: compliance codes show {code.id}"
