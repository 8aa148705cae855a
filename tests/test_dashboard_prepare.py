"""The Prepare page: what it shows is what the reader, the engine and the advice say; ticked once in a browser."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from itertools import islice
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import streamlit as st
from browsing import settle
from playwright.sync_api import Locator, Page, expect
from streamlit.testing.v1 import AppTest
from test_dashboard_code import facts, plain, rows, said

from compliance import audit, drafts
from compliance.advice import Advice, Fix, advise, reach, what_if, with_fixes
from compliance.dashboard import desk, parts
from compliance.drafts import Draft
from compliance.export.fixes import effect_words, evidence_words, fact_words, left_words, position_words, route_words
from compliance.export.fixes import to_json as plan_json
from compliance.export.json import render
from compliance.model import Applies, Assessment, Code, Conclusion, Outcome
from compliance.problems import render as render_problem
from compliance.scoring import display
from compliance.vocabulary import final_words

ROOT = Path(__file__).resolve().parents[1]
PAGE = "compliance/dashboard/prepare.py"
RULES = audit.load_rules()
ILLEGAL = "uk-ofcom-illegal-content-u2u@2025-02-24"
TICKS = "Fixes, the most useful first, each with its effect alone; ticked are those to take together"
LATEST = {path.parent.name: path for path in audit.find_samples()}

UNESCAPED = re.compile(r"(?<!\\)(!\[|<\w)")

Open = Callable[..., AppTest]


@pytest.fixture
def open_page(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Open:
    """Opens the Prepare page with a draft and at an address; a second time, the same session goes there."""
    monkeypatch.chdir(ROOT)
    monkeypatch.setattr(sys, "argv", ["app.py", str(tmp_path)])
    opened: list[AppTest] = []

    def run(given: Draft | None = None, **parameters: str) -> AppTest:
        if not opened:
            opened.append(AppTest.from_file(str(ROOT / "app.py"), default_timeout=60).run())
            opened[0].switch_page(PAGE)
        page = opened[0]
        page.query_params.clear()
        if given is not None:
            desk.shelf().put("token", given)
            parameters = {desk.DRAFT: "token", **parameters}
        page.query_params.update(parameters)
        page.run()
        assert not page.exception
        return page

    return run


def sample(name: str) -> Draft:
    return opened(LATEST[name].read_bytes(), LATEST[name].name)


def opened(data: bytes, name: str) -> Draft:
    return drafts.opened(data, name, RULES, audit.today())


def with_problems() -> tuple[Draft, bytes]:
    """A sample with three answers that cannot be read and one key that is not known."""
    data = LATEST["mossgate"].read_text()
    lines = [line.partition(":")[0] + ": many" if "uk_monthly_users" in line else line for line in data.splitlines()]
    changed = "\n".join(lines).replace("\nanswers:", "\ngoverance: {}\nanswers:").encode()
    return opened(changed, "my.yaml"), changed


def codes_of(draft: Draft) -> list[Code]:
    return RULES.fitting(draft.submission, None)


def headings(page: AppTest) -> list[str]:
    return [plain(each.value) for each in page.subheader]


def links(page: AppTest) -> list[Any]:
    return [each.proto for each in page.get("page_link")]


def query(link: Any) -> dict[str, str]:
    return dict(pair.split("=", 1) for pair in link.query_string.split("&")) if link.query_string else {}


def gained(before: int, after: int) -> float:
    """What a reader finds who subtracts one figure from another, as both are shown."""
    return round(float(display(after)) - float(display(before)), 1)


def ready(advice: Advice, code: Code) -> list[Fix]:
    return [fix for fix in advice.by(code) if not fix.waits_for]


def ticks(page: AppTest) -> Any:
    return next(each for each in page.dataframe if each.proto.alt == TICKS)


# A draft without problems


@pytest.mark.parametrize("name", LATEST)
def test_every_sample_shows_by_every_code_what_the_engine_and_the_advice_say(name: str, open_page: Open) -> None:
    draft = sample(name)
    for code in codes_of(draft):
        page = open_page(draft, code=code.name)
        found = audit.assess_submission(draft.submission, code, None)
        advice = advise([code], draft.submission)
        shows_scope(page, found)
        shows_fixes(page, advice, code)
        words = said(page)
        assert [each for each in advice.left if flat(left_words(each)) not in flat(words)] == []
        for fact in advice.facts:
            assert plain(fact_words(fact)[1]).casefold() in words.casefold()


def shows_scope(page: AppTest, found: Assessment) -> None:
    scored = [each for each in found.provisions if each.provision.is_scored]
    may = sum(each.applies is Applies.UNKNOWN for each in scored)
    assert f"2 Scope: {found.counts['applicable'] - may} of {len(scored)} provision" in "\n".join(headings(page))
    blanks = next(each for each in headings(page) if each.startswith("3 "))
    if found.figures and "none" not in blanks:
        assert f"worth up to {gained(found.figures.declared, found.figures.ceiling)} points" in blanks
    shown = said(page)
    assert all(flat(flag.message) in flat(shown) for flag in found.flags)


def shows_fixes(page: AppTest, advice: Advice, code: Code) -> None:
    fixes = ready(advice, code)
    if not fixes:
        assert not [each for each in page.dataframe if each.proto.alt == TICKS]
        return
    table = ticks(page).value
    assert len(table) == len(fixes)
    for row, fix in zip(table.to_dict("records"), fixes, strict=True):
        effect = fix.effects[code.name]
        before, after, backed = (each.figures for each in (effect.before, effect.after, effect.backed))
        assert before
        assert after
        assert backed
        assert row["Provision"] == fix.clauses(code)[0].provision.id
        assert row["Conclusion after"] == [position_words(code, effect.after)]
        assert row["Declared"] == gained(before.declared, after.declared)
        assert row["Assured"] == gained(before.assured, backed.assured)


def flat(words: str) -> str:
    return " ".join(words.replace("\N{ZERO WIDTH SPACE}", "").split())


def test_ticks_are_taken_together_as_the_engine_finds(open_page: Open) -> None:
    draft = sample("ravelmere")
    code = RULES.find(ILLEGAL)
    assert code
    advice = advise([code], draft.submission)
    page = open_page(draft, code=ILLEGAL)
    assert "Tick fixes to see what they come to together." in said(page)
    chosen = list(islice(ready(advice, code), 5))
    for number, fix in enumerate(chosen, start=1):
        page.multiselect(key=f"ticked-token-{ILLEGAL}").select(fix.id).run()
        assert not page.exception
        assert page.query_params["fixes"] == ",".join(each.id for each in chosen[:number])
        after = audit.assess_submission(with_fixes(advice, chosen[:number]), code, None)
        position = what_if(advice, chosen[:number])[code.name]
        assert after.figures == position.figures
        assert after.conclusion is position.conclusion
        together = next(
            each
            for each in said(page).splitlines()
            if each.startswith(f"With the {number if number > 1 else 'one'} ticked:")
        )
        assert position.figures
        assert_figures(together, position.figures.declared, "declared")
        assert f"What decides then: {after.conclusion_why}." in flat(said(page))
        ticked = sum(int(cell) for cell in facts(page, "Fixes and what they gain, by effort")["Ticked"])
        assert ticked == number
    first = chosen[0].id
    page.multiselect(key=f"ticked-token-{ILLEGAL}").unselect(first).run()
    assert first not in page.query_params["fixes"]


def assert_figures(words: str, points: int, name: str) -> None:
    change = next(each for each in words.split(", ") if name in each)
    assert change.rstrip(".").endswith((display(points), "(by less than 0.1)"))


@pytest.fixture(scope="module")
def capped() -> tuple[Draft, Code, Advice]:
    """A sample that a code caps, which the fixes together change."""
    for draft in map(sample, LATEST):
        for code in codes_of(draft):
            if audit.assess_submission(draft.submission, code, None).caps:
                advice = advise([code], draft.submission)
                whole = with_fixes(advice, ready(advice, code))
                if not audit.assess_submission(whole, code, None).caps:
                    return draft, code, advice
    pytest.fail("no sample has a cap that fixes lift")


def test_what_becomes_of_a_cap_is_said(capped: tuple[Draft, Code, Advice], open_page: Open) -> None:
    draft, code, advice = capped
    fixes = ready(advice, code)
    page = open_page(draft, code=code.name, fixes=",".join(fix.id for fix in fixes))
    assert "; the cap lifts." in said(page)
    idle = next(fix for fix in fixes if not fix.effects[code.name].decides)
    page = open_page(draft, code=code.name, fixes=idle.id)
    one_made = audit.assess_submission(with_fixes(advice, [idle]), code, None)
    assert one_made.caps
    assert f"the final is {final_words(one_made)}" in said(page)


def test_efforts_gain_together_what_the_engine_says(open_page: Open) -> None:
    draft = sample("mossgate")
    code = RULES.find(ILLEGAL)
    assert code
    advice = advise([code], draft.submission)
    page = open_page(draft, code=ILLEGAL)
    shown = facts(page, "Fixes and what they gain, by effort")
    (chart,) = page.get("plotly_chart")
    now = advice.positions[code.name].figures
    assert now
    for effort, count, total in zip(shown["Effort"], shown["Fixes"], shown["Declared, all together"], strict=True):
        fixes = [fix for fix in ready(advice, code) if fix.effort == effort]
        after = what_if(advice, fixes)[code.name].figures
        assert after
        assert count == str(len(fixes))
        assert total == str(gained(now.declared, after.declared))
        assert f"{effort} {total}" in chart.proto.alt
    assert sum(map(int, shown["Fixes"])) == len(ready(advice, code))


def test_fixes_that_wait_for_facts_say_for_which(open_page: Open) -> None:
    draft = sample("swapstead")
    code = RULES.find(ILLEGAL)
    assert code
    waiting = [fix for fix in advise([code], draft.submission).by(code) if fix.waits_for]
    shown = facts(open_page(draft, code=ILLEGAL), "Fixes that wait for facts")
    questions = RULES.catalogue.questions
    assert shown["Fix"] == [fix.id for fix in waiting]
    assert shown["Waits for"] == [", ".join(questions[id].label for id in fix.waits_for) for fix in waiting]


def test_the_least_effort_for_a_conclusion_is_ticked(open_page: Open) -> None:
    draft = sample("ravelmere")
    code = RULES.find(ILLEGAL)
    assert code
    advice = advise([code], draft.submission)
    route = reach(advice, code, Conclusion.CONFORMS)
    assert route.is_reached
    page = open_page(draft, code=ILLEGAL)
    page.selectbox(key=f"reach-token-{ILLEGAL}").select(Conclusion.CONFORMS.value).run()
    assert not page.exception
    assert set(page.query_params["fixes"].split(",")) == {fix.id for fix in route.fixes}
    assert flat(" ".join(route_words(route))) in flat(said(page))
    page.multiselect(key=f"ticked-token-{ILLEGAL}").unselect(route.fixes[0].id).run()
    assert "Other fixes are ticked now." in said(page)


def test_a_conclusion_out_of_reach_ticks_nothing_and_says_where_all_lead(open_page: Open) -> None:
    draft = sample("swapstead")
    code = RULES.find(ILLEGAL)
    assert code
    route = reach(advise([code], draft.submission), code, Conclusion.CONFORMS)
    assert not route.is_reached
    page = open_page(draft, code=ILLEGAL)
    page.selectbox(key=f"reach-token-{ILLEGAL}").select(Conclusion.CONFORMS.value).run()
    assert not page.exception
    assert "fixes" not in page.query_params
    assert flat(route_words(route)[0]) in flat(said(page))
    waiting = [fix for fix in advise([code], draft.submission).by(code) if fix.waits_for]
    assert f"{len(waiting)} more count only once it is settled whether they apply" in said(page)


def test_each_fix_opens_with_its_steps_clause_effect_and_evidence(open_page: Open) -> None:
    draft = sample("swapstead")
    code = RULES.find(ILLEGAL)
    assert code
    for fix in ready(advise([code], draft.submission), code):
        page = open_page(draft, code=ILLEGAL, fix=fix.id)
        steps = facts(page, f"{fix.id}: what has to change")
        assert steps["Now"] == [flat(step.now) for step in fix.steps]
        about = rows(page, f"{fix.id}: its clause, effect and evidence")
        effect = fix.effects[code.name]
        assert about["Effect"] == flat(effect_words(effect, code))
        assert flat(about["Evidence"]) == flat(evidence_words(fix, effect))
        assert about["Asks"] == flat(fix.clauses(code)[0].requirement.statement)


def test_what_the_address_names_in_vain_is_said(open_page: Open) -> None:
    page = open_page(sample("swapstead"), code="gone", fixes="no/fix,<b>", fix="no-fix", reach="heaven")
    shown = said(page)
    assert 'There is no fix "no/fix" here' in shown
    assert 'There is no fix "<b>" here' in shown
    assert 'There is no fix "no-fix" here' in shown
    assert 'There is no code "gone" here' in shown
    assert 'There is no conclusion "heaven" to reach here' in shown


def test_of_very_many_fixes_that_the_address_names_in_vain_three_are_said(open_page: Open) -> None:
    shown = said(open_page(sample("swapstead"), fixes=",".join(f"no-{number}" for number in range(5_000)) + ",no-1"))
    assert shown.count("There is no fix") == 3
    assert "Nor are 4,997 more that the address names." in shown


def test_what_keeps_the_conclusion_is_said_where_no_fix_betters_it(open_page: Open) -> None:
    draft = sample("swapstead")
    code = RULES.find(ILLEGAL)
    assert code
    route = reach(advise([code], draft.submission), code, Conclusion.CONFORMS_WITH_COMMENTS)
    assert not route.is_reached
    assert f"What keeps it so: {route.why}." in said(open_page(draft, code=ILLEGAL))


def test_alternatives_that_nobody_decided_on_are_said_to_keep_it_open(open_page: Open) -> None:
    draft, code = sample("larkpost"), RULES.find(ILLEGAL)
    assert code
    results = audit.assess_submission(draft.submission, code, None).provisions
    open_ = [result.provision.id for result in results if result.outcome is Outcome.ALTERNATIVE]
    assert open_
    words = f"An alternative stays open until the regulator decides on it: {', '.join(open_)}."
    assert words in said(open_page(draft, code=ILLEGAL))


def test_the_code_shown_first_is_one_that_the_draft_answers_for(open_page: Open) -> None:
    draft = drafts.with_codes(sample("mossgate"), ["voluntary-principles@2020-03"])
    assert open_page(draft).session_state["code"] == "voluntary-principles@2020-03"
    desk.shelf().drop("token")


def test_a_draft_is_seen_by_no_other_session_without_its_token(open_page: Open) -> None:
    mine = open_page(sample("mossgate"))
    assert "Mossgate" in said(mine)
    other = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60).run()
    other.switch_page(PAGE).run()
    assert not other.exception
    assert "draft" not in other.query_params
    assert "Mossgate" not in said(other)
    assert not other.subheader


# Problems


def test_a_file_with_problems_lists_them_all_and_is_a_preview(open_page: Open) -> None:
    draft, _ = with_problems()
    assert len(draft.problems) == 2
    page = open_page(draft, code=ILLEGAL)
    assert "1 Read: × 2 problems to put right" in headings(page)
    assert "A preview: what has a problem counts as not given until it is put right." in said(page)
    shown = facts(page, "Problems to put right, with where they are and what helps")
    for problem, where, words in zip(draft.problems, shown["Where"], shown["Problem"], strict=True):
        assert flat(where) == f"{problem.file}:{problem.line}:{problem.column}"
        assert all(flat(part) in flat(words) for part in (problem.message, problem.hint, problem.id))
        assert flat(render_problem(problem)) in flat(page.code[0].value)
    assert "service.uk_monthly_users" not in draft.submission.answers
    code = RULES.find(ILLEGAL)
    assert code
    shows_scope(page, audit.assess_submission(draft.submission, code, None))
    shows_fixes(page, advise([code], draft.submission), code)
    assert page.get("download_button")
    disabled = {each.proto.label for each in page.get("download_button") if each.proto.disabled}
    assert disabled == {"Result, JSON", "Plan, text", "Plan, JSON"}


def test_an_unreadable_file_shows_its_problem_and_nothing_else(open_page: Open) -> None:
    draft = opened(b"a: [b\n c: {", "bad.yaml")
    page = open_page(draft)
    assert headings(page) == ["1 Read: × 1 problem to put right"]
    assert "Nothing of the file could be read" in said(page)
    assert render_problem(draft.problems[0]) in page.code[0].value
    assert not page.dataframe


def test_many_problems_are_all_in_the_text(open_page: Open) -> None:
    keys = "".join(f"  none_{number}: 1\n" for number in range(80))
    data = LATEST["mossgate"].read_bytes().replace(b"\nanswers:\n", b"\nanswers:\n" + keys.encode())
    draft = opened(data, "many.yaml")
    page = open_page(draft)
    assert "1 Read: × more than 50 problems to put right" in headings(page)
    assert "× more than 50 problems to put right" in said(page)
    listed = facts(page, "Problems to put right, with where they are and what helps")["Problem"]
    assert len(listed) == len(page.code[0].value.splitlines()) == len(draft.problems) == 51
    assert listed[-1].startswith("30 more problems are")


def test_a_period_that_cannot_be_read_is_not_taken_for_one_that_was(open_page: Open) -> None:
    data = LATEST["mossgate"].read_bytes().replace(b'to: "2026-06-30"', b'to: "2026-06-31"', 1)
    draft = opened(data, "june.yaml")
    assert [problem.path for problem in draft.problems] == ["period.to"]
    shown = said(open_page(draft))
    assert "no period that can be read, so 2026-01-01 to 2026-06-30 is taken" in shown
    assert "× The period is not over, or wanting (period.to)" in shown
    assert "✓ The service’s id, name and provider are said" in shown


def test_of_much_evidence_that_does_not_count_three_pieces_are_named(open_page: Open) -> None:
    draft = sample("mossgate")
    (late, *_) = (replace(each, date=audit.today(), covers=None) for each in draft.submission.evidence)
    for number in range(40):
        draft = drafts.with_evidence(draft, replace(late, id=f"late-{number}"))
    line = next(each for each in said(open_page(draft)).splitlines() if "Evidence that does not count" in each)
    assert [f"late-{number} (" in line for number in (0, 1, 2, 3)] == [True, True, True, False]
    assert line.endswith("and 37 more")


def test_hostile_text_is_shown_as_text(open_page: Open) -> None:
    draft = sample("markup")
    hostile = "![x](http://127.0.0.1/x) <script>"
    bad = LATEST["markup"].read_bytes().replace(b"\nanswers:\n", f"\n'{hostile}': 1\nanswers:\n".encode())
    for each in (draft, opened(bad, f"{hostile}.yaml")):
        page = open_page(each)
        for element in [*page.markdown, *page.subheader]:
            assert not UNESCAPED.search(element.value)
        for table in page.table:
            assert not [cell for cell in table.value.to_numpy().ravel() if UNESCAPED.search(str(cell))]
    listed = facts(page, "Problems to put right, with where they are and what helps")["Where"]
    assert f"{hostile}.yaml:" in flat("".join(listed))


# Without a draft


def test_an_empty_page_says_what_it_does_and_shows_the_ways_in(open_page: Open) -> None:
    page = open_page()
    assert "Nothing you open here is stored or sent." in said(page)
    assert len(page.file_uploader) == 1
    labels = {each.proto.label for each in page.get("download_button")}
    assert {"YAML, for an editor", "JSON", "The schema"} <= labels
    assert not page.subheader


def test_a_file_that_is_dropped_opens_under_a_token_of_its_own(open_page: Open) -> None:
    path = LATEST["quillseek"]
    page = open_page()
    page.file_uploader[0].set_value((path.name, path.read_bytes(), "application/json")).run()
    assert not page.exception
    first = page.query_params["draft"]
    assert "1 Read: ✓ without problems" in headings(page)
    kept = desk.shelf().find(first)
    assert kept
    assert kept.draft == opened(path.read_bytes(), path.name)
    page.selectbox(key=f"sample-{first}").select("boxferry/2026-06-30.json").run()
    assert not page.exception
    assert page.query_params["draft"] != first
    assert "Boxferry" in said(page)
    assert desk.shelf().find(first)
    page.button(key=f"forget-{page.query_params['draft']}").click().run()
    assert "draft" not in page.query_params
    assert not page.subheader


def test_a_draft_that_is_started_here_says_what_a_file_of_it_wants(open_page: Open) -> None:
    page = open_page(drafts.begin(audit.today()))
    assert "1 Read: nothing to read, it was started here" in headings(page)
    assert "× The service’s id, name or provider is wanting (service.id, service.name, service.provider)" in said(page)
    assert "× Who prepared it, who approved it or when is wanting (prepared.role, prepared.approved_by_role)" in said(
        page
    )
    assert {each.proto.label for each in page.get("download_button") if each.proto.disabled} == {"Result, JSON"}


def test_a_period_in_which_no_code_is_in_force_says_so(open_page: Open) -> None:
    draft = drafts.with_period(sample("quillseek"), date(2001, 1, 1), date(2001, 6, 30))
    page = open_page(draft)
    assert "– No code applies" in said(page)
    assert "No code in force on 2001-06-30 is addressed to a service like this one." in said(page)
    assert [query(link) for link in links(page)] == [{"draft": "token", "chapter": "file"}]
    assert not page.dataframe


def test_a_lost_draft_says_so(open_page: Open) -> None:
    page = open_page(draft="gone")
    assert "This draft is not kept any more" in said(page)
    assert len(page.file_uploader) == 1


def test_links_to_the_answer_page_keep_the_draft_and_open_a_chapter(open_page: Open) -> None:
    draft = sample("swapstead")
    page = open_page(draft, code=ILLEGAL)
    code = RULES.find(ILLEGAL)
    assert code
    to_answer = [query(link) for link in links(page) if link.page == "answer"]
    assert to_answer
    assert {each["draft"] for each in to_answer} == {"token"}
    form = drafts.form_of(draft, RULES)
    assert form
    chapters = {each.id for each in drafts.chapters(draft, form)}
    named = {each["chapter"] for each in to_answer if "chapter" in each}
    assert named <= chapters | {"file"}
    facts_ = advise([code], draft.submission).facts
    assert {fact.question.id.partition(".")[0] for fact in facts_} <= named


def test_what_does_not_fit_or_count_is_shown_where_it_is_asked(open_page: Open) -> None:
    draft = sample("larkpost")
    (late, *_) = draft.submission.evidence
    supports = ("IICSA-R1.5", "removal.csam.items")
    draft = drafts.with_evidence(draft, replace(late, id="a", date=audit.today(), covers=None, supports=supports))
    page = open_page(draft, code=ILLEGAL)
    named = {plain(link.label): query(link).get("chapter") for link in links(page) if link.page == "answer"}
    assert named["See the evidence →"] == named["See them →"] == "removal"


def test_a_complete_one_may_be_handed_over(open_page: Open) -> None:
    page = open_page(sample("sparrowclip"))
    hand_over = next(each for each in headings(page) if each.startswith("5 "))
    lines = [each for each in said(page).splitlines() if each.startswith(("✓ ", "× ", "– "))]
    left = sum(each.startswith("× ") for each in lines)
    assert len(lines) == 7
    assert hand_over == ("5 Hand over: ✓ complete" if not left else f"5 Hand over: {left} thing{'s' * (left > 1)} left")


# Downloads


@pytest.mark.parametrize("name", ["swapstead", "markup", "quillseek"])
def test_what_is_downloaded_reads_back_equal(name: str) -> None:
    draft = sample(name)
    for format in desk.MEDIA_TYPES:
        again = opened(desk.written(draft, format), f"again.{format}")
        assert not again.problems
        assert again.submission.answers == draft.submission.answers
        assert again.submission.declarations == draft.submission.declarations
        assert again.submission.evidence == draft.submission.evidence
        assert again.submission.not_measured == draft.submission.not_measured


def test_the_results_and_the_plan_are_those_of_the_commands(open_page: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    made: dict[str, Callable[[], Any]] = {}
    button = st.download_button

    def noted(label: str, data: Callable[[], Any], *others: Any, **named: Any) -> bool:
        made[label] = data
        return button(label, data, *others, **named)

    monkeypatch.setattr(st, "download_button", noted)
    draft = sample("quillseek")
    page = open_page(draft)
    codes = codes_of(draft)
    code = RULES.find(str(page.session_state["code"]))
    assert code
    assert made["Result, JSON"]() == render(audit.assess_submission(draft.submission, each, None) for each in codes)
    recorded = json.loads(LATEST["quillseek"].with_suffix(".expected.json").read_text())
    shown = json.loads(made["Result, JSON"]())
    assert [each["final"] for each in shown] == [each["final"] for each in recorded]
    assert made["Plan, JSON"]() == plan_json(advise([code], draft.submission))
    assert code.title in " ".join(made["Plan, text"]().split())
    assert made["Self-assessment, JSON"]() == desk.written(draft, "json")
    for label in ("YAML, for an editor", "JSON", "Workbook (XLSX), a sheet a chapter"):
        suffix = {"Y": "yaml", "J": "json", "W": "xlsx"}[label[0]]
        blank = opened(made[label](), f"blank.{suffix}")
        assert not blank.is_unreadable
        assert not blank.submission.answers


# In a browser


def test_a_file_is_dropped_and_its_fixes_ticked_by_mouse_and_by_keyboard(
    page: Page, dashboard: str, requests_out: list[str]
) -> None:
    page.goto(f"{dashboard}/prepare")
    page.locator("[data-testid=stFileUploaderDropzoneInput]").set_input_files(LATEST["mossgate"])
    page.wait_for_url(f"**{desk.DRAFT}=*")
    draft = sample("mossgate")
    code = RULES.find(ILLEGAL)
    assert code
    advice = advise([code], draft.submission)
    first, second, *_ = ready(advice, code)
    table = page.get_by_test_id("stDataFrame")
    expect(table).to_be_visible()
    settle(page)
    tick_first(page, table)
    expect(page.get_by_text("With the one ticked:")).to_be_visible()
    assert ticked_in(page.url) == {first.id}
    page.get_by_role("combobox", name="Ticked").focus()
    page.keyboard.type(second.id)
    page.keyboard.press("Enter")
    expect(page.get_by_text("With the 2 ticked:")).to_be_visible()
    assert ticked_in(page.url) == {first.id, second.id}
    page.keyboard.press("Escape")
    tick_first(page, table)
    expect(page.get_by_text("With the one ticked:")).to_be_visible()
    assert ticked_in(page.url) == {second.id}
    page.reload()
    expect(page.get_by_text("With the one ticked:")).to_be_visible()
    page.get_by_role("link", name="Code", exact=True).click()
    expect(page.get_by_role("heading", level=1)).not_to_have_text("Prepare a self-assessment")
    page.get_by_role("link", name="Prepare", exact=True).click()
    expect(page.get_by_text("1 Read: ✓ without problems")).to_be_visible()
    with page.expect_download() as saved:
        page.get_by_role("button", name="Self-assessment, XLSX").click()
    again = opened(Path(saved.value.path()).read_bytes(), "again.xlsx")
    assert again.submission.answers == draft.submission.answers
    assert requests_out == []


def tick_first(page: Page, table: Locator) -> None:
    """Clicks the box of a table's first row."""
    table.scroll_into_view_if_needed()
    box = table.bounding_box()
    assert box
    page.mouse.click(box["x"] + 17, box["y"] + parts.HEADER + parts.THREE_LINES / 2)


def ticked_in(url: str) -> set[str]:
    return {*parse_qs(urlsplit(url).query)["fixes"][0].split(",")}
