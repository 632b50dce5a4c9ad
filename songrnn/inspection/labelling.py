"""Which property each neuron follows: labels that are earned.

A label is the property with the highest score (`scoring`: held-out R²). It needs an R² of at
least `LEAST` and, over all neurons and both kinds, a false-discovery rate of at most `RATE`
(Benjamini and Hochberg 1995), with p from a Gumbel distribution fitted to the largest score over
properties in circular shifts of the properties within tunes: the largest of many, under the same
autocorrelation. A property that a whole tune shares goes from tune to tune instead, since a
shift does not move it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from songrnn.inspection.properties import FIRST_COLUMN, OF_A_TUNE, PROPERTIES
from songrnn.inspection.recording import Activity, Columns
from songrnn.inspection.scoring import KINDS, Floats, Kind, Tally, scores, tallied
from songrnn.metrics import auroc, mutual_information
from songrnn.statistics import benjamini_hochberg

LEAST = 0.25
RATE = 0.05
SHIFTS = 200
# Most activations (50 MB) in the sample of tunes whose properties are shifted.
MOST_SHIFTED = 12_000_000
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


def null_maxima(
    activity: Activity,
    rng: np.random.Generator,
    *,
    shifts: int = SHIFTS,
    progress: Callable[[float], None] | None = None,
) -> dict[Kind, Floats]:
    """(shifts, N) of each kind: each neuron's largest score over properties that were shifted.

    A sample of whole tunes is enough, and errs on the careful side: fewer characters make larger
    scores by chance.
    """
    most = max(MOST_SHIFTED // max(len(activity.columns), 1), 1)
    ends = np.append(activity.starts[1:], len(activity.ids))
    used = [t for t in range(len(activity.tunes)) if ends[t] <= most] or [0]
    starts, ends = activity.starts[used], ends[used]
    size = int(ends[-1]) if len(ends) else 0
    centre = activity.values[:size].mean(axis=0)
    halves = [np.flatnonzero(rows) for rows in (activity.fitted[:size], ~activity.fitted[:size])]
    values = [activity.values[rows] - centre for rows in halves]
    owner = np.repeat(np.arange(len(used)), ends - starts)
    found = {kind: np.empty((shifts, len(activity.columns))) for kind in KINDS}
    for turn in range(shifts):
        table = activity.table[_rolled(starts, ends, rng)]
        table[:, OF_A_TUNE] = activity.table[starts[rng.permutation(len(used))][owner]][
            :, OF_A_TUNE
        ]
        sums = []
        for rows, y in zip(halves, values, strict=True):
            tally = Tally(centre)
            tally.add(y, table[rows], activity.ids[rows], centred=True)
            sums.append(tally.sums())
        for kind, of_kind in scores(*sums).items():
            found[kind][turn] = of_kind.max(axis=0)
        if progress is not None:
            progress((turn + 1) / shifts)
    return found


def _rolled(
    starts: NDArray[np.int64], ends: NDArray[np.int64], rng: np.random.Generator
) -> NDArray[np.int64]:
    """Rows, those of each tune moved round by an amount of its own."""
    return np.concatenate(
        [
            start + (np.arange(size) + rng.integers(1, max(size, 2))) % size
            for start, size in zip(starts, ends - starts, strict=True)
        ]
    )


def gumbel_p(maxima: Floats, observed: Floats) -> Floats:
    """p of each observed largest score, from a Gumbel distribution with the maxima's moments.

    maxima (shifts, N), observed (N,). Method of moments. 1 where there is nothing to compare.
    """
    from scipy.stats import gumbel_r

    there = np.isfinite(maxima).all(axis=0) & np.isfinite(observed)
    maxima, seen = np.where(there, maxima, 0.0), np.where(there, observed, 0.0)
    spread = np.maximum(maxima.std(axis=0, ddof=1), 1e-9) * np.sqrt(6) / np.pi
    centre = maxima.mean(axis=0) - np.euler_gamma * spread
    return np.where(there, gumbel_r.sf(seen, loc=centre, scale=spread), 1.0)


def rank(
    activity: Activity,
    rng: np.random.Generator,
    *,
    shifts: int = SHIFTS,
    progress: Callable[[float], None] | None = None,
) -> list[NeuronLabel]:
    """The label of every neuron in every quantity, or that it has none."""
    fit, held = tallied(activity)
    maxima = null_maxima(activity, rng, shifts=shifts, progress=progress)
    rows = ~activity.fitted
    evidence = Evidence(activity.values[rows], activity.table[rows])
    return label_all(activity.columns, scores(fit, held), maxima, evidence, measured(activity))


def measured(activity: Activity) -> NDArray[np.int64]:
    """(properties,) held-out characters on which each property means something."""
    return np.isfinite(activity.table[~activity.fitted][:, FIRST_COLUMN]).sum(axis=0)


def label_all(
    columns: Columns,
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
        for place, each in enumerate(columns)
    ]


def _label(
    column: tuple[str, int, int],
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
    quantity, layer, neuron = column
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
        quantity=quantity,
        layer=layer,
        neuron=neuron,
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
