"""Linear probes on states whose truth is known, against scikit-learn where it has the same."""

import numpy as np
import pytest
from scipy.sparse import csr_matrix

from songrnn.inspection.probes.linear import (
    choose,
    fit_logistic,
    fit_ridge,
    in_states,
    predict,
    whiten,
)


def states(n: int, seed: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return (rng.normal(size=(n, 6)) @ rng.normal(size=(6, 6)) + 3).astype(np.float32)


PLANES = np.random.default_rng(1).normal(size=(6, 3))


def classes(x: np.ndarray) -> np.ndarray:
    return np.asarray(((x - 3) @ PLANES).argmax(axis=1))


def test_whitened_states_have_variance_one_and_no_correlation() -> None:
    x = states(4000, 0)
    z = whiten(x).of(x)
    np.testing.assert_allclose(np.cov(z.T), np.eye(6), atol=1e-2)


def test_a_unit_that_never_changes_is_left_out_of_the_whitening() -> None:
    x = np.concatenate([states(100, 0), np.ones((100, 1), np.float32)], axis=1)
    assert whiten(x).basis.shape == (7, 6)


def test_classes_divided_by_planes_are_found_on_other_states() -> None:
    x, other = states(3000, 0), states(3000, 5)
    w = whiten(x)
    weights = fit_logistic(w.of(x), classes(x), 3, 1e-3)
    guess = predict(w.of(other), weights)
    assert np.mean(guess == classes(other)) > 0.9
    # The same weights put back before the whitening guess the same.
    again = predict(other, in_states(w, weights))
    assert np.mean(guess == again) > 0.999


def test_a_line_is_that_of_scikit_learn_dense_and_sparse() -> None:
    from sklearn.linear_model import Ridge

    x = states(500, 2)
    y = (x @ np.arange(6) + np.random.default_rng(0).normal(size=500)).astype(np.float32)
    truth = Ridge(alpha=0.1 * 500).fit(x, y).predict(x)
    for given in (x, csr_matrix(x)):
        weights, _ = fit_ridge(given, y, [0.1, 1.0])
        np.testing.assert_allclose(predict(given, weights), truth, rtol=1e-3)


def test_the_penalty_that_does_best_on_what_was_set_aside_is_taken() -> None:
    rng = np.random.default_rng(0)
    x, aside = rng.normal(size=(30, 25)), rng.normal(size=(500, 25))
    y = rng.normal(size=30).astype(np.float32)  # nothing to be learned: the strongest penalty
    weights = choose(
        x.astype(np.float32), y, aside.astype(np.float32), np.zeros(500, np.float32), 0
    )
    [strongest] = fit_ridge(x.astype(np.float32), y, [10.0])
    np.testing.assert_allclose(weights, strongest, rtol=1e-4)


@pytest.mark.parametrize("classes", [0, 3])
def test_a_fit_is_the_same_again(classes: int) -> None:
    x = states(200, 3)
    y = np.arange(200).astype(np.float32) % 3
    first, again = (choose(x, y, x[:50], y[:50], classes) for _ in range(2))
    np.testing.assert_array_equal(first, again)
