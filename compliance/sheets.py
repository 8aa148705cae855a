"""How a self-assessment stands in a workbook: its sheets and columns, how an answer looks in a cell, and back again.

A workbook opens with About (the service, the period and what sheets there are), then has a sheet for each section of
the catalogue, one for statuses and one for evidence. An answer is known by the id in its row; a check beside it is made
from the row's words, so that an id that was changed, or a question that was, is found. `read` gives the same tree with
places as a YAML file would, or says which cell is not as in the template.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date
from functools import partial
from hashlib import sha256
from itertools import islice
from typing import Any, Final, NamedTuple

from compliance import workbook
from compliance.document import MOST_VALUES, MOST_WHOLE, Tree, dotted
from compliance.model import NUMERIC, Path, Problem, Question, QuestionType, Status, Value
from compliance.problems import MOST_PROBLEMS, at_cell, cell_place, in_order, nearest, problem, quoted
from compliance.schema import HEAD as HEAD_WORDS
from compliance.schema import KINDS, is_day, wanted
from compliance.workbook import Cell, Sheet, Workbook

ABOUT, STATUSES, EVIDENCE = "About", "Statuses", "Evidence"
HEADER, FIRST = 3, 4  # the row of the headings, and the first below it
TICK: Final = "x"
YES_NO: Final = ("yes", "no")
MOST_EVIDENCE = 1_000
FIRST_DAY = date(1900, 3, 1)  # days before it stand as text: the calendar of workbooks goes wrong there
CHECKED = ("what", "define", "unit", "id")
COVERS = ("from", "to")
_DAY = "a date such as 2026-01-31"
_CHOOSE = "Choose from the list in the cell."
_NO_ANSWER = f" If there is no answer, empty the cell and put {TICK} beside it under Not measured."
_LOOKS = {
    "plain": "the number",
    "percentage": "a percentage, the number",
    "date": "a date, the number",
    "time": "a time of day, the number",
}
_UNDO = "Undo the change, or copy the answers to a new template, which `compliance new --format xlsx` writes."


class Column(NamedTuple):
    """A column's key, heading and width in characters, and whether it is filled in."""

    key: str
    heading: str
    width: int
    is_open: bool = False


HEAD = (
    Column("what", "What", 30),
    Column("answer", "Answer", 44, True),
    Column("note", "Note", 70),
    Column("id", "Id", 26),
)
ASKED = (
    Column("number", "No.", 6),
    Column("what", "Question", 44),
    Column("define", "What is counted", 62),
    Column("unit", "Unit or kind", 16),
    Column("answer", "Answer", 28, True),
    Column("not_measured", "Not measured", 11, True),
    Column("why", "Why it is asked", 36),
    Column("id", "Id", 46),
    Column("check", "Check", 7),
)
DECLARED = (
    Column("id", "Provision", 14),
    Column("what", "What it asks", 56),
    Column("code", "Code", 26),
    Column("why", "Why it is asked", 40),
    Column("status", "Status", 18, True),
    Column("since", "Since", 12, True),
    Column("comment", "Comment", 36, True),
    Column("reason", "Reason, if not applicable", 30, True),
    Column("instead", "Alternative: what instead", 30, True),
    Column("how_it_complies", "Alternative: how it complies", 30, True),
    Column("regard_to_expression_and_privacy", "Alternative: regard to expression and privacy", 30, True),
    Column("check", "Check", 7),
)
OFFERED = (
    Column("id", "Id", 20, True),
    Column("title", "Title", 44, True),
    Column("kind", "Kind", 18, True),
    Column("made_by", "Made by", 30, True),
    Column("date", "Date", 12, True),
    Column("from", "Covers from", 12, True),
    Column("to", "Covers to", 12, True),
    Column("sha256", "SHA-256 of the file", 30, True),
    Column("supports", "Supports: ids of questions and provisions, separated by ;", 60, True),
)
COLUMNS = {ABOUT: HEAD, STATUSES: DECLARED, EVIDENCE: OFFERED}


class HeadRow(NamedTuple):
    """A row of About: where its answer stands in the file, and what it is."""

    path: tuple[str, str]
    what: str
    is_day: bool = False

    @property
    def note(self) -> str:
        return HEAD_WORDS[self.path[0]][self.path[1]]


HEAD_ROWS = (
    HeadRow(("service", "id"), "Service: id"),
    HeadRow(("service", "name"), "Service: name"),
    HeadRow(("service", "provider"), "Provider"),
    HeadRow(("period", "from"), "Period: first day", True),
    HeadRow(("period", "to"), "Period: last day", True),
    HeadRow(("prepared", "on"), "Prepared on", True),
    HeadRow(("prepared", "role"), "Prepared by: role"),
    HeadRow(("prepared", "approved_by_role"), "Approved by: role"),
)
FIRST_SHEET_ROW = FIRST + len(HEAD_ROWS) + 1
SHEET_ID = "rows"


def tab(section: str) -> str:
    """The name of a section's sheet."""
    name = section.replace("_", " ").capitalize()[: workbook.LONGEST_NAME]
    return f"{name[:22]} answers" if name in COLUMNS else name


def check_of(*words: str) -> str:
    """A few characters that change with a row's words."""
    return sha256("\n".join(words).encode("utf-8", "replace")).hexdigest()[:4]


def place_of(columns: Sequence[Column], key: str) -> int:
    """The number, from 1, of a column."""
    return next(i for i, column in enumerate(columns, start=1) if column.key == key)


# Answers in cells


def spoken(option: str) -> str:
    """An option as a cell shows it."""
    return option.replace("_", " ")


def cell_value(value: Value, question: Question) -> bool | float | str | date:
    """What stands in the cell of an answer; of a list each option has a cell of its own."""
    match value:
        case bool():
            return YES_NO[0] if value else YES_NO[1]
        case date():
            return cell_day(value)
        case str():
            return spoken(value) if question.type is QuestionType.CHOICE else value
        case tuple():
            raise ValueError("a list stands in several cells")
    return value


def cell_day(day: date) -> date | str:
    """A date that a workbook can hold, or its text."""
    return day if day >= FIRST_DAY else day.isoformat()


def _one_of(options: Iterable[str]) -> str:
    return f"one of {', '.join(map(spoken, options))}"


# Reading


class Spot(NamedTuple):
    """A cell: its sheet, row and column, and the place in the value of what it holds."""

    sheet: str
    row: int
    column: int
    path: Path = ()


Take = Callable[[Spot, Cell], Any]


@dataclass(frozen=True)
class Filled(Tree):
    """A workbook's value, as a YAML file would give it, and where each part of it stands."""

    spots: Mapping[Path, Spot] = field(default_factory=dict)
    sheets: tuple[str, ...] = ()

    def locate(self, path: Path, key: bool = False) -> tuple[int, int]:
        spot = self._spot(path)
        return spot.row, spot.column

    def problem(self, id: str, path: Path, /, *, key: bool = False, **details: object) -> Problem:
        return at_cell(super().problem(id, path, key=key, **details), *self._spot(path)[:3])

    def in_order(self, problems: list[Problem]) -> list[Problem]:
        return in_order(problems, self.sheets)

    def cell(self, path: Path) -> str:
        """The cell of what stands, or would stand, at a path, such as `Removal!E12`; nothing where none is for it."""
        return cell_place(*self.spots[path][:3]) if path in self.spots else ""

    def _spot(self, path: Path) -> Spot:
        while path not in self.spots and path:
            path = path[:-1]
        return self.spots.get(path, Spot(ABOUT, 1, 1))


def read(
    data: bytes, file: str, questions: Mapping[str, Question], provisions: Iterable[str]
) -> tuple[Filled | None, list[Problem]]:
    """The self-assessment in a workbook, None where it is not one of a template, and every problem found in its cells.

    A value that has a problem is null in the tree. Without `questions` only what About says is read.
    """
    found, problems = workbook.read(data, file)
    if found is None:
        return None, problems
    reader = _Reader(file, found, questions, frozenset(provisions))
    try:
        reader.read()
    except _UnlikeError:
        return None, reader.problems
    names = tuple(sheet.name for sheet in found.sheets)
    return Filled(reader.value, file, data, "xlsx", reader.spots, names), reader.problems


class _UnlikeError(Exception):
    """A problem was noted, and nothing more of this sheet, or of the workbook, can be read."""


class _Reader:
    """Builds the value sheet by sheet; notes problems and where everything stands."""

    def __init__(
        self, file: str, found: Workbook, questions: Mapping[str, Question], provisions: frozenset[str]
    ) -> None:
        self.file = file
        self.workbook = found
        self.questions = questions
        self.provisions = provisions
        self.problems: list[Problem] = []
        self.spots: dict[Path, Spot] = {}
        self.value: dict[str, Any] = {}
        self.items = 0

    def read(self) -> None:
        sheets = {sheet.name: sheet for sheet in self.workbook.sheets}
        if ABOUT not in sheets:
            first = Spot(next(iter(sheets), ABOUT), 1, 1)
            raise self.unlike(first, f"it has no sheet named {ABOUT}")
        rows = self.about(sheets[ABOUT])
        self.value |= {"answers": {}, "provisions": {}, "evidence": [], "not_measured": []}
        if not self.questions:
            return
        self.check_names(sheets, rows)
        sections = {tab(id.partition(".")[0]): id.partition(".")[0] for id in self.questions}
        for name, count in rows.items():
            if name in sheets:
                with suppress(_UnlikeError):
                    self.sheet(sheets[name], sections.get(name, ""), count)

    # What every sheet has

    def note(self, id: str, at: Spot, **details: object) -> None:
        found = problem(id, self.file, 0, 0, dotted(at.path), **details)
        self.problems.append(at_cell(found, at.sheet, at.row, at.column))

    def unlike(self, at: Spot, what: str, advice: str = _UNDO) -> _UnlikeError:
        """To be raised: it is noted that something is not as in the template."""
        self.note("workbook-altered", at, what=what, advice=advice)
        return _UnlikeError()

    def check_names(self, sheets: Mapping[str, Sheet], rows: Mapping[str, int]) -> None:
        """Notes the sheets that are too many, and if there are none, those that are missing."""
        strange = [name for name in sheets if name not in (ABOUT, *rows)]
        missing = [name for name in rows if name not in sheets]
        is_renamed = len(missing) == len(strange) == 1
        for name in strange:
            advice = f"Rename it to {missing[0]}." if is_renamed else "Delete it; nothing in it is read."
            self.unlike(Spot(name, 1, 1), f"it has no sheet named {quoted(name)}", advice)
        for name in () if strange else missing:
            row = FIRST_SHEET_ROW + list(rows).index(name)
            self.unlike(Spot(ABOUT, row, 1), f"its sheet {quoted(name)} is missing")

    def check_form(self, sheet: Sheet, columns: Sequence[Column]) -> None:
        """That nothing is merged, every heading stands in its place and nothing stands beside the columns."""
        if sheet.merged:
            raise self.unlike(Spot(sheet.name, *sheet.merged[0]), "cells are merged", "Split them again.")
        headings = sheet.rows.get(HEADER, {})
        for i, column in enumerate(columns, start=1):
            found = _text(headings.get(i))
            if found != column.heading:
                got = quoted(found) if found else "nothing"
                what = f"the heading {quoted(column.heading)} is expected here, not {got}"
                raise self.unlike(Spot(sheet.name, HEADER, i), what)
        for row, cells in sheet.rows.items():
            if max(cells) > (1 if row < HEADER else len(columns)):
                raise self.stray(Spot(sheet.name, row, max(cells)))

    def stray(self, at: Spot) -> _UnlikeError:
        return self.unlike(at, "something stands where nothing is read", "Empty this cell.")

    def sheet(self, sheet: Sheet, section: str, count: int) -> None:
        columns = COLUMNS.get(sheet.name, ASKED)
        self.check_form(sheet, columns)
        rows = {row: cells for row, cells in sheet.rows.items() if row >= FIRST}
        if sheet.name == EVIDENCE:
            self.evidence(rows)
            return
        if sheet.name != STATUSES and not section:
            raise self.unlike(Spot(sheet.name, 1, 1), "no question has its place on this sheet")
        id_column = place_of(columns, "id")
        seen: set[str] = set()
        for row, cells in rows.items():
            at = Spot(sheet.name, row, id_column)
            if id_column not in cells:
                raise self.stray(at._replace(column=min(cells)))
            id = _text(cells[id_column])
            if id in seen:
                raise self.unlike(at, f"the id {quoted(id)} stands here a second time")
            seen.add(id)
            if sheet.name == STATUSES:
                self.declared(at, cells, id)
            else:
                self.asked(at, cells, id, section)
        if len(rows) != count:
            what = f"it has {len(rows):,} rows below the headings where there were {count:,}"
            last = max(rows, default=HEADER)
            empty = next((row for row in range(FIRST, last) if row not in rows), last)
            raise self.unlike(Spot(sheet.name, empty, id_column), what)

    def check_row(self, at: Spot, cells: Mapping[int, Cell], columns: Sequence[Column]) -> None:
        words = [_text(cells.get(place_of(columns, key))) for key in CHECKED if key in _keys(columns)]
        if _text(cells.get(place_of(columns, "check"))) != check_of(*words):
            id = _text(cells.get(at.column))
            raise self.unlike(at, f"the id {quoted(id)} and the words beside it do not belong together")

    # About

    def about(self, sheet: Sheet) -> dict[str, int]:
        """Takes the service, the period and who prepared; gives the other sheets with the number of their rows."""
        self.check_form(sheet, HEAD)
        ids = {row: _text(cells.get(place_of(HEAD, "id"))) for row, cells in sheet.rows.items() if row >= FIRST}
        expected = {FIRST: "format"} | {FIRST + i: dotted(each.path) for i, each in enumerate(HEAD_ROWS, 1)}
        for row in sorted({*ids, *expected}):
            id, wanted_id = ids.get(row, ""), expected.get(row, SHEET_ID)
            if id != wanted_id:
                got = quoted(id) if id else "nothing"
                what = f"the id {quoted(wanted_id)} is expected here, not {got}"
                raise self.unlike(Spot(ABOUT, row, place_of(HEAD, "id")), what)
        answers = {row: sheet.rows.get(row, {}).get(place_of(HEAD, "answer")) for row in {*ids, *expected}}
        self.take(Spot(ABOUT, FIRST, place_of(HEAD, "answer"), ("format",)), answers[FIRST], self.text)
        for row, each in enumerate(HEAD_ROWS, start=FIRST + 1):
            at = Spot(ABOUT, row, place_of(HEAD, "answer"), each.path)
            self.spots.setdefault(each.path[:1], at)
            self.take(at, answers[row], self.day if each.is_day else self.text, is_needed=True)
        counts = {row: cell.value if (cell := answers[row]) else 0 for row, id in ids.items() if id == SHEET_ID}
        names = {row: _text(sheet.rows[row].get(place_of(HEAD, "what"))) for row in counts}
        return {names[row]: count if isinstance(count, int) else 0 for row, count in counts.items()}

    # Sections

    def asked(self, at: Spot, cells: Mapping[int, Cell], row_id: str, section: str) -> None:
        id, _, option = row_id.partition(": ")
        question = self.questions.get(id)
        if question is None or id.partition(".")[0] != section:
            near = self.nearest(id, [each for each in self.questions if each.startswith(f"{section}.")])
            advice = f"Did you mean {near}?" if near else _UNDO
            raise self.unlike(at, f"no question of this sheet has the id {quoted(id)}", advice)
        if option and option not in question.options:
            raise self.unlike(at, f"{quoted(option)} is no option of {id}")
        self.check_row(at, cells, ASKED)
        self.take_not_measured(at._replace(column=place_of(ASKED, "not_measured")), cells, "" if option else id)
        at = at._replace(column=place_of(ASKED, "answer"), path=("answers", *id.split(".")))
        cell = cells.get(at.column)
        if option:
            self.take_option(at, cell, option)
        elif question.type is QuestionType.CHOICES:
            if cell:
                advice = f"Empty this cell and put {TICK} beside the options below that apply."
                raise self.unlike(at, "an answer stands where its options have cells of their own", advice)
            self.spots[at.path] = at
        else:
            self.take(at, cell, partial(self.answer, question=question))

    def take_option(self, at: Spot, cell: Cell | None, option: str) -> None:
        """Adds an option to a list where it is ticked."""
        if self.is_ticked(at, cell, f"Put {TICK} beside every option that applies, and leave the others empty."):
            chosen = self.section(at.path).setdefault(str(at.path[-1]), [])
            self.spots[*at.path, len(chosen)] = at
            chosen.append(option)

    def take_not_measured(self, at: Spot, cells: Mapping[int, Cell], id: str) -> None:
        """Lists a question whose answer is said to be not known; beside an option, without an id, nothing is said."""
        cell, listed = cells.get(at.column), self.value["not_measured"]
        if cell and not id:
            raise self.unlike(at, "something stands where nothing is read", f"Put {TICK} beside the question itself.")
        at = at._replace(path=("not_measured", len(listed)))
        if self.is_ticked(at, cell, f"Put {TICK} where there is no answer, and leave it empty otherwise."):
            self.spots[at.path] = at
            listed.append(id)

    def is_ticked(self, at: Spot, cell: Cell | None, advice: str) -> bool:
        """Whether a cell says that something is so; what is neither a tick nor nothing is noted."""
        if cell is None or self.is_wrong(at, cell):
            return False
        if cell.value is True or _fold(cell) in (TICK, YES_NO[0]):
            return True
        self.note("unknown-option", at, expected=f"{TICK} or nothing", got=_shown(cell), advice=advice)
        return False

    def answer(self, at: Spot, cell: Cell, question: Question) -> Any:
        """The answer in a cell as a YAML file would give it; None where it has a problem."""
        if question.type is QuestionType.DATE:
            return self.day(at, cell)
        if question.type in NUMERIC:
            return self.number(at, cell, question)
        if question.type is QuestionType.YES_NO:
            return self.yes_or_no(at, cell)
        if question.type is QuestionType.CHOICE:
            return self.one_of(at, cell, question.options)
        return self.text(at, cell)

    # Statuses and evidence

    def declared(self, at: Spot, cells: Mapping[int, Cell], id: str) -> None:
        if id not in self.provisions:
            near = self.nearest(id, sorted(self.provisions))
            raise self.unlike(at, f"no provision has the id {quoted(id)}", f"Did you mean {near}?" if near else _UNDO)
        self.check_row(at, cells, DECLARED)
        self.spots["provisions", id] = at
        how: dict[str, Take] = {"status": partial(self.one_of, options=list(Status)), "since": self.day}
        for column, about in enumerate(DECLARED, start=1):
            if about.is_open:
                spot = at._replace(column=column, path=("provisions", id, about.key))
                self.take(spot, cells.get(column), how.get(about.key, self.text))

    def evidence(self, rows: Mapping[int, Mapping[int, Cell]]) -> None:
        self.spots["evidence",] = Spot(EVIDENCE, FIRST, 1)
        how: dict[str, Take] = {"kind": partial(self.one_of, options=KINDS), "supports": self.supported}
        how |= dict.fromkeys(("date", "from", "to"), self.day)
        if len(rows) > MOST_EVIDENCE:
            first = Spot(EVIDENCE, sorted(rows)[MOST_EVIDENCE], 1, ("evidence",))
            self.note("too-many-items", first, count=len(rows), most=MOST_EVIDENCE)
        for i, (row, cells) in enumerate(islice(rows.items(), MOST_EVIDENCE)):
            self.spots["evidence", i] = Spot(EVIDENCE, row, 1)
            self.value["evidence"].append({})
            covers = [key for key in COVERS if place_of(OFFERED, key) in cells]
            for column, about in enumerate(OFFERED, start=1):
                key, cell = about.key, cells.get(column)
                if cell is None and (key == "sha256" or (key in COVERS and not covers)):
                    continue
                path = ("evidence", i, "covers", key) if key in COVERS else ("evidence", i, key)
                self.take(Spot(EVIDENCE, row, column, path), cell, how.get(key, self.text), is_needed=True)

    def supported(self, at: Spot, cell: Cell) -> list[str] | None:
        """The ids in a cell, which are counted as values like any other."""
        text = self.text(at, cell)
        if text is None:
            return None
        parts = re.split(r"[;,\s]+", text, maxsplit=MOST_EVIDENCE + 1)
        ids = [id for id in parts if id][: MOST_EVIDENCE + 1]
        self.items += len(ids)
        if self.items > MOST_VALUES:
            self.note("too-many-values", at, most=MOST_VALUES)
            raise _UnlikeError
        # Looked up here and not by the schema, whose validator keeps all that is possible with every id that is not.
        unknown = next((id for id in ids if id not in self.questions and id not in self.provisions), None)
        if unknown is None:
            return ids
        near = self.nearest(unknown, [*self.questions, *sorted(self.provisions)])
        advice = f"Did you mean {near}?" if near else "Copy the id from the sheet on which it stands."
        expected = "ids of questions and provisions, separated by ;"
        self.note("unknown-option", at, expected=expected, got=quoted(unknown), advice=advice)
        return None

    def nearest(self, name: str, known: Sequence[str]) -> str | None:
        """The known name that is near, as long as somebody will read it: looking takes milliseconds."""
        return nearest(name, known) if len(self.problems) < MOST_PROBLEMS else None

    # Cells

    def take(self, at: Spot, cell: Cell | None, how: Take, is_needed: bool = False) -> None:
        """Puts what a cell says where it belongs; a blank stays out, or is noted where something is needed."""
        self.spots[at.path] = at
        if cell is None and not is_needed:
            return
        value = None
        if cell is None:
            expected = _DAY if how == self.day else "a value"
            self.note("wrong-type", at, expected=expected, got="nothing", advice="Fill in this cell.")
        elif not self.is_wrong(at, cell):
            value = how(at, cell)
        self.section(at.path)[str(at.path[-1])] = value

    def section(self, path: Path) -> dict[str, Any]:
        """The mapping that holds what stands at a path; those around it are begun where they are not there."""
        into: Any = self.value
        for step in path[:-1]:
            into = into[step] if isinstance(step, int) else into.setdefault(step, {})
        found: dict[str, Any] = into
        return found

    def is_wrong(self, at: Spot, cell: Cell) -> bool:
        """Whether nothing can be read in a cell, which is noted."""
        if cell.wrong:
            id, details = cell.wrong
            self.note(id, at, **details)
        return cell.wrong is not None

    def refuse(self, at: Spot, cell: Cell, expected: str, advice: str, id: str = "wrong-type") -> None:
        # Such as "not known".
        in_words = isinstance(cell.value, str) and at.path[0] == "answers" and not re.search("[0-9]", cell.value)
        self.note(id, at, expected=expected, got=_shown(cell), advice=advice + (_NO_ANSWER if in_words else ""))

    def one_of(self, at: Spot, cell: Cell, options: Sequence[str]) -> str | None:
        """The option in a cell, in the words of the drop-down or as its id; whether in capitals does not matter."""
        folded = _fold(cell)
        exact = [option for option in options if option == folded]
        found = exact or [option for option in options if option.casefold() == folded]
        if found:
            return str(found[0])
        self.refuse(at, cell, _one_of(options), _CHOOSE, "unknown-option")
        return None

    def yes_or_no(self, at: Spot, cell: Cell) -> bool | None:
        if isinstance(cell.value, bool):
            return cell.value
        if (folded := _fold(cell)) in YES_NO:
            return folded == YES_NO[0]
        self.refuse(at, cell, " or ".join(YES_NO), _CHOOSE)
        return None

    def number(self, at: Spot, cell: Cell, question: Question) -> float | None:
        is_share = question.type is QuestionType.SHARE
        if isinstance(cell.value, bool | str | None):
            advice = "Write the number alone; if the cell holds nothing else, format it as a number and type it again."
            self.refuse(at, cell, wanted(question), advice)
        elif cell.look != "plain" and not (is_share and cell.look == "percentage"):
            example = ", such as 1.5 for an hour and a half" if question.type is QuestionType.HOURS else ""
            self.refuse(at, cell, wanted(question), f"Format the cell as a plain number and type it again{example}.")
        elif cell.look == "percentage" and cell.value > 1:
            advice = "Divide the part by the whole."
            self.note("share-above-one", at, got=f"{100 * cell.value:,.15g} %", advice=advice)
        elif abs(cell.value) > MOST_WHOLE:
            self.note("number-too-large", at, text=str(cell.value))
        else:
            return cell.value
        return None

    def day(self, at: Spot, cell: Cell) -> str | None:
        """A date as ISO text, from a cell that is shown as a date or holds such a text."""
        value = cell.value
        if isinstance(value, str) and is_day(value.strip()):
            return value.strip()
        if isinstance(value, int | float) and cell.look == "date" and (day := self.workbook.day(value)):
            return day.isoformat()
        alone = ", without a time of day" if isinstance(value, float) and cell.look == "date" else ""
        self.refuse(at, cell, _DAY, f"Write the date like that{alone}.")
        return None

    def text(self, at: Spot, cell: Cell) -> str | None:
        if isinstance(cell.value, str):
            return cell.value
        self.refuse(at, cell, "text", "Format the cell as text and type it again.")
        return None


def _keys(columns: Sequence[Column]) -> list[str]:
    return [column.key for column in columns]


def _text(cell: Cell | None) -> str:
    return cell.value if cell and isinstance(cell.value, str) else ""


def _fold(cell: Cell) -> str:
    return cell.value.strip().casefold().replace(" ", "_") if isinstance(cell.value, str) else ""


def _shown(cell: Cell) -> str:
    """What a cell holds, for people."""
    match cell.value:
        case str():
            return quoted(cell.value)
        case bool():
            return str(cell.value).upper()
        case None:
            return "nothing"
    return f"{_LOOKS[cell.look]} {cell.value:,.15g}"
