"""Segments: a printed tune, pixel by pixel, and read back into a tune."""

import streamlit as st

from dashboard import frame, loaders, state, widgets
from dashboard.state import elements
from dashboard.state import segments as keys
from dashboard.views.segments import figures, sources, studies
from dashboard.views.segments.labelled import show
from dashboard.wording import plain
from songrnn.segmentation.runs import SegmentationRun
from songrnn.store.runs import DamagedRun

VIEWS = {"page": "A page", "figures": "How good", "studies": "Studies"}
USUAL = "unet"


def page() -> None:
    """The page."""
    frame.heading(
        "Segments",
        "A printed tune, pixel by pixel: a U-Net says what each one is, and simple rules read the "
        "tune from that.",
    )
    found = loaders.segmentation.runs()
    runs = {run.name: run for run in found if isinstance(run, SegmentationRun)}
    able = [name for name, run in runs.items() if run.has_weights and _labels_music(run)]
    with st.container(horizontal=True, gap="large", vertical_alignment="bottom"):
        view = widgets.segments(
            "View",
            VIEWS,
            state.VIEW,
            "A page with its labels and the tune read from it; the figures on pages the network "
            "did not learn from; or what the studies of settings answer.",
        )
        if able and view != "studies":
            name = widgets.select(
                "Network",
                {each: each for each in able},
                keys.NET,
                "Which trained U-Net labels the pixels.",
                default=USUAL if USUAL in able else able[0],
                width=200,
            )
            kind = sources.choose_kind() if view == "page" else ""
    _damaged([run for run in found if isinstance(run, DamagedRun)])
    if view == "studies":
        studies.show(list(runs.values()))
    elif not able:
        st.info(
            "No network with weights is here yet. Train one in a terminal: `songrnn segment train "
            "--run my-unet`; it appears here when its first validation is done."
        )
    elif view == "figures":
        figures.show(runs[name])
    else:
        chosen = sources.choose(kind)
        if chosen is not None:
            show(runs[name], chosen)


def _labels_music(run: SegmentationRun) -> bool:
    return run.document.channels == 1 and "staff_line" in run.classes


def _damaged(runs: list[DamagedRun]) -> None:
    for run in runs:
        with st.container(key=elements.DAMAGED_NET.of(run.name)):
            st.warning(plain(f"{run.name} cannot be opened: {run.reason}"))


page()
