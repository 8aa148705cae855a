"""A self-assessment, or a template of one, as a file: YAML with comments that say what is asked and why, or JSON.

Everything that is known stands in it, and a blank for everything else that is asked. Both read back as the same
self-assessment.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from textwrap import wrap
from typing import Any

from compliance.export.glossary import clock_words
from compliance.model import Declaration, Evidence, Submission, Value
from compliance.schema import FORMAT, HEAD, KINDS, TEXTS, wanted
from compliance.templates import Asked, Declared, Form

WIDTH = 118
_PLAIN = re.compile(r"[A-Za-z][A-Za-z0-9_./@()'-]*(?: [A-Za-z0-9_./@()'-]+)*")
_SPECIAL = frozenset({"true", "false", "null", "yes", "no", "on", "off", "y", "n"})


def value_of(form: Form) -> dict[str, Any]:
    """The file's value: what is given, and null for everything that is asked besides."""
    given = form.given
    answers: dict[str, Any] = {}
    for section in form.sections:
        for asked in section.asked:
            *around, last = asked.question.id.split(".")
            into = answers
            for step in around:
                into = into.setdefault(step, {})
            into[last] = _plain(given.answers.get(asked.question.id))
    return {
        **head(given),
        "answers": answers,
        "provisions": {each.provision.id: _declaration(given, each.provision.id) for each in form.declared},
        "evidence": [_evidence(each) for each in given.evidence],
        "not_measured": list(given.not_measured),
    }


def to_json(form: Form) -> str:
    """The file as JSON."""
    return json.dumps(value_of(form), indent=2, ensure_ascii=False) + "\n"


def to_yaml(form: Form, schema: str = "") -> str:
    """The file as YAML, in which comments say what is asked; `schema` is where editors find its JSON Schema."""
    return "\n".join(_Yaml(form).lines(schema)) + "\n"


def head(given: Submission) -> dict[str, Any]:
    """The part of the file's value that says whose it is, of which period, and who prepared it."""
    return {
        "format": FORMAT,
        "service": {"id": given.service.id, "name": given.service.name, "provider": given.service.provider},
        "period": {"from": given.period_from.isoformat(), "to": given.period_to.isoformat()},
        "prepared": {
            "on": given.prepared_on.isoformat(),
            "role": given.prepared_by_role,
            "approved_by_role": given.approved_by_role,
        },
    }


def _plain(value: Value | None) -> Any:
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return list(value) if isinstance(value, tuple) else value


def _declaration(given: Submission, id: str) -> dict[str, Any]:
    declared = given.declarations.get(id, Declaration(None))
    texts = {key: text for key in TEXTS if (text := getattr(declared, key))}
    since = {"since": declared.since.isoformat()} if declared.since else {}
    return {"status": declared.status.value if declared.status else None, **since, **texts}


def _evidence(each: Evidence) -> dict[str, Any]:
    covers = each.covers
    days = {"from": covers.start, "to": covers.end} if covers else {}
    return {
        "id": each.id,
        "title": each.title,
        "kind": each.kind.value,
        "made_by": each.made_by,
        "date": each.date.isoformat(),
        **({"covers": {side: day.isoformat() for side, day in days.items() if day}} if covers else {}),
        **({"sha256": each.sha256} if each.sha256 else {}),
        "supports": list(each.supports),
    }


class _Yaml:
    """The file, being written out line by line."""

    def __init__(self, form: Form) -> None:
        self.form = form
        self.value = value_of(form)
        self.asked = {asked.question.id: asked for section in form.sections for asked in section.asked}
        self.titles = {section.id: section.title for section in form.sections}

    def lines(self, schema: str) -> Iterator[str]:
        if schema:
            yield f"# yaml-language-server: $schema={schema}"
        codes = ", ".join(code.name for code in self.form.codes)
        yield from _comment(
            f"A self-assessment by {codes}: {len(self.asked)} questions and {len(self.form.declared)}"
            " provisions. Leave empty what you do not know: a blank is counted as unknown, never as 0 or as no."
            " `compliance check` on this file says what is wrong or open."
        )
        value = self.value
        yield f"format: {value['format']}"
        for key in ("service", "period", "prepared"):
            yield f"{key}:"
            for name, text in value[key].items():
                yield f"  {name}: {scalar(text)}{'' if text else f'  # {HEAD[key][name]}'}"
        yield ""
        yield "answers:"
        yield from self.answers(value["answers"], "")
        yield ""
        yield from _comment(
            "What only you can say of a provision: in_place, partly_in_place, planned, not_in_place,"
            " alternative or not_applicable. `since:` is a date. not_applicable needs a `reason:`; an"
            " alternative needs `instead:`, `how_it_complies:` and `regard_to_expression_and_privacy:`."
        )
        yield f"provisions:{'' if self.form.declared else ' {}'}"
        for each in self.form.declared:
            yield from self.declared(each)
        yield ""
        yield from _comment(
            f"Each piece of evidence: `id:`, `title:`, `kind:` ({', '.join(KINDS[:-1])} or {KINDS[-1]}),"
            " `made_by:`, `date:`, if it covers a part of the period `covers: {from: ..., to: ...}`,"
            " `sha256:` of the file, and `supports:`, a list of ids of questions and provisions."
        )
        yield f"evidence:{'' if value['evidence'] else ' []'}"
        for piece in value["evidence"]:
            yield from _item(piece)
        yield ""
        yield from _comment(
            "The ids of questions that you looked at and whose answer is not known or was not measured, so that nobody"
            " looks again. They are left empty above and count like any other blank."
        )
        yield f"not_measured:{'' if value['not_measured'] else ' []'}"
        yield from (f"  - {id}" for id in value["not_measured"])

    def answers(self, values: Mapping[str, Any], prefix: str) -> Iterator[str]:
        indent = "  " * (prefix.count(".") + 1)
        for key, value in values.items():
            id = prefix + key
            if not prefix:
                yield ""
                yield f"{indent}# {self.titles[key]}"
            if id in self.asked:
                yield ""
                yield from _asked(self.asked[id], indent)
                yield f"{indent}{key}:{_inline(value)}"
            else:
                yield f"{indent}{key}:"
                yield from self.answers(value, f"{id}.")

    def declared(self, each: Declared) -> Iterator[str]:
        provision, given = each.provision, self.value["provisions"][each.provision.id]
        yield ""
        yield from _comment(f"{provision.title} ({each.code.name}). {provision.text}", "  ")
        yield from _comment(f"{each.why}.{' Its score rests on this status.' if each.is_tested else ''}", "  ")
        yield f"  {provision.id}:"
        yield from (f"    {key}:{_inline(value)}" for key, value in given.items())


def _asked(asked: Asked, indent: str) -> Iterator[str]:
    question = asked.question
    yield from _comment(question.ask or question.label, indent)
    clock = f" {clock_words(question.clock)}" if question.clock else ""
    yield from _comment(f"{question.define}{clock}", indent)
    yield from _comment(f"Answer: {wanted(question)}. {asked.why}.", indent)


def _comment(text: str, indent: str = "") -> Iterable[str]:
    lead = f"{indent}# "
    return wrap(" ".join(text.split()), WIDTH, initial_indent=lead, subsequent_indent=lead, break_on_hyphens=False)


def _inline(value: Any) -> str:
    """A value after its colon; nothing for a blank."""
    if isinstance(value, list):
        return f" [{', '.join(scalar(each) for each in value)}]"
    return "" if value is None else f" {scalar(value)}"


def scalar(value: Any) -> str:
    """A plain value in YAML; text is quoted unless every reader takes it for text without."""
    is_plain = isinstance(value, str) and _PLAIN.fullmatch(value) and value.casefold() not in _SPECIAL
    return str(value) if is_plain else json.dumps(value, ensure_ascii=False)


def _item(piece: Mapping[str, Any]) -> Iterator[str]:
    lead = "  - "
    for key, value in piece.items():
        if key == "supports":
            yield f"{lead}{key}:"
            yield from (f"      - {scalar(id)}" for id in value)
        elif isinstance(value, dict):
            yield f"{lead}{key}: {{{', '.join(f'{side}: {scalar(day)}' for side, day in value.items())}}}"
        else:
            yield f"{lead}{key}: {scalar(value)}"
        lead = "    "
