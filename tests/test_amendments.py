"""A version that states only its changes: what it becomes, and where its problems are shown."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest
import small_rules

from compliance import audit
from compliance.authoring import lint
from compliance.codes import NoBase, open_code, read_code
from compliance.document import Tree
from compliance.examples import failures
from compliance.model import Code, Problem

BEFORE = small_rules.CODE.read_text(encoding="utf-8").replace(
    "sources:", "left_out: {SC-9: another subject}\nupcoming: {SC-4: {title: More checks}}\nsources:"
)
CHANGE = """\
format: code-of-practice/1
id: small-code
version: "2"
amends: small-code@1
in_force: {from: "2026-01-01"}
text: Two chapters, four provisions.
sources:
  notice: {title: The notice of tests, date: "2025-12-01"}
removed:
  SC-2: {reason: repealed}
provisions:
  - id: SC-3
    kind: measure
    chapter: governance
    title: The code is reviewed every year
    text: The most senior body reviews the platform's own code at least once every two years.
    source: {doc: notice, section: "3", mark: primary}
    obligation: must
    severity: minor
    requirements:
      - id: yearly
        statement: The code was reviewed within two years
        test: {fresh: governance.reviewed_on, within_days: 730}
        basis: code
        why: The notice says every two years.
        remedy: Put the review on the agenda.
        effort: weeks
        examples:
          - {given: {governance.reviewed_on: "2026-03-01"}, credit: 1}
          - {given: {governance.reviewed_on: "2024-03-01"}, credit: 0}
          - {given: {}, outcome: unknown}
  - id: SC-4
    kind: measure
    chapter: governance
    title: The code has topics
    text: The platform's own code deals with images.
    source: {doc: notice, section: "4", mark: primary}
    obligation: should
    severity: minor
    requirements:
      - id: images
        statement: The code deals with images
        test: {covers: governance.covers, required: [images]}
        basis: code
        why: The notice asks for it.
        remedy: Write the chapter.
        effort: weeks
        examples:
          - {given: {governance.covers: [images]}, credit: 1}
          - {given: {governance.covers: [none]}, credit: 0}
          - {given: {}, outcome: unknown}
"""


def base(name: str) -> Tree | NoBase:
    return small_rules.tree_of(BEFORE) if name == "small-code@1" else "missing"


def amended(text: str = CHANGE, with_lint: bool = False) -> tuple[Code | None, list[Problem]]:
    catalogue = small_rules.catalogue()
    return read_code(text.encode(), "change.yaml", catalogue, lint if with_lint else None, base=base)


def whole() -> Code:
    code, problems = amended(with_lint=True)
    assert code, problems
    assert problems == []
    return code


def test_what_is_not_stated_is_as_before() -> None:
    code = whole()
    assert (code.name, code.supersedes) == ("small-code@2", "small-code@1")
    assert (code.title, code.publisher) == ("A small code of practice", "The tests")
    assert code.text == "Two chapters, four provisions."
    assert {*code.sources} == {"book", "notice"}
    assert [chapter.id for chapter in code.chapters] == ["screening", "governance"]
    assert code.scope
    assert "large" in code.facts


def test_provisions_are_replaced_added_and_removed() -> None:
    code = whole()
    assert [provision.id for provision in code.provisions] == ["SC-1", "SC-3", "SC-4"]
    assert [provision.source.doc for provision in code.provisions] == ["book", "notice", "notice"]


def test_what_is_now_encoded_is_left_out_and_upcoming_no_more() -> None:
    code = whole()
    assert {*code.left_out} == {"SC-9"}
    assert {*code.upcoming} == set()
    text = CHANGE.replace("id: SC-4", "id: SC-9")
    with_another, _ = amended(text)
    assert with_another
    assert {*with_another.left_out} == set()
    assert {*with_another.upcoming} == {"SC-4"}


def test_a_section_without_anything_in_it_changes_nothing() -> None:
    text = CHANGE.replace("removed:", "facts:\ncontext:\nleft_out:\njudgements:\nremoved:")
    code, problems = amended(text)
    assert code, problems
    assert code.digest == whole().digest


def test_a_provision_that_is_not_stated_has_been_in_force_since_before() -> None:
    since = {provision.id: provision.in_force.start for provision in whole().provisions}
    assert since == {"SC-1": date(2025, 1, 1), "SC-3": date(2026, 1, 1), "SC-4": date(2026, 1, 1)}


def test_an_amendment_is_worth_what_the_whole_code_written_out_is() -> None:
    tree, problems = open_code(CHANGE.encode(), "change.yaml", base=base)
    assert tree, problems
    assert "amends" not in tree.value
    written, _ = read_code(json.dumps(tree.value).encode(), "whole.json", small_rules.catalogue())
    assert written
    assert written.digest == whole().digest


@pytest.mark.parametrize(
    ("right", "wrong", "id"),
    [
        ("within_days: 730", "within_days: 730, target: service.users", "test-argument-unknown"),
        ("{covers: governance.covers,", "{covers: governance.cover,", "unknown-reference"),
        ('doc: notice, section: "4"', 'doc: notise, section: "4"', "unknown-reference"),
        ("        remedy: Write the chapter.\n", "", "missing-for-readers"),
        ("obligation: should", "obligation: shuold", "unknown-option"),
        ('in_force: {from: "2026-01-01"}', 'in_force: {from: "2026-01-01", to: "2025-12-31"}', "in-force-reversed"),
        ("amends: small-code@1", "amends: small-code", "wrong-form"),
        ("amends: small-code@1", "amends: small-code@0", "unknown-reference"),
        ("SC-2: {reason: repealed}", "SC-7: {reason: repealed}", "unknown-reference"),
        ("SC-2: {reason: repealed}", "SC-3: {reason: repealed}", "repeated-id"),
        ("  - id: SC-4", "  - id: SC-3", "repeated-id"),
        ("amends: small-code@1\n", "amends: small-code@1\nsupersedes: small-code@1\n", "unknown-key"),
        ("text: Two", 'text: ""\nstandin: Two', "unknown-key"),
    ],
)
def test_a_mistake_is_shown_at_its_line_in_the_file_that_states_it(right: str, wrong: str, id: str) -> None:
    assert CHANGE.count(right) == 1
    line = CHANGE[: CHANGE.index(right)].count("\n") + 1
    _, problems = amended(CHANGE.replace(right, wrong), with_lint=True)
    found = next(problem for problem in problems if problem.id == id)
    assert found.file == "change.yaml"
    assert line - 12 <= found.line <= line + max(wrong.count("\n") + 1, 3)


def test_what_the_whole_code_does_not_bear_is_shown_where_it_is_stated() -> None:
    text = CHANGE.replace("sources:\n", "judgements:\n  risk.images: [{at_least: medium, when: largest}]\nsources:\n")
    _, problems = amended(text)
    assert [problem.path for problem in problems] == ["judgements.risk.images[0].when"]
    text = CHANGE.replace(
        "sources:\n", "chapters:\n  - {id: governance, title: Governance}\nfacts:\n  large: images.matching\nsources:\n"
    )
    _, problems = amended(text)
    assert {problem.id for problem in problems} == {"applicability-reads-answer"}
    text = CHANGE.replace("SC-2: {reason: repealed}", "SC-1: {reason: repealed}").replace(
        "required: [images]", "required: [images, grooming]"
    )
    code, problems = amended(text)
    assert code, problems


def test_the_examples_of_the_whole_code_run() -> None:
    tree, _ = open_code(CHANGE.replace("within_days: 730", "within_days: 2").encode(), "change.yaml", base=base)
    assert tree
    code, _ = amended(CHANGE.replace("within_days: 730", "within_days: 2"))
    assert code
    (problem,) = failures(code, tree)
    assert problem.id == "example-fails"
    assert "2026-03-01" in CHANGE.splitlines()[problem.line - 1]
    assert problem.path == "provisions[0].requirements[0].examples[0]"


# Between files


def lint_of(folder: Path, **codes: str) -> list[tuple[str, str, int]]:
    (folder / "codes").mkdir()
    (folder / "questions.yaml").write_bytes(small_rules.QUESTIONS.read_bytes())
    for version, text in codes.items():
        (folder / "codes" / f"small-code@{version[1:]}.yaml").write_text(text, encoding="utf-8")
    return [(problem.id, Path(problem.file).name, problem.line) for problem in audit.lint(folder)]


def test_a_version_says_what_became_of_a_provision(tmp_path: Path) -> None:
    second = BEFORE.replace('version: "1"', 'version: "2"\nsupersedes: small-code@1').replace(
        "2025-01-01", "2026-01-01"
    )
    second = second.replace("id: SC-3", "id: SC-5")
    assert lint_of(tmp_path, v1=BEFORE, v2=second) == [("removed-unlisted", "small-code@2.yaml", 5)]
    for listed in ("removed: {SC-3: {reason: repealed, successor: SC-5}}\n", "left_out: {SC-3: another subject}\n"):
        text = second.replace("left_out: {SC-9: another subject}\n", listed)
        (tmp_path / "codes" / "small-code@2.yaml").write_text(text, encoding="utf-8")
        assert audit.lint(tmp_path) == []


def test_the_file_that_is_at_fault_is_named(tmp_path: Path) -> None:
    faulty = BEFORE.replace("severity: minor", "severity: mnior")
    found = lint_of(tmp_path, v1=faulty, v2=CHANGE)
    assert ("unknown-option", "small-code@1.yaml") in {(id, file) for id, file, _ in found}
    assert ("amended-faulty", "small-code@2.yaml", 4) in found


def test_a_chain_that_comes_round_is_called_so(tmp_path: Path) -> None:
    third = CHANGE.replace('version: "2"', 'version: "3"').replace("amends: small-code@1", "amends: small-code@2")
    first = CHANGE.replace('version: "2"', 'version: "1"').replace("amends: small-code@1", "amends: small-code@3")
    found = lint_of(tmp_path, v1=first, v2=CHANGE, v3=third)
    assert found == [("circular-reference", f"small-code@{version}.yaml", 4) for version in (1, 2, 3)]
