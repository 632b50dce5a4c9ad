"""The Segments page: a page labelled, read, and opened elsewhere; figures and studies."""

import base64
import io
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from PIL import Image
from streamlit.testing.v1 import AppTest

from dashboard import loaders
from dashboard.charts.segments import page_chart
from dashboard.charts.theme import LIGHT
from dashboard.state import elements
from dashboard.state import segments as keys
from songrnn.corpus.tunebook import tune_id
from songrnn.errors import NoStaffError
from songrnn.segmentation.engraved import Layout, engrave_tune
from songrnn.segmentation.pictures import Picture
from songrnn.segmentation.prediction import LabelledPage
from songrnn.segmentation.reading import read_labels
from songrnn.segmentation.reading.scoring import score_notes
from songrnn.segmentation.runs import SegmentationRun
from songrnn.segmentation.settings import DataReference, SegmentationConfig
from tests.dashboard.conftest import BOOK

Open = Callable[..., AppTest]
TUNE = BOOK.split("validation")[0]


@pytest.fixture
def net(lab: Any, monkeypatch: pytest.MonkeyPatch) -> str:
    """A network that knows the truth of the page it is shown."""
    from songrnn.segmentation import runs
    from songrnn.segmentation.classes import CLASSES
    from songrnn.segmentation.runs import create_segmentation_run

    config = SegmentationConfig(
        name="seer", data=DataReference(source="engraved:tiny", sha256="0" * 64, pages=1)
    )
    create_segmentation_run(config, classes=tuple(each.name for each in CLASSES), channels=1)
    monkeypatch.setattr(runs.SegmentationRun, "has_weights", True)

    def labelled(run: SegmentationRun, shown: Picture) -> LabelledPage:
        page = engrave_tune(TUNE.text, Layout())
        if page.image.shape != shown.grey.shape:
            raise NoStaffError("No staff was found in this picture.")
        sure = np.full(page.mask.shape, 250, np.uint8)
        return LabelledPage(page.image, page.mask, sure, 1.0, 10.0, page.mask.shape, ())

    monkeypatch.setattr(loaders.segmentation, "labelled", labelled)
    monkeypatch.setattr("dashboard.views.segments.sources.USUAL_CORPUS", "tiny")
    return config.name


def words(page: AppTest) -> str:
    assert not page.exception
    assert not page.error
    return " ".join(block.value for block in (*page.markdown, *page.caption, *page.info))


def test_without_a_network_the_page_says_how_to_train_one(lab: Any, app: Open) -> None:
    assert "songrnn segment train" in words(app("segments"))


def test_a_page_is_labelled_and_read(net: str, app: Open) -> None:
    page = app("segments", tune=TUNE.id)
    said = words(page)
    numbers = {metric.label: metric.value for metric in page.metric}
    assert numbers["Pixel accuracy"] == "1.0000"
    assert numbers["Mean IoU"] == "1.000"
    assert "**100.0%**" in said
    mask = engrave_tune(TUNE.text, Layout()).mask
    read = read_labels(mask, 10.0, title=TUNE.title).abc
    assert page.session_state[keys.READ.of(tune_id(read))] == read
    assert score_notes(read, TUNE.text).errors == 0


def test_classes_are_switched_off(net: str, app: Open) -> None:
    page = app("segments", tune=TUNE.id)
    found = np.unique(engrave_tune(TUNE.text, Layout()).mask).tolist()
    pills = page.button_group(key=elements.CLASSES_SHOWN.of("labels", *found[1:]))
    assert len(pills.value) == len(pills.options) > 5
    pills.set_value(pills.value[:1]).run()
    assert not page.exception


@pytest.mark.parametrize("layer", ["truth", "errors", "none"])
def test_truth_and_errors_are_shown_where_the_truth_is_known(
    net: str, app: Open, layer: str
) -> None:
    assert "Mean IoU" in words(app("segments", tune=TUNE.id, shown=layer))


def test_where_no_staff_is_found_the_page_says_so(net: str, app: Open) -> None:
    page = app("segments", page_from="own")
    assert not page.exception
    assert "No staff" in " ".join(warning.value for warning in page.warning)


def test_studies_say_what_they_answer_or_what_is_missing(net: str, app: Open) -> None:
    assert "of 18 runs are finished" in words(app("segments", view="studies"))


def test_a_damaged_network_is_named_and_hides_no_other(net: str, app: Open, places: Any) -> None:
    damaged = places.checkpoints / "broken-net"
    damaged.mkdir()
    (damaged / "run.json").write_text('{"kind": "segmentation", "seed": -1}', encoding="utf-8")
    page = app("segments", tune=TUNE.id)
    assert "broken-net" in " ".join(warning.value for warning in page.warning)
    assert "**100.0%**" in words(page)


def test_a_large_page_is_sent_in_fewer_pixels() -> None:
    shown = np.zeros((5000, 4000), np.uint8)
    figure = page_chart(shown + 255, shown, [], opacity=1, colours=LIGHT)
    (picture,) = figure.layout.images
    with Image.open(io.BytesIO(base64.b64decode(picture.source.partition(",")[2]))) as sent:
        assert sent.width * sent.height <= 4_000_000
    assert (picture.sizex, picture.sizey) == (4000, 5000)
