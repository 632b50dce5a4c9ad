"""Segmentation: runs that label pages of music, pages engraved for them, what they make of both."""

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import streamlit as st

from dashboard.loaders.recent import Recent
from dashboard.loaders.stamps import Stamp, stamp
from songrnn.segmentation.engraved import Layout, Page, engrave_tune
from songrnn.segmentation.pictures import Picture, open_picture
from songrnn.segmentation.reading import PageReading, read_labels
from songrnn.segmentation.runs import SegmentationRun, list_segmentation_runs
from songrnn.segmentation.scans import scan
from songrnn.store.runs import DamagedRun

if TYPE_CHECKING:
    from songrnn.segmentation.evaluation import PixelEvaluation
    from songrnn.segmentation.prediction import LabelledPage, UNet

# What is kept at once: bytes. A page may have 40 megapixels, of a byte each.
PICTURE_BYTES, LABELLED_BYTES, NETWORK_BYTES = 128 << 20, 192 << 20, 64 << 20


def runs() -> list[SegmentationRun | DamagedRun]:
    """All segmentation runs, sorted by name."""
    return list_segmentation_runs()


def page(text: str, font: str, *, scanned: bool) -> Page:
    """A tune as a printed page; as a scanner sees it, always in the same way. Raises ScoreError,
    EngravingError."""
    return _page(text, font, scanned)


@st.cache_data(max_entries=16, show_spinner="Engraving the page …")
def _page(text: str, font: str, scanned: bool) -> Page:
    engraved = engrave_tune(text, Layout(font=font))
    if not scanned:
        return engraved
    image, mask = scan(engraved.image, engraved.mask, np.random.default_rng(0))
    return Page(image, mask, engraved.tune, engraved.layout)


def picture(data: bytes, number: int) -> Picture:
    """An uploaded picture, or a page of a PDF from 1. Raises SegmentationError."""

    def make() -> Picture:
        with st.spinner("Opening the picture …"):
            found = open_picture(data, page=number)
        found.grey.flags.writeable = False  # all who upload it are given the same
        return found

    return _pictures().made((hashlib.sha256(data).digest(), number), make)


@st.cache_resource(show_spinner=False)
def _pictures() -> Recent[Picture]:
    return Recent(PICTURE_BYTES, lambda found: found.grey.nbytes)


def labelled(run: SegmentationRun, shown: Picture) -> "LabelledPage":
    """What the run's network says of a picture. Raises NoStaffError, HistoryOnlyError, …"""
    from songrnn.segmentation.prediction import label_page

    def make() -> "LabelledPage":
        network = _network(run)
        with st.spinner("Labelling the pixels …"):
            found = label_page(network, shown)
        for pixels in (found.image, found.labels, found.confidence):
            pixels.flags.writeable = False
        return found

    digest = hashlib.sha256(shown.grey.tobytes()).digest()
    return _labelled().made((*_identity(run), digest, shown.grey.shape), make)


@st.cache_resource(show_spinner=False)
def _labelled() -> "Recent[LabelledPage]":
    return Recent(
        LABELLED_BYTES,
        lambda found: found.image.nbytes + found.labels.nbytes + found.confidence.nbytes,
    )


def _network(run: SegmentationRun) -> "UNet":
    from songrnn.segmentation.prediction import load_network

    def make() -> "UNet":
        with st.spinner("Loading the network …"):
            return load_network(run)

    return _networks().made(_identity(run), make)


@st.cache_resource(show_spinner=False)
def _networks() -> "Recent[UNet]":
    return Recent(
        NETWORK_BYTES, lambda network: sum(each.nbytes for each in network.state_dict().values())
    )


def reading(found: "LabelledPage", title: str) -> PageReading:
    """The tune on a labelled page. Raises NoStaffError."""
    digest = hashlib.sha256(found.labels.tobytes() + found.confidence.tobytes()).hexdigest()
    return _reading(found, digest, title)


@st.cache_data(max_entries=12, show_spinner="Reading the page …")
def _reading(_found: "LabelledPage", digest: str, title: str) -> PageReading:
    return read_labels(_found.labels, _found.staff_space, confidence=_found.confidence, title=title)


def evaluation(run: SegmentationRun, kind: str) -> "PixelEvaluation | None":
    """The figures of a run on validation pages, when they were measured in this process."""
    return _evaluations().get((*_identity(run), kind))


def keep_evaluation(run: SegmentationRun, kind: str, found: "PixelEvaluation") -> None:
    """Keep them for all visitors."""
    kept = _evaluations()
    while len(kept) >= 12:
        kept.pop(next(iter(kept)))
    kept[(*_identity(run), kind)] = found


@st.cache_resource
def _evaluations() -> dict[tuple[str, Stamp, str], "PixelEvaluation"]:
    return {}


def _identity(run: SegmentationRun) -> tuple[str, Stamp]:
    return str(Path(run.path)), stamp(run.path, "run.json", "weights.safetensors")
