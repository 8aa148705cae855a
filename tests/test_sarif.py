"""SARIF: valid by the published schema, one result for everything that falls short, each at its line."""

from __future__ import annotations

import io
import json
import re
import shutil
import subprocess
import sys
from collections import Counter
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any
from urllib.request import url2pathname

import jsonschema
import openpyxl
import pytest
import small_rules

from compliance import audit
from compliance.cli import main
from compliance.export import sarif
from compliance.model import DECIDING
from compliance.problems import PROBLEMS
from compliance.templates import form

HERE = Path(__file__).parent
SAMPLES = audit.samples()
REPORTS = small_rules.FOLDER / "reports"
GOOD, WEAK, REFUSED = (str(REPORTS / name) for name in ("good.yaml", "weak.json", "refused.yaml"))
SMALL = ("--rules", str(small_rules.FOLDER))
SHORT = ("not_met", "partly_met", "unknown")
Json = dict[str, Any]


@cache
def published() -> Json:
    schema: Json = json.loads((HERE / "sarif" / "sarif-schema-2.1.0.json").read_text(encoding="utf-8"))
    jsonschema.Draft4Validator.check_schema(schema)
    return schema


def check(*arguments: str) -> tuple[int, str, str]:
    """Exit status, standard output and standard error of `check`."""
    out, err = io.StringIO(), io.StringIO()
    with redirect_stdout(out), redirect_stderr(err):
        status = main(["check", *arguments])
    return status, out.getvalue(), err.getvalue()


def run(*arguments: str) -> Json:
    """The one run of the log that `check` prints, once it was found valid, with the exit status as `status`."""
    status, out, _ = check("--format", "sarif", *arguments)
    log = json.loads(out)
    jsonschema.Draft4Validator(published()).validate(log)
    assert (log["version"], log["$schema"]) == ("2.1.0", published()["id"])
    (found,) = log["runs"]
    rules = found["tool"]["driver"]["rules"]
    assert [rules[result["ruleIndex"]]["id"] for result in found["results"]] == ids(found)
    assert {result["ruleIndex"] for result in found["results"]} == set(range(len(rules)))
    prints = [result["partialFingerprints"][sarif.FINGERPRINT] for result in found["results"]]
    assert len(set(prints)) == len(prints)
    return {**found, "status": status}


def entries(*arguments: str) -> list[Json]:
    found: list[Json] = json.loads(check("--format", "json", *arguments)[1])
    return found


@cache
def samples() -> tuple[Json, list[Json]]:
    """The run and the JSON of all samples."""
    return run(str(SAMPLES)), entries(str(SAMPLES))


def ids(run: Json) -> list[str]:
    return [result["ruleId"] for result in run["results"]]


def place(result: Json) -> tuple[int, int]:
    region = result["locations"][0]["physicalLocation"].get("region", {})
    return region.get("startLine", 0), region.get("startColumn", 0)


def about(result: Json) -> str:
    name: str = result["locations"][0]["logicalLocations"][0]["fullyQualifiedName"]
    return name


def prints(run: Json) -> dict[tuple[str, str], str]:
    return {(r["ruleId"], about(r)): r["partialFingerprints"][sarif.FINGERPRINT] for r in run["results"]}


def changed(folder: Path, *replacements: tuple[str, str], name: str = "good.yaml") -> str:
    """A copy of the good report with these changes."""
    text = Path(GOOD).read_text(encoding="utf-8")
    for old, new in replacements:
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    (folder / name).write_text(text, encoding="utf-8")
    return str(folder / name)


# What there is a result for


def test_every_sample_has_a_result_for_each_finding_that_falls_short() -> None:
    found, recorded = samples()
    wanted: Counter[tuple[str, str, str]] = Counter()
    for entry in recorded:
        code = f"{entry['code']['id']}@{entry['code']['version']}"
        for provision in entry["provisions"]:
            for requirement in provision["requirements"] if provision["weight"] else ():
                if requirement["outcome"] in SHORT:
                    decides = requirement["basis"] in DECIDING
                    level = "note" if not decides else {"must": "error", "should": "warning"}[provision["obligation"]]
                    wanted[code, f"{provision['id']}/{requirement['id']}", level] += 1
    results = [result for result in found["results"] if "code" in result["properties"] and "kind" not in result]
    assert Counter((r["properties"]["code"], r["ruleId"], r["level"]) for r in results) == wanted
    assert wanted.total() > 500
    assert {level for _, _, level in wanted} == {"error", "warning", "note"}


def test_the_run_names_every_code_with_its_digest() -> None:
    found, recorded = samples()
    codes = {json.dumps(entry["code"]) for entry in recorded}
    assert {json.dumps(code) for code in found["properties"]["codes"]} == codes
    assert len(codes) == len(found["properties"]["codes"])


def test_each_problem_of_a_refused_file_is_an_error_at_its_place() -> None:
    bad = str(HERE / "bad")
    found = run(bad)
    assert found["status"] == 2
    problems = [problem for entry in entries(bad) for problem in entry.get("problems", ())]
    results = [result for result in found["results"] if result["ruleId"] in PROBLEMS]
    assert [(r["ruleId"], *place(r), r["level"]) for r in results] == [
        (problem["id"], problem["line"], problem["column"], "error") for problem in problems
    ]
    assert len(results) > 100


def test_a_rule_says_where_it_comes_from_and_what_to_do() -> None:
    found = run(*SMALL, WEAK, REFUSED)
    rules = {rule["id"]: rule for rule in found["tool"]["driver"]["rules"]}
    rule = rules["SC-1/in-use"]
    assert rule["helpUri"] == "https://example.org/book"
    for words in ("The book of tests, 2", "The book asks for it.", "Put hash matching in front", "must be met", "SC-1"):
        assert words in rule["help"]["text"]
    assert (rule["properties"]["code"], rule["properties"]["basis"]) == ("small-code@1", "code")
    assert PROBLEMS["unknown-key"].explanation in rules["unknown-key"]["help"]["text"]


def test_a_blank_weighs_as_much_as_a_no(tmp_path: Path) -> None:
    levels = [
        {
            result["ruleId"]: result["level"]
            for result in run(*SMALL, changed(tmp_path, (", matching: true", answer)))["results"]
        }
        for answer in (", matching: false", "")
    ]
    assert levels[0]["SC-1/in-use"] == levels[1]["SC-1/in-use"] == "error"


def test_an_alternative_waits_for_somebody_to_look_at_it(tmp_path: Path) -> None:
    record = "instead: a, how_it_complies: b, regard_to_expression_and_privacy: c"
    declared = f"provisions:\n  SC-1: {{status: alternative, {record}}}\nevidence:"
    found = run(*SMALL, changed(tmp_path, ("evidence:", declared)))
    (result,) = (result for result in found["results"] if result["ruleId"] == "SC-1/in-use")
    assert (result["kind"], result["level"], about(result)) == ("review", "none", "provisions.SC-1.status")
    assert "SC-1/coverage" not in ids(found)


def test_nothing_to_say_is_a_log_too(tmp_path: Path) -> None:
    found = run(*SMALL, changed(tmp_path, ("users: 2400000", "users: 0")))
    assert (found["results"], found["tool"]["driver"]["rules"], found["status"]) == ([], [], 0)


# Where


@cache
def offsets(file: str) -> list[int]:
    lines = Path(file).read_text(encoding="utf-8").splitlines(keepends=True)
    return [sum(map(len, lines[:i])) for i in range(len(lines))]


def test_a_result_stands_at_its_answer_or_at_the_section_that_lacks_it() -> None:
    exact = nearest = 0
    for result in samples()[0]["results"]:
        uri = result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
        file = url2pathname(uri.removeprefix("file://"))
        text = Path(file).read_text(encoding="utf-8")
        line, column = place(result)
        at = offsets(file)[line - 1] + column - 1
        *sections, name = re.split(r"[.\[\]]+", about(result).rstrip("]"))
        key = re.search(r'([\w-]+)"?:$', text[:at].rstrip())
        if key and key[1] == name:
            exact += 1
            continue
        nearest += 1
        section = re.match(r'"?([\w-]+)', text[at:])
        assert section
        assert section[1] in sections, (file, line, about(result))
    assert exact > 300
    assert nearest > 50


def test_an_open_fact_comes_first_where_it_is_open_whether_a_provision_applies(tmp_path: Path) -> None:
    found = run(*SMALL, changed(tmp_path, (", shares_images: true", "")))
    result = next(result for result in found["results"] if result["ruleId"] == "SC-1/in-use")
    assert (about(result), place(result)) == ("answers.service.shares_images", (6, 3))
    related = [place["logicalLocations"][0]["fullyQualifiedName"] for place in result["relatedLocations"]]
    assert related == ["answers.images.matching"]
    assert "Whether it applies is open" in result["message"]["text"]


def test_a_flag_is_one_warning_a_file_at_what_it_speaks_of(tmp_path: Path) -> None:
    sample = str(SAMPLES / "markup" / "2026-06-30.yaml")
    found = run(sample)
    flags = [result for result in found["results"] if "codes" in result["properties"]]
    assert flags
    assert {flag["level"] for flag in flags} == {"warning"}
    said = [(flag["ruleId"], flag["message"]["text"]) for flag in flags]
    assert len(set(said)) == len(said)
    file = changed(
        tmp_path,
        ('date: "2026-07-01"', 'date: "2026-07-21"'),
        ("evidence:", "provisions: {SC-1: {status: not_applicable, reason: It is not.}}\nevidence:"),
    )
    places = {result["ruleId"]: about(result) for result in run(*SMALL, file)["results"]}
    assert places["evidence-after-preparation"] == "evidence[0].date"
    assert places["not-applicable-unsupported"] == "provisions.SC-1.status"


@pytest.mark.parametrize(
    ("name", "uri"),
    [
        ("a b.yaml", "a%20b.yaml"),
        ("c:d.yaml", "c%3Ad.yaml"),
        ("grün#1?.yaml", "gr%C3%BCn%231%3F.yaml"),
        ("./plain.yaml", "plain.yaml"),
    ],
)
def test_a_file_is_named_as_a_uri(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, uri: str) -> None:
    monkeypatch.chdir(tmp_path)
    changed(tmp_path, name=name)
    (result,) = run(*SMALL, name)["results"]
    assert result["locations"][0]["physicalLocation"]["artifactLocation"] == {"uri": uri}
    (result,) = run(*SMALL, str(tmp_path / name))["results"]
    assert result["locations"][0]["physicalLocation"]["artifactLocation"] == {"uri": (tmp_path / name).as_uri()}


@pytest.mark.parametrize("format", ["json", "sarif"])
def test_a_name_that_is_not_utf_8_is_one_all_the_same(tmp_path: Path, format: str) -> None:
    try:
        shutil.copy(GOOD, tmp_path / "a\udcff.yaml")
    except OSError:
        pytest.skip("this file system takes no name that is not UTF-8")
    command = [sys.executable, "-m", "compliance", "check", *SMALL, "--format", format, str(tmp_path)]
    done = subprocess.run(command, capture_output=True, check=False)
    assert (done.returncode, done.stderr) == (0, b"")
    assert json.loads(done.stdout)
    assert {"json": rb"a\udcff.yaml", "sarif": b"a%FF.yaml"}[format] in done.stdout


def test_standard_input_has_no_uri(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(Path(WEAK).read_bytes())))
    results = run(*SMALL, "-")["results"]
    artifacts = [result["locations"][0]["physicalLocation"]["artifactLocation"] for result in results]
    assert artifacts == [{"description": {"text": "standard input"}}] * 3
    assert all(place(result) > (0, 0) for result in results)


def test_a_workbook_has_cells_and_no_lines(tmp_path: Path) -> None:
    """Each result names the cell where something is to be done; a line would point into packed bytes."""
    submission, _ = audit.read_submission(SAMPLES / "harbourline" / "2026-06-30.yaml")
    code = audit.load_code("uk-iicsa-2020")
    assert submission
    file = tmp_path / "report.xlsx"
    file.write_bytes(audit.report_bytes(form([code], submission), "xlsx"))
    results = run("--code", code.id, str(file))["results"]
    assert {place(result) for result in results} == {(0, 0)}
    book = openpyxl.load_workbook(file)
    for result in results:
        cell, path = (name["fullyQualifiedName"] for name in result["locations"][0]["logicalLocations"])
        assert result["message"]["text"].startswith(f"{cell} ")
        sheet, _, name = cell.partition("!")
        id = {cell.value for cell in book[sheet.strip("'")][openpyxl.utils.cell.coordinate_from_string(name)[1]]}
        assert path.partition(".")[2].removesuffix(".status") in id, cell
    plain = run("--code", code.id, str(SAMPLES / "harbourline" / "2026-06-30.yaml"))["results"]
    assert [(r["ruleId"], r["level"]) for r in results] == [(r["ruleId"], r["level"]) for r in plain]
    file.write_bytes(audit.report_bytes(form([code], replace(submission, prepared_on=submission.period_to)), "xlsx"))
    (result,) = run(str(file))["results"]
    assert result["ruleId"] == "period-not-over"
    assert about(result) == "About!B9"
    assert result["message"]["text"].startswith("About!B9 ")
    assert place(result) == (0, 0)


# What stays the same


def test_the_same_files_give_the_same_bytes(capsys: pytest.CaptureFixture[str]) -> None:
    said = [check("--format", "sarif", str(SAMPLES / "harbourline"), REFUSED)[1] for _ in range(2)]
    assert said[0] == said[1]
    assert said[0].endswith("}\n")


def test_a_fingerprint_outlives_edits_elsewhere_and_of_the_answer_itself(tmp_path: Path) -> None:
    before = prints(run(*SMALL, changed(tmp_path)))
    for edits in (
        [("format: ", "# one line more\nformat: ")],
        [("checked: 80000", "checked: 80001")],
        [("p95_hours: 6.5", "p95_hours: 7")],
    ):
        assert prints(run(*SMALL, changed(tmp_path, *edits))) == before
    other = prints(run(*SMALL, changed(tmp_path, name="other.yaml")))
    assert other.keys() == before.keys()
    assert not set(other.values()) & set(before.values())


def test_submitted_text_is_neither_a_link_nor_a_placeholder(tmp_path: Path) -> None:
    file = changed(tmp_path, ("users: 2400000", 'users: 2400000, "[here](https://example.org) {0}": 1'))
    (result,) = run(*SMALL, file)["results"]
    assert '"\\[here\\](https://example.org) {{0}}"' in result["message"]["text"]


# Gates beside it


@pytest.mark.parametrize("format", ["text", "json", "sarif"])
@pytest.mark.parametrize(
    "gates",
    [
        (),
        ("--fail-under", "0"),
        ("--fail-under", "95"),
        ("--fail-unless", "conforms_with_comments"),
        ("--fail-under", "95", "--fail-unless", "conforms_with_comments"),
    ],
)
def test_gates_hold_each_file_and_code_in_every_format(format: str, gates: tuple[str, ...]) -> None:
    """Of two files by two codes each: a line for each gate that a result does not reach, whatever is printed."""
    files = [str(SAMPLES / name / "2026-06-30.yaml") for name in ("harbourline", "larkpost")]
    codes = ("--code", "uk-iicsa-2020", "--code", "uk-osa-duties")
    options = dict(zip(gates[::2], gates[1::2], strict=True))
    below = 0
    for entry in entries(*codes, *files):
        below += entry["final"] < float(options.get("--fail-under", 0))
        below += "--fail-unless" in options and entry["conclusion"] not in ("conforms", "conforms_with_comments")
    status, out, err = check("--format", format, *codes, *gates, *files)
    assert (status, len(err.splitlines())) == (int(below > 0), below)
    assert below > 1 or "95" not in gates
    assert (out, err) == (check("--format", format, *codes, *files)[1], err)


def test_a_refused_file_outranks_a_gate_and_stops_no_result() -> None:
    found = run(*SMALL, "--fail-under", "100", REFUSED, WEAK)
    assert found["status"] == 2
    assert {"wrong-type", "SC-1/in-use"} <= set(ids(found))
