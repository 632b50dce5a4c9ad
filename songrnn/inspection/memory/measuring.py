"""Measuring what a network remembers: the fitted tunes are read first, then those held out.

T characters, N units, P properties.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from songrnn.errors import ConfigError
from songrnn.inspection.measuring import Measuring
from songrnn.inspection.memory.echoes import Echoes
from songrnn.inspection.memory.features import Features
from songrnn.inspection.memory.fitting import FitSums, fit_groups
from songrnn.inspection.memory.held_out import HeldOut
from songrnn.inspection.memory.rare import RareScores, candidates
from songrnn.inspection.progress import part_of
from songrnn.inspection.recording import AnnotatedText, RecordedBatch, record_batches
from songrnn.inspection.scoring import scores as raw_scores
from songrnn.inspection.sums import Floats, Tally
from songrnn.model.engine import Engine

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

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
    columns: NDArray[np.int64] | None = None,
    progress: Callable[[float], None] | None = None,
) -> MemoryScores:
    """Score all pairs of property and unit on the measured texts, fitted on the fitted ones.

    columns: the units to score, all if not given. Raises ConfigError without texts of both kinds.
    """
    [found] = measure_alike(engine, [texts], seed=seed, columns=columns, progress=progress)
    return found


def measure_alike(
    engine: Engine,
    sets: Sequence[Sequence[AnnotatedText]],
    *,
    seed: int = 0,
    columns: NDArray[np.int64] | None = None,
    beside: Measuring | None = None,
    progress: Callable[[float], None] | None = None,
) -> list[MemoryScores]:
    """The same for sets of texts that differ in their properties alone: the network reads them once.

    beside: what measures the same network on texts among which those of the first set are; it is
    told of every batch, and its other texts are read last. Raises ConfigError without texts of both kinds.
    """
    from scipy.sparse import vstack

    fit, held = ([text for text in sets[0] if text.fitted == each] for each in (True, False))
    if not fit or not held:
        raise ConfigError("To say what a network remembers takes tunes to fit on and others.")
    chosen = slice(None) if columns is None else columns
    reading = _Reading(engine, [fit, held], beside, progress)
    space = Features(engine.vocabulary_size, [text.ids for text in fit])
    measured = [_Measuring(texts, space) for texts in sets]
    for batch in reading.of(fit):
        known = vstack([space.of(fit[i].ids) for i in batch.texts], format="csr")
        for each in measured:
            each.fit(batch.texts, batch.values[:, chosen], known)
    for each in measured:
        each.fitted()
    for batch in reading.of(held):
        for i, values in batch.each_text():
            known = space.of(held[i].ids)
            for each in measured:
                each.hold(i, values[:, chosen], known)
    found = [each.scores(seed) for each in measured]
    measured.clear()
    for _ in reading.of(reading.others):
        pass
    return found


class _Reading:
    """A network reads texts a part at a time, and tells what is measured beside of every batch."""

    def __init__(
        self,
        engine: Engine,
        parts: Sequence[Sequence[AnnotatedText]],
        beside: Measuring | None,
        progress: Callable[[float], None] | None,
    ) -> None:
        self._engine, self._beside, self._progress = engine, beside, progress
        # Texts are the same by identity: two tunes may have the same characters.
        everything = beside.texts if beside is not None else [*parts[0], *parts[1]]
        self._numbers = {id(text): number for number, text in enumerate(everything)}
        known = {id(text) for part in parts for text in part}
        self.others = [text for text in everything if id(text) not in known]
        self._all = max(sum(len(text.ids) for text in everything), 1)
        self._done = 0

    def of(self, texts: Sequence[AnnotatedText]) -> Iterator[RecordedBatch]:
        """Batches of some of the texts, numbered as they come here."""
        size = sum(len(text.ids) for text in texts)
        begin, end = self._done / self._all, (self._done + size) / self._all
        beside = self._beside
        for batch in record_batches(
            self._engine,
            [text.ids for text in texts],
            gates=beside is not None and beside.pictures,
            progress=part_of(self._progress, begin, end),
        ):
            if beside is not None:
                numbers = tuple(self._numbers[id(texts[i])] for i in batch.texts)
                beside.add(replace(batch, texts=numbers))
            yield batch
        self._done += size


class _Measuring:
    """What one set of texts leads to: sums of the fitted ones first, then scores on the others."""

    def __init__(self, texts: Sequence[AnnotatedText], space: Features) -> None:
        self._fit = [text for text in texts if text.fitted]
        self._held = [text for text in texts if not text.fitted]
        self._space, self._sums = space, FitSums()
        self._tallies: list[Tally] = []
        self._centre = np.zeros(0, np.float32)

    def fit(self, texts: Sequence[int], values: NDArray[np.float32], known: "csr_matrix") -> None:
        """values (T, N) and features (T, F) of some of the fitted texts, one after the other."""
        if not self._tallies:
            self._centre = values.mean(axis=0)
            self._tallies = [Tally(self._centre), Tally(self._centre)]
        chosen = [self._fit[i] for i in texts]
        table, ids = (np.concatenate([getattr(t, n) for t in chosen]) for n in ("table", "ids"))
        self._tallies[0].add(values, table, ids)
        self._sums.add(values - self._centre, table, known)

    def fitted(self) -> None:
        """Fit the lines: all texts to fit on were read."""
        sums, size = self._sums, len(self._centre)
        groups = fit_groups(sums)
        self._scores = HeldOut(groups, len(self._held), size)
        self._rare = RareScores(candidates(sums), groups, size)
        self._echoes = Echoes(sums.of_codes(tuple(sums.by_code)), self._space)
        self._sums = FitSums()  # of a large network a quarter of a gigabyte

    def hold(self, text: int, values: NDArray[np.float32], known: "csr_matrix") -> None:
        """values (T, N) and features (T, F) of one of the others."""
        table, left = self._held[text].table, values - self._centre
        self._tallies[1].add(values, table, self._held[text].ids)
        for collector in (self._scores, self._rare):
            collector.add(text, left, table, known)
        self._echoes.add(left, known)

    def scores(self, seed: int) -> MemoryScores:
        """All scores, once all texts were read."""
        raw = raw_scores(*(tally.sums() for tally in self._tallies))["reads"]
        return _scores(raw, self._scores, self._rare, self._echoes, seed)


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
