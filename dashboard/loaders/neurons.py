"""Neurons: a run's internals on a text, what inspection found in it, measurements kept."""

import contextlib
from collections.abc import Callable, Hashable
from concurrent.futures import Future
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import streamlit as st

from dashboard.loaders import corpora, runs
from dashboard.loaders.background import Repeated, repeated
from dashboard.loaders.recent import Recent
from dashboard.loaders.stamps import Stamp, stamp
from songrnn.errors import SongRNNError
from songrnn.inspection.activations import ActivationMap, activations
from songrnn.inspection.batch_reader import neuron_values
from songrnn.inspection.cross_corpus import CrossCorpusCheck, file_of
from songrnn.inspection.index import FILE as NEURONS
from songrnn.inspection.index import NeuronIndex
from songrnn.inspection.probes.stored import FILE as PROBES
from songrnn.inspection.probes.stored import StoredProbes
from songrnn.inspection.recording import Activity, record_drawn
from songrnn.inspection.similarity import UnitSimilarity, measure_similarity
from songrnn.notation import limits
from songrnn.store.runs import Run

T = TypeVar("T")

# What is kept at once of internals on texts, of what units did on many tunes, and of how alike
# they are: bytes.
ACTIVATION_BYTES, ACTIVITY_BYTES, SIMILARITY_BYTES = 256 << 20, 256 << 20, 64 << 20
# Measurements kept at once: of those that took long, and of those that a click asks for.
MOST_MEASURED, MOST_LOOKED_UP = 64, 256
# Made at the same time of the first two kinds, each of which may be as large as all that is kept.
MOST_AT_ONCE = 2
_LEAST_BYTES = 4096


def activation_map(run: Run, text: str) -> ActivationMap:
    """All internals of a run while it reads a text. Raises UnknownCharacterError."""
    key = stamp(run.path, "run.json", "weights.safetensors")

    def make() -> ActivationMap:
        return activations(runs.engine(run), run.vocabulary, text)

    return _activation_maps().made((str(run.path), key, text), make)


def longest_text(run: Run) -> int:
    """Characters of the longest text that a page shows a run's internals on: as long as any text
    that is taken, unless the run is so large that its internals would take too much memory."""
    engine = runs.engine(run)
    model = engine.config
    values = len(engine.quantities) * model.layers * model.hidden_size + run.vocabulary.size
    return min(limits.MOST_CHARACTERS, ACTIVATION_BYTES // (4 * values + 8) - 1)


@st.cache_resource(show_spinner=False)
def _activation_maps() -> Recent[ActivationMap]:
    return Recent(ACTIVATION_BYTES, lambda found: found.nbytes, at_once=MOST_AT_ONCE)


def values_on(
    run: Run, texts: tuple[str, ...], quantity: str, layer: int, neuron: int
) -> "Future[list[np.ndarray]]":
    """What one neuron does on some texts that the run can read, (T,) each; of a cell state the
    tanh. Found in the background: asking begins it."""
    key = stamp(run.path, "run.json", "weights.safetensors")
    return _values_on(run, str(run.path), key, texts, quantity, layer, neuron).look()


@st.cache_resource(max_entries=64, show_spinner=False)
def _values_on(
    _run: Run,
    path: str,
    key: Stamp,
    texts: tuple[str, ...],
    quantity: str,
    layer: int,
    neuron: int,
) -> Repeated[list[np.ndarray]]:
    ids, engine = [_run.vocabulary.encode(text) for text in texts], runs.engine(_run)
    return repeated(lambda: neuron_values(engine, ids, quantity, layer, neuron))


def index(run: Run) -> NeuronIndex | None:
    """What inspection found in the run; None when it was not ranked yet or can't be read."""
    found = _index(str(run.path), stamp(run.path, NEURONS))
    return found if isinstance(found, NeuronIndex) else None


def drawn_from(run: Run) -> object:
    """What tells apart what inspection found, for what is drawn from it."""
    return str(run.path), stamp(run.path, NEURONS)


def index_problem(run: Run) -> str | None:
    """Why what inspection found cannot be read; None when it can, or there is nothing."""
    found = _index(str(run.path), stamp(run.path, NEURONS))
    return found if isinstance(found, str) else None


def checks(run: Run) -> list[CrossCorpusCheck]:
    """The labels of a run's index on other corpora, as far as they were checked and can be read."""
    known = index(run)
    if known is None:
        return []
    names = sorted(path.name for path in run.path.glob(file_of("*")))
    found = _checks(str(run.path), stamp(run.path, *names))
    return [check for check in found if check.weights == known.weights]


@st.cache_resource(max_entries=8, show_spinner=False)
def _checks(path: str, key: Stamp) -> list[CrossCorpusCheck]:
    found = []
    for name, *_ in key:
        corpus = name.removeprefix("neurons-").removesuffix(".json")
        with contextlib.suppress(SongRNNError):
            if (check := CrossCorpusCheck.read(Path(path), corpus)) is not None:
                found.append(check)
    return found


@st.cache_resource(max_entries=8, show_spinner=False)
def _index(path: str, key: Stamp) -> NeuronIndex | str | None:
    try:
        return NeuronIndex.read(Path(path))
    except SongRNNError as error:
        return str(error)


def probes(run: Run) -> StoredProbes | None:
    """What probes of the run found; None when it was not probed, has other weights by now, or the
    file cannot be read."""
    found = _probes(str(run.path), stamp(run.path, PROBES))
    return found if found is not None and found.is_of(run) else None


@st.cache_resource(max_entries=16, show_spinner=False)
def _probes(path: str, key: Stamp) -> StoredProbes | None:
    with contextlib.suppress(SongRNNError):
        return StoredProbes.read(Path(path))
    return None


def similarity_of(run: Run) -> "Future[UnitSimilarity]":
    """What the units did on some validation tunes of the run's corpus, which must be built. Found
    in the background: asking begins it."""
    key = stamp(run.path, "run.json", "weights.safetensors")
    book, engine = corpora.tunebook(run.config.corpus.name), runs.engine(run)

    def make() -> Repeated[UnitSimilarity]:
        tunes = book.split("validation")
        return repeated(lambda: measure_similarity(engine, run.vocabulary, tunes))

    return _similarities().get((str(run.path), key, book.sha256), make).look()


@st.cache_resource(show_spinner=False)
def _similarities() -> Recent[Repeated[UnitSimilarity]]:
    def size(job: Repeated[UnitSimilarity]) -> int:
        found = job.found()
        return _LEAST_BYTES + (0 if found is None else found.states.nbytes)

    return Recent(SIMILARITY_BYTES, size)


def activity_of(run: Run, tunes: int) -> Activity:
    """What all units did on some validation tunes, always the same; the corpus must be built."""
    key = stamp(run.path, "run.json", "weights.safetensors")
    book, engine = corpora.tunebook(run.config.corpus.name), runs.engine(run)

    def make() -> Activity:
        rng = np.random.default_rng(0)
        return record_drawn(engine, run.vocabulary, book.split("validation"), tunes, rng)

    return _activities().made((str(run.path), key, book.sha256, tunes), make)


@st.cache_resource(show_spinner=False)
def _activities() -> Recent[Activity]:
    return Recent(
        ACTIVITY_BYTES,
        lambda found: found.values.nbytes + found.table.nbytes,
        at_once=MOST_AT_ONCE,
    )


def measured(run: Run, *settings: Hashable) -> Any:
    """What was measured of a run with these settings, None when nothing was or it has changed."""
    return _measurements().look((*_trained(run), *settings))


def keep_measured(value: Any, run: Run, *settings: Hashable) -> None:
    """Remember a measurement that took long, for all sessions, among the last few dozen."""
    _measurements().put((*_trained(run), *settings), value)


def looked_up(make: Callable[[], T], run: Run, *settings: Hashable) -> T:
    """What a click asks for and a moment finds. Kept apart from what took long: a few dozen clicks
    would push that out."""
    found: T = _looked_up().made((*_trained(run), *settings), make)
    return found


def _trained(run: Run) -> tuple[Hashable, ...]:
    return str(run.path), stamp(run.path, "run.json", "weights.safetensors", NEURONS)


@st.cache_resource(show_spinner=False)
def _measurements() -> Recent[Any]:
    return Recent(MOST_MEASURED, lambda _: 1)


@st.cache_resource(show_spinner=False)
def _looked_up() -> Recent[Any]:
    return Recent(MOST_LOOKED_UP, lambda _: 1)
