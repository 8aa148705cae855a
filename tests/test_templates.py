"""Templates: what is asked and why, that each format gives back what was put in, and what an altered workbook says."""

from __future__ import annotations

import io
import json
import re
import shlex
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import Any

import generate
import openpyxl
import pytest
import small_rules
import yaml
from hypothesis import given
from hypothesis import strategies as st

from compliance import audit, schema
from compliance.audit import Rules, load_rules, report_bytes
from compliance.cli import main
from compliance.codes import read_code
from compliance.model import Code, Problem, QuestionType, Received, Role, Service, Submission, Value
from compliance.problems import render
from compliance.questions import read_catalogue
from compliance.sheets import ABOUT, ASKED, DECLARED, EVIDENCE, FIRST, HEAD, HEADER, OFFERED, STATUSES, place_of, tab
from compliance.submissions import attribution, read_submission
from compliance.templates import Form, blank, facts_only, form

TODAY = date(2026, 11, 20)
FORMATS = ("yaml", "json", "xlsx")
SAMPLES = audit.find_samples()
SAVED = Path(__file__).parent / "workbooks"
ANSWER, NOT_MEASURED, ID = (place_of(ASKED, key) for key in ("answer", "not_measured", "id"))
HARBOURLINE = audit.samples() / "harbourline" / "2026-06-30.yaml"

Book = Any


@cache
def rules() -> Rules:
    return load_rules()


@cache
def sample(path: Path) -> Submission:
    found, problems = audit.read_submission(path)
    assert found, problems
    return replace(found, file="")


def empty_template() -> Submission:
    """What a template says that somebody filled in the head of and nothing else."""
    anybody = Service("anybody", "Anybody", "Anybody Ltd")
    return replace(blank(TODAY), service=anybody, prepared_by_role="Head", approved_by_role="Board")


def read(data: bytes, format: str) -> tuple[Submission | None, list[Problem]]:
    return read_submission(data, f"report.{format}", rules().catalogue, rules().schema, TODAY)


def back(asked: Form, format: str) -> Submission:
    """What reading the form's file gives."""
    found, problems = read(report_bytes(asked, format), format)
    assert found, "\n".join(map(render, problems))
    return replace(found, file="")


# What is asked


def test_a_template_of_nothing_known_asks_what_the_code_reads() -> None:
    code = rules().find("uk-iicsa-2020")
    assert code
    asked = form([code], blank(TODAY))
    ids = {each.question.id for section in asked.sections for each in section.asked}
    read_by_tests = {id for p in code.provisions for r in p.requirements for id in r.test.reads}
    deciding = {id for p in code.provisions if p.applies_when for id in p.applies_when.reads}
    assert read_by_tests | deciding <= ids
    assert [each.provision.id for each in asked.declared] == [provision.id for provision in code.provisions]
    assert all(each.why for section in asked.sections for each in section.asked)
    reasons = {each.question.id: each.why for section in asked.sections for each in section.asked}
    assert reasons["prescreening.public_images_uploaded"] == (
        "Tested by IICSA-R1.1 Images are compared before anyone can reach them and IICSA-R1.7"
    )


def test_what_cannot_apply_to_a_known_service_is_not_asked() -> None:
    (path,) = (path for path in SAMPLES if path.parent.name == "quillseek")
    known = facts_only(sample(path), rules().catalogue.questions)
    assert all(rules().catalogue.questions[id].role is not Role.ANSWER for id in known.answers)
    codes = rules().fitting(known, None)
    asked = form(codes, known, rules().codes)
    everything = form(rules().fitting(blank(TODAY), None), blank(TODAY), rules().codes)
    assert asked.questions < everything.questions / 1.5
    ids = {each.question.id for section in asked.sections for each in section.asked}
    assert not any(id.startswith(("harmful.", "complaints.", "terms.")) for id in ids)
    assert all("may apply" in each.why or "applies" in each.why for each in asked.declared)


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_facts_alone_ask_everything_that_decides_the_result(path: Path) -> None:
    """Whatever is tested of a sample is among what its facts alone make a template ask."""
    whole = sample(path)
    asked = form(rules().fitting(whole, None), facts_only(whole, rules().catalogue.questions), rules().codes)
    ids = {each.question.id for section in asked.sections for each in section.asked}
    for code in asked.codes:
        (found,) = audit.assess_report(Received("", b"", whole), [code], None)
        tested = (result.provision for result in found.provisions if result.findings and result.applies != "false")
        assert {id for provision in tested for r in provision.requirements for id in r.test.reads} <= ids


def test_the_period_of_a_blank_template_is_over() -> None:
    for today in (date(2026, 1, 1), date(2026, 6, 30), date(2026, 7, 1), date(2026, 12, 31)):
        empty = blank(today)
        assert empty.period_from < empty.period_to < empty.prepared_on <= today


def test_a_blank_template_has_no_name_that_could_be_filed() -> None:
    empty = blank(TODAY)
    assert (empty.service, empty.prepared_by_role, empty.approved_by_role) == (Service("", "", ""), "", "")


# Every format gives back what was put in


@pytest.mark.parametrize("code", load_rules().codes, ids=lambda code: code.name)
def test_an_untouched_template_reads_as_nothing_answered(code: Code) -> None:
    empty = empty_template()
    asked = form([code], empty)
    assert [back(asked, format) for format in FORMATS] == [empty] * len(FORMATS)


@pytest.mark.parametrize("format", FORMATS)
def test_an_untouched_template_is_asked_whose_it_is_and_nothing_else(format: str) -> None:
    begun = replace(blank(TODAY), answers=sample(HARBOURLINE).answers, not_measured=("live.is_monitored",))
    (found, problems), other = (
        read(report_bytes(form([rules().codes[0]], given), format), format) for given in (blank(TODAY), begun)
    )
    assert found is None
    assert [(each.path, each.hint) for each in other[1]] == [(each.path, each.hint) for each in problems]
    paths = ["service.id", "service.name", "service.provider", "prepared.role", "prepared.approved_by_role"]
    assert [problem.path for problem in problems] == paths
    assert [problem.hint for problem in problems] == [{"xlsx": "Fill in this cell."}.get(format, "Write it.")] * 5
    assert [problem.place for problem in problems if problem.place] == (
        [f"{ABOUT}!B{row}" for row in (5, 6, 7, 11, 12)] if format == "xlsx" else []
    )


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_a_sample_goes_through_every_format_unchanged(path: Path) -> None:
    """With some of its blanks said to be not measured, as in a file that somebody went on with."""
    unknown = tuple(id for id in rules().catalogue.questions if id not in sample(path).answers)[::7]
    given = replace(sample(path), not_measured=unknown)
    asked = form(rules().fitting(given, None), given, rules().codes)
    assert [back(asked, format) for format in FORMATS] == [given] * len(FORMATS)


@generate.fewer(10)
@given(generate.cases())
def test_random_self_assessments_go_through_every_format_unchanged(case: generate.Case) -> None:
    catalogue, wrong = read_catalogue(generate.as_json(case.questions), "questions.json")
    assert catalogue, wrong
    code, wrong = read_code(generate.as_json(case.code), "code.json", catalogue)
    assert code, wrong
    shape = schema.self_assessment(catalogue, [provision.id for provision in code.provisions])
    for tree in case.submissions:
        data = generate.as_json(tree)
        first, problems = read_submission(data, "a.json", catalogue, shape, generate.TODAY)
        assert first, problems
        first = replace(first, not_measured=tuple(id for id in catalogue.questions if id not in first.answers)[::2])
        asked = form([code], first, [code])
        for format in FORMATS:
            written = report_bytes(asked, format)
            again, problems = read_submission(written, f"a.{format}", catalogue, shape, generate.TODAY)
            assert again, [render(problem) for problem in problems]
            assert replace(again, file="") == replace(first, file="")


AWKWARD = (
    "=1+1", "+44", "-5", "@home", "'quoted", '"', "a: b # c", "- item", "null", "yes", "12", "2026-01-31", "1:30",
    "_x0041_ and _x005F_", "two\nlines\n\nand\ttabs", "\u00e9\u4e2d\U0001f600", "{braces}", "[brackets]", "x" * 5_000,
    "&amp; <b>", "%", "#N/A", "  inner  blanks", "C:\\temp\\n",
)  # fmt: skip


@pytest.mark.parametrize("format", FORMATS)
def test_text_stays_text_whatever_it_begins_with(format: str) -> None:
    given = sample(HARBOURLINE)
    texts = [text.strip() for text in AWKWARD]
    assert len(texts) <= len(given.declarations)
    declared = dict(given.declarations)
    for (id, each), text in zip(given.declarations.items(), texts, strict=False):
        declared[id] = replace(each, comment=text)
    questions = [id for id, question in rules().catalogue.questions.items() if question.type is QuestionType.TEXT]
    answers = {**given.answers, **dict(zip(questions, texts, strict=False))}
    given = replace(given, declarations=declared, answers=answers, not_measured=())
    asked = form(rules().fitting(given, None), given, rules().codes)
    assert back(asked, format) == given
    if format == "xlsx":
        book = openpyxl.load_workbook(io.BytesIO(report_bytes(asked, format)))
        assert not any(cell.data_type == "f" for sheet in book for row in sheet for cell in row)


def test_numbers_and_days_that_a_workbook_keeps_badly_are_kept() -> None:
    answers: dict[str, Value] = {
        "removal.csam.p95_hours": 0.1 + 0.2,
        "moderation.error_target": 1 / 3,
        "service.uk_monthly_users": 2**53,
        "removal.csam.target_set_on": date(1900, 2, 28),
        "children.access_assessed_on": date(9999, 12, 31),
    }
    given = replace(sample(SAMPLES[0]), answers=answers)
    assert back(form(rules().fitting(given, None), given, rules().codes), "xlsx").answers == answers


def test_the_same_form_gives_the_same_bytes() -> None:
    asked = form(list(rules().codes[:2]), sample(SAMPLES[0]))
    for format in FORMATS:
        assert report_bytes(asked, format) == report_bytes(asked, format)


def test_a_template_in_yaml_means_the_same_to_another_reader() -> None:
    asked = form(list(rules().codes), sample(SAMPLES[0]), rules().codes)
    read = yaml.safe_load(report_bytes(asked, "yaml", "x.json"))
    read["prepared"]["on"] = read["prepared"].pop(True)  # what YAML 1.1 takes that key for
    assert read == json.loads(report_bytes(asked, "json"))


def test_whose_a_refused_workbook_is_can_still_be_told() -> None:
    given = sample(SAMPLES[0])
    data = report_bytes(form([rules().codes[0]], given), "xlsx")
    assert attribution(data, "a.xlsx") == (given.service.id, given.period_to)


# Not measured


@pytest.mark.parametrize("path", SAMPLES[::6], ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_the_engine_takes_not_measured_for_a_blank(path: Path) -> None:
    given = sample(path)
    listed = replace(given, not_measured=tuple(id for id in rules().catalogue.questions if id not in given.answers))
    assert listed.not_measured
    for code in rules().fitting(given, None):
        one, other = (audit.assess_submission(each, code, None) for each in (given, listed))
        assert one == replace(other, submission=given)


def test_a_profile_keeps_what_is_not_known_of_facts_alone() -> None:
    fact, answer = "service.qualifying_worldwide_revenue", "removal.csam.p95_hours"
    roles = [rules().catalogue.questions[id].role for id in (fact, answer)]
    assert (roles[0] is not Role.ANSWER, roles[1] is Role.ANSWER) == (True, True)
    given = replace(sample(HARBOURLINE), not_measured=(fact, answer))
    assert facts_only(given, rules().catalogue.questions).not_measured == (fact,)


def test_what_is_not_measured_is_asked_again() -> None:
    """Nothing that was said gets lost, whether or not the chosen code reads it."""
    code = rules().find("uk-interim-csea")
    assert code
    unread = "service.qualifying_worldwide_revenue"
    known = replace(sample(HARBOURLINE), answers={})
    asked, also = (
        {each.question.id for section in form([code], given).sections for each in section.asked}
        for given in (known, replace(known, not_measured=(unread,)))
    )
    assert also - asked == {unread}


# A workbook as people fill it in


ASKED_FOR = frozenset({"removal.csam.target_set_on", "moderation.error_target", "governance.code_version"})


@cache
def template() -> bytes:
    """A blank template of some questions of two codes."""
    codes = [rules().find(name) for name in ("uk-iicsa-2020", "uk-ofcom-illegal-content-u2u@2025-02-24")]
    asked = form([code for code in codes if code], empty_template())
    kept = {"service", "prescreening", "removal", "moderation", "governance"}  # a small one is altered sooner
    sections = [section for section in asked.sections if section.id in kept]
    shorter = [
        replace(each, asked=tuple(a for a in each.asked if a in each.asked[:8] or a.question.id in ASKED_FOR))
        for each in sections
    ]
    declared = [each for each in asked.declared if each.provision.id in ("IICSA-R1.1", "ICU-C9")]
    return report_bytes(replace(asked, sections=tuple(shorter), declared=tuple(declared)), "xlsx")


@cache
def spots() -> dict[str, tuple[str, int]]:
    """The sheet and row of every question, option and provision."""
    book = openpyxl.load_workbook(io.BytesIO(template()))
    columns = {
        sheet.title: {ABOUT: HEAD, STATUSES: DECLARED, EVIDENCE: OFFERED}.get(sheet.title, ASKED) for sheet in book
    }
    return {
        sheet.cell(row, place_of(columns[sheet.title], "id")).value: (sheet.title, row)
        for sheet in book
        for row in range(FIRST, sheet.max_row + 1)
    }


def after(change: Callable[[Book], object]) -> tuple[Submission | None, list[Problem]]:
    """What reading the blank template gives after a change that another program saved."""
    book = openpyxl.load_workbook(io.BytesIO(template()))
    change(book)
    stream = io.BytesIO()
    book.save(stream)
    return read(stream.getvalue(), "xlsx")


def put(id: str, value: object, format: str = "", column: int = ANSWER) -> Callable[[Book], object]:
    """Fills in the answer to a question."""

    def change(book: Book) -> None:
        sheet, row = spots()[id]
        cell = book[sheet].cell(row, column)
        cell.value = value
        cell.number_format = format or cell.number_format

    return change


@pytest.mark.parametrize(
    ("id", "value", "format", "answer"),
    [
        ("service.lets_users_share_images", "yes", "", True),
        ("service.lets_users_share_images", " No ", "", False),
        ("service.lets_users_share_images", True, "", True),
        ("service.uk_monthly_users", 0, "", 0),
        ("service.uk_monthly_users", 2_400_000, "#,##0", 2_400_000),
        ("removal.csam.p95_hours", 6.5, "0.00", 6.5),
        ("moderation.error_target", 0.5, "0%", 0.5),
        ("moderation.error_target", 0.995, "0.0%", 0.995),
        ("moderation.error_target", 0.005, '[Red]0.00%;-0.00%;"none"', 0.005),
        ("moderation.error_target", 0.999, "General", 0.999),
        ("prescreening.image_stage", "before available", "", "before_available"),
        ("prescreening.image_stage", "Before_Available", "", "before_available"),
        ("removal.csam.target_set_on", datetime(2026, 3, 20), "dd/mm/yyyy", date(2026, 3, 20)),  # noqa: DTZ001
        ("removal.csam.target_set_on", datetime(2026, 3, 20), "[$-409]d mmm yy", date(2026, 3, 20)),  # noqa: DTZ001
        ("removal.csam.target_set_on", "2026-03-20", "@", date(2026, 3, 20)),
        ("governance.code_version", "2, March 2026", "", "2, March 2026"),
    ],
)
def test_an_answer_is_read_as_it_is_meant(id: str, value: object, format: str, answer: object) -> None:
    found, problems = after(put(id, value, format))
    assert found, [render(problem) for problem in problems]
    assert found.answers == {id: answer}
    assert type(found.answers[id]) is type(answer)


def test_options_are_ticked() -> None:
    def change(book: Book) -> None:
        for id, mark in (
            ("service.kinds: forum", "x"),
            ("service.kinds: messaging", "X"),
            ("service.kinds: adult", " "),
        ):
            put(id, mark)(book)

    found, problems = after(change)
    assert found, problems
    assert found.answers == {"service.kinds": ("messaging", "forum")}


def test_a_question_is_said_to_be_not_measured() -> None:
    def change(book: Book) -> None:
        for id, mark in (
            ("service.uk_monthly_users", "x"),
            ("service.kinds", "X"),
            ("removal.csam.p95_hours", True),
            ("moderation.error_target", " "),
        ):
            put(id, mark, column=NOT_MEASURED)(book)

    found, problems = after(change)
    assert found, problems
    assert found.answers == {}
    assert found.not_measured == ("service.kinds", "service.uk_monthly_users", "removal.csam.p95_hours")


@pytest.mark.parametrize(
    ("id", "mark", "answered", "problem"),
    [
        ("removal.csam.p95_hours", "x", ("removal.csam.p95_hours", 6.5), "answered-and-not-measured"),
        ("service.kinds", "x", ("service.kinds: forum", "x"), "answered-and-not-measured"),
        ("service.kinds: forum", "x", None, "workbook-altered"),
        ("service.kinds", "not measured", None, "unknown-option"),
        ("removal.csam.p95_hours", "=1", None, "cell-formula"),
    ],
)
def test_what_is_wrong_under_not_measured_is_said_there(
    id: str, mark: str, answered: tuple[str, object] | None, problem: str
) -> None:
    def change(book: Book) -> None:
        put(id, mark, column=NOT_MEASURED)(book)
        if answered:
            put(*answered)(book)

    found, problems = after(change)
    sheet, row = spots()[id]
    assert found is None
    assert [(each.id, each.place) for each in problems] == [(problem, f"{sheet}!F{row}")], [*map(render, problems)]


@pytest.mark.parametrize(
    ("id", "value", "format", "hint"),
    [
        ("moderation.error_target", 1.5, "0%", "Divide the part by the whole."),
        ("moderation.error_target", 1.5, "", "Write 0.015 where 1.5 % is meant."),
        ("removal.csam.p95_hours", 0.0625, "h:mm", "such as 1.5 for an hour and a half."),
        ("service.uk_monthly_users", 0.5, "0%", "Format the cell as a plain number and type it again."),
        ("removal.csam.target_set_on", 46_101.5, "yyyy-mm-dd hh:mm", "without a time of day."),
    ],
)
def test_the_hint_is_about_what_the_cell_shows(id: str, value: float, format: str, hint: str) -> None:
    (problem,) = after(put(id, value, format))[1]
    assert problem.hint.endswith(hint)


@pytest.mark.parametrize("id", ["service.uk_monthly_users", "service.lets_users_share_images"])
def test_words_in_place_of_an_answer_are_told_where_they_belong(id: str) -> None:
    (problem,) = after(put(id, "not measured"))[1]
    assert problem.hint.endswith("If there is no answer, empty the cell and put x beside it under Not measured.")


def _upside_down(book: Book) -> None:
    """The rows of a sheet the other way round, as after sorting by a column."""
    put("removal.csam.p95_hours", 6.5)(book)
    sheet = book["Removal"]
    rows = [[cell.value for cell in row] for row in sheet.iter_rows(min_row=FIRST, max_row=sheet.max_row)]
    for place, values in enumerate(reversed(rows), start=FIRST):
        for column, value in enumerate(values, start=1):
            sheet.cell(place, column).value = value


def _hidden(book: Book) -> None:
    put("removal.csam.p95_hours", 6.5)(book)
    book["Removal"].row_dimensions[spots()["removal.csam.p95_hours"][1]].hidden = True
    book["Removal"].column_dimensions["E"].hidden = True


def _from_1904(book: Book) -> None:
    put("removal.csam.p95_hours", 6.5)(book)
    book.epoch = openpyxl.utils.datetime.CALENDAR_MAC_1904


def _empty_row(book: Book) -> None:
    put("removal.csam.p95_hours", 6.5)(book)
    book["Removal"].insert_rows(6)


def _sheets_moved(book: Book) -> None:
    put("removal.csam.p95_hours", 6.5)(book)
    book.move_sheet("Removal", -3)


@pytest.mark.parametrize("change", [_upside_down, _hidden, _from_1904, _empty_row, _sheets_moved])
def test_what_moves_no_answer_to_another_question_changes_nothing(change: Callable[[Book], object]) -> None:
    found, problems = after(change)
    assert found, [render(problem) for problem in problems]
    assert replace(found, file="") == replace(empty_template(), answers={"removal.csam.p95_hours": 6.5})


def _evidence(**given: object) -> Callable[[Book], object]:
    whole = {
        "id": "audit",
        "title": "An audit",
        "kind": "independent audit",
        "made_by": "An auditor",
        "date": datetime(2026, 5, 2),  # noqa: DTZ001
        "supports": "removal.csam.items; ICU-C9\nremoval.csam.removed",
    }

    def change(book: Book) -> None:
        for key, value in (whole | given).items():
            book[EVIDENCE].cell(FIRST, place_of(OFFERED, key)).value = value

    return change


def test_evidence_and_statuses_are_read() -> None:
    def change(book: Book) -> None:
        _evidence()(book)
        sheet, row = spots()["ICU-C9"]
        book[sheet].cell(row, place_of(DECLARED, "status")).value = "Partly in place"
        book[sheet].cell(row, place_of(DECLARED, "comment")).value = "=not a formula"
        book[sheet].cell(row, place_of(DECLARED, "comment")).data_type = "s"

    found, problems = after(change)
    assert found, [render(problem) for problem in problems]
    assert found.evidence[0].supports == ("removal.csam.items", "ICU-C9", "removal.csam.removed")
    assert (found.evidence[0].kind, found.evidence[0].covers) == ("independent_audit", None)
    assert found.declarations["ICU-C9"].status == "partly_in_place"
    assert found.declarations["ICU-C9"].comment == "=not a formula"


@pytest.mark.parametrize(
    ("id", "value", "format", "problem"),
    [
        ("service.uk_monthly_users", "about 2 million", "", "wrong-type"),
        ("service.uk_monthly_users", "2400000", "", "wrong-type"),
        ("service.uk_monthly_users", 0.5, "0%", "wrong-type"),
        ("service.uk_monthly_users", 1.5, "", "not-whole"),
        ("service.uk_monthly_users", -1, "", "below-minimum"),
        ("service.uk_monthly_users", 2**54, "", "number-too-large"),
        ("service.uk_monthly_users", True, "", "wrong-type"),
        ("service.uk_monthly_users", "=1+1", "", "cell-formula"),
        ("removal.csam.p95_hours", 0.0625, "h:mm", "wrong-type"),
        ("removal.csam.p95_hours", 46_023, "yyyy-mm-dd", "wrong-type"),
        ("moderation.error_target", 50, "", "share-above-one"),
        ("moderation.error_target", 1.5, "0%", "share-above-one"),
        ("moderation.error_target", "50%", "", "wrong-type"),
        ("service.lets_users_share_images", 1, "", "wrong-type"),
        ("service.lets_users_share_images", "maybe", "", "wrong-type"),
        ("prescreening.image_stage", "earlier", "", "unknown-option"),
        ("prescreening.image_stage", 3, "", "unknown-option"),
        ("service.kinds: forum", "perhaps", "", "unknown-option"),
        ("removal.csam.target_set_on", 46_023, "General", "wrong-type"),
        ("removal.csam.target_set_on", 46_023.5, "yyyy-mm-dd", "wrong-type"),
        ("removal.csam.target_set_on", "20/03/2026", "", "wrong-type"),
        ("removal.csam.target_set_on", "2026-02-30", "", "wrong-type"),
        ("governance.code_version", 2, "", "wrong-type"),
        ("governance.code_version", "a\u202eb", "", "forbidden-character"),
        ("service.uk_monthly_users", "#N/A", "", "cell-error"),
    ],
)
def test_a_wrong_answer_is_refused_with_its_cell(id: str, value: object, format: str, problem: str) -> None:
    found, problems = after(put(id, value, format))
    sheet, row = spots()[id]
    assert found is None
    assert [(each.id, each.place) for each in problems] == [(problem, f"{sheet}!E{row}")], [*map(render, problems)]
    assert problems[0].path.startswith(f"answers.{id.partition(':')[0]}")
    assert render(problems[0]).startswith(f"report.xlsx:{sheet}!E{row}: answers.")
    assert problems[0].hint


@pytest.mark.parametrize(
    ("given", "problem", "cell"),
    [
        ({"title": None}, "wrong-type", "B4"),
        ({"kind": "events"}, "unknown-option", "C4"),
        ({"date": "May"}, "wrong-type", "E4"),
        ({"from": "2026-01-01"}, "wrong-type", "G4"),
        ({"from": "2026-02-01", "to": "2026-01-01"}, "covers-reversed", "G4"),
        ({"sha256": "abc"}, "wrong-form", "H4"),
        ({"supports": "removal.csam.itens"}, "unknown-option", "I4"),
        ({"supports": None}, "wrong-type", "I4"),
    ],
)
def test_wrong_evidence_is_refused_with_its_cell(given: dict[str, object], problem: str, cell: str) -> None:
    _, problems = after(_evidence(**given))
    assert [(each.id, each.place) for each in problems] == [(problem, f"{EVIDENCE}!{cell}")], [*map(render, problems)]


def _rename(book: Book) -> None:
    book["Removal"].title = "Removals"


def _swap_ids(book: Book) -> None:
    book["Removal"].cell(FIRST, ID).value = "removal.csam.removed"


ALTERED: dict[str, tuple[Callable[[Book], object], str]] = {
    "a sheet renamed": (_rename, "Removals!A1"),
    "a sheet added": (lambda book: book.create_sheet("My notes"), "'My notes'!A1"),
    "a sheet removed": (lambda book: book.remove(book["Removal"]), "About!A15"),
    "the first sheet removed": (lambda book: book.remove(book[ABOUT]), "Service!A1"),
    "a column deleted": (lambda book: book["Removal"].delete_cols(2), "Removal!B3"),
    "a column inserted": (lambda book: book["Removal"].insert_cols(5), "Removal!E3"),
    "a heading changed": (lambda book: book["Removal"].cell(HEADER, ANSWER, "Result"), "Removal!E3"),
    "a row deleted": (lambda book: book["Removal"].delete_rows(9), f"Removal!H{0}"),
    "a row emptied": (lambda book: book["Removal"].delete_rows(6) or book["Removal"].insert_rows(6), "Removal!H6"),
    "a row inserted": (lambda book: book["Removal"].insert_rows(9) or book["Removal"].cell(9, 5, "x"), "Removal!E9"),
    "an id that there is not": (lambda book: book["Removal"].cell(5, ID, "removal.csam.removd"), "Removal!H5"),
    "an id of another question": (_swap_ids, "Removal!H4"),
    "a question changed": (lambda book: book["Removal"].cell(4, 2, "How many?"), "Removal!H4"),
    "a definition changed": (lambda book: book["Removal"].cell(4, 3, "All."), "Removal!H4"),
    "a figure beside the table": (lambda book: book["Removal"].cell(7, 12, 42), "Removal!L7"),
    "a figure below the table": (lambda book: book["Removal"].cell(400, 5, 42), "Removal!E400"),
    "cells merged": (lambda book: book["Removal"].merge_cells("E6:E8"), "Removal!E6"),
    "an answer above its options": (lambda book: book["Service"].cell(4, 5, "forum"), "Service!E4"),
    "a status of nothing known": (lambda book: book[STATUSES].cell(4, 1, "IICSA-R1.99"), "Statuses!A4"),
    "a row of the first sheet gone": (lambda book: book[ABOUT].delete_rows(6), "About!D6"),
}


@pytest.mark.parametrize("name", ALTERED)
def test_an_altered_workbook_is_refused_with_the_cell(name: str) -> None:
    change, place = ALTERED[name]
    found, problems = after(change)
    assert found is None
    assert [each.id for each in problems] == ["workbook-altered"], [render(problem) for problem in problems]
    assert problems[0].place == place.replace("H0", problems[0].place.rpartition("!")[2])
    assert problems[0].hint


def test_a_hidden_sheet_is_refused_by_its_name() -> None:
    def change(book: Book) -> None:
        book["Removal"].sheet_state = "hidden"

    (problem,) = after(change)[1]
    assert (problem.id, problem.place) == ("workbook-unsafe", "Removal!A1")


def test_problems_come_in_the_order_of_the_sheets() -> None:
    def change(book: Book) -> None:
        put("removal.csam.p95_hours", "long")(book)
        put("service.uk_monthly_users", "many")(book)
        book[ABOUT].cell(5, 2).value = None

    places = [problem.place for problem in after(change)[1]]
    assert [place.partition("!")[0] for place in places] == [ABOUT, "Service", "Removal"]


def test_what_holds_between_answers_is_said_at_a_cell_as_well() -> None:
    def change(book: Book) -> None:
        book[ABOUT].cell(8, 2).value = datetime(2026, 8, 1)  # noqa: DTZ001

    (problem,) = after(change)[1]
    assert (problem.id, problem.path, problem.place) == ("period-reversed", "period.to", "About!B9")


def test_every_section_has_a_sheet_of_its_own() -> None:
    sections = {id.partition(".")[0] for id in rules().catalogue.questions}
    names = {tab(section) for section in sections}
    assert len(names) == len(sections)
    assert names.isdisjoint({ABOUT, STATUSES, EVIDENCE})
    assert tab("evidence") not in {EVIDENCE, *names}
    assert all(len(tab(section * 9)) <= 31 for section in sections)


def test_all_but_answers_is_protected() -> None:
    book = openpyxl.load_workbook(io.BytesIO(template()))
    assert all(sheet.protection.sheet for sheet in book)
    sheet, row = spots()["service.uk_monthly_users"]
    assert not book[sheet].cell(row, ANSWER).protection.locked
    assert book[sheet].cell(row, place_of(ASKED, "id")).protection.locked
    rules = [each.sqref for each in book[sheet].data_validations.dataValidation]
    assert any(f"E{row}" in str(ref) for ref in rules)


def test_what_another_program_saved_is_read() -> None:
    """The small sample as a workbook, which LibreOffice 7.4 opened and saved: other styles, parts and empty cells.

    It has one question more that is said to be not measured.
    """
    code = small_rules.code()
    shape = schema.self_assessment(small_rules.catalogue(), [provision.id for provision in code.provisions])
    found = []
    for file in (small_rules.FOLDER / "reports" / "good.yaml", SAVED / "saved-by-libreoffice.xlsx"):
        submission, problems = read_submission(file.read_bytes(), file.name, small_rules.catalogue(), shape, TODAY)
        assert submission, [render(problem) for problem in problems]
        found.append(replace(submission, file=""))
    assert replace(found[0], not_measured=("service.sort",)) == found[1]


@cache
def small() -> tuple[dict[str, str], schema.Json]:
    """The parts of the small sample as a workbook, and the schema of its rules."""
    code = small_rules.code()
    shape = schema.self_assessment(small_rules.catalogue(), [provision.id for provision in code.provisions])
    file = small_rules.FOLDER / "reports" / "good.yaml"
    submission, problems = read_submission(file.read_bytes(), file.name, small_rules.catalogue(), shape, TODAY)
    assert submission, problems
    with zipfile.ZipFile(io.BytesIO(report_bytes(form([code], submission), "xlsx"))) as archive:
        return {name: archive.read(name).decode() for name in archive.namelist()}, shape


@generate.fewer(10)
@given(st.data())
def test_no_change_of_cells_ends_the_reader(data: st.DataObject) -> None:
    """Cells take each other's text, number, style, kind and place; most of it is refused, and none of it raises."""
    parts, shape = small()
    name = data.draw(st.sampled_from(sorted(name for name in parts if "worksheets/sheet" in name)))
    text = parts[name]
    for pattern in data.draw(st.lists(st.sampled_from(PATTERNS), min_size=1, max_size=4)):
        found = [each for sheet in parts.values() for each in re.findall(pattern, sheet)]
        places = [match.span() for match in re.finditer(pattern, text)]
        if places:
            start, end = data.draw(st.sampled_from(places))
            text = text[:start] + data.draw(st.sampled_from([*found, *ODD])) + text[end:]
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for part, content in (parts | {name: text}).items():
            archive.writestr(part, content)
    submission, problems = read_submission(stream.getvalue(), "a.xlsx", small_rules.catalogue(), shape, TODAY)
    assert (submission is None) == bool(problems)
    assert all(problem.place or problem.id in ("not-a-workbook", "more-problems") for problem in problems)


PATTERNS = (
    r"<v>[^<]*</v>",
    r' s="[0-9]+"',
    r' t="[a-z]+"',
    r' r="[A-Z]+[0-9]+"',
    r"<c [^>]*>",
    r"<row [^>]*>",
    r"</c>",
)
ODD = ("", "<v>1e300</v>", "<v>-1</v>", "<v>0.5</v>", ' t="b"', ' t="e"', ' t="str"', "<f>1</f>", ' r="E1048576"')


# Made to exhaust a reader


def _evidence_rows(count: int, cell: Callable[[int, str], str]) -> Callable[[int], str]:
    def rows(first: int) -> str:
        lines = (
            f'<row r="{i}">{"".join(cell(first, f"{c}{i}") for c in "ABCDEFGHI")}</row>' for i in range(4, 4 + count)
        )
        return "".join(lines)

    return rows


def _stuffed(rows: Callable[[int], str], *texts: str) -> bytes:
    """The template with rows of XML put at the end of its last sheet, which may use more shared texts."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(template())) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        parts = {name: old.read(name).decode() for name in old.namelist()}
        last = max((name for name in parts if "worksheets/sheet" in name), key=lambda name: (len(name), name))
        shared = parts["xl/sharedStrings.xml"]
        added = "".join(f"<si><t>{text}</t></si>" for text in texts)
        parts["xl/sharedStrings.xml"] = shared.replace("</sst>", f"{added}</sst>")
        parts[last] = parts[last].replace("</sheetData>", f"{rows(shared.count('<si>'))}</sheetData>")
        for name, text in parts.items():
            new.writestr(name, text)
    return out.getvalue()


STUFFED: dict[str, Callable[[], bytes]] = {
    "one text 90,000 times": lambda: _stuffed(
        _evidence_rows(10_000, lambda n, c: f'<c r="{c}" t="s"><v>{n}</v></c>'), "x" * 50
    ),
    "nothing to see 90,000 times": lambda: _stuffed(
        _evidence_rows(10_000, lambda n, c: f'<c r="{c}" t="s"><v>{n}</v></c>'), "\u2800" * 50
    ),
    "200,000 ids that there are not": lambda: _stuffed(
        _evidence_rows(1_000, lambda n, c: f'<c r="{c}" t="s"><v>{n}</v></c>'), "a; " * 200
    ),
    "200,000 ids that there are": lambda: _stuffed(
        _evidence_rows(1_000, lambda n, c: f'<c r="{c}" t="s"><v>{n}</v></c>'), "ICU-C9;" * 200
    ),
    "90,000 formulas": lambda: _stuffed(_evidence_rows(10_000, lambda n, c: f'<c r="{c}"><f>A1</f></c>')),
    "500,000 empty cells": lambda: _stuffed(lambda n: f"<row>{'<c/>' * 500_000}</row>"),
}


def test_no_workbook_takes_long_or_much_memory() -> None:
    script = (
        "import json, sys, time\n"
        "sys.path.insert(0, sys.argv[1])\n"
        "from hostile import peak_mb\n"
        "from test_templates import STUFFED, read\n"
        "seconds = {}\n"
        "for name, make in STUFFED.items():\n"
        "    data, start = make(), time.monotonic()\n"
        "    found, problems = read(data, 'xlsx')\n"
        "    assert (found is None) == bool(problems)\n"
        "    seconds[name] = time.monotonic() - start\n"
        "json.dump([seconds, peak_mb()], sys.stdout)\n"
    )
    command = [sys.executable, "-c", script, str(Path(__file__).parent)]
    seconds, megabytes = json.loads(subprocess.run(command, capture_output=True, check=True).stdout)
    assert max(seconds.values()) < 10, seconds
    assert megabytes < 512


# The command


def test_the_readme_s_example_runs(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.copytree(root / "sample_reports", tmp_path / "sample_reports")
    monkeypatch.chdir(tmp_path)
    text = (root / "README.md").read_text(encoding="utf-8")
    commands = re.findall(r"^compliance (new .*)$", text, re.MULTILINE)
    assert len(commands) == 3
    for command in commands:
        assert main(shlex.split(command)) == 0, capsys.readouterr().err


def test_a_template_is_written_with_its_schema_and_read_by_every_command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["new", "--code", "uk-iicsa-2020"]) == 0
    text = Path("self-assessment.yaml").read_text(encoding="utf-8")
    assert text.startswith("# yaml-language-server: $schema=self-assessment-1.schema.json\n")
    assert json.loads(Path("self-assessment-1.schema.json").read_bytes()) == json.loads(json.dumps(rules().schema))
    assert main(["new", "--format", "xlsx"]) == 0
    said = capsys.readouterr().out
    assert "Next: say whose it is, fill in what you know" in said
    assert "compliance check self-assessment.xlsx" in said
    assert main(["check", "."]) == 2
    assert capsys.readouterr().err.count("service.name: ") == 2
    book = openpyxl.load_workbook("self-assessment.xlsx")
    for row, name in ((5, "mine"), (6, "Mine"), (7, "Mine Ltd"), (11, "Head"), (12, "Board")):
        book[ABOUT].cell(row, 2).value = name
    book.save("self-assessment.xlsx")
    for key, name in (
        ("id", "mine"),
        ("name", "Mine"),
        ("provider", "Mine Ltd"),
        ("role", "Me"),
        ("approved_by_role", "I"),
    ):
        text = re.sub(rf'^  {key}: ""  # .*$', f"  {key}: {name}", text, count=1, flags=re.MULTILINE)
    Path("self-assessment.yaml").write_text(text, encoding="utf-8")
    assert main(["check", "."]) == 0
    assert "Mine, " in capsys.readouterr().out
    store = f"sqlite:///{tmp_path}/store.sqlite"
    assert main(["import", ".", "--store", store]) == 0
    assert "2 files: 1 accepted, 0 unchanged, 1 new version" in capsys.readouterr().out


def test_a_file_is_converted_and_nothing_is_written_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    listed = sample(SAMPLES[0]), next(id for id in rules().catalogue.questions if id not in sample(SAMPLES[0]).answers)
    value = json.loads(report_bytes(form([rules().codes[0]], listed[0], rules().codes), "json"))
    Path("first.json").write_text(json.dumps(value | {"not_measured": [listed[1]]}), encoding="utf-8")
    assert main(["new", "--from", "first.json", "--out", "a.xlsx"]) == 0
    assert main(["new", "--from", "a.xlsx", "--out", "b.yaml"]) == 0
    assert sample(Path("b.yaml").absolute()) == replace(listed[0], not_measured=(listed[1],))
    before = Path("b.yaml").read_bytes()
    assert main(["new", "--from", "a.xlsx", "--out", "b.yaml"]) == 2
    assert "b.yaml is there already" in capsys.readouterr().err
    assert Path("b.yaml").read_bytes() == before
    Path("self-assessment-1.schema.json").write_text("{}", encoding="utf-8")
    assert main(["new", "--out", "c.yaml"]) == 2
    assert not Path("c.yaml").exists()


def test_the_command_that_is_named_next_checks_by_the_same_codes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    source = small_rules.FOLDER / "reports" / "good.yaml"
    own = ["--code", "small-code", "--rules", str(small_rules.FOLDER)]
    assert main(["new", *own, "--from", str(source), "--out", "a b.json"]) == 0
    *_, command = capsys.readouterr().out.splitlines()
    assert main(shlex.split(command)[1:]) == 0
    said = capsys.readouterr().out
    assert "small-code@1" in said
    assert "uk-" not in said


def test_a_profile_keeps_the_service_and_asks_less(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["new", "--profile", str(SAMPLES[0]), "--out", "-", "--format", "json"]) == 0
    value = json.loads(capsys.readouterr().out)
    assert value["service"]["id"] == sample(SAMPLES[0]).service.id
    assert value["evidence"] == []
    assert {given["status"] for given in value["provisions"].values()} == {None}
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (["--code", "no-such-code"], "there is no code"),
        (["--out", "a.yaml", "--format", "xlsx"], "different things"),
        (["--out", "a.txt"], "different things"),
        (["--from", "missing.yaml"], "file-unreadable"),
    ],
)
def test_what_cannot_be_written_is_said(
    options: list[str], says: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["new", *options]) == 2
    assert says in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []
