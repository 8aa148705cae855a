"""Typed text and numbers: what is understood, what is refused and how, and that a file takes whatever is understood."""

from __future__ import annotations

import json
import re
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compliance import audit, drafts, entries
from compliance.entries import Slip
from compliance.export import template
from compliance.model import NUMERIC, Question, QuestionType, Role
from compliance.schema import bounds
from compliance.submissions import read_submission

RULES = audit.load_rules()
TODAY = date(2026, 7, 20)
NUMBERS = [each for each in RULES.catalogue.questions.values() if each.type in NUMERIC]
SPACE, NARROW = "\N{NO-BREAK SPACE}", "\N{NARROW NO-BREAK SPACE}"


def question(type: str, unit: str = "", minimum: float | None = None, maximum: float | None = None) -> Question:
    return Question("a.b", "label", "Ask?", QuestionType(type), unit, "", Role.ANSWER, minimum, maximum)


IMAGES, KINDS = question("count", "images"), question("count", "kinds", 1, 18)
SHARE, HOURS, DAYS = question("share", "of the decisions"), question("hours", "hours"), question("days", "days")


@pytest.mark.parametrize("text", ["81200000", "81,200,000", "81 200 000", "81_200_000", " 81,200,000 images "])
def test_a_count_is_read_however_its_digits_are_grouped(text: str) -> None:
    assert entries.read(text, IMAGES) == 81_200_000
    for space in (SPACE, NARROW):
        assert entries.read(text.strip().replace(" ", space), IMAGES) == 81_200_000


@pytest.mark.parametrize(
    ("text", "asked", "value"),
    [
        ("0", IMAGES, 0),
        ("007", IMAGES, 7),
        ("18 kinds", KINDS, 18),
        ("99.5%", SHARE, 0.995),
        ("99.5 per cent", SHARE, 0.995),
        ("0.995", SHARE, 0.995),
        (".5", SHARE, 0.5),
        ("0", SHARE, 0.0),
        ("0%", SHARE, 0.0),
        ("100%", SHARE, 1.0),
        ("1%", SHARE, 0.01),
        ("1.5", HOURS, 1.5),
        ("1.5 h", HOURS, 1.5),
        ("90 min", HOURS, 1.5),
        ("100min", HOURS, 100 / 60),
        ("2 days", HOURS, 48.0),
        ("30 seconds", HOURS, 30 / 3600),
        ("1 WEEK", HOURS, 168.0),
        ("36 hours", DAYS, 1.5),
        ("2 weeks", DAYS, 14.0),
        ("7", DAYS, 7.0),
    ],
)
def test_what_is_meant_is_read(text: str, asked: Question, value: float) -> None:
    found = entries.read(text, asked)
    assert found == value
    assert type(found) is (int if asked.type is QuestionType.COUNT else float)


@pytest.mark.parametrize(
    ("text", "asked", "wrong", "write"),
    [
        ("", IMAGES, "Nothing is written", "81,200,000 or 0"),
        ("12.5", IMAGES, "without decimals", "how many there were"),
        ("12.0", IMAGES, "whole number", "Write 12."),
        ("1.200", IMAGES, "thousands or decimals", "Write 1,200 if"),
        ("1.200.000", IMAGES, "Points do not separate", "Write 1,200,000."),
        ("81,20", IMAGES, "groups of three", "If 8120"),
        ("1,200 000", IMAGES, "two ways", "Write 1,200,000."),
        ("2.4 million", IMAGES, "all the digits", "Write 2,400,000."),
        ("about 500", IMAGES, "no whole number", "number alone"),
        ("1e6", IMAGES, "no whole number", "number alone"),
        ("٣", IMAGES, "no whole number", "number alone"),
        ("none", IMAGES, "is a word", "Write 0 where there was none"),
        ("n/a", IMAGES, "is no number", "tick that it is not measured"),
        ("-5", IMAGES, "too low", "Write 0 images or more."),
        ("0", KINDS, "too low", "Write 1 kind or more."),
        ("19", KINDS, "too high", "Write 18 kinds or less."),
        ("9,007,199,254,740,993", IMAGES, "too high", "9,007,199,254,740,992 images or less"),
        ("9" * 500, IMAGES, "too high", "or less"),
        ("9" * 5000, IMAGES, "too long", "number alone"),
        ("1", SHARE, "one in a hundred or all", "Write 1% or 100%."),
        ("1.0", SHARE, "one in a hundred or all", "Write 1% or 100%."),
        ("99.5", SHARE, "needs its sign", "99.5% or 0.995"),
        ("250", SHARE, "at most 100%", "Divide the part"),
        ("101%", SHARE, "too high", "Write 100% or less."),
        ("99,5%", SHARE, "comma", "Write 99.5% with a point."),
        ("99,5", SHARE, "comma", "Write 99.5% with a point."),
        ("3 of 4", SHARE, "no number that can be read", "like 99.5% or 0.995"),
        ("3 hours", SHARE, "no share", "like 99.5%"),
        ("0.12345678901234567890", SHARE, "more digits", "Write 12.345678901234568%"),
        ("1:30", HOURS, "time of the day", "1 hour and 30 minutes are meant, write 90 min."),
        ("1,5", HOURS, "comma", "Write 1.5 with a point."),
        ("1.500", HOURS, "thousands or decimals", "Write 1.5 or 1500."),
        ("1.500 h", DAYS, "thousands or decimals", "Write 1.5 h or 1500 h."),
        ("99,5 %", HOURS, "no unit of time", "Write 99.5 with min"),
        ("101,5 %", SHARE, "too high", "Write 100% or less."),
        ("41'000", IMAGES, "groups of three", "Write 41,000 if"),
        ("\N{MINUS SIGN}3", IMAGES, "too low", "Write 0 images or more."),
        ("-abc", IMAGES, "no whole number", "number alone"),
        ("1,500", HOURS, "comma", "If 1500 is meant, write it without"),
        ("1h 30", HOURS, "Two units", "Write 90 min."),
        ("1 h 30 min", HOURS, "Two units", "Write 90 min."),
        ("5 m", HOURS, "minutes or months", "Write 5 with min"),
        ("5 fortnights", HOURS, "no unit of time", "Write 5 with min"),
        ("soon", HOURS, "no number", "such as 90 min or 2 days"),
        ("9" * 400, HOURS, "too high", "or less"),
        ("-1 day", DAYS, "too low", "Write 0 days or more."),
    ],
)
def test_what_could_mean_two_things_is_refused_with_what_to_write(
    text: str, asked: Question, wrong: str, write: str
) -> None:
    found = entries.read(text, asked)
    assert isinstance(found, Slip)
    assert wrong in found.wrong
    assert write in found.write
    for sentence in (found.wrong, found.write):
        assert sentence.endswith(".")
        assert len(sentence) < 250


@pytest.mark.parametrize(
    ("value", "asked", "words"),
    [
        (81_200_000, IMAGES, ""),
        (0.995, SHARE, "0.995"),
        (36.0, HOURS, "1.5 days"),
        (100.0, HOURS, "about 4.17 days"),
        (1.5, HOURS, "90 minutes"),
        (1.0, HOURS, "60 minutes"),
        (100 / 60, HOURS, "100 minutes"),
        (0.0, HOURS, ""),
        (1.5, DAYS, "36 hours"),
        (28.0, DAYS, ""),
    ],
)
def test_what_was_understood_is_said_in_another_unit_where_that_is_new(
    value: float, asked: Question, words: str
) -> None:
    assert entries.also(value, asked) == words


@given(st.data())
def test_what_is_written_is_read_as_the_very_value(data: st.DataObject) -> None:
    asked = data.draw(st.sampled_from(NUMBERS))
    value = data.draw(values(asked))
    text = entries.write(value, asked)
    found = entries.read(text, asked)
    assert found == value
    assert type(found) is type(value)
    assert entries.also(value, asked) != text


def values(asked: Question) -> st.SearchStrategy[float]:
    least, most = bounds(asked)
    if asked.type is QuestionType.COUNT:
        return st.integers(int(least), int(most))
    return st.floats(float(least), float(most)).map(lambda value: value + 0.0)


TYPED = st.one_of(
    st.from_regex(r"[0-9]{1,9}([.,:' _][0-9]{1,4}){0,3} ?(%|h|min|days?|k|million)?", fullmatch=True),
    st.from_regex(r"-?[0-9]{0,20}\.?[0-9]{0,20}[ %a-z]{0,6}", fullmatch=True),
    st.text(max_size=20),
)


@given(st.sampled_from(NUMBERS), TYPED)
def test_a_file_takes_whatever_was_understood(asked: Question, text: str) -> None:
    found = entries.read(text, asked)
    if isinstance(found, Slip):
        assert found.wrong
        assert found.write
        return
    assert accepted(asked, found) == found
    # What is typed means nothing else: read as the file's, digits and point alone give the same number.
    if re.fullmatch(r"[0-9]+(\.[0-9]+)?", text):
        assert found == float(text)


def accepted(asked: Question, value: object) -> object:
    """The value after it was written to a file and read."""
    answers: object = value
    for step in reversed(asked.id.split(".")):
        answers = {step: answers}
    begun = drafts.begin(TODAY).submission
    head = template.head(begun)
    head["service"] = {"id": "x", "name": "X", "provider": "X"}
    head["prepared"] |= {"role": "A role", "approved_by_role": "A role"}
    data = json.dumps({**head, "answers": answers}).encode()
    submission, problems = read_submission(data, "x.json", RULES.catalogue, RULES.schema, TODAY)
    assert submission, problems
    return submission.answers[asked.id]
