"""What a unit follows that is not memory: the last character, a run of characters, the position.

N units, V symbols, T characters.
"""

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from songrnn.inspection.memory.features import LAGS, Features
from songrnn.inspection.memory.fitting import MaskSums, predictors
from songrnn.inspection.sums import Floats

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

# Runs of last characters that are tried.
RUNS = (1, 2, 4, LAGS)


class Echoes:
    """Held-out R² of every unit from the last characters and from the position, each alone."""

    def __init__(self, total: MaskSums, space: Features) -> None:
        """total: the sums of all fitted characters."""
        self._parts = [
            *(space.lags(count) for count in RUNS),
            slice(0, space.recent),
            slice(space.recent, space.size),
        ]
        self._of_values = [predictors(total, part)[1].astype(np.float32) for part in self._parts]
        self._missed = np.zeros((len(self._parts), len(total.y)))
        self._n, self._y, self._yy = 0, np.zeros(len(total.y)), np.zeros(len(total.y))
        self._shares = _shares(total, space.lags(1).stop)

    def add(self, values: NDArray[np.float32], known: "csr_matrix") -> None:
        """values (T, N) and features (T, F) of held-out characters."""
        self._n += len(values)
        self._y += values.sum(axis=0)
        self._yy += np.einsum("tn,tn->n", values, values)
        for number, (part, of_values) in enumerate(zip(self._parts, self._of_values, strict=True)):
            left = values - known[:, part] @ of_values
            self._missed[number] += np.einsum("tn,tn->n", left, left)

    def r_squared(self) -> tuple[Floats, Floats, Floats]:
        """(runs, N) of the last characters by themselves, as many as RUNS says; (N,) of all that
        the last characters say; (N,) of the position."""
        total = self._yy - self._y**2 / max(self._n, 1)
        found = np.where(total > 1e-9, 1 - self._missed / np.where(total > 1e-9, total, 1), 0.0)
        return found[:-2], found[-2], found[-1]

    def strongest(self) -> tuple[NDArray[np.int64], Floats]:
        """(N,) the last character that sets a unit apart most, and the variance it explains."""
        best = self._shares.argmax(axis=0)
        return best, self._shares[best, np.arange(self._shares.shape[1])]


def _shares(total: MaskSums, symbols: int) -> Floats:
    """(V, N) share of a unit's variance between one last character and all others."""
    n, y = total.z[:symbols, None], total.zy[:symbols]
    others = np.maximum(total.n - n, 1)
    difference = y / np.maximum(n, 1) - (total.y - y) / others
    between = n * others / total.n * difference**2
    variance = total.yy - total.y**2 / total.n
    return np.asarray(between / np.where(variance > 1e-9, variance, np.inf))
