"""Figures that say how well guesses fit the truth: arrays in, numbers out.

N observations, V symbols, H columns (neurons, say). Intervals and tests of such figures are in
`statistics.py`. scipy and scikit-learn are imported where they are used.
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
    that is true nowhere. Also called the Jaccard index; scikit-learn's `jaccard_score` is the same
    and takes a hundred times as long, which every validation would pay.

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


def confusion_matrix(
    guesses: ArrayLike, truths: ArrayLike, size: int, *, ignored: int | None = None
) -> NDArray[np.int64]:
    """How often class t was taken for class g: (V, V), row t, column g; V = size.

    guesses, truths: class numbers of one shape. ignored: a truth that is not counted. The same as
    scikit-learn's, whose sorting of labels takes seconds for the pixels of a page.

    >>> confusion_matrix([0, 1, 1], [0, 0, 1], 2)
    array([[1, 1],
           [0, 1]])
    """
    guessed, true = np.ravel(np.asarray(guesses)), np.ravel(np.asarray(truths))
    if guessed.shape != true.shape:
        raise ValueError(f"{guessed.size} guesses but {true.size} truths")
    if ignored is not None:
        counted = true != ignored
        guessed, true = guessed[counted], true[counted]
    if true.size and (min(guessed.min(), true.min()) < 0 or max(guessed.max(), true.max()) >= size):
        raise ValueError(f"classes must lie between 0 and {size - 1}")
    pairs = true.astype(np.int64) * size + guessed.astype(np.int64)
    return np.bincount(pairs, minlength=size * size).reshape(size, size)


def pixel_accuracy(confusion: ArrayLike) -> float:
    """Correct / all, of a confusion matrix (V, V); NaN where nothing was counted.

    >>> pixel_accuracy([[1, 1], [0, 2]])
    0.75
    """
    counts = np.asarray(confusion, dtype=np.float64)
    return float(np.trace(counts) / counts.sum()) if counts.any() else math.nan


def class_iou(confusion: ArrayLike) -> Floats:
    """|guess ∩ truth| / |guess ∪ truth| of each class, (V,), NaN for a class that is true nowhere.

    >>> class_iou([[1, 1], [0, 2]])
    array([0.5       , 0.66666667])
    """
    counts = np.asarray(confusion, dtype=np.float64)
    both, occurs = np.diagonal(counts), counts.sum(axis=1)
    either = occurs + counts.sum(axis=0) - both
    return np.divide(both, either, out=np.full(len(counts), np.nan), where=occurs > 0)


def mean_iou(confusion: ArrayLike) -> float:
    """Mean of `class_iou` over the classes that are true somewhere; NaN where none is."""
    found = class_iou(confusion)
    return math.nan if np.isnan(found).all() else float(np.nanmean(found))


def frequency_weighted_iou(confusion: ArrayLike) -> float:
    """Mean of `class_iou`, each class weighted by how often it is true (Long et al. 2015).

    >>> round(frequency_weighted_iou([[1, 1], [0, 2]]), 4)
    0.5833
    """
    counts = np.asarray(confusion, dtype=np.float64)
    occurs = counts.sum(axis=1)
    present = occurs > 0
    if not present.any():
        return math.nan
    return float(class_iou(counts)[present] @ occurs[present] / occurs.sum())


def auroc(scores: ArrayLike, positive: ArrayLike) -> Floats:
    """P(score of a positive > score of a negative) + ½ P(equal), for each column.

    scores: (N,) or (N, H); positive: (N,) truth values. Returns () or (H,): 0.5 is chance, below
    it low scores mark the positives. NaN when all observations are on one side.
    It is the statistic U of Mann & Whitney (1947) over the number of pairs.

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
    from scipy import stats

    ranked = stats.mannwhitneyu(values[chosen], values[~chosen], axis=0, method="asymptotic")
    return np.asarray(ranked.statistic) / (p * n)


def mutual_information(a: ArrayLike, b: ArrayLike) -> float:
    """Σ p(x, y) log₂ p(x, y) / (p(x) p(y)) over the observed pairs, in bits; a and b (N,) discrete.

    This is the plug-in estimate, which is too high for few observations of many values.

    >>> mutual_information([0, 0, 1, 1], ["x", "x", "y", "y"])
    1.0
    """
    from sklearn.metrics import mutual_info_score

    first, second = np.asarray(a), np.asarray(b)
    _check_lengths(first, second)
    # Numbered, since scikit-learn warns of floats, and cannot compare texts with numbers.
    numbers = (np.unique(side, return_inverse=True)[1] for side in (first, second))
    # Independent values sum to zero but for rounding.
    return max(bits(float(mutual_info_score(*numbers))), 0.0)


def _pairs(guesses: ArrayLike, truths: ArrayLike) -> tuple[np.ndarray, np.ndarray]:
    guessed, true = np.asarray(guesses), np.asarray(truths)
    _check_lengths(guessed, true)
    return guessed, true


def _check_lengths(a: np.ndarray, b: np.ndarray) -> None:
    if a.ndim == 0 or b.ndim == 0 or len(a) != len(b):
        raise ValueError(f"both sides need as many observations, not {a.shape} and {b.shape}")
    if not len(a):
        raise ValueError("no observations, no figure")
