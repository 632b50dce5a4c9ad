"""Scores of predictions by tune: worked by hand, and against scikit-learn."""

import numpy as np
import pytest

from songrnn.inspection.probes.outcomes import difference, figures, score
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
