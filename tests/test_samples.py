"""The sample self-assessments: each reads without problems and gives its recorded result, whatever its syntax.

Together they show everything that a reader can meet: each outcome, conclusion, flag and cap of the shipped codes occurs
in one of them.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml

from compliance import audit, cli, document, engine
from compliance.audit import Rules
from compliance.export.json import render
from compliance.model import Assessment, Code, Conclusion, Outcome, Received
from compliance.vocabulary import FLAG_WORDS

FOLDER = audit.samples()
ROOT = FOLDER.parent
SAMPLES = [path.relative_to(ROOT) for path in audit.find_samples()]
TODAY = date(2026, 8, 31)
# The default codes are those in force whose scope fits, so these take `--code`.
ONLY_WHEN_NAMED = {"code-not-in-force", "scope-does-not-fit"}

each_sample = pytest.mark.parametrize("path", SAMPLES, ids=lambda path: f"{path.parent.name}-{path.stem}")


@pytest.fixture(scope="module")
def rules() -> Rules:
    return audit.load_rules()


@pytest.fixture(scope="module")
def assessed(rules: Rules) -> list[Assessment]:
    """Every sample assessed by its default codes."""
    return [found for path in SAMPLES for found in _assess(audit.read_report(ROOT / path, rules, TODAY), rules)]


@each_sample
def test_reads_without_problems(path: Path, rules: Rules) -> None:
    report = audit.read_report(ROOT / path, rules, TODAY)
    assert report.problems == ()
    assert report.submission is not None
    assert path.parent.name == report.submission.service.id
    assert path.stem == report.submission.period_to.isoformat()


@each_sample
def test_gives_its_recorded_result(
    path: Path,
    recorded: Callable[[Path, str], None],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(ROOT)
    assert cli.main(["check", path.as_posix(), "--format", "json"]) == 0
    recorded(ROOT / path.with_suffix(".expected.json"), capsys.readouterr().out)


@each_sample
def test_an_editor_reads_its_numbers_as_numbers(path: Path) -> None:
    """Editors read YAML 1.2 to the letter, in which 2_400_000 is text and not what the schema asks for."""
    assert not re.search(r"[0-9]_[0-9]", (ROOT / path).read_text(encoding="utf-8"))


@each_sample
def test_scores_the_same_in_the_other_syntax(path: Path, rules: Rules) -> None:
    report = audit.read_report(ROOT / path, rules, TODAY)
    tree, _ = document.read(report.data, report.file)
    assert tree is not None
    if tree.syntax == "yaml":
        rewritten, file = json.dumps(tree.value), "other.json"
    else:
        rewritten, file = yaml.safe_dump(tree.value, allow_unicode=True), "other.yaml"
    other = audit.report_of(rewritten.encode(), file, rules, TODAY)
    assert _results(other, rules) == _results(report, rules) != []


def test_every_outcome_occurs_in_a_sample(assessed: list[Assessment]) -> None:
    findings = {finding.outcome for found in assessed for result in found.provisions for finding in result.findings}
    assert findings == set(Outcome)
    assert {result.outcome for found in assessed for result in found.provisions} >= set(Outcome)


def test_every_conclusion_occurs_in_a_sample(assessed: list[Assessment]) -> None:
    assert {found.conclusion for found in assessed} == {None, *Conclusion}


def _used(assessed: list[Assessment]) -> list[Code]:
    """The codes that are in force for the period of a sample; a later version has none yet."""
    return list({found.code.name: found.code for found in assessed}.values())


def test_every_flag_occurs_in_a_sample(assessed: list[Assessment]) -> None:
    written = {rule.id for code in _used(assessed) for rule in engine.plan(code).rules}
    found = {flag.id for assessment in assessed for flag in assessment.flags}
    assert (written | FLAG_WORDS.keys()) - found == ONLY_WHEN_NAMED


def test_every_cap_of_the_codes_in_force_occurs_in_a_sample(assessed: list[Assessment]) -> None:
    found = {(assessment.code.name, cap.id) for assessment in assessed for cap in assessment.caps}
    assert found == {(code.name, cap.id) for code in _used(assessed) for cap in code.caps}


def test_the_table_tells_of_every_sample() -> None:
    table = (FOLDER / "README.md").read_text(encoding="utf-8")
    assert [path for path in SAMPLES if f"[{path.parent.name}]({path.parent.name})" not in table] == []


def _assess(report: Received, rules: Rules) -> Iterator[Assessment]:
    assert report.submission is not None
    yield from audit.assess_report(report, rules.fitting(report.submission, None), None)


def _results(report: Received, rules: Rules) -> list[dict[str, Any]]:
    """What `check` prints in JSON, without the name of the file."""
    results: list[dict[str, Any]] = json.loads(render(_assess(report, rules)))
    return [result | {"file": ""} for result in results]
