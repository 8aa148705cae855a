"""The Service page, run without a browser: every sample opens, and what it shows is what the assessment holds."""

from __future__ import annotations

import dataclasses
import os
import re
import shutil
import string
import sys
import tomllib
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.parse import unquote

import pandas as pd
import plotly.graph_objects as go
import pytest
import stores
import streamlit
from hypothesis import given
from hypothesis import strategies as st
from streamlit.testing.v1 import AppTest

from compliance import audit
from compliance.audit import Rules
from compliance.dashboard import cells as cells_of
from compliance.dashboard import charts, parts
from compliance.dashboard.parts import Column, link, text
from compliance.export.glossary import clock_words
from compliance.export.text import counts_words
from compliance.ledger import Step, evidence_for, ledger, waterfall, worst_first
from compliance.model import (
    MICRO,
    Assessment,
    CapApplied,
    Code,
    ContextLine,
    Figures,
    Finding,
    Grade,
    Outcome,
    Received,
    Standing,
    Submission,
)
from compliance.problems import problem, render
from compliance.scoring import display, tenths
from compliance.vocabulary import (
    conclusion_words,
    context_words,
    final_words,
    grade_words,
    outcome_words,
    support_words,
)

ROOT = Path(__file__).resolve().parents[1]
SAMPLES = sorted(
    path.relative_to(ROOT) for path in audit.find([str(ROOT / "sample_reports")]) if isinstance(path, Path)
)
TABS = ("provisions", "not-applicable", "flags", "evidence")
OUTSIDE = (Outcome.NOT_APPLICABLE, Outcome.TOO_EARLY)

Open = Callable[..., AppTest]

each_sample = pytest.mark.parametrize("path", SAMPLES, ids=[path.as_posix() for path in SAMPLES])


@pytest.fixture
def open_page(monkeypatch: pytest.MonkeyPatch) -> Open:
    """Opens the Service page on paths (none: the samples), at an address with these parameters."""

    def run(*paths: Path, **parameters: str) -> AppTest:
        monkeypatch.chdir(ROOT)
        monkeypatch.setattr(sys, "argv", ["app.py", *map(str, paths or [audit.samples()])])
        page = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60)
        page.query_params.update(parameters)
        page.run()
        assert not page.exception
        return page

    return run


@pytest.fixture(scope="session")
def rules() -> Rules:
    return audit.load_rules()


def filed(path: Path, rules: Rules) -> tuple[Received, Submission]:
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


def unformatted(page: AppTest) -> str:
    """All Markdown of the page without what makes it bold, italic and coloured."""
    return re.sub(r":(\w+)\[([^]]*)\]", r"\2", shown(page)).replace("*", "").replace("\N{NO-BREAK SPACE}", " ")


def cells(page: AppTest, name: str) -> dict[str, str]:
    """The names and the values in the table with this accessible name, without their formatting."""
    table = next(table for table in page.table if table.proto.alt == name)
    names = (name.removeprefix(":gray[").removesuffix("]") for name in table.value["name"])
    return dict(zip(names, (plain(value.replace("**", "")) for value in table.value["value"]), strict=True))


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
    assert f"Final {display(found.figures.final)}: {final_words(found)}." in unformatted(page)
    table = next(t.value for t in page.table if "Figure" in t.value.columns)
    figures = dict(zip(table["Figure"], table["Points"].str.strip(), strict=True))
    assert figures["Declared"] == display(found.figures.declared)
    assert figures["Assured"] == display(found.figures.assured)
    assert figures["Ceiling"] == display(found.figures.ceiling)
    losses = ledger(found).provisions
    inside = [r.provision.id for r in worst_first(found) if r.outcome not in OUTSIDE]
    assert [*page.dataframe[0].value["Id"]] == inside
    assert [*page.dataframe[0].value["Points"]] == [float(tenths(losses[id])) for id in inside]


def assert_counts(page: AppTest, found: Assessment) -> None:
    counts = found.counts
    apart = sum(counts[name] for name in ("not_applicable", "too_early", "not_scored"))
    assert counts["applicable"] + apart == counts["encoded"]
    assert f"encoded as **{counts['encoded']}** provisions = **{counts['applicable']}** apply" in shown(page)
    inside = [o for o in Outcome if o not in OUTSIDE and counts[o]]
    assert sum(counts[outcome] for outcome in inside) == counts["applicable"]
    for outcome in inside:
        assert f"**{counts[outcome]}**\N{NO-BREAK SPACE}{outcome_words(outcome)}" in shown(page)
    for words in counts_words(found):
        assert words in unformatted(page)
    assert_tabs(page, found)


def assert_tabs(page: AppTest, found: Assessment) -> None:
    """What the views say they hold is what they hold, and adds up with the counts above them."""
    counts = found.counts
    views = page.button_group(key="tab").options
    provisions, outside = ([int(n) for n in re.findall(r"\d+", view)] for view in views[:2])
    assert provisions[0] == counts["applicable"]
    assert outside[0] == counts["not_applicable"]
    assert f"{counts['too_early']} too early" in views[1] or not counts["too_early"]
    assert sum(provisions) == sum(r.outcome not in OUTSIDE for r in found.provisions)
    assert sum(provisions) + sum(outside) == counts["encoded"]
    assert sum(int(n) for view in views for n in re.findall(r"(\d+) not scored", view)) == counts["not_scored"]
    assert views[2:] == [f"Flags {len(found.flags)}", f"Evidence {len(found.evidence)}"]
    if page.session_state["tab"] == "not-applicable":
        heading = next(h.value for h in page.subheader if "not apply" in h.value)
        assert sum(int(n) for n in re.findall(r"\d+", heading)) == sum(outside)


@pytest.mark.parametrize("tab", TABS)
def test_every_tab_of_every_service_opens(tab: str, open_page: Open, rules: Rules) -> None:
    for service in sorted({path.parent.name for path in SAMPLES}):
        page = open_page(service=service, tab=tab)
        assert page.session_state["tab"] == tab


def test_charts_and_tables_have_names(open_page: Open) -> None:
    page = open_page(service="harbourline")
    drawn = [*page.get("plotly_chart"), *page.dataframe, *page.get("arrow_table"), *page.get("table")]
    assert len(page.get("plotly_chart")) == 3
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


@pytest.mark.parametrize("name", ["markup", "harbourline", "larkpost", "oldquay"])
def test_every_provision_opens_with_its_answers_in_the_file(name: str, open_page: Open, rules: Rules) -> None:
    path = [path for path in SAMPLES if path.parent.name == name][-1]
    submission, _, found = next(assessments(path, rules))
    lines = (ROOT / path).read_text(encoding="utf-8").splitlines()
    for result in found.provisions:
        page = open_page(service=name, provision=result.provision.id)
        assert page.session_state["tab"] == ("not-applicable" if result.outcome in OUTSIDE else "provisions")
        assert opened(page) == f"{result.provision.id} {result.provision.title}"
        assert_provision(page, found, result.provision.id)
        for finding, block in zip(result.findings, page.code, strict=True):
            assert_requirement(page, found, result.provision.id, finding)
            for id, (place, answer) in zip(finding.requirement.test.reads, pairs(block.value), strict=False):
                assert answer.startswith(f"{id}: ")
                if id in submission.answers:
                    assert id.rpartition(".")[2] in lines[int(place.split(":")[1]) - 1]


def assert_provision(page: AppTest, found: Assessment, id: str) -> None:
    result = next(result for result in found.provisions if result.provision.id == id)
    rows = cells(page, f"{id}: its clause and why it applies")
    why = " ".join(result.applies_why.removeprefix("applies: ").split())
    assert rows["Applies"].casefold().rstrip(".") == why.casefold().rstrip(".")
    points = tenths(ledger(found).provisions[id])
    assert rows["Costs"].startswith(f"{points} points" if result.weight else "nothing")
    grids = [grid.value for grid in page.dataframe if id in [*grid.value["Id"]]]
    for grid in grids:
        row = grid[grid["Id"] == id].iloc[0]
        shown_why = row["Why it applies"] if "Why it applies" in grid else row["Why"]
        # What does not fit says so; the panel says all of it.
        whole = why if "Why it applies" in grid else result.applies_why
        assert shown_why == whole or (shown_why.endswith(" …") and whole.startswith(shown_why.removesuffix(" …")))


def assert_requirement(page: AppTest, found: Assessment, provision: str, finding: Finding) -> None:
    requirement = finding.requirement
    name = f"{provision} {requirement.id}"
    assert cells(page, f"{name}: expected and observed") == {
        "Expected": " ".join(finding.expected.split()),
        "Observed": " ".join(finding.observed.split()),
    }
    rows = cells(page, f"{name}: cost, evidence and remedy")
    lost = tenths(ledger(found).requirements[provision, requirement.id])
    assert rows.get("Costs") == (f"{lost} points" if finding.weight else None)
    assert rows["Basis"] == requirement.basis.value.replace("_", " ")
    offered = evidence_for(found, requirement)
    if not offered:
        assert rows["Evidence"] == "none offered: an assertion"
        return
    counted = sum(piece.counts_as is not None for piece in offered)
    rests = "stays an assertion" if finding.grade is Grade.ASSERTION else f"counts as {grade_words(finding.grade)}."
    assert rows["Evidence"].startswith(f"{len(offered)} offered, {counted} counted; the requirement {rests}")
    for piece in offered:
        said = rows["Evidence"].split(" ".join(piece.evidence.id.split()) + ", ")[1]
        assert said.startswith(f"{grade_words(piece.evidence.kind)} of {piece.evidence.date}: ")
        verdict = "ignored" if piece.counts_as is None else f"counts as {grade_words(piece.counts_as)}"
        assert said.split(": ", 1)[1].startswith(verdict) or "counts as" in piece.why
        assert piece.why in said


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


def test_rules_with_problems_are_said_instead_of_a_result(open_page: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    wrong = problem("empty-file", "code.yaml", 1, 1)

    def refuse() -> Rules:
        raise audit.RulesError([wrong])

    monkeypatch.setattr(audit, "load_rules", refuse)
    page = open_page()
    assert page.title[0].value == "The rules have problems"
    assert page.code[0].value == render(wrong)


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
def test_a_name_that_nothing_has_is_reported_with_what_is_shown_instead(name: str, open_page: Open) -> None:
    asked = "[x](http://nowhere.example) <b>"
    page = open_page(**{name: asked})
    assert page.session_state["service"] == "boxferry"
    if name == "tab":
        choice = page.button_group(key="tab")
        label = choice.options[TABS.index(page.session_state["tab"])]
    else:
        picker = page.selectbox(key=name)
        label = picker.options[picker.index or 0]
    assert f'There is no {name} "{asked}" here: {label} is shown instead.' in shown(page)
    assert label == opened(page) or name != "provision"
    assert plain(page.header[0].value).endswith(opened(page))


def test_a_provision_is_picked_from_a_list_in_step_with_the_table(open_page: Open, rules: Rules) -> None:
    for _, code, found in assessments(Path("sample_reports/harbourline/2026-06-30.yaml"), rules):
        ordered = worst_first(found)
        page = open_page(service="harbourline", code=code.name)
        picker = page.selectbox(key="provision")
        assert picker.options == [f"{result.provision.id} {result.provision.title}" for result in ordered]
        listed = [result for result in ordered if result.outcome not in OUTSIDE]
        for result in (listed[-1], listed[2]):
            page.selectbox(key="provision").set_value(result.provision.id).run()
            assert not page.exception
            expected = {"service": "harbourline", "code": code.name, "provision": result.provision.id}
            assert page.query_params == expected
            assert opened(page).startswith(f"{result.provision.id} ")
            rows = page.session_state["provisions-grid"]["selection"]["rows"]
            assert [page.dataframe[0].value["Id"][row] for row in rows] == [result.provision.id]


def test_a_provision_that_another_view_lists_is_open_with_where_it_is(open_page: Open) -> None:
    page = open_page(service="plotters-corner", provision="IICSA-R1.2", tab="provisions")
    assert page.session_state["tab"] == "provisions"
    assert opened(page).startswith("IICSA-R1.2 ")
    assert "Open: [IICSA-R1.2](#provision), listed under “Does not apply”" in shown(page)
    assert "IICSA-R1.2" not in [*page.dataframe[0].value["Id"]]
    page.button_group(key="tab").set_value("not-applicable").run()
    assert opened(page).startswith("IICSA-R1.2 ")
    assert "listed under" not in shown(page)
    assert page.session_state["not-applicable-grid"]["selection"]["rows"] == [0]


def test_a_changed_file_shows_its_new_results(open_page: Open, rules: Rules, tmp_path: Path) -> None:
    file = tmp_path / "report.yaml"
    for name in ("harbourline/2025-06-30.yaml", "harbourline/2026-06-30.yaml"):
        shutil.copy(ROOT / "sample_reports" / name, file)
        for _, code, found in assessments(file, rules):
            assert_figures(open_page(tmp_path, code=code.name), found)


def test_files_of_one_name_and_period_are_all_there(open_page: Open, tmp_path: Path) -> None:
    folders = [tmp_path / name for name in "abc"]
    for folder in folders:
        folder.mkdir()
        shutil.copy(ROOT / "sample_reports/harbourline/2026-06-30.yaml", folder / "report.yaml")
    page = open_page(*folders)
    assert len(page.selectbox(key="period").options) == len(folders)


def test_changed_rules_give_new_results(
    open_page: Open, rules: Rules, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sample = (ROOT / "sample_reports/harbourline/2026-06-30.yaml").read_text(encoding="utf-8")
    file = tmp_path / "report.yaml"
    file.write_text(sample.replace("  governance:\n", "  governance:\n    added: more\n"), encoding="utf-8")
    assert open_page(file).title[0].value == "Refused files"
    asked = {"service": "harbourline", "code": "uk-iicsa-2020@1"}
    assert opened(open_page(**asked)) == "IICSA-R1.5 Private sharing is not left out"
    shutil.copytree(ROOT / "rules", tmp_path / "rules")
    for path in (tmp_path / "rules" / "codes").iterdir():
        code = path.read_text(encoding="utf-8")
        path.write_text(code.replace("title: Private sharing is not left out", "title: Changed"), encoding="utf-8")
    questions = tmp_path / "rules" / "questions.yaml"
    catalogue = questions.read_text(encoding="utf-8")
    label = rules.catalogue.questions["risk.csam_images"].label
    assert f"label: {label}" in catalogue
    added = "questions:\n  governance.added: {label: more, ask: More?, type: text, role: answer, define: Any more.}\n"
    catalogue = catalogue.replace(f"label: {label}", "label: changed label")
    questions.write_text(re.sub("(?m)^questions:\n", added, catalogue), encoding="utf-8")
    changed = audit.load_rules(tmp_path / "rules")
    monkeypatch.setattr(audit, "load_rules", lambda: changed)
    for page in (open_page(file, **asked), open_page(**asked)):
        assert opened(page) == "IICSA-R1.5 Changed"
        assert "changed label" in shown(page)


def test_a_name_of_a_file_that_is_not_utf_8_is_shown_as_code_points(open_page: Open, tmp_path: Path) -> None:
    sample = (ROOT / "sample_reports/boxferry/2026-06-30.json").read_bytes()
    for name, data in ((b"good\xff.json", sample), (b"bad\xff.yaml", b"format: none")):
        (tmp_path / os.fsdecode(name)).write_bytes(data)
    for tab in TABS:
        page = open_page(tmp_path, service="boxferry", tab=tab)
        assert page.title[0].value == "Boxferry"
        assert "good\\udcff.json:" in "".join(block.value for block in page.code)
    page = open_page(tmp_path, service="-refused")
    assert plain(page.subheader[0].value) == "bad\\udcff.yaml"
    assert page.code[0].value.startswith("bad\\udcff.yaml:")
    page = open_page(tmp_path / os.fsdecode(b"good\xff.json"))
    assert page.title[0].value == "Boxferry"


@each_sample
def test_the_evidence_view_says_what_each_piece_counts_as(path: Path, open_page: Open, rules: Rules) -> None:
    for submission, code, found in assessments(path, rules):
        period = submission.period_to.isoformat()
        page = open_page(service=submission.service.id, period=period, code=code.name, tab="evidence")
        counted = sum(piece.counts_as is not None for piece in found.evidence)
        headings = [heading.value for heading in page.subheader]
        assert f"Evidence: {len(found.evidence)} offered, {counted} counted" in headings
        tables = [table.value for table in page.table if "Counts as" in table.value.columns]
        assert len(tables) == bool(found.evidence)
        for table in tables:
            for piece, offered, counts, supports in zip(found.evidence, *table.to_dict("list").values(), strict=True):
                evidence = piece.evidence
                assert f"{grade_words(evidence.kind)} of {evidence.date}" in plain(offered)
                accepted = f", {grade_words(piece.if_accepted)} once accepted"
                assert counts.startswith(f"**{grade_words(piece.counts_as)}**")
                assert (accepted in counts) == (piece.if_accepted is not piece.counts_as)
                assert piece.why.casefold() in plain(counts).casefold()
                assert plain(supports) == ", ".join(evidence.supports)


@each_sample
def test_the_notice_says_what_rests_on_the_platforms_own_ratings(path: Path, open_page: Open, rules: Rules) -> None:
    for submission, code, found in assessments(path, rules):
        page = open_page(service=submission.service.id, period=submission.period_to.isoformat(), code=code.name)
        notice = unformatted(page)
        for rating in found.ratings:
            label = found.code.catalogue.questions[rating.question].label
            count, given = len(rating.provisions), rating.given or "not rated"
            if rating.is_under_rated:
                rests = f"{count} provision{' rests' if count == 1 else 's rest'} on the platform’s own rating"
                supported = f"where the publisher’s factors {support_words(rating)}"
                assert f"{rests} of {label} (`{rating.question}`): {given}, {supported}" in notice
            else:
                assert f"{label} {given} ({count} provision{'' if count == 1 else 's'})" in notice


CONTEXT = "Context, never scored"


@pytest.mark.parametrize(
    ("name", "penalty"),
    [
        ("commonhall", "GBP 390,000,000: 10 %"),
        ("boxferry", "GBP 18,000,000: the fixed maximum"),
        ("markup", "not known (worldwide revenue: not answered)."),
    ],
)
def test_context_is_shown_where_the_code_has_any(name: str, penalty: str, open_page: Open, rules: Rules) -> None:
    path = [path for path in SAMPLES if path.parent.name == name][-1]
    seen = set()
    for _, code, found in assessments(path, rules):
        seen.add(code.id)
        said = unformatted(open_page(service=name, code=code.name))
        assert (CONTEXT in said) == bool(found.context)
        if found.context:
            counted = f"{found.counts['published']} published"
            assert (said.index(CONTEXT) < said.index(counted)) == (code.standing is Standing.VOLUNTARY)
            for each in found.context:
                assert f"{each.line.title}: {context_words(each)}." in said
                assert each.line.source.section in said
            assert (f"Maximum penalty: {penalty}" in said) == (code.id == "uk-osa-duties")
    assert seen >= {"uk-iicsa-2020", "uk-osa-duties"}


@pytest.mark.parametrize(
    "hostile", ["**b** <img src=x> :red[x]", "$x$ `c` ![i](http://out.example)", "<b\n\n> *a* ~~b~~"]
)
def test_context_of_the_rules_is_text(
    hostile: str, open_page: Open, rules: Rules, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = Path("sample_reports/commonhall/2026-06-30.yaml")
    (code,) = (code for _, code, _ in assessments(path, rules) if code.id == "uk-osa-duties")
    changed = dataclasses.replace(code, context=tuple(marked_up(code, hostile)), seal=lambda code: f"with {hostile}")
    codes = tuple(changed if each is code else each for each in rules.codes)
    with_markup = dataclasses.replace(rules, codes=codes)
    monkeypatch.setattr(audit, "load_rules", lambda: with_markup)
    (context,) = (found.context for _, code, found in assessments(path, with_markup) if code is changed)
    assert any(each.amount is not None for each in context)
    page = open_page(service="commonhall", code=code.name)
    drawn = [
        value.split("  \n")[0]
        for value in (element.value for element in page.markdown)
        if plain(value).startswith("title ")
    ]
    assert len(drawn) == len(context)
    for each, inside in zip(context, drawn, strict=True):
        assert plain(inside) == " ".join(f"{each.line.title}: {context_words(each)}.".split())
        assert not set(re.sub(r":color\[\\.\]|\\.", "", inside)) & set(string.punctuation)


def marked_up(code: Code, hostile: str) -> Iterator[ContextLine]:
    """The code's context with this in all that it says, the units of its amounts included."""
    for line in code.context:
        cases = (
            dataclasses.replace(case, says=f"says {hostile}", unit=hostile if case.amount else "")
            for case in line.cases
        )
        yield dataclasses.replace(line, title=f"title {hostile}", cases=tuple(cases))


def test_what_a_time_measures_is_the_sentence_of_explain(open_page: Open, rules: Rules) -> None:
    page = open_page(service="harbourline", provision="IICSA-R2.2")
    clock = rules.catalogue.questions["removal.csam.p95_hours"].clock
    assert clock
    assert " ".join(clock_words(clock).split()) in shown(page)


def test_a_cell_is_whole_or_says_that_it_is_not(monkeypatch: pytest.MonkeyPatch) -> None:
    drawn: list[pd.DataFrame] = []
    monkeypatch.setattr(streamlit, "dataframe", lambda table, **_: drawn.append(table))
    monkeypatch.setattr(streamlit, "session_state", {"provision": "a"})
    ids, names = ["a", "b" * 40, "c"], ["short", "word " * 40, "w" * 200]
    parts.grid({"Id": parts.id_column(ids), "Name": Column(names, 116)}, ids, "provision", "key", "A table")
    (table,) = drawn
    assert [*table["Id"]] == ids
    assert [*table["Name"]] == ["short", "word word …", f"{'w' * 13} …"]


@pytest.mark.parametrize("url", ["https://a.example/b?c=d#e", "http://a.example", "HTTPS://a.example"])
def test_an_address_of_the_web_is_a_link(url: str) -> None:
    assert link("3.1 (b)", url) == f"[3\\.1 \\(b\\)]({url})"


@pytest.mark.parametrize("url", ["javascript:alert(1)", "data:text/html,x", "ftp://a.example", "//a.example", "a", ""])
def test_another_address_is_no_link(url: str) -> None:
    assert link("3.1 (b)", url) == text("3.1 (b)")


# Charts

Drawn = Callable[..., go.Figure]


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> Drawn:
    """Draws a chart and gives its figure."""
    figures: list[go.Figure] = []
    monkeypatch.setattr(streamlit, "plotly_chart", lambda figure, **_: figures.append(figure))

    def draw(chart: Callable[..., None], *arguments: object) -> go.Figure:
        chart(*arguments)
        return figures[-1]

    return draw


def theme(name: str = "light") -> dict[str, Any]:
    """The colours of a theme."""
    config = tomllib.loads((ROOT / ".streamlit/config.toml").read_text(encoding="utf-8"))
    return dict(config["theme"][name])


def bars(figure: go.Figure, y: float) -> list[tuple[float, float, str, bool]]:
    """The bars of one row: from where to where, in which colour, and whether hatched."""
    found = []
    for bar in figure.data:
        if bar.y[0] == y:
            is_hatched = bar.marker.pattern.shape == "/"
            found.append((bar.base[0], bar.base[0] + bar.x[0], bar.marker.color, is_hatched))
    return found


def scored(rules: Rules) -> Iterator[tuple[Assessment, Figures]]:
    for path in SAMPLES:
        for _, _, found in assessments(path, rules):
            if found.figures:
                yield found, found.figures


def test_the_marks_stand_where_the_figures_are(drawn: Drawn, rules: Rules) -> None:
    colours = theme()
    accent, light = colours["primaryColor"], colours["chartCategoricalColors"][1]
    for _, figures in scored(rules):
        figure = drawn(charts.marks, figures, ())
        at = {name: getattr(figures, name) / MICRO for name in ("assured", "declared", "ceiling")}
        assert bars(figure, 0) == [
            (0, 100, colours["dataframeBorderColor"], False),
            (0, at["declared"], light, False),
            (0, at["assured"], accent, False),
        ]
        labels = {label.text: label.x for label in figure.layout.annotations}
        assert labels == {f"{name} <b>{display(getattr(figures, name))}</b>": x for name, x in at.items()}
        ticks = [(line.x0, line.x1) for line in figure.layout.shapes if line.line.color == colours["textColor"]]
        assert ticks == [(at["declared"], at["ceiling"]), (at["ceiling"], at["ceiling"])]


def test_the_lowest_cap_is_marked(drawn: Drawn, rules: Rules) -> None:
    _, figures = next(scored(rules))
    caps = [CapApplied("a", 60 * MICRO, "P1"), CapApplied("b", 49 * MICRO, "P2")]
    figure = drawn(charts.marks, figures, caps)
    assert {label.x for label in figure.layout.annotations if label.text == "× cap <b>49.0</b>"} == {49}
    red = theme()["redColor"]
    assert [(line.x0, line.x1) for line in figure.layout.shapes if line.line.color == red] == [(49, 49)]


def test_the_waterfall_draws_its_steps(drawn: Drawn, rules: Rules) -> None:
    colours = theme()
    for found, figures in scored(rules):
        steps = waterfall(found)
        # Some samples have a cap of their own; each is drawn with the steps it has, and with a cap made up.
        chapters = [step for step in steps if step.chapter]
        capped = dataclasses.replace(figures, final=figures.declared // 2)
        left = capped.final * 10 // MICRO
        cap = Step("", "Cap, P1", chapters[-1].left - left, chapters[-1].left - left, 0, left)
        for shown_figures, shown_steps in ((figures, steps), (capped, [*chapters, cap])):
            figure = drawn(charts.waterfall, shown_figures, shown_steps)
            rows = [*range(1, len(chapters) + 1), *range(len(chapters) + 2, len(shown_steps) + 2)]
            for y, step in zip(rows, shown_steps, strict=True):
                start, middle, end = (n / 10 for n in (step.left, step.left + step.still_open, step.left + step.lost))
                solid, *hatched = bars(figure, y)
                assert solid[:2] == pytest.approx((middle, end))
                assert (solid[2], solid[3]) == (colours["redColor"], False)
                assert [bar[:2] == pytest.approx((start, middle)) and bar[3] for bar in hatched] == (
                    [True] if step.still_open else []
                )
                assert values(figure, y) == [f"−{tenths(step.lost)}" if step.lost else "0.0"]
            declared, final = shown_figures.declared, shown_figures.final
            totals = {0: 100 * MICRO, len(chapters) + 1: declared, len(shown_steps) + 2: final}
            for y, points in totals.items():
                assert [bar[:2] for bar in bars(figure, y)] == [(0, points / MICRO)]
                assert values(figure, y) == [f"<b>{display(points)}</b>"]
            assert len(figure.layout.yaxis.ticktext) == len(rows) + len(totals)


def test_the_history_stands_where_the_figures_are_and_breaks_where_the_code_changed(drawn: Drawn) -> None:
    points = [Figures(*[10_000_000 * each] * 7) for each in (3, 5, 9)]
    past = [stores.summary(date(2024 + i, 6, 30), figures=each) for i, each in enumerate(points)]
    past.append(stores.summary(date(2027, 6, 30), figures=None, code_version="2"))
    past.append(stores.summary(date(2028, 6, 30), figures=points[0], code_version="2"))
    figure = drawn(charts.history, past, "Over time")
    lines = [trace for trace in figure.data if trace.type == "scatter"]
    assert [(*line.x, *line.y) for line in lines] == [(0, 1, 2, 30, 50, 90), (3, 4, None, 30)]
    assert [*figure.layout.xaxis.ticktext] == ["2024-06", "2025-06", "2026-06", "2027-06", "2028-06"]
    labels = [(label.x, label.text) for label in figure.layout.annotations]
    assert labels == [(0, "<b>30.0</b>"), (1, "<b>50.0</b>"), (2, "<b>90.0</b>"), (4, "<b>30.0</b>")]


@pytest.mark.parametrize("name", ["light", "dark"])
def test_a_shade_goes_from_the_page_to_the_darkest(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(type(streamlit.context), "theme", SimpleNamespace(type=name))
    page, darkest = theme(name)["backgroundColor"], {"light": "#F6CBB7", "dark": "#6B3522"}[name]
    assert [cells_of.shade(share, 0.5).upper() for share in (0, 0.5)] == [page, darkest]
    assert cells_of.shade(0, 0).upper() == page
    assert cells_of.shade(0.25, 0.5) not in (page, darkest)


def values(figure: go.Figure, y: float) -> list[str]:
    return [label.text for label in figure.layout.annotations if label.y == y]


@pytest.mark.parametrize("name", ["light", "dark"])
@pytest.mark.parametrize("limit", [None, 49 * MICRO])
def test_a_strip_holds_the_marks_in_the_colours_of_the_theme(name: str, limit: int | None, rules: Rules) -> None:
    colours = theme(name)
    for _, figures in scored(rules):
        start, _, picture = unquote(cells_of.strip(figures, limit, name)).partition(",")
        assert start == "data:image/svg+xml"
        assured, declared, ceiling = (
            float(f"{points * 2 / MICRO:g}") for points in (figures.assured, figures.declared, figures.ceiling)
        )
        rects = re.findall(r'<rect y="11" width="(\S+)" height="8" fill="(\S+)"', picture)
        assert [(float(width), fill) for width, fill in rects] == [
            (200, colours["dataframeBorderColor"]),
            (declared, colours["chartCategoricalColors"][1]),
            (assured, colours["primaryColor"]),
        ]
        (way, ink), *cap = re.findall(r'<path d="([^"]+)" stroke="(\S+)"', picture)
        assert (way.split("M")[1:], ink) == (
            [f"{declared:g} 15H{ceiling:g}", f"{ceiling:g} 8V22"],
            colours["textColor"],
        )
        across = [("M98 6V24", colours["backgroundColor"]), ("M98 6V24", colours["redColor"])]
        assert cap == ([] if limit is None else across)


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
