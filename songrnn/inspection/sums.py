"""Sums over characters from which the score of every property and unit follows.

All scores are formed of sums by (mask, character), so activations need not be kept: a mask says
which columns of the table of properties mean something at a character.

T characters, N units, C columns of the table of properties, K pairs of mask and character.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from songrnn.inspection.properties import COLUMNS

Floats = NDArray[np.float64]
# Characters added up together: several copies of their activations are made on the way.
_TOGETHER = 4096
_BITS = 2 ** np.arange(COLUMNS, dtype=np.int64)


@dataclass(frozen=True, eq=False)
class Sums:
    """Of some characters. K pairs ordered by character: masks (K, C), characters (K,), n (K,), x
    (K, C), y (K, N), where the y of a mask's characters are added up; yy (masks, N) with
    masks_of_yy (masks, C); xx, following (C,): Σx², and Σ of x and the next column; xy (C, N)."""

    masks: NDArray[np.bool_]
    characters: NDArray[np.int64]
    n: Floats
    x: Floats
    y: Floats
    masks_of_yy: NDArray[np.bool_]
    yy: Floats
    xx: Floats
    following: Floats
    xy: Floats


class Tally:
    """Adds up what `Sums` holds. centre: (N,) is taken from the activations first: near their
    means the sums keep their precision, and no score changes."""

    def __init__(self, centre: NDArray[np.float32]) -> None:
        self.centre = centre
        N = len(centre)
        self._pairs: dict[tuple[int, int], tuple[Floats, Floats]] = {}
        self._yy: dict[int, Floats] = {}
        self._xx, self._following = np.zeros(COLUMNS), np.zeros(COLUMNS)
        self._xy = np.zeros((COLUMNS, N))

    def add(
        self,
        values: NDArray[np.float32],
        table: NDArray[np.float32],
        ids: NDArray[np.int64],
        *,
        squares: NDArray[np.float32] | None = None,
    ) -> None:
        """values (T, N), table (T, C), ids (T,). squares: of the values, (T, N), where the centre
        is taken away already."""
        for begin in range(0, len(ids), _TOGETHER):
            part = slice(begin, begin + _TOGETHER)
            y = values[part] - self.centre if squares is None else values[part]
            self._add(y, y * y if squares is None else squares[part], table[part], ids[part])

    def _add(
        self,
        y: NDArray[np.float32],
        squares: NDArray[np.float32],
        table: NDArray[np.float32],
        ids: NDArray[np.int64],
    ) -> None:
        finite = np.isfinite(table)
        x = np.where(finite, table, np.float32(0))
        wide = x.astype(np.float64)
        self._xx += np.einsum("tc,tc->c", wide, wide)
        self._following += np.einsum("tc,tc->c", wide, np.roll(wide, -1, axis=1))
        self._xy += x.T @ y
        codes, mask = np.unique(finite @ _BITS, return_inverse=True)
        of_squares = _together(mask, len(codes), squares)
        for number, code in enumerate(codes.tolist()):
            self._yy[code] = self._yy.get(code, 0.0) + of_squares[number].astype(np.float64)
        symbols = int(ids.max()) + 1
        pairs, place = np.unique(mask * symbols + ids, return_inverse=True)
        sizes = np.bincount(place, minlength=len(pairs))
        sum_x, sum_y = (_together(place, len(pairs), each) for each in (wide, y))
        for at, pair in enumerate(pairs.tolist()):
            key = (pair % symbols, int(codes[pair // symbols]))
            known = self._pairs.get(key)
            if known is None:
                known = np.zeros(COLUMNS + 1), np.zeros(len(self.centre))
                self._pairs[key] = known
            known[0][:-1] += sum_x[at]
            known[0][-1] += sizes[at]
            known[1][:] += sum_y[at]

    def sums(self) -> Sums:
        """What was added up so far."""
        keys = sorted(self._pairs)
        N = len(self.centre)
        first = np.array([self._pairs[key][0] for key in keys]).reshape(len(keys), COLUMNS + 1)
        return Sums(
            masks=_masks([code for _, code in keys]),
            characters=np.array([character for character, _ in keys], np.int64),
            n=first[:, -1],
            x=first[:, :-1],
            y=np.array([self._pairs[key][1] for key in keys]).reshape(len(keys), N),
            masks_of_yy=_masks(list(self._yy)),
            yy=np.array(list(self._yy.values())).reshape(len(self._yy), N),
            xx=self._xx,
            following=self._following,
            xy=self._xy,
        )


def _together(group: NDArray[np.int64], groups: int, rows: NDArray[Any]) -> NDArray[Any]:
    """(groups, M) rows (T, M) of each group added up, in their own precision. group: (T,)."""
    from scipy.sparse import csr_matrix

    # A matrix with a 1 for each row of a group reads the rows once, in whatever order they lie.
    ends = np.concatenate([[0], np.cumsum(np.bincount(group, minlength=groups))])
    order = np.argsort(group, kind="stable")
    ones = np.ones(len(group), rows.dtype)
    return np.asarray(csr_matrix((ones, order, ends), shape=(groups, len(group))) @ rows)


def _masks(codes: list[int]) -> NDArray[np.bool_]:
    return (np.array(codes, np.int64).reshape(-1, 1) & _BITS) != 0
