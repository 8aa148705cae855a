"""Every page by axe-core: WCAG 2.2, levels A and AA, in both themes, on a wide screen and on a phone.

What Streamlit itself breaks stands in STREAMLITS, rule by rule, with where; nothing else is left out, and an entry that
is not needed any more fails.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from browsing import settle
from playwright.sync_api import Browser, Page, expect

from compliance.dashboard import desk

ROOT = Path(__file__).resolve().parents[1]
FAULTY = ROOT / "tests" / "bad" / "number-with-unit.yaml"
THEMES, WIDTHS = ("light", "dark"), (1280, 390)
LEVELS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
SAMPLE = {"service": "harbourline"}
CHAPTERS = ("removal", "terms")

# Rules that elements break which Streamlit draws and gives us no say in: where they are, and why that is so.
STREAMLITS = {
    # A table that is wider than a phone scrolls in a box that cannot be given a place in the order of the Tab key.
    # Chromium gives it one itself.
    "scrollable-region-focusable": "[data-testid=stTable] > div",
    # The day and the month of a date's field stand beside each other and are 18 pixels wide.
    "target-size": "[data-testid=stDateInput] [role=spinbutton]",
}

RUN = "levels => axe.run({runOnly: levels, resultTypes: ['violations']}).then(found => found.violations)"
UNFOLD = "document.querySelectorAll('details:not([open]) > summary').forEach(summary => summary.click())"
IS_INSIDE = "([target, around]) => document.querySelector(target).matches(around)"


@pytest.fixture(scope="module")
def pages(browser: Browser, store_dashboard: str) -> list[str]:
    """The address of every page in the navigation, and of what it looks like with something open."""
    context = browser.new_context()
    page = context.new_page()
    page.goto(store_dashboard)
    links = page.locator("[data-testid=stTopNavLink]")
    expect(links.first).to_be_visible()
    found = links.evaluate_all("links => links.map(link => link.href)")
    drafts = [
        _draft(page, store_dashboard, file) for file in (ROOT / "sample_reports/harbourline/2026-06-30.yaml", FAULTY)
    ]
    context.close()
    queries = [SAMPLE, *({desk.DRAFT: draft} for draft in drafts)]
    chapters = [f"{store_dashboard}/answer?{urlencode({desk.DRAFT: drafts[0], 'chapter': each})}" for each in CHAPTERS]
    opened = (f"{each}?{urlencode(query)}" for each in found for query in queries if _takes(each, query))
    return [*found, *opened, *chapters]


def _takes(address: str, query: dict[str, str]) -> bool:
    """Whether a page shows something else with that in its address."""
    is_desk = urlsplit(address).path in ("/prepare", "/answer")
    return is_desk == (desk.DRAFT in query)


def _draft(page: Page, address: str, file: Path) -> str:
    """The token of a draft that a file was opened as."""
    page.goto(f"{address}/prepare")
    page.locator("[data-testid=stFileUploaderDropzoneInput]").first.set_input_files(file)
    page.wait_for_url(f"**{desk.DRAFT}=*")
    return page.url.partition(f"{desk.DRAFT}=")[2].partition("&")[0]


@pytest.fixture(scope="module")
def broken(browser: Browser, pages: list[str]) -> list[tuple[str, str, int, str, str, bool]]:
    """What axe finds: page, theme, width, rule, element, and whether it is one of Streamlit's."""
    return [each for theme in THEMES for each in _broken(browser, pages, theme)]


def _broken(browser: Browser, pages: list[str], theme: Any) -> Iterator[tuple[str, str, int, str, str, bool]]:
    for address in pages:
        context = browser.new_context(viewport={"width": WIDTHS[0], "height": 900}, color_scheme=theme)
        page = context.new_page()
        page.goto(address)
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 900})
            settle(page)
            page.evaluate(UNFOLD)
            settle(page)
            page.evaluate(AXE_SCRIPT)
            for violation in page.evaluate(RUN, LEVELS):
                for node in violation["nodes"]:
                    around = STREAMLITS.get(violation["id"])
                    is_own = bool(around) and page.evaluate(IS_INSIDE, [node["target"][0], around])
                    place = urlsplit(address)
                    yield f"{place.path}?{place.query}", theme, width, violation["id"], node["html"][:200], is_own
        context.close()


def test_nothing_of_ours_breaks_a_rule(broken: list[tuple[str, str, int, str, str, bool]]) -> None:
    assert [each[:5] for each in broken if not each[5]] == []


def test_what_streamlit_breaks_is_still_broken(broken: list[tuple[str, str, int, str, str, bool]]) -> None:
    assert {each[3] for each in broken if each[5]} == {*STREAMLITS}
