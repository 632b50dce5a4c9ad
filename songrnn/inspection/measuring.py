"""Measuring a network in one streaming pass: labels of all units, and what pages show of them.

Sums give all scores (`scoring`). Of the activations themselves only samples are kept: whole texts
for the shifted properties, single characters for histograms, quantiles and examples, and the
largest and smallest value of every unit in every text.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from songrnn.inspection import collectors
from songrnn.inspection.index import QUANTILES
from songrnn.inspection.labelling import Evidence, NeuronLabel, label_units
from songrnn.inspection.progress import part_of
from songrnn.inspection.properties import FIRST_COLUMN
from songrnn.inspection.recording import Activity, AnnotatedText, RecordedBatch, record_batches
from songrnn.inspection.scoring import Kind
from songrnn.inspection.shifted_null import MOST_SHIFTED, SHIFTS, null_maxima
from songrnn.inspection.sums import Floats
from songrnn.inspection.units import units_of
from songrnn.model.engine import Engine

# Most activations kept of single characters; without pictures a tenth.
MOST_KEPT = 30_000_000


@dataclass(frozen=True, eq=False)
class Pictures:
    """What pages show of every unit, shaped as in NeuronIndex."""

    histograms: NDArray[np.float32]
    quantiles: NDArray[np.float32]
    moments: NDArray[np.float32]
    gates: Mapping[str, NDArray[np.float16]]
    places: NDArray[np.int32]
    values: NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Measurement:
    """Labels of all units, scores of each kind (properties, N), pictures when asked for."""

    labels: list[NeuronLabel]
    scores: Mapping[Kind, Floats]
    pictures: Pictures | None


class Measuring:
    """A measurement while it streams by: `add` every batch of `texts` once, in any order, then
    `finish`. pictures: whether they are asked for."""

    def __init__(
        self,
        engine: Engine,
        texts: Sequence[AnnotatedText],
        *,
        seed: int = 0,
        shifts: int = SHIFTS,
        pictures: bool = True,
    ) -> None:
        self.texts, self.pictures = texts, pictures
        self._units, self._shifts = units_of(engine), shifts
        self._rng = np.random.default_rng(seed)
        characters = sum(len(text.ids) for text in texts)
        N = len(self._units)
        most = MOST_KEPT if pictures else MOST_KEPT // 10
        self._sums = collectors.ScoreSums(texts)
        self._whole = collectors.WholeTexts(texts, MOST_SHIFTED // N, self._rng)
        self._sample = collectors.Sample(texts, max(1, -(-characters * N // most)), self._rng)
        self._extremes = collectors.Extremes(len(texts), N if pictures else 0)
        self._gates = collectors.GateHistograms()
        self._found: Measurement | None = None

    def add(self, batch: RecordedBatch) -> None:
        """A batch of the texts, with gates where pictures are asked for."""
        self._sums.add(batch)
        for i, values in batch.each_text():
            self._whole.add(i, values)
            self._sample.add(i, values)
            if self.pictures:
                self._extremes.add(i, values)
        if self.pictures:
            self._gates.add(batch.gates)

    def finish(self, progress: Callable[[float], None] | None = None) -> Measurement:
        """Label every unit, once all texts were read; the first call does it."""
        if self._found is None:
            self._found = self._labelled(progress)
            # Of a large network a quarter of a gigabyte.
            del self._sums, self._whole, self._sample, self._extremes
        return self._found

    def _labelled(self, progress: Callable[[float], None] | None) -> Measurement:
        maxima = null_maxima(
            self._whole.activity(self._units), self._rng, shifts=self._shifts, progress=progress
        )
        seen = self._sample.activity(self._units)
        found = self._sums.scores()
        evidence = Evidence(seen.values, seen.table)
        labels = label_units(self._units, found, maxima, evidence, _measured(self.texts))
        return Measurement(labels, found, self._pictures(seen) if self.pictures else None)

    def _pictures(self, seen: Activity) -> Pictures:
        extremes = self._extremes
        quantiles = np.quantile(seen.values, np.linspace(0, 1, QUANTILES), axis=0).T
        quantiles[:, 0], quantiles[:, -1] = (
            extremes.lowest.min(axis=0),
            extremes.highest.max(axis=0),
        )
        places, values = collectors.examples(
            extremes, seen.values, self._sample.places(), self._rng
        )
        return Pictures(
            histograms=collectors.histograms(seen.values),
            quantiles=quantiles.astype(np.float32),
            moments=self._sums.moments().astype(np.float32),
            gates=self._gates.shares(),
            places=places,
            values=values,
        )


def measure(
    engine: Engine,
    texts: Sequence[AnnotatedText],
    *,
    seed: int = 0,
    shifts: int = SHIFTS,
    pictures: bool = True,
    progress: Callable[[float], None] | None = None,
) -> Measurement:
    """Read the texts once and label every unit."""
    measuring = Measuring(engine, texts, seed=seed, shifts=shifts, pictures=pictures)
    for batch in record_batches(
        engine, [text.ids for text in texts], gates=pictures, progress=part_of(progress, 0.0, 0.5)
    ):
        measuring.add(batch)
    return measuring.finish(part_of(progress, 0.5, 1.0))


def _measured(texts: Sequence[AnnotatedText]) -> NDArray[np.int64]:
    """(properties,) measured characters on which each property means something."""
    found = np.zeros(len(FIRST_COLUMN), np.int64)
    for text in texts:
        if not text.fitted:
            found += np.isfinite(text.table[:, FIRST_COLUMN]).sum(axis=0)
    return found
