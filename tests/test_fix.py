"""`fix`, through `main(argv)`: what to change first, as text and as JSON, and what its exit status says."""

from __future__ import annotations

import io
import json
import re
import sys
from pathlib import Path
from typing import Any

import pytest
import small_rules

from compliance import audit
from compliance.advice import EFFORT_STEPS
from compliance.cli import main
from compliance.document import MOST_BYTES
from compliance.model import Conclusion
from compliance.scoring import display

REPORTS = small_rules.FOLDER / "reports"
GOOD, WEAK, REFUSED = (str(REPORTS / name) for name in ("good.yaml", "weak.json", "refused.yaml"))
SMALL = ("--rules", str(small_rules.FOLDER))
NAME = "small-code@1"
HARBOURLINE = str(audit.samples() / "harbourline" / "2026-06-30.yaml")


def fix(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    status = main(["fix", *arguments])
    out, err = capsys.readouterr()
    return status, out, err


def as_json(capsys: pytest.CaptureFixture[str], *arguments: str) -> Any:
    return json.loads(fix(capsys, "--format", "json", *arguments)[1])


def flat(text: str) -> str:
    return " ".join(text.split())


def test_the_text_says_where_it_stands_then_each_fix_with_its_effect(capsys: pytest.CaptureFixture[str]) -> None:
    status, out, err = fix(capsys, *SMALL, WEAK)
    assert (status, err) == (0, "")
    order = [
        "Weir, 2026-01-01 to 2026-06-30",
        "× Departs from the code",
        "3 fixes",
        "SC-3 The code is reviewed: yearly",
        "last review: 2024-03-01 → 2025-06-30 or later",
        "SC-1 Images are checked: in-use",
        "Put hash matching in front of every upload.",
        "hash matching in use: no → yes",
        "images checked: 0 → at least 1, so that the answers agree",
        "Effort: months. Alone: stays × departs; final",
        "From The book of tests, 2",
        "Evidence that would count: data, or an audit, that names images.matching",
        "SC-1 Images are checked: coverage",
        "Only a benchmark or an own target gains, so the conclusion cannot change.",
    ]
    places = [flat(out).index(words) for words in order]
    assert places == sorted(places)


def test_the_text_fits_the_terminal_and_needs_no_colour(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "70")
    _, out, _ = fix(capsys, HARBOURLINE, "--reach", "conforms")
    longest_word = max(len(word) for word in out.split())
    assert max(len(line) for line in out.splitlines() if line.strip("─")) <= max(70, longest_word + 10)
    assert "\x1b" not in out


def test_reach_names_the_least_effort_and_where_it_leads(capsys: pytest.CaptureFixture[str]) -> None:
    status, out, _ = fix(capsys, *SMALL, WEAK, "--reach", "conforms")
    assert status == 0
    steps = EFFORT_STEPS["months"] + EFFORT_STEPS["days"]
    assert f"Least effort for “follows the code”: 2 fixes, effort {steps}" in flat(out)
    assert "no set does it with less" in flat(out)
    assert re.search(r"Together: ✓ follows, final [0-9.]+", flat(out))


def test_a_score_may_be_reached_as_well(capsys: pytest.CaptureFixture[str]) -> None:
    found = as_json(capsys, *SMALL, WEAK, "--reach", "100")
    (code,) = found["codes"]
    assert code["reach"]["target"] == 100
    assert code["reach"]["is_reached"]
    assert sorted(code["reach"]["fixes"]) == sorted(code["fixes"])
    assert code["reach"]["together"]["final"] == 100


def test_of_many_fixes_a_set_is_named_that_is_enough_and_what_all_lead_to(capsys: pytest.CaptureFixture[str]) -> None:
    file = str(audit.samples() / "ravelmere" / "2026-06-30.yaml")
    status, out, _ = fix(capsys, file, "--code", "uk-ofcom-illegal-content-u2u", "--reach", "80")
    assert status == 0
    assert "Enough for a final score of 80:" in flat(out)
    assert "another set may do with less; at best, fixes lead to final" in flat(out)
    assert "No answer could be worked out for:" in out
    assert "These answers contradict each other. Correct whichever is wrong; reckoned with:" in flat(out)


def test_what_cannot_be_reached_is_below_the_gate_and_says_why(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    tree = json.loads(Path(WEAK).read_text(encoding="utf-8"))
    tree["answers"]["risk"] = {}
    file = tmp_path / "open.json"
    file.write_text(json.dumps(tree), encoding="utf-8")
    status, out, _ = fix(capsys, *SMALL, str(file), "--reach", "conforms")
    assert status == 1
    assert "No set of fixes is enough for “follows the code”" in flat(out)
    assert "cannot be settled yet: SC-1 Images are checked." in flat(out)
    assert "image risk (risk.images), not answered, keeps 1 provision open" in flat(out)
    assert "2 more count only once it is settled whether they apply: SC-1/in-use, SC-1/coverage." in flat(out)
    assert not as_json(capsys, *SMALL, str(file), "--reach", "conforms")["codes"][0]["reach"]["is_reached"]


def test_nothing_is_needed_where_the_target_is_reached(capsys: pytest.CaptureFixture[str]) -> None:
    status, out, _ = fix(capsys, *SMALL, GOOD, "--reach", "conforms")
    assert status == 0
    assert "Nothing is needed for “follows the code”." in flat(out)


@pytest.mark.parametrize("target", ["does_not_conform", "101", "-1", "best", ""])
def test_a_target_is_a_better_conclusion_or_a_score(capsys: pytest.CaptureFixture[str], target: str) -> None:
    with pytest.raises(SystemExit) as stopped:
        main(["fix", WEAK, "--reach", target])
    assert stopped.value.code == 2
    assert "is neither" in capsys.readouterr().err


def test_the_json_holds_every_fix_once_with_its_effect_by_each_code(capsys: pytest.CaptureFixture[str]) -> None:
    found = as_json(capsys, HARBOURLINE)
    names = [f"{each['code']['id']}@{each['code']['version']}" for each in found["codes"]]
    ids = [each["id"] for each in found["fixes"]]
    assert len({*ids}) == len(ids)
    assert {id for code in found["codes"] for id in code["fixes"]} == {*ids}
    for each in found["fixes"]:
        assert [*each["effects"]] == names
        assert {*each["change"]["answers"], *each["change"]["provisions"]} == {step["id"] for step in each["steps"]}
    assert found["effort_steps"] == {"days": 1, "weeks": 5, "months": 20}
    serving = [{clause["code"] for clause in each["requirements"] + each["also_meets"]} for each in found["fixes"]]
    assert any(len(codes) > 1 for codes in serving), "one answer serves several codes"


def test_the_json_carries_six_places(capsys: pytest.CaptureFixture[str]) -> None:
    _, out, _ = fix(capsys, *SMALL, WEAK, "--format", "json")
    assert re.search(r'"final": \d+\.\d{6},', out)


def test_text_and_json_say_the_same(capsys: pytest.CaptureFixture[str]) -> None:
    _, out, _ = fix(capsys, *SMALL, WEAK)
    found = as_json(capsys, *SMALL, WEAK)
    for each in found["fixes"]:
        for step in each["steps"]:
            assert f"{step['label']}: {step['now']} → {step['needed']}" in flat(out)
        declared = display(round(each["effects"][NAME]["declared"] * 1_000_000))
        assert f"→ {declared}" in flat(out)


def test_several_codes_show_the_most_useful_of_each(capsys: pytest.CaptureFixture[str]) -> None:
    _, every, _ = fix(capsys, HARBOURLINE)
    assert "compliance fix --code uk-iicsa-2020@1 FILE" in every
    _, one, _ = fix(capsys, HARBOURLINE, "--code", "uk-iicsa-2020")
    found = as_json(capsys, HARBOURLINE, "--code", "uk-iicsa-2020")
    assert len(re.findall(r"^ +[0-9]+  [A-Z]", one, re.MULTILINE)) == len(found["fixes"])


def test_another_day_may_have_another_code(capsys: pytest.CaptureFixture[str]) -> None:
    found = as_json(capsys, HARBOURLINE, "--code", "uk-ofcom-illegal-content-u2u", "--on", "2026-10-01")
    assert (found["codes"][0]["code"]["version"], found["on"]) == ("2026-09-30", "2026-10-01")


def test_a_refused_file_is_refused_with_its_problems(capsys: pytest.CaptureFixture[str]) -> None:
    status, out, err = fix(capsys, *SMALL, REFUSED)
    assert (status, out) == (2, "")
    assert "wrong-type" in err
    assert as_json(capsys, *SMALL, REFUSED)["problems"]


def test_a_file_that_is_not_there_is_refused(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    status, _, err = fix(capsys, str(tmp_path / "none.yaml"))
    assert status == 2
    assert "file-unreadable" in err


def test_a_code_that_does_not_exist_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    status, _, err = fix(capsys, WEAK, "--code", "uk-ofcom")
    assert status == 2
    assert "there is no code 'uk-ofcom'" in err


def test_where_no_code_applies_there_is_nothing_to_fix(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    tree = json.loads(Path(WEAK).read_text(encoding="utf-8"))
    tree["answers"]["service"]["users"] = 0
    file = tmp_path / "nobody.json"
    file.write_text(json.dumps(tree), encoding="utf-8")
    status, out, err = fix(capsys, *SMALL, str(file))
    assert (status, out) == (0, "")
    assert "no code in force on the day is addressed to this service" in err
    assert fix(capsys, *SMALL, str(file), "--reach", "conforms")[0] == 1
    assert as_json(capsys, *SMALL, str(file))["fixes"] == []


def test_standard_input_is_read(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(Path(GOOD).read_bytes())))
    status, out, _ = fix(capsys, *SMALL, "-")
    assert status == 0
    assert "from -" in out
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b" " * (MOST_BYTES + 1))))
    assert fix(capsys, *SMALL, "-")[0] == 2


@pytest.mark.parametrize("path", audit.find_samples(), ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_every_sample_is_advised_in_words(capsys: pytest.CaptureFixture[str], path: Path) -> None:
    _, every, err = fix(capsys, str(path))
    code = re.findall(r"\(([a-z0-9-]+@[0-9-]+)\)$", every, re.MULTILINE)[-1]
    status, one, more = fix(capsys, str(path), "--code", code, "--reach", Conclusion.CONFORMS)
    assert status in (0, 1)
    assert err == more == ""
    assert "None" not in every + one
    assert "{" not in every + one
