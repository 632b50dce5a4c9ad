"""Linear probes: ridge regression, and multinomial logistic regression with a ridge.

Both are fitted in whitened coordinates: the state's principal components, each divided by its
deviation, so that the descent needs few steps and the penalty treats all directions alike.

n characters, D numbers of a state, R components, K classes.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

# Components that are kept at most, the largest.
MOST_COMPONENTS = 400
# Penalties, per character, of which the one is taken that does best on tunes set aside: of
# classes, and of numbers.
PENALTIES = (1e-3, 3e-2)
RIDGES = (1e-3, 1e-1, 1.0, 10.0)
_STEPS = 40
# Characters whitened together. BLAS takes rows a dozen at a time and rounds those that remain in
# another way: parts of a multiple of that give the same bits as all at once.
_TOGETHER = 6144
_SMALLEST = 1e-6


@dataclass(frozen=True, eq=False)
class Whitening:
    """mean (D,), basis (D, R): (state − mean) @ basis has components of variance 1."""

    mean: NDArray[np.float32]
    basis: NDArray[np.float32]

    def of(self, states: NDArray[np.float32]) -> NDArray[np.float32]:
        """States (n, D) -> (n, R)."""
        found = np.empty((len(states), self.basis.shape[1]), np.float32)
        for begin in range(0, len(states), _TOGETHER):
            part = slice(begin, begin + _TOGETHER)
            found[part] = (states[part] - self.mean) @ self.basis
        return found


def whiten(states: NDArray[np.float32]) -> Whitening:
    """The whitening of states (n, D), without directions in which they hardly vary."""
    mean = states.mean(axis=0, dtype=np.float64).astype(np.float32)
    centred = states - mean
    covariance = (centred.T @ centred).astype(np.float64) / max(len(states), 1)
    values, vectors = np.linalg.eigh(covariance)
    order = np.argsort(-values)[:MOST_COMPONENTS]
    order = order[values[order] > _SMALLEST * max(float(values.max()), 1e-12)]
    basis = vectors[:, order] / np.sqrt(values[order])
    return Whitening(mean, basis.astype(np.float32))


def fit_logistic(
    states: Any, truth: NDArray[np.int64], classes: int, penalty: float, steps: int = _STEPS
) -> NDArray[np.float32]:
    """(D + 1, K) weights, the last row the constants, of the most likely class given a state.

    states: (n, D), dense or sparse; truth: (n,) from 0 to K − 1. Deterministic: L-BFGS from 0.
    """
    from scipy.optimize import minimize

    n, D = states.shape
    rows = np.arange(n)

    def loss(flat: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        weights = flat.reshape(D + 1, classes).astype(np.float32)
        scores = states @ weights[:-1] + weights[-1]
        scores -= np.ascontiguousarray(scores.T).max(axis=0)[:, None]  # quicker than along rows
        log_sum = np.log(np.exp(scores).sum(axis=1))
        missed = float((log_sum - scores[rows, truth]).mean(dtype=np.float64))
        shares = np.exp(scores - log_sum[:, None])
        shares[rows, truth] -= 1
        gradient = np.concatenate([states.T @ shares, shares.sum(axis=0)[None]]) / n
        gradient[:-1] += penalty * weights[:-1]
        size = penalty / 2 * float((weights[:-1].astype(np.float64) ** 2).sum())
        return missed + size, gradient.astype(np.float64).ravel()

    start = np.zeros((D + 1) * classes)
    found = minimize(loss, start, jac=True, method="L-BFGS-B", options={"maxiter": steps})
    return np.asarray(found.x, np.float32).reshape(D + 1, classes)


def fit_ridge(
    states: Any, truth: NDArray[np.float32], penalties: Sequence[float]
) -> list[NDArray[np.float32]]:
    """(D + 1, 1) weights of the line from states (n, D), dense or sparse, to numbers (n,), for each
    penalty."""
    n, D = states.shape
    mean = np.asarray(states.mean(axis=0), np.float64).reshape(-1)
    y = truth.astype(np.float64)
    products = np.asarray((states.T @ states).toarray() if _sparse(states) else states.T @ states)
    gram = products.astype(np.float64) / n - np.outer(mean, mean)
    moment = np.asarray(states.T @ truth, np.float64) / n - mean * y.mean()
    found = []
    for penalty in penalties:
        slope = np.linalg.solve(gram + penalty * np.eye(D), moment)
        found.append(np.append(slope, y.mean() - mean @ slope).astype(np.float32)[:, None])
    return found


def predict(states: Any, weights: NDArray[np.float32]) -> NDArray[np.float32]:
    """(n,) the class of the largest score, as a number, or the value on the line."""
    scores = np.asarray(states @ weights[:-1] + weights[-1])
    return (scores[:, 0] if scores.shape[1] == 1 else scores.argmax(axis=1)).astype(np.float32)


def fit(
    states: Any, truth: NDArray[np.float32], classes: int, penalties: Sequence[float]
) -> Iterable[NDArray[np.float32]]:
    """Logistic for classes, ridge for a number (classes 0): the weights of each penalty."""
    if classes:
        known = truth.astype(np.int64)
        return (fit_logistic(states, known, classes, penalty) for penalty in penalties)
    return fit_ridge(states, truth, penalties)


def choose(
    states: Any,
    truth: NDArray[np.float32],
    aside: Any,
    aside_truth: NDArray[np.float32],
    classes: int,
) -> NDArray[np.float32]:
    """The fit whose penalty does best on what was set aside: most right, or least squared error."""
    best, least = None, np.inf
    for weights in fit(states, truth, classes, PENALTIES if classes else RIDGES):
        guess = predict(aside, weights)
        missed = guess != aside_truth if classes else (guess - aside_truth) ** 2
        wrong = float(np.mean(missed)) if len(missed) else 0.0
        if best is None or wrong < least:
            best, least = weights, wrong
    assert best is not None
    return best


def in_states(whitening: Whitening, weights: NDArray[np.float32]) -> NDArray[np.float32]:
    """Weights (R + 1, K) of whitened states as weights (D + 1, K) of the states themselves."""
    slopes = whitening.basis @ weights[:-1]
    return np.concatenate([slopes, (weights[-1] - whitening.mean @ slopes)[None]])


def _sparse(states: Any) -> bool:
    return hasattr(states, "toarray")
