"""What a run remembers, next to untrained networks of its shape and to tunes with others' music."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np

from songrnn.inspection.memory.measuring import MemoryScores, measure_memory
from songrnn.inspection.memory.rule import (
    UNTRAINED,
    bounds_of,
    count_remembering,
    judge,
)
from songrnn.inspection.memory.verdicts import MemoryIndex
from songrnn.inspection.properties import FIRST_COLUMN
from songrnn.inspection.recording import AnnotatedText
from songrnn.inspection.units import units_of
from songrnn.model.engine import Engine

# Characters of the fitted tunes that are read.
CHARACTERS = 200_000


def build_memory(
    engine: Engine,
    untrained: Callable[[int], Engine],
    texts: Sequence[AnnotatedText],
    *,
    seed: int = 0,
    networks: int = UNTRAINED,
    characters: int = CHARACTERS,
    progress: Callable[[float], None] | None = None,
) -> MemoryIndex:
    """Judge every neuron of `engine`.

    untrained: a network of its shape for a number, as freshly drawn. networks: how many of those;
    the first `characters` of the fitted texts are read. Two networks are read at a time. Raises
    ConfigError without texts to fit on and to measure on.
    """
    chosen = _first(texts, characters)
    held = [text for text in chosen if not text.fitted]
    done = [0.0] * (networks + 2)

    def measured(job: int) -> MemoryScores:
        def tell(share: float) -> None:
            done[job] = share
            if progress is not None:
                progress(sum(done) / len(done))

        if job == 0:
            return measure_memory(engine, chosen, seed=seed, progress=tell)
        if job == 1:
            others = shuffled(chosen, np.random.default_rng(seed))
            return measure_memory(engine, others, seed=seed, progress=tell)
        return measure_memory(untrained(job - 2), chosen, seed=seed, progress=tell)

    with ThreadPoolExecutor(2) as pool:
        scores, of_shuffled, *of_untrained = pool.map(measured, range(networks + 2))
    units, bounds = units_of(engine), bounds_of(of_untrained)
    n = np.sum([np.isfinite(text.table[:, FIRST_COLUMN]).sum(axis=0) for text in held], axis=0)
    return MemoryIndex(
        verdicts=tuple(judge(scores, bounds, units, n, len(held))),
        untrained=tuple(
            count_remembering(each, bounds_of([o for o in of_untrained if o is not each]), units)
            for each in of_untrained
        ),
        shuffled=count_remembering(of_shuffled, bounds, units),
        fitted=sum(len(text.ids) for text in chosen if text.fitted),
        held=sum(len(text.ids) for text in held),
        tunes=len(held),
    )


def shuffled(texts: Sequence[AnnotatedText], rng: np.random.Generator) -> list[AnnotatedText]:
    """The same texts with the properties of other ones, repeated or cut to their length."""
    found: list[AnnotatedText] = []
    for fitted in (True, False):
        part = [text for text in texts if text.fitted == fitted]
        # A shift along a random order, so that no text keeps its own.
        order = rng.permutation(len(part))
        found += [
            replace(part[i], table=np.resize(part[j].table, part[i].table.shape))
            for i, j in zip(order, np.roll(order, 1), strict=True)
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
