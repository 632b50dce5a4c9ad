"""A page, its labels, and the tune read from them."""

import numpy as np
import streamlit as st

from dashboard import loaders, state, widgets
from dashboard.charts.segments import WRONG, page_chart
from dashboard.state import elements
from dashboard.state import segments as keys
from dashboard.views.segments.sources import Source
from dashboard.wording import plain
from songrnn.corpus.tunebook import tune_id
from songrnn.errors import NoStaffError, SongRNNError
from songrnn.segmentation.classes import CLASSES
from songrnn.segmentation.prediction import LabelledPage
from songrnn.segmentation.reading import PageReading
from songrnn.segmentation.reading.scoring import score_notes
from songrnn.segmentation.runs import SegmentationRun

LAYERS = {"labels": "Labels", "truth": "Truth", "errors": "Errors", "none": "Page alone"}
# Signs surer than this are not pointed at.
SURE = 0.8
_MOST_POINTED = 40


def show(run: SegmentationRun, source: Source) -> None:
    """Label the page, draw it, and read it."""
    try:
        found = loaders.segmentation.labelled(run, source.picture)
    except NoStaffError as error:
        st.warning(plain(str(error)))
        st.image(source.picture.grey, width="stretch")
        return
    except SongRNNError as error:
        st.error(plain(str(error)))
        return
    for note in found.notes:
        st.caption(plain(note))
    try:
        reading = loaders.segmentation.reading(found, source.title)
    except NoStaffError as error:
        st.warning(plain(str(error)))
        reading = None
    _draw(found, source, reading)
    if source.mask is not None and source.mask.shape == found.labels.shape:
        _page_figures(found, source.mask)
    if reading is not None:
        _read(source, reading)


def _draw(found: LabelledPage, source: Source, reading: PageReading | None) -> None:
    known = source.mask is not None and source.mask.shape == found.labels.shape
    layers = {name: words for name, words in LAYERS.items() if known or name in ("labels", "none")}
    with st.container(horizontal=True, gap="large", vertical_alignment="bottom"):
        layer = widgets.segments(
            "Shown",
            layers,
            keys.PAGE_LAYER,
            "What lies over the page: what the network says, what is true, or where they differ.",
        )
        opacity = st.slider(
            "Cover",
            0.0,
            1.0,
            1.0,
            0.05,
            key=keys.COVER,
            width=220,
            help="How much the labels hide the page under them: 0 shows the page alone.",
        )
    table = found.labels if layer != "truth" or source.mask is None else source.mask
    numbers = [each.number for each in CLASSES[1:] if (table == each.number).any()]
    names = {number: CLASSES[number].label for number in numbers}
    picked = st.pills(
        "Classes",
        numbers,
        selection_mode="multi",
        default=numbers,
        format_func=lambda number: names.get(number, ""),
        key=elements.CLASSES_SHOWN.of(layer, *numbers),  # another page has other classes
        help="Which classes are coloured; press one to switch it off or on.",
    )
    classes = [(each.label, each.colour) for each in CLASSES[1:]]
    shown = np.where(np.isin(table, picked), table, 0).astype(np.uint8)
    if layer == "errors" and source.mask is not None:
        shown = (found.labels != source.mask).astype(np.uint8)
        classes = [("wrong", WRONG)]
    elif layer == "none":
        shown = np.zeros_like(table)
    boxes = []
    if reading is not None:
        unsure = sorted(reading.signs, key=lambda sign: sign.confidence)[:_MOST_POINTED]
        boxes = [
            (sign.box, f"{reading.abc[slice(*sign.span)]}: {sign.confidence:.0%} sure")
            for sign in unsure
            if sign.confidence < SURE
        ]
    widgets.chart(
        lambda colours: page_chart(
            found.image, shown, classes, opacity=opacity, colours=colours, boxes=boxes
        ),
        "labelled-page",
        key=elements.PAGE_CHART,
        alt="The page, its pixels in the colours of their classes.",
        config={"scrollZoom": True},
    )
    st.caption(
        "Scroll to zoom, drag to move, double-click for the whole page. Rings: notes that the "
        f"reading is less than {SURE:.0%} sure of."
    )


def _page_figures(found: LabelledPage, mask: np.ndarray) -> None:
    from songrnn.segmentation.evaluation import evaluate_labels

    figures = evaluate_labels([(found.labels, mask)], tuple(each.name for each in CLASSES))
    ink = float((mask != 0).mean())
    widgets.figures(
        [
            (
                "Pixel accuracy",
                f"{figures.accuracy:.4f}",
                "Correct pixels / all pixels of this page.",
            ),
            (
                "Mean IoU",
                f"{figures.mean_iou:.3f}",
                "Intersection over union of labels and truth, a class at a time, and the mean over "
                "the classes that occur on this page.",
            ),
            ("Ink", f"{ink:.1%}", "Share of pixels that are not paper."),
        ]
    )
    st.caption(
        f"Calling everything paper would have an accuracy of {1 - ink:.3f} already: accuracy "
        "counts pixels, and nearly all are paper. Mean IoU counts each class alike, so a rare sign "
        "that is missed shows."
    )


def _read(source: Source, reading: PageReading) -> None:
    st.subheader("The tune on it", anchor=False)
    words = (
        f"{len(reading.signs)} notes and rests on {reading.staves} staves; mean confidence "
        f"{reading.confidence:.0%} (the probability of a notehead's pixels, less where the head "
        "lies between two positions)."
    )
    if source.abc is not None:
        score = score_notes(reading.abc, source.abc)
        words += (
            f" **{max(score.right, 0):.1%}** of the {score.notes} notes are right in pitch and "
            f"duration: {score.errors} would have to be changed, added or taken away."
        )
    st.markdown(words)
    text = widgets.editor(
        "ABC as it was read",
        keys.READ.of(tune_id(reading.abc)),
        reading.abc,
        "Correct what was misread: staff and sound follow. The key is written as its major; "
        "words, dynamics and ornaments are not read.",
        page_follows=True,
    )
    with st.container(horizontal=True, vertical_alignment="center"):
        for label, path, query in (
            ("Compose from it", "views/compose/page.py", {state.PRIME: text}),
            (
                "Keep or export it",
                "views/corpus/page.py",
                {state.VIEW: "tune", state.WHOSE: "own", state.ABC: text},
            ),
        ):
            st.page_link(path, label=label, query_params=state.link(query))
        if st.button(
            "See what neurons do on it",
            key=elements.NEURONS_ON_PAGE,
            type="tertiary",
            help="Opens the Neurons page with this text.",
        ):
            state.put(state.PASTED, text)
            st.switch_page("views/neurons/page.py", query_params=state.link({state.TEXT: "pasted"}))
