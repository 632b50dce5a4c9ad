"""Making the index of a run: its units measured, next to those of an untrained network."""

from collections.abc import Callable, Sequence

import numpy as np

from songrnn.corpus.tunebook import Tune
from songrnn.inspection.index import NeuronIndex
from songrnn.inspection.measuring import Measurement, Measuring, measure
from songrnn.inspection.memory.building import build_memory
from songrnn.inspection.memory.rule import UNTRAINED
from songrnn.inspection.memory.verdicts import MemoryIndex
from songrnn.inspection.progress import part_of
from songrnn.inspection.recording import AnnotatedText, annotate_texts, draw_tunes
from songrnn.inspection.scoring import KINDS
from songrnn.inspection.shifted_null import SHIFTS
from songrnn.model.engine import Engine
from songrnn.store.runs import Run

# Characters of training tunes that lines are fitted on.
TRAINING_CHARACTERS = 500_000

Progress = Callable[[str, float], None]


def build_index(
    run: Run,
    tunes: Sequence[Tune],
    corpus: str,
    *,
    training: Sequence[Tune] = (),
    seed: int = 0,
    shifts: int = SHIFTS,
    training_characters: int = TRAINING_CHARACTERS,
    networks: int = UNTRAINED,
    progress: Progress | None = None,
) -> NeuronIndex:
    """Measure the units of a run, and those of an untrained network of its shape, on tunes.

    Lines are fitted on tunes drawn from `training`, together `training_characters` long, and
    measured on `tunes`; without training tunes on every second of `tunes` and on the others.
    Each network reads once, two at a time. networks: untrained ones that the
    stricter rule (`memory`) compares with; without any the rule is not asked.
    """
    texts = annotate_texts(
        run.vocabulary,
        tunes,
        draw_tunes(training, training_characters, np.random.default_rng(seed)),
        progress=lambda share: progress("Reading the music", share) if progress else None,
    )
    engine = Engine.of(run)
    twin = untrained_engine(run, seed)

    def watching(share: float) -> None:
        if progress is not None:
            progress("Watching the neurons", share)

    if not networks:
        found = measure(
            engine, texts, seed=seed, shifts=shifts, progress=part_of(watching, 0.0, 0.5)
        )
        told = part_of(watching, 0.5, 1.0)
        other = measure(twin, texts, seed=seed, shifts=shifts, pictures=False, progress=told)
        return _index(run, corpus, texts, found, other, None)
    own = Measuring(engine, texts, seed=seed, shifts=shifts)
    others = Measuring(twin, texts, seed=seed, shifts=shifts, pictures=False)
    memory = build_memory(
        engine,
        lambda number: untrained_engine(run, seed + number) if number else twin,
        texts,
        seed=seed,
        networks=networks,
        beside=[own, others],
        progress=watching,
    )
    return _index(run, corpus, texts, own.finish(), others.finish(), memory)


def _index(
    run: Run,
    corpus: str,
    texts: Sequence[AnnotatedText],
    found: Measurement,
    untrained: Measurement,
    memory: MemoryIndex | None,
) -> NeuronIndex:
    pictures, summary = found.pictures, run.summary
    assert pictures is not None
    clipped = np.stack([np.maximum(found.scores[kind].T, -1) for kind in KINDS], axis=-1)
    return NeuronIndex(
        labels=tuple(found.labels),
        scores=clipped.astype(np.float16),
        histograms=pictures.histograms,
        quantiles=pictures.quantiles,
        moments=pictures.moments,
        gates=pictures.gates,
        places=pictures.places,
        values=pictures.values,
        tunes=tuple(text.tune for text in texts),
        corpus=corpus,
        characters=sum(len(text.ids) for text in texts),
        held=sum(len(text.ids) for text in texts if not text.fitted),
        untrained={kind: sum(each.kind == kind for each in untrained.labels) for kind in KINDS},
        untrained_neurons=len(untrained.labels),
        weights=summary.weights_sha256 if summary is not None else "",
        memory=memory,
    )


def untrained_engine(run: Run, seed: int) -> Engine:
    """A network of the run's shape with freshly drawn weights."""
    import torch

    from songrnn.model.network import CharRNN

    with torch.random.fork_rng():
        torch.manual_seed(seed)
        network = CharRNN(run.config.model, run.vocabulary.size)
    weights = {name: tensor.numpy() for name, tensor in network.state_dict().items()}
    return Engine(run.config.model, run.vocabulary.size, weights)
