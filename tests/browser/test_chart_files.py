"""What one takes away of a chart: pictures for paper and numbers, named after what they show."""

import csv
import io
import struct
import xml.etree.ElementTree as ElementTree
from pathlib import Path

from playwright.sync_api import Browser

from dashboard.charts.theme import DARK, LIGHT
from dashboard.state import elements
from tests.browser.conftest import PATIENCE_MS, Lab

CHART = elements.LOSS_CURVES


def rgb(colour: str) -> str:
    return f"rgb({', '.join(str(int(colour[i : i + 2], 16)) for i in (1, 3, 5))})"


def test_a_chart_on_a_dark_page_is_saved_for_paper(
    browser: Browser, lab: Lab, tmp_path: Path
) -> None:
    context = browser.new_context(
        viewport={"width": 1440, "height": 1000}, color_scheme="dark", accept_downloads=True
    )
    page = context.new_page()
    page.set_default_timeout(PATIENCE_MS)
    page.goto(f"{lab.url}/runs?study=chosen")
    page.locator(f".st-key-{elements.DOWNLOAD.of(CHART)} button").first.click()
    page.locator(f".st-key-{elements.ON_PAPER.of(CHART)} .modebar").wait_for(state="attached")
    files = {}
    buttons = {
        ending: page.locator(f".st-key-{elements.PICTURES.of(CHART)}").get_by_role(
            "button", name=ending.upper()
        )
        for ending in ("svg", "png")
    }
    buttons["csv"] = page.locator(f".st-key-{elements.NUMBERS.of(CHART)} button")
    for ending, button in buttons.items():
        with page.expect_download() as download:
            button.click()
        assert download.value.suggested_filename == f"runs-loss.{ending}"
        download.value.save_as(tmp_path / ending)
        files[ending] = (tmp_path / ending).read_bytes()
    context.close()
    svg = files["svg"].decode()
    assert ElementTree.fromstring(svg).get("width") == "900"
    assert rgb(LIGHT.ink) in svg
    assert rgb(DARK.ink) not in svg
    width, _ = struct.unpack(">II", files["png"][16:24])
    assert width == 2 * 900
    rows = list(csv.DictReader(io.StringIO(files["csv"].decode())))
    assert {row["line"] for row in rows} >= {"LSTM", "RNN"}
    assert set(rows[0]) == {"line", "epoch", "loss, bits per character"}
