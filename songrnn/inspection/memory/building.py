"""What a run remembers, next to untrained networks of its shape and to tunes with others' music."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from songrnn.inspection.measuring import Measuring
from songrnn.inspection.memory.measuring import MemoryScores, measure_alike
from songrnn.inspection.memory.rule import (
    UNTRAINED,
    bounds_of,
    count_remembering,
    judge,
)
from songrnn.inspection.memory.verdicts import MemoryIndex
from songrnn.inspection.progress import part_of
from songrnn.inspection.properties import FIRST_COLUMN
from songrnn.inspection.recording import AnnotatedText
from songrnn.inspection.units import Unit, units_of
from songrnn.model.engine import Engine

# Characters of the fitted tunes that are read.
CHARACTERS = 200_000
# Neurons of each untrained network whose units are scored: five times as many set each bound.
MOST_NEURONS = 256


def build_memory(
    engine: Engine,
    untrained: Callable[[int], Engine],
    texts: Sequence[AnnotatedText],
    *,
    seed: int = 0,
    networks: int = UNTRAINED,
    characters: int = CHARACTERS,
    beside: Sequence[Measuring] = (),
    progress: Callable[[float], None] | None = None,
) -> MemoryIndex:
    """Judge every neuron of `engine`.

    untrained: a network of its shape for a number, as freshly drawn. networks: how many of those;
    the first `characters` of the fitted texts are read, and of a large network MOST_NEURONS neurons scored. Two networks are read at a time.
    beside: what measures the labels of `engine`, and of the first untrained ones, on the same texts:
    each network reads once for both, and the labels are finished here. Raises ConfigError without texts to fit on and to
    measure on.
    """
    chosen = _first(texts, characters)
    held = [text for text in chosen if not text.fitted]
    columns, units = _sampled(engine, np.random.default_rng(seed))
    done = [0.0] * (networks + 1)

    def measured(job: int) -> list[MemoryScores]:
        def tell(share: float) -> None:
            done[job] = share
            if progress is not None:
                progress(sum(done) / len(done))

        labels = beside[job] if job < len(beside) else None
        network = engine if job == 0 else untrained(job - 1)
        sets = [chosen, shuffled(chosen, np.random.default_rng(seed))] if job == 0 else [chosen]
        return _scored(network, sets, labels, seed, None if job == 0 else columns, tell)

    with ThreadPoolExecutor(2) as pool:
        [scores, of_shuffled], *others = pool.map(measured, range(networks + 1))
    of_untrained = [each for [each] in others]
    bounds = bounds_of(of_untrained)
    n = np.sum([np.isfinite(text.table[:, FIRST_COLUMN]).sum(axis=0) for text in held], axis=0)
    return MemoryIndex(
        verdicts=tuple(judge(scores, bounds, units_of(engine), n, len(held))),
        untrained=tuple(
            count_remembering(each, bounds_of([o for o in of_untrained if o is not each]), units)
            for each in of_untrained
        ),
        untrained_neurons=len({unit[1:] for unit in units}),
        shuffled=count_remembering(of_shuffled, bounds, units_of(engine)),
        fitted=sum(len(text.ids) for text in chosen if text.fitted),
        held=sum(len(text.ids) for text in held),
        tunes=len(held),
    )


def _scored(
    network: Engine,
    sets: Sequence[Sequence[AnnotatedText]],
    labels: Measuring | None,
    seed: int,
    columns: NDArray[np.int64] | None,
    tell: Callable[[float], None],
) -> list[MemoryScores]:
    """The scores of a network, and its labels finished where they are asked for."""
    told = tell if labels is None else part_of(tell, 0.0, 0.6)
    found = measure_alike(network, sets, seed=seed, columns=columns, beside=labels, progress=told)
    if labels is not None:
        labels.finish(part_of(tell, 0.6, 1.0))
    return found


def _sampled(
    engine: Engine, rng: np.random.Generator
) -> tuple[NDArray[np.int64], tuple[Unit, ...]]:
    """The units of an untrained network that are scored, as columns and by name: those of
    MOST_NEURONS neurons drawn at random, all of a network that has no more."""
    units = units_of(engine)
    neurons = sorted({unit[1:] for unit in units})
    drawn = rng.permutation(len(neurons))[:MOST_NEURONS].tolist()
    taken = {neurons[i] for i in drawn}
    columns = [number for number, unit in enumerate(units) if unit[1:] in taken]
    return np.array(columns, np.int64), tuple(units[number] for number in columns)


def shuffled(texts: Sequence[AnnotatedText], rng: np.random.Generator) -> list[AnnotatedText]:
    """The same texts with the properties of other ones, repeated or cut to their length."""
    found: list[AnnotatedText] = []
    for fitted in (True, False):
        part = [text for text in texts if text.fitted == fitted]
        # A shift along a random order, so that no text keeps its own.
        order = rng.permutation(len(part))
        of = dict(zip(order.tolist(), np.roll(order, 1).tolist(), strict=True))
        found += [
            replace(text, table=np.resize(part[of[i]].table, text.table.shape))
            for i, text in enumerate(part)
        ]
    return found


def _first(texts: Sequence[AnnotatedText], characters: int) -> list[AnnotatedText]:
    """All texts to measure on, and those to fit on until they have `characters` together."""
    chosen, size = [], 0
    for text in texts:
        if not text.fitted or size < characters:
            chosen.append(text)
            size += len(text.ids) if text.fitted else 0
    return chosen
