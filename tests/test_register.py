"""Reading a register: what comes out is its lines, or every problem at its line."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compliance.records import Enrolled
from compliance.register import read_register

HEADER = "service_id,service,provider,codes,period_from,period_to,due,cohort\n"
LINE = "harbourline,Harbourline,Harbourline Ltd,uk-code;uk-code@1,2026-01-01,2026-06-30,2026-07-31,other\n"
CODES, COHORTS = ("uk-code", "uk-code@1"), ("large", "other")


def problems(text: str | bytes) -> list[str]:
    data = text.encode() if isinstance(text, str) else text
    lines, found = read_register(data, "register.csv", CODES, COHORTS)
    assert (lines is None) == bool(found)
    return [f"{problem.line} {problem.id}" for problem in found]


def test_a_line_is_who_is_asked_by_which_codes_for_which_period() -> None:
    lines, found = read_register((HEADER + LINE).encode(), "register.csv", CODES, COHORTS)
    assert found == []
    period = date(2026, 1, 1), date(2026, 6, 30), date(2026, 7, 31)
    assert lines == [Enrolled("harbourline", "Harbourline", "Harbourline Ltd", CODES, *period, "other")]


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_quotes_a_mark_and_line_ends_change_nothing(end: str) -> None:
    text = HEADER + LINE.replace("Harbourline Ltd", '"Harbourline Ltd"') + "\n"
    data = b"\xef\xbb\xbf" + text.replace("\n", end).encode()
    lines, _ = read_register(data, "register.csv", CODES, COHORTS)
    assert lines
    assert lines[0].provider == "Harbourline Ltd"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", ["1 empty-file"]),
        (HEADER, ["1 too-few-items"]),
        (HEADER + "harbourline,Harbourline\n", ["2 csv-fields"]),
        (HEADER + LINE + 'b,"B', ["3 csv-syntax"]),
        (HEADER.replace("due", "service") + LINE, ["1 duplicate-key", "2 missing-key"]),
        (HEADER.replace("due", "date") + LINE, ["2 missing-key", "2 unknown-key"]),
        ((HEADER + LINE).replace(",", ";"), ["1 csv-syntax"]),
        (HEADER + LINE + ",,,,,,,\n", []),
        (HEADER + LINE.replace(",Harbourline,", ",\u200b,"), ["2 text-blank"]),
        (HEADER + LINE.replace("harbourline,", "Harbour Line,"), ["2 wrong-form"]),
        (HEADER + LINE.replace(",Harbourline,", ", ,"), ["2 wrong-form"]),
        (HEADER + LINE.replace("06-30", "06-31"), ["2 no-such-date"]),
        (HEADER + LINE.replace("2026-06-30", "2025-06-30"), ["2 period-reversed"]),
        (HEADER + LINE.replace("2026-07-31", "2026-06-30"), ["2 due-before-end"]),
        (HEADER + LINE.replace("uk-code@1", "uk-cod"), ["2 unknown-reference"]),
        (HEADER + LINE.replace("other", "others"), ["2 unknown-option"]),
        (HEADER + LINE + LINE, ["3 repeated-id"]),
        (HEADER + LINE.replace("Ltd", "Ltd\u202e"), ["2 forbidden-character"]),
        ((HEADER + LINE).encode("utf-16"), ["1 not-utf8"]),
    ],
)
def test_what_is_wrong_is_said_at_its_line(text: str | bytes, expected: list[str]) -> None:
    assert problems(text) == expected


def test_a_line_is_looked_at_wherever_it_stands() -> None:
    many = "".join(LINE.replace("harbourline,", f"service-{i},") for i in range(3000))
    assert problems(HEADER + many) == []
    assert problems(HEADER + many + LINE.replace("2026-07-31", "soon")) == ["3002 wrong-form"]


@given(st.binary(max_size=300) | st.text(max_size=200).map(lambda text: (HEADER + text).encode("utf-8", "replace")))
def test_whatever_the_bytes_there_are_lines_or_problems(data: bytes) -> None:
    lines, found = read_register(data, "register.csv", CODES, COHORTS)
    assert (lines is None) == bool(found)
