"""The command line, through `main(argv)`: what it prints, and what its exit status says."""

from __future__ import annotations

import io
import json
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import small_rules

from compliance import audit, filings
from compliance.cli import main
from compliance.document import MOST_BYTES
from compliance.export.json import shape
from compliance.model import Received
from compliance.problems import PROBLEMS
from compliance.store import open_store
from compliance.vocabulary import FLAG_WORDS

REPORTS = small_rules.FOLDER / "reports"
GOOD, WEAK, REFUSED = (str(REPORTS / name) for name in ("good.yaml", "weak.json", "refused.yaml"))
SMALL = ("--rules", str(small_rules.FOLDER))


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    status = main(arguments)
    out, err = capsys.readouterr()
    return status, out, err


def check(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    return run(capsys, "check", *SMALL, *arguments)


def test_the_text_says_what_is_concluded_then_the_figures_then_what_costs(capsys: pytest.CaptureFixture[str]) -> None:
    status, out, _ = check(capsys, WEAK)
    assert status == 0
    order = [
        "× Departs from the code",
        "Final",
        "Declared",
        "Assured",
        "Ceiling",
        "What costs most",
        "× SC-1",
        "× SC-3",
    ]
    assert [out.index(words) for words in order] == sorted(out.index(words) for words in order)
    assert "already under the 49.0 that SC-1 limits it to" in out
    assert "expected: at most 365 days before the period's end" in out


def test_the_text_fits_the_terminal_and_needs_no_colour(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "60")
    _, out, _ = check(capsys, GOOD, WEAK)
    assert max(map(len, out.splitlines())) <= 60
    assert "\x1b" not in out


def test_colour_is_for_terminals_that_want_it(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True, raising=False)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.delenv("NO_COLOR", raising=False)
    assert "\x1b[31m×" in check(capsys, WEAK)[1]
    monkeypatch.setenv("NO_COLOR", "1")
    assert "\x1b" not in check(capsys, WEAK)[1]


def test_the_json_is_one_array_that_its_schema_admits(capsys: pytest.CaptureFixture[str]) -> None:
    status, out, _ = check(capsys, "--format", "json", GOOD, WEAK, REFUSED)
    entries = json.loads(out)
    jsonschema.Draft202012Validator(shape()).validate(entries)
    assert status == 2
    assert [entry.get("conclusion", "refused") for entry in entries] == ["conforms", "does_not_conform", "refused"]


def test_numbers_have_six_places_and_losses_add_up(capsys: pytest.CaptureFixture[str]) -> None:
    _, out, _ = check(capsys, "--format", "json", GOOD)
    (found,) = json.loads(out, parse_float=str)
    micro = {name: round(float(found[name]) * 1e6) for name in ("declared", "assured", "ceiling", "final")}
    assert all(len(str(found[name]).split(".")[1]) == 6 for name in micro)
    lost = sum(round(float(r["loss"]) * 1e6) for p in found["provisions"] for r in p["requirements"])
    assert lost == 100_000_000 - micro["declared"]


def test_a_refused_file_does_not_stop_the_good_ones(capsys: pytest.CaptureFixture[str]) -> None:
    status, out, err = check(capsys, REFUSED, GOOD)
    assert status == 2
    assert "Pebble" in out
    assert "refused.yaml:6:13: answers.service.usres: unknown-key: " in err
    assert "users" in err
    assert "refused.yaml:6:39: answers.service.shares_images: wrong-type: " in err


@pytest.mark.parametrize(
    ("gate", "file", "status"),
    [
        (("--fail-under", "90"), GOOD, 0),
        (("--fail-under", "90"), WEAK, 1),
        (("--fail-unless", "conforms"), GOOD, 0),
        (("--fail-unless", "conforms_with_comments"), WEAK, 1),
        (("--fail-under", "90"), REFUSED, 2),
    ],
)
def test_gates(capsys: pytest.CaptureFixture[str], gate: tuple[str, str], file: str, status: int) -> None:
    assert check(capsys, *gate, file)[0] == status


def test_a_gate_compares_what_is_not_rounded(capsys: pytest.CaptureFixture[str]) -> None:
    (found,) = json.loads(check(capsys, "--format", "json", GOOD)[1], parse_float=str)
    assert check(capsys, "--fail-under", found["final"], GOOD)[0] == 0
    above = f"{(round(float(found['final']) * 1e6) + 1) / 1e6:.6f}"
    status, _, err = check(capsys, "--fail-under", above, GOOD)
    assert status == 1
    assert err == f"{GOOD}: small-code@1: the final score, {found['final']}, is under {above}.\n"


def test_a_gate_says_what_kept_a_result_below_it(capsys: pytest.CaptureFixture[str]) -> None:
    status, _, err = check(capsys, "--fail-unless", "conforms", WEAK)
    assert status == 1
    assert err.startswith(f"{WEAK}: small-code@1: ")
    assert err.endswith(", where the gate asks for conforms.\n")
    assert check(capsys, "--fail-unless", "conforms", GOOD)[2] == ""


def test_a_folder_is_read(capsys: pytest.CaptureFixture[str]) -> None:
    assert "Weir" in check(capsys, str(REPORTS))[1]


@pytest.mark.parametrize(("file", "name"), [(GOOD, "Pebble"), (WEAK, "Weir")])
def test_standard_input_is_read_as_what_it_is(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, file: str, name: str
) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(Path(file).read_bytes())))
    assert name in check(capsys, "-")[1]


def test_a_folder_without_files_is_not_in_order(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    status, out, err = check(capsys, str(tmp_path))
    assert status == 2
    assert out == ""
    assert "nothing-found" in err


@pytest.mark.parametrize("name", ["", "missing.yaml", "long" * 100, "nul\0.yaml", "missing/"])
def test_a_name_without_a_file_does_not_stop_the_good_ones(capsys: pytest.CaptureFixture[str], name: str) -> None:
    status, out, err = check(capsys, name, GOOD)
    assert status == 2
    assert "file-unreadable" in err
    assert "Follows the code" in out


def test_a_folder_that_may_not_be_searched_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A superuser may search every folder, so the refusal is played to `os.walk`."""
    refusal = PermissionError(13, "Permission denied", str(tmp_path / "closed"))

    def walk(top: Path, onerror: Callable[[OSError], None]) -> Iterator[tuple[Path, list[str], list[str]]]:
        onerror(refusal)
        yield top, [], [Path(GOOD).name]

    monkeypatch.setattr(os, "walk", walk)
    found = audit.find([str(REPORTS)])
    assert found[0] == Path(GOOD)
    assert isinstance(found[1], Received)
    assert [(problem.file, problem.id) for problem in found[1].problems] == [
        (str(tmp_path / "closed"), "file-unreadable")
    ]


def test_endings_in_capitals_are_read(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    (tmp_path / "A.YAML").write_bytes(Path(GOOD).read_bytes())
    assert check(capsys, str(tmp_path))[0] == 0


def _process(*arguments: str, redirect: str = "", **environment: str) -> subprocess.CompletedProcess[bytes]:
    command = shlex.join([sys.executable, "-m", "compliance", "check", *SMALL, *arguments])
    return subprocess.run(
        ["bash", "-c", f"{command} {redirect}"], capture_output=True, env={**os.environ, **environment}, check=False
    )


def test_json_is_utf_8_on_every_terminal(tmp_path: Path) -> None:
    text = Path(GOOD).read_text(encoding="utf-8")
    name = json.dumps("Größe ✓ \U0001f600", ensure_ascii=False)
    file = tmp_path / "good.yaml"
    file.write_text(re.sub(r"name: \w+", f"name: {name}", text, count=1), encoding="utf-8")
    done = _process("--format", "json", str(file), PYTHONIOENCODING="ascii")
    assert json.loads(done.stdout)[0]["service"]["name"] == json.loads(name)


@pytest.mark.parametrize(("redirect", "status"), [(">&-", 0), ("2>&-", 0), ("<&-", 0)])
def test_a_closed_stream_is_no_failure(redirect: str, status: int) -> None:
    done = _process(GOOD, redirect=redirect)
    assert (done.returncode, b"Traceback" in done.stderr) == (status, False)
    assert _process("-", redirect="<&-").returncode == 2


def test_a_file_name_cannot_forge_a_line(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    (tmp_path / "a\nb\x1b[2J.yaml").write_text("x", encoding="utf-8")
    _, _, err = check(capsys, str(tmp_path))
    assert "\x1b" not in err
    assert "\\u000ab" in err


@pytest.mark.parametrize("arguments", [("check", "--fail-under", "nan", "x"), ("dashboard", "--port", "70000")])
def test_a_number_out_of_bounds_is_a_wrong_call(capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == 2
    assert " is not a " in capsys.readouterr().err


def test_a_missing_file_is_a_problem_of_the_input(capsys: pytest.CaptureFixture[str]) -> None:
    status, _, err = check(capsys, str(REPORTS / "nothing.yaml"))
    assert status == 2
    assert "file-unreadable" in err


def test_an_unknown_code_names_the_nearest(capsys: pytest.CaptureFixture[str]) -> None:
    status, _, err = check(capsys, "--code", "smal-code", GOOD)
    assert status == 2
    assert "small-code" in err


def test_the_assessments_date_decides_what_is_in_force(capsys: pytest.CaptureFixture[str]) -> None:
    status, out, err = check(capsys, "--on", "2024-06-30", GOOD)
    assert (status, out) == (0, "")
    assert "no code in force on the day" in err
    assert check(capsys, "--on", "2024-06-30", "--fail-under", "1", GOOD)[0] == 1, "no score fails"
    named = check(capsys, "--on", "2024-06-30", "--code", "small-code", GOOD)[1]
    assert "– Nothing to conclude" in named


def test_rules_with_a_mistake_assess_nothing(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    text = small_rules.CODE.read_text(encoding="utf-8").replace("chapter: governance", "chapter: governing")
    (tmp_path / "questions.yaml").write_bytes(small_rules.QUESTIONS.read_bytes())
    (tmp_path / "small-code@1.yaml").write_text(text, encoding="utf-8")
    status, out, err = run(capsys, "check", "--rules", str(tmp_path), GOOD)
    assert (status, out) == (2, "")
    assert "unknown-reference" in err


def test_codes_are_listed_shown_and_linted(capsys: pytest.CaptureFixture[str]) -> None:
    assert "small-code@1" in run(capsys, "codes", "list", *SMALL)[1]
    shown = run(capsys, "codes", "show", "small-code", *SMALL)[1]
    assert "SC-2" in shown
    assert "more than 1,000,000" in shown or "image risk is at least medium" in shown
    status, out, err = run(capsys, "codes", "lint", str(small_rules.FOLDER))
    assert (status, err) == (0, "")
    assert "nothing to mend in 1 code." in out


def test_a_lint_says_how_many_codes_it_read(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """A code that is called .txt, and a folder that is called .yaml, are no codes; that should not pass unseen."""
    for name in ("our-code@1.yaml", "codes"):
        (tmp_path / name).mkdir()
    (tmp_path / "codes" / "our-code@1.txt").write_text("format: code-of-practice/1\n", encoding="utf-8")
    assert "no-codes" in run(capsys, "codes", "lint", str(tmp_path))[2]
    questions = small_rules.FOLDER / "questions.yaml"
    (tmp_path / "questions.yaml").write_bytes(questions.read_bytes())
    assert "nothing to mend in 0 codes." in run(capsys, "codes", "lint", str(tmp_path))[1]


def test_a_code_is_named_by_id_by_version_or_by_its_file(capsys: pytest.CaptureFixture[str]) -> None:
    shown = run(capsys, "codes", "show", "small-code", *SMALL)
    assert shown[0] == 0
    assert run(capsys, "codes", "show", "small-code@1", *SMALL) == shown
    assert run(capsys, "codes", "show", str(small_rules.CODE)) == shown
    assert "images checked" not in shown[1].partition("Questions that are read")[2]
    assert (
        "How many of them were checked first?" in run(capsys, "codes", "show", "small-code", "--questions", *SMALL)[1]
    )


@pytest.fixture
def draft(tmp_path: Path) -> Path:
    """A second version of the small code, which says that it asks less."""
    text = small_rules.CODE.read_text(encoding="utf-8").replace("  large:", "  huge:").replace("and large", "and huge")
    text = text.replace('version: "1"', 'version: "2"').replace('{from: "2025', '{from: "2026')
    (tmp_path / "questions.yaml").write_bytes(small_rules.QUESTIONS.read_bytes())
    file = tmp_path / "small-code@2.yaml"
    file.write_text(text.replace("title: A small", "supersedes: small-code@1\ntitle: A small"), encoding="utf-8")
    return file


def test_versions_are_compared_by_name_and_by_file(capsys: pytest.CaptureFixture[str], draft: Path) -> None:
    status, out, err = run(capsys, "codes", "diff", "small-code@1", str(draft), *SMALL)
    assert (status, err) == (0, "")
    assert "1 named condition removed, 1 named condition added, 1 least rating re-addressed." in out
    status, out, _ = run(capsys, "codes", "diff", "small-code", str(draft), "--format", "json", *SMALL)
    assert (status, [each["id"] for each in json.loads(out)["changes"]]) == (0, ["large", "huge", "risk.images"])
    status, out, _ = run(capsys, "codes", "diff", "small-code", "small-code@1", *SMALL)
    assert (status, "Nothing is different." in out) == (0, True)


def test_only_what_can_be_read_is_compared(capsys: pytest.CaptureFixture[str], draft: Path) -> None:
    draft.write_text(draft.read_text(encoding="utf-8").replace("obligation: should", "obligation: shall"), "utf-8")
    status, out, err = run(capsys, "codes", "diff", "small-code", str(draft), *SMALL)
    assert (status, out) == (2, "")
    assert re.search(r"small-code@2.yaml:\d+:17: provisions\[1\].obligation: unknown-option: ", err)
    for name in ("small-cod", str(draft.parent), "no/such.yaml"):
        status, out, err = run(capsys, "codes", "diff", name, "small-code", *SMALL)
        assert (status, out) == (2, "")
        assert err
    assert "did you mean small-code?" in run(capsys, "codes", "show", "small-cod", *SMALL)[2]


def test_what_a_file_says_of_removed_provisions_is_shown(capsys: pytest.CaptureFixture[str], draft: Path) -> None:
    text = draft.read_text(encoding="utf-8")
    start = text.index("  - id: SC-2")
    text = text[:start] + text[text.index("  - id: SC-3") :]
    removed = "removed: {SC-2: {reason: It was too hard., successor: SC-3}}\nfacts:"
    draft.write_text(text.replace("facts:", removed), encoding="utf-8")
    assert "SC-2: It was too hard. SC-3 takes its place." in run(capsys, "codes", "show", str(draft))[1]
    compared = run(capsys, "codes", "diff", "small-code", str(draft), *SMALL)[1]
    assert "removed (It was too hard; SC-3 takes its place)" in " ".join(compared.split())


def test_a_new_code_lints_but_for_what_is_to_be_filled_in(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    status, out, _ = run(capsys, "codes", "new", "our-code@2026-03", "--out", str(tmp_path))
    file = tmp_path / "codes" / "our-code@2026-03.yaml"
    assert (status, out.splitlines()[0]) == (0, f"written: {file}")
    text = file.read_text(encoding="utf-8")
    problems = audit.lint(tmp_path)
    assert {problem.id for problem in problems} == {"placeholder-left"}
    assert len(problems) == text.count("FILL IN:") > 15
    lines = text.splitlines()
    assert all(lines[each.line - 1][each.column - 1 :].startswith("FILL IN:") for each in problems)
    filled_in = text.replace("FILL IN: ", "")
    file.write_text(filled_in, encoding="utf-8")
    assert audit.lint(tmp_path) == []
    assert "OC-1" in run(capsys, "codes", "show", "our-code", "--rules", str(tmp_path))[1]


@pytest.mark.parametrize("title", ["Ours", 'The "code": one # two', "- Ours", "Größe ✓", "$id \\ ${x}", "yes"])
def test_a_title_stands_in_the_new_code_as_it_was_given(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, title: str
) -> None:
    assert run(capsys, "codes", "new", "our-code", "--out", str(tmp_path), "--title", title)[0] == 0
    (code,) = audit.load_rules(tmp_path).codes
    assert code.title == title


def test_nothing_is_written_over(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    new = ("codes", "new", "our-code", "--out", str(tmp_path))
    run(capsys, *new)
    file = tmp_path / "codes" / "our-code@1.yaml"
    file.write_text("mine", encoding="utf-8")
    status, out, err = run(capsys, *new)
    assert (status, out) == (2, "")
    assert f"{file} is there already" in err
    assert run(capsys, *new, "--questions")[0] == 0, "only the questions are missing"
    (tmp_path / "questions.yaml").write_text("mine", encoding="utf-8")
    for name in ("our-code", "other-code"):
        status, out, err = run(capsys, "codes", "new", name, "--questions", "--out", str(tmp_path))
        assert (status, out) == (2, "")
        assert "questions.yaml is there already" in err
    assert [path.read_text(encoding="utf-8") for path in sorted(tmp_path.rglob("*.yaml"))] == ["mine", "mine"]


@pytest.mark.parametrize("name", ["", "Our-Code", "our code", "../our", "café", "our-code@", "our-code@1/2", "our@a@b"])
def test_a_new_code_has_a_name_that_a_file_can_have(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, name: str
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["codes", "new", name, "--out", str(tmp_path)])
    assert ended.value.code == 2
    assert "is not a code's name: small letters" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_schemas_are_printed_and_written(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    names = run(capsys, "codes", "schema")[1].split()
    assert json.loads(run(capsys, "codes", "schema", names[0])[1])["$schema"]
    run(capsys, "codes", "schema", "--out", str(tmp_path / "new"))
    assert sorted(path.name for path in (tmp_path / "new").iterdir()) == sorted(names)
    assert run(capsys, "codes", "schema", "nothing")[0] == 2


def explainable() -> list[Any]:
    from compliance.audit import load_rules

    rules = load_rules()
    provisions = [p.id for code in rules.codes for p in code.provisions]
    rule_ids = [rule.id for rule in rules.catalogue.consistency]
    return [*PROBLEMS, *FLAG_WORDS, *rule_ids, *rules.catalogue.questions, *provisions]


def test_every_id_is_explained(capsys: pytest.CaptureFixture[str]) -> None:
    for id in explainable():
        status, out, _ = run(capsys, "explain", id)
        assert status == 0
        assert out.startswith(f"{id}\n")
        assert len(out) > len(id) + 20
    status, out, _ = run(capsys, "explain", "SC-2", *SMALL)
    assert status == 0
    assert out.startswith("SC-2\n")


def test_an_unknown_id_names_the_nearest(capsys: pytest.CaptureFixture[str]) -> None:
    status, _, err = run(capsys, "explain", "duplicate-kye")
    assert status == 2
    assert "duplicate-key" in err


@pytest.mark.parametrize("arguments", [(), ("check",), ("check", "--on", "2026-02-30", "x"), ("nonsense",)])
def test_a_wrong_call_says_how_it_is_called(capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == 2
    assert "usage: compliance" in capsys.readouterr().err


# The store


ILLEGAL_CONTENT = "uk-ofcom-illegal-content-u2u"


def test_an_import_says_what_became_of_each_file_and_the_portfolio_shows_it(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    store = ("--store", f"sqlite:///{tmp_path / 'store.sqlite'}")
    bad = tmp_path / "bad.yaml"
    bad.write_text("service: {id: gullhaven}\nperiod: {to: 2026-06-30}\n", encoding="utf-8")
    status, out, err = run(capsys, "import", str(audit.samples()), str(bad), *store)
    lines = out.splitlines()
    assert status == 2
    assert f"refused: {bad} gullhaven" in lines
    assert "missing-key" in err
    assert len(lines) == len(audit.find([str(audit.samples())], also="register.csv")) + 2
    assert lines[-1].startswith(f"{len(lines) - 1} files: {len(lines) - 2} accepted, 0 unchanged, 0 new version, 1 ref")
    status, out, _ = run(capsys, "portfolio", *store)
    assert status == 0
    assert "14 on the register = 12 assessed + 1 refused + 1 nothing received" in out
    status, out, _ = run(capsys, "portfolio", "--cohort", "gaming", "--format", "json", *store)
    found = json.loads(out)
    assert [each["service_id"] for each in found["services"]] == ["mossgate", "gullhaven"]
    assert (found["cohort"], sum(found["counts"].values())) == ("gaming", 2)
    status, out, _ = run(capsys, "portfolio", "--on", "2025-12-31", "--format", "csv", *store)
    assert len(out.splitlines()) == 4
    shown = {
        call: run(capsys, "portfolio", *call, *store)[1]
        for call in ((), ("--code", ILLEGAL_CONTENT), ("--on", "2026-12-01"))
    }
    for out in shown.values():
        assert f"{ILLEGAL_CONTENT}@2025-02-24" in out
        assert "Nobody was assessed" not in out
    assert shown[()] == shown["--code", ILLEGAL_CONTENT]
    assert run(capsys, "import", str(audit.samples()), *store)[0] == 0


def test_an_import_that_did_not_finish_is_said(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'store.sqlite'}"
    store = open_store(url)
    found = audit.find([str(audit.samples())], also="register.csv")
    stopped = filings.import_files(store, found, audit.load_rules(), audit.today())
    next(stopped)
    store.close()
    status, _, err = run(capsys, "portfolio", "--store", url)
    assert status == 0
    assert "is empty" in err
    assert "did not finish" in err


def test_an_empty_store_says_how_to_fill_it(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'empty.sqlite'}"
    status, out, err = run(capsys, "portfolio", "--store", url)
    assert (status, out) == (3, "")
    assert "There is no store" in err
    assert list(tmp_path.iterdir()) == []
    open_store(url).close()
    status, out, err = run(capsys, "portfolio", "--store", url)
    assert (status, out) == (0, "")
    assert "compliance import PATH" in err
    assert json.loads(run(capsys, "portfolio", "--format", "json", "--store", url)[1])["services"] == []
    assert len(run(capsys, "portfolio", "--format", "csv", "--store", url)[1].splitlines()) == 1


def test_a_store_is_one_file_once_a_command_ended(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """Else whoever copies the file for a backup would copy nothing."""
    store = tmp_path / "store.sqlite"
    run(capsys, "import", str(audit.samples()), "--store", f"sqlite:///{store}")
    assert [path.name for path in tmp_path.iterdir()] == [store.name]


def test_what_is_not_read_is_not_called_refused(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    huge = tmp_path / "huge.yaml"
    with huge.open("wb") as stream:
        stream.truncate(MOST_BYTES + 1)
    store = open_store(f"sqlite:///{tmp_path / 'store.sqlite'}")
    status, out, err = run(capsys, "import", str(huge), "missing.yaml", "--store", f"sqlite:///{store.name}")
    assert status == 2
    assert f"not read: {huge}" in out
    assert "2 files: 0 accepted, 0 unchanged, 0 new version, 0 refused, 2 not read" in out
    assert "file-too-large" in err
    assert store.refusals() == []
    store.close()


@pytest.mark.parametrize(
    ("arguments", "status", "words"),
    [
        (("--store", "mysql://host/name"), 3, "sqlite:///"),
        (("--store", ""), 3, "not a URL"),
        (("--store", "sqlite:///a?colour=blue"), 3, "colour"),
        (("--store", "postgresql://u:p@host:port/name"), 3, "cannot be read"),
        (("--code", "no-such-code"), 2, "there is no code"),
        (("--cohort", "nobody"), 2, "there is no cohort"),
    ],
)
def test_what_the_portfolio_cannot_do_is_said(
    capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], status: int, words: str
) -> None:
    found, out, err = run(capsys, "portfolio", *arguments)
    assert (found, out) == (status, "")
    assert words in err
