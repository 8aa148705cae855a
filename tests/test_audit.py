"""The use cases: which rules are found, which codes are applied, which files are read."""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
import small_rules

from compliance import audit, document
from compliance.audit import RulesError, load_rules
from compliance.cli import main
from compliance.document import MOST_BYTES
from compliance.model import Problem
from compliance.problems import MOST_PROBLEMS

REPORTS = small_rules.FOLDER / "reports"


@pytest.fixture
def rules(tmp_path: Path) -> Path:
    """A folder with the small rules, to be changed."""
    shutil.copytree(small_rules.FOLDER, tmp_path / "rules", ignore=shutil.ignore_patterns("reports"))
    return tmp_path / "rules"


def edit(file: Path, old: str, new: str) -> None:
    text = file.read_text(encoding="utf-8")
    assert text.count(old) == 1, old
    file.write_text(text.replace(old, new), encoding="utf-8")


def ids(problems: Sequence[Problem]) -> list[str]:
    return [problem.id for problem in problems]


def refusals(rules: Path) -> list[tuple[str, str, str]]:
    """File, id and path of what keeps the rules from being loaded, which lint says as well."""
    with pytest.raises(RulesError) as refused:
        load_rules(rules)
    assert list(refused.value.problems) == audit.lint(rules)
    return [(Path(problem.file).name, problem.id, problem.path) for problem in refused.value.problems]


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


def test_an_id_alone_is_its_newest_version(rules: Path) -> None:
    """By the day on which it begins, whatever a version or a file is called."""
    text = small_rules.CODE.read_text(encoding="utf-8").replace(
        'version: "1"', 'version: "0"\nsupersedes: small-code@1'
    )
    (rules / "codes" / "small-code@0.yaml").write_text(text.replace("2025-01-01", "2026-03-01"), encoding="utf-8")
    read = load_rules(rules)
    assert [code.name for code in read.codes] == ["small-code@1", "small-code@0"]
    newest = read.find("small-code")
    assert newest
    assert newest.name == "small-code@0"
    submission = audit.read_report(REPORTS / "good.yaml", read, date(2026, 11, 1)).submission
    assert submission
    in_force = {
        day: [code.version for code in read.fitting(submission, date.fromisoformat(day))]
        for day in ("2024-12-31", "2025-01-01", "2026-02-28", "2026-03-01")
    }
    assert in_force == {"2024-12-31": [], "2025-01-01": ["1"], "2026-02-28": ["1"], "2026-03-01": ["0"]}


def test_an_id_alone_names_the_version_that_is_in_force() -> None:
    rules = load_rules()
    report = audit.read_report(audit.samples() / "commonhall" / "2026-06-30.yaml", rules, date(2026, 11, 1))
    assert report.submission
    id = "uk-ofcom-illegal-content-u2u"

    def versions(names: list[str], on: date | None) -> list[str]:
        assert report.submission
        return [code.version for code in rules.named(names, report.submission, on)]

    assert versions([id], None) == ["2025-02-24"]
    assert versions([id], date(2026, 9, 30)) == ["2026-09-30"]
    assert versions([id], date(2024, 1, 1)) == ["2025-02-24"]
    assert versions([f"{id}@2026-09-30", "uk-iicsa-2020"], None) == ["2026-09-30", "1"]


AMENDING = """\
format: code-of-practice/1
id: small-code
version: "2"
amends: {base}
in_force: {{from: "2026-03-01"}}
removed: {{SC-2: {{reason: repealed}}}}
"""


def amending(rules: Path, base: str = "small-code@1", name: str = "small-code@2") -> Path:
    path = rules / "codes" / f"{name}.yaml"
    path.write_text(AMENDING.format(base=base), encoding="utf-8")
    return path


def test_a_version_that_states_its_changes_is_read_with_the_one_beside_it(rules: Path) -> None:
    path = amending(rules)
    read = load_rules(rules)
    assert [(code.name, len(code.provisions)) for code in read.codes] == [("small-code@1", 3), ("small-code@2", 2)]
    assert read.codes[0].in_force.end == date(2026, 2, 28)
    assert [code.name for code in load_rules(path).codes] == ["small-code@2"]
    assert audit.lint(rules) == audit.lint(path) == []
    as_json = rules / "codes" / "small-code@1.json"
    tree, _ = document.read(small_rules.CODE.read_bytes(), "code.yaml")
    assert tree
    as_json.write_text(json.dumps(tree.value), encoding="utf-8")
    (rules / "codes" / "small-code@1.yaml").unlink()
    assert [code.name for code in load_rules(rules).codes] == ["small-code@1", "small-code@2"]


@pytest.mark.parametrize("base", ["small-code@0", "small-code@2", "other@1"])
def test_a_version_that_amends_nothing_that_is_there_is_refused(rules: Path, base: str) -> None:
    path = amending(rules, base)
    id = "circular-reference" if base == "small-code@2" else "unknown-reference"
    for place in (rules, path):
        with pytest.raises(RulesError) as refused:
            load_rules(place)
        assert [(problem.id, problem.line) for problem in refused.value.problems] == [(id, 4)]
    assert (id, 4) in {(problem.id, problem.line) for problem in audit.lint(rules)}


def test_versions_that_amend_each_other_are_refused(rules: Path) -> None:
    amending(rules, "small-code@3")
    text = AMENDING.format(base="small-code@2").replace('version: "2"', 'version: "3"')
    (rules / "codes" / "small-code@3.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(RulesError) as refused:
        load_rules(rules)
    assert {problem.id for problem in refused.value.problems} == {"circular-reference"}


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (('from: "2026-03-01"', 'from: "2024-03-01"'), "it begins on 2024-03-01"),
        (('from: "2026-03-01"', 'from: "2025-01-01"'), "it begins on 2025-01-01"),
        (("id: small-code", "id: other-code"), "another code"),
    ],
)
def test_a_version_follows_one_of_its_own_code_and_begins_after_it(
    rules: Path, change: tuple[str, str], why: str
) -> None:
    edit(amending(rules), *change)
    found = [problem for problem in audit.lint(rules) if problem.id == "succession"]
    assert [problem.line for problem in found] == [4]
    assert why in found[0].message
    with pytest.raises(RulesError):
        load_rules(rules)


def test_a_version_is_followed_by_one_and_not_in_force_beyond_it(rules: Path) -> None:
    amending(rules)
    another = amending(rules, name="small-code@3")
    edit(another, 'version: "2"', 'version: "3"')
    assert [(file, id) for file, id, _ in refusals(rules)] == [("small-code@3.yaml", "succession")]
    another.unlink()
    edit(rules / "codes" / "small-code@1.yaml", 'from: "2025-01-01"', 'from: "2025-01-01", to: "2026-03-01"')
    assert [(file, id) for file, id, _ in refusals(rules)] == [("small-code@2.yaml", "succession")]


def test_a_mistake_in_the_version_before_refuses_both(rules: Path) -> None:
    amending(rules)
    edit(rules / "codes" / "small-code@1.yaml", "severity: minor", "severity: mnior")
    files = {(file, id) for file, id, _ in refusals(rules)}
    assert files == {("small-code@1.yaml", "unknown-option"), ("small-code@2.yaml", "amended-faulty")}


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
    assert problem in audit.lint(tmp_path)
    edit(tmp_path / "small-code@1.yaml", "chapter: governance", "chapter: governing")
    assert problem not in audit.lint(tmp_path), "it may be there, in a file that cannot be read"


def test_a_version_does_not_supersede_itself_however_long_the_way(rules: Path) -> None:
    code = rules / "codes" / "small-code@1.yaml"
    text = code.read_text(encoding="utf-8")
    code.write_text(text.replace('version: "1"', 'version: "1"\nsupersedes: small-code@1'), encoding="utf-8")
    assert refusals(rules) == [("small-code@1.yaml", "circular-reference", "supersedes")]
    assert ids(audit.lint(code)) == ["circular-reference"], "nor where it is read alone"
    code.write_text(text.replace('version: "1"', 'version: "1"\nsupersedes: small-code@2'), encoding="utf-8")
    second = text.replace('version: "1"', 'version: "2"\nsupersedes: small-code@1')
    (rules / "codes" / "small-code@2.yaml").write_text(second, encoding="utf-8")
    assert [id for _, id, _ in refusals(rules)] == ["circular-reference"] * 2


def test_a_provision_belongs_to_one_code_in_all_its_versions(rules: Path) -> None:
    text = small_rules.CODE.read_text(encoding="utf-8")
    second = text.replace('version: "1"', 'version: "2"\nsupersedes: small-code@1').replace("2025-01-01", "2026-01-01")
    (rules / "codes" / "small-code@2.yaml").write_text(second, encoding="utf-8")
    assert audit.lint(rules) == []
    other = (
        text.replace("id: small-code", "id: zz-code").replace("id: SC-2", "id: ZZ-2").replace("id: SC-3", "id: ZZ-3")
    )
    (rules / "codes" / "zz-code@1.yaml").write_text(other, encoding="utf-8")
    assert refusals(rules) == [("zz-code@1.yaml", "id-taken", "provisions[0].id")]


def test_a_successor_alone_needs_no_predecessor_beside_it(rules: Path) -> None:
    text = small_rules.CODE.read_text(encoding="utf-8").replace(
        'version: "1"', 'version: "2"\nsupersedes: small-code@1'
    )
    alone = rules / "codes" / "small-code@2.yaml"
    alone.write_text(text, encoding="utf-8")
    assert [code.name for code in load_rules(alone).codes] == ["small-code@2"]
    assert audit.lint(alone) == []


def test_a_version_is_there_once(tmp_path: Path) -> None:
    for name in ("a.yaml", "b.yaml", "questions.yaml"):
        (tmp_path / name).write_bytes((small_rules.QUESTIONS if name[0] == "q" else small_rules.CODE).read_bytes())
    with pytest.raises(RulesError) as refused:
        load_rules(tmp_path)
    assert [problem.id for problem in refused.value.problems] == ["repeated-id", "repeated-id"]


# Lint


def test_lint_says_everything_at_once(rules: Path) -> None:
    """Too short a definition, a missing remedy, examples that fail and a code that is refused hide nothing else."""
    edit(
        rules / "questions.yaml",
        "The day of the latest review of the platform's own code by its most senior body, for all users.",
        "x",
    )
    edit(rules / "questions.yaml", "images.uploaded: 10}, holds: false}", "images.uploaded: 10}, holds: true}")
    edit(rules / "questions.yaml", "id: matching-without-checks", "id: part-above-whole")
    shutil.copy(small_rules.CODE, rules / "codes" / "broken@1.yaml")
    edit(rules / "codes" / "broken@1.yaml", "chapter: governance", "chapter: governing")
    code = rules / "codes" / "small-code@1.yaml"
    edit(code, "        remedy: Put hash matching in front of every upload.\n", "")
    edit(code, "{given: {images.matching: true}, credit: 1}", "{given: {images.matching: true}, credit: 0.5}")
    code.rename(rules / "codes" / "draft.yaml")
    found = {(Path(problem.file).name, problem.id) for problem in audit.lint(rules)}
    assert found == {
        ("questions.yaml", "define-too-short"),
        ("questions.yaml", "example-fails"),
        ("questions.yaml", "example-missing"),
        ("questions.yaml", "id-taken"),
        ("broken@1.yaml", "unknown-reference"),
        ("draft.yaml", "missing-for-readers"),
        ("draft.yaml", "example-missing"),
        ("draft.yaml", "example-fails"),
        ("draft.yaml", "file-name"),
    }
    with pytest.raises(RulesError) as refused:
        load_rules(rules)
    assert ids(refused.value.problems) == ["unknown-reference"], "only what cannot be computed keeps rules from running"


def test_questions_that_cannot_be_read_do_not_hide_the_shape_of_a_code(rules: Path) -> None:
    edit(rules / "questions.yaml", "n: removal.items", "n: removal.item")
    edit(rules / "codes" / "small-code@1.yaml", "severity: minor", "severity: mnior")
    assert ids(audit.lint(rules)) == ["unknown-reference", "unknown-option"]


def test_fifty_problems_of_a_file_are_shown_and_the_rest_counted(rules: Path) -> None:
    facts = "".join(f"  fact{number}: users > {number}\n" for number in range(60))
    edit(rules / "codes" / "small-code@1.yaml", "facts:\n", f"facts:\n{facts}")
    edit(rules / "questions.yaml", "unit: users", "unt: users")
    for found in (audit.lint(rules), audit.lint(rules / "codes" / "small-code@1.yaml")):
        assert ids(found) == ["unknown-key"]
    edit(rules / "questions.yaml", "unt: users", "unit: users")
    with pytest.raises(RulesError) as refused:
        load_rules(rules)
    for problems in (audit.lint(rules), refused.value.problems):
        assert len(problems) == MOST_PROBLEMS + 1
        assert problems[-1].message == "10 more problems are not shown here."


@pytest.mark.parametrize("place", ["codes/small-code@1.yaml", "codes", "."])
def test_codes_are_read_with_the_questions_of_their_own_folder(
    place: str, rules: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "images.matching" in load_rules(rules / place).catalogue.questions
    assert audit.lint(rules / place) == []
    monkeypatch.chdir((rules / place).parent if (rules / place).is_file() else rules / place)
    here = Path(Path(place).name if place.endswith("yaml") else ".")
    assert "images.matching" in load_rules(here).catalogue.questions
    assert audit.lint(here) == []


@pytest.mark.parametrize(("place", "id"), [("nothing", "no-codes"), ("missing", "file-unreadable")])
def test_where_there_are_no_rules_it_is_the_rules_that_are_at_fault(
    place: str, id: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "nothing" / "codes").mkdir(parents=True)
    for command in (["codes", "lint"], ["check", str(REPORTS / "good.yaml"), "--rules"]):
        assert main([*command, str(tmp_path / place)]) == 2
        shown = capsys.readouterr()
        assert (shown.out, f"{place}: {id}: " in shown.err, len(shown.err.splitlines())) == ("", True, 1)


def test_codes_may_lie_beside_questions_and_cohorts(rules: Path) -> None:
    (rules / "codes" / "small-code@1.yaml").rename(rules / "small-code@1.yaml")
    (rules / "codes").rmdir()
    cohorts = rules / "cohorts.yaml"
    cohorts.write_text("format: cohorts/1\ncohorts: [{id: other, title: Other}]\n", encoding="utf-8")
    assert [code.name for code in load_rules(rules).codes] == ["small-code@1"]
    assert audit.lint(rules) == []
    cohorts.write_text("format: cohorts/1\ncohorts: [{id: other, title: Other, when: 1 > 0}]\n", encoding="utf-8")
    assert "cohort-order" in [problem.id for problem in audit.lint(rules)]


def test_questions_alone_can_be_linted(rules: Path) -> None:
    shutil.rmtree(rules / "codes")
    assert audit.lint(rules) == audit.lint(rules / "questions.yaml") == []
    with pytest.raises(RulesError) as refused:
        load_rules(rules)
    assert ids(refused.value.problems) == ["no-codes"]


# What is kept


def test_rules_are_read_again_once_a_file_has_changed(rules: Path) -> None:
    first = load_rules(rules)
    assert load_rules(rules) is first
    edit(rules / "codes" / "small-code@1.yaml", "title: A small code", "title: A changed code")
    assert load_rules(rules).codes[0].title.startswith("A changed code")
    edit(rules / "questions.yaml", "label: UK users", "label: all users")
    assert load_rules(rules).catalogue.questions["service.users"].label == "all users"
    (rules / "codes" / "small-code@1.yaml").rename(rules / "codes" / "renamed.yaml")
    assert load_rules(rules) is not first


def test_a_folder_is_searched_and_recorded_results_are_not_reports(tmp_path: Path) -> None:
    for name in ("b/2026-06-30.yaml", "a/x.json", "a/x.expected.json", "a/notes.txt"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    found = [str(path.relative_to(tmp_path)) for path in audit.find([str(tmp_path)]) if isinstance(path, Path)]
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

    (sample, *_) = audit.find_samples()
    submission, problems = compliance.read_submission(sample)
    assert submission
    assert problems == []
    assert compliance.load_code("uk-iicsa-2020").version == "1"
    with pytest.raises(KeyError):
        compliance.load_code("nothing")
    assert len(compliance.assess(compliance.load_code("uk-iicsa-2020"), [submission])) == 1
