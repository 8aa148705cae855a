"""Makes the JSON Schema of a self-assessment, and checks trees against this and the other schemas with our own words.

Schemas are draft 2020-12 with two annotations of ours: `x-expected`, the words for what is wanted at a place, and
`x-type`, a question's type. jsonschema-rs finds the violations and says nothing itself: sentences come from the
keyword, the fragment of the schema and the value. `reference` finds the same with jsonschema, to hold the two equal.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date
from decimal import Decimal
from itertools import islice
from typing import Any, NamedTuple, cast

import jsonschema_rs

from compliance.document import MOST_WHOLE, Tree
from compliance.model import Catalogue, Grade, Path, Problem, Question, QuestionType, Status
from compliance.problems import MOST_PROBLEMS, nearest, quoted

FORMAT = "self-assessment/1"
DIALECT = "https://json-schema.org/draft/2020-12/schema"
KINDS = tuple(kind.value for kind in (Grade.DOCUMENT, Grade.DATA, Grade.INDEPENDENT_AUDIT))  # of evidence

Json = dict[str, Any]

# In Python's regular expressions a `$` alone would let a line break follow.
_SERVICE_ID = r"^[a-z0-9][a-z0-9-]{0,63}$(?!\n)"
_ONE_LINE = r"^[^\n\t]*\S[^\n\t]*$(?!\n)"
_SHA256 = r"^[0-9A-Fa-f]{64}$(?!\n)"
_DAY = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$(?!\n)"
_LONGEST_LINE = 200
_LONGEST_TEXT = 5_000
_MOST_ITEMS = 1_000
_MOST_VIOLATIONS = 5_000
_FEW_OPTIONS = 50
_MANY_ITEMS, _FIRST_ITEMS = 10_000, 20
_MOST_SHOWN = 80


# The schema of a self-assessment


def self_assessment(
    catalogue: Catalogue, provision_ids: Iterable[str], titles: Mapping[str, str] | None = None
) -> Json:
    """The JSON Schema of a self-assessment that answers `catalogue` and may speak of the provisions given.

    What an editor shows at a key stands in `description`, which for a question says all that it takes to answer it;
    `titles` are those of provisions.
    """
    provisions, named = list(provision_ids), titles or {}
    line, day = {"$ref": "#/$defs/line"}, {"$ref": "#/$defs/day"}
    properties = {
        "format": {"const": FORMAT, "description": "The format of this file, always the same."},
        "service": _head("service", "The service that this is about.", id=_service_id(), name=line, provider=line),
        "period": _head(
            "period",
            "The days that the answers speak of, in quotes, over when the file was prepared.",
            **{"from": day, "to": day},
        ),
        "prepared": _head(
            "prepared",
            "Roles such as Head of Trust and Safety, not people's names.",
            on=day,
            role=line,
            approved_by_role=line,
        ),
        "answers": _answers(catalogue.questions),
        "provisions": _section(
            {id: {"$ref": "#/$defs/declaration", "description": named.get(id, id)} for id in provisions},
            null=True,
            description="What only the platform can say of a provision: its status, or an alternative to it.",
            defaultSnippets=_SNIPPETS,
        ),
        "evidence": {
            **_list({"$ref": "#/$defs/evidence"}, "a list of evidence", null=True, unique=False),
            "description": "What is offered in support of answers and statuses; its kind and age decide how it counts.",
        },
        "not_measured": {
            **_list({"$ref": "#/$defs/question"}, "a list of questions", null=True),
            "description": "Questions looked at whose answer is not known or was not measured. They count as blank.",
        },
    }
    return {
        "$schema": DIALECT,
        "title": "Self-assessment",
        **_section(properties, ["format", "service", "period", "prepared", "answers"]),
        "$defs": {
            "line": _text(_ONE_LINE, "one line of text", longest=_LONGEST_LINE),
            "words": {"type": ["string", "null"], "maxLength": _LONGEST_TEXT, "x-expected": "text"},
            "day": {"type": "string", **_date()},
            "declaration": _declaration(),
            "evidence": _evidence(),
            "question": {"enum": [*catalogue.questions], "x-expected": "the id of a question"},
            "supported": {
                "enum": [*catalogue.questions, *provisions],
                "x-expected": "the id of a question or of a provision",
            },
        },
    }


def _head(section: str, about: str, **properties: Json) -> Json:
    """A section of the head, all of whose keys have to be there."""
    described = {key: {**part, "description": HEAD[section][key]} for key, part in properties.items()}
    return _section(described, properties, description=about)


def _answers(questions: Mapping[str, Question]) -> Json:
    """Dotted ids as nested mappings; a section says what is asked in it."""
    top = _mapping({}, null=True, description=_ANSWERS)
    for question in questions.values():
        *sections, name = question.id.split(".")
        at = top
        for i, section in enumerate(sections):
            title = ".".join(sections[: i + 1])
            at = at["properties"].setdefault(section, _mapping({}, null=True, title=title))
        at["properties"][name] = _answer(question)
        if at is not top:
            before = at.get("description")
            at["description"] = f"{before}, {question.label}" if before else f"Asked here: {question.label}"
    return top


def _answer(question: Question) -> Json:
    fragment, answer = _typed(question), wanted(question)
    unit = "" if question.unit in answer else f" Unit: {question.unit}."
    counted = f" The number of items is asked as {question.clock.n}." if question.clock else ""
    about = f"{question.ask}\n\n{question.define}\n\nAnswer: {answer}.{unit}{counted}"
    return {"title": question.label, "description": about, "x-type": question.type.value, **fragment}


def wanted(question: Question) -> str:
    """What is to be written as an answer, with every option there is."""
    if question.ordered:
        return f"one of these, from low to high: {', '.join(question.options)}"
    fragment = _typed(question)
    if "items" in fragment:
        return f"a list of any of {', '.join(fragment['items']['enum'])}"
    if "enum" in fragment:
        return f"one of {', '.join(option for option in fragment['enum'] if option)}"
    return _expected(fragment)


def bounds(question: Question) -> tuple[float, float]:
    """The least and the most that a number answering the question may be."""
    least = question.minimum if question.minimum is not None else 0
    most = question.maximum if question.maximum is not None else MOST_WHOLE
    return least, min(most, 1) if question.type is QuestionType.SHARE else most


def _typed(question: Question) -> Json:
    least, most = bounds(question)
    match question.type:
        case QuestionType.YES_NO:
            return {"type": ["boolean", "null"]}
        case QuestionType.COUNT:
            expected = f"a whole number of {question.unit or 'items'}"
            return {"type": ["integer", "null"], "minimum": least, "maximum": most, "x-expected": expected}
        case QuestionType.SHARE:
            expected = "a share between 0 and 1"
            return {"type": ["number", "null"], "minimum": least, "maximum": most, "x-expected": expected}
        case QuestionType.HOURS | QuestionType.DAYS:
            expected = f"a number of {question.type}"
            return {"type": ["number", "null"], "minimum": least, "maximum": most, "x-expected": expected}
        case QuestionType.CHOICE:
            return {"enum": [*question.options, None]}
        case QuestionType.CHOICES:
            return _list({"enum": list(question.options)}, "a list of options", null=True)
        case QuestionType.DATE:
            return {"type": ["string", "null"], **_date()}
        case QuestionType.TEXT:
            return {"type": ["string", "null"], "maxLength": _LONGEST_TEXT}


def _declaration() -> Json:
    words = {"$ref": "#/$defs/words"}
    since = {"type": ["string", "null"], **_date(), "description": "The day since when this is so, in quotes."}
    status = {"enum": [*(status.value for status in Status), None], "description": _STATUS}
    properties = {"status": status, "since": since}
    properties |= {key: {**words, "description": about} for key, about in TEXTS.items()}
    return _section(properties, null=True)


def _evidence() -> Json:
    line, day = {"$ref": "#/$defs/line"}, {"$ref": "#/$defs/day"}
    sha256 = {"type": ["string", "null"], "pattern": _SHA256, "x-expected": "64 hexadecimal digits"}
    covers = _section({"from": day, "to": day}, ["from", "to"], null=True)
    supports = _list({"$ref": "#/$defs/supported"}, "a list of ids") | {"minItems": 1}
    kind = {"enum": [*KINDS], "description": "What it is by its nature; what it counts as is decided by the rules."}
    properties = {
        "id": {**line, "description": "A name for this piece of evidence, given once in the file."},
        "title": {**line, "description": "What it is."},
        "kind": kind,
        "made_by": {**line, "description": "Who made it: a company or a role."},
        "date": {**day, "description": "The day of it, in quotes."},
        "covers": {**covers, "description": "The days that it speaks of, where it speaks of some."},
        "sha256": {**sha256, "description": "The SHA-256 of the file, so that it can be told from any other."},
        "supports": {**supports, "description": "The ids of the questions and provisions that it supports."},
    }
    required = ["id", "title", "kind", "made_by", "date", "supports"]
    return _section(properties, required)


# What stands in the head of a file, by section and key.
HEAD: Mapping[str, Mapping[str, str]] = {
    "service": {
        "id": "What tells the service from all others, in lower-case letters, digits and hyphens; the same each time.",
        "name": "The name that its users know it by.",
        "provider": "The company or person that provides it.",
    },
    "period": {"from": "The first day.", "to": "The last day; it is over when the file is prepared."},
    "prepared": {
        "on": "The day on which the file was finished, after the period and not in the future.",
        "role": "Who prepared it: a role such as Head of Trust and Safety, not a name.",
        "approved_by_role": "Who approved it: a role such as Chief Executive, not a name.",
    },
}
_ANSWERS = "An answer to each question, nested by the parts of its id. A blank is unknown, never no."
_STATUS = (
    "in_place, partly_in_place, planned or not_in_place; alternative, where something else does what the provision is"
    " for, with the whole record of it; not_applicable, with a reason, which counts only where the facts say so."
)
# The texts of a declaration.
TEXTS: Mapping[str, str] = {
    "comment": "Anything that a reader should know; never scored.",
    "reason": "Of not_applicable: which fact takes the service out of the provision's reach.",
    "instead": "Of an alternative: what is done instead, and what is not used.",
    "how_it_complies": "Of an alternative: how it does what the provision is for.",
    "regard_to_expression_and_privacy": "Of an alternative: the regard had to freedom of expression and to privacy.",
}
# What an editor offers to write as a whole, by yaml-language-server's own keyword.
_SNIPPETS = [
    {
        "label": "alternative",
        "description": "An alternative to a provision, with the record that goes with it",
        "body": {
            "${1:PROVISION}": {
                "status": "alternative",
                "instead": "$2",
                "how_it_complies": "$3",
                "regard_to_expression_and_privacy": "$4",
            }
        },
    }
]


def _section(properties: Json, required: Iterable[str] = (), **about: Any) -> Json:
    """A mapping whose keys are titled by their names: where there is no title, an editor shows the whole file's."""
    return _mapping({name: {"title": name, **fragment} for name, fragment in properties.items()}, required, **about)


def _mapping(properties: Json, required: Iterable[str] = (), *, null: bool = False, **about: Any) -> Json:
    kind = ["object", "null"] if null else "object"
    closed = {"type": kind, "properties": properties, "additionalProperties": False, **about}
    return {**closed, "required": list(required)} if required else closed


def _list(items: Json, expected: str, *, null: bool = False, unique: bool = True) -> Json:
    kind = ["array", "null"] if null else "array"
    return {"type": kind, "items": items, "uniqueItems": unique, "maxItems": _MOST_ITEMS, "x-expected": expected}


def _text(pattern: str, expected: str, longest: int = _LONGEST_TEXT) -> Json:
    return {"type": "string", "pattern": pattern, "maxLength": longest, "x-expected": expected}


def _service_id() -> Json:
    return _text(_SERVICE_ID, "lower-case letters, digits and hyphens, at most 64, not starting with a hyphen")


def _date() -> Json:
    return {"format": "date", "pattern": _DAY, "x-expected": 'a date such as "2026-01-31"'}


# Finding violations


class _Fault(NamedTuple):
    """One violation: where, which keyword of which fragment, by what value; `name` is a key lacking or not known."""

    path: Path
    keyword: str
    fragment: Json
    value: Any
    name: str | None = None


def register(cohorts: Iterable[str]) -> Json:
    """The JSON Schema of a register's lines, whose `cohort` is empty or one of those given."""
    line, day = _text(_ONE_LINE, "one line of text", _LONGEST_LINE), {"type": "string", **_date()}
    properties = {
        "service_id": _service_id(),
        "service": line,
        "provider": line,
        "codes": {"type": "string", "x-expected": "ids of codes, joined by semicolons"},
        "period_from": day,
        "period_to": day,
        "due": day,
        "cohort": {"enum": ["", *cohorts], "x-expected": f"nothing or one of {_listed([*cohorts], 40)}"},
    }
    return {
        "$schema": DIALECT,
        "title": "Register",
        "type": "array",
        "minItems": 1,
        "items": _mapping(properties, properties),
    }


def check(schema: Json, tree: Tree, longest: int = _MOST_ITEMS) -> list[Problem]:
    """Everything in the tree that does not fit the schema, at most one problem a place, in file order.

    Of a list that may hold more than the `longest` items only the first so many and one are looked at.

    A schema is compiled once for as long as the same object is passed; it must not be changed afterwards.
    """
    validator = _validator(schema)
    if validator.is_valid(tree.value):
        return []
    short = _shortened(tree.value, longest)
    # The validator holds all violations at once: of very many items the first may have enough.
    for value in [_shortened(short, _FIRST_ITEMS), short] if _items(short) > _MANY_ITEMS else [short]:
        errors = islice(validator.iter_errors(value), _MOST_VIOLATIONS)
        faults: dict[tuple[Path, str | None], _Fault] = {}
        for fault in _faults(schema, tree.value, errors):
            place = fault.path, fault.name
            if place not in faults or _rank(fault) < _rank(faults[place]):
                faults[place] = fault
        if len(faults) > MOST_PROBLEMS:
            break
    # A file of another kind lacks everything, so that it is one says enough.
    told = list(filter(_is_another_kind, faults.values())) or faults.values()
    ordered = sorted(told, key=lambda fault: _position(tree, fault))
    # A suggestion costs milliseconds, and no more problems than these are ever shown.
    return [_problem(tree, fault, suggest=i < MOST_PROBLEMS) for i, fault in enumerate(ordered)]


def _is_another_kind(fault: _Fault) -> bool:
    if fault.path != ("format",) or fault.keyword != "const" or not isinstance(fault.value, str):
        return False
    return fault.value.partition("/")[0] != str(fault.fragment["const"]).partition("/")[0]


def _meant_key(fault: _Fault) -> str | None:
    """The known key that an unknown one was most likely meant to be; what stands after a colon is its value."""
    name, known = str(fault.name), list(fault.fragment.get("properties", ()))
    key = name.partition(":")[0]
    return key if key in known else nearest(name, known)


def _shortened(value: Any, longest: int) -> Any:
    """The same with no list longer than is needed to find it too long: the validator keeps a kilobyte a violation."""
    if isinstance(value, dict):
        return {key: _shortened(each, longest) for key, each in value.items()}
    return [_shortened(each, longest) for each in value[: longest + 1]] if isinstance(value, list) else value


def fits(schema: Json, value: Any) -> bool:
    """Whether a plain value fits the schema; what does not fit costs no more than what does."""
    return _validator(schema).is_valid(value)


def _items(value: Any) -> int:
    if isinstance(value, dict):
        return sum(map(_items, value.values()))
    return len(value) + sum(map(_items, value)) if isinstance(value, list) else 0


def violations(schema: Json, value: Any) -> set[tuple[Path, str]]:
    """Where `value` violates the schema, and which keyword of it."""
    return {(tuple(error.instance_path), _violated(error)[1]) for error in _validator(schema).iter_errors(value)}


def reference(schema: Json) -> Callable[[Any], set[tuple[Path, str]]]:
    """What `violations` finds, found by jsonschema, which first makes sure that the schema itself is right."""
    from jsonschema import Draft202012Validator, FormatChecker

    Draft202012Validator.check_schema(schema)
    formats = FormatChecker(formats=())
    formats.checks("date")(lambda text: not isinstance(text, str) or is_day(text))
    validator = Draft202012Validator(schema, format_checker=formats)
    return lambda value: {(tuple(e.absolute_path), str(e.validator)) for e in validator.iter_errors(value)}


_compiled: dict[int, tuple[Json, jsonschema_rs.Draft202012Validator]] = {}


def _validator(schema: Json) -> jsonschema_rs.Draft202012Validator:
    found = _compiled.get(id(schema))
    if found is None:
        if len(_compiled) >= 16:
            _compiled.clear()
        made = jsonschema_rs.Draft202012Validator(_lean(schema), validate_formats=True, formats={"date": is_day})
        # The schema is kept with its validator, so that its id stays its own.
        found = _compiled[id(schema)] = schema, made
    return found[1]


def _lean(schema: Json) -> Json:
    """The same with the long lists of names among its definitions asked for by `if`, whose `else` nothing satisfies.

    A violation of `enum` keeps a copy of all options: thousands of them in one file would be gigabytes.
    """
    return schema | {"$defs": {name: _asked(fragment) for name, fragment in (schema.get("$defs") or {}).items()}}


def _asked(fragment: Json) -> Json:
    if len(fragment.get("enum", ())) <= _FEW_OPTIONS:
        return fragment
    rest = {key: value for key, value in fragment.items() if key != "enum"}
    return rest | {"if": {"enum": fragment["enum"]}, "else": False}


def _violated(error: jsonschema_rs.ValidationError) -> tuple[list[Any], str]:
    """Where in the schema as written the violated keyword stands, and which it is."""
    *steps, keyword = error.schema_path
    return steps, "enum" if keyword == "else" else str(keyword)


_IS_DAY = re.compile(_DAY).fullmatch


def is_service_id(text: str) -> bool:
    """Whether the text may be a service's id."""
    return bool(re.fullmatch(_SERVICE_ID, text))


def is_day(text: str) -> bool:
    """Whether the text is a date of the calendar, as in 2026-01-31."""
    try:
        return bool(_IS_DAY(text) and date.fromisoformat(text))
    except ValueError:
        return False


def _faults(schema: Json, root: Any, errors: Iterable[jsonschema_rs.ValidationError]) -> Iterator[_Fault]:
    for error in errors:
        steps, keyword = _violated(error)
        path, fragment = tuple(error.instance_path), _at(schema, steps)
        value, kind = _at(root, path), cast(Any, error.kind)
        if steps and steps[-1] == "propertyNames":
            name = str(kind.error.instance)
            yield _Fault(path, keyword, fragment, name, name)
        elif keyword == "required":
            wanted = fragment.get("properties", {}).get(kind.property, {})
            yield _Fault(path, keyword, _resolved(schema, wanted), value, kind.property)
        elif keyword == "additionalProperties":
            # Where nothing at all is allowed, every key is unexpected and the validator names none.
            names = getattr(kind, "unexpected", value)
            yield from (_Fault(path, keyword, fragment, value, name) for name in names)
        elif keyword == "uniqueItems":
            second = _second(value)
            yield _Fault((*path, second), keyword, fragment, value[second])
        elif keyword == "anyOf" and (branch := _meant(kind.context, path)):
            yield from _faults(schema, root, branch)
        else:
            yield _Fault(path, keyword, fragment, value)


def _at(value: Any, steps: Iterable[Any]) -> Any:
    for step in steps:
        value = value[step]
    return value


def _resolved(schema: Json, fragment: Json) -> Json:
    return _at(schema, fragment["$ref"].split("/")[1:]) if "$ref" in fragment else fragment


def _second(items: list[Any]) -> int:
    """The index of the first item that repeats another."""
    seen: set[str] = set()
    for i, item in enumerate(items):
        text = json.dumps(item, sort_keys=True)
        if text in seen:
            return i
        seen.add(text)
    return len(items) - 1


def _meant(
    branches: list[list[jsonschema_rs.ValidationError]], path: Path
) -> list[jsonschema_rs.ValidationError] | None:
    """What is wrong with the one alternative that has the value's type, None where none or several have it."""
    typed = [
        errors
        for errors in branches
        if not any(error.schema_path[-1] == "type" and tuple(error.instance_path) == path for error in errors)
    ]
    return typed[0] if len(typed) == 1 else None


_RANKED = ("type", "const", "enum", "format", "pattern")


def _rank(fault: _Fault) -> int:
    return _RANKED.index(fault.keyword) if fault.keyword in _RANKED else len(_RANKED)


def _is_at_key(fault: _Fault) -> bool:
    return fault.name is not None and fault.keyword != "required"


def _position(tree: Tree, fault: _Fault) -> tuple[int, int]:
    return tree.locate((*fault.path, fault.name or "") if _is_at_key(fault) else fault.path, key=_is_at_key(fault))


# Words for them

Words = tuple[str, dict[str, object]]


def _problem(tree: Tree, fault: _Fault, suggest: bool) -> Problem:
    id, details = _WORDS.get(fault.keyword, _does_not_fit)(fault, suggest)
    path = (*fault.path, str(fault.name)) if _is_at_key(fault) else fault.path
    return tree.problem(id, path, key=_is_at_key(fault), **details)


def _wrong_type(fault: _Fault, suggest: bool) -> Words:
    types = fault.fragment["type"]
    if isinstance(fault.value, float) and "integer" in types:
        return "not-whole", {"got": _got(fault.value)}
    wanted = set([types] if isinstance(types, str) else types)
    advice = _type_advice(fault.value, wanted, fault.fragment)
    # Where text is meant, 2025 is a year or a version and not 2,025.
    got = str(fault.value) if type(fault.value) is int and "string" in wanted else _got(fault.value)
    return "wrong-type", {"expected": _expected(fault.fragment), "got": got, "advice": advice}


def _wrong_option(fault: _Fault, suggest: bool) -> Words:
    value, options = fault.value, [option for option in fault.fragment["enum"] if isinstance(option, str)]
    near = nearest(value, options) if suggest and isinstance(value, str) else None
    advice = f"Did you mean {near}?" if near else "Write one of them, exactly as it is here."
    if value == "" and None in fault.fragment["enum"]:
        advice = _BLANK
    return "unknown-option", {"expected": _expected(fault.fragment), "got": _got(value), "advice": advice}


def _wrong_const(fault: _Fault, suggest: bool) -> Words:
    wanted = fault.fragment["const"]
    if fault.path == ("format",):
        return "wrong-format", {"got": _got(fault.value), "wanted": wanted}
    return "unknown-option", {
        "expected": _shown(wanted),
        "got": _got(fault.value),
        "advice": f"Write {_shown(wanted)}.",
    }


def _unknown_key(fault: _Fault, suggest: bool) -> Words:
    name, known = fault.name or "", list(fault.fragment.get("properties", ()))
    near = _meant_key(fault) if suggest else None
    nested = name[:_MOST_SHOWN].split(".")
    if near and name.startswith(f"{near}:"):
        advice = f"Put a plain space after the colon of {near}."
    elif near:
        advice = f"Did you mean {near}?"
    elif re.fullmatch("[0-9]+", name):
        advice = "Write numbers without separators and with a decimal point: a comma ends what stands before it."
    elif " " in name and isinstance(fault.value, dict) and fault.value.get(name, name) is None:
        advice = "Inside braces, text with a comma in it needs quotes."
    elif " " in name:
        advice = "Text that belongs to the key above stands two spaces further in than that key, or in quotes."
    elif nested[0] in known:
        advice = f"Write each part on its own level: {': {'.join(nested)}: ...{'}' * (len(nested) - 1)}."
    else:
        advice = f"Known here: {_listed(known)}." if known else "Nothing is known here."
    return "unknown-key", {"name": name, "advice": advice}


def _missing_key(fault: _Fault, suggest: bool) -> Words:
    expected, keys = _expected(fault.fragment) or "its value", list(fault.fragment.get("properties", ()))
    return "missing-key", {"name": fault.name, "expected": f"{expected} ({_listed(keys)})" if keys else expected}


def _below(fault: _Fault, suggest: bool) -> Words:
    return "below-minimum", {"got": _got(fault.value), "least": _shown(fault.fragment["minimum"])}


def _above(fault: _Fault, suggest: bool) -> Words:
    value = fault.value
    if fault.fragment.get("x-type") != QuestionType.SHARE:
        return "above-maximum", {"got": _got(value), "most": _shown(fault.fragment["maximum"])}
    share = f"{Decimal(str(value)) / 100:f}"
    advice = f"Write {share} where {value} % is meant." if value <= 100 else "Divide the part by the whole."
    return "share-above-one", {"got": _got(value), "advice": advice}


def _too_long(fault: _Fault, suggest: bool) -> Words:
    return "text-too-long", {"most": f"{fault.fragment['maxLength']:,} characters"}


def _too_short(fault: _Fault, suggest: bool) -> Words:
    length, least = len(fault.value), fault.fragment["minLength"]
    advice = "Say more." if length else "Write it; after >- it stands on the next lines, two spaces further in."
    characters = "character" if least == 1 else "characters"
    return "text-too-short", {"length": length, "least": least, "characters": characters, "advice": advice}


def _wrong_form(fault: _Fault, suggest: bool) -> Words:
    pattern = fault.fragment["pattern"]
    wanted = fault.fragment.get("x-expected") or f"text of the form {pattern}"
    fits = next(filter(re.compile(pattern).search, _likely(fault.value)), None)
    if not fault.value.strip():
        advice = "Write it."
    elif fits and fits == fault.value.strip(_CURLY):
        advice = _STRAIGHT
    else:
        advice = f"Write {fits}, for example." if fits else "Correct it."
    return "wrong-form", {"expected": wanted, "got": _got(fault.value), "advice": advice}


def _likely(text: str) -> Iterator[str]:
    """What the text may have been meant to be: an id or a web address."""
    plain = text[:64].strip(f"{_CURLY} ")
    yield plain
    for join in ("-", "_"):
        for each in (plain, plain.casefold()):
            yield re.sub(r"[^A-Za-z0-9.]+", join, each).strip(join)
    yield re.sub("[^a-z0-9]+", "-", plain.casefold()).strip("-")
    if re.fullmatch(r"www\.[!-~]+", plain):
        yield f"https://{plain}"


def _wrong_date(fault: _Fault, suggest: bool) -> Words:
    if re.fullmatch(_DAY, fault.value):
        return "no-such-date", {"got": fault.value}
    is_curly = is_day(fault.value.strip(_CURLY))
    advice = _STRAIGHT if is_curly else _WRITE_DATE
    return "wrong-form", {"expected": _date()["x-expected"], "got": _got(fault.value), "advice": advice}


def _few_items(fault: _Fault, suggest: bool) -> Words:
    return "too-few-items", {"count": len(fault.value), "least": fault.fragment["minItems"]}


def _many_items(fault: _Fault, suggest: bool) -> Words:
    return "too-many-items", {"count": len(fault.value), "most": fault.fragment["maxItems"]}


def _repeated_item(fault: _Fault, suggest: bool) -> Words:
    is_plain = not isinstance(fault.value, dict | list)
    return "repeated-item", {"got": _got(fault.value) if is_plain else "the same entry"}


def _does_not_fit(fault: _Fault, suggest: bool) -> Words:
    fragment, advice = fault.fragment, "`compliance codes schema` prints what fits here."
    if "anyOf" in fragment:
        wanted = " or ".join(_expected(branch) for branch in fragment["anyOf"])
    elif fault.keyword == "exclusiveMinimum":
        wanted = f"a number above {_shown(fragment['exclusiveMinimum'])}"
        advice = "Write such a number, or leave the key out."
    else:
        wanted = f"what the rule {fault.keyword} of the schema allows"
    return "does-not-fit", {"expected": wanted, "got": _got(fault.value), "advice": advice}


_WORDS: dict[str, Callable[[_Fault, bool], Words]] = {
    "type": _wrong_type,
    "enum": _wrong_option,
    "const": _wrong_const,
    "additionalProperties": _unknown_key,
    "required": _missing_key,
    "minimum": _below,
    "maximum": _above,
    "maxLength": _too_long,
    "minLength": _too_short,
    "pattern": _wrong_form,
    "format": _wrong_date,
    "minItems": _few_items,
    "maxItems": _many_items,
    "uniqueItems": _repeated_item,
}

_TYPES = {
    "boolean": "true or false",
    "integer": "a whole number",
    "number": "a number",
    "string": "text",
    "array": "a list",
    "object": "keys with values",
    "null": "nothing",
}


def _expected(fragment: Json) -> str:
    if "x-expected" in fragment:
        return str(fragment["x-expected"])
    if "const" in fragment:
        return _shown(fragment["const"])
    if "enum" in fragment:
        return f"one of {_listed([_shown(option) for option in fragment['enum'] if option is not None])}"
    types = fragment.get("type", [])
    return " or ".join(_TYPES[each] for each in ([types] if isinstance(types, str) else types) if each != "null")


def _got(value: Any) -> str:
    if isinstance(value, str):
        return quoted(value) if value.strip() else "an empty text"
    if isinstance(value, dict | list):
        return "keys with values" if isinstance(value, dict) else "a list"
    return "nothing" if value is None else _shown(value)


def _shown(value: Any) -> str:
    """A plain value for people: 2,400,000 and 6.5, true, or the text itself."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        is_whole = abs(value) <= MOST_WHOLE and value == int(value)
        return f"{int(value) if is_whole else value:,}"
    return value if isinstance(value, str) else json.dumps(value)


def _listed(names: list[str], most: int = 12) -> str:
    return ", ".join(names[:most]) + (f" and {len(names) - most} more" if len(names) > most else "")


_WRITE_KEYS = "Write the keys that belong here, each with its value."
_WRITE_NEXT = "Write its entries below, each beginning with a dash and a space."
_WRITE_TEXT = "Write it after the colon; text that begins with # goes in quotes."
_OR_BLANK = ", or leave it empty (null) if it is not known"
_BLANK = "Leave it empty, or write null, if it is not answered."
_CURLY = "“”„‟‘’‚‛«»"
_STRAIGHT = "Type straight quotes in place of the curly ones."
_WRITE_DATE = "Write four digits of the year, two of the month and two of the day, with hyphens, in quotes."
_MEANT_YES = frozenset({"yes", "y", "on", "true", "ja", "oui"})
_MEANT_NO = frozenset({"no", "n", "off", "false", "nein", "non"})


def _type_advice(value: Any, types: set[str], fragment: Json) -> str:
    """What to write instead of a value of the wrong type."""
    if isinstance(value, str) and not value.strip() and "null" in types:
        return _BLANK
    if "boolean" in types:
        return _yes_or_no(value, _OR_BLANK if "null" in types else "")
    if types & {"number", "integer"}:
        if not isinstance(value, str):
            return "Write a number."
        return _plain_number(value, fragment.get("x-type"), _OR_BLANK if "null" in types else "")
    if value is None and "object" not in types:
        return _WRITE_NEXT if "array" in types else _WRITE_TEXT
    if "string" in types:
        if "format" in fragment:
            return _WRITE_DATE
        quotes = f': "{value}"' if type(value) is int else ", exactly as it should read"
        return f"Write it in quotes{quotes}." if not isinstance(value, dict | list) else "Write one text."
    if "array" in types:
        item = value if isinstance(value, str) and re.fullmatch(r"[\w.-]{1,40}", value) else "item"
        return f"Write a list in brackets, even of one item: [{item}]."
    known = list(fragment.get("properties", ()))
    return f"{_WRITE_KEYS} Known here: {_listed(known)}." if known else f"{_WRITE_KEYS} None begins with a dash."


def _yes_or_no(value: Any, or_blank: str) -> str:
    word = str(value).casefold()
    if word in _MEANT_YES | _MEANT_NO:
        meant = "true" if word in _MEANT_YES else "false"
        return f"Write {meant} without quotes." if value == meant else f"Write {meant}, not {value}."
    return f"Write true or false{or_blank}."


def _plain_number(text: str, kind: str | None, or_blank: str) -> str:
    """What to write instead of a text where a number is meant; a number is only proposed where none other is meant."""
    if clock := re.fullmatch(r"([0-9]{1,4}):([0-5][0-9])", text):
        hours = f": {int(clock[1]) + int(clock[2]) / 60:.4g}" if kind == QuestionType.HOURS else ""
        return f"Write {kind if hours else 'it'} as a decimal number{hours}."
    percent = re.fullmatch(r"([0-9]{1,15}(?:\.[0-9]{1,15})?) ?%", text)
    if percent and kind in (QuestionType.SHARE, None):  # rules have no other numbers that could be percentages
        return f"Write {Decimal(percent[1]) / 100:f}, without a sign."
    unit = re.fullmatch(r"([0-9]{1,15}(?:\.[0-9]{1,15})?) ?(hours?|hrs?|h|days?|d)", text)
    if unit and unit[2][0] == str(kind)[0]:
        return f"Write the number alone: {unit[1]}."
    plain = re.sub(r"(?<=[0-9])[ ,_](?=[0-9]{3}(?![0-9]))", "", text[:_MOST_SHOWN])
    decimal = re.sub(r"^([-+]?)0+(?=[0-9])", r"\1", plain)
    if not re.fullmatch(r"[-+]?[0-9]{1,16}(?:\.[0-9]{1,16})?", decimal):
        example = "whole number, such as 1250" if kind == QuestionType.COUNT else "decimal number, such as 12.5"
        return f"Write a plain {example}{or_blank}."
    if decimal != plain:
        return f"Write {decimal}: some readers take a leading zero as octal."
    return f"Write {decimal} without {'quotes' if plain == text else 'separators'}."
