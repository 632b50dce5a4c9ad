"""Measuring what a network remembers: the fitted tunes are read first, then those held out.

T characters, N units, P properties.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from songrnn.errors import ConfigError
from songrnn.inspection.memory.echoes import Echoes
from songrnn.inspection.memory.features import Features
from songrnn.inspection.memory.fitting import FitSums, fit_groups
from songrnn.inspection.memory.held_out import HeldOut
from songrnn.inspection.memory.rare import RareScores, candidates
from songrnn.inspection.progress import part_of
from songrnn.inspection.recording import AnnotatedText, record_batches
from songrnn.inspection.scoring import scores as raw_scores
from songrnn.inspection.sums import Floats, Tally
from songrnn.model.engine import Engine

# A pair needs this held-out R² (or corrected precision), and more than this once the last
# characters are taken out: its lower bound.
LEAST = 0.25
LEAST_PARTIAL = 0.10


@dataclass(frozen=True, eq=False)
class MemoryScores:
    """Of one network on held-out tunes, (P, N) each unless said otherwise.

    raw: R² of the property alone. partial, low: what it explains when last characters and position
    are taken out of both sides, and the lower bound, −inf where partial is not above LEAST_PARTIAL. precision,
    precision_partial, precision_low: the same by average precision, for rare properties. runs:
    (runs, N) R² of the last characters, echoes.RUNS of them; recent, position: (N,) of all that the
    last characters say, and of the position.
    strongest, strongest_share: (N,) the last character that matters most, and its R².
    """

    raw: Floats
    partial: Floats
    low: Floats
    precision: Floats
    precision_partial: Floats
    precision_low: Floats
    runs: Floats
    recent: Floats
    position: Floats
    strongest: NDArray[np.int64]
    strongest_share: Floats


def measure_memory(
    engine: Engine,
    texts: Sequence[AnnotatedText],
    *,
    seed: int = 0,
    progress: Callable[[float], None] | None = None,
) -> MemoryScores:
    """Score all pairs of property and unit on the measured texts, fitted on the fitted ones.

    Raises ConfigError without texts of both kinds.
    """
    from scipy.sparse import vstack

    fit = [text for text in texts if text.fitted]
    held = [text for text in texts if not text.fitted]
    if not fit or not held:
        raise ConfigError("To say what a network remembers takes tunes to fit on and others.")
    share = sum(len(text.ids) for text in fit) / max(sum(len(text.ids) for text in texts), 1)
    space = Features(engine.vocabulary_size, [text.ids for text in fit])
    sums = FitSums()
    tallies: list[Tally] = []
    told = part_of(progress, 0.0, share)
    for batch in record_batches(engine, [text.ids for text in fit], progress=told):
        if not tallies:
            centre = batch.values.mean(axis=0)
            tallies = [Tally(centre), Tally(centre)]
        chosen = [fit[i] for i in batch.texts]
        table, ids = (np.concatenate([getattr(t, n) for t in chosen]) for n in ("table", "ids"))
        tallies[0].add(batch.values, table, ids)
        known = vstack([space.of(text.ids) for text in chosen], format="csr")
        sums.add(batch.values - centre, table, known)
    groups = fit_groups(sums)
    scores = HeldOut(groups, len(held), len(centre))
    rare = RareScores(candidates(sums), groups, len(centre))
    echoes = Echoes(sums.of_codes(tuple(sums.by_code)), space)
    del sums  # of a large network a quarter of a gigabyte
    told = part_of(progress, share, 1.0)
    for batch in record_batches(engine, [text.ids for text in held], progress=told):
        for i, values in batch.each_text():
            table, known = held[i].table, space.of(held[i].ids)
            tallies[1].add(values, table, held[i].ids)
            for collector in (scores, rare):
                collector.add(i, values - centre, table, known)
            echoes.add(values - centre, known)
    raw = raw_scores(*(tally.sums() for tally in tallies))["reads"]
    return _scores(raw, scores, rare, echoes, seed)


def _scores(
    raw: Floats, held: HeldOut, rare: RareScores, echoes: Echoes, seed: int
) -> MemoryScores:
    partial = held.partial()
    rng = np.random.default_rng(seed)
    low = held.lower_bounds(partial > LEAST_PARTIAL, rng)
    precision, precision_partial, precision_low = rare.precisions(rng, LEAST, LEAST_PARTIAL)
    runs, recent, position = echoes.r_squared()
    strongest, strongest_share = echoes.strongest()
    return MemoryScores(
        raw,
        partial,
        low,
        precision,
        precision_partial,
        precision_low,
        runs,
        recent,
        position,
        strongest,
        strongest_share,
    )
