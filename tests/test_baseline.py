"""Never worse than a recorded result: what is worse, what cannot be compared, and what is said of each."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import generate
import pytest
import small_rules
from hypothesis import given
from hypothesis import strategies as st

from compliance import __version__, audit
from compliance.baseline import Difference, Kind, Result, compare, gone, read
from compliance.cli import main
from compliance.export import json as check_json
from compliance.model import MICRO, Assessment, Outcome, ProvisionResult, Verdict

REPORTS = small_rules.FOLDER / "reports"
GOOD, WEAK, REFUSED = (str(REPORTS / name) for name in ("good.yaml", "weak.json", "refused.yaml"))
RECORD = "Record a result: compliance check --format json FILE... > baseline.json"

Standing = tuple[Outcome, Verdict | None, int, int, int]
Check = Callable[..., tuple[int, str]]


@pytest.fixture
def check(capsys: pytest.CaptureFixture[str]) -> Check:
    """Runs `check` by the small rules: its exit status and what it says on standard error."""

    def run(*arguments: str | Path, rules: Path = small_rules.FOLDER) -> tuple[int, str]:
        status = main(["check", "--rules", str(rules), *map(str, arguments)])
        return status, capsys.readouterr().err

    return run


@pytest.fixture
def record(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Callable[..., Path]:
    """Records what `check` finds for these files."""

    def run(*files: str | Path, rules: Path = small_rules.FOLDER) -> Path:
        main(["check", "--rules", str(rules), "--format", "json", *map(str, files)])
        (tmp_path / "baseline.json").write_text(capsys.readouterr().out, encoding="utf-8")
        return tmp_path / "baseline.json"

    return run


@pytest.fixture
def changed(tmp_path: Path) -> Callable[..., Path]:
    """A copy of the good report with these changes."""

    def write(*replacements: tuple[str, str], name: str = "changed.yaml") -> Path:
        text = Path(GOOD).read_text(encoding="utf-8")
        for old, new in replacements:
            assert text.count(old) == 1, old
            text = text.replace(old, new)
        (tmp_path / name).write_text(text, encoding="utf-8")
        return tmp_path / name

    return write


EARLIER = (
    ('from: "2026-01-01", to: "2026-06-30"', 'from: "2025-12-01", to: "2026-01-31"'),
    ('on: "2026-07-20"', 'on: "2026-02-20"'),
    ('reviewed_on: "2026-03-01"', 'reviewed_on: "2026-02-01"'),
)


# What is worse


def test_what_was_recorded_is_not_worse_than_itself(check: Check, record: Callable[..., Path]) -> None:
    assert check("--baseline", record(GOOD, WEAK), GOOD, WEAK) == (0, "")


def test_every_sample_holds_to_what_is_recorded_of_it(capsys: pytest.CaptureFixture[str]) -> None:
    for file in audit.find_samples():
        assert main(["check", str(file), "--baseline", str(file.with_suffix(".expected.json"))]) == 0
        assert capsys.readouterr().err == ""


@pytest.mark.parametrize(
    ("change", "provision", "said"),
    [
        (
            ("matching: true", "matching: false"),
            "SC-1",
            "what decides it falls short, was met; declared credit 0.573883, was 0.907216; assured credit 0.466666,"
            " was 0.700000; in-use: not met, was met, declared credit 0.000000, was 1.000000, assured credit 0.000000,"
            " was 0.700000.",
        ),
        ((", matching: true", ""), "SC-1", "what decides it undetermined, was met; declared credit 0.573883, "),
        (("checked: 80000", "checked: 79999"), "SC-1", "declared credit 0.907"),
        (("images.checked, images.matching]", "images.checked]"), "SC-1", "assured credit 0.466666, was 0.700000; in-"),
        (("p95_hours: 6.5", "p95_hours: 13"), "SC-2", "not met, was met; declared credit 0.000000, was 1.000000; "),
        (("target_hours: 12, ", ""), "SC-2", "unknown, was met; "),
    ],
)
def test_a_provision_is_worse_by_verdict_outcome_or_either_credit(
    check: Check,
    record: Callable[..., Path],
    changed: Callable[..., Path],
    change: tuple[str, str],
    provision: str,
    said: str,
) -> None:
    baseline, file = record(GOOD), changed(change)
    status, err = check("--baseline", baseline, file)
    assert status == 1
    assert err.startswith(f"{file}: small-code@1: {provision}: worse than recorded: {said}")
    assert len(err.splitlines()) == 1


def test_what_is_better_or_as_good_is_not_spoken_of(
    check: Check, record: Callable[..., Path], changed: Callable[..., Path]
) -> None:
    worse = changed(("matching: true", "matching: false"), ("p95_hours: 6.5", "p95_hours: 13"))
    assert check("--baseline", record(worse), GOOD) == (0, "")


def test_a_blank_that_turns_out_badly_is_worse(
    check: Check, record: Callable[..., Path], changed: Callable[..., Path]
) -> None:
    baseline = record(changed((", matching: true", "")))
    status, err = check("--baseline", baseline, changed(("matching: true", "matching: false")))
    assert status == 1
    assert "what decides it falls short, was undetermined" in err


def test_a_file_that_is_refused_now_leaves_what_was_recorded_of_it_alone(
    check: Check, record: Callable[..., Path], changed: Callable[..., Path]
) -> None:
    status, err = check("--baseline", record(GOOD), changed(("matching: true", "matching: maybe")))
    assert status == 2
    assert "wrong-type" in err
    assert f"{Kind.GONE}: there is a result for pebble" in err


def test_a_result_of_another_version_of_the_engine_is_compared_and_named(
    check: Check, record: Callable[..., Path], changed: Callable[..., Path]
) -> None:
    baseline = record(GOOD)
    text = baseline.read_text(encoding="utf-8")
    assert text.count(f'"engine": "{__version__}"') == 1
    baseline.write_text(text.replace(f'"engine": "{__version__}"', '"engine": "0.0.9"'), encoding="utf-8")
    assert check("--baseline", baseline, GOOD) == (0, "")
    status, err = check("--baseline", baseline, changed(("matching: true", "matching: false")))
    assert status == 1
    assert err.endswith(f"; recorded by version 0.0.9, this is {__version__}.\n")


def test_every_gate_speaks_for_itself(check: Check, record: Callable[..., Path], changed: Callable[..., Path]) -> None:
    """One line for each gate that a file does not reach, whichever others it reaches."""
    baseline, worse = record(GOOD, WEAK), changed(("matching: true", "matching: false"))
    gates = ("--baseline", baseline, "--fail-under", "90", "--fail-unless", "conforms_with_comments")
    status, err = check(*gates, worse, WEAK)
    assert status == 1
    said = [line.partition(": small-code@1: ")[::2] for line in err.splitlines()]
    assert [(file, re.sub(r"[0-9.,]{5,}", "N", words)[:40]) for file, words in said] == [
        (str(worse), "the final score, N is under N"),
        (str(worse), "does_not_conform, where the gate asks for "[:40]),
        (str(worse), "SC-1: worse than recorded: what decides i"[:40]),
        (WEAK, "the final score, N is under N"),
        (WEAK, "does_not_conform, where the gate asks for "[:40]),
    ]
    assert check("--baseline", baseline, "--fail-under", "0", GOOD, WEAK) == (0, "")


# What takes part at one time only


@pytest.mark.parametrize(("file", "status"), [(GOOD, 0), (WEAK, 1)])
def test_leaving_a_provision_behind_is_said_and_mends_no_shortfall(
    check: Check, record: Callable[..., Path], tmp_path: Path, file: str, status: int
) -> None:
    without = tmp_path / Path(file).name
    text = Path(file).read_text(encoding="utf-8")
    without.write_text(text.replace('shares_images": true', 'shares_images": false').replace("es: true", "es: false"))
    assert without.read_text() != text
    said, err = check("--baseline", record(file), without)
    assert said == status
    assert f"SC-1: {Kind.TAKES_NO_PART}: not applicable (does not apply: users can share images: no); was " in err
    said, err = check("--baseline", record(without), file)
    assert said == status
    assert f"SC-1: {Kind.TAKES_PART}: " in err


def test_no_cases_are_said_and_fail_nothing_that_was_met(
    check: Check, record: Callable[..., Path], changed: Callable[..., Path]
) -> None:
    file = changed(("items: 12, p95_hours: 6.5, ", "items: 0, "))
    assert check("--baseline", record(GOOD), file) == (
        0,
        f"{file}: small-code@1: SC-2: {Kind.TAKES_NO_PART}: no cases; was met.\n",
    )


# What it is held to


def test_a_new_period_is_held_to_the_latest_before_it(
    check: Check, record: Callable[..., Path], changed: Callable[..., Path]
) -> None:
    worse = ("matching: true", "matching: false")
    before, bad_before = changed(*EARLIER, name="before.yaml"), changed(*EARLIER, worse, name="bad.yaml")
    assert check("--baseline", record(before), GOOD) == (0, "")
    assert "worse than recorded" in check("--baseline", record(before), changed(worse))[1]
    assert check("--baseline", record(bad_before), changed(worse)) == (0, "")
    assert check("--baseline", record(before, changed(worse)), before, changed(worse)) == (0, "")
    status, err = check("--baseline", record(GOOD), before)
    assert status == 1
    assert f"{Kind.NEW}: there is no result for pebble, 2025-12-01 to 2026-01-31, nor for a period before it." in err
    assert f"{Kind.GONE}: there is a result for pebble, 2026-01-01 to 2026-06-30, and nothing now" in err


@pytest.mark.parametrize("edit", [('version: "1"', 'version: "2"'), ("Practically every", "Nearly every")])
def test_another_version_or_digest_cannot_be_compared(
    check: Check, record: Callable[..., Path], tmp_path: Path, edit: tuple[str, str]
) -> None:
    baseline, rules = record(GOOD), tmp_path / "rules"
    shutil.copytree(small_rules.FOLDER, rules, ignore=shutil.ignore_patterns("reports"))
    code = rules / "codes" / "small-code@1.yaml"
    text = code.read_text(encoding="utf-8")
    assert text.count(edit[0]) == 1
    code.write_text(text.replace(*edit), encoding="utf-8")
    status, err = check("--baseline", baseline, GOOD, rules=rules)
    assert status == 1
    by = "by small-code@1." if "version" in edit[0] else "by the same version with another digest."
    assert f"{Kind.OTHER_CODE}: pebble, 2026-01-01 to 2026-06-30 was recorded {by}" in err
    assert len(err.splitlines()) == 1


def test_what_is_new_and_what_is_gone_fail_until_recorded(
    check: Check, record: Callable[..., Path], changed: Callable[..., Path]
) -> None:
    baseline = record(GOOD, REFUSED)
    status, err = check("--baseline", baseline, GOOD, WEAK)
    assert (status, err.count("\n")) == (1, 1)
    assert err.startswith(f"{WEAK}: small-code@1: {Kind.NEW}: there is no result for weir, ")
    status, err = check("--baseline", baseline, changed(("id: pebble", "id: cobble")))
    assert status == 1
    assert [kind in err for kind in (Kind.NEW, Kind.GONE)] == [True, True]
    assert check("--baseline", record(REFUSED), GOOD)[0] == 1
    assert check("--baseline", record(GOOD, WEAK), GOOD)[0] == 1


def test_a_file_without_any_code_fails_too(
    check: Check, record: Callable[..., Path], changed: Callable[..., Path]
) -> None:
    status, err = check("--baseline", record(GOOD), changed(("users: 2400000", "users: 0")))
    assert status == 1
    assert "no code in force" in err
    assert Kind.GONE in err


def test_a_baseline_in_the_folder_is_no_self_assessment(
    check: Check, record: Callable[..., Path], tmp_path: Path
) -> None:
    shutil.copy(GOOD, tmp_path)
    assert check("--baseline", record(GOOD), tmp_path) == (0, "")
    assert check(tmp_path)[0] == 2


# A file that is no baseline


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "it is not JSON"),
        ("{", "it is not JSON"),
        ("[NaN]", "it is not JSON"),
        ("[" * 100_000, "it is not JSON"),
        ("{}", "it is not a list"),
        ("[1]", "there is neither a result nor a refused file"),
        ('[{"file": "a", "problems": []}]', "there is neither a result nor a refused file"),
        ('[{"code": {"id": "a"}}]', "there is neither a result nor a refused file"),
    ],
)
def test_what_is_no_recorded_result_is_refused(check: Check, tmp_path: Path, text: str, said: str) -> None:
    file = tmp_path / "b.json"
    file.write_text(text)
    status, err = check("--baseline", file, GOOD)
    assert status == 2
    assert f"not-a-result: This is not what `check --format json` prints: {said}. {RECORD}" in err
    assert err.startswith(str(file))


def test_a_number_that_is_none_is_refused(check: Check, record: Callable[..., Path]) -> None:
    baseline = record(GOOD)
    entries = json.loads(baseline.read_text(encoding="utf-8"))
    for low in (2, -1, "1", None, 1e400):
        entries[0]["provisions"][0]["low"] = low
        baseline.write_text(json.dumps(entries), encoding="utf-8")
        assert check("--baseline", baseline, GOOD)[0] == 2


def test_a_baseline_that_is_not_there_or_too_large_is_refused(check: Check, tmp_path: Path) -> None:
    assert "file-unreadable" in check("--baseline", tmp_path / "none.json", GOOD)[1]
    assert check("--baseline", tmp_path, GOOD)[0] == 2
    with (tmp_path / "large.json").open("wb") as stream:
        stream.truncate(20_000_000)
    status, err = check("--baseline", tmp_path / "large.json", GOOD)
    assert (status, "file-too-large" in err) == (2, True)


@given(st.binary(max_size=40))
def test_whatever_the_bytes_there_are_results_or_problems(data: bytes) -> None:
    results, problems = read(data, "b.json")
    assert [problem.id for problem in problems] == (["not-a-result"] if results is None else [])


@generate.fewer(4)
@given(st.data())
def test_whatever_is_put_in_place_of_a_value_there_are_results_or_problems(data: st.DataObject) -> None:
    entries = json.loads(check_json.render([assessment()]))
    into, key = data.draw(st.sampled_from(list(_places(entries))))
    into[key] = data.draw(st.sampled_from([None, True, -1, 0.5, 1e300, 10**30, "", "met", "2026-02-30", [], {}, [{}]]))
    results, problems = read(json.dumps(entries).encode(), "b.json")
    assert (results is None) == bool(problems)
    if results:
        compare(results, assessment())


def _places(value: Any) -> Iterator[tuple[Any, Any]]:
    for key, inside in (
        value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    ):
        yield value, key
        yield from _places(inside)


# Properties of what is worse


@cache
def assessment() -> Assessment:
    rules = audit.load_rules(small_rules.FOLDER)
    report = audit.read_report(Path(GOOD), rules, audit.today())
    (found,) = audit.assess_report(report, rules.codes, None)
    return found


def credits() -> st.SearchStrategy[int]:
    return st.sampled_from([0, 1, MICRO // 2, MICRO - 1, MICRO])


def results() -> st.SearchStrategy[tuple[ProvisionResult, ...]]:
    """The provisions of one assessment with any standing, whether or not the engine could find it."""
    tested = st.sampled_from([Outcome.MET, Outcome.PARTLY_MET, Outcome.UNKNOWN, Outcome.NOT_MET, Outcome.ALTERNATIVE])
    verdicts = st.sampled_from([None, *Verdict])
    part = st.tuples(tested, verdicts, credits(), credits(), st.just(1))
    none = st.sampled_from([Outcome.NOT_APPLICABLE, Outcome.NO_CASES])
    any_way = part | none.map(lambda outcome: (outcome, None, 0, 0, 0))
    return st.tuples(*[any_way for _ in assessment().provisions]).map(
        lambda standings: tuple(_standing(*each) for each in zip(assessment().provisions, standings, strict=True))
    )


def _standing(old: ProvisionResult, standing: Standing) -> ProvisionResult:
    outcome, verdict, low, assured, weight = standing
    return replace(old, outcome=outcome, conclusion=verdict, low=low, assured=assured, weight=weight, findings=())


def differences(then: tuple[ProvisionResult, ...], now: tuple[ProvisionResult, ...]) -> list[Difference]:
    recorded = results_of(then)
    found, held_to = compare(recorded, replace(assessment(), provisions=now))
    assert (held_to, gone(recorded, held_to)) == ({0}, [])
    return found


def results_of(provisions: tuple[ProvisionResult, ...]) -> list[Result]:
    recorded, problems = read(check_json.render([replace(assessment(), provisions=provisions)]).encode(), "b.json")
    assert recorded is not None
    assert problems == []
    return recorded


@given(results())
def test_nothing_is_different_from_itself(provisions: tuple[ProvisionResult, ...]) -> None:
    assert differences(provisions, provisions) == []


@generate.fewer(4)
@given(results(), results(), results())
def test_what_is_not_worse_step_by_step_is_not_worse_at_all(
    first: tuple[ProvisionResult, ...], second: tuple[ProvisionResult, ...], third: tuple[ProvisionResult, ...]
) -> None:
    """Of provisions that take part all along, so that nobody can slip down in steps that each pass."""
    worse = [{d.provision for d in differences(*pair)} for pair in ((first, second), (second, third), (first, third))]
    part = {a.provision.id for a, b, c in zip(first, second, third, strict=True) if a.weight and b.weight and c.weight}
    assert worse[2] & part <= worse[0] | worse[1]


@generate.fewer(4)
@given(results(), results())
def test_a_shortfall_never_comes_in_or_goes_away_unsaid(
    then: tuple[ProvisionResult, ...], now: tuple[ProvisionResult, ...]
) -> None:
    failing = {d.provision for d in differences(then, now) if d.fails}
    for old, new in zip(then, now, strict=True):
        short = (Verdict.FALLS_SHORT, Verdict.UNDETERMINED)
        if new.conclusion in short and old.conclusion not in short:
            assert new.provision.id in failing
        if old.conclusion in short and not new.weight:
            assert new.provision.id in failing
