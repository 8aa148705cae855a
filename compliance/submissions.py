"""Reads a self-assessment: bytes to a `Submission`, or every problem found in them at its line.

What a schema can say is checked by the schema; here are the rules between values, such as dates in order and ids used
once. Blanks (null, blank text, an empty list) are left out of the answers, and two ways of writing one value (1 and
1.0, options in another order, a final line break) give equal submissions.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from compliance import schema
from compliance.document import Tree, read
from compliance.model import (
    Catalogue,
    Declaration,
    Evidence,
    Grade,
    Interval,
    Path,
    Problem,
    Question,
    QuestionType,
    Service,
    Status,
    Submission,
    Value,
)
from compliance.problems import in_order

_TEXTS = ("comment", "reason", "instead", "how_it_complies", "regard_to_expression_and_privacy")
_STARTED = (Status.IN_PLACE, Status.PARTLY_IN_PLACE, Status.ALTERNATIVE)


def read_submission(
    data: bytes, file: str, catalogue: Catalogue, shape: schema.Json, today: date
) -> tuple[Submission | None, list[Problem]]:
    """The self-assessment in `data`, or None and its problems in file order; `shape` is `schema.self_assessment`'s.

    `file` is the name that problems give and that tells JSON (`.json`) from YAML.
    """
    tree, problems = read(data, file)
    if tree is None:
        return None, in_order(problems)
    # A value that could not be read is null in the tree and has its problem already.
    refused = {problem.path for problem in problems}
    problems += [problem for problem in schema.check(shape, tree) if problem.path not in refused]
    problems += _between_values(tree, today)
    return (None, in_order(problems)) if problems else (_submission(tree, catalogue), [])


# Rules between values; whatever has the wrong type is the schema's to complain of, and passed over here


def _between_values(tree: Tree, today: date) -> Iterator[Problem]:
    start, end = _day(tree, "period", "from"), _day(tree, "period", "to")
    prepared = _day(tree, "prepared", "on")
    if start and end and end < start:
        yield tree.problem("period-reversed", ("period", "to"), start=start, end=end)
    if end and prepared and end >= prepared:
        yield tree.problem("period-not-over", ("period", "to"), end=end, prepared=prepared)
    if prepared and prepared > today:
        yield tree.problem("prepared-in-future", ("prepared", "on"), prepared=prepared, today=today)
    yield from _declared(tree, prepared)
    yield from _offered(tree)


def _declared(tree: Tree, prepared: date | None) -> Iterator[Problem]:
    declarations = _at(tree.value, "provisions")
    for id in declarations if isinstance(declarations, dict) else ():
        path: Path = ("provisions", id)
        status, reason = _at(tree.value, *path, "status"), _at(tree.value, *path, "reason")
        if status == Status.NOT_APPLICABLE and (reason is None or (isinstance(reason, str) and not reason.strip())):
            yield tree.problem("reason-missing", (*path, "status"))
        since = _day(tree, *path, "since")
        if since and prepared and since > prepared and status in _STARTED:
            yield tree.problem("since-after-prepared", (*path, "since"), since=since, prepared=prepared)


def _offered(tree: Tree) -> Iterator[Problem]:
    evidence = _at(tree.value, "evidence")
    seen: set[str] = set()
    for i in range(len(evidence) if isinstance(evidence, list) else 0):
        id = _at(tree.value, "evidence", i, "id")
        if isinstance(id, str) and id in seen:
            yield tree.problem("repeated-id", ("evidence", i, "id"), id=id)
        elif isinstance(id, str):
            seen.add(id)
        start, end = _day(tree, "evidence", i, "covers", "from"), _day(tree, "evidence", i, "covers", "to")
        if start and end and end < start:
            yield tree.problem("covers-reversed", ("evidence", i, "covers", "to"), start=start, end=end)


def _at(value: Any, *path: str | int) -> Any:
    """The value at `path`, None where there is none."""
    for step in path:
        if isinstance(value, dict):
            value = value.get(step)
        else:
            value = value[step] if isinstance(value, list) and isinstance(step, int) else None
    return value


def _day(tree: Tree, *path: str | int) -> date | None:
    value = _at(tree.value, *path)
    return date.fromisoformat(value) if isinstance(value, str) and schema.is_day(value) else None


# A tree without problems as types


def _submission(tree: Tree, catalogue: Catalogue) -> Submission:
    value = tree.value
    prepared = value["prepared"]
    return Submission(
        service=Service(**value["service"]),
        period_from=date.fromisoformat(value["period"]["from"]),
        period_to=date.fromisoformat(value["period"]["to"]),
        prepared_on=date.fromisoformat(prepared["on"]),
        prepared_by_role=prepared["role"],
        approved_by_role=prepared["approved_by_role"],
        answers=dict(_answers(value["answers"], catalogue.questions)),
        declarations={id: _declaration(given) for id, given in (value.get("provisions") or {}).items() if given},
        evidence=tuple(_evidence(given) for given in value.get("evidence") or ()),
        file=tree.file,
    )


def _answers(tree: Any, questions: Mapping[str, Question]) -> Iterator[tuple[str, Value]]:
    """Question ids with their answers, in the catalogue's order."""
    for id, question in questions.items():
        given = tree
        for part in id.split("."):
            given = given.get(part) if given else None
        if given is not None:
            answer = _answer(given, question)
            if answer not in ("", ()):
                yield id, answer


def _answer(given: Any, question: Question) -> Value:
    match question.type:
        case QuestionType.COUNT:
            return int(given)
        case QuestionType.SHARE | QuestionType.HOURS | QuestionType.DAYS:
            return float(given)
        case QuestionType.CHOICES:
            return tuple(option for option in question.options if option in given)
        case QuestionType.DATE:
            return date.fromisoformat(given)
        case QuestionType.TEXT:
            return str(given).strip()
        case _:
            return given  # type: ignore[no-any-return] # the schema made sure of bool or option


def _declaration(given: Mapping[str, Any]) -> Declaration:
    status, since = given.get("status"), given.get("since")
    texts = {key: (given.get(key) or "").strip() for key in _TEXTS}
    return Declaration(Status(status) if status else None, date.fromisoformat(since) if since else None, **texts)


def _evidence(given: Mapping[str, Any]) -> Evidence:
    covers = given.get("covers")
    return Evidence(
        id=given["id"],
        title=given["title"],
        kind=Grade(given["kind"]),
        made_by=given["made_by"],
        date=date.fromisoformat(given["date"]),
        covers=Interval(*(date.fromisoformat(covers[side]) for side in ("from", "to"))) if covers else None,
        sha256=(given.get("sha256") or "").lower(),
        supports=tuple(given["supports"]),
    )
