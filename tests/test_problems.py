"""The table of problems: complete, worded, explained, and every id of it given by something."""

from __future__ import annotations

import re
from pathlib import Path

import hostile
import pytest
import test_submissions
from hypothesis import given
from hypothesis import strategies as st

from compliance.model import Problem
from compliance.problems import MOST_PROBLEMS, PROBLEMS, explain, in_order, nearest, problem, quoted, render

TESTS = Path(__file__).parent


def test_a_problem_is_one_line_with_its_place_id_sentence_and_hint() -> None:
    found = problem("duplicate-key", "a.yaml", 12, 3, "answers.service", name="is_adult")
    assert render(found) == (
        'a.yaml:12:3: answers.service: duplicate-key: The key "is_adult" is given a second time. Keep one of the two.'
    )
    assert render(problem("not-utf8", "a.yaml", 1, 1)).startswith("a.yaml:1:1: not-utf8: The bytes")
    assert render(problem("file-too-large", "a.yaml", most=5)).startswith("a.yaml: file-too-large: The file")


@given(st.text())
def test_submitted_text_never_breaks_the_line_or_hides(text: str) -> None:
    line = render(problem("duplicate-key", text, 1, 1, text, name=text))
    assert line.isprintable()
    assert len(quoted(text * 100)) <= 80 * len("\\U00000000") + 2


def test_quotes_show_eighty_characters_and_code_points_of_what_is_invisible() -> None:
    assert quoted("a" * 80) == '"' + "a" * 80 + '"'
    assert quoted("a" * 81) == '"' + "a" * 79 + '…"'
    assert quoted("a\u202e\n\u200b\U000e0001b") == '"a\\u202e\\u000a\\u200b\\U000e0001b"'


def test_problems_come_in_file_order_and_at_most_fifty() -> None:
    found = [problem("not-utf8", "a.yaml", line, column) for line in range(8, 0, -1) for column in range(8, 0, -1)]
    listed = in_order(found)
    places = [(each.line, each.column) for each in listed[:MOST_PROBLEMS]]
    assert places == sorted(places)
    assert places[:2] == [(1, 1), (1, 2)]
    assert [each.id for each in listed[MOST_PROBLEMS:]] == ["more-problems"]
    assert listed[-1].message == "14 more problems are not shown here."
    assert in_order(found[:51])[-1].message == "1 more problem is not shown here."
    assert len(in_order(found[:50])) == 50
    assert in_order([]) == []


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("uk_monthly_user", "uk_monthly_users"),
        ("UK-Monthly-Users", "uk_monthly_users"),
        ("is_adlut", "is_adult"),
        ("iicsa-r1.1", "IICSA-R1.1"),
        ("colour", None),
        ("", None),
        ("x" * 100_000, None),
    ],
)
def test_the_nearest_name_is_suggested(name: str, meant: str | None) -> None:
    assert nearest(name, ["uk_monthly_users", "is_adult", "IICSA-R1.1"]) == meant


# The table


@pytest.mark.parametrize("id", PROBLEMS)
def test_every_entry_is_whole(id: str) -> None:
    entry = PROBLEMS[id]
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", id)
    assert all(entry)
    assert entry.sentence.endswith(".") or entry.sentence.endswith("}")
    assert entry.explanation.endswith(".")
    explained = explain(id)
    assert explained is not None
    assert explained.startswith(f"{id}\n")
    assert entry.example.splitlines()[0] in explained


def test_an_unknown_id_is_not_explained() -> None:
    assert explain("no-such-problem") is None


def given_ids() -> set[str]:
    """The ids that the files in `bad/` and the hostile ones give."""
    files = {line.split()[1] for file in test_submissions.FILES for line in test_submissions.expected(file)}
    return files | {id for _, _, id in hostile.CASES.values()}


@pytest.mark.parametrize("id", PROBLEMS)
def test_every_problem_is_given_by_some_file_or_named_by_a_test(id: str) -> None:
    others = (path.read_text(encoding="utf-8") for path in TESTS.glob("test_*.py"))
    named = re.compile(rf'"([0-9]+ )?{id}"')
    assert id in given_ids() or any(map(named.search, others)), f"nothing tests {id}"


def test_whoever_reports_a_problem_uses_an_id_of_the_table() -> None:
    """An id that is not in the table is found here and not by the first user who meets it."""
    source = TESTS.parent / "compliance"
    pattern = re.compile(r'(?:problem|note|stop|report|_fault)\(\s*"([a-z0-9-]+)"')
    used = {id for path in source.rglob("*.py") for id in pattern.findall(path.read_text(encoding="utf-8"))}
    assert used - set(PROBLEMS) == set()
    assert len(used) > 30


def test_a_problem_is_a_plain_value() -> None:
    one = problem("not-utf8", "a.yaml", 1, 1)
    assert one == Problem("a.yaml", 1, 1, "", "not-utf8", one.message, one.hint)
