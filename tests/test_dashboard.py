"""The Service page, run without a browser: every sample opens, and what it shows is what the assessment holds."""

from __future__ import annotations

import re
import string
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from streamlit.testing.v1 import AppTest

from compliance import audit
from compliance.audit import Report, Rules
from compliance.dashboard.parts import text
from compliance.ledger import ledger, waterfall, worst_first
from compliance.model import Assessment, Code, Outcome, Submission
from compliance.problems import render
from compliance.scoring import display, tenths
from compliance.vocabulary import conclusion_words, outcome_words

ROOT = Path(__file__).resolve().parents[1]
SAMPLES = sorted(path.relative_to(ROOT) for path in audit.report_paths([ROOT / "sample_reports"]))
TABS = ("provisions", "not-applicable", "flags", "evidence")

Open = Callable[..., AppTest]

each_sample = pytest.mark.parametrize("path", SAMPLES, ids=[path.as_posix() for path in SAMPLES])


@pytest.fixture
def open_page(monkeypatch: pytest.MonkeyPatch) -> Open:
    """Opens the page on a path, at an address with these parameters."""

    def run(path: Path | None = None, **parameters: str) -> AppTest:
        monkeypatch.chdir(ROOT)
        monkeypatch.setattr(sys, "argv", ["app.py", *([str(path)] if path else [])])
        page = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60)
        page.query_params.update(parameters)
        page.run()
        assert not page.exception
        return page

    return run


@pytest.fixture(scope="session")
def rules() -> Rules:
    return audit.load_rules()


def filed(path: Path, rules: Rules) -> tuple[Report, Submission]:
    report = audit.read_report(ROOT / path, rules, audit.today())
    assert report.submission is not None
    return report, report.submission


def assessments(path: Path, rules: Rules) -> Iterator[tuple[Submission, Code, Assessment]]:
    """The sample at `path` by every code that fits it."""
    report, submission = filed(path, rules)
    for code in rules.fitting(submission, None):
        yield submission, code, next(audit.assess_report(report, [code], None))


def shown(page: AppTest) -> str:
    """All Markdown of the page, its escapes undone."""
    return plain("\n".join(element.value for element in page.markdown))


def plain(markdown: str) -> str:
    """What escaped text says."""
    whole = re.sub(r":color\[(\\.)\]", r"\1", markdown)
    return re.sub(r"\\(.)", r"\1", whole)


def test_the_page_opens_on_the_samples(open_page: Open, rules: Rules) -> None:
    page = open_page()
    names = {filed(path, rules)[1].service.name for path in SAMPLES}
    assert set(page.selectbox(key="service").options) == names
    assert len(page.title) == 1


@each_sample
def test_a_sample_shows_its_assessment(path: Path, open_page: Open, rules: Rules) -> None:
    for submission, code, found in assessments(path, rules):
        page = open_page(service=submission.service.id, period=submission.period_to.isoformat(), code=code.name)
        assert plain(page.title[0].value) == submission.service.name
        assert conclusion_words(code, found.conclusion) in plain(page.header[0].value).casefold()
        assert found.conclusion_why in plain(page.header[0].value)
        assert_figures(page, found)
        assert_counts(page, found)


def assert_figures(page: AppTest, found: Assessment) -> None:
    if found.figures is None:
        assert "No score: nothing takes part" in shown(page)
        return
    assert f"Final **{display(found.figures.final)}**" in shown(page)
    table = next(t.value for t in page.table if "Figure" in t.value.columns)
    figures = dict(zip(table["Figure"], table["Points"].str.strip(), strict=True))
    assert figures["Declared"] == display(found.figures.declared)
    assert figures["Assured"] == display(found.figures.assured)
    assert figures["Ceiling"] == display(found.figures.ceiling)
    losses, outside = ledger(found).provisions, (Outcome.NOT_APPLICABLE, Outcome.TOO_EARLY)
    inside = [r.provision.id for r in worst_first(found) if r.outcome not in outside]
    assert [*page.dataframe[0].value["Id"]] == inside
    assert [*page.dataframe[0].value["Points"]] == [float(tenths(losses[id])) for id in inside]


def assert_counts(page: AppTest, found: Assessment) -> None:
    counts = found.counts
    apart = sum(counts[name] for name in ("not_applicable", "too_early", "not_scored"))
    assert counts["applicable"] + apart == counts["encoded"]
    assert f"encoded as **{counts['encoded']}** provisions = **{counts['applicable']}** apply" in shown(page)
    inside = [o for o in Outcome if o not in (Outcome.NOT_APPLICABLE, Outcome.TOO_EARLY) and counts[o]]
    assert sum(counts[outcome] for outcome in inside) == counts["applicable"]
    for outcome in inside:
        assert f"**{counts[outcome]}**\N{NO-BREAK SPACE}{outcome_words(outcome)}" in shown(page)


@pytest.mark.parametrize("tab", TABS)
def test_every_tab_of_every_service_opens(tab: str, open_page: Open, rules: Rules) -> None:
    for service in sorted({path.parent.name for path in SAMPLES}):
        page = open_page(service=service, tab=tab)
        assert page.session_state["tab"] == tab


def test_charts_and_tables_have_names(open_page: Open) -> None:
    page = open_page(service="harbourline")
    drawn = [*page.get("plotly_chart"), *page.dataframe, *page.get("arrow_table"), *page.get("table")]
    assert len(page.get("plotly_chart")) == 2
    assert all(element.proto.alt for element in drawn)


def test_the_waterfall_goes_from_100_to_the_final_score(rules: Rules) -> None:
    for path in SAMPLES:
        for _, _, found in assessments(path, rules):
            steps = waterfall(found)
            if found.figures is None:
                assert steps == []
                continue
            left = 1000
            for step in steps:
                left -= step.lost
                assert step.left == left
                assert step.found_short + step.still_open == step.lost
            assert tenths(left) == display(found.figures.final)


def test_the_provision_that_the_conclusion_names_is_open(open_page: Open) -> None:
    page = open_page(service="boxferry")
    assert opened(page).startswith("IICSA-")
    assert plain(page.header[0].value).endswith(opened(page))


def test_every_provision_opens_with_its_answers_in_the_file(open_page: Open, rules: Rules) -> None:
    submission, _, found = next(assessments(Path("sample_reports/markup/2026-06-30.yaml"), rules))
    lines = (ROOT / "sample_reports/markup/2026-06-30.yaml").read_text(encoding="utf-8").splitlines()
    for result in found.provisions:
        tab = "not-applicable" if result.outcome in (Outcome.NOT_APPLICABLE, Outcome.TOO_EARLY) else "provisions"
        page = open_page(service="markup", provision=result.provision.id, tab=tab)
        assert opened(page) == f"{result.provision.id} {result.provision.title}"
        for finding, block in zip(result.findings, page.code, strict=True):
            for id, (place, answer) in zip(finding.requirement.test.reads, pairs(block.value), strict=False):
                assert answer.startswith(f"{id}: ")
                if id in submission.answers:
                    assert id.rpartition(".")[2] in lines[int(place.split(":")[1]) - 1]


def test_a_refused_file_is_listed_with_its_problems(open_page: Open, rules: Rules, tmp_path: Path) -> None:
    broken = tmp_path / "broken.yaml"
    broken.write_text("format: self-assessment/1\nanswers: {nothing: NO}\n", encoding="utf-8")
    (tmp_path / "good.yaml").write_bytes((ROOT / "sample_reports/markup/2026-06-30.yaml").read_bytes())
    page = open_page(tmp_path, service="-refused")
    assert "1 of 2 files has problems" in page.header[0].value
    problems = audit.report_of(broken.read_bytes(), "broken.yaml", rules, audit.today()).problems
    assert len(problems) > 1
    assert page.code[0].value == "\n".join(render(problem) for problem in problems)


def test_a_file_that_cannot_be_read_is_refused(open_page: Open, tmp_path: Path) -> None:
    page = open_page(tmp_path / "missing.yaml")
    assert "1 of 1 file has problems" in page.header[0].value
    assert "missing.yaml: file-unreadable" in page.code[0].value


def test_an_empty_folder_says_what_to_do(open_page: Open, tmp_path: Path) -> None:
    page = open_page(tmp_path)
    assert page.title[0].value == "No self-assessments here"
    assert "compliance dashboard" in page.code[0].value


def test_a_null_result_says_why_provision_by_provision(open_page: Open) -> None:
    page = open_page(service="oldquay")
    assert "Nothing to conclude" in page.header[0].value
    assert not page.get("plotly_chart")
    assert page.session_state["tab"] == "not-applicable"
    assert any("too early" in outcomes[0] for outcomes in page.dataframe[0].value["Outcome"])


def test_a_service_that_no_code_fits_has_a_clear_state(open_page: Open, tmp_path: Path) -> None:
    early = (ROOT / "sample_reports/oldquay/2020-03-31.yaml").read_text(encoding="utf-8")
    assert '"2020-03-31"' in early
    (tmp_path / "early.yaml").write_text(early.replace('"2020-03-31"', '"2020-03-01"'), encoding="utf-8")
    page = open_page(tmp_path)
    assert "No code applies" in page.header[0].value


def test_the_address_restores_the_view(open_page: Open) -> None:
    asked = {"service": "harbourline", "period": "2025-12-31", "provision": "IICSA-R2.2", "tab": "provisions"}
    page = open_page(**asked)
    assert page.selectbox(key="service").value == "harbourline"
    assert page.selectbox(key="period").value == "2025-12-31"
    assert opened(page).startswith("IICSA-R2.2 ")


def test_what_is_chosen_is_in_the_address(open_page: Open) -> None:
    page = open_page(service="harbourline", provision="IICSA-R2.2")
    page.selectbox(key="period").set_value("2025-06-30").run()
    page.button_group(key="tab").set_value("evidence").run()
    assert not page.exception
    expected = {"service": "harbourline", "period": "2025-06-30", "provision": "IICSA-R2.2", "tab": "evidence"}
    assert page.query_params == expected


@pytest.mark.parametrize("name", ["service", "period", "code", "provision", "tab"])
def test_a_name_that_nothing_has_is_reported_and_the_first_is_shown(name: str, open_page: Open) -> None:
    asked = "[x](http://nowhere.example) <b>"
    page = open_page(**{name: asked})
    assert f'There is no {name} "{asked}" here' in shown(page)
    assert page.session_state["service"] == "boxferry"
    assert opened(page).startswith("IICSA-")


@given(st.text(st.characters(exclude_categories=["Cs"])) | st.text(":[]\\color-<>=~@.wW/\n"))
def test_text_says_the_same_and_leaves_no_special_character_bare(value: str) -> None:
    line = " ".join(value.split())
    assert text(value, "code") == line
    assert plain(text(value)) == line
    without_escapes = re.sub(r":color\[\\.\]|\\.", "", text(value))
    assert not set(without_escapes) & set(string.punctuation)


@pytest.mark.parametrize("value", ["=1+1", "+1", "-1", "@a", " \t=1+1"])
def test_a_cell_is_no_formula(value: str) -> None:
    assert text(value, "cell") == f"'{value.strip()}"


def opened(page: AppTest) -> str:
    """The title of the panel."""
    return plain(page.subheader[-1].value)


def pairs(block: str) -> Iterator[tuple[str, str]]:
    """The places and the answers of a block of code."""
    lines = block.splitlines()
    yield from zip(lines[::2], lines[1::2], strict=True)
