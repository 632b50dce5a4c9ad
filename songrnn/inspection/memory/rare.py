"""Rare yes-no properties, found by average precision: R² is small where a property seldom holds.

A unit that is on at 1 % of the characters, and there only, may explain a small part of its own
variance by it. Average precision asks how well the unit ranks those characters before the others;
by chance it is the share of characters where the property holds. Here it is corrected for that:
(precision − chance) / (1 − chance), 0 by chance and 1 at best, so that the rule's bounds apply.

T characters, N units, P properties, K units looked at.
"""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from songrnn.inspection.memory.fitting import FitSums, Group, has_column
from songrnn.inspection.properties import FIRST_COLUMN, PROPERTIES
from songrnn.inspection.sums import Floats

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

# Of the characters where a rare property does not hold every fourth is kept, with four times
# the weight.
_THINNED = 4
# Units looked at for a property, those whose means lie furthest apart.
_MOST_UNITS = 40
# Share of the characters below which a property is rare; standard deviations that a unit's means
# must lie apart to be looked at.
RARE = 0.05
_APART = 2.0
_RESAMPLES = 200


def candidates(sums: FitSums) -> dict[int, tuple[NDArray[np.int64], NDArray[np.float32]]]:
    """Rare property -> the units that set it apart, and whether they are high (1) or low (−1)."""
    found = {}
    for number, each in enumerate(PROPERTIES):
        column = int(FIRST_COLUMN[number])
        codes = [code for code in sums.by_code if has_column(code, column)]
        if each.kind != "yes-no" or not codes:
            continue
        total = sums.of_codes(tuple(codes))
        on, off = total.x[column], total.n - total.x[column]
        if not 0 < on < RARE * total.n:
            continue
        difference = total.xy[column] / on - (total.y - total.xy[column]) / off
        deviation = np.sqrt(np.maximum(total.yy / total.n - (total.y / total.n) ** 2, 1e-12))
        apart = np.abs(difference) / deviation
        order = np.argsort(-apart, kind="stable")[:_MOST_UNITS]
        units = np.sort(order[apart[order] >= _APART])
        if len(units):
            found[number] = units, np.sign(difference[units]).astype(np.float32)
    return found


class RareScores:
    """Average precision of candidates on held-out tunes, before and after taking out."""

    def __init__(
        self,
        chosen: Mapping[int, tuple[NDArray[np.int64], NDArray[np.float32]]],
        groups: Sequence[Group],
        units: int,
    ) -> None:
        self._units = units
        self._groups = {line.property: group for group in groups for line in group.lines}
        self._chosen = {number: each for number, each in chosen.items() if number in self._groups}
        self._kept: dict[int, list[tuple[NDArray, NDArray, NDArray, NDArray]]] = {
            number: [] for number in self._chosen
        }

    def add(
        self,
        tune: int,
        values: NDArray[np.float32],
        table: NDArray[np.float32],
        known: "csr_matrix",
    ) -> None:
        """values (T, N), table (T, C) and features (T, F) of one tune."""
        for number, (units, sign) in self._chosen.items():
            group = self._groups[number]
            truth = table[:, FIRST_COLUMN[number]]
            there = np.flatnonzero(np.isfinite(truth))
            on = truth[there] > 0.5
            rows = there[on | (np.arange(len(there)) % _THINNED == 0)]
            if not len(rows):
                continue
            mine = values[np.ix_(rows, units)] * sign
            left = mine - (known[rows] @ group.of_values[:, units]) * sign
            self._kept[number].append((np.full(len(rows), tune), truth[rows] > 0.5, mine, left))

    def precisions(
        self, rng: np.random.Generator, least: float, least_partial: float
    ) -> tuple[Floats, Floats, Floats]:
        """(P, N) each: corrected precision, that of what is left, and its lower bound; else −inf.

        The bound is formed where the two others are at least so large.
        """
        shape = (len(PROPERTIES), self._units)
        raw, partial, low = (np.full(shape, -np.inf) for _ in range(3))
        for number, kept in self._kept.items():
            if not kept:
                continue
            owner, truth, mine, left = (np.concatenate(part) for part in zip(*kept, strict=True))
            if not truth.any():
                continue
            weights = np.where(truth, 1, _THINNED).astype(np.float32)[None]
            drawn: NDArray[np.float32] | None = None
            for k, unit in enumerate(self._chosen[number][0]):
                raw[number, unit] = corrected_precision(mine[:, k], truth, weights)[0]
                partial[number, unit] = corrected_precision(left[:, k], truth, weights)[0]
                if raw[number, unit] >= least and partial[number, unit] >= least_partial:
                    drawn = _drawn(owner, rng) * weights if drawn is None else drawn
                    spread = corrected_precision(left[:, k], truth, drawn)
                    low[number, unit] = np.nanquantile(spread, 0.025)
        return raw, partial, low


def corrected_precision(
    scores: NDArray[np.float32], truth: NDArray[np.bool_], weights: NDArray[np.float32]
) -> Floats:
    """(B,) average precision of scores (T,), corrected for chance, under B weightings (B, T).

    NaN where the weights leave no positive. Equal scores are taken as they come.
    """
    order = np.argsort(-scores, kind="stable")
    found = np.empty(len(weights))
    for b, weight in enumerate(weights):
        w = weight[order].astype(np.float64)
        hits = w * truth[order]
        total = hits.sum()
        if not total:
            found[b] = np.nan
            continue
        seen = np.cumsum(w)
        precision = np.cumsum(hits) / np.where(seen > 0, seen, 1)
        chance = total / seen[-1]
        found[b] = ((hits * precision).sum() / total - chance) / max(1 - chance, 1e-9)
    return found


def _drawn(owner: NDArray[np.int64], rng: np.random.Generator) -> NDArray[np.float32]:
    """(B, T) how often each character's tune is drawn."""
    tunes, place = np.unique(owner, return_inverse=True)
    size = len(tunes)
    drawn = rng.multinomial(size, np.full(size, 1 / size), _RESAMPLES)
    return np.asarray(drawn[:, place], np.float32)
