"""The view as one file: opened from the disk, offline, with text that would harm."""

import re
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from dashboard.components.tune_player import Activations, Recalled, Selection, player_data
from dashboard.components.tune_player.standalone import standalone_page
from songrnn.notation.engraving import engrave
from songrnn.notation.reader import read

TUNE = "X:1\nT:</script><script>window.harmed=true</script>\nM:4/4\nL:1/4\nK:C\n|:CDEF|GABc:|\n"


@pytest.fixture
def file(tmp_path: Path) -> str:
    reading = read(TUNE)
    values = np.stack([np.sin(np.arange(len(TUNE)) / (2 + unit)) for unit in range(4)])
    data = player_data(
        reading,
        svg=engrave(reading),
        audio=None,
        activations=Activations(values, labels={2: "reads: <b>bars</b>"}),
        selection=Selection(neuron=1),
    )
    page = standalone_page(data, title="A <b>bold</b> tune", words="How to read it")
    path = tmp_path / "neurons.html"
    path.write_text(page, encoding="utf-8")
    return path.as_uri()


def test_the_file_opens_offline_with_its_neurons(page: Page, file: str) -> None:
    page.context.set_offline(True)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(file)
    cell = page.get_by_test_id("char-20")
    expect(cell).to_have_attribute("data-value", re.compile("."))
    assert float(cell.get_attribute("data-value") or "nan") == pytest.approx(
        np.sin(20 / 3), abs=1e-3
    )
    expect(page.locator("[data-testid=staff] svg .note").first).to_be_visible()
    page.get_by_test_id("neuron").select_option("2")
    assert float(cell.get_attribute("data-value") or "nan") == pytest.approx(
        np.sin(20 / 4), abs=1e-3
    )
    assert page.evaluate("window.harmed") is None
    expect(page.locator("h1")).to_have_text("A <b>bold</b> tune")
    assert [url for url in asked if not url.startswith(("file:", "blob:"))] == []


@pytest.mark.parametrize("format", ["svg", "png"])
def test_staff_and_text_are_saved_as_a_picture(page: Page, file: str, format: str) -> None:
    page.goto(file)
    with page.expect_download() as download:
        page.get_by_test_id(f"save-{format}").click()
    saved = Path(download.value.path()).read_bytes()
    assert download.value.suggested_filename == f"neuron-1.{format}"
    if format == "png":
        assert saved.startswith(b"\x89PNG")
        assert len(saved) > 5000
        return
    drawing = saved.decode()
    letters = [
        text.text
        for text in ElementTree.fromstring(drawing).findall("{http://www.w3.org/2000/svg}text")
        if text.get("text-anchor") == "middle"
    ]
    assert letters == list(TUNE.replace("\n", "↵").replace(" ", "␣"))
    assert "<script" not in drawing


def test_a_saved_picture_has_lines_and_no_blots_and_says_what_it_shows(
    page: Page, tmp_path: Path
) -> None:
    """It has no style sheet: a curve that is not said to be unfilled is filled."""
    reading = read("X:1\nT:Repeats\nM:4/4\nL:1/4\nK:C\nCDEF|CDEF|GABc|\n")
    starts = [at for at in range(len(reading.text)) if reading.text[at : at + 4] == "CDEF"]
    data = player_data(
        reading,
        svg=engrave(reading),
        audio=None,
        activations=Activations(
            np.zeros((3, len(reading.text))), file="repeats-mine-layer-1-hidden"
        ),
        recalled=Recalled((0.0,) * len(reading.text), ((starts[1], starts[0], "bar 2 as bar 1"),)),
        selection=Selection(neuron=1),
    )
    path = tmp_path / "neurons.html"
    path.write_text(standalone_page(data, title="A tune", words=""), encoding="utf-8")
    page.goto(path.as_uri())
    expect(page.get_by_test_id("recalled").locator("path")).to_have_count(1)
    with page.expect_download() as download:
        page.get_by_role("button", name="SVG").click()
    assert download.value.suggested_filename == "repeats-mine-layer-1-hidden-neuron-1.svg"
    root = ElementTree.parse(download.value.path()).getroot()
    group = next(each for each in root.iter() if each.get("class") == "recalled")
    (curve,) = (each for each in group if each.tag.endswith("path"))
    assert curve.get("fill") == "none"
    assert curve.get("stroke") == "currentColor"
