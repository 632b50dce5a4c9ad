"""Which property each neuron follows: labels that are earned.

For every neuron and every property of `labels` one score: the R² with which a straight line from
the property predicts the activation, fitted on one half of the tunes and measured on the other.
A neuron *reads* a property when its activation itself follows it; it *remembers* it when the
activation still does after the neuron's mean for the character just read is taken away, which is
more than an echo of that character.

A label needs an R² of at least `LEAST` and, over all neurons, a false-discovery rate of at most
`RATE` (Benjamini and Hochberg 1995), with p from a Gumbel distribution fitted to the largest score
over properties in circular shifts of the properties within tunes: the largest of many, under the
same autocorrelation.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from songrnn.corpus.tunebook import Tune
from songrnn.corpus.vocabulary import START, Vocabulary
from songrnn.inspection.labels import COLUMNS, FIRST_COLUMN, PROPERTIES, properties
from songrnn.metrics import auroc, mutual_information
from songrnn.model.engine import Engine
from songrnn.notation.reader import read
from songrnn.statistics import benjamini_hochberg

Floats = NDArray[np.float64]
Kind = Literal["reads", "remembers"]
KINDS: tuple[Kind, ...] = ("reads", "remembers")

LEAST = 0.25
RATE = 0.05
SHIFTS = 200
# Most activations kept at once (400 MB), and in the sample that is shifted.
MOST_VALUES = 100_000_000
MOST_SHIFTED = 12_000_000
_EULER = 0.5772156649015329
_BINS = 8


@dataclass(frozen=True, eq=False)
class Activity:
    """What all neurons did on some tunes. values: (T, N) float32, tunes one after the other.

    columns: (quantity, layer, neuron) of each of the N columns. table: (T, COLUMNS) properties.
    ids: (T,) the characters read. starts: where each tune begins. fitted: (T,) whether its tune
    is in the half that lines are fitted on.
    """

    values: NDArray[np.float32]
    columns: tuple[tuple[str, int, int], ...]
    table: NDArray[np.float32]
    ids: NDArray[np.int64]
    tunes: tuple[str, ...]
    starts: NDArray[np.int64]
    fitted: NDArray[np.bool_]

    def tune_of(self, place: int) -> tuple[str, int]:
        """(tune, character) of a row."""
        tune = int(np.searchsorted(self.starts, place, side="right")) - 1
        return self.tunes[tune], place - int(self.starts[tune])


@dataclass(frozen=True)
class NeuronLabel:
    """What one neuron was found to do in one quantity; layer and neuron from 0.

    label, kind: None when nothing is clear; the words of the label are `words`. rising: whether
    the activation rises with the property, None for one that goes round. score,
    runner_up_score: held-out R² of the best property and of the next one. n: held-out characters
    it was measured on. p: of the largest score; auroc, mutual_information (bits): of the best
    property, AUROC for yes-no ones only.
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


def observe(
    engine: Engine,
    vocabulary: Vocabulary,
    tunes: Sequence[Tune],
    *,
    progress: Callable[[float], None] | None = None,
) -> Activity:
    """Read tunes with the engine and note hidden and cell state (through tanh) of every layer.

    Tunes with characters the run does not know are left out; of many tunes the first so many that
    MOST_VALUES activations hold.
    """
    names = [name for name in ("hidden", "cell") if name in engine.quantities]
    H, L = engine.config.hidden_size, engine.config.layers
    columns = tuple(
        (name, layer, unit) for name in names for layer in range(L) for unit in range(H)
    )
    most = MOST_VALUES // len(columns)
    known = [tune for tune in tunes if not vocabulary.unknown(tune.text)]
    values: list[NDArray[np.float32]] = []
    tables: list[NDArray[np.float32]] = []
    ids: list[NDArray[np.int64]] = []
    starts, used = [0], list[str]()
    for number, tune in enumerate(known):
        symbols = vocabulary.encode(tune.text)
        if starts[-1] + len(symbols) > most and used:
            break
        inputs = np.concatenate([np.array([START], np.int64), symbols])
        _, _, internals = engine.read(inputs, internals=True)
        assert internals is not None
        parts = [
            np.tanh(internals[name][layer, 1:]) if name == "cell" else internals[name][layer, 1:]
            for name in names
            for layer in range(L)
        ]
        values.append(np.concatenate(parts, axis=1).astype(np.float32))
        tables.append(properties(read(tune.text)))
        ids.append(symbols)
        used.append(tune.id)
        starts.append(starts[-1] + len(symbols))
        if progress is not None:
            progress((number + 1) / len(known))
    sizes = np.diff(starts)
    return Activity(
        np.concatenate(values) if values else np.zeros((0, len(columns)), np.float32),
        columns,
        np.concatenate(tables) if tables else np.zeros((0, COLUMNS), np.float32),
        np.concatenate(ids) if ids else np.zeros(0, np.int64),
        tuple(used),
        np.array(starts[:-1], np.int64),
        np.repeat(np.arange(len(used)) % 2 == 0, sizes),
    )


def residuals(activity: Activity) -> NDArray[np.float32]:
    """Activations (T, N) less the neuron's mean for the character just read.

    The means are those of the fitted half, so that the other half stays unseen.
    """
    rows = activity.fitted
    overall = activity.values[rows].mean(axis=0) if rows.any() else 0.0
    found = np.empty_like(activity.values)
    for symbol in np.unique(activity.ids):
        at = activity.ids == symbol
        mine = at & rows
        found[at] = activity.values[at] - (
            activity.values[mine].mean(axis=0) if mine.any() else overall
        )
    return found


@dataclass(frozen=True, eq=False)
class _Sums:
    """Of one half: n, Σx, Σxx (with the next column) a column; Σy, Σyy, Σxy a column and neuron."""

    n: Floats
    x: Floats
    xx: Floats
    cross: Floats
    y: Floats
    yy: Floats
    xy: Floats


def _sums(table: NDArray[np.float32], values: NDArray[np.float32]) -> _Sums:
    there = np.isfinite(table)
    x = np.where(there, table, np.float32(0))
    mask = there.astype(np.float32)
    wide = x.astype(np.float64)
    following = np.roll(wide, -1, axis=1)
    return _Sums(
        n=there.sum(axis=0).astype(np.float64),
        x=wide.sum(axis=0),
        xx=(wide * wide).sum(axis=0),
        cross=(wide * following).sum(axis=0),
        y=(mask.T @ values).astype(np.float64),
        yy=(mask.T @ (values * values)).astype(np.float64),
        xy=(x.T @ values).astype(np.float64),
    )


def scores(
    table: NDArray[np.float32], values: NDArray[np.float32], fitted: NDArray[np.bool_]
) -> Floats:
    """Held-out R² (properties, N): lines fitted where `fitted`, measured elsewhere.

    −∞ where a property does not vary or too few characters have it.
    """
    fit, held = _sums(table[fitted], values[fitted]), _sums(table[~fitted], values[~fitted])
    found = np.full((len(PROPERTIES), values.shape[1]), -np.inf)
    for place, (each, first) in enumerate(zip(PROPERTIES, FIRST_COLUMN, strict=True)):
        columns = slice(first, first + each.columns)
        n = fit.n[first]
        if n < 50 or held.n[first] < 50:
            continue
        mean_x, mean_y = fit.x[columns] / n, fit.y[first] / n
        spread = _moments(fit, first, each.columns) - n * np.outer(mean_x, mean_x)
        if np.linalg.eigvalsh(spread)[0] < 1e-6 * n:
            continue
        slope = np.linalg.solve(spread, fit.xy[columns] - n * np.outer(mean_x, mean_y))  # (d, N)
        constant = mean_y - mean_x @ slope
        m, sum_x, sum_y, sum_yy = held.n[first], held.x[columns], held.y[first], held.yy[first]
        missed = (
            sum_yy
            - 2 * constant * sum_y
            - 2 * (slope * held.xy[columns]).sum(axis=0)
            + m * constant * constant
            + 2 * constant * (sum_x @ slope)
            + np.einsum("dn,de,en->n", slope, _moments(held, first, each.columns), slope)
        )
        total = sum_yy - sum_y * sum_y / m
        with np.errstate(divide="ignore", invalid="ignore"):
            found[place] = np.where(total > 1e-9 * m, 1 - missed / total, -np.inf)
    return found


def _moments(sums: _Sums, first: int, columns: int) -> Floats:
    if columns == 1:
        return np.array([[sums.xx[first]]])
    return np.array([[sums.xx[first], sums.cross[first]], [sums.cross[first], sums.xx[first + 1]]])


def null_maxima(
    activity: Activity,
    values: NDArray[np.float32],
    rng: np.random.Generator,
    *,
    shifts: int = SHIFTS,
    progress: Callable[[float], None] | None = None,
) -> Floats:
    """(shifts, N): each neuron's largest score over properties that were shifted within tunes.

    A sample of whole tunes is enough, and errs on the careful side: fewer characters make larger
    scores by chance.
    """
    most = max(MOST_SHIFTED // max(values.shape[1], 1), 1)
    ends = np.append(activity.starts[1:], len(values))
    used = [t for t in range(len(activity.tunes)) if ends[t] <= most] or [0]
    size = int(ends[used[-1]]) if len(values) else 0
    found = np.empty((shifts, values.shape[1]))
    for turn in range(shifts):
        rolled = np.concatenate(
            [
                start
                + (np.arange(end - start) + rng.integers(1, max(end - start, 2))) % (end - start)
                for start, end in zip(activity.starts[used], ends[used], strict=True)
            ]
        )
        found[turn] = scores(activity.table[rolled], values[:size], activity.fitted[:size]).max(0)
        if progress is not None:
            progress((turn + 1) / shifts)
    return found


def gumbel_p(maxima: Floats, observed: Floats) -> Floats:
    """p of each observed largest score, from a Gumbel distribution with the maxima's moments.

    maxima (shifts, N), observed (N,). Method of moments.
    """
    spread = np.maximum(maxima.std(axis=0, ddof=1), 1e-9) * np.sqrt(6) / np.pi
    centre = maxima.mean(axis=0) - _EULER * spread
    with np.errstate(over="ignore"):  # far below the centre p is 1
        return -np.expm1(-np.exp(-(observed - centre) / spread))


def rank(
    activity: Activity,
    rng: np.random.Generator,
    *,
    shifts: int = SHIFTS,
    progress: Callable[[float], None] | None = None,
) -> list[NeuronLabel]:
    """The label of every neuron in every quantity, or that it has none."""
    best: dict[Kind, Floats] = {}
    p: dict[Kind, Floats] = {}
    for number, kind in enumerate(KINDS):
        values = activity.values if kind == "reads" else residuals(activity)
        best[kind] = scores(activity.table, values, activity.fitted)

        def step(share: float, done: int = number) -> None:
            if progress is not None:
                progress((done + share) / len(KINDS))

        maxima = null_maxima(activity, values, rng, shifts=shifts, progress=step)
        p[kind] = gumbel_p(maxima, best[kind].max(axis=0))
    q = {kind: benjamini_hochberg(p[kind]) for kind in KINDS}
    return [
        _label(activity, place, best, p, {kind: float(q[kind][place]) for kind in KINDS})
        for place in range(len(activity.columns))
    ]


def _label(
    activity: Activity,
    place: int,
    best: Mapping[Kind, Floats],
    p: Mapping[Kind, Floats],
    q: Mapping[Kind, float],
) -> NeuronLabel:
    """Remembering is the stronger claim, so it is made where it holds."""
    earned = [k for k in reversed(KINDS) if best[k][:, place].max() >= LEAST and q[k] <= RATE]
    kind: Kind = earned[0] if earned else "reads"
    order = np.argsort(-best[kind][:, place])
    first, second = PROPERTIES[order[0]], PROPERTIES[order[1]]
    quantity, layer, neuron = activity.columns[place]
    held = ~activity.fitted
    x = activity.table[held, FIRST_COLUMN[order[0]]]
    there = np.isfinite(x)
    y = activity.values[held, place][there]
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
        score=float(best[kind][order[0], place]),
        runner_up=second.name,
        runner_up_score=float(best[kind][order[1], place]),
        n=len(x),
        p=float(p[kind][place]),
        auroc=float(auroc(y, x > 0.5)) if first.kind == "yes-no" and varied else None,
        mutual_information=float(mutual_information(_binned(y), _binned(x))) if varied else 0.0,
    )


def _binned(values: NDArray[np.float32]) -> NDArray[np.int64]:
    """Few different values as they are, many in bins that hold equally many."""
    different = np.unique(values)
    if len(different) <= _BINS:
        return np.searchsorted(different, values)
    edges = np.quantile(values, np.linspace(0, 1, _BINS + 1)[1:-1])
    return np.searchsorted(edges, values)
