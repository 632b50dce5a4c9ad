"""Figures that say how well guesses fit the truth: arrays in, numbers out.

Numpy only. N observations, V symbols, H columns (neurons, say). Intervals and tests of such
figures are in `statistics.py`.
"""

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]


def bits(nats: float) -> float:
    """Nats in bits: nats / ln 2.

    >>> bits(math.log(8))
    3.0
    """
    return nats / math.log(2)


def accuracy(guesses: ArrayLike, truths: ArrayLike) -> float:
    """Share of right guesses, correct / all; both (N,).

    >>> accuracy([2, 3, 3, 2], [2, 3, 2, 2])
    0.75
    """
    guessed, true = _pairs(guesses, truths)
    return float(np.mean(guessed == true))


def intersection_over_union(guesses: ArrayLike, truths: ArrayLike, size: int) -> Floats:
    """For each symbol c: #(guess = c and truth = c) / #(guess = c or truth = c).

    guesses, truths: ids (N,) from 0 to size − 1. Returns (V,) with V = size; NaN for a symbol
    that is true nowhere. Also called the Jaccard index.

    >>> intersection_over_union([0, 0, 1, 2], [0, 1, 1, 1], 3)
    array([0.5       , 0.33333333,        nan])
    """
    guessed, true = _pairs(guesses, truths)
    if min(guessed.min(), true.min()) < 0 or max(guessed.max(), true.max()) >= size:
        raise ValueError(f"ids must lie between 0 and {size - 1}")
    both = np.bincount(true[guessed == true], minlength=size)
    occurs = np.bincount(true, minlength=size)
    either = np.bincount(guessed, minlength=size) + occurs - both
    return np.divide(both, either, out=np.full(size, np.nan), where=occurs > 0)


def mean_intersection_over_union(guesses: ArrayLike, truths: ArrayLike, size: int) -> float:
    """Mean of `intersection_over_union` over the symbols that are true somewhere."""
    return float(np.nanmean(intersection_over_union(guesses, truths, size)))


def auroc(scores: ArrayLike, positive: ArrayLike) -> Floats:
    """P(score of a positive > score of a negative) + ½ P(equal), for each column.

    scores: (N,) or (N, H); positive: (N,) truth values. Returns () or (H,): 0.5 is chance, below
    it low scores mark the positives. NaN when all observations are on one side.
    By midranks (Mann & Whitney 1947): (sum of the positives' ranks − p (p + 1) / 2) / (p n).

    >>> float(auroc([0.1, 0.4, 0.35, 0.8], [False, False, True, True]))
    0.75
    """
    values = np.asarray(scores, dtype=np.float64)
    chosen = np.asarray(positive, dtype=bool)
    _check_lengths(values, chosen)
    if np.isnan(values).any():
        raise ValueError("scores hold NaN, which has no rank; drop such observations first")
    p, n = int(chosen.sum()), int((~chosen).sum())
    if not p or not n:
        return np.full(values.shape[1:], np.nan)
    columns = values.reshape(len(values), -1)
    sums = np.array([_midranks(column)[chosen].sum() for column in columns.T])
    return ((sums - p * (p + 1) / 2) / (p * n)).reshape(values.shape[1:])


def mutual_information(a: ArrayLike, b: ArrayLike) -> float:
    """Σ p(x, y) log₂ p(x, y) / (p(x) p(y)) over the observed pairs, in bits; a and b (N,) discrete.

    This is the plug-in estimate, which is too high for few observations of many values.

    >>> mutual_information([0, 0, 1, 1], ["x", "x", "y", "y"])
    1.0
    """
    first, second = np.asarray(a), np.asarray(b)
    _check_lengths(first, second)
    x = np.unique(first, return_inverse=True)[1]
    y = np.unique(second, return_inverse=True)[1]
    columns = int(y.max()) + 1
    pairs, counts = np.unique(x * columns + y, return_counts=True)
    N = len(x)
    of_x, of_y = np.bincount(x)[pairs // columns], np.bincount(y)[pairs % columns]
    information = float(np.sum(counts / N * np.log2(counts * N / (of_x * of_y))))
    # Independent values sum to zero but for rounding.
    return max(information, 0.0)


def r_squared(truths: ArrayLike, predictions: ArrayLike) -> Floats:
    """1 − Σ (truth − prediction)² / Σ (truth − mean of the truths)², for each column.

    Both (N,) or (N, H); returns () or (H,). 1 is perfect, 0 no better than the mean, and below 0
    is possible. NaN for a column whose truth never changes: there is nothing to explain.

    >>> round(float(r_squared([3, -0.5, 2, 7], [2.5, 0.0, 2, 8])), 4)
    0.9486
    """
    true = np.asarray(truths, dtype=np.float64)
    predicted = np.asarray(predictions, dtype=np.float64)
    if true.shape != predicted.shape:
        raise ValueError(f"truths are of shape {true.shape}, predictions of {predicted.shape}")
    _check_lengths(true, predicted)
    left = ((true - predicted) ** 2).sum(axis=0)
    # Asked of the values themselves: the mean of equal numbers may miss them by rounding.
    constant = (true == true[0]).all(axis=0)
    total = np.where(constant, np.nan, ((true - true.mean(axis=0)) ** 2).sum(axis=0))
    return np.asarray(1 - left / total)


def _midranks(values: Floats) -> Floats:
    """Ranks from 1; equal values share the mean of theirs."""
    _, place, counts = np.unique(values, return_inverse=True, return_counts=True)
    last = np.cumsum(counts)
    return np.asarray((last - (counts - 1) / 2)[place])


def _pairs(guesses: ArrayLike, truths: ArrayLike) -> tuple[np.ndarray, np.ndarray]:
    guessed, true = np.asarray(guesses), np.asarray(truths)
    _check_lengths(guessed, true)
    return guessed, true


def _check_lengths(a: np.ndarray, b: np.ndarray) -> None:
    if a.ndim == 0 or b.ndim == 0 or len(a) != len(b):
        raise ValueError(f"both sides need as many observations, not {a.shape} and {b.shape}")
    if not len(a):
        raise ValueError("no observations, no figure")
