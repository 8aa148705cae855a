"""Reads a self-assessment: bytes to a `Submission`, or every problem found in them at its line.

What a schema can say is checked by the schema; here are the rules between values, such as dates in order and ids used
once. Blanks (null, blank text, an empty list) are left out of the answers, and two ways of writing one value (1 and
1.0, options in another order, a final line break) give equal submissions. `salvage` reads what it can of a file with
problems, for whoever prepares it; nothing that is filed is read so.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Set
from dataclasses import replace
from datetime import date
from functools import lru_cache
from typing import Any

from compliance import schema
from compliance.document import Tree, dotted, is_workbook, read, shown
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

_PLAIN = frozenset({"status", "since"})
_NAMES = (("service", "name"), ("service", "provider"), ("prepared", "role"), ("prepared", "approved_by_role"))
_NOTHING = Declaration(None)
_GONE = object()
_MOST_ROUNDS = 4
_STARTED = (Status.IN_PLACE, Status.PARTLY_IN_PLACE, Status.ALTERNATIVE)


def read_submission(
    data: bytes, file: str, catalogue: Catalogue, shape: schema.Json, today: date
) -> tuple[Submission | None, list[Problem]]:
    """The self-assessment in `data`, or None and its problems in file order; `shape` is `schema.self_assessment`'s.

    `file` is the name that problems give and whose suffix tells what it is: YAML, JSON or a workbook.
    """
    tree, problems = open_tree(data, file, catalogue.questions, shape["properties"]["provisions"]["properties"])
    if tree is None:
        return None, in_order(problems)
    # A value that could not be read is null in the tree and has its problem already.
    refused = {problem.path for problem in problems}
    problems += [problem for problem in schema.check(shape, tree) if problem.path not in refused]
    problems += _between_values(tree, today)
    return (None, tree.in_order(problems)) if problems else (_submission(tree, catalogue), [])


def salvage(
    data: bytes, file: str, catalogue: Catalogue, shape: schema.Json, today: date, begun: Mapping[str, Any]
) -> tuple[Submission | None, list[Problem]]:
    """What can be read of a self-assessment, and all its problems: each value that has one counts as not given.

    Where the service, the period or who prepared it cannot be read, `begun`, the value of a file without answers, says
    it, and may leave texts empty. None where the file cannot be read to its end, or nothing of it can.
    """
    submission, found = read_submission(data, file, catalogue, shape, today)
    if submission is not None:
        return submission, []
    tree, _ = open_tree(data, file, catalogue.questions, shape["properties"]["provisions"]["properties"])
    if tree is None or not isinstance(tree.value, dict):
        return None, found
    problems = found
    empty = {
        dotted((key, name))
        for key, each in begun.items()
        if isinstance(each, dict)
        for name in each
        if each[name] == ""
    }
    for _ in range(_MOST_ROUNDS):
        # What is put right may show another problem, such as dates that are out of order with those put in.
        kept = _without(tree.value, (), {problem.path for problem in problems})
        tree = replace(tree, value=_completed(kept if isinstance(kept, dict) else {}, begun))
        problems = [*schema.check(shape, tree), *_between_values(tree, today)]
        if all(problem.path in empty for problem in problems):
            return _submission(tree, catalogue), found
    return None, found


def attribution(data: bytes, file: str) -> tuple[str, date | None]:
    """Whose a refused file is and when its period ends, as far as it says: "" and None where it does not."""
    tree, _ = open_tree(data, file, {}, ())
    value = _mapping(tree.value) if tree else {}
    id = _mapping(value.get("service")).get("id")
    return (id if isinstance(id, str) and schema.is_service_id(id) else ""), _day(_mapping(value.get("period")), "to")


def open_tree(
    data: bytes, file: str, questions: Mapping[str, Question], provisions: Iterable[str]
) -> tuple[Tree | None, list[Problem]]:
    """The value in `data` with its places, whether it is text or a workbook, and what is wrong with it already."""
    # One sheet saved as CSV is no self-assessment, and the reader of workbooks says so best.
    if not is_workbook(file, data) and not file.lower().endswith(".csv"):
        return read(data, file)
    from compliance import sheets  # takes 15 ms, which text need not wait for

    return sheets.read(data, file, questions, provisions)


# Rules between values; whatever has the wrong type is the schema's to complain of, and passed over here


def _between_values(tree: Tree, today: date) -> Iterator[Problem]:
    file = _mapping(tree.value)
    period = _mapping(file.get("period"))
    start, end, prepared = _day(period, "from"), _day(period, "to"), _day(_mapping(file.get("prepared")), "on")
    if start and end and end < start:
        yield tree.problem("period-reversed", ("period", "to"), start=start, end=end)
    if end and prepared and end >= prepared:
        yield tree.problem("period-not-over", ("period", "to"), end=end, prepared=prepared)
    if prepared and prepared > today:
        yield tree.problem("prepared-in-future", ("prepared", "on"), prepared=prepared, today=today)
    for section, key in _NAMES:
        if _is_unseen(_mapping(file.get(section)).get(key)):
            yield tree.problem("text-blank", (section, key))
    for id, given in _mapping(file.get("provisions")).items():
        # Most declarations are a status and nothing else, with which nothing can be wrong between values.
        if isinstance(given, dict) and (len(given) > 1 or given.get("status") == Status.NOT_APPLICABLE):
            yield from _declared(tree, ("provisions", id), given, prepared)
    yield from _offered(tree, file.get("evidence"))
    yield from _not_measured(tree, file)


def _declared(tree: Tree, path: Path, given: Mapping[str, Any], prepared: date | None) -> Iterator[Problem]:
    status, reason, since = given.get("status"), given.get("reason") or "", _day(given, "since")
    if status == Status.NOT_APPLICABLE and isinstance(reason, str) and not shown(reason):
        yield tree.problem("reason-missing", (*path, "status"))
    if since and prepared and since > prepared and status in _STARTED:
        yield tree.problem("since-after-prepared", (*path, "since"), since=since, prepared=prepared)


def _offered(tree: Tree, evidence: Any) -> Iterator[Problem]:
    seen = set()
    for i, each in enumerate(evidence if isinstance(evidence, list) else ()):
        given = _mapping(each)
        id, covers = given.get("id"), _mapping(given.get("covers"))
        start, end = _day(covers, "from"), _day(covers, "to")
        if isinstance(id, str) and id in seen:
            yield tree.problem("repeated-id", ("evidence", i, "id"), id=id)
        elif isinstance(id, str):
            seen.add(id)
        for key in ("title", "made_by"):
            if _is_unseen(given.get(key)):
                yield tree.problem("text-blank", ("evidence", i, key))
        if start and end and end < start:
            yield tree.problem("covers-reversed", ("evidence", i, "covers", "to"), start=start, end=end)


def _not_measured(tree: Tree, file: Mapping[str, Any]) -> Iterator[Problem]:
    listed = file.get("not_measured")
    if not isinstance(listed, list) or not listed:
        return
    given: dict[str, Any] = {}
    _flatten(_mapping(file.get("answers")), "", given)
    for i, id in enumerate(listed):
        value = given.get(id) if isinstance(id, str) else None
        if value not in (None, []) and not (isinstance(value, str) and not shown(value)):
            yield tree.problem("answered-and-not-measured", ("not_measured", i), id=id)


def _is_unseen(text: Any) -> bool:
    """Whether a text is there and shows nothing; one without any character is the schema's to complain of."""
    return isinstance(text, str) and bool(text.strip()) and not shown(text)


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _day(given: Mapping[str, Any], key: str) -> date | None:
    value = given.get(key)
    return _date(value) if isinstance(value, str) else None


@lru_cache(maxsize=4096)
def _date(text: str) -> date | None:
    """The same few days stand in most files."""
    return date.fromisoformat(text) if schema.is_day(text) else None


# What is left of a tree with problems


def _without(value: Any, path: Path, faulty: Set[str]) -> Any:
    """The value without what has a problem: a list goes whole, but for one whose items have keys of their own."""
    if isinstance(value, dict):
        inside = {key: _without(each, (*path, key), faulty) for key, each in value.items()}
        return {key: each for key, each in inside.items() if dotted((*path, key)) not in faulty and each is not _GONE}
    if isinstance(value, list):
        places = [(*path, i) for i in range(len(value))]
        kept = [_without(each, place, faulty) for each, place in zip(value, places, strict=True)]
        is_whole = [dotted(place) not in faulty and kept[i] == value[i] for i, place in enumerate(places)]
        if path == ("evidence",) or path == ("not_measured",):
            return [each for each, is_kept in zip(value, is_whole, strict=True) if is_kept]
        return value if all(is_whole) else _GONE
    return value


def _completed(value: Mapping[str, Any], begun: Mapping[str, Any]) -> dict[str, Any]:
    """The value with all that a file must have; of a period without both days, no day of the head is kept."""
    head = {key: {**each, **_mapping(value.get(key))} for key, each in begun.items() if isinstance(each, dict)}
    if len(_mapping(value.get("period"))) < len(begun["period"]):
        head["period"] = begun["period"]
        head["prepared"]["on"] = begun["prepared"]["on"]
    return {**begun, **value, **head}


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
        answers=_answers(value["answers"] or {}, catalogue.questions),
        declarations=_declarations(value.get("provisions") or {}),
        evidence=tuple(_evidence(given) for given in value.get("evidence") or ()),
        file=tree.file,
        not_measured=_in_catalogue(value.get("not_measured") or (), catalogue.questions),
    )


def _in_catalogue(ids: Iterable[str], questions: Mapping[str, Question]) -> tuple[str, ...]:
    listed = frozenset(ids)
    return tuple(id for id in questions if id in listed) if listed else ()


def _answers(tree: Mapping[str, Any], questions: Mapping[str, Question]) -> dict[str, Value]:
    """Question ids with their answers, in the catalogue's order."""
    given: dict[str, Any] = {}
    _flatten(tree, "", given)
    return {
        id: answer
        for id, question in questions.items()
        if id in given and (answer := _answer(given[id], question)) is not None
    }


def _flatten(tree: Mapping[str, Any], prefix: str, into: dict[str, Any]) -> None:
    for key, value in tree.items():
        if type(value) is dict:
            _flatten(value, f"{prefix}{key}.", into)
        elif value is not None:
            into[prefix + key] = value


def _answer(given: Any, question: Question) -> Value | None:
    """One way of writing each value, whatever the file's; None for blank text and an empty list."""
    kind = type(given)
    if kind is int and question.type is QuestionType.COUNT:
        return int(given)
    if kind is bool:
        return given is True
    if kind is str:
        return date.fromisoformat(given) if question.type is QuestionType.DATE else shown(given) or None
    if kind is list:
        return tuple([option for option in question.options if option in given]) or None
    return int(given) if question.type is QuestionType.COUNT else float(given) + 0.0  # -0.0 becomes 0.0


def _declarations(tree: Mapping[str, Any]) -> dict[str, Declaration]:
    """What is declared of provisions; one of which nothing is said is left out."""
    declared = {id: _declaration(given) for id, given in tree.items() if given}
    return {id: each for id, each in declared.items() if each != _NOTHING}


def _declaration(given: Mapping[str, Any]) -> Declaration:
    plain = _plain(given.get("status"), given.get("since"))
    if given.keys() <= _PLAIN:
        return plain
    texts = {key: shown(given[key]) for key in schema.TEXTS if given.get(key)}
    return Declaration(plain.status, plain.since, **texts)


@lru_cache(maxsize=4096)
def _plain(status: str | None, since: str | None) -> Declaration:
    """A declaration without texts, of which a portfolio has few different ones."""
    return Declaration(Status(status) if status else None, date.fromisoformat(since) if since else None)


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
