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
from songrnn.inspection.recording import AnnotatedText, record_batches
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
    rng = np.random.default_rng(seed)
    units = units_of(engine)
    characters = sum(len(text.ids) for text in texts)
    most = MOST_KEPT if pictures else MOST_KEPT // 10
    sums = collectors.ScoreSums(texts)
    whole = collectors.WholeTexts(texts, MOST_SHIFTED // len(units), rng)
    sample = collectors.Sample(texts, max(1, -(-characters * len(units) // most)), rng)
    extremes = collectors.Extremes(len(texts), len(units))
    gates = collectors.GateHistograms()
    for batch in record_batches(
        engine, [text.ids for text in texts], gates=pictures, progress=part_of(progress, 0.0, 0.5)
    ):
        sums.add(batch)
        gates.add(batch.gates)
        for i, values in batch.each_text():
            for collector in (whole, sample, extremes):
                collector.add(i, values)
    maxima = null_maxima(
        whole.activity(units), rng, shifts=shifts, progress=part_of(progress, 0.5, 1.0)
    )
    seen = sample.activity(units)
    found = sums.scores()
    evidence = Evidence(seen.values, seen.table)
    labels = label_units(units, found, maxima, evidence, _measured(texts))
    if not pictures:
        return Measurement(labels, found, None)
    quantiles = np.quantile(seen.values, np.linspace(0, 1, QUANTILES), axis=0).T
    quantiles[:, 0], quantiles[:, -1] = extremes.lowest.min(axis=0), extremes.highest.max(axis=0)
    places, values_there = collectors.examples(extremes, seen.values, sample.places(), rng)
    return Measurement(
        labels,
        found,
        Pictures(
            histograms=collectors.histograms(seen.values),
            quantiles=quantiles.astype(np.float32),
            moments=sums.moments().astype(np.float32),
            gates=gates.shares(),
            places=places,
            values=values_there,
        ),
    )


def _measured(texts: Sequence[AnnotatedText]) -> NDArray[np.int64]:
    """(properties,) measured characters on which each property means something."""
    found = np.zeros(len(FIRST_COLUMN), np.int64)
    for text in texts:
        if not text.fitted:
            found += np.isfinite(text.table[:, FIRST_COLUMN]).sum(axis=0)
    return found
