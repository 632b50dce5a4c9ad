"""Corpora: which are built, their tunes, and what is measured on them in the background."""

import sys
import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import NamedTuple

import streamlit as st

from dashboard.loaders.background import Repeated, repeated
from dashboard.loaders.recent import Recent
from dashboard.loaders.stamps import Stamp, stamp
from songrnn.config import CorpusReference
from songrnn.corpus import sources
from songrnn.corpus.baselines import measure_baselines
from songrnn.corpus.figures import CorpusFigures, corpus_figures
from songrnn.corpus.tunebook import Tunebook
from songrnn.errors import SongRNNError
from songrnn.notation.bars import RightBars, right_bars_of
from songrnn.notation.reader import read
from songrnn.paths import cache_directory, corpus_directory
from songrnn.quality.reference import QualityReference, build_reference
from songrnn.store.runs import Run

# What is kept at once of corpora, and of what songs are compared with: bytes.
BOOK_BYTES, REFERENCE_BYTES = 256 << 20, 256 << 20
# What a tune takes besides its text: its header's fields, its id, its place in the book.
_BYTES_A_TUNE = 2500

_building = threading.Lock()


def is_built(name: str) -> bool:
    """Whether the tunes of a corpus are there already."""
    return (corpus_directory(name) / "corpus.json").exists()


def built() -> list[str]:
    """Names of the corpora that are there, the default first, be it there or not."""
    return ["folk", *(name for name in sources.stored() if name != "folk")]


def build(name: str, progress: Callable[[str, float], None]) -> None:
    """Build a corpus once, however many windows ask for it. Raises CorpusError."""
    with _building:
        if not is_built(name):
            sources.load(name, progress=progress)


def tunebook(name: str) -> Tunebook:
    """The tunes of a corpus that is built. Raises CorpusError when it is damaged."""
    folder = corpus_directory(name)

    def make() -> _Book:
        with st.spinner("Reading the corpus …"):
            book = sources.load(name)
        return _Book(book, bytes_of(book))

    key = name, str(folder), stamp(folder, "tunes.jsonl", "corpus.json")
    return _books().made(key, make).book


class _Book(NamedTuple):
    """A corpus, and the bytes that it takes, which take a moment to count."""

    book: Tunebook
    bytes: int


@st.cache_resource(show_spinner=False)
def _books() -> Recent[_Book]:
    return Recent(BOOK_BYTES, lambda kept: kept.bytes)


def bytes_of(book: Tunebook) -> int:
    """About what the tunes take of the memory."""
    return sum(_BYTES_A_TUNE + sys.getsizeof(tune.text) for tune in book.tunes)


def problem(reference: CorpusReference) -> str:
    """Why there is no comparing with the tunes a run was trained on, in words; "" when there is.

    They may be not built, damaged, or others by now under the same name.
    """
    if not is_built(reference.name):
        return f"The corpus {reference.name} is not here: open the Corpus page once, or import it."
    try:
        sources.check_build(tunebook(reference.name), reference)
    except SongRNNError as error:
        return str(error)
    return ""


def available() -> list[sources.CorpusEntry]:
    """The corpora there are, with their sources and licences."""
    return sources.available()


def figures(name: str) -> CorpusFigures:
    """What the Corpus page shows of a corpus."""
    return _figures(name, tunebook(name).sha256)


@st.cache_resource(max_entries=64, show_spinner=False)
def _figures(name: str, sha256: str) -> CorpusFigures:
    return corpus_figures(tunebook(name))


def baselines_of(reference: CorpusReference) -> dict[str, dict[str, float]] | None:
    """The baselines of the very tunes of a run; empty when those are not here."""
    return {} if problem(reference) else baselines(reference.name)


def baselines(name: str) -> dict[str, dict[str, float]] | None:
    """split -> {"ppmd_12": bits per character, …}; None while they are being measured.

    Measuring takes a while, so it happens in the background, once for each corpus. Empty when
    the corpus is not built or can't be measured: a chart without its baseline is still a chart.
    """
    folder = corpus_directory(name)
    if not is_built(name):
        return {}
    job = _baselines(name, str(folder), stamp(folder, "tunes.jsonl", "corpus.json")).look()
    if not job.done():
        return None
    return {} if job.exception() else job.result()


def why_no_baselines(reference: CorpusReference) -> str:
    """Why those of a run's tunes could not be measured; empty when they could, or may yet be."""
    if problem(reference) or baselines(reference.name) != {}:
        return ""
    folder = corpus_directory(reference.name)
    key = stamp(folder, "tunes.jsonl", "corpus.json")
    return _baselines(reference.name, str(folder), key).reason()


@st.cache_resource(max_entries=8, show_spinner=False)
def _baselines(name: str, path: str, key: Stamp) -> Repeated[dict[str, dict[str, float]]]:
    return repeated(lambda: measure_baselines(sources.load(name)))


def ppmd_of(run: Run) -> float | None:
    """Bits per character of PPMd on a run's validation tunes: as kept with it, else measured."""
    try:
        kept = run.baselines()
    except SongRNNError:
        kept = {}
    found = kept or baselines_of(run.config.corpus) or {}
    return found.get("validation", {}).get("ppmd_12")


def quality_reference(name: str) -> QualityReference | None:
    """The reference of a corpus that is built; None while it is being made, once."""
    job = _quality_reference(name)
    return job.result() if job.done() else None


def quality_reference_failed(name: str) -> bool:
    """Whether making it has failed, which is tried again; `quality_reference` raises why."""
    job = _quality_reference(name)
    return job.done() and job.exception() is not None


def quality_reference_now(name: str) -> QualityReference:
    """The same, waited for."""
    return _quality_reference(name).result()


def _quality_reference(name: str) -> "Future[QualityReference]":
    book, folder = tunebook(name), cache_directory()

    def make() -> Repeated[QualityReference]:
        return repeated(lambda: build_reference(book, folder))

    return _references().get((name, book.sha256), make).look()


@st.cache_resource(show_spinner=False)
def _references() -> Recent[Repeated[QualityReference]]:
    def size(job: Repeated[QualityReference]) -> int:
        found = job.found()
        return _BYTES_A_TUNE + (0 if found is None else found.index.nbytes)

    return Recent(REFERENCE_BYTES, size)


def right_bars(reference: CorpusReference) -> RightBars | None:
    """Right bars of a run's validation tunes: the human value to compare a machine's with.

    None while the tunes are not here, or are still being read in the background.
    """
    if problem(reference):
        return None
    job = _right_bars(reference.name, tunebook(reference.name).sha256).look()
    return job.result() if job.done() and not job.exception() else None


def why_no_right_bars(reference: CorpusReference) -> str:
    """Why they could not be counted; empty when they could, or may yet be."""
    if problem(reference):
        return ""
    return _right_bars(reference.name, tunebook(reference.name).sha256).reason()


@st.cache_resource(max_entries=8, show_spinner=False)
def _right_bars(name: str, sha256: str) -> Repeated[RightBars | None]:
    tunes = tunebook(name).split("validation")
    return repeated(lambda: right_bars_of(read(tune.text) for tune in tunes))
