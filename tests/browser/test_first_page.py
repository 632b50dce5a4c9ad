"""The first page is there without the browser's largest scripts, and nothing is missing from it."""

from playwright.sync_api import Browser, expect

from dashboard.state import elements
from tests.browser.conftest import PATIENCE_MS, Lab

SCRIPTS = "() => performance.getEntriesByType('resource').map((each) => each.name.split('/').pop())"
# Scripts of several hundred kilobytes, by how they begin.
LARGE = ("PlotlyChart", "arrowFormatUtils", "DataFrame", "moment")


def test_the_overview_loads_no_script_for_charts_or_grids(browser: Browser, lab: Lab) -> None:
    page = browser.new_page(viewport={"width": 1440, "height": 1000})
    page.set_default_timeout(PATIENCE_MS)
    page.goto(lab.url)
    curves = page.locator(f".st-key-{elements.SPARKLINE} img")
    expect(curves).to_be_visible()
    assert curves.evaluate("(image) => image.decode().then(() => image.naturalWidth)") > 0
    points = page.locator(f".st-key-{elements.SPARKLINE} i")
    assert "bits" in str(points.first.get_attribute("title"))
    expect(page.locator(f".st-key-{elements.GLANCE} tbody tr").first).to_be_visible()
    loaded = page.evaluate(SCRIPTS)
    assert any(name.startswith("index") for name in loaded)  # the browser does tell
    assert [name for name in loaded if name.startswith(LARGE)] == []

    page.locator(f".st-key-{elements.DOWNLOAD.of(elements.SPARKLINE)} button").first.click()
    saved = page.locator(f".st-key-{elements.ON_PAPER.of(elements.SPARKLINE)} .js-plotly-plot")
    saved.wait_for()
    page.close()
