"""Predictions scored as a segmentation of the text, tunes being drawn again for the intervals.

K classes; a number has sums instead: characters, Σ truth, Σ truth², Σ error².
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from songrnn.statistics import Interval

Floats = NDArray[np.float64]
# Of the sums of draws (B, …) and of all tunes (1, …): (B,).
Measure = Callable[[Floats, Floats], Floats]
RESAMPLES = 1000


@dataclass(frozen=True, eq=False)
class Outcome:
    """by_tune: (tunes, K, K) characters by truth and guess; of a number (tunes, 4) sums."""

    by_tune: Floats

    @property
    def of_classes(self) -> bool:
        """Whether classes were guessed."""
        return self.by_tune.ndim == 3


@dataclass(frozen=True)
class Figures:
    """accuracy, mean_iou, macro_f1: of classes; r_squared: of a number; with 95 % intervals over
    tunes. iou: of every class, None for one that is true nowhere."""

    accuracy: Interval | None
    mean_iou: Interval | None
    macro_f1: Interval | None
    r_squared: Interval | None
    iou: tuple[float | None, ...]

    @property
    def main(self) -> Interval:
        """The figure that is compared: mean IoU, or R²."""
        found = self.mean_iou or self.r_squared
        assert found is not None
        return found


def score(
    guess: NDArray[np.float32],
    truth: NDArray[np.float32],
    owner: NDArray[np.int64],
    tunes: int,
    classes: int,
) -> Outcome:
    """Guesses and truths (n,), owner (n,) the tune of each, as an Outcome."""
    if classes:
        flat = (owner * classes + truth.astype(np.int64)) * classes + guess.astype(np.int64)
        counts = np.bincount(flat, minlength=tunes * classes * classes)
        return Outcome(counts.reshape(tunes, classes, classes).astype(np.float64))
    y, wrong = truth.astype(np.float64), (truth - guess).astype(np.float64)
    parts = (np.ones(len(y)), y, y * y, wrong * wrong)
    return Outcome(np.stack([np.bincount(owner, part, tunes) for part in parts], axis=1))


def figures(outcome: Outcome, rng: np.random.Generator) -> Figures:
    """All figures with their intervals."""
    drawn = _drawn(outcome, rng)
    if not outcome.of_classes:
        return Figures(None, None, None, _interval(outcome, drawn, _r_squared), ())
    total = outcome.by_tune.sum(axis=0)
    return Figures(
        accuracy=_interval(outcome, drawn, _accuracy),
        mean_iou=_interval(outcome, drawn, _mean_iou),
        macro_f1=_interval(outcome, drawn, _macro_f1),
        r_squared=None,
        iou=tuple(None if np.isnan(each) else float(each) for each in _iou(total[None])[0]),
    )


def difference(one: Outcome, other: Outcome, rng: np.random.Generator) -> Interval:
    """By how much the main figure of `one` lies above that of `other`, of the same tunes, which
    are drawn together."""
    drawn = _drawn(one, rng)
    measure = _mean_iou if one.of_classes else _r_squared
    spreads, estimates = zip(*(_spread(each, drawn, measure) for each in (one, other)), strict=True)
    low, high = np.nanquantile(spreads[0] - spreads[1], [0.025, 0.975])
    return Interval(estimates[0] - estimates[1], float(low), float(high), len(one.by_tune))


def _drawn(outcome: Outcome, rng: np.random.Generator) -> Floats:
    tunes = len(outcome.by_tune)
    return rng.multinomial(tunes, np.full(tunes, 1 / tunes), RESAMPLES).astype(np.float64)


def _summed(outcome: Outcome, drawn: Floats) -> Floats:
    flat = drawn @ outcome.by_tune.reshape(len(outcome.by_tune), -1)
    return flat.reshape(len(drawn), *outcome.by_tune.shape[1:])


def _interval(outcome: Outcome, drawn: Floats, measure: Measure) -> Interval:
    spread, estimate = _spread(outcome, drawn, measure)
    low, high = np.nanquantile(spread, [0.025, 0.975])
    return Interval(estimate, float(low), float(high), len(outcome.by_tune))


def _spread(outcome: Outcome, drawn: Floats, measure: Measure) -> tuple[Floats, float]:
    """The measure of every draw (B,), and of all tunes."""
    total = outcome.by_tune.sum(axis=0)[None]
    return measure(_summed(outcome, drawn), total), float(measure(total, total)[0])


def _accuracy(counts: Floats, total: Floats) -> Floats:
    right = np.trace(counts, axis1=1, axis2=2)
    return np.asarray(right / np.maximum(counts.sum(axis=(1, 2)), 1))


def _parts(counts: Floats) -> tuple[Floats, Floats, Floats]:
    """(B, K) right, true, guessed."""
    right = np.diagonal(counts, axis1=1, axis2=2)
    return right, counts.sum(axis=2), counts.sum(axis=1)


def _iou(counts: Floats) -> Floats:
    """(B, K) intersection over union; NaN for classes that are true nowhere."""
    right, true, guessed = _parts(counts)
    either = true + guessed - right
    return np.divide(right, either, out=np.full(right.shape, np.nan), where=true > 0)


def _mean_iou(counts: Floats, total: Floats) -> Floats:
    return _mean_over_classes(_iou(counts), _iou(total))


def _f1(counts: Floats) -> Floats:
    """(B, K); NaN for classes that are true nowhere."""
    right, true, guessed = _parts(counts)
    return np.divide(2 * right, true + guessed, out=np.full(right.shape, np.nan), where=true > 0)


def _macro_f1(counts: Floats, total: Floats) -> Floats:
    return _mean_over_classes(_f1(counts), _f1(total))


def _mean_over_classes(drawn: Floats, whole: Floats) -> Floats:
    """(B,) the mean of drawn (B, K) over the classes that are true in all tunes together.

    A class that a draw lacks keeps its figure, whole (1, K). Were it left out, a class of few tunes
    that is never right would make the mean jump up in each draw without it.
    """
    return np.asarray(np.nanmean(np.where(np.isnan(drawn), whole, drawn), axis=1))


def _r_squared(sums: Floats, total: Floats) -> Floats:
    n, y, yy, missed = sums.T
    spread = yy - y * y / np.maximum(n, 1)
    return np.asarray(1 - missed / np.where(spread > 0, spread, np.inf))
