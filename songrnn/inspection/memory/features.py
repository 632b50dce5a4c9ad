"""What can be known without a long memory: the last characters, and the position in the tune.

T characters, V symbols, F features, each 0 or 1. Besides each of the last characters by itself
there are the frequent runs of two and three, since what two characters say together (a letter and
its octave mark) is not the sum of what each says alone.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from songrnn.corpus.vocabulary import START

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

# Characters that are taken out: the one just read and the seven before it.
LAGS = 8
# Runs of two and of three characters, the most frequent ones: how many at most of each length, and
# how often they must occur.
_LENGTHS = (2, 3)
_MOST = 600
_FEWEST = 30
# Where a bin of positions begins: the first 128 characters one by one, then wider, then the rest.
_BINS = np.array([*range(128), *range(128, 512, 32), *range(512, 1024, 128)])
POSITIONS = len(_BINS)


class Features:
    """Features of texts of V symbols, with the runs that are frequent in `texts`, (T,) ids each.

    In order: LAGS blocks of V, the runs, the positions.
    """

    def __init__(self, symbols: int, texts: Sequence[NDArray[np.int64]]) -> None:
        self._symbols = symbols
        self._runs: dict[int, NDArray[np.int64]] = {}
        for length in _LENGTHS:
            codes = [_codes(ids, symbols, length) for ids in texts]
            found, counts = np.unique(np.concatenate(codes), return_counts=True)
            order = np.argsort(-counts, kind="stable")[:_MOST]
            self._runs[length] = np.sort(found[order[counts[order] >= _FEWEST]])
        # The last characters, runs among them; and all.
        self.recent = LAGS * symbols + sum(map(len, self._runs.values()))
        self.size = self.recent + POSITIONS

    def of(self, ids: NDArray[np.int64]) -> "csr_matrix":
        """(T, F) float32. ids: (T,) one tune, with START for what is before its beginning."""
        from scipy.sparse import csr_matrix

        T, V = len(ids), self._symbols
        padded = np.concatenate([np.full(LAGS - 1, START, np.int64), ids])
        rows, columns = [], []
        for lag in range(LAGS):
            rows.append(np.arange(T))
            columns.append(lag * V + padded[LAGS - 1 - lag : LAGS - 1 - lag + T])
        first = LAGS * V
        for length, runs in self._runs.items():
            codes = _codes(ids, V, length)
            place = np.minimum(np.searchsorted(runs, codes), max(len(runs) - 1, 0))
            there = np.flatnonzero(runs[place] == codes) if len(runs) else np.zeros(0, np.int64)
            rows.append(there)
            columns.append(first + place[there])
            first += len(runs)
        rows.append(np.arange(T))
        columns.append(first + np.searchsorted(_BINS, np.arange(T), side="right") - 1)
        row, column = np.concatenate(rows), np.concatenate(columns)
        return csr_matrix((np.ones(len(row), np.float32), (row, column)), shape=(T, self.size))

    def lags(self, count: int) -> slice:
        """The features of the last `count` characters, each by itself."""
        return slice(0, count * self._symbols)


def _codes(ids: NDArray[np.int64], symbols: int, length: int) -> NDArray[np.int64]:
    """(T,) a number for the run of so many characters that ends at each."""
    padded = np.concatenate([np.full(length - 1, START, np.int64), ids])
    code = np.zeros(len(ids), np.int64)
    for lag in range(length):
        code = code * symbols + padded[length - 1 - lag : length - 1 - lag + len(ids)]
    return code
