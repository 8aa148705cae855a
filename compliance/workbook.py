"""Reads the bytes of an Excel workbook (.xlsx) into the cells of its sheets, strictly, whatever they mean.

A workbook is a zip archive of XML; both are read here with the standard library, under limits that act while they are
read. None of the libraries tried says at once of a cell what it holds, whether that is a formula and how its number is
shown: a share shown as 50% and a time shown as 1:30 are stored as plain numbers. What could run, reach out or hide
(macros, embedded files, links to other files, hidden sheets) refuses the workbook. Whatever the bytes, `read` returns
sheets, problems or both and raises nothing.
"""

from __future__ import annotations

import io
import posixpath
import re
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from math import isfinite
from typing import Any, Literal, NamedTuple
from xml.parsers import expat

from compliance.document import LONGEST_NUMBER, MOST_BYTES, MOST_VALUES, unacceptable
from compliance.model import Problem
from compliance.problems import at_cell, problem

Look = Literal["plain", "percentage", "date", "time"]
Wrong = tuple[str, Mapping[str, object]]
Where = tuple[int, int]

MOST_UNPACKED = 12_000_000
MOST_PARTS = 1_000
MOST_SHEETS = 100
MOST_DEPTH = 50
LONGEST_NAME = 31
_ROWS, _COLUMNS = 1_048_576, 16_384

_ZIP, _COMPOUND = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"
_UNSAFE = {
    "vbaproject|/macrosheets/|/dialogsheets/": "macros",
    "/activex/|/ctrlprops/": "controls that can run programs",
    "/embeddings/": "an embedded file",
    "/externallinks/": "links to other files",
    "/connections.xml|/querytables/|/model/": "a connection to data elsewhere",
    "/webextensions/|^customui": "an add-in",
}
_PERCENTAGES = frozenset({9, 10})
_DATES = frozenset({14, 15, 16, 17, 22, *range(27, 37), *range(50, 59)})
_TIMES = frozenset({18, 19, 20, 21, 45, 46, 47})
_NOT_SHOWN = re.compile(r'"[^"]*"|\\.|_.|\*.|\[(?!h+\]|m+\]|s+\])[^\]]*\]', re.IGNORECASE)
_CELL = re.compile(r"([A-Z]{1,3})([1-9][0-9]{0,6})")
_ESCAPE = re.compile(r"_x([0-9A-Fa-f]{4})_")
_FAILURES = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    expat.ExpatError,
    EOFError,
    LookupError,
    NotImplementedError,
    OSError,
    OverflowError,
    RuntimeError,
    ValueError,
)


class Cell(NamedTuple):
    """What stands in a cell that is not blank; `value` is None where something is `wrong` with it."""

    value: str | float | bool | None
    look: Look = "plain"
    wrong: Wrong | None = None


@dataclass(frozen=True)
class Sheet:
    """The cells of one sheet that are not blank, by row and column from 1; `merged` are the first of merged cells."""

    name: str
    cells: Mapping[Where, Cell]
    merged: Sequence[Where] = ()

    @cached_property
    def rows(self) -> dict[int, dict[int, Cell]]:
        """The cells by row, then by column, both in order."""
        found: dict[int, dict[int, Cell]] = {}
        for row, column in sorted(self.cells):
            found.setdefault(row, {})[column] = self.cells[row, column]
        return found


@dataclass(frozen=True)
class Workbook:
    """The sheets in their order; `is_1904` says that days are counted from 1904 on."""

    sheets: Sequence[Sheet]
    is_1904: bool = False

    def day(self, number: float) -> date | None:
        """The day that a number stands for; None where it stands for none, or for a time of a day."""
        # The other calendar takes 1900 for a leap year, so its days before March 1900 are not ours.
        first, least = (date(1904, 1, 1), 0) if self.is_1904 else (date(1899, 12, 30), 61)
        is_day = number == int(number) and least <= number <= (date.max - first).days
        return first + timedelta(days=int(number)) if is_day else None


def read(data: bytes, file: str) -> tuple[Workbook | None, list[Problem]]:
    """The workbook in `data`, None where it cannot be read to its end, and every problem that refuses it as a whole.

    What is wrong with a single cell is for the reader of the cells to report, who knows what it is for.
    """
    try:
        found = _Package(data).workbook()
    except _RefusedError as refused:
        id, sheet, details = refused.args
        one = problem(id, file, **details)
        return None, [at_cell(one, sheet, 1, 1) if sheet else one]
    except _FAILURES:
        reason = "its bytes are damaged, or not those of a workbook"
        return None, [problem("not-a-workbook", file, reason=reason, advice="Save it again, or fetch it again.")]
    return found, []


class _RefusedError(Exception):
    """Why a workbook is refused as a whole: a problem id, the sheet if it is one's, details."""


def _refused(id: str, sheet: str = "", **details: object) -> _RefusedError:
    return _RefusedError(id, sheet, details)


def _not_a_workbook(reason: str, advice: str = "") -> _RefusedError:
    advice = advice or "Save it as an Excel workbook (.xlsx)."
    return _refused("not-a-workbook", reason=reason, advice=advice)


# The archive


class _Link(NamedTuple):
    """How one part of the archive names another."""

    kind: str
    target: str


class _Package:
    """The parts of the archive, of which no more than the limit are ever unpacked."""

    def __init__(self, data: bytes) -> None:
        if len(data) > MOST_BYTES:
            raise _refused("file-too-large", most=MOST_BYTES)
        if data.startswith(_COMPOUND):
            raise _not_a_workbook(
                "it is protected by a password, or in the format of Excel before 2007",
                "Remove the password under File, Info, or save it as an Excel workbook (.xlsx).",
            )
        if not data.startswith(_ZIP):
            raise _not_a_workbook("it is not an Excel workbook")
        self.archive = zipfile.ZipFile(io.BytesIO(data))
        self.parts = {part.filename: part for part in self.archive.infolist()}
        self.check()

    def check(self) -> None:
        parts, names = self.archive.infolist(), {name.casefold() for name in self.parts}
        if len(parts) > MOST_PARTS or sum(part.file_size for part in parts) > MOST_UNPACKED:
            raise _refused("unpacks-too-large", most=MOST_UNPACKED)
        if "content.xml" in names:
            raise _not_a_workbook("it is an OpenDocument file")
        if "xl/workbook.bin" in names:
            raise _not_a_workbook("it is a binary workbook")
        if len(names) < len(parts):
            raise _not_a_workbook("two of its parts have the same name")
        for part in parts:
            if part.flag_bits & 1 or part.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
                raise _not_a_workbook("it is packed in an unusual way, or encrypted")
        for pattern, what in _UNSAFE.items():
            if any(re.search(pattern, name) for name in names):
                raise _refused("workbook-unsafe", what=what)

    def walk(self, name: str, start: Callable[[str, dict[str, str]], None], **handlers: Any) -> None:
        """Parses one part, which is refused where it could name anything outside itself."""
        depth = 0

        def enter(tag: str, attributes: dict[str, str]) -> None:
            nonlocal depth
            depth += 1
            if depth > MOST_DEPTH:
                raise _not_a_workbook("its parts are nested too deep")
            start(_local(tag), {_local(key): value for key, value in attributes.items()} if attributes else attributes)

        def leave(tag: str) -> None:
            nonlocal depth
            depth -= 1
            if "end" in handlers:
                handlers["end"](_local(tag))

        def declare(*_: Any) -> None:
            raise _refused("workbook-unsafe", what="declarations that XML readers may follow to other files")

        parser = expat.ParserCreate()
        parser.buffer_text = True
        parser.StartElementHandler = enter
        parser.EndElementHandler = leave
        parser.StartDoctypeDeclHandler = declare
        if "text" in handlers:
            parser.CharacterDataHandler = handlers["text"]
        parser.Parse(self.archive.read(self.parts[name]), True)

    def links(self, name: str) -> dict[str, _Link]:
        """What a part refers to, by the ids it uses; a link out of the workbook is refused, but for one to click on."""
        folder, base = posixpath.split(name)
        beside = posixpath.join(folder, "_rels", f"{base}.rels")
        found: dict[str, _Link] = {}

        def start(tag: str, about: dict[str, str]) -> None:
            if tag != "Relationship":
                return
            kind = about.get("Type", "").rpartition("/")[2]
            if about.get("TargetMode") == "External" and kind != "hyperlink":
                raise _refused("workbook-unsafe", what="links to other files")
            target = posixpath.normpath(posixpath.join("/", folder, about.get("Target", ""))).lstrip("/")
            found[about.get("Id", "")] = _Link(kind, target)

        if beside in self.parts:
            self.walk(beside, start)
        return found

    def workbook(self) -> Workbook:
        main = next((link.target for link in self.links("").values() if link.kind == "officeDocument"), "")
        if main not in self.parts:
            raise _not_a_workbook("it holds no workbook")
        links, named, is_1904 = self.links(main), list[tuple[str, str]](), False

        def start(tag: str, about: dict[str, str]) -> None:
            nonlocal is_1904
            if tag == "workbookPr":
                is_1904 = about.get("date1904", "0") in ("1", "true")
            elif tag == "sheet":
                sheet = about.get("name", "")
                if about.get("state", "visible") != "visible":
                    raise _refused("workbook-unsafe", sheet[:LONGEST_NAME], what="a hidden sheet")
                named.append((sheet, about.get("id", "")))

        self.walk(main, start)
        names = {name.casefold() for name, _ in named}
        if len(named) > MOST_SHEETS or len(names) < len(named) or any(len(name) > LONGEST_NAME for name in names):
            raise _not_a_workbook("its sheets have names that no workbook can have")
        of_kind = {link.kind: link.target for link in links.values()}
        reader = _Cells(self, of_kind.get("sharedStrings", ""), of_kind.get("styles", ""))
        sheets = []
        for name, id in named:
            if id not in links or links[id].kind != "worksheet":
                raise _refused("workbook-unsafe", name, what="a sheet that is not one of cells")
            self.links(links[id].target)
            sheets.append(reader.sheet(name, links[id].target))
        return Workbook(sheets, is_1904)


def _local(name: str) -> str:
    """A name without its prefix."""
    return name.rpartition(":")[2] if ":" in name else name


# The sheets


class _Open(NamedTuple):
    """The cell that is being read."""

    where: Where
    kind: str
    style: str


class _Cells:
    """Reads sheets, with the texts and styles that they share."""

    def __init__(self, package: _Package, texts: str, styles: str) -> None:
        self.package = package
        self.texts = list(self.shared(texts)) if texts in package.parts else []
        self.looks = self.read_looks(styles) if styles in package.parts else []
        self.checked: dict[int, Cell] = {}
        self.left = MOST_VALUES
        self.left_text = MOST_BYTES

    def shared(self, part: str) -> Iterator[str]:
        """The shared texts; how something is pronounced is no part of them."""
        found: list[list[str]] = []
        into: list[list[str]] = []
        silent = 0

        def start(tag: str, about: dict[str, str]) -> None:
            nonlocal silent
            silent += tag == "rPh"
            if tag == "si":
                found.append([])
            into.extend([found[-1]] if tag == "t" and not silent and found else [])

        def end(tag: str) -> None:
            nonlocal silent
            silent -= tag == "rPh"
            if tag == "t":
                into.clear()

        self.package.walk(part, start, end=end, text=lambda text: into[-1].append(text) if into else None)
        return map("".join, found)

    def read_looks(self, part: str) -> list[Look]:
        """How the numbers of each style are shown."""
        codes: dict[str, str] = {}
        ids: list[str] = []
        is_for_cells = False

        def start(tag: str, about: dict[str, str]) -> None:
            nonlocal is_for_cells
            if tag == "numFmt":
                codes[about.get("numFmtId", "")] = about.get("formatCode", "")
            elif tag in ("cellXfs", "cellStyleXfs"):
                is_for_cells = tag == "cellXfs"
            elif tag == "xf" and is_for_cells:
                ids.append(about.get("numFmtId", "0"))

        self.package.walk(part, start)
        known = {id: _look(id, codes.get(id)) for id in set(ids)}
        return [known[id] for id in ids]

    def sheet(self, name: str, part: str) -> Sheet:
        """One sheet; MOST_VALUES cells are the most that a workbook may hold."""
        reader = _Rows(self)
        self.package.walk(part, reader.start, end=reader.end, text=reader.text)
        return Sheet(name, reader.cells, reader.merged)

    def cell(self, found: _Open, text: str) -> Cell | None:
        """The cell that holds a text of a kind, None if it is blank."""
        match found.kind:
            case "s" if text:
                return self.shared_cell(int(text))
            case "s":
                return None
            case "d":
                return _text_cell(text.removesuffix("T00:00:00"))
            case "inlineStr" | "str":
                return _text_cell(text)
            case "b" if text:
                return Cell(text.strip() in ("1", "true"))
            case "e":
                return Cell(None, wrong=("cell-error", {"text": text}))
            case _:
                return self.number_cell(text, found.style) if text.strip() else None

    def count(self, cell: Cell) -> None:
        """Keeps the limits; a text that many cells share counts each time, as it would in a file of text."""
        self.left -= 1
        self.left_text -= len(cell.value) if isinstance(cell.value, str) else 0
        if self.left < 0:
            raise _refused("too-many-values", most=MOST_VALUES)
        if self.left_text < 0:
            raise _refused("unpacks-too-large", most=MOST_BYTES)

    def shared_cell(self, index: int) -> Cell | None:
        """A text that many cells may share is looked at once."""
        if index < 0:
            raise ValueError
        if index not in self.checked:
            self.checked[index] = _text_cell(self.texts[index]) or Cell("")
        cell = self.checked[index]
        return None if cell.value == "" else cell

    def number_cell(self, text: str, style: str) -> Cell:
        number = float(text) if len(text) < LONGEST_NUMBER else float("inf")
        if not isfinite(number):
            return Cell(None, wrong=("number-not-finite", {"text": text}))
        look = self.looks[int(style)] if style and self.looks else "plain"
        return Cell(int(number) if number.is_integer() else number, look)


class _Rows:
    """The cells of one sheet, as its XML is read from top to bottom."""

    def __init__(self, shared: _Cells) -> None:
        self.shared = shared
        self.cells: dict[Where, Cell] = {}
        self.merged: list[Where] = []
        self.row = self.column = 0
        self.open: _Open | None = None
        self.parts: list[str] = []
        self.is_text = self.has_formula = False

    def start(self, tag: str, about: dict[str, str]) -> None:
        match tag:
            case "row":
                self.row, self.column = int(about.get("r", self.row + 1)), 0
            case "c":
                self.row, self.column = _where(about["r"]) if "r" in about else (self.row, self.column + 1)
                self.open = _Open((self.row, self.column), about.get("t", "n"), about.get("s", ""))
                self.parts, self.has_formula = [], False
            case "f":
                self.has_formula = True
            case "mergeCell":
                self.merged.append(_where(about.get("ref", "").partition(":")[0]))
        self.is_text = tag in ("v", "t")

    def text(self, text: str) -> None:
        if self.is_text and self.open:
            self.parts.append(text)

    def end(self, tag: str) -> None:
        self.is_text = False
        if tag != "c" or self.open is None:
            return
        where = self.open.where
        formula = Cell(None, wrong=("cell-formula", {})) if self.has_formula else None
        cell = formula or self.shared.cell(self.open, "".join(self.parts))
        self.open = None
        if cell is not None:
            self.shared.count(cell)
            if where in self.cells:
                raise ValueError
            self.cells[where] = cell


def _text_cell(text: str) -> Cell | None:
    text = _ESCAPE.sub(lambda found: chr(int(found[1], 16)), text) if "_x" in text else text
    text = text.replace("\r\n", "\n")
    if not text.strip():
        return None
    wrong = unacceptable(text)
    return Cell(None, wrong=wrong) if wrong else Cell(text)


def _where(name: str) -> Where:
    """Row and column of a cell's name; ValueError where there is no such cell."""
    found = _CELL.fullmatch(name)
    column = 0
    for letter in found[1] if found else "":
        column = column * 26 + ord(letter) - ord("A") + 1
    if not found or int(found[2]) > _ROWS or column > _COLUMNS:
        raise ValueError
    return int(found[2]), column


def _look(id: str, code: str | None) -> Look:
    """How a number is shown by a format: one of those that every workbook has, or one that it spells out."""
    if code is None:
        number = int(id)
        looks: dict[Look, frozenset[int]] = {"percentage": _PERCENTAGES, "date": _DATES, "time": _TIMES}
        return next((look for look, ids in looks.items() if number in ids), "plain")
    shown = _NOT_SHOWN.sub("", code).partition(";")[0].lower().replace("general", "")
    if "%" in shown:
        return "percentage"
    if set(shown) & set("yd") or ("m" in shown and not set(shown) & set("hs[")):
        return "date"
    return "time" if set(shown) & set("hms") else "plain"
