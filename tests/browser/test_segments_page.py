"""In a real browser: a picture of an engraved page is uploaded, labelled and read."""

import io
import shutil
from pathlib import Path
from typing import Any

from PIL import Image
from playwright.sync_api import Page, expect

from songrnn.corpus.tunebook import Tunebook
from songrnn.segmentation.engraved import UNSEEN_FONT, Layout, engrave_tune
from songrnn.segmentation.reading.scoring import notes_of
from tests.browser.test_pages import visit

ROOT = Path(__file__).resolve().parents[2]


def test_an_uploaded_page_is_read_as_the_tune_it_was_engraved_from(lab: Any, page: Page) -> None:
    if not (lab.checkpoints / "unet").exists():
        shutil.copytree(ROOT / "checkpoints" / "unet", lab.checkpoints / "unet")
    tune = Tunebook.read(lab.data / "folk").split("validation")[1]
    picture = io.BytesIO()
    Image.fromarray(engrave_tune(tune.text, Layout(font=UNSEEN_FONT)).image).save(picture, "PNG")
    visit(page, f"{lab.url}/segments?page_from=file")
    page.locator("input[type=file]").set_input_files(
        {"name": "page.png", "mimeType": "image/png", "buffer": picture.getvalue()}
    )
    read = page.get_by_test_id("edit")
    expect(read).to_be_visible(timeout=60_000)
    expect(read).not_to_have_value("")
    assert notes_of(read.input_value()) == notes_of(tune.text)
    expect(page.locator(".st-key-page-chart .js-plotly-plot")).to_be_visible()
