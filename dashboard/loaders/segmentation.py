"""Segmentation: runs that label pages of music, pages engraved for them, what they make of both."""

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import streamlit as st

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


# A page may have 40 megapixels, so few are kept.
@st.cache_data(max_entries=2, show_spinner="Opening the picture …")
def picture(data: bytes, number: int) -> Picture:
    """An uploaded picture, or a page of a PDF from 1. Raises SegmentationError."""
    return open_picture(data, page=number)


def labelled(run: SegmentationRun, shown: Picture) -> "LabelledPage":
    """What the run's network says of a picture. Raises NoStaffError, HistoryOnlyError, …"""
    digest = hashlib.sha256(shown.grey.tobytes()).hexdigest()
    return _labelled(run, shown, *_identity(run), digest, shown.grey.shape)


@st.cache_data(max_entries=3, show_spinner="Labelling the pixels …")
def _labelled(
    _run: SegmentationRun,
    _shown: Picture,
    path: str,
    key: Stamp,
    digest: str,
    shape: tuple[int, ...],
) -> "LabelledPage":
    from songrnn.segmentation.prediction import label_page

    return label_page(_network(_run, path, key), _shown)


@st.cache_resource(max_entries=2, show_spinner="Loading the network …")
def _network(_run: SegmentationRun, path: str, key: Stamp) -> "UNet":
    from songrnn.segmentation.prediction import load_network

    return load_network(_run)


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
