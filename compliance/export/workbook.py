"""A self-assessment, or a template of one, as an Excel workbook that people fill in: a sheet for each section.

What is filled in is open and checked as it is typed, everything else is protected against a slip (without a password).
Nothing in it is a formula or a link, and the same form gives the same bytes. `sheets` knows the layout.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping
from datetime import date, datetime
from typing import Any

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from compliance.export.glossary import clock_words
from compliance.model import Declaration, Evidence, Question, QuestionType, Status
from compliance.schema import FORMAT, KINDS, bounds, wanted
from compliance.sheets import (
    ABOUT,
    ASKED,
    CHECKED,
    DECLARED,
    EVIDENCE,
    FIRST,
    FIRST_DAY,
    HEAD,
    HEAD_ROWS,
    HEADER,
    MOST_EVIDENCE,
    OFFERED,
    SHEET_ID,
    STATUSES,
    TICK,
    YES_NO,
    Column,
    cell_day,
    cell_value,
    check_of,
    place_of,
    spoken,
    tab,
)
from compliance.templates import Asked, Declared, Form, Section

_MADE = datetime(2026, 1, 1)  # noqa: DTZ001 - a workbook's clock has no zone, and the bytes must not tell the time
_LONGEST_LIST = 255
_LAST_DAY = date(9999, 12, 31)
_DAY_FORMAT = "yyyy-mm-dd"
_HEAD_COLOUR, _OPEN_COLOUR, _QUIET = "#1F3A5F", "#FFFBE6", "#5F6B7A"
_LOOKS = {"what": "strong", "id": "quiet", "check": "quiet", "number": "quiet"}
_OPTION_LOOKS = {**_LOOKS, "what": "words"}
_STATUS_LOOKS = {"id": "strong", "check": "quiet"}
_LINE, _HIGHEST = 15, 405  # points

Row = Mapping[str, Any]


class _Exact(float):
    """A number that is written with all the digits it has."""

    def __format__(self, _: str) -> str:
        return repr(int(self) if self.is_integer() else float(self))


def render(form: Form) -> bytes:
    """The workbook's bytes."""
    stream = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    book = xlsxwriter.Workbook(stream, options)
    book.set_properties({"title": "Self-assessment", "created": _MADE})
    _Writer(book, form).write()
    book.close()
    return stream.getvalue()


class _Writer:
    """The workbook, being written sheet by sheet."""

    def __init__(self, book: Any, form: Form) -> None:
        self.book = book
        self.form = form
        text = {"text_wrap": True, "valign": "top"}
        open = {**text, "locked": False, "bg_color": _OPEN_COLOUR, "border": 1, "border_color": "#C9C2A0"}
        self.formats: dict[str, Format] = {
            name: book.add_format(about)
            for name, about in {
                "title": {"bold": True, "font_size": 16},
                "hint": {"font_color": _QUIET},
                "heading": {**text, "bold": True, "bg_color": _HEAD_COLOUR, "font_color": "#FFFFFF"},
                "words": text,
                "strong": {**text, "bold": True},
                "quiet": {**text, "font_color": _QUIET, "align": "left"},
                "open": {**open, "num_format": "@"},
                "number": {**open, "num_format": "General", "align": "left"},
                "count": {**open, "num_format": "#,##0", "align": "left"},
                "day": {**open, "num_format": _DAY_FORMAT, "align": "left"},
                "tick": {**open, "num_format": "@", "align": "center"},
            }.items()
        }

    def write(self) -> None:
        sections = {tab(section.id): section for section in self.form.sections}
        rows = {name: list(self.section_rows(section)) for name, section in sections.items()}
        rows[STATUSES] = [_declared_row(each) for each in self.form.declared]
        about = self.sheet(ABOUT, "Self-assessment", _INTRODUCTION, HEAD)
        self.about(about, {name: len(found) for name, found in rows.items()} | {EVIDENCE: 0})
        for name, section in sections.items():
            sheet = self.sheet(name, section.title, _HINT, ASKED)
            for place, row in enumerate(rows[name], start=FIRST):
                self.asked(sheet, place, row)
        sheet = self.sheet(STATUSES, "Statuses and alternatives", _STATUS_HINT, DECLARED)
        for place, (row, each) in enumerate(zip(rows[STATUSES], self.form.declared, strict=True), start=FIRST):
            self.declared(sheet, place, row, self.form.given.declarations.get(each.provision.id, Declaration(None)))
        self.evidence(self.sheet(EVIDENCE, "Evidence", _EVIDENCE_HINT, OFFERED))

    def sheet(self, name: str, title: str, hint: str, columns: tuple[Column, ...]) -> Worksheet:
        sheet = self.book.add_worksheet(name)
        sheet.write_string(0, 0, title, self.formats["title"])
        sheet.write_string(1, 0, hint, self.formats["hint"])
        for i, column in enumerate(columns):
            sheet.set_column(i, i, column.width, self.formats["open"] if name == EVIDENCE else None)
            sheet.write_string(HEADER - 1, i, column.heading, self.formats["heading"])
        sheet.set_row(HEADER - 1, 2 * _LINE)
        sheet.freeze_panes(HEADER, 2 if columns is ASKED else 1)
        sheet.protect("", {"format_columns": True, "format_rows": True})
        sheet.set_landscape()
        sheet.set_paper(9)
        sheet.fit_to_pages(1, 0)
        sheet.repeat_rows(HEADER - 1)
        return sheet

    def words(self, sheet: Worksheet, place: int, columns: tuple[Column, ...], row: Row) -> None:
        """The locked cells of a row."""
        for i, column in enumerate(columns):
            if not column.is_open and row.get(column.key):
                sheet.write_string(
                    place - 1, i, row[column.key], self.formats[row.get("looks", _LOOKS).get(column.key, "words")]
                )
        sheet.set_row(place - 1, _height(columns, row))

    def put(self, sheet: Worksheet, place: int, column: int, value: Any, look: str = "open") -> None:
        """An open cell; text is text, whatever it begins with."""
        cell, about = (place - 1, column - 1), self.formats[look]
        if value is None or value == "":
            sheet.write_blank(*cell, None, about)
        elif isinstance(value, date):
            sheet.write_datetime(*cell, datetime(value.year, value.month, value.day), about)  # noqa: DTZ001
        elif isinstance(value, str):
            sheet.write_string(*cell, value, about if look != "day" else self.formats["open"])
        else:
            sheet.write_number(*cell, _Exact(value), about)

    # Its sheets

    def about(self, sheet: Worksheet, counts: Mapping[str, int]) -> None:
        given, answer = self.form.given, place_of(HEAD, "answer")
        self.words(sheet, FIRST, HEAD, {"what": "Format", "note": "What this file is.", "id": "format"})
        sheet.write_string(FIRST - 1, answer - 1, FORMAT, self.formats["words"])
        values = (
            *(given.service.id, given.service.name, given.service.provider),
            *map(cell_day, (given.period_from, given.period_to, given.prepared_on)),
            *(given.prepared_by_role, given.approved_by_role),
        )
        for place, (row, value) in enumerate(zip(HEAD_ROWS, values, strict=True), start=FIRST + 1):
            self.words(sheet, place, HEAD, {"what": row.what, "note": row.note, "id": ".".join(row.path)})
            self.put(sheet, place, answer, value, "day" if row.is_day else "open")
            if row.is_day:
                sheet.data_validation(place - 1, answer - 1, place - 1, answer - 1, _DAY_RULE)
        notes = {tab(each.id): f"{len(each.asked)} questions" for each in self.form.sections}
        notes |= {
            STATUSES: "What only you can say of each provision, and alternatives",
            EVIDENCE: "As much as you have",
        }
        for place, (name, count) in enumerate(counts.items(), start=FIRST + len(HEAD_ROWS) + 1):
            self.words(sheet, place, HEAD, {"what": name, "note": f"Sheet: {notes[name]}.", "id": SHEET_ID})
            sheet.write_number(place - 1, answer - 1, count, self.formats["quiet"])

    def section_rows(self, section: Section) -> Iterator[Row]:
        for number, asked in enumerate(section.asked, start=1):
            yield _asked_row(asked, number)
            if asked.question.type is QuestionType.CHOICES:
                yield from (_option_row(asked, number, option) for option in asked.question.options)

    def asked(self, sheet: Worksheet, place: int, row: Row) -> None:
        self.words(sheet, place, ASKED, row)
        column, question, option = place_of(ASKED, "answer"), row["question"], row.get("option")
        value = self.form.given.answers.get(question.id)
        if option:
            self.tick(sheet, place, column, isinstance(value, tuple) and option in value)
            return
        self.tick(sheet, place, place_of(ASKED, "not_measured"), question.id in self.form.given.not_measured)
        if question.type is QuestionType.CHOICES:
            return
        self.put(sheet, place, column, None if value is None else cell_value(value, question), _look(question))
        if rule := _rule(question):
            sheet.data_validation(place - 1, column - 1, place - 1, column - 1, rule)

    def tick(self, sheet: Worksheet, place: int, column: int, is_ticked: bool) -> None:
        self.put(sheet, place, column, TICK if is_ticked else None, "tick")
        sheet.data_validation(place - 1, column - 1, place - 1, column - 1, _TICK_RULE)

    def declared(self, sheet: Worksheet, place: int, row: Row, given: Declaration) -> None:
        self.words(sheet, place, DECLARED, row)
        for column, about in enumerate(DECLARED, start=1):
            if about.is_open and about.key == "since":
                self.put(sheet, place, column, cell_day(given.since) if given.since else None, "day")
                sheet.data_validation(place - 1, column - 1, place - 1, column - 1, _DAY_RULE)
            elif about.is_open:
                value = getattr(given, about.key)
                self.put(sheet, place, column, spoken(value) if about.key == "status" and value else value)
        column = place_of(DECLARED, "status") - 1
        sheet.data_validation(place - 1, column, place - 1, column, _list_rule(tuple(map(str, Status))))

    def evidence(self, sheet: Worksheet) -> None:
        last = FIRST + MOST_EVIDENCE - 2
        rules = {"kind": _list_rule(KINDS)} | dict.fromkeys(("date", "from", "to"), _DAY_RULE)
        for column, about in enumerate(OFFERED):
            if about.key in rules:
                sheet.data_validation(FIRST - 1, column, last, column, rules[about.key])
            if rules.get(about.key) is _DAY_RULE:
                sheet.set_column(column, column, about.width, self.formats["day"])
        for place, each in enumerate(self.form.given.evidence, start=FIRST):
            for column, about in enumerate(OFFERED, start=1):
                value = _offered(each)[about.key]
                self.put(sheet, place, column, value, "day" if rules.get(about.key) is _DAY_RULE else "open")


# Rows


def _height(columns: tuple[Column, ...], row: Row) -> float:
    """High enough for the words in a row, in points: not every program fits rows to their text by itself."""
    texts = [(column.width, row.get(column.key) or "") for column in columns if column.key != "id"]
    lines = max(sum(-(-max(len(part), 1) // (width - 2)) for part in text.split("\n")) for width, text in texts)
    return min(lines * _LINE, _HIGHEST)


def _asked_row(asked: Asked, number: int) -> Row:
    question = asked.question
    clock = f"\n{clock_words(question.clock)}" if question.clock else ""
    row: dict[str, Any] = {
        "question": question,
        "number": str(number),
        "what": question.ask or question.label,
        "define": f"{question.define}{clock}",
        "unit": "tick below" if question.type is QuestionType.CHOICES else _unit(question),
        "why": asked.why,
        "id": question.id,
    }
    return {**row, "check": check_of(*(row[key] for key in CHECKED))}


def _option_row(asked: Asked, number: int, option: str) -> Row:
    place = asked.question.options.index(option) + 1
    row: dict[str, Any] = {
        "question": asked.question,
        "option": option,
        "looks": _OPTION_LOOKS,
        "number": f"{number}.{place}",
        "what": f"      {spoken(option)}",
        "define": "",
        "unit": f"{TICK} if it applies",
        "id": f"{asked.question.id}: {option}",
    }
    return {**row, "check": check_of(*(row[key] for key in CHECKED))}


def _unit(question: Question) -> str:
    match question.type:
        case QuestionType.YES_NO:
            return " or ".join(YES_NO)
        case QuestionType.SHARE:
            return "share, 0 to 1"
        case QuestionType.CHOICE:
            return "one of a list"
    return question.unit or question.type.value


def _declared_row(each: Declared) -> Row:
    provision = each.provision
    tested = " The score rests on this status." if each.is_tested else ""
    row: dict[str, Any] = {
        "looks": _STATUS_LOOKS,
        "id": provision.id,
        "what": f"{provision.title}\n{provision.text}".strip(),
        "code": each.code.name,
        "why": f"{each.why}.{tested}",
    }
    return {**row, "check": check_of(*(row[key] for key in CHECKED if key in row))}


def _offered(each: Evidence) -> dict[str, Any]:
    covers = each.covers
    return {
        "id": each.id,
        "title": each.title,
        "kind": spoken(each.kind),
        "made_by": each.made_by,
        "date": cell_day(each.date),
        "from": cell_day(covers.start) if covers and covers.start else None,
        "to": cell_day(covers.end) if covers and covers.end else None,
        "sha256": each.sha256,
        "supports": "; ".join(each.supports),
    }


def _look(question: Question) -> str:
    match question.type:
        case QuestionType.DATE:
            return "day"
        case QuestionType.COUNT:
            return "count"
        case QuestionType.SHARE | QuestionType.HOURS | QuestionType.DAYS:
            return "number"
    return "open"


# What is checked as it is typed


def _rule(question: Question) -> dict[str, Any] | None:
    """How an answer is checked; nothing of a text, nor of a list too long to drop down."""
    match question.type:
        case QuestionType.YES_NO:
            return _list_rule(YES_NO)
        case QuestionType.CHOICE:
            return _list_rule(question.options)
        case QuestionType.DATE:
            return _DAY_RULE
        case QuestionType.TEXT | QuestionType.CHOICES:
            return None
    kind = "integer" if question.type is QuestionType.COUNT else "decimal"
    least, most = bounds(question)
    return {
        "validate": kind,
        "criteria": "between",
        "minimum": least,
        "maximum": most,
        "error_title": "Not an answer",
        "error_message": f"Write {wanted(question)}.",
    }


def _list_rule(options: tuple[str, ...]) -> dict[str, Any] | None:
    words = [spoken(option) for option in options]
    if len(",".join(words)) > _LONGEST_LIST:
        return None
    return {
        "validate": "list",
        "source": words,
        "error_title": "Not in the list",
        "error_message": "Choose from the list.",
    }


_TICK_RULE = {
    "validate": "list",
    "source": [TICK],
    "error_title": "Not an answer",
    "error_message": f"Put {TICK} if it applies, and leave it empty otherwise.",
}
_DAY_RULE = {
    "validate": "date",
    "criteria": "between",
    "minimum": FIRST_DAY,
    "maximum": _LAST_DAY,
    "error_title": "Not a date",
    "error_message": "Write a date such as 2026-01-31.",
}

_INTRODUCTION = (
    "Fill in the yellow cells of every sheet. Leave empty what you do not know: a blank is unknown, never 0 or no."
    " Then run `compliance check` on this file."
)
_HINT = (
    f"Fill in the yellow cells. Leave empty what you do not know; put {TICK} under Not measured where you looked and"
    " there is no answer. Neither is the same as 0."
)
_STATUS_HINT = "Choose a status; an alternative needs its three columns, and not applicable a reason."
_EVIDENCE_HINT = "One row for each piece of evidence. Name files, reports and records, never material itself."
