"""The weight with which two models are interpolated is the best one."""

import numpy as np
import pytest
from scipy import optimize

from songrnn.training.interpolation import best_weight


def test_the_weight_of_an_interpolation_is_the_best_one() -> None:
    rng = np.random.default_rng(4)
    first, second = rng.uniform(0.01, 0.9, (2, 500))
    found = optimize.minimize_scalar(
        lambda w: -np.log((1 - w) * first + w * second).mean(), bounds=(0, 1), method="bounded"
    )
    assert best_weight(first, second) == pytest.approx(found.x, abs=1e-3)
    assert best_weight(first, first / 2) == pytest.approx(0.0, abs=1e-4)
