"""Probing a run from its corpus, and reading a probe's guesses off one text."""

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from songrnn.corpus.tunebook import Tune
from songrnn.corpus.vocabulary import Vocabulary
from songrnn.inspection.indexing import untrained_engine
from songrnn.inspection.probes.linear import predict
from songrnn.inspection.probes.measuring import measure_probes
from songrnn.inspection.probes.samples import draw_samples
from songrnn.inspection.probes.stored import StoredProbes, summarize
from songrnn.inspection.probes.tasks import targets, task_number
from songrnn.inspection.recording import record_batches
from songrnn.model.engine import Engine
from songrnn.notation.reader import read
from songrnn.store.runs import Run


def build_probes(
    run: Run,
    training: Sequence[Tune],
    validation: Sequence[Tune],
    *,
    seed: int = 0,
    progress: Callable[[float], None] | None = None,
) -> StoredProbes:
    """Probe a run: fitted on training tunes, measured on validation tunes. Deterministic.

    Raises ConfigError when the run can read none of the tunes.
    """
    samples = draw_samples(run.vocabulary, training, validation, seed=seed)
    twin = untrained_engine(run, seed)
    probed = measure_probes(Engine.of(run), twin, samples, seed=seed, progress=progress)
    return summarize(run, probed, samples, seed)


def read_off(
    engine: Engine, vocabulary: Vocabulary, text: str, probes: StoredProbes, task: str
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """(guess, truth), (T,) each, of the state after each character; truth is NaN where there is
    none. Raises ConfigError for a task that there is not, UnknownCharacterError, KeyError for one that was not probed."""
    truth = targets(read(text))[:, task_number(task)]
    [batch] = record_batches(engine, [vocabulary.encode(text)])
    return predict(batch.values, probes.weights_of(task)), truth
