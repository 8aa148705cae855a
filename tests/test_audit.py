"""The use cases: which rules are found, which codes are applied, which files are read."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
import small_rules

from compliance import audit
from compliance.audit import RulesError, load_rules, report_paths
from compliance.document import MOST_BYTES

REPORTS = small_rules.FOLDER / "reports"


def test_rules_in_a_folder_take_the_place_of_the_shipped_ones() -> None:
    rules = load_rules(small_rules.FOLDER)
    assert [code.name for code in rules.codes] == ["small-code@1"]
    assert "images.matching" in rules.catalogue.questions


def test_a_code_alone_is_read_with_the_shipped_questions() -> None:
    (shipped, *_) = audit.code_paths(audit.home() / "rules")
    assert len(load_rules(shipped).codes) == 1


def test_a_code_is_found_by_its_id_and_by_its_version() -> None:
    rules = load_rules(small_rules.FOLDER)
    assert rules.find("small-code") is rules.find("small-code@1") is rules.codes[0]
    assert rules.find("small-code@2") is None


def test_default_codes_are_in_force_and_do_not_rule_the_service_out() -> None:
    rules = load_rules(small_rules.FOLDER)
    submission = audit.read_report(REPORTS / "good.yaml", rules, date(2026, 11, 1)).submission
    assert submission
    assert [code.name for code in rules.fitting(submission, None)] == ["small-code@1"]
    assert rules.fitting(submission, date(2024, 12, 31)) == []
    unsaid = {id: value for id, value in submission.answers.items() if id != "service.users"}
    assert rules.fitting(replace(submission, answers=unsaid), None)
    assert rules.fitting(replace(submission, answers=unsaid | {"service.users": 0}), None) == []


def test_broken_rules_say_every_problem(tmp_path: Path) -> None:
    text = small_rules.CODE.read_text(encoding="utf-8").replace("chapter: governance", "chapter: governing")
    (tmp_path / "a.yaml").write_text(text, encoding="utf-8")
    (tmp_path / "b.yaml").write_text(text.replace("id: small-code", "id: other-code"), encoding="utf-8")
    (tmp_path / "questions.yaml").write_bytes(small_rules.QUESTIONS.read_bytes())
    with pytest.raises(RulesError) as refused:
        load_rules(tmp_path)
    assert {Path(problem.file).name for problem in refused.value.problems} == {"a.yaml", "b.yaml"}


@pytest.mark.parametrize(
    ("line", "id"), [("supersedes: small-code@0", "unknown-reference"), ("supersedes: small-code", "unknown-reference")]
)
def test_a_predecessor_has_to_be_there(tmp_path: Path, line: str, id: str) -> None:
    text = small_rules.CODE.read_text(encoding="utf-8").replace('version: "1"', f'version: "2"\n{line}')
    (tmp_path / "small-code@1.yaml").write_bytes(small_rules.CODE.read_bytes())
    (tmp_path / "small-code@2.yaml").write_text(text, encoding="utf-8")
    (tmp_path / "questions.yaml").write_bytes(small_rules.QUESTIONS.read_bytes())
    with pytest.raises(RulesError) as refused:
        load_rules(tmp_path)
    (problem,) = refused.value.problems
    assert (problem.id, problem.path, problem.line) == (id, "supersedes", 5)
    assert "small-code@1" in problem.hint


def test_a_version_is_there_once(tmp_path: Path) -> None:
    for name in ("a.yaml", "b.yaml", "questions.yaml"):
        (tmp_path / name).write_bytes((small_rules.QUESTIONS if name[0] == "q" else small_rules.CODE).read_bytes())
    with pytest.raises(RulesError) as refused:
        load_rules(tmp_path)
    assert [problem.id for problem in refused.value.problems] == ["repeated-id", "repeated-id"]


def test_a_folder_is_searched_and_recorded_results_are_not_reports(tmp_path: Path) -> None:
    for name in ("b/2026-06-30.yaml", "a/x.json", "a/x.expected.json", "a/notes.txt"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    found = [str(path.relative_to(tmp_path)) for path in report_paths([tmp_path])]
    assert found == ["a/x.json", "b/2026-06-30.yaml"]


def test_a_huge_file_is_refused_without_being_read_whole(tmp_path: Path) -> None:
    path = tmp_path / "huge.yaml"
    with path.open("wb") as stream:
        stream.truncate(MOST_BYTES * 10)
    report = audit.read_report(path, load_rules(small_rules.FOLDER), date(2026, 11, 1))
    assert len(report.data) == MOST_BYTES + 1
    assert [problem.id for problem in report.problems] == ["file-too-large"]


def test_the_library_reads_a_file_and_loads_a_code() -> None:
    import compliance

    (sample, *_) = report_paths([audit.samples()])
    submission, problems = compliance.read_submission(sample)
    assert submission
    assert problems == []
    assert compliance.load_code("uk-iicsa-2020").version == "1"
    with pytest.raises(KeyError):
        compliance.load_code("nothing")
    assert len(compliance.assess(compliance.load_code("uk-iicsa-2020"), [submission])) == 1
