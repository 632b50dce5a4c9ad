"""A run's losses as a curve: where it comes from, how it is thinned, smoothed and averaged."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from songrnn.config import RunConfig
from songrnn.statistics import student_t_quantile
from songrnn.tuning.contrasts import FEWEST_SEEDS
from songrnn.tuning.study import RECIPE, Study, Value

UNIT_COLUMNS = {"bits": "bits_per_character", "nats": "loss"}
UNIT_NAMES = {"bits": "bits per character", "nats": "nats per character"}
# What else a history tells, by its column: title of an axis, and the split that has it.
MEASURES = {
    "accuracy": ("accuracy", "validation"),
    "learning_rate": ("learning rate", "train"),
    "gradient_norm": ("gradient norm", "train"),
}
AXIS_NAMES = {"epoch": "epoch", "step": "step", "seconds": "seconds of training"}

# More points than a screen has columns cannot be seen; buckets keep their extremes.
MOST_POINTS = 2000


@dataclass(frozen=True)
class RunCurve:
    """One run's curve. settings: its settings by name, `cell` and `seed` among them.

    x, y: (n,), x rising. split: `validation` (drawn solid) or `train` (dashed). complete: whether
    the run came to its end; one that did not is drawn, but enters no mean.
    """

    run: str
    settings: Mapping[str, Value]
    x: NDArray[np.float64]
    y: NDArray[np.float64]
    split: str = "validation"
    complete: bool = True


@dataclass(frozen=True)
class Band:
    """Mean of n curves over x (K,), with its 95 % interval; low is None below three curves."""

    x: NDArray[np.float64]
    mean: NDArray[np.float64]
    low: NDArray[np.float64] | None
    high: NDArray[np.float64] | None
    n: int


def settings_of(config: RunConfig, study: Study | None = None) -> dict[str, Value]:
    """All settings of a run by name: its seed, its corpus and its study's recipe among them.

    A run from outside the study has its own name for a recipe.
    """
    recipe: dict[str, Value] = {}
    if study and study.vary == RECIPE:
        recipe = {RECIPE: study.value_of(config) if study.has_value(config) else config.name}
    return {
        **recipe,
        **config.model.model_dump(),
        **config.training.model_dump(),
        "corpus": config.corpus.name,
        "source": config.source.name if config.source else "nothing",
        "seed": config.seed,
    }


def curve_of(
    config: RunConfig,
    history: pd.DataFrame,
    split: str = "validation",
    *,
    unit: str = "bits",
    axis: str = "epoch",
    study: Study | None = None,
    complete: bool = True,
    column: str = "",
) -> RunCurve:
    """A run's losses on a split, from a frame with the columns of HistoryRow.

    unit: `bits` or `nats`. axis: `epoch`, `step` or `seconds`. column: what is drawn in the loss's
    place. Rows without a value are left out.
    """
    rows = history[history["split"] == split]
    x = rows[axis].to_numpy(dtype=np.float64)
    y = rows[column or UNIT_COLUMNS[unit]].to_numpy(dtype=np.float64)
    known = np.isfinite(x) & np.isfinite(y)
    return RunCurve(config.name, settings_of(config, study), x[known], y[known], split, complete)


def values(curves: Sequence[RunCurve], setting: str) -> list[Value]:
    """A setting's values: numbers by size, words in the order in which the curves come."""
    found = dict.fromkeys(curve.settings[setting] for curve in curves)
    return sorted(found, key=lambda value: (1, 0.0) if isinstance(value, str) else (0, value))


def average(curves: Sequence[RunCurve]) -> Band:
    """Mean of curves, with Student's t interval from three on.

    Curves of as many points, one a validation, are averaged point by point, their x too: in wall
    time a mean then ends at the mean time of their ends, not where the quickest does. Others are
    interpolated linearly at the first one's places, over the range that all share.
    """
    if len({len(curve.x) for curve in curves}) == 1:
        grid = np.mean([curve.x for curve in curves], axis=0)
        return _band(grid, np.stack([curve.y for curve in curves]))
    low = max(float(curve.x[0]) for curve in curves)
    high = min(float(curve.x[-1]) for curve in curves)
    grid = curves[0].x[(curves[0].x >= low) & (curves[0].x <= high)]
    return _band(grid, np.stack([np.interp(grid, curve.x, curve.y) for curve in curves]))


def _band(grid: NDArray[np.float64], rows: NDArray[np.float64]) -> Band:
    """The mean of rows (n, K) at the places (K,)."""
    n, mean = len(rows), rows.mean(axis=0)
    if n < FEWEST_SEEDS:
        return Band(grid, mean, None, None, n)
    reach = student_t_quantile(0.975, n - 1) * rows.std(axis=0, ddof=1) / np.sqrt(n)
    return Band(grid, mean, mean - reach, mean + reach, n)


def smoothed(y: NDArray[np.float64], weight: float) -> NDArray[np.float64]:
    """Exponential running mean, corrected for its start (Kingma & Ba 2015, section 3)."""
    if not weight:
        return y
    smooth, kept = np.empty_like(y), 0.0
    for index, value in enumerate(y):
        kept = weight * kept + (1 - weight) * value
        smooth[index] = kept / (1 - weight ** (index + 1))
    return smooth


def thin(
    x: NDArray[np.float64], y: NDArray[np.float64], most: int = MOST_POINTS
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """At most `most` points of a line: each bucket keeps its lowest and its highest.

    Spikes stay, the first and last point too. x, y: (N,) in drawing order.
    """
    count = len(y)
    if count <= most:
        return x, y
    edges = np.linspace(0, count, (most - 2) // 2 + 1).astype(np.int64)
    kept = {0, count - 1}
    for start, end in pairwise(edges):
        part = y[start:end]
        kept.update((start + int(part.argmin()), start + int(part.argmax())))
    order = np.array(sorted(kept))
    return x[order], y[order]


def thinned(curves: Sequence[RunCurve]) -> str | None:
    """`showing n of N points` when a curve has more than are drawn; None when all are."""
    total = sum(len(curve.x) for curve in curves)
    drawn = sum(min(len(curve.x), MOST_POINTS) for curve in curves)
    if drawn == total:
        return None
    return f"showing {drawn:,} of {total:,} points, the lowest and highest of each bucket kept"
