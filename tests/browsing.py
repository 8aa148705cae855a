"""How tests go about in the dashboard with a browser."""

from __future__ import annotations

from urllib.parse import urlencode

from playwright.sync_api import Locator, Page, expect

expect.set_options(timeout=30_000)

FITS = """width => innerWidth === width && [document.documentElement, document.querySelector('[data-testid=stMain]')]
    .every(element => element.scrollWidth <= element.clientWidth)"""


def visit(page: Page, address: str, **parameters: str) -> None:
    """Opens the page there and waits until all of it is drawn."""
    page.goto(f"{address}?{urlencode(parameters)}")
    settle(page)


def settle(page: Page) -> None:
    expect(page.locator("h1")).to_be_visible()
    expect(page.locator("[data-testid=stApp]")).to_have_attribute("data-test-script-state", "notRunning")
    expect(page.locator("[data-testid=stSkeleton]")).to_have_count(0)


def tab_to(page: Page, element: Locator) -> None:
    """Presses the Tab key until this has the focus."""
    for _ in range(80):
        page.keyboard.press("Tab")
        if element.evaluate("element => element === document.activeElement"):
            break
    expect(element).to_be_focused()


def words(page: Page) -> str:
    """Everything the page says, the hidden tables of its grids included, on one line."""
    return " ".join(page.locator("[data-testid=stMain]").evaluate("main => main.textContent").split())
