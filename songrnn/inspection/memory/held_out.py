"""Partial R² on held-out tunes, with its lower bound by drawing tunes again.

What remains of an activation when the last characters are taken out is predicted by what remains of
a property: the share of its variance that is explained. Kept by tune, since tunes are drawn again:
characters of a tune are not independent.

T characters, N units, P properties, G groups of properties.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from songrnn.inspection.memory.fitting import Group, Line
from songrnn.inspection.properties import PROPERTIES
from songrnn.inspection.sums import Floats

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

RESAMPLES = 1000
CONFIDENCE = 0.95
# Characters below which a property has no score.
FEWEST = 10
# Of a unit's variance so much must be left when the last characters are taken out.
LEAST_VARIANCE = 0.01
# Partial R² on the fitted tunes that a pair needs to be kept by tune.
LEAST_FITTED = 0.05
# Pairs of property and unit that are drawn again together.
_TOGETHER = 512


class HeldOut:
    """Sums of residuals by tune: n (tunes, G); y, yy (tunes, G, N).

    missed: (P, N) squares that the lines leave, of all tunes; by tune, for the pairs that may come
    to a bound, they are in `_by_tune`: property -> (tunes, units of `_units`).
    """

    def __init__(self, groups: Sequence[Group], tunes: int, units: int) -> None:
        self._groups = groups
        self.n = np.zeros((tunes, len(groups)))
        self.y = np.zeros((tunes, len(groups), units), np.float32)
        self.yy = np.zeros((tunes, len(groups), units), np.float32)
        self.missed = np.zeros((len(PROPERTIES), units))
        lines = [line for group in groups for line in group.lines]
        self._units = {line.property: np.flatnonzero(line.partial > LEAST_FITTED) for line in lines}
        self._by_tune = {
            number: np.zeros((tunes, len(chosen)), np.float32)
            for number, chosen in self._units.items()
        }
        self._total = np.zeros((3, units))  # n, Σy, Σy² of all characters

    def add(
        self,
        tune: int,
        values: NDArray[np.float32],
        table: NDArray[np.float32],
        known: "csr_matrix",
    ) -> None:
        """values (T, N), table (T, C) and features (T, F) of one tune."""
        squares = np.einsum("tn,tn->n", values, values)
        self._total += np.stack([np.full_like(squares, len(values)), values.sum(axis=0), squares])
        for number, group in enumerate(self._groups):
            rows = np.flatnonzero(np.isfinite(table[:, group.column]))
            if not len(rows):
                continue
            z = known[rows]
            y = values[rows] - z @ group.of_values
            x = np.nan_to_num(table[rows]) - z @ group.of_table
            self.n[tune, number] = len(rows)
            self.y[tune, number] = y.sum(axis=0)
            self.yy[tune, number] = np.einsum("tn,tn->n", y, y)
            for line in group.lines:
                self._add_line(tune, number, line, x[:, line.columns], y)

    def _add_line(
        self,
        tune: int,
        number: int,
        line: Line,
        x: NDArray[np.float32],
        y: NDArray[np.float32],
    ) -> None:
        """Σ (y − constant − slope · x)², multiplied out."""
        a, b = line.constant, line.slope
        missed = (
            self.yy[tune, number]
            - 2 * a * self.y[tune, number]
            - 2 * (b * (x.T @ y)).sum(axis=0)
            + len(x) * a * a
            + 2 * a * (x.sum(axis=0) @ b)
            + np.einsum("dn,de,en->n", b, x.T @ x, b)
        )
        self.missed[line.property] += missed
        self._by_tune[line.property][tune] = missed[self._units[line.property]]

    def partial(self) -> Floats:
        """(P, N) partial R²; −inf without enough characters, or where too little is left."""
        found = np.full(self.missed.shape, -np.inf)
        n, y, yy = self._total
        least = LEAST_VARIANCE * (yy / np.maximum(n, 1) - (y / np.maximum(n, 1)) ** 2)
        for number, group in enumerate(self._groups):
            size = self.n[:, number].sum()
            if size < FEWEST:
                continue
            sums = self.y[:, number].sum(axis=0, dtype=np.float64)
            total = self.yy[:, number].sum(axis=0, dtype=np.float64) - sums**2 / size
            enough = total > np.maximum(least, 1e-9) * size
            for line in group.lines:
                share = self.missed[line.property] / np.where(enough, total, 1)
                found[line.property] = np.where(enough, 1 - share, -np.inf)
        return found

    def lower_bounds(
        self, pairs: NDArray[np.bool_], rng: np.random.Generator, resamples: int = RESAMPLES
    ) -> Floats:
        """(P, N) lower ends of the intervals over tunes, for the chosen pairs (P, N); else −inf.

        −inf too where the fit explains no more than LEAST_FITTED. Tunes that hold no character of a property count as they come.
        """
        tunes = len(self.n)
        drawn = rng.multinomial(tunes, np.full(tunes, 1 / tunes), resamples).astype(np.float32)
        low = np.full(pairs.shape, -np.inf)
        for number, group in enumerate(self._groups):
            n = drawn @ self.n[:, number]
            for line in group.lines:
                kept = self._units[line.property]
                places = np.flatnonzero(pairs[line.property, kept])
                for chosen in np.array_split(places, -(-len(places) // _TOGETHER) or 1):
                    if not len(chosen):
                        continue
                    part = kept[chosen]
                    y = drawn @ self.y[:, number, part]
                    total = drawn @ self.yy[:, number, part] - y**2 / np.maximum(n, 1)[:, None]
                    missed = drawn @ self._by_tune[line.property][:, chosen]
                    share = missed / np.where(total > 0, total, np.inf)
                    low[line.property, part] = np.quantile(1 - share, (1 - CONFIDENCE) / 2, axis=0)
        return low
