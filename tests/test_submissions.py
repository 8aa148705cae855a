"""Reading self-assessments: every file in `bad/` gives just the problems it states, and good ones give their values."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import date
from functools import cache
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compliance import schema
from compliance.document import read as read_document
from compliance.model import Catalogue, Declaration, Evidence, Grade, Interval, Problem, Status, Submission
from compliance.problems import in_order, render
from compliance.questions import read_catalogue
from compliance.submissions import read_submission

BAD = Path(__file__).parent / "bad"
TODAY = date(2026, 8, 1)
PROVISIONS = ("IICSA-R1.1", "IICSA-R1.2")
BESIDE = json.loads((BAD / "expected.json").read_text(encoding="utf-8"))
FILES = sorted(path.name for path in BAD.iterdir() if path.name not in {"questions.yaml", "expected.json"})


@cache
def catalogue() -> Catalogue:
    found, problems = read_catalogue((BAD / "questions.yaml").read_bytes(), "questions.yaml")
    assert found, problems
    return found


@cache
def shape() -> schema.Json:
    return schema.self_assessment(catalogue(), PROVISIONS)


def read(data: bytes, file: str = "a.yaml") -> tuple[Submission | None, list[Problem]]:
    return read_submission(data, file, catalogue(), shape(), TODAY)


def expected(file: str) -> list[str]:
    """The `line id` of each problem the file must give, from its comments or, where none can stand, from beside."""
    if file in BESIDE:
        return list(BESIDE[file])
    return re.findall(r"^# expect: (.+)$", (BAD / file).read_text(encoding="utf-8"), re.MULTILINE)


@pytest.mark.parametrize("file", FILES)
def test_a_bad_file_gives_just_its_problems(file: str) -> None:
    submission, problems = read((BAD / file).read_bytes(), file)
    assert submission is None
    found = [f"{problem.line} {problem.id}" for problem in problems]
    assert found == expected(file), "\n".join(map(render, problems))


# Good files

GOOD = """\
format: self-assessment/1
service: {id: harbourline, name: Harbourline, provider: Harbourline Ltd}
period: {from: 2026-01-01, to: "2026-06-30"}
prepared: {on: 2026-07-20, role: Head of Trust and Safety, approved_by_role: Chief Executive}
answers:
  service: {kinds: [file_sharing, social_media], uk_monthly_users: 2_400_000, is_adult: false}
  risk: {csam_images: high}
  prescreening: {precision: 1}
  removal: {csam: {p95_hours: 6.5, items: 0}}
  retention: {days: 90}
  governance:
    reviewed_on: 2026-03-01
    reviewer: |
      Chair of the Board
provisions:
  IICSA-R1.1: {status: in_place, since: "2025-06-01", comment: All surfaces.}
  IICSA-R1.2:
    status: alternative
    instead: Classifiers
    how_it_complies: They find the same images.
    regard_to_expression_and_privacy: " "
evidence:
  - id: hash-audit
    title: Audit of hash matching
    kind: independent_audit
    made_by: An auditor
    date: "2026-05-02"
    covers: {from: "2026-01-01", to: "2026-03-31"}
    sha256: ABCDEF0123456789ABCDEF0123456789ABCDEF0123456789ABCDEF0123456789
    supports: [prescreening.precision, IICSA-R1.1]
"""


def good(text: str = GOOD, file: str = "a.yaml") -> Submission:
    submission, problems = read(text.encode(), file)
    assert submission, "\n".join(map(render, problems))
    assert problems == []
    return submission


def test_a_good_file_gives_its_values() -> None:
    submission = good()
    assert submission.service.provider == "Harbourline Ltd"
    assert (submission.period_from, submission.period_to) == (date(2026, 1, 1), date(2026, 6, 30))
    assert (submission.prepared_on, submission.approved_by_role) == (date(2026, 7, 20), "Chief Executive")
    assert submission.answers == {
        "service.kinds": ("social_media", "file_sharing"),
        "service.uk_monthly_users": 2_400_000,
        "service.is_adult": False,
        "risk.csam_images": "high",
        "prescreening.precision": 1.0,
        "removal.csam.p95_hours": 6.5,
        "removal.csam.items": 0,
        "retention.days": 90.0,
        "governance.reviewed_on": date(2026, 3, 1),
        "governance.reviewer": "Chair of the Board",
    }
    assert submission.declarations["IICSA-R1.1"] == Declaration(
        Status.IN_PLACE, date(2025, 6, 1), comment="All surfaces."
    )
    assert not submission.declarations["IICSA-R1.2"].has_complete_record
    assert submission.evidence == (
        Evidence(
            "hash-audit",
            "Audit of hash matching",
            Grade.INDEPENDENT_AUDIT,
            "An auditor",
            date(2026, 5, 2),
            Interval(date(2026, 1, 1), date(2026, 3, 31)),
            "abcdef0123456789" * 4,
            ("prescreening.precision", "IICSA-R1.1"),
        ),
    )
    assert submission.file == "a.yaml"


def test_what_is_not_measured_is_kept_in_the_catalogue_s_order_and_no_answer() -> None:
    text = GOOD.replace("is_adult: false", "is_adult: null").replace("days: 90", "days: null")
    listed = good(f"{text}not_measured: [retention.days, service.is_adult]\n")
    assert listed.not_measured == ("service.is_adult", "retention.days")
    assert replace(listed, not_measured=()) == good(text)
    for blank in ("", " []", " null"):
        assert good(f"{text}not_measured:{blank}\n") == good(text)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("uk_monthly_users: 2_400_000", "uk_monthly_users: 2400000.0"),
        ("uk_monthly_users: 2_400_000", "uk_monthly_users: 24e5"),
        ("items: 0}", "items: -0.0}"),
        ("p95_hours: 6.5, items: 0}", "p95_hours: 65e-1, items: 0}"),
        ("precision: 1}", "precision: 1.000}"),
        ("[file_sharing, social_media]", "[social_media, file_sharing]"),
        ("    reviewer: |\n      Chair of the Board\n", '    reviewer: "Chair of the Board"\n'),
        ("risk: {csam_images: high}", 'risk: {"csam_images": "high"}'),
        ("ABCDEF", "abcdef"),
        ("  retention: {days: 90}\n  governance:", "  retention: {days: 90.0}\n  governance:"),
        ("\n", "\r\n"),
    ],
)
def test_two_ways_of_writing_one_thing_are_equal(one: str, other: str) -> None:
    assert one in GOOD
    assert good(GOOD.replace(one, other)) == good()
    assert repr(good(GOOD.replace(one, other)).answers) == repr(good().answers)


def test_json_and_the_order_of_keys_make_no_difference() -> None:
    tree, _ = read_document(GOOD.encode(), "a.yaml")
    assert tree is not None
    data = json.dumps(tree.value, sort_keys=True)
    assert replace(good(data, "a.json"), file="a.yaml") == good()
    assert list(good(data, "a.json").answers) == list(good().answers)


def test_blanks_are_not_answers() -> None:
    blank = GOOD[: GOOD.index("answers:")] + (
        "answers:\n  service: {kinds: [], uk_monthly_users: null, is_adult: }\n  risk:\n  removal: {csam: null}\n"
        "  governance: {reviewer: ' ', reviewed_on: null}\nprovisions:\n  IICSA-R1.1:\n"
        "  IICSA-R1.2: {status: null, comment: null}\nevidence:\n"
    )
    submission = good(blank)
    assert submission.answers == {}
    assert submission.declarations == {}
    assert submission.evidence == ()
    assert good(GOOD[: GOOD.index("answers:")] + "answers:\n").answers == {}


# Problems


def test_sixty_mistakes_are_fifty_and_the_number_of_the_rest() -> None:
    text = GOOD.replace("answers:\n", "answers:\n" + "".join(f"  wrong_{i}: 1\n" for i in range(60)))
    _, problems = read(text.encode())
    assert [problem.line for problem in problems[:50]] == list(range(6, 56))
    assert [problem.id for problem in problems[48:]] == ["unknown-key", "unknown-key", "more-problems"]
    assert problems[-1].message.startswith("10 more problems")


def test_a_value_that_cannot_be_read_is_not_complained_of_twice() -> None:
    _, problems = read(GOOD.replace("id: harbourline", "id: 1e999").encode())
    assert [problem.id for problem in problems] == ["number-too-large"]


@given(st.data())
def test_a_damaged_file_is_refused_or_read(data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(GOOD)))
    until = data.draw(st.integers(at, min(len(GOOD), at + 6)))
    put = data.draw(st.text("[]{}:,-?&*!|>'\"%#~ \n019.eaz", max_size=4) | st.sampled_from(["null", "[]", "\ud800"]))
    damaged = (GOOD[:at] + put + GOOD[until:]).encode(errors="surrogatepass")
    submission, problems = read(damaged)
    assert (submission is None) == bool(problems)
    assert problems == in_order(problems)
    assert all(render(problem).isprintable() for problem in problems)


@pytest.mark.parametrize("text", ["\\u200b", "\\u2800\\u3164", "\\u00ad", " \\u034f ", "\\u00a0"])
def test_text_that_shows_nothing_is_a_blank(text: str) -> None:
    submission, problems = read(GOOD.replace("|\n      Chair of the Board", f'"{text}"').encode())
    assert problems == []
    assert submission
    assert "governance.reviewer" not in submission.answers
