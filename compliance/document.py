"""Reads the bytes of a YAML, JSON or CSV file into plain values, strictly, and knows where each value stands.

YAML comes from libyaml's event stream and JSON from a scanner of our own; both build the value on one base class, whose
limits act while the file is read. libyaml's composer, which crashes on deep nesting, is never used. A small JSON file
with nothing to report takes a short cut through `json`. Positions are collected by a second reading, made when the
first is asked for. Whatever the bytes, `read` returns a tree, problems or both and raises nothing.
"""

from __future__ import annotations

import json
import re
from bisect import bisect_right
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from math import inf, isfinite
from typing import Any, Literal, NamedTuple

from compliance.model import Path, Problem
from compliance.problems import in_order, problem, quoted

Syntax = Literal["yaml", "json", "csv", "xlsx"]
Read = Callable[[bytes, str], tuple["Tree | None", list[Problem]]]
Place = tuple[int, int]

MOST_BYTES = 5_000_000
MOST_DEPTH = 50
MOST_VALUES = 100_000
MOST_TEXT = 64_000
MOST_WHOLE = 2**53
LONGEST_NUMBER = 100

_WORKBOOKS = (".xlsx", ".xlsm", ".xlsb", ".xltx", ".xls", ".ods")
_STARTS_OF_WORKBOOKS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")
_BOM = b"\xef\xbb\xbf"
# How files of other programs begin, in small letters; none of it can begin a file of ours.
_NOT_PLAIN = {
    b"pk\x03\x04": "a word processor's document or a packed folder",
    b"\xd0\xcf\x11\xe0": "a word processor's document",
    b"{\\rtf": "a word processor's document",
    b"%pdf-": "a PDF",
    b"<!doctype": "a web page",
    b"<html": "a web page",
}
_LONGEST_START = 64
_ORDINARY = bytes([9, 10, 13, *range(32, 127)])
_NO_BRACKETS = bytes(set(range(256)) - set(b"[]{}"))
_FORBIDDEN = "\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff\ufeff\ufffe\uffff"
_IN_FILE = re.compile(f"[{_FORBIDDEN}]")
_IN_TEXT = re.compile(f"[{_FORBIDDEN}\r]")  # a carriage return ends lines, but inside text only an escape can put it
# The escapes of JSON that may stand for such a character; a false alarm only costs the short cut.
_ESCAPED = re.compile(
    rb"(?<!\\)(?:\\\\)*+\\"
    rb"(?:[bfr]|u(?:00[0189]|007[fF]|202[89a-eA-E]|206[6-9]|[dD][89a-fA-F]|[fF][eE][fF][fF]|[fF]{3}[eEfF]))"
)
_BARE_KEY = re.compile(r"[\w.-]{1,80}", re.ASCII)

_WORDS = {"true": True, "false": False, "null": None, "": None}
_NULL_TO_SOME = frozenset({"~", "Null", "NULL"})
_DIGITS = r"[0-9](?:_?[0-9])*"
_YAML_NUMBER = re.compile(rf"[-+]?(?:(?:0|[1-9](?:_?[0-9])*)(?:\.(?:{_DIGITS})?)?|\.{_DIGITS})(?:[eE][-+]?[0-9]+)?")
_JSON_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?")

_LETTERS_WITHOUT_INK = "\u115f\u1160\u2800\u3164\uffa0"  # fillers, and a Braille pattern of no dots

_NOTHING = object()


class _StopReading(Exception):  # noqa: N818 - nothing failed: a problem is noted, and what follows cannot be read
    pass


@dataclass(frozen=True)
class Tree:
    """A file's value, and where each part of it stands; paths are keys and indexes from the root."""

    value: Any
    file: str
    data: bytes = field(repr=False)
    syntax: Syntax

    def where(self, path: Path) -> Path:
        """The path in the file of the value at `path`."""
        return path

    def locate(self, path: Path, key: bool = False) -> Place:
        """Line and column, from 1, of the value at `path` or of its key; the nearest existing ancestor's if missing."""
        own = self.where(path)
        while own not in self._places:
            own = own[:-1]
            key = False
        return self._places[own][0 if key else 1]

    def problem(self, id: str, path: Path, /, *, key: bool = False, **details: object) -> Problem:
        """The problem `id` of the value at `path`, or of its key."""
        line, column = self.locate(path, key)
        return problem(id, self.file, line, column, dotted(self.where(path)), **details)

    def in_order(self, problems: list[Problem]) -> list[Problem]:
        """The file's problems in its order, see `problems.in_order`."""
        return in_order(problems)

    @cached_property
    def _places(self) -> dict[Path, tuple[Place, Place]]:
        places: dict[Path, tuple[Place, Place]] = {}
        _parse(self.data, self.file, self.syntax, places)
        return places


def read(data: bytes, file: str, syntax: Syntax | None = None) -> tuple[Tree | None, list[Problem]]:
    """The tree in `data`, None where it cannot be read to its end, and every problem found; any of them refuses it.

    A value that has a problem is null in the tree.
    """
    kind = syntax or syntax_of(file, data)
    value, problems = _short_cut(data) if kind == "json" else _NOTHING, list[Problem]()
    if value is _NOTHING:
        value, problems = _parse(data, file, kind)
    return (None if value is _NOTHING else Tree(value, file, data, kind)), problems


def syntax_of(file: str, data: bytes) -> Syntax:
    """What a file is read as when nobody says: by its suffix, and without one (standard input) by how it begins."""
    if "." in file:
        suffix = file.lower().rpartition(".")[2]
        return "json" if suffix == "json" else "csv" if suffix == "csv" else "yaml"
    return "json" if data.lstrip().startswith(b"{") else "yaml"


def is_workbook(file: str, data: bytes) -> bool:
    """Whether a file is for the reader of workbooks: by its suffix, and without one by how it begins."""
    return file.lower().endswith(_WORKBOOKS) if "." in file else data.startswith(_STARTS_OF_WORKBOOKS)


def dotted(path: Path) -> str:
    """A path as people write it: `answers.removal.csam.p95_hours`, `evidence[0].date`."""
    text = ""
    for step in path:
        if isinstance(step, int):
            text += f"[{step}]"
        elif _BARE_KEY.fullmatch(step):
            text += f".{step}" if text else step
        else:
            text += f"[{quoted(step)}]"
    return text


def shown(text: str) -> str:
    """The text without blanks around it; nothing where no character of it can be seen, which is a blank as well."""
    return text.strip() if text.isascii() or any(map(_can_be_seen, text)) else ""


def _can_be_seen(character: str) -> bool:
    from unicodedata import category  # few files need it

    return category(character)[0] not in "CMZ" and character not in _LETTERS_WITHOUT_INK


def _parse(
    data: bytes, file: str, syntax: Syntax, places: dict[Path, tuple[Place, Place]] | None = None
) -> tuple[Any, list[Problem]]:
    """The value, _NOTHING where it cannot be read to its end, and the problems; fills `places` if it is given."""
    text, problems = _decode(data, file)
    if text is None:
        return _NOTHING, problems
    if not text.strip():
        return _NOTHING, [problem("empty-file", file, 1, 1)]
    reader = _READERS[syntax](file, text, problems, places)
    try:
        reader.read()
    except _StopReading:
        return _NOTHING, problems
    if reader.root is None and not problems:
        problems.append(problem("empty-file", file, 1, 1))
    return (_NOTHING if reader.root is None else reader.root), problems


# Bytes and characters


def _decode(data: bytes, file: str) -> tuple[str | None, list[Problem]]:
    """The text of the file with every forbidden character replaced, and a problem for each kind of them."""
    if len(data) > MOST_BYTES:
        return None, [problem("file-too-large", file, most=MOST_BYTES)]
    data = data.removeprefix(_BOM)
    begins = data[:_LONGEST_START].lstrip().lower()
    for start, what in _NOT_PLAIN.items():
        if begins.startswith(start):
            return None, [problem("not-plain-text", file, 1, 1, what=what)]
    if b"\0\0" in (data[:4:2], data[1:4:2]):  # UTF-16 without a mark: every other byte is NUL
        return None, [problem("not-utf8", file, 1, 1)]
    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        before = data[: error.start].decode()
        return None, [problem("not-utf8", file, *_Lines(before).place(len(before)))]
    if not _IN_FILE.search(data.translate(None, _ORDINARY).decode()):
        return text, []
    lines, problems = _Lines(text), []
    for character in sorted(set(_IN_FILE.findall(text))):
        count = text.count(character)
        details = _described(character, f" ({count:,} times in this file)" if count > 1 else "")
        problems.append(problem("forbidden-character", file, *lines.place(text.index(character)), **details))
    return _IN_FILE.sub("\ufffd", text), problems


def _described(character: str, count: str) -> dict[str, str]:
    code = ord(character)
    if 0xD800 <= code <= 0xDFFF:
        what = "half of a surrogate pair"
    elif code in (0x2028, 0x2029):
        what = "a line separator"
    elif 0x202A <= code <= 0x2069:
        what = "a bidirectional override"
    else:
        what = "a control character" if code < 0xFE00 else "an invisible mark"
    return {"code": f"U+{code:04X}", "what": what, "count": count}


def unacceptable(text: str) -> tuple[str, Mapping[str, object]] | None:
    """Why a text is refused that some escape may have put together: a problem id and its details."""
    found = _IN_TEXT.search(text)
    if found:
        return "forbidden-character", _described(found.group(), "")
    if len(text) * 4 > MOST_TEXT and len(text.encode()) > MOST_TEXT:
        return "text-too-long", {"most": f"{MOST_TEXT:,} bytes"}
    return None


class _Lines:
    """Where an offset into a text stands."""

    def __init__(self, text: str) -> None:
        self._starts = [0, *(found.end() for found in re.finditer(r"\r\n?|\n", text))]

    def place(self, offset: int) -> Place:
        line = bisect_right(self._starts, offset)
        return line, offset - self._starts[line - 1] + 1


def _whole(text: str) -> int:
    """The whole number; ValueError for one too large to be kept."""
    number = int(text) if len(text) < LONGEST_NUMBER else MOST_WHOLE + 1
    if not -MOST_WHOLE <= number <= MOST_WHOLE:
        raise ValueError
    return number


def _decimal(text: str) -> float:
    """The number with a fraction or exponent; ValueError for one too large to be kept."""
    number = float(text) if len(text) < LONGEST_NUMBER else inf
    if not isfinite(number):
        raise ValueError
    return number


# From tokens to a value


class _Skipped(str):
    """A key whose value is read but not kept."""

    __slots__ = ()


class _Reader:
    """Builds the value from keys, values and brackets as they come; notes problems and keeps the limits.

    A mark is whatever the syntax knows a position by; only `where` looks into it.
    """

    def __init__(
        self, file: str, text: str, problems: list[Problem], places: dict[Path, tuple[Place, Place]] | None
    ) -> None:
        self.file = file
        self.source = text
        self.problems = problems
        self.places = places
        self.root: Any = None
        self.into: Any = None
        self.key: str | None = None  # the key that waits for its value; in a mapping, None where a key comes next
        self.around: list[tuple[Any, str | None, str | None]] = []
        self.values = 0
        self.key_mark: Any = None

    def read(self) -> None:
        raise NotImplementedError

    def where(self, mark: Any) -> Place:
        raise NotImplementedError

    def take_key(self, key: str | None, mark: Any) -> None:
        """A key; None where its text was refused."""
        self.count(mark)
        self.key_mark = mark
        self.key = _Skipped("?") if key is None else key
        if key in self.into:
            self.key = _Skipped(key)
            self.note("duplicate-key", mark, name=key)

    def skip_key(self, key: str, mark: Any) -> None:
        """A key that is refused together with its value."""
        self.key, self.key_mark = _Skipped(key), mark

    def take_value(self, value: Any, mark: Any) -> None:
        self.count(mark)
        into, key = self.into, self.key
        if self.places is not None and type(key) is not _Skipped:
            places = self.where(mark if key is None else self.key_mark), self.where(mark)
            self.places.setdefault(self.path(), places)
        if key is not None:
            if type(key) is not _Skipped:
                into[key] = value
            self.key = None
        elif into is None:
            self.root = value
        else:
            into.append(value)

    def open(self, container: dict[str, Any] | list[Any], mark: Any) -> None:
        inside, after = self.key, None
        if inside is None and type(self.into) is dict:
            self.note("key-not-text", mark)
            inside = after = _Skipped("?")
        else:
            self.take_value(container, mark)
        self.around.append((self.into, inside, after))
        self.into, self.key = container, None
        if len(self.around) > MOST_DEPTH:
            raise self.stop("too-deep", mark, most=MOST_DEPTH)

    def close(self) -> None:
        self.into, _, self.key = self.around.pop()

    def checked(self, text: str, mark: Any) -> str | None:
        """The text, or None where it is refused."""
        wrong = unacceptable(text)
        if wrong is None:
            return text
        id, details = wrong
        self.note(id, mark, **details)
        return None

    def number(self, text: str, mark: Any) -> int | float | None:
        plain = text.replace("_", "")
        try:
            return _decimal(plain) if set(plain).intersection(".eE") else _whole(plain)
        except ValueError:
            self.note("number-too-large", mark, text=text)
            return None

    def note(self, id: str, mark: Any, **details: object) -> None:
        self.problems.append(problem(id, self.file, *self.where(mark), dotted(self.path()), **details))

    def stop(self, id: str, mark: Any, **details: object) -> _StopReading:
        """To be raised: the problem is noted, and nothing after it can be read."""
        self.note(id, mark, **details)
        return _StopReading()

    def count(self, mark: Any) -> None:
        self.values += 1
        if self.values > MOST_VALUES:
            raise self.stop("too-many-values", mark, most=MOST_VALUES)

    def path(self) -> Path:
        steps: list[str | int] = [len(into) - 1 if key is None else key for into, key, _ in self.around[1:]]
        if self.key is not None:
            steps.append(self.key)
        elif type(self.into) is list:
            steps.append(len(self.into))
        return tuple(steps)


# YAML

# What libyaml says is wrong -> what we say, and what to do about it.
_COLON = "Add the colon after the key, or put quotes around text that holds a colon."
_CLOSE = "Add the comma or close the bracket, and check the quotes before it."
_ALIGN = (
    "Align it with what it belongs to, or move the lines above it; indent with spaces only, and check the quotes in "
    "the line before."
)
_QUOTE = "Put quotes around the text."
_TAB = ("a Tab stands where spaces are needed", "Indent with spaces only, two for each level.")
_ESCAPE = ("a backslash in double quotes has a meaning of its own", "Put single quotes around text with a backslash.")
_PERCENT = ("no line of text begins with %", "Move it under the key that it belongs to, or put quotes around it.")
_YAML_REASONS = {
    "mapping values are not allowed in this context": ("there is a colon inside a value", _COLON),
    "could not find expected ':'": ("this key has no colon after it", _COLON),
    "did not find expected key": ("a key was expected here", _ALIGN),
    "did not find expected '-' indicator": ("an entry of the list was expected here", _ALIGN),
    "did not find expected ',' or ']'": ("a comma or ] was expected here", _CLOSE),
    "did not find expected ',' or '}'": ("a comma or } was expected here", _CLOSE),
    "did not find expected node content": ("a value was expected here", _CLOSE),
    "found a tab character that violates indentation": _TAB,
    "found a tab character where an indentation space is expected": _TAB,
    "found character that cannot start any token": (
        "no value starts with this character",
        "Put quotes around text that starts with @, ` or %, and indent with spaces, never with the Tab key.",
    ),
    "block sequence entries are not allowed in this context": (
        "a dash and a space begin an entry of a list, and none can stand here",
        "Put quotes around text that begins with a dash; begin a list on a line of its own.",
    ),
    "did not find expected alphabetic or numeric character": ("no text begins with * or &", _QUOTE),
    "did not find expected whitespace or line break": ("no text begins with !", _QUOTE),
    "could not find expected directive name": _PERCENT,
    "found unknown directive name": _PERCENT,
    "did not find expected <document start>": ("this line begins further left than the first", _ALIGN),
    "mapping keys are not allowed in this context": ("no text begins with ? and a space", _QUOTE),
    "did not find expected comment or line break": (
        "text after > or | begins on the next line",
        "Move it there, two spaces further in; put quotes around text that begins with > or |.",
    ),
    "found unexpected ':'": ("there is no space after this colon", "Put a space after it, and quotes around text."),
    "found unexpected end of stream": (
        "these quotes are never closed",
        'Close them; put "double quotes" around text with an apostrophe in it.',
    ),
    "found unexpected document indicator": ("these quotes are never closed", "Close them."),
    "found unknown escape character": _ESCAPE,
    "did not find expected hexdecimal number": _ESCAPE,
    "found invalid Unicode character escape code": ("the escape names half of a character", "Write the character."),
}
_YAML_STARTS_BEFORE = frozenset(
    {
        "could not find expected ':'",
        "found unexpected end of stream",
        "found unexpected document indicator",
        "did not find expected alphabetic or numeric character",
    }
)

# What looks right to its author and is not, or is taken for something else by libyaml: how the line looks, with NUL at
# the mark, and what we say instead.
_ODD_BLANK = "[\u00a0\u1680\u2000-\u200b\u202f\u205f\u3000]"
_HERE_OR_ABOVE = (
    (
        re.compile(f"(?:^ *-?|: *){_ODD_BLANK}"),
        "this looks like a space and is none",
        "Delete it and type a space; word processors and web pages put other kinds of blanks into what is copied.",
    ),
    (re.compile(r"^ *-(?=[^\s-])"), "there is no space after this dash", "Put a space after it."),
)
_AROUND = 300  # characters of the line on each side of the mark
_SLIPS = [
    (re.compile(pattern), reason, advice)
    for pattern, reason, advice in (
        (r"\0\t", *_TAB),
        (
            r"(?:^|[:\[{,-]) *\0?[“”„‟‘‛]",
            "quotes that are curly are letters like any other",
            "Type straight quotes, \" or ', in place of them; word processors make them curly.",
        ),
        (
            r"^ *\0?[–—−•·●▪◦*] ",
            "an entry of a list begins with a plain hyphen and a space",
            "Type - in place of the other sign.",
        ),
        (r"^ *\0?(?:- )?[\w.-]+:[^\s:/]", "there is no space after the colon of this key", "Put a space after it."),
        (
            r"^ *(?:- )?[^\s:\"'{[]+\0:",
            "this line is read as a part of the text above it",
            "Align it and the line above with the keys that they belong to; text of several lines begins with >-.",
        ),
        (
            r": +(?:\"[^\0]*\"|'[^\0]*'|\[[^\0]*\]|\{[^\0]*\}) *\0",
            "something stands after the closing quotes or bracket",
            "Put quotes around the whole of it; of \" and ' take the kind that it does not hold.",
        ),
        (
            r"\{[^\0]*\0:",
            "a second colon stands here",
            "Put quotes around text that holds a colon, a comma before a key, and a space after the colon of a key.",
        ),
    )
]


class _Mark(NamedTuple):
    """A line and a column, from 0, as libyaml's marks have them."""

    line: int
    column: int


def _explained(error: Any, lines: list[str]) -> tuple[_Mark, str, str]:
    """Where libyaml's error lies, what we say of it, and what to do."""
    said = error.problem or ""
    found = (error.context_mark if said in _YAML_STARTS_BEFORE else error.problem_mark) or error.problem_mark
    mark = _Mark(min(found.line, len(lines) - 1), found.column)
    for number in (mark.line, mark.line - 1):
        for pattern, reason, advice in _HERE_OR_ABOVE if number >= 0 else ():
            if slip := pattern.search(lines[number][:_AROUND]):
                return _Mark(number, slip.end() - 1), reason, advice
    reason, advice = _YAML_REASONS.get(said, (said, "Check the indentation, quotes and brackets around it."))
    if advice is _CLOSE and error.context_mark and error.context_mark.line < mark.line:
        return mark, f"{reason}, for the bracket that line {error.context_mark.line + 1} opens", advice
    line = lines[mark.line]
    left, right = line[max(0, mark.column - _AROUND) : mark.column], line[mark.column :][:_AROUND]
    slips = (words for pattern, *words in _SLIPS if pattern.search(f"{left}\0{right}"))
    return mark, *next(slips, (reason, advice))


class _YamlReader(_Reader):
    """Takes libyaml's events and refuses what two readers of YAML would take differently."""

    def read(self) -> None:
        from yaml import MarkedYAMLError  # 27 to 70 ms that JSON need not wait for
        from yaml.cyaml import CParser  # type: ignore[attr-defined] # the stubs leave it out

        directive = "%TAG" in self.source and re.search(r"(?<![^\r\n])%TAG", self.source)
        if directive:  # libyaml compares each with all before it: 5 MB of them take minutes
            place = _Lines(self.source).place(directive.start())
            self.problems.append(problem("yaml-directive", self.file, *place))
            raise _StopReading
        try:
            self.take_events(CParser(self.source))
        except MarkedYAMLError as error:
            mark, reason, advice = _explained(error, re.split(r"\r\n?|\n", self.source))
            raise self.stop("yaml-syntax", mark, reason=reason, advice=advice) from None

    @cached_property
    def end(self) -> Place:
        return _Lines(self.source).place(len(self.source))

    def where(self, mark: Any) -> Place:
        return min((mark.line + 1, mark.column + 1), self.end)  # libyaml puts the end of a file below its last line

    def take_events(self, parser: Any) -> None:
        from yaml import events

        take = {
            events.ScalarEvent: self.scalar,
            events.MappingStartEvent: self.mapping,
            events.SequenceStartEvent: self.sequence,
            events.MappingEndEvent: self.leave,
            events.SequenceEndEvent: self.leave,
            events.AliasEvent: self.alias,
            events.DocumentStartEvent: self.document,
        }
        for event in iter(parser.get_event, None):
            handle = take.get(type(event))
            if handle is not None:
                handle(event)

    def scalar(self, event: Any) -> None:
        text, style, mark = event.value, event.style, event.start_mark
        if event.anchor or event.tag:
            self.refuse_decorations(event)
        if len(text) * 4 > MOST_TEXT or (style == '"' and not text.isprintable()):
            text = self.checked(text, mark)
        if self.key is not None or type(self.into) is not dict:
            self.take_value(text if style or text is None else self.resolved(text, mark), mark)
        elif text == "<<" and not style:
            self.note("yaml-merge-key", mark)
            self.skip_key(text, mark)
        else:
            self.take_key(text, mark)

    def resolved(self, text: str, mark: Any) -> Any:
        """What plain text means: true, false, null, a decimal number or itself."""
        if text in _WORDS:
            return _WORDS[text]
        if text[0] in "-+.0123456789" and _YAML_NUMBER.fullmatch(text):
            return self.number(text, mark)
        if text in _NULL_TO_SOME:
            self.note("yaml-null", mark, text=text)
            return None
        return text

    def mapping(self, event: Any) -> None:
        self.refuse_decorations(event)
        self.open({}, event.start_mark)

    def sequence(self, event: Any) -> None:
        self.refuse_decorations(event)
        self.open([], event.start_mark)

    def leave(self, event: Any) -> None:
        self.close()

    def alias(self, event: Any) -> None:
        self.note("yaml-alias", event.start_mark, name=f"*{event.anchor}")
        if self.key is None and type(self.into) is dict:
            self.skip_key("*", event.start_mark)
        else:
            self.take_value(None, event.start_mark)

    def document(self, event: Any) -> None:
        if self.values:
            raise self.stop("second-document", event.start_mark)
        if event.version not in (None, (1, 2)):
            self.note("yaml-directive", event.start_mark)

    def refuse_decorations(self, event: Any) -> None:
        if event.anchor:
            self.note("yaml-anchor", event.start_mark, name=f"&{event.anchor}")
        if event.tag:
            self.note("yaml-tag", event.start_mark, tag=event.tag)


# JSON

# Tokens are known by one letter (text, word, end, other) or by the mark itself; these say which may come next.
_TOKEN = re.compile(
    r"""[ \t\n\r]*+(?:(?P<mark>[\[\]{},:])|(?P<text>"[^"\\\x00-\x1f]*+(?:\\.[^"\\\x00-\x1f]*+)*+")"""
    r"""|(?P<word>[-+.\w]++)|(?P<end>\Z)|(?P<other>.))""",
    re.DOTALL,
)
_VALUE, _FIRST_ITEM, _KEY, _FIRST_KEY = "{[tw", "{[tw]", "t", "t}"
_JSON_EXPECTED = {
    _VALUE: "a value",
    _FIRST_ITEM: "a value or ]",
    _KEY: "a key in double quotes",
    _FIRST_KEY: "a key in double quotes or }",
    ":": "a colon",
    ",]": "a comma or ]",
    ",}": "a comma or }",
    "e": "the end of the file",
}
_NO_COMMENTS = "JSON has no comments: remove it, or write the file as YAML."
_JSON_ADVICE = {
    "": "The file ends too early: close what was opened, or fetch it again.",
    "'": "Use double quotes.",
    '"': "Close the quotes on the same line; write line breaks and tabs inside text as \\n and \\t.",
    "/": _NO_COMMENTS,
    "#": _NO_COMMENTS,
}


class _JsonReader(_Reader):
    """Takes tokens as long as they come in an order that JSON allows."""

    def read(self) -> None:
        self.closing: list[str] = []
        self.expected = _VALUE
        for found in _TOKEN.finditer(self.source):
            name = found.lastgroup or "other"
            token, start = found[name], found.start(name)
            kind = token if name == "mark" else name[0]
            if kind not in self.expected:
                raise self.unexpected(token[:1], start)
            if kind == "e":
                break
            self.take(kind, token, start)

    @cached_property
    def lines(self) -> _Lines:
        return _Lines(self.source)

    def where(self, mark: Any) -> Place:
        return self.lines.place(mark)

    def take(self, kind: str, token: str, start: int) -> None:
        if kind in "{[":
            self.open({} if kind == "{" else [], start)
            self.closing.append("}" if kind == "{" else "]")
            self.expected = _FIRST_KEY if kind == "{" else _FIRST_ITEM
        elif kind in ":,":
            self.expected = _KEY if kind == "," and self.closing[-1] == "}" else _VALUE
        elif self.expected in (_KEY, _FIRST_KEY) and kind == "t":
            self.take_key(self.text(token, start), start)
            self.expected = ":"
        else:
            if kind in "}]":
                self.close()
                self.closing.pop()
            else:
                self.take_value(self.text(token, start) if kind == "t" else self.word(token, start), start)
            self.expected = f",{self.closing[-1]}" if self.closing else "e"

    def text(self, token: str, start: int) -> str | None:
        try:
            return self.checked(json.loads(token), start)
        except json.JSONDecodeError:
            advice = 'After a backslash comes one of " \\ / b f n r t, or u and four hexadecimal digits.'
            self.note("json-syntax", start, reason="there is no such escape in text", advice=advice)
            return None

    def word(self, word: str, start: int) -> Any:
        if word in _WORDS:
            return _WORDS[word]
        if _JSON_NUMBER.fullmatch(word):
            return self.number(word, start)
        if word in ("NaN", "Infinity", "-Infinity"):
            self.note("number-not-finite", start, text=word)
        else:
            advice = (
                "Put text in double quotes; write true, false and null in lower case and numbers as plain decimals."
            )
            self.note("json-syntax", start, reason=f"{quoted(word)} is no value of JSON", advice=advice)
        return None

    def unexpected(self, character: str, start: int) -> _StopReading:
        advice = _JSON_ADVICE.get(character, "Check the commas, quotes and brackets just before it.")
        if character in ("}", "]") and self.source[:start].rstrip().endswith(","):
            advice = "Remove the comma before it."
        got = quoted(character) if character else "the end of the file"
        reason = f"expected {_JSON_EXPECTED[self.expected]}, got {got}"
        return self.stop("json-syntax", start, reason=reason, advice=advice)


def _short_cut(data: bytes) -> Any:
    """The value of a small JSON file with nothing to report in it, _NOTHING where only the scanner can tell."""
    if len(data) > MOST_TEXT or (b"\\" in data and _ESCAPED.search(data)):
        return _NOTHING
    try:
        data = data.removeprefix(_BOM)
        if _IN_FILE.search(data.translate(None, _ORDINARY).decode()):
            return _NOTHING
        # `json` must never see what would exhaust the stack; counting brackets is quick and mostly tells enough.
        if data.count(b"[") + data.count(b"{") > MOST_DEPTH and _depth(data) > MOST_DEPTH:
            return _NOTHING
        value = (_STRICT_JSON if _may_hold_large_number(data) else _JSON).decode(data.decode())
    except ValueError:
        return _NOTHING
    return _NOTHING if value is None else value


def _may_hold_large_number(data: bytes) -> bool:
    """Whether there are 16 digits in a row or an exponent, in numbers or elsewhere."""
    shape = data.translate(_DIGITS_AND_E)
    return b"0" * 16 in shape or b"0e" in shape


_DIGITS_AND_E = bytes.maketrans(b"123456789E", b"000000000e")


_ALIKE = bytes.maketrans(b"{}", b"[]")


def _depth(data: bytes) -> int:
    """How deep JSON text nests, exactly up to its first mistake."""
    if b"\\" in data:
        data = re.sub(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"?', b'""', data, flags=re.DOTALL)
    brackets = b"".join(data.split(b'"')[::2]).translate(_ALIKE, _NO_BRACKETS)
    # What is innermost goes first, a level a turn; this is quick, and leaves nothing where every bracket is closed.
    left, turns = brackets, 0
    while b"[]" in left and turns <= MOST_DEPTH:
        left, turns = left.replace(b"[]", b""), turns + 1
    return _deepest(brackets) if left else turns


def _deepest(brackets: bytes) -> int:
    depth = deepest = 0
    for bracket in brackets:
        depth += 1 if bracket in b"[{" else -1
        deepest = max(deepest, depth)
    return deepest


def _without_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    mapping = dict(pairs)
    if len(mapping) != len(pairs):
        raise ValueError
    return mapping


def _refused(constant: str) -> None:
    raise ValueError


_JSON = json.JSONDecoder(object_pairs_hook=_without_duplicates, parse_constant=_refused)
_STRICT_JSON = json.JSONDecoder(
    object_pairs_hook=_without_duplicates, parse_int=_whole, parse_float=_decimal, parse_constant=_refused
)


# CSV


class _CsvReader(_Reader):
    """A table with a header as a list of mappings, one a line; every value is text. A mark is a line and a column."""

    def read(self) -> None:
        import csv  # only a register needs it, and `check` starts sooner
        import io

        lines = csv.reader(io.StringIO(self.source, newline=""), strict=True)
        header: list[str] = []
        first = 1
        try:
            for fields in lines:
                if self.root is None:
                    self.check_separator(fields)
                    header, self.root = fields, []
                    if self.places is not None:
                        self.places[()] = (1, 1), (1, 1)
                    for name in {name for name in fields if fields.count(name) > 1}:
                        self.note("duplicate-key", (first, 1), name=name)
                elif any(fields):
                    self.line(header, fields, (first, 1))
                first = lines.line_num + 1
        except csv.Error as error:
            raise self.stop("csv-syntax", (first, 1), reason=str(error)) from None

    def check_separator(self, header: list[str]) -> None:
        for separator, words in ((";", "semicolons"), ("\t", "tabs")):
            if len(header) == 1 and separator in header[0]:
                raise self.stop("csv-syntax", (1, 1), reason=f"its fields are separated by {words}, not commas")

    def line(self, header: list[str], fields: list[str], start: Place) -> None:
        self.count(start)
        if len(fields) != len(header):
            self.note("csv-fields", start, count=len(fields), wanted=len(header))
            return
        line = {name: self.checked(text, start) for name, text in zip(header, fields, strict=True)}
        if self.places is not None:
            self.places |= {(len(self.root), *rest): (start, start) for rest in [(), *((name,) for name in line)]}
        self.root.append(line)

    def where(self, mark: Any) -> Place:
        return (mark[0], mark[1])


_READERS: dict[Syntax, type[_Reader]] = {"yaml": _YamlReader, "json": _JsonReader, "csv": _CsvReader}
