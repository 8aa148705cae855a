"""The company's desk by keyboard alone, in Chromium: a profile answered and downloaded, a fix ticked and opened."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from browsing import FITS, settle, tab_to, visit
from playwright.sync_api import Locator, Page, expect

from compliance import audit
from compliance.drafts import opened

ROOT = Path(__file__).resolve().parents[1]
HARBOURLINE = ROOT / "sample_reports" / "harbourline" / "2026-06-30.yaml"
RULES = audit.load_rules()
SCROLLED = "document.querySelector('[data-testid=stMain]').scrollTop"


def frame(page: Page, id: str) -> Locator:
    """The frame of a question."""
    return page.locator(f"[class*='st-key-question-{id.replace('.', '-')}-']")


def done(page: Page, id: str, words: str = "answered") -> None:
    expect(frame(page, id)).to_contain_text(words)
    expect(frame(page, id)).not_to_contain_text("not answered")
    settle(page)


@pytest.mark.parametrize("width", [1280, 390])
def test_a_profile_is_answered_with_the_keyboard_alone(
    page: Page, dashboard: str, requests_out: list[str], errors: list[str], width: int
) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    visit(page, f"{dashboard}/answer")
    tab_to(page, page.get_by_label("Name of the service"))
    page.keyboard.type("Lantern")
    page.keyboard.press("Tab")
    expect(page.get_by_label("Id of the service")).to_have_value("lantern")
    visit(page, page.url.partition("?")[0], draft=page.url.partition("draft=")[2].partition("&")[0], chapter="service")

    # Buttons, of which several may be on, and which show more questions.
    tab_to(page, frame(page, "service.parts").get_by_role("button", name="User to user"))
    page.keyboard.press("Enter")
    done(page, "service.parts")
    # A number, read as it is commonly typed.
    tab_to(page, page.get_by_label("UK users", exact=True))
    page.keyboard.type("41 000")
    page.keyboard.press("Tab")
    done(page, "service.uk_monthly_users")
    expect(page.get_by_label("UK users", exact=True)).to_have_value("41,000")
    # The next stop of the Tab key is that nothing is known of it.
    expect(page.get_by_label("Not known: UK users")).to_be_focused()
    page.keyboard.press("Space")
    done(page, "service.uk_monthly_users", "not known")
    # One of a few buttons.
    tab_to(page, frame(page, "service.lets_users_share_images").get_by_role("radio").first)
    page.keyboard.press("Space")
    done(page, "service.lets_users_share_images")
    page.wait_for_function(FITS, arg=width)

    # The next chapter begins at the top, where a link leads past the table of chapters.
    tab_to(page, page.get_by_role("button", name=re.compile("^Next: ")))
    before = page.evaluate(SCROLLED)
    page.keyboard.press("Enter")
    expect(page.locator("h2#chapter")).not_to_contain_text("The service")
    settle(page)
    assert before > 0 == page.evaluate(SCROLLED)
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="↓ To ")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("h2#chapter")).to_be_in_viewport()

    tab_to(page, page.get_by_role("button", name="Download the file, YAML"))
    with page.expect_download() as download:
        page.keyboard.press("Enter")
    given = opened(download.value.path().read_bytes(), "x.yaml", RULES, audit.today()).submission
    assert (given.service.name, given.answers["service.parts"]) == ("Lantern", ("user_to_user",))
    assert given.answers["service.lets_users_share_images"] is True
    assert given.not_measured == ("service.uk_monthly_users",)
    assert (requests_out, errors) == ([], [])


def test_a_date_is_typed_with_the_keyboard_alone(page: Page, dashboard: str, errors: list[str]) -> None:
    visit(page, f"{dashboard}/answer")
    tab_to(page, page.get_by_label("Prepared on").get_by_role("spinbutton").first)
    page.keyboard.type("20260801")
    page.keyboard.press("Escape")
    expect(page).to_have_url(re.compile("draft="))
    settle(page)
    with page.expect_download() as download:
        page.get_by_role("button", name="Download the file, YAML").press("Enter")
    given = opened(download.value.path().read_bytes(), "x.yaml", RULES, audit.today()).submission
    assert given.prepared_on.isoformat() == "2026-08-01"
    assert errors == []


def test_a_fix_is_ticked_and_opened_with_the_keyboard_alone(
    page: Page, dashboard: str, requests_out: list[str], errors: list[str]
) -> None:
    visit(page, f"{dashboard}/prepare")
    page.locator("input[type=file]").first.set_input_files(HARBOURLINE)
    expect(page).to_have_url(re.compile("draft="))
    settle(page)
    tab_to(page, page.get_by_role("combobox", name="Ticked"))
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("fixes="))
    settle(page)
    tab_to(page, page.locator(".st-key-fix input"))
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("fix="))
    for width in (1280, 390):
        page.set_viewport_size({"width": width, "height": 900})
        page.wait_for_function(FITS, arg=width)
    assert (requests_out, errors) == ([], [])
