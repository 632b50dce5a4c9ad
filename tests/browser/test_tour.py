"""The tour in a real browser: it is offered once, taken with the keyboard, and blocks nothing."""

import re
from typing import Any

from playwright.sync_api import Page, expect


def test_the_tour_is_offered_until_declined_and_walked_with_the_keyboard(
    lab: Any, page: Page
) -> None:
    page.goto(lab.url)
    offer = page.get_by_role("region", name="Tour")
    decline = offer.get_by_role("button", name="No, thanks")
    decline.focus()
    page.keyboard.press("Enter")
    expect(offer).to_be_hidden()
    page.reload()
    again = page.locator(".st-key-take-tour button").first
    expect(again).to_be_visible()
    expect(page.get_by_test_id("stApp")).to_have_attribute("data-test-script-state", "notRunning")
    expect(page.locator(".invitation:visible")).to_have_count(0)
    again.focus()
    page.keyboard.press("Enter")
    card = page.locator(".st-key-tour-card")
    expect(card).to_contain_text("Tour, 1 of 4")
    for stop, path in ((2, "runs"), (3, "neurons"), (4, "train")):
        following = card.get_by_role("link").last
        following.focus()
        page.keyboard.press("Enter")
        expect(page).to_have_url(re.compile(path))
        expect(card).to_contain_text(f"Tour, {stop} of 4")
        expect(page.get_by_test_id("stApp")).to_have_attribute(
            "data-test-script-state", "notRunning"
        )
    card.get_by_role("button").focus()
    page.keyboard.press("Enter")
    expect(card).to_have_count(0)
