"""Scores of predictions by tune: worked by hand, and against scikit-learn."""

import numpy as np
import pytest

from songrnn.inspection.probes.outcomes import Outcome, difference, figures, score
from songrnn.statistics import Interval

RNG = np.random.default_rng(0)
TRUTH = RNG.integers(0, 4, 3000).astype(np.float32)
GUESS = np.where(RNG.random(3000) < 0.7, TRUTH, RNG.integers(0, 4, 3000)).astype(np.float32)
OWNER = np.repeat(np.arange(60), 50)


def estimate(found: Interval | None) -> float:
    assert found is not None
    assert found.low <= found.estimate <= found.high
    return found.estimate


def test_classes_are_scored_as_scikit_learn_scores_them() -> None:
    from sklearn.metrics import accuracy_score, f1_score, jaccard_score

    found = figures(score(GUESS, TRUTH, OWNER, 60, 4), np.random.default_rng(0))
    assert estimate(found.accuracy) == pytest.approx(accuracy_score(TRUTH, GUESS))
    assert estimate(found.macro_f1) == pytest.approx(f1_score(TRUTH, GUESS, average="macro"))
    wanted = jaccard_score(TRUTH, GUESS, average=None)
    assert list(found.iou) == pytest.approx(list(wanted))
    assert estimate(found.mean_iou) == pytest.approx(wanted.mean())
    assert found.main == found.mean_iou


def test_a_class_that_is_true_nowhere_has_no_iou_and_does_not_count() -> None:
    found = figures(score(GUESS, TRUTH, OWNER, 60, 5), np.random.default_rng(0))
    assert found.iou[4] is None
    assert estimate(found.mean_iou) == pytest.approx(np.mean(found.iou[:4]))  # type: ignore[arg-type]


def test_a_number_is_scored_by_the_variance_explained() -> None:
    from sklearn.metrics import r2_score

    truth = RNG.normal(size=3000).astype(np.float32)
    guess = (truth + RNG.normal(0, 0.5, 3000)).astype(np.float32)
    found = figures(score(guess, truth, OWNER, 60, 0), np.random.default_rng(0))
    assert estimate(found.r_squared) == pytest.approx(r2_score(truth, guess), abs=1e-4)
    assert found.accuracy is None
    assert found.iou == ()


def test_the_difference_of_two_is_that_of_their_figures_and_of_one_with_itself_nothing() -> None:
    worse = np.where(RNG.random(3000) < 0.5, GUESS, 0).astype(np.float32)
    one, other = (score(guess, TRUTH, OWNER, 60, 4) for guess in (GUESS, worse))
    found = difference(one, other, np.random.default_rng(0))
    mine, theirs = (figures(each, np.random.default_rng(0)).main.estimate for each in (one, other))
    assert estimate(found) == pytest.approx(mine - theirs)
    assert found.low > 0
    nothing = difference(one, one, np.random.default_rng(0))
    assert (nothing.low, nothing.estimate, nothing.high) == (0, 0, 0)


def test_a_class_of_one_tune_does_not_widen_the_interval_upwards() -> None:
    """A draw without that tune is no better at the class; the mean stays one over the same classes."""
    rng = np.random.default_rng(3)
    counts = np.zeros((60, 3, 3))
    for tune in counts:  # two classes, about 80 % right
        right = rng.binomial(50, 0.8, 2)
        tune[0, :2], tune[1, :2] = (right[0], 50 - right[0]), (50 - right[1], right[1])
    counts[7, 2] = (20, 0, 0)  # a third one, in one tune, never right
    found = figures(Outcome(counts), np.random.default_rng(0)).mean_iou
    assert found is not None
    drawn = np.random.default_rng(1).multinomial(60, np.full(60, 1 / 60), 4000)
    sums = np.tensordot(drawn, counts, 1)
    both = np.diagonal(sums, axis1=1, axis2=2)
    iou = both / (sums.sum(1) + sums.sum(2) - both + 1e-9)
    # Over all three classes always: the third has 0 whether it was drawn or not.
    low, high = np.quantile(iou.sum(axis=1) / 3, [0.025, 0.975])
    assert found.low == pytest.approx(low, abs=0.005)
    assert found.high == pytest.approx(high, abs=0.005)
    same = difference(Outcome(counts), Outcome(counts * 1.0), np.random.default_rng(0))
    assert (same.low, same.estimate, same.high) == (0, 0, 0)
