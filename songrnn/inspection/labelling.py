"""Which property each unit follows: labels that are earned.

A label is the property with the highest score (`scoring`: held-out R²). It needs an R² of at
least `LEAST` and, over all units and both kinds, a false-discovery rate of at most `RATE`
(Benjamini and Hochberg 1995), with p from a Gumbel distribution fitted to the largest score over
properties in `shifted_null`: the largest of many, under the same autocorrelation.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from songrnn.inspection.properties import FIRST_COLUMN, PROPERTIES
from songrnn.inspection.scoring import KINDS, Kind
from songrnn.inspection.shifted_null import gumbel_p
from songrnn.inspection.sums import Floats
from songrnn.inspection.units import Unit
from songrnn.metrics import auroc, mutual_information
from songrnn.statistics import benjamini_hochberg

LEAST = 0.25
RATE = 0.05
_BINS = 8


@dataclass(frozen=True)
class NeuronLabel:
    """What one neuron was found to do in one quantity; layer and neuron from 0.

    label, kind: None when nothing is clear; the words of the label are `words`. rising: whether
    the activation rises with the property, None for one that goes round. score,
    runner_up_score: held-out R² of the best property and of the next one. n: held-out characters
    it was measured on. p: of the largest score; auroc, mutual_information (bits): of the best
    property on a sample of the characters, AUROC for yes-no ones only.
    """

    quantity: str
    layer: int
    neuron: int
    label: str | None
    words: str
    kind: Kind | None
    rising: bool | None
    best: str
    score: float
    runner_up: str
    runner_up_score: float
    n: int
    p: float
    auroc: float | None
    mutual_information: float


@dataclass(frozen=True, eq=False)
class Evidence:
    """Some characters to look at closely: values (T, N), table (T, COLUMNS) of the same."""

    values: NDArray[np.float32]
    table: NDArray[np.float32]


def label_units(
    units: Sequence[Unit],
    found: Mapping[Kind, Floats],
    maxima: Mapping[Kind, Floats],
    evidence: Evidence,
    n: NDArray[np.int64],
) -> list[NeuronLabel]:
    """Labels from scores (properties, N) and from those of shifted properties (shifts, N).

    n: (properties,) characters that each score was measured on.
    """
    p = {kind: gumbel_p(maxima[kind], found[kind].max(axis=0)) for kind in KINDS}
    q = benjamini_hochberg(np.concatenate([p[kind] for kind in KINDS])).reshape(len(KINDS), -1)
    return [
        _label(each, place, found, p, dict(zip(KINDS, q[:, place], strict=True)), evidence, n)
        for place, each in enumerate(units)
    ]


def _label(
    unit: Unit,
    place: int,
    best: Mapping[Kind, Floats],
    p: Mapping[Kind, Floats],
    q: Mapping[Kind, float],
    evidence: Evidence,
    n: NDArray[np.int64],
) -> NeuronLabel:
    """Remembering is the stronger claim, so it is made where it holds."""
    earned = [k for k in reversed(KINDS) if best[k][:, place].max() >= LEAST and q[k] <= RATE]
    kind: Kind = earned[0] if earned else "reads"
    order = np.argsort(-best[kind][:, place], kind="stable")
    first, second = PROPERTIES[order[0]], PROPERTIES[order[1]]
    x = evidence.table[:, FIRST_COLUMN[order[0]]]
    there = np.isfinite(x)
    y = evidence.values[there, place]
    x = x[there]
    varied = len(x) > 1 and x.min() < x.max()
    rising = None
    if varied and first.kind != "angle":
        rising = bool(np.corrcoef(x, y)[0, 1] > 0) if y.min() < y.max() else None
    low = " (low)" if rising is False and first.kind == "yes-no" else ""
    return NeuronLabel(
        quantity=unit.quantity,
        layer=unit.layer,
        neuron=unit.neuron,
        label=first.name if earned else None,
        words=f"{kind}: {first.words}{low}" if earned else "no clear label",
        kind=kind if earned else None,
        rising=rising,
        best=first.name,
        score=_score(best[kind][order[0], place]),
        runner_up=second.name,
        runner_up_score=_score(best[kind][order[1], place]),
        n=int(n[order[0]]),
        p=float(p[kind][place]),
        auroc=float(auroc(y, x > 0.5)) if first.kind == "yes-no" and varied else None,
        mutual_information=float(mutual_information(_binned(y), _binned(x))) if varied else 0.0,
    )


def _score(value: float) -> float:
    """As JSON can hold it: what was never measured is as bad as nothing known, 0."""
    return float(value) if np.isfinite(value) else 0.0


def _binned(values: NDArray[np.float32]) -> NDArray[np.int64]:
    """Few different values as they are, many in bins that hold equally many."""
    different = np.unique(values)
    if len(different) <= _BINS:
        return np.searchsorted(different, values)
    edges = np.quantile(values, np.linspace(0, 1, _BINS + 1)[1:-1])
    return np.searchsorted(edges, values)
