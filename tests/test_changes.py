"""What is different between two versions: every kind of change, in words, in an order that never changes."""

from __future__ import annotations

import json
from functools import cache
from itertools import pairwise

import pytest
import small_rules

from compliance import audit
from compliance.changes import KIND_WORDS, SUBJECT_WORDS, Change, Kind, Subject, compare, counts
from compliance.codes import read_code
from compliance.document import Tree
from compliance.export import changes as export
from compliance.model import Code
from compliance.questions import read_catalogue

CODE = small_rules.CODE.read_text(encoding="utf-8")
QUESTIONS = small_rules.QUESTIONS.read_text(encoding="utf-8")
PENALTY = """\
context:
  - id: penalty
    title: The most that it can cost
    text: Half of what it earns.
    source: {doc: book, section: "9", mark: primary}
    cases: [{when: large, says: half}]
"""


def base(name: str) -> Tree:
    return small_rules.tree_of(CODE)


@cache
def read(code: str = CODE, questions: str = QUESTIONS) -> Code:
    catalogue, problems = read_catalogue(questions.encode(), "questions.yaml")
    assert catalogue, problems
    found, problems = read_code(code.encode(), "code.yaml", catalogue, base=base)
    assert found, problems
    return found


def changed(old: str, new: str) -> tuple[Change, ...]:
    """What is different once a text of the code, or else of the questions, is another."""
    in_code = old in CODE
    assert (CODE if in_code else QUESTIONS).count(old) == 1
    return compare(
        read(), read(code=CODE.replace(old, new)) if in_code else read(questions=QUESTIONS.replace(old, new))
    )


# A text of the small rules, what stands in its place, and all that is then said to be different.
ONE_EACH = {
    "the code's title": ("title: A small", "title: A tiny", ["reworded code: title"]),
    "whom it is for": ("services with users", "services", ["readdressed code: addressed to"]),
    "the scope": ("scope: service.users > 0", "scope: service.users > 5", ["readdressed code: scope"]),
    "the standing": ("standing: statutory_code", "standing: duty", ["retested code: standing"]),
    "the first day": ('in_force: {from: "2025', 'in_force: {from: "2024', ["redated code: in force"]),
    "weights": ("facts:", "weights: {minor: 2}\nfacts:", ["reweighted code: weights of severities"]),
    "caps": (
        "facts:",
        "caps: [{id: half, limit: 30, below: 0.5}]\nfacts:",
        ["reweighted code: caps"],
    ),
    "a source": ("The book of tests", "The books of tests", ["resourced source: the source"]),
    "one source more": ("facts:", "  map: {title: A map, date: x}\nfacts:", ["added source"]),
    "a condition": ("large: service.users > 1_", "large: service.users > 2_", ["readdressed condition: means"]),
    "a rating": ("at_least: medium", "at_least: high", ["readdressed rating: what the factors support"]),
    "a chapter's weight": ("weight: 3", "weight: 2", ["reweighted chapter: weight"]),
    "a chapter's title": ("title: Governance", "title: Board", ["reworded chapter: title"]),
    "another chapter": (
        "chapter: screening\n    title: Removal",
        "chapter: governance\n    title: Removal",
        ["moved provision: chapter"],
    ),
    "part of": ("severity: major", "severity: major\n    under: S-2", ["moved provision: part of"]),
    "who is asked": ('images >= "medium"', 'images >= "high"', ["readdressed provision: applies to"]),
    "how firmly": ("obligation: should", "obligation: must", ["retested provision: obligation"]),
    "an alternative": ("alternatives: allowed", "alternatives: none", ["retested provision: alternatives"]),
    "severity": ("severity: minor", "severity: major", ["reweighted provision: severity"]),
    "a provision's days": (
        "severity: minor",
        'severity: minor\n    in_force: {from: "2026-04-01"}',
        ["redated provision: in force"],
    ),
    "a mark": (
        'section: "4", mark: primary',
        'section: "4", mark: quoted',
        ["resourced provision: source", "resourced requirement: source"],
    ),
    "a text": ("Every image is compared", "All is compared", ["reworded provision: text"]),
    "a bound": ("full_at: 0.999", "full_at: 0.99", ["retested requirement: test"]),
    "a basis": ("basis: own_target", "basis: code", ["retested requirement: rests on"]),
    "a weight": ("weight: 2\n", "weight: 3\n", ["reweighted requirement: weight"]),
    "a reason": ("The book says yearly.", "It is ours.", ["reworded requirement: why"]),
    "a remedy": ("Put it on the agenda.", "Review it.", ["reworded requirement: remedy"]),
    "another requirement": ("id: yearly", "id: late", ["removed requirement", "added requirement"]),
    "context": ("provisions:", f"{PENALTY}provisions:", ["added context"]),
    "left out": ("facts:", "left_out: {S-9: elsewhere}\nfacts:", ["added left_out"]),
    "upcoming": ("facts:", "upcoming: {S-9: {title: More}}\nfacts:", ["added upcoming"]),
    "a question's meaning": (
        "that others could see, each",
        "that anybody saw, each",
        ["redefined question: definition"],
    ),
    "a question's words": ("Can users share images?", "Can images be shared?", ["reworded question: question"]),
    "a contradiction": ("images.checked > 0 or", "images.checked > 1 or", ["retested contradiction: has to hold"]),
    "one contradiction less": (QUESTIONS[QUESTIONS.index("consistency:") :], "", ["removed contradiction"]),
    "another question": (
        "test: {fresh: governance.reviewed_on, within_days: 365}",
        "test: {covers: governance.covers, required: [images]}",
        ["retested requirement: test", "asked question", "no_longer_asked question"],
    ),
}


@pytest.mark.parametrize("name", ONE_EACH)
def test_each_change_is_said_and_nothing_else(name: str) -> None:
    old, new, said = ONE_EACH[name]
    found = changed(old, new)
    assert sorted(f"{each.kind} {each.subject}{f': {each.what}' if each.what else ''}" for each in found) == sorted(
        said
    )
    assert all(each.before != each.after for each in found)


def test_every_kind_and_every_subject_is_shown_above() -> None:
    said = [each.partition(":")[0].split() for _, _, changes in ONE_EACH.values() for each in changes]
    kinds, subjects = zip(*said, strict=True)
    assert set(kinds) == set(Kind) == set(KIND_WORDS)
    assert {*subjects, "provision"} == set(Subject) == set(SUBJECT_WORDS)


def test_words_are_those_of_a_reader() -> None:
    (change,) = changed('images >= "medium"', 'images >= "high"')
    assert change.before == "users can share images: yes and image risk is at least medium"
    assert change.after == "users can share images: yes and image risk is at least high"
    (change,) = changed("full_at: 0.999", "full_at: 0.99")
    assert change.before.startswith("images checked, of images uploaded: at least 99.9% (no credit at 90% or less)")
    assert (change.provision, change.id) == ("SC-1", "coverage")
    (change,) = changed("large: service.users > 1_", "large: service.users > 2_")
    assert change.title == "read by image risk"
    (change,) = changed("weight: 3", "weight: 2")
    assert (change.before, change.after) == ("3", "2")


def test_how_a_condition_is_broken_into_lines_is_no_change() -> None:
    assert changed("scope: service.users > 0", "scope: >-\n  service.users\n  > 0") == ()
    assert changed("applies_when: service.shares_images and", "applies_when: (service.shares_images) and") == ()
    assert changed("service.users > 1_000_000", "service.users > 1000000") == ()


def test_a_bound_is_said_exactly() -> None:
    (change,) = changed("full_at: 0.999", "full_at: 0.999999")
    assert "at least 99.9999%" in change.after


def test_a_version_has_no_difference_from_itself() -> None:
    for code in audit.load_rules().codes:
        assert compare(code, code) == ()
    assert "Nothing is different." in export.render(read(), read(), ())


AMENDED = """\
format: code-of-practice/1
id: small-code
version: "2"
amends: small-code@1
in_force: {from: "2026-01-01"}
removed:
  SC-2: {reason: It was too hard., successor: SC-4}
provisions:
""" + CODE[CODE.index("  - id: SC-3") :].replace("id: SC-3", "id: SC-4")


def test_a_successor_begins_later_without_that_being_said_of_all_it_keeps() -> None:
    found = compare(read(), read(AMENDED))
    assert counts(found) == ("1 provision removed", "1 provision added", "4 questions no longer asked")
    removed, added = found[:2]
    assert (removed.id, removed.what) == ("SC-2", "It was too hard; SC-4 takes its place")
    assert removed.before.startswith("The platform sets a target and keeps it. (should be met, severity major")
    assert (added.id, added.what) == ("SC-4", "in place of SC-2")


def test_what_was_left_out_or_to_come_is_said_of_the_provision_that_it_became() -> None:
    before = CODE.replace("facts:", "left_out: {SC-3: not yet}\nupcoming: {SC-2: {title: Targets}}\nfacts:")
    before = before[: before.index("  - id: SC-2")]
    found = compare(read(before), read())
    assert [(each.id, each.what) for each in found if each.subject is Subject.PROVISION] == [
        ("SC-2", "upcoming until now"),
        ("SC-3", "left out until now"),
    ]
    assert {Subject.LEFT_OUT, Subject.UPCOMING} & {each.subject for each in found} == set()
    back = compare(read(), read(before))
    assert [each.what for each in back if each.id == "SC-3"] == ["left out: not yet"]


def test_two_codes_may_be_compared_and_are_said_to_be_two() -> None:
    other = read(CODE.replace("id: small-code", "id: other-code"))
    assert export.TWO_CODES[:30] in export.render(read(), other, compare(read(), other))


@pytest.mark.parametrize("width", [40, 80, 120])
def test_the_text_fits_and_says_everything(width: int) -> None:
    codes = audit.load_rules().codes
    for old, new in pairwise(codes):
        found = compare(old, new)
        page = export.render(old, new, found, width)
        long = [line for line in page.splitlines() if len(line) > width]
        assert [line for line in long if max(map(len, line.split())) < width // 2] == [], "only a word may be too long"
        flat = " ".join(page.split())
        assert all(words in flat for words in counts(found))
        assert [each for each in found if not (each.id in flat and each.before in flat and each.after in flat)] == []


def test_the_json_has_every_change() -> None:
    old, new = read(), read(AMENDED)
    found = compare(old, new)
    written = json.loads(export.to_json(old, new, found))
    assert [each["id"] for each in written["changes"]] == [each.id for each in found]
    assert (written["old"]["version"], written["new"]["version"]) == ("1", "2")
    assert written["counts"] == list(counts(found))
