"""What scores would be by chance: properties shifted along the tunes, and p-values from them.

Each tune's properties are moved round by an amount of its own (a circular shift), which keeps
their autocorrelation; what all characters of a tune share goes from tune to tune instead, since a
shift does not move it.
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from songrnn.inspection.properties import OF_A_TUNE
from songrnn.inspection.recording import Activity
from songrnn.inspection.scoring import KINDS, Kind, scores
from songrnn.inspection.sums import Floats, Tally

SHIFTS = 200
# Most activations (50 MB) in the sample of tunes whose properties are shifted.
MOST_SHIFTED = 12_000_000


def null_maxima(
    activity: Activity,
    rng: np.random.Generator,
    *,
    shifts: int = SHIFTS,
    progress: Callable[[float], None] | None = None,
) -> dict[Kind, Floats]:
    """(shifts, N) of each kind: each unit's largest score over properties that were shifted.

    A sample of whole tunes is enough, and errs on the careful side: fewer characters make larger
    scores by chance.
    """
    most = max(MOST_SHIFTED // max(len(activity.units), 1), 1)
    ends = np.append(activity.starts[1:], len(activity.ids))
    used = [t for t in range(len(activity.tunes)) if ends[t] <= most] or [0]
    starts, ends = activity.starts[used], ends[used]
    size = int(ends[-1]) if len(ends) else 0
    centre = activity.values[:size].mean(axis=0)
    halves = [np.flatnonzero(rows) for rows in (activity.fitted[:size], ~activity.fitted[:size])]
    values = [activity.values[rows] - centre for rows in halves]
    squares = [y * y for y in values]
    owner = np.repeat(np.arange(len(used)), ends - starts)
    found = {kind: np.empty((shifts, len(activity.units))) for kind in KINDS}
    for turn in range(shifts):
        table = activity.table[_rolled(starts, ends, rng)]
        table[:, OF_A_TUNE] = activity.table[starts[rng.permutation(len(used))][owner]][
            :, OF_A_TUNE
        ]
        sums = []
        for rows, y, of_y in zip(halves, values, squares, strict=True):
            tally = Tally(centre)
            tally.add(y, table[rows], activity.ids[rows], squares=of_y)
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
    scale = np.maximum(maxima.std(axis=0, ddof=1), 1e-9) * np.sqrt(6) / np.pi
    location = maxima.mean(axis=0) - np.euler_gamma * scale
    return np.where(there, gumbel_r.sf(seen, location, scale), 1.0)
