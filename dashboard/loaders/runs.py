"""Runs: which there are, their rows and histories, their weights ready to step."""

import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
import streamlit as st

from dashboard.loaders.recent import Recent
from dashboard.loaders.stamps import Stamp, stamp
from songrnn.config import SampleConfig
from songrnn.corpus.tunebook import Tunebook
from songrnn.errors import DamagedRunError
from songrnn.generation.composer import compose
from songrnn.generation.forms.form import Forms
from songrnn.generation.forms.stored import read_forms
from songrnn.model.engine import Engine
from songrnn.paths import places, run_roots, using
from songrnn.quality.beginnings import Beginnings
from songrnn.quality.beginnings_file import read_beginnings
from songrnn.quality.typicality import Typicality
from songrnn.quality.typicality_file import read_typicality
from songrnn.recall.gate import Gate
from songrnn.recall.stored import read_gate
from songrnn.recall.tracing import Trace, trace
from songrnn.store.history import HISTORY, PACKED
from songrnn.store.jobs import JobNote, Kind, job_of
from songrnn.store.run_list import RunList
from songrnn.store.runs import DamagedRun, Run
from songrnn.store.samples import read_samples
from songrnn.store.songs import DamagedSong, KeptSong
from songrnn.training.fine_tuning import FineTuning, prepare_fine_tuning

# What is kept at once of networks ready to read, and of what fine-tunings begin with: bytes.
ENGINE_BYTES, FINE_TUNING_BYTES = 256 << 20, 128 << 20


def all_runs() -> list[Run | DamagedRun]:
    """All runs, damaged ones too, as the folder is now.

    Handles are lazy, so what they tell is read again each time.
    """
    roots = reversed(run_roots())
    found = {run.name: run for root in roots for run in _list(str(root)).runs()}
    return [run for _, run in sorted(found.items())]


def rows() -> dict[str, dict[str, Any]]:
    """name -> the row of `songrnn runs list --json`, for the runs that can be read."""
    roots = reversed(run_roots())
    found = {row["name"]: row for root in roots for row in _list(str(root)).rows()}
    return {name: row for name, row in sorted(found.items()) if row["status"] != "damaged"}


# By the folder: each visitor's own where they have one, and the shared one.
@st.cache_resource(max_entries=64, show_spinner=False)
def _list(root: str) -> RunList:
    return RunList(Path(root))


def history(run: Run) -> pd.DataFrame:
    """The run's history so far, the columns of HistoryRow."""
    return _history(run, str(run.path), stamp(run.path, HISTORY, PACKED))


@st.cache_data(max_entries=256, show_spinner=False)
def _history(_run: Run, path: str, key: Stamp) -> pd.DataFrame:
    return _run.history()


def engine(run: Run) -> Engine:
    """The run's weights, ready to step. It holds no state: states are passed in and out."""
    key = str(run.path), stamp(run.path, "run.json", "weights.safetensors")
    return _engines().made(key, lambda: Engine.of(run))


@st.cache_resource(show_spinner=False)
def _engines() -> Recent[Engine]:
    return Recent(ENGINE_BYTES, lambda engine: engine.nbytes)


def gate(run: Run) -> Gate | None:
    """The run's gate of recall; None when it has none, or one that cannot be used."""
    return _gate(run, str(run.path), stamp(run.path, "recall.json", "summary.json"))


@st.cache_resource(max_entries=16, show_spinner=False)
def _gate(_run: Run, path: str, key: Stamp) -> Gate | None:
    try:
        return read_gate(_run)
    except DamagedRunError:
        return None  # the command line says why; the page then offers no recall


def recall_trace(run: Run, text: str, strength: float) -> Trace | None:
    """What a run recalls in a text; None when it has no gate, or knows not all characters."""
    if gate(run) is None or run.vocabulary.unknown(text):
        return None
    return _recall_trace(
        run, str(run.path), stamp(run.path, "recall.json", "summary.json"), text, strength
    )


@st.cache_resource(max_entries=32, show_spinner=False)
def _recall_trace(_run: Run, path: str, key: Stamp, text: str, strength: float) -> Trace | None:
    found = gate(_run)
    if found is None:
        return None
    return trace(engine(_run), found, _run.vocabulary, text, strength)


def typicality(run: Run) -> Typicality | None:
    """What the run's songs are ranked by; None when it has nothing, or nothing usable."""
    return _typicality(run, str(run.path), stamp(run.path, "typicality.json", "summary.json"))


@st.cache_resource(max_entries=16, show_spinner=False)
def _typicality(_run: Run, path: str, key: Stamp) -> Typicality | None:
    try:
        return read_typicality(_run)
    except DamagedRunError:
        return None  # the command line says why; the page then ranks by nothing


def forms(run: Run) -> Forms | None:
    """The forms that the run's songs can take; None when it has none, or none that are usable."""
    return _forms(run, str(run.path), stamp(run.path, "forms.json"))


@st.cache_resource(max_entries=8, show_spinner=False)
def _forms(_run: Run, path: str, key: Stamp) -> Forms | None:
    try:
        return read_forms(_run)
    except DamagedRunError:
        return None  # the command line says why; the page then writes without a form


def beginnings(run: Run) -> Beginnings | None:
    """What the run's phrases are chosen by; None when it has nothing, or nothing usable."""
    return _beginnings(run, str(run.path), stamp(run.path, "phrases.json", "summary.json"))


@st.cache_resource(max_entries=16, show_spinner=False)
def _beginnings(_run: Run, path: str, key: Stamp) -> Beginnings | None:
    try:
        return read_beginnings(_run)
    except DamagedRunError:
        return None  # the command line says why; the page then writes straight on


def sample_song(run: Run) -> tuple[float, str] | None:
    """(epoch, text) of a song by the run's latest weights; None before the first validation.

    Always with the same seed and settings, so that one hears the training and not the dice.
    """
    key = stamp(run.path, "last.safetensors")
    last = run.status.last
    if not key or last is None:
        return None
    return last.epoch, _sample_song(run, str(run.path), key)


@st.cache_data(max_entries=16, show_spinner=False)
def _sample_song(_run: Run, path: str, key: Stamp) -> str:
    weights = _run.weights("last.safetensors")
    latest = Engine(_run.config.model, _run.vocabulary.size, weights)
    config = SampleConfig(temperature=0.7, limit=400)
    with using(replace(places(), songs=None)):  # nobody asked for it: it is the training's
        return compose(latest, _run.vocabulary, config=config, seed=1).text


def samples(run: Run) -> dict[float, str]:
    """Epoch -> the song that was kept after it."""
    return _samples(str(run.path), stamp(run.path, "samples.jsonl"))


@st.cache_data(max_entries=32, show_spinner=False)
def _samples(path: str, key: Stamp) -> dict[float, str]:
    return read_samples(Path(path))


def newest_sample(run: Run) -> tuple[float, str] | None:
    """(epoch, text) of the latest song that was kept of a training; None without any."""
    kept = samples(run)
    return max(kept.items()) if kept else sample_song(run)


def fine_tuning(source: Run, book: Tunebook) -> FineTuning:
    """What a fine-tuning on these tunes takes from a run. Raises what `prepare_fine_tuning` does."""
    key = stamp(source.path, "run.json", "weights.safetensors", "learned.npz", "status.json")

    def make() -> FineTuning:
        with st.spinner("Comparing the tunes with those it learned from …"):
            return prepare_fine_tuning(source, book)

    return _fine_tunings().made((str(source.path), key, book.sha256), make)


@st.cache_resource(show_spinner=False)
def _fine_tunings() -> Recent[FineTuning]:
    def size(found: FineTuning) -> int:
        weights = sum(each.nbytes for each in found.start.weights.values())
        return weights + sum(map(sys.getsizeof, found.learned.melodies))

    return Recent(FINE_TUNING_BYTES, size)


def job(run: Run, kind: Kind) -> JobNote | None:
    """The work of a kind that is being done on a run, as its folder says now."""
    return job_of(run, kind)


def songs(run: Run) -> list[KeptSong]:
    """The songs kept with a run. Read again each time: another window may have kept one."""
    return run.songs()


def damaged_songs(run: Run) -> list[DamagedSong]:
    """Files among the songs of a run that cannot be read, with the reason."""
    return run.damaged_songs()
