"""The Code page, run without a browser: all codes and provisions open, and profiles come to what the engine says."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import fields, is_dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import pytest
import small_rules
from streamlit.testing.v1 import AppTest

from compliance import audit, model
from compliance.audience import Profile, brief, chapter_shares, deciding, groups, nearest_day, profile, tally, terms
from compliance.audit import Rules
from compliance.changes import compare, counts
from compliance.dashboard import parts
from compliance.dashboard.profile import apply_words
from compliance.export.changes import TWO_CODES
from compliance.model import Applies, Code, Expression, Interval, Mark, Value
from compliance.problems import problem, render
from compliance.vocabulary import MARK_WORDS, cap_words, check_words, least_words, period_words, size_words

ROOT = Path(__file__).resolve().parents[1]
CODE_PAGE = "compliance/dashboard/code.py"
CODES = audit.load_rules().codes
OLD, NEW = "uk-ofcom-illegal-content-u2u@2025-02-24", "uk-ofcom-illegal-content-u2u@2026-09-30"
CHILDREN, OSA, VOLUNTARY = (
    "uk-ofcom-children-u2u@2025-07-04",
    "uk-osa-duties@2026-06-29",
    "voluntary-principles@2020-03",
)
SEEN = "2026-11-01"
NO_SCOPE = "The code sets no condition: any service can be held against it."
USERS, PARTS, RISK = "profile.service.uk_monthly_users", "profile.service.parts", "profile.risk.csam_images"
CHANGE = """\
format: code-of-practice/1
id: small-code
version: "2"
amends: small-code@1
in_force: {from: "2027-01-01"}
removed:
  SC-2: {reason: "Repealed, =1+1 <b>", successor: SC-3}
"""

Open = Callable[..., AppTest]

each_code = pytest.mark.parametrize("code", CODES, ids=[code.name for code in CODES])


@pytest.fixture
def open_page(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Open:
    """Opens the Code page at an address; a second time, the same session goes there."""
    monkeypatch.chdir(ROOT)
    # A folder without a file: the Code page needs none, and the page before it is drawn at once.
    monkeypatch.setattr(sys, "argv", ["app.py", str(tmp_path)])
    opened: list[AppTest] = []

    def run(**parameters: str) -> AppTest:
        if not opened:
            opened.append(AppTest.from_file(str(ROOT / "app.py"), default_timeout=60).run())
            opened[0].switch_page(CODE_PAGE)
        page = opened[0]
        page.query_params.clear()
        page.query_params.update({"on": SEEN, **parameters})
        page.run()
        assert not page.exception
        return page

    return run


def plain(markdown: str) -> str:
    """What escaped text says, without what makes it bold and coloured."""
    whole = re.sub(r":color\[(\\.)\]", r"\1", markdown)
    whole = re.sub(r":[a-z]+(?:-badge)?\[((?:\\.|:\w+\[[^]]*\]|[^]\\])*)\]", r"\1", whole)
    whole = re.sub(r":[a-z]+\[((?:\\.|[^]\\])*)\]", r"\1", whole)
    return re.sub(r"\\(.)", r"\1", re.sub(r"(?<!\\)\*\*", "", whole))


def said(page: AppTest) -> str:
    elements = [*page.markdown, *page.title, *page.header, *page.subheader]
    return "\n".join(plain(element.value) for element in elements)


def facts(page: AppTest, alt: str) -> dict[str, list[str]]:
    """A table of the page by its accessible name, column by column, as it reads."""
    table = next(table for table in page.table if table.proto.alt == alt)
    return {str(name): [plain(str(cell)) for cell in table.value[name]] for name in table.value.columns}


def rows(page: AppTest, alt: str) -> dict[str, str]:
    found = facts(page, alt)
    return dict(zip(found["name"], found["value"], strict=True))


def alike(shown: str, whole: str) -> bool:
    """Whether a cell shows a text, or as much of it as fits."""
    return shown == whole or (shown.endswith(" …") and whole.startswith(shown.removesuffix(" …")))


def flat(words: str) -> str:
    return " ".join(words.split())


# A code


@each_code
def test_a_code_opens_with_what_it_asks_of_whom_and_on_what_authority(code: Code, open_page: Open) -> None:
    page = open_page(code=code.name)
    assert plain(page.title[0].value) == code.title
    count = tally(code.provisions)
    for times, words in zip(count, ("must", "should", "shown and not scored"), strict=True):
        assert (f"{times} {words}" in plain(page.header[0].value)) == bool(times)
    about = rows(page, "The code as a whole")
    dates = period_words(code.in_force, date.fromisoformat(SEEN)).removeprefix("in force ")
    assert about["In force"].casefold() == dates.casefold()
    assert about["Addressed to"] == flat(code.addressed_to)
    assert sum(int(each.split()[0]) for each in about["Marks"].split(", ")) == len(code.provisions)
    assert ("▲ unverified" in about["Marks"]) == any(each.source.mark is Mark.UNVERIFIED for each in code.provisions)
    assert about["Published"] == f"{size_words(code)}."
    assert about["Scope"] == (f"{parts.capital(brief(code.scope, code))}." if code.scope else NO_SCOPE)
    assert code.digest in [block.value for block in page.code]
    assert flat(code.text) in said(page)
    for source in code.sources.values():
        assert flat(source.title) in said(page)
    assert_provisions(page, code)


def assert_provisions(page: AppTest, code: Code) -> None:
    """Each provision is in the table once, an unverified one with symbol and word."""
    grid = page.dataframe[0].value
    assert sorted(grid["Id"]) == sorted(provision.id for provision in code.provisions)
    assert "Profile" not in grid
    for provision in code.provisions:
        row = grid[grid["Id"] == provision.id].iloc[0]
        assert row["Obligation"] == provision.obligation.value
        is_unverified = provision.source.mark is Mark.UNVERIFIED
        assert [*row["Mark"]] == ["▲ unverified" if is_unverified else provision.source.mark.value]
        assert (row["Basis"] == "shown, not scored") != provision.is_scored
        assert alike(row["Asked of"], brief(provision.applies_when, code))
    order = [chapter.title for chapter in code.chapters]
    at = [order.index(next(title for title in order if alike(cell, title))) for cell in grid["Chapter"]]
    assert at == sorted(at)


@each_code
def test_the_picture_has_a_table_and_both_add_up(code: Code, open_page: Open) -> None:
    page = open_page(code=code.name)
    drawn = [*page.get("plotly_chart"), *page.dataframe, *page.table]
    assert all(element.proto.alt for element in drawn)
    table = facts(page, "Whom the code asks how much")
    assert [sum(map(int, table[name])) for name in ("Must", "Should", "Shown")] == [*tally(code.provisions)]
    assert [cell.casefold() for cell in table["Asked of"]] == [
        brief(group.condition, code).casefold() for group in groups(code)
    ]


@each_code
def test_the_cap_and_the_least_ratings_are_shown(code: Code, open_page: Open) -> None:
    page = open_page(code=code.name)
    cap = "; ".join(map(cap_words, code.caps))
    assert rows(page, "The code as a whole").get("Cap", "") == (f"{parts.capital(cap)}." if cap else "")
    read = set(deciding(code))
    least = [each for each in code.judgements if each.question in read]
    shown = facts(page, "Least ratings that the publisher's factors support")
    assert shown["The factors support"] == [least_words(each, code.catalogue.questions) for each in least]
    for each, source in zip(least, shown["Source"], strict=True):
        assert each.source
        assert each.source.section in source


@each_code
def test_the_chapters_add_up_to_the_code_and_to_the_score(code: Code, open_page: Open) -> None:
    page = open_page(code=code.name)
    labels = [plain(option.content) for option in page.button_group(key="chapter").proto.options]
    held, shares = zip(*(re.findall(r" (\d+) · ([\d.]+)%$", label)[0] for label in labels[1:]), strict=True)
    assert labels[0] == f"All {sum(map(int, held))}" == f"All {len(code.provisions)}"
    assert sum(round(float(share) * 10) for share in shares) == 1000
    exact = chapter_shares(code)
    shown = [exact[chapter.id] for chapter in code.chapters if any(p.chapter == chapter.id for p in code.provisions)]
    assert all(abs(float(share) / 100 - float(whole)) < 0.001 for share, whole in zip(shares, shown, strict=True))
    marks = {provision.source.mark for provision in code.provisions}
    assert all((MARK_WORDS[mark] in said(page)) == (mark in marks) for mark in Mark)


@each_code
def test_what_takes_no_part_is_listed_with_its_reason(code: Code, open_page: Open) -> None:
    page = open_page(code=code.name)
    shown = [provision for provision in code.provisions if not provision.is_scored]
    if not (shown or code.left_out or code.upcoming):
        assert "Everything published is encoded and scored" in said(page)
        return
    listed = facts(page, "What is only shown, left out, upcoming or removed")
    reasons = dict(zip((item.split()[0] for item in listed["Item"]), listed["Why"], strict=True))
    assert len(reasons) == len(shown) + len(code.left_out) + len(code.upcoming)
    for provision in shown:
        assert reasons[provision.id] == flat(provision.text)
    for id, why in code.left_out.items():
        assert reasons[id] == flat(why)
    for id, coming in code.upcoming.items():
        assert reasons[id].startswith(flat(coming.get("note", "")))


@each_code
def test_every_provision_opens_with_its_requirements(code: Code, open_page: Open) -> None:
    for provision in code.provisions:
        page = open_page(code=code.name, provision=provision.id)
        about = rows(page, f"{provision.id}: what it asks, and of whom")
        assert about["Asks"] == flat(provision.text)
        named = terms([provision.applies_when], code, is_deep=False)
        asked_of = [f"{brief(provision.applies_when, code)}.", *(f"“{term}”: {words}" for term, words in named.items())]
        assert flat(about["Asked of"]).casefold() == " ".join(asked_of).casefold()
        assert flat(provision.source.section) in about["Clause"]
        badges = next(line.value for line in page.markdown if "-badge[" in line.value)
        is_unverified = provision.source.mark is Mark.UNVERIFIED
        assert (":orange-badge[▲ unverified]" in badges) == is_unverified
        assert ("▲ unverified, shown, not scored" in about["Clause"]) == is_unverified
        assert ("shown, not scored" in badges) != provision.is_scored
        labels = [plain(expander.label) for expander in page.expander]
        for requirement in provision.requirements:
            assert flat(requirement.statement) in labels
            name = f"{provision.id} {requirement.id}"
            tested = rows(page, f"{name}: test, basis and remedy")
            assert tested["Test"].casefold() == f"{check_words(requirement, code.catalogue.questions)}.".casefold()
            assert tested.get("Why", "") == flat(requirement.why)
            assert len(facts(page, f"{name}: examples")["Example"]) == len(requirement.examples)
            for id in requirement.test.reads:
                question = code.catalogue.questions[id]
                assert any(flat(question.define) in cell for cell in facts(page, f"{name}: questions")["What counts"])


def test_examples_say_what_is_given_and_what_it_comes_to(open_page: Open) -> None:
    page = open_page(code=NEW, provision="ICU-C14")
    found = facts(page, "ICU-C14 coverage: examples")
    assert dict(zip(found["Example"], found["Comes to"], strict=True)) == {
        "1,000 of 1,000": "✓ met",
        "0 of 1,000": "× not met",
        "950 of 1,000": "½ credit 0.95",
        "Nothing answered": "? unknown",
        "Public images uploaded: 0": "○ no cases",
    }


# Dates


def test_a_code_that_is_to_come_says_how_long(open_page: Open) -> None:
    page = open_page(code=NEW, on="2026-09-01")
    assert rows(page, "The code as a whole")["In force"] == "From 2026-09-30, upcoming: 29 days left"
    assert "Tested as of 2026-09-30, the first day on which the code is in force." in said(page)
    assert plain(page.button(key="supersedes").label) == f"Supersedes {OLD} →"
    page.button(key="supersedes").click().run()
    assert page.query_params == {"code": OLD, "on": "2026-09-01"}


def test_what_a_later_version_has_is_upcoming_with_the_days_left(open_page: Open) -> None:
    listed = facts(open_page(code=OLD, on="2026-09-20"), "What is only shown, left out, upcoming or removed")
    at = next(i for i, item in enumerate(listed["Item"]) if item.startswith("ICU-C14 "))
    assert listed["State"][at] == "upcoming"
    assert listed["Why"][at].endswith(f"In force from 2026-09-30, upcoming: 10 days left, in {NEW}.")


@pytest.mark.parametrize("on", ["2026-09-30", "2026-11-22"])
def test_what_came_into_force_with_a_later_version_is_upcoming_no_more(on: str, open_page: Open) -> None:
    page = open_page(code=OLD, on=on)
    listed = facts(page, "What is only shown, left out, upcoming or removed")
    state = dict(zip((item.split()[0] for item in listed["Item"]), listed["State"], strict=True))
    assert (state["ICU-C14"], state["ICU-C15"]) == ("now in force", "upcoming")
    assert "1 now in force, 2 upcoming" in said(page)


def test_what_is_not_in_force_on_the_tested_day_is_said(open_page: Open) -> None:
    code = next(code for code in CODES if code.name == OSA)
    later = sum(each.in_force.start != code.in_force.start for each in code.provisions)
    assert f"Not in force on {code.in_force.start}: {later}." in said(open_page(code=OSA, on="2024-01-01"))
    assert "Not in force on" not in said(open_page(code=OSA))


def test_a_code_that_ended_says_what_came_after_it(open_page: Open) -> None:
    page = open_page(code=OLD, on="2026-12-01")
    assert rows(page, "The code as a whole")["In force"].endswith("to 2026-09-29, no longer in force")
    assert "Tested as of 2026-09-29, the last day on which the code is in force." in said(page)
    assert plain(page.button(key="superseded-by").label) == f"Superseded by {NEW} →"
    page.button(key="superseded-by").click().run()
    assert page.query_params == {"code": NEW, "on": "2026-12-01"}


# A profile


def parameters(answers: Mapping[str, Value]) -> dict[str, str]:
    """Answers as they stand in the URL."""
    words = {True: "yes", False: "no"}
    return {
        f"profile.{id}": words[value]
        if isinstance(value, bool)
        else ",".join(value)
        if isinstance(value, tuple)
        else str(value)
        for id, value in answers.items()
    }


def expected(code: Code, answers: Mapping[str, Value]) -> Profile:
    known = {id: answers[id] for id in deciding(code) if id in answers}
    return profile(code, known, nearest_day(code, date.fromisoformat(SEEN)))


def assert_profile(page: AppTest, found: Profile) -> None:
    """What the page says of a profile is what the engine found."""
    grid = page.dataframe[0].value
    chips = {id: chip for id, (chip,) in zip(grid["Id"], grid["Profile"], strict=True)}
    why = dict(zip(grid["Id"], grid["Why"], strict=True))
    for result in found.found.provisions:
        assert chips[result.provision.id] == parts.APPLIES_CHIP[result.applies]
        assert alike(why[result.provision.id], flat(result.applies_why))
    whole = f"Of {len(found.found.provisions)} provisions"
    words = {Applies.TRUE: "✓ {} appl", Applies.FALSE: "– {} do", Applies.UNKNOWN: "? {} depend"}
    line = next(line for line in said(page).splitlines() if line.startswith(whole))
    for applies, pattern in words.items():
        assert pattern.format(found.count(applies)) in line
    assert flat(found.addressed_why) in said(page)
    opened = page.session_state["provision"]
    about = rows(page, f"{opened}: what it asks, and of whom")
    result = next(each for each in found.found.provisions if each.provision.id == opened)
    assert about["Profile"].casefold().rstrip(".") == flat(result.applies_why).casefold().rstrip(".")


@pytest.mark.parametrize("service", ["harbourline", "markup"])
def test_a_profile_comes_to_what_the_engine_says(service: str, open_page: Open) -> None:
    report = audit.read_report(audit.samples() / service / "2026-06-30.yaml", audit.load_rules(), audit.today())
    assert report.submission
    answers = report.submission.answers
    for code in CODES:
        page = open_page(code=code.name, **parameters(answers))
        assert_profile(page, expected(code, answers))


def test_what_is_not_known_says_what_it_hangs_on(open_page: Open) -> None:
    page = open_page(code=NEW)
    code = next(code for code in CODES if code.name == NEW)
    (id, most), *_ = expected(code, {}).missing.items()
    assert f"What would settle most: {code.catalogue.questions[id].label}, which keeps {most} open" in said(page)
    assert "? Whether such a service is in scope is not known yet: regulated parts: not answered" in said(page)


def test_what_part_of_a_bar_applies_is_said(open_page: Open) -> None:
    """The last bar holds several conditions, some of which may hold for the profile and others not."""
    page = open_page(code=NEW, **{USERS: "40000", RISK: "low"})
    (chart,) = page.get("plotly_chart")
    labels = [each["text"] for each in json.loads(chart.proto.spec)["layout"]["annotations"]]
    (label,) = (each for each in labels if each.endswith("other conditions"))
    code = next(code for code in CODES if code.name == NEW)
    found = expected(code, {"service.uk_monthly_users": 40_000, "risk.csam_images": "low"})
    rest = [group.provisions[0].id for group in groups(code) if len(group.provisions) == 1]
    of = {each.provision.id: each.applies for each in found.found.provisions}
    times = sum(of[id] is Applies.UNKNOWN for id in rest)
    assert not any(of[id] is Applies.TRUE for id in rest)
    assert f"? {times} of {len(rest)} depend<" in label


def test_a_code_without_a_scope_is_for_any_service_and_says_why(open_page: Open) -> None:
    assert "✓ Such a service is in scope: the code sets no condition." in said(open_page(code=VOLUNTARY))


def test_how_many_apply_is_said_in_english() -> None:
    words = [[apply_words(applies, times) for times in (1, 0, 2)] for applies in Applies]
    assert ["applies", "apply", "apply"] in words
    assert ["does not apply", "do not apply", "do not apply"] in words
    assert ["depends", "depend", "depend"] in words


def test_a_code_that_is_not_addressed_to_the_profile_says_so_first(open_page: Open) -> None:
    page = open_page(code=CHILDREN, **{PARTS: "search"})
    result = [line for line in said(page).splitlines() if "Such a service" in line or line.startswith("Of 45")]
    assert result[0].startswith("– Such a service is out of scope: ")
    assert result[1].startswith("Of 45 provisions, were it in scope all the same: ")
    warning = "Of a service out of scope, what is said here would hold only if it were in scope."
    assert warning in said(page)
    assert warning not in said(open_page(code=CHILDREN, **{PARTS: "user_to_user"}))


def test_a_rating_below_the_factors_is_flagged_and_settles_nothing(open_page: Open) -> None:
    answers: dict[str, Value] = {
        "risk.csam_images": "low",
        "service.kinds": ("adult",),
        "service.uk_monthly_users": 9_000_000,
    }
    page = open_page(code=NEW, provision="ICU-C9", **parameters(answers))
    code = next(code for code in CODES if code.name == NEW)
    found = expected(code, answers)
    assert_profile(page, found)
    flag = next(flag for flag in found.found.flags if flag.id == "rating-below-factors")
    blank = [code.catalogue.questions[id].label for id in found.factors["risk.csam_images"]]
    assert blank
    assert f"▲ {flag.message} Of the factors, not known: {', '.join(blank)}." in said(page)
    result = next(each for each in found.found.provisions if each.provision.id == "ICU-C9")
    assert result.applies is Applies.UNKNOWN


def test_a_field_writes_to_the_address_and_is_cleared(open_page: Open) -> None:
    page = open_page(code=NEW)
    page.number_input(key=USERS).set_value(9_000_000).run()
    page.multiselect(key=PARTS).set_value(["user_to_user", "search"]).run()
    page.selectbox(key=RISK).set_value("high").run()
    assert not page.exception
    given = {USERS: "9000000", PARTS: "user_to_user,search", RISK: "high"}
    assert page.query_params == {"on": SEEN, "code": NEW, **given}
    answers: dict[str, Value] = {
        "service.uk_monthly_users": 9_000_000,
        "service.parts": ("user_to_user", "search"),
        "risk.csam_images": "high",
    }
    assert_profile(page, expected(next(code for code in CODES if code.name == NEW), answers))
    page.selectbox(key=RISK).set_value("").run()
    assert RISK not in page.query_params
    page.button(key="clear").click().run()
    assert page.query_params == {"on": SEEN, "code": NEW}
    assert page.number_input(key=USERS).value is None
    assert "Profile" not in page.dataframe[0].value


def test_a_profile_stays_with_another_code(open_page: Open) -> None:
    page = open_page(code=NEW, provision="ICU-C9", compare=OLD, chapter="governance", **{PARTS: "search"})
    page.selectbox(key="code").set_value(OSA).run()
    assert page.query_params == {"on": SEEN, "code": OSA, PARTS: "search"}


@pytest.mark.parametrize(
    ("id", "written"),
    [
        ("service.uk_monthly_users", "many"),
        ("service.uk_monthly_users", "-1"),
        ("service.uk_monthly_users", "nan"),
        ("service.uk_monthly_users", "9" * 5000),
        ("service.parts", "user_to_user,=1+1"),
        ("risk.csam_images", "![i](http://out.example/i.png)"),
        ("children.likely_to_access", "True"),
    ],
)
def test_what_is_no_answer_counts_as_not_known_and_is_said(id: str, written: str, open_page: Open) -> None:
    page = open_page(code=NEW, **{f"profile.{id}": written})
    label = CODES[0].catalogue.questions[id].label
    assert re.search(rf'".*" is no answer to {label}: it counts as not known', said(page))
    assert "Profile" not in page.dataframe[0].value
    assert "![" not in "".join(element.value for element in page.markdown)


def test_an_answer_to_a_question_that_nothing_has_is_reported(open_page: Open) -> None:
    asked = "service.uk_users ![i](http://out.example/i.png)"
    page = open_page(code=NEW, **{f"profile.{asked}": "5"})
    assert f'There is no question "{asked}", so what is answered to it counts for nothing.' in said(page)
    assert "![" not in "".join(element.value for element in page.markdown)
    # Of a question that another code reads the answer is kept.
    assert "There is no question" not in said(open_page(code=NEW, **{"profile.children.access_basis": "not_due"}))


# The address


def test_the_address_restores_the_view(open_page: Open) -> None:
    page = open_page(code=NEW, provision="ICU-C14", compare=OLD, chapter="prescreening", kind="added", **{USERS: "5"})
    assert page.selectbox(key="code").value == NEW
    assert page.selectbox(key="provision").value == "ICU-C14"
    assert page.selectbox(key="compare").value == OLD
    assert page.button_group(key="chapter").value == "prescreening"
    assert page.button_group(key="kind").value == "added"
    assert page.number_input(key=USERS).value == 5
    assert page.date_input(key="on").value == date.fromisoformat(SEEN)
    grid = page.dataframe[0].value
    assert len(grid) == 4
    rows_of = page.session_state["asked-prescreening-True"]["selection"]["rows"]
    assert [grid["Id"][row] for row in rows_of] == ["ICU-C14"]


@pytest.mark.parametrize("name", ["code", "provision", "compare", "chapter", "kind", "on"])
def test_a_name_that_nothing_has_is_reported_with_what_is_shown_instead(name: str, open_page: Open) -> None:
    asked = "[x](http://nowhere.example) <b>"
    page = open_page(**{"code": NEW, "compare": OLD, name: asked})
    assert re.search(rf'"{re.escape(asked)}" .*: .* is shown instead\.', said(page))
    assert "](http://nowhere" not in "".join(element.value for element in page.markdown)


def test_a_provision_outside_the_chapter_stays_open(open_page: Open) -> None:
    page = open_page(code=NEW, provision="ICU-C14", chapter="governance")
    assert "ICU-C14" not in [*page.dataframe[0].value["Id"]]
    assert rows(page, "ICU-C14: what it asks, and of whom")


def test_a_day_and_a_provision_are_picked(open_page: Open) -> None:
    page = open_page(code=NEW)
    page.date_input(key="on").set_value(date(2026, 9, 1)).run()
    page.selectbox(key="provision").set_value("ICU-C2").run()
    assert page.query_params == {"on": "2026-09-01", "code": NEW, "provision": "ICU-C2"}


def test_the_code_that_was_shown_last_is_shown_first(open_page: Open) -> None:
    assert open_page().selectbox(key="code").value == CODES[0].name
    open_page(code=OSA)
    assert open_page().selectbox(key="code").value == OSA


# Versions


def test_nothing_is_compared_until_something_is_picked(open_page: Open) -> None:
    page = open_page(code=NEW)
    picker = page.selectbox(key="compare")
    assert picker.value == ""
    assert OLD.rpartition("@")[2] in picker.options[1]
    assert "From uk" not in said(page)
    page.selectbox(key="compare").set_value(OLD).run()
    assert page.query_params["compare"] == OLD
    assert "From uk" in said(page)


@pytest.mark.parametrize(("shown", "other"), [(NEW, OLD), (OLD, NEW), (VOLUNTARY, "uk-interim-csea@2020-12")])
def test_a_comparison_goes_from_the_earlier_to_the_later(shown: str, other: str, open_page: Open) -> None:
    by_name = {code.name: code for code in CODES}
    old, new = sorted((by_name[shown], by_name[other]), key=lambda code: code.in_force.start or date.min)
    found = compare(old, new)
    page = open_page(code=shown, compare=other)
    assert f"From {old.name} to {new.name}: {', '.join(counts(found))}." in said(page)
    table = facts(page, "What changed, before and after")
    pairs = list(zip(table["Before"], table["After"], strict=True))
    assert sorted(pairs) == sorted((flat(each.before) or "–", flat(each.after) or "–") for each in found)
    for kind in {change.kind for change in found}:
        page = open_page(code=shown, compare=other, kind=kind.value)
        among = facts(page, "What changed, before and after")["Change"]
        assert len(among) == sum(change.kind is kind for change in found)


def test_a_code_without_another_version_says_so(open_page: Open) -> None:
    assert "There is no other version of this code here." in said(open_page(code=OSA))
    assert "There is no other version of this code here." not in said(open_page(code=NEW))


def test_two_codes_that_are_no_versions_of_one_say_what_is_compared(open_page: Open) -> None:
    assert TWO_CODES in said(open_page(code=OSA, compare=VOLUNTARY))
    assert TWO_CODES not in said(open_page(code=OLD, compare=NEW))


def test_a_long_comparison_says_how_much_more_there_is(open_page: Open) -> None:
    by_name = {code.name: code for code in CODES}
    found = compare(by_name[CHILDREN], by_name[NEW])
    page = open_page(code=NEW, compare=CHILDREN)
    assert len(facts(page, "What changed, before and after")["Change"]) == 100
    assert f"And {len(found) - 100} more" in said(page)


# Rules of another kind


def test_what_a_version_takes_out_is_listed_and_a_code_of_few_parts_opens(
    open_page: Open, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "codes").mkdir()
    (tmp_path / "questions.yaml").write_bytes(small_rules.QUESTIONS.read_bytes())
    (tmp_path / "codes" / small_rules.CODE.name).write_bytes(small_rules.CODE.read_bytes())
    (tmp_path / "codes" / "small-code@2.yaml").write_text(CHANGE, encoding="utf-8")
    rules = audit.load_rules(tmp_path)
    monkeypatch.setattr(audit, "load_rules", lambda: rules)
    page = open_page(code="small-code@2")
    listed = facts(page, "What is only shown, left out, upcoming or removed")
    at = listed["Item"].index("SC-2")
    assert listed["State"][at] == "removed"
    assert listed["Why"][at] == "Repealed, =1+1 <b> In its place: SC-3."
    page = open_page(code="small-code@2", compare="small-code@1")
    assert "1 provision removed" in said(page)


MARKUP = "![i](http://out.example/i.png) <b> $x$ :red[r] http://out.example"
# What of the rules is text for a reader; all else is an id, a condition or one of a few words.
TEXTS = {
    "title",
    "text",
    "publisher",
    "addressed_to",
    "statement",
    "why",
    "remedy",
    "section",
    "label",
    "ask",
    "define",
}
TEXTS |= {"unit", "says", "kind", "left_out", "upcoming", "note", "items", "statistic", "open_items", "date"}


def marked(value: Any, name: str = "") -> Any:
    """The same part of the rules with markup before every text."""
    match value:
        case str() if type(value) is str and value and name in TEXTS:
            return f"{MARKUP} {value}"
        case Mapping():
            return {
                key: marked(each, key if name == "upcoming" or key in TEXTS else name) for key, each in value.items()
            }
        case tuple():
            return tuple(marked(each, name) for each in value)
        case Expression() | model.Test() | Interval():
            return value
    if is_dataclass(value) and not isinstance(value, type):
        own = {each.name: marked(getattr(value, each.name), each.name) for each in fields(value)}
        return replace(value, **own)
    return value


def rendered(page: AppTest) -> Iterator[str]:
    """Everything that the page hands over as Markdown: a list's labels and a grid's cells are plain text."""
    for element in (*page.markdown, *page.title, *page.header, *page.subheader):
        yield element.value
    for block in (*page.expander, *page.button):
        yield block.label
    for opened in page.get("popover"):
        yield opened.proto.popover.label
    for widget in (*page.selectbox, *page.multiselect, *page.number_input, *page.date_input):
        yield widget.label
        yield widget.help
    for table in page.table:
        yield from (str(cell) for column in table.value.columns for cell in table.value[column])
    for group in page.get("button_group"):
        yield from (option.content for option in group.proto.options)


@pytest.mark.parametrize("id", [code.name for code in CODES])
def test_markup_in_the_rules_is_shown_as_written(id: str, open_page: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    shown = marked(audit.load_rules())
    monkeypatch.setattr(audit, "load_rules", lambda: shown)
    answers = {PARTS: "user_to_user", RISK: "low"}
    code = next(code for code in shown.codes if code.name == id)
    other = next(code.name for code in shown.codes if code.name != id)
    page = open_page(code=id, provision=code.provisions[-1].id, compare=other, **answers)
    lines = [line for line in rendered(page) if line]
    assert sum(MARKUP in plain(line) for line in lines) > 20
    assert [line for line in lines if "![" in line or "<b>" in line or "$x$" in line or ":red[r]" in line] == []
    assert [line for line in lines if "http://out" in line] == []
    chapters = [plain(option.content) for option in page.button_group(key="chapter").proto.options]
    assert all(label.startswith(MARKUP) for label in chapters[1:])


def test_rules_with_problems_are_said_instead_of_a_code(open_page: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    wrong = problem("empty-file", "code.yaml", 1, 1)

    def refuse() -> Rules:
        raise audit.RulesError([wrong])

    monkeypatch.setattr(audit, "load_rules", refuse)
    page = open_page()
    assert page.title[0].value == "The rules have problems"
    assert page.code[0].value == render(wrong)


# The ways there and back


def link(page: AppTest, label: str) -> dict[str, str]:
    """The parameters of the link that reads so."""
    found = next(each.proto for each in page.get("page_link") if plain(each.proto.label) == f"{label} →")
    return dict(parse_qsl(found.query_string))


def test_the_way_back_leads_to_the_assessment(open_page: Open) -> None:
    came = {"service": "harbourline", "period": "2026-06-30", "provision": "ICU-C9"}
    assert link(open_page(code=NEW, **came), "Back to the assessment") == {"code": NEW, **came}
    assert link(open_page(code=NEW), "Assessments by this code") == {"code": NEW}


def test_a_service_leads_to_its_code_and_a_provision_to_its_clause(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    monkeypatch.setattr(sys, "argv", ["app.py", str(audit.samples() / "harbourline" / "2026-06-30.yaml")])
    page = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60)
    page.query_params.update({"service": "harbourline", "code": OSA, "provision": "OSA-66.1"})
    page.run()
    assert link(page, "What this code asks") == {"service": "harbourline", "code": OSA}
    asked = {"service": "harbourline", "code": OSA, "provision": "OSA-66.1"}
    assert link(page, "What the code says of OSA-66.1") == asked


def test_a_store_leads_to_its_portfolio(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    monkeypatch.setattr(sys, "argv", ["app.py"])
    page = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60).run()
    page.switch_page(CODE_PAGE)
    page.query_params.update({"code": OSA})
    page.run()
    assert not page.exception
    assert link(page, "Who is assessed by this code") == {"code": OSA}
