"""Seeds."""

import random

import numpy as np
import torch

from songrnn.model.device import seed_everything


def draws(generator: np.random.Generator) -> tuple[float, float, float]:
    return random.random(), torch.rand(()).item(), generator.random()


def test_one_seed_decides_every_generator() -> None:
    assert draws(seed_everything(5)) == draws(seed_everything(5))
    assert not set(draws(seed_everything(5))) & set(draws(seed_everything(6)))
