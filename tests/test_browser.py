"""The pages in a browser: what loads, what a click does, and that submitted text is never more than text.

The sample `markup` holds markup in every text field. Walking through it must open no dialog, ask nothing of the
network, and show each text as it was written.
"""

from __future__ import annotations

import json
import re
import struct
from pathlib import Path
from typing import Any

import pytest
from browsing import FITS, settle, tab_to, visit, words
from playwright.sync_api import Page, expect

from compliance import audit, document
from compliance.audience import nearest_day, profile
from compliance.dashboard.parts import HEADER, ONE_LINE
from compliance.model import Applies

ROOT = Path(__file__).resolve().parents[1]
MARKUP = ROOT / "sample_reports" / "markup" / "2026-06-30.yaml"
IICSA, ICU, OSA = "uk-iicsa-2020@1", "uk-ofcom-illegal-content-u2u@2025-02-24", "uk-osa-duties@2026-06-29"
GRID_ROW = 30

# Elements that text must not become; what Streamlit itself draws stands outside these blocks or is none of them.
FOREIGN = "img, iframe, object, embed, form, script, style, svg, video, audio, .katex, [role=img], del, table table"
ELEMENTS_IN_TEXT = f"""() => [...document.querySelectorAll(
    '[data-testid=stMarkdownContainer], [data-testid=stHeading], [data-testid=stTable], [data-testid=stCode] pre')]
    .flatMap(block => [...block.querySelectorAll('{FOREIGN}')])
    .filter(element => !element.closest('[data-testid=stHeaderActionElements]')).map(element => element.outerHTML)"""
HANDLERS = """() => [...document.querySelectorAll('*')].filter(
    element => [...element.attributes].some(({ name }) => name.startsWith('on'))).map(element => element.outerHTML)"""
LINKS = "() => [...document.querySelectorAll('[data-testid=stMain] a')].map(link => link.getAttribute('href'))"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_page_fits_and_asks_nothing_of_others(
    page: Page, dashboard: str, requests_out: list[str], errors: list[str], scheme: Any
) -> None:
    page.emulate_media(color_scheme=scheme)
    visit(page, dashboard, service="harbourline")
    expect(page.locator(".js-plotly-plot")).to_have_count(3)
    for width in (1280, 390):
        page.set_viewport_size({"width": width, "height": 900})
        page.wait_for_function(FITS, arg=width)
    assert (requests_out, errors) == ([], [])


def test_a_click_on_a_row_opens_it_and_the_address_restores_it(page: Page, dashboard: str, errors: list[str]) -> None:
    visit(page, dashboard, service="harbourline", tab="provisions")
    grid = page.locator("[data-testid=stDataFrame]").first
    third = grid.locator("canvas table tbody tr, canvas [role=row]").nth(3).inner_text()
    grid.scroll_into_view_if_needed()
    grid.click(position={"x": 20, "y": HEADER + 2 * ONE_LINE + ONE_LINE // 2})
    expect(page).to_have_url(re.compile("provision="))
    chosen = page.url.split("provision=")[1].split("&")[0]
    assert chosen in third
    expect(page.locator("[class*=st-key-panel] h3")).to_contain_text(f"{chosen} ")
    page.goto(page.url)
    settle(page)
    expect(page.locator("[class*=st-key-panel] h3")).to_contain_text(f"{chosen} ")
    assert errors == []


def test_a_low_row_opens_beside_the_table(page: Page, dashboard: str) -> None:
    visit(page, dashboard, service="harbourline", tab="provisions")
    grid = page.locator("[data-testid=stDataFrame]").first
    grid.evaluate("grid => grid.scrollIntoView({block: 'end'})")
    grid.click(position={"x": 20, "y": HEADER + 10 * ONE_LINE + ONE_LINE // 2})
    expect(page).to_have_url(re.compile("provision="))
    expect(page.locator("[class*=st-key-panel] h3")).to_be_in_viewport()


def test_a_provision_opens_with_the_keyboard_alone(page: Page, dashboard: str, errors: list[str]) -> None:
    visit(page, dashboard, service="harbourline", tab="provisions")
    picker = page.locator(".st-key-provision input")
    tab_to(page, picker)
    page.keyboard.type("R4.2")
    expect(page.get_by_role("option")).to_have_text([re.compile("^IICSA-R4.2 ")])
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("provision=IICSA-R4.2"))
    expect(page.locator("[class*=st-key-panel] h3")).to_contain_text("IICSA-R4.2 ")
    selected = page.locator("[data-testid=stDataFrame] canvas [role=row][aria-selected=true]")
    expect(selected).to_contain_text("IICSA-R4.2")
    # The table reports the row it was drawn with, which must not undo the choice.
    settle(page)
    expect(page).to_have_url(re.compile("provision=IICSA-R4.2"))
    assert errors == []


def test_a_row_can_be_ticked_again_after_the_list_opened_another(page: Page, dashboard: str) -> None:
    visit(page, dashboard, service="harbourline", tab="provisions")
    grid, title = page.locator("[data-testid=stDataFrame]").first, page.locator("[class*=st-key-panel] h3")
    second = grid.locator("canvas [role=row]").nth(2).inner_text()
    for pick in ("R4.2", "R1.9"):
        grid.scroll_into_view_if_needed()
        grid.click(position={"x": 20, "y": HEADER + ONE_LINE + ONE_LINE // 2})
        expect(title).to_have_text(re.compile(rf"^{re.escape(second[:10])}"))
        settle(page)
        page.locator(".st-key-provision input").focus()
        page.keyboard.type(pick)
        expect(page.get_by_role("option")).to_have_count(1)
        page.keyboard.press("Enter")
        expect(title).to_have_text(re.compile(f"^IICSA-{pick}"))
        settle(page)
    expect(grid.locator("canvas [role=row][aria-selected=true]")).to_have_count(0)
    expect(page.get_by_text("listed under “Does not apply”")).to_be_visible()
    page.go_back()
    expect(title).to_have_text(re.compile(rf"^{re.escape(second[:10])}"))


def test_pickers_and_tabs_write_to_the_address(page: Page, dashboard: str) -> None:
    visit(page, dashboard, service="harbourline")
    page.get_by_role("radio", name="Flags").or_(page.get_by_role("button", name="Flags")).first.click()
    expect(page).to_have_url(re.compile("tab=flags"))
    period = page.locator(".st-key-period input")
    period.scroll_into_view_if_needed()  # a list that opens while the page moves closes again
    period.click()
    page.get_by_role("option", name="2025-12-31").click()
    expect(page).to_have_url(re.compile("period=2025-12-31"))
    settle(page)
    assert "provision=" not in page.url
    page.go_back()
    expect(page.locator("h1")).to_have_text("Harbourline")


def test_the_export_is_the_recorded_result(page: Page, dashboard: str) -> None:
    recorded = json.loads((ROOT / "sample_reports/boxferry/2026-06-30.expected.json").read_text(encoding="utf-8"))
    exported = []
    for code in (f"{entry['code']['id']}@{entry['code']['version']}" for entry in recorded):
        visit(page, dashboard, service="boxferry", code=code)
        page.get_by_role("button", name="Export").click()
        with page.expect_download() as download:
            page.get_by_role("button", name="JSON").click()
        assert download.value.suggested_filename == f"boxferry-2026-06-30-{code}.json"
        exported += json.loads(download.value.path().read_text(encoding="utf-8"))
    assert len(recorded) > 1
    assert [entry | {"file": ""} for entry in exported] == [entry | {"file": ""} for entry in recorded]


# Views that show what is answered and offered in evidence, and the lists beside the provisions; each provision that the
# sample declares something of comes on top.
VIEWS = [
    (IICSA, "provisions", "IICSA-R2.7"),
    (IICSA, "provisions", "IICSA-R4.1"),
    (IICSA, "provisions", "IICSA-R4.3"),
    (IICSA, "not-applicable", "IICSA-R1.9"),
    (IICSA, "flags", "IICSA-R3.4"),
    (IICSA, "evidence", "IICSA-R1.1"),
    (ICU, "evidence", "ICU-C5"),
    (OSA, "flags", "OSA-66.1"),
]


def declared_views() -> list[tuple[str, str, str]]:
    """Each provision that the sample declares something of, in the code that has it for the sample's period."""
    report = audit.read_report(MARKUP, audit.load_rules(), audit.today())
    assert report.submission
    found = []
    for code in audit.load_rules().fitting(report.submission, None):
        ids = [each.id for each in code.provisions if each.id in report.submission.declarations]
        found += [(code.name, "provisions", id) for id in ids]
    return found


def test_markup_is_shown_as_written(page: Page, dashboard: str, requests_out: list[str], errors: list[str]) -> None:
    said = ""
    sources = {source.url for code in audit.load_rules().codes for source in code.sources.values()}
    for code, tab, provision in (*VIEWS, *declared_views()):
        visit(page, dashboard, service="markup", code=code, tab=tab, provision=provision)
        expect(page.locator("[class*=st-key-panel] h3")).to_contain_text(f"{provision} ")
        assert page.evaluate(ELEMENTS_IN_TEXT) == []
        assert page.evaluate(HANDLERS) == []
        outside = {link for link in page.evaluate(LINKS) if not link.startswith("code?")}
        assert outside <= sources | {"#provision"}
        said += words(page)
    page.locator(".st-key-service input").click()
    said += page.locator("[role=listbox]").inner_text()
    assert (requests_out, errors) == ([], [])
    assert [value for value in shown_texts() if value not in said] == []


def shown_texts() -> list[str]:
    """The texts of the sample that some code's page shows: all but the roles and answers that no requirement reads."""
    tree, _ = document.read(MARKUP.read_bytes(), MARKUP.name)
    assert tree is not None
    sample = tree.value
    found = [sample["service"]["name"], sample["service"]["provider"]]
    governance = sample["answers"]["governance"]
    found += [governance["code_url"], governance["code_version"], governance["accountable_role"]]
    found += [sample["answers"]["removal"]["hosting_countries"]]
    for declaration in sample["provisions"].values():
        found += [value for key, value in declaration.items() if key not in ("status", "since")]
    for piece in sample["evidence"]:
        found += [piece["id"], piece["title"], piece["made_by"]]
    return [" ".join(value.split()) for value in found]


# A code


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_code_page_fits_and_asks_nothing_of_others(
    page: Page, dashboard: str, requests_out: list[str], errors: list[str], scheme: Any
) -> None:
    page.emulate_media(color_scheme=scheme)
    for code in (ICU, OSA):
        given = {"profile.service.parts": "user_to_user", "compare": IICSA, "kind": "readdressed"}
        visit(page, f"{dashboard}/code", code=code, **given)
        expect(page.locator(".js-plotly-plot")).to_have_count(1)
        for width in (1280, 390):
            page.set_viewport_size({"width": width, "height": 900})
            page.wait_for_function(FITS, arg=width)
        assert page.evaluate(ELEMENTS_IN_TEXT) == []
    assert (requests_out, errors) == ([], [])


def test_a_code_is_walked_from_a_service_and_back(page: Page, dashboard: str, errors: list[str]) -> None:
    visit(page, dashboard, service="harbourline", period="2026-06-30", code=ICU)
    page.get_by_role("link", name="What this code asks").click()
    expect(page.locator("h1")).to_have_text("Illegal content Codes of Practice for user-to-user services")
    settle(page)
    grid, panel = page.locator("[data-testid=stDataFrame]").first, page.locator("[class*=st-key-panel] h3")
    third = grid.locator("canvas [role=row]").nth(3).inner_text()
    grid.scroll_into_view_if_needed()
    grid.click(position={"x": 20, "y": HEADER + 2 * ONE_LINE + ONE_LINE // 2})
    expect(page).to_have_url(re.compile("provision=ICU-"))
    chosen = page.url.split("provision=")[1].split("&")[0]
    assert chosen in third
    expect(panel).to_contain_text(f"{chosen} ")
    settle(page)
    users = page.locator(".st-key-profile-service-uk_monthly_users input")
    users.fill("9000000")
    users.press("Enter")
    expect(page).to_have_url(re.compile("profile.service.uk_monthly_users=9000000"))
    result = page.locator(".st-key-result")
    code = audit.load_code(ICU)
    found = profile(code, {"service.uk_monthly_users": 9_000_000}, nearest_day(code, audit.today()))
    expect(result).to_contain_text(f"✓ {found.count(Applies.TRUE)} apply, ")
    settle(page)
    other = page.locator(".st-key-compare input")
    other.scroll_into_view_if_needed()
    other.click()
    page.get_by_role("option", name="2026-09-30").click()
    expect(page.get_by_text(f"From {ICU} to uk-ofcom-illegal-content-u2u@2026-09-30")).to_be_visible()
    settle(page)
    changes = page.locator("[data-testid=stTable]").last
    expect(changes).to_contain_text("ICU-C14")
    said = (result.inner_text(), changes.inner_text())
    page.reload()
    settle(page)
    expect(panel).to_contain_text(f"{chosen} ")
    expect(result).to_contain_text(f"✓ {found.count(Applies.TRUE)} apply, ")
    assert (result.inner_text(), changes.inner_text()) == said
    page.get_by_role("link", name="Back to the assessment").click()
    expect(page.locator("h1")).to_have_text("Harbourline")
    expect(panel).to_contain_text(f"{chosen} ")
    assert errors == []


def test_the_code_page_is_used_with_the_keyboard_alone(page: Page, dashboard: str, errors: list[str]) -> None:
    visit(page, f"{dashboard}/code", code=ICU)
    users = page.locator(".st-key-profile-service-uk_monthly_users input")
    tab_to(page, users)
    page.keyboard.type("9000000")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("profile.service.uk_monthly_users=9000000"))
    expect(page.locator(".st-key-result")).to_contain_text("✓")
    settle(page)
    expect(users).to_be_focused()
    tab_to(page, page.locator(".st-key-more-fields summary"))
    page.keyboard.press("Enter")
    expect(page.locator(".st-key-more-fields details")).to_have_attribute("open", "")
    for key, typed, written in (
        ("provision", "ICU-C2", "provision=ICU-C2"),
        ("compare", "2026-09-30", "compare=uk-ofcom-illegal-content-u2u"),
    ):
        tab_to(page, page.locator(f".st-key-{key} input"))
        page.keyboard.type(typed)
        page.keyboard.press("Enter")
        expect(page).to_have_url(re.compile(written))
        settle(page)
    expect(page.locator("[class*=st-key-panel] h3")).to_contain_text("ICU-C2 ")
    tab_to(page, page.locator(".st-key-kind button").first)
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("kind=added"))
    assert errors == []


def test_another_version_opens_with_its_own_address(page: Page, dashboard: str) -> None:
    visit(page, f"{dashboard}/code", code=ICU)
    page.get_by_role("button", name="Superseded by uk-ofcom-illegal-content-u2u@2026-09-30").click()
    expect(page).to_have_url(re.compile("code=uk-ofcom-illegal-content-u2u%402026-09-30$"))
    expect(page.get_by_role("button", name=f"Supersedes {ICU}")).to_be_visible()
    page.go_back()
    expect(page.get_by_role("button", name="Superseded by")).to_be_visible()


def test_a_portfolio_leads_to_its_code(page: Page, store_dashboard: str, errors: list[str]) -> None:
    visit(page, store_dashboard, code=IICSA)
    page.get_by_role("link", name="What this code asks").click()
    expect(page.locator("h1")).to_have_text("The Internet Investigation's four recommendations, made testable")
    settle(page)
    page.get_by_role("link", name="Who is assessed by this code").click()
    expect(page.locator("h1")).to_have_text("Portfolio")
    expect(page).to_have_url(re.compile("code=uk-iicsa-2020%401$"))
    assert errors == []


# The portfolio


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_portfolio_fits_and_asks_nothing_of_others(
    page: Page, store_dashboard: str, requests_out: list[str], errors: list[str], scheme: Any
) -> None:
    page.emulate_media(color_scheme=scheme)
    for parameters in ({}, {"among": "others"}):
        visit(page, store_dashboard, **parameters)
        expect(page.locator("[data-testid=stDataFrame]")).to_have_count(2)
        for width in (1280, 390):
            page.set_viewport_size({"width": width, "height": 900})
            page.wait_for_function(FITS, arg=width)
        assert page.evaluate(ELEMENTS_IN_TEXT) == []
        assert page.evaluate(HANDLERS) == []
    assert (requests_out, errors) == ([], [])


def test_a_cell_of_the_grid_filters_until_it_is_let_go(page: Page, store_dashboard: str, errors: list[str]) -> None:
    visit(page, store_dashboard, code=IICSA)
    grid, title = page.locator("[data-testid=stDataFrame]").first, page.locator("h3").last
    grid.click(position={"x": 350, "y": HEADER + GRID_ROW + GRID_ROW // 2})
    expect(page).to_have_url(re.compile("cohort=file-sharing&chapter=prescreening$"))
    expect(title).to_have_text("1 service: File sharing that falls short on Pre-screening before upload")
    settle(page)
    page.reload()
    settle(page)
    expect(title).to_have_text("1 service: File sharing that falls short on Pre-screening before upload")
    grid.click(position={"x": 60, "y": HEADER + 3 * GRID_ROW + GRID_ROW // 2})
    expect(title).to_have_text("2 services: Social media")
    settle(page)
    page.keyboard.press("Escape")
    expect(title).to_have_text(re.compile("services, worst first$"))
    assert "cohort=" not in page.url
    assert errors == []


def test_a_row_opens_the_service_and_the_way_back_keeps_the_filter(
    page: Page, store_dashboard: str, errors: list[str]
) -> None:
    visit(page, store_dashboard, code=IICSA, place="conforms_with_comments")
    services, title = page.locator("[data-testid=stDataFrame]").last, page.locator("h3").last
    heading = title.inner_text()
    second = services.locator("canvas [role=row]").nth(2)
    expect(second).to_contain_text("Harbourline")
    services.scroll_into_view_if_needed()
    services.click(position={"x": 20, "y": HEADER + ONE_LINE + ONE_LINE // 2})
    expect(page.locator("h1")).to_have_text("Harbourline")
    expect(page).to_have_url(re.compile(r"/service\?service=harbourline&period=2026-06-30&code=uk-iicsa-2020%401"))
    settle(page)
    page.go_back()
    expect(page.locator("h1")).to_have_text("Portfolio")
    expect(title).to_have_text(heading)
    assert errors == []


def test_a_service_opens_from_the_portfolio_with_the_keyboard_alone(
    page: Page, store_dashboard: str, errors: list[str]
) -> None:
    visit(page, store_dashboard)
    around, picker = page.get_by_role("link", name="To the services"), page.locator(".st-key-open input")
    tab_to(page, around)
    page.keyboard.press("Enter")
    tab_to(page, picker)
    assert "cohort=" not in page.url
    page.keyboard.type("swap")
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_have_text("Swapstead")
    settle(page)
    page.get_by_role("link", name="Portfolio").click()
    expect(page.locator("h1")).to_have_text("Portfolio")
    settle(page)
    expect(page.locator("h1")).to_have_text("Portfolio")
    assert errors == []


def test_the_hostile_sample_is_walked_from_the_portfolio(
    page: Page, store_dashboard: str, requests_out: list[str], errors: list[str]
) -> None:
    visit(page, store_dashboard)
    page.get_by_role("button", name="not on the register").click()
    title = page.locator("h3").last
    expect(title).to_have_text(re.compile("not on the register"))
    settle(page)
    name = shown_texts()[0]
    assert name in words(page)
    page.locator(".st-key-open input").click()
    page.keyboard.type("markup")
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_have_text(name)
    settle(page)
    assert page.evaluate(ELEMENTS_IN_TEXT) == []
    assert page.evaluate(HANDLERS) == []
    assert (requests_out, errors) == ([], [])


def test_the_export_of_the_portfolio_is_what_is_shown(page: Page, store_dashboard: str) -> None:
    visit(page, store_dashboard, code=IICSA, place="conforms")
    with page.expect_download() as download:
        page.get_by_role("button", name="Export CSV").click()
    assert download.value.suggested_filename == "portfolio-uk-iicsa-2020@1-2026-06-30.csv"
    lines = download.value.path().read_text(encoding="utf-8").splitlines()
    assert [line.split(",")[0] for line in lines[1:]] == ["sparrowclip", "plotters-corner"]


@pytest.mark.usefixtures("recorded")
def test_the_picture_in_the_readme_is_of_this_page(
    page: Page, dashboard: str, pytestconfig: pytest.Config, tmp_path: Path
) -> None:
    """Fonts differ between machines, so its size is held, and only `--update` draws it anew."""
    picture = ROOT / "tests" / "pictures" / "service.png"
    page.set_viewport_size({"width": 1280, "height": 1000})
    visit(page, dashboard, service="boxferry")
    drawn = tmp_path / "service.png"
    page.screenshot(path=drawn)
    if pytestconfig.getoption("--update"):
        picture.parent.mkdir(exist_ok=True)
        picture.write_bytes(drawn.read_bytes())
    assert _size(picture) == _size(drawn) == (1280, 1000)


def _size(png: Path) -> tuple[int, int]:
    """Width and height, from the header of a PNG."""
    width, height = struct.unpack(">II", png.read_bytes()[16:24])
    return width, height
