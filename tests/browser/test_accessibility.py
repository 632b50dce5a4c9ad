"""These pages have no serious violation that axe finds: contrast, names, roles; light and dark."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, expect

from tests.browser.conftest import PATIENCE_MS, Lab


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("path", ["runs?study=chosen", "glossary"])
def test_axe_finds_nothing_serious(browser: Browser, lab: Lab, path: str, scheme: str) -> None:
    context = browser.new_context(
        viewport={"width": 1440, "height": 1000},
        color_scheme=scheme,  # type: ignore[arg-type]
        reduced_motion="reduce",
    )
    page = context.new_page()
    page.set_default_timeout(PATIENCE_MS)
    page.goto(f"{lab.url}/{path}")
    page.locator("h1").first.wait_for()
    expect(page.locator('[data-testid="stApp"]')).to_have_attribute(
        "data-test-script-state", "notRunning", timeout=PATIENCE_MS
    )
    expect(page.locator('[data-stale="true"]')).to_have_count(0, timeout=PATIENCE_MS)
    found = Axe().run(page).response["violations"]
    context.close()
    serious = {
        each["id"]: [(node["target"], node["failureSummary"]) for node in each["nodes"]]
        for each in found
        if each["impact"] in ("serious", "critical")
    }
    assert serious == {}
