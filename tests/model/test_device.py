"""Seeds, threads and the choice of precision."""

import random

import numpy as np
import torch

from songrnn.config import ModelConfig
from songrnn.model.device import one_thread, pick_precision, seed_everything


def draws(generator: np.random.Generator) -> tuple[float, float, float]:
    return random.random(), torch.rand(()).item(), generator.random()


def test_one_seed_decides_every_generator() -> None:
    assert draws(seed_everything(5)) == draws(seed_everything(5))
    assert not set(draws(seed_everything(5))) & set(draws(seed_everything(6)))


def test_a_precision_asked_for_is_taken_unmeasured() -> None:
    choice = pick_precision("fp32", ModelConfig(), 90)
    assert (choice.precision, choice.speedup) == ("fp32", None)


def test_automatic_precision_is_measured_once_and_draws_no_random_numbers() -> None:
    one_thread()
    model = ModelConfig(cell="rnn", hidden_size=4, embedding_size=2)
    torch.manual_seed(3)
    before = torch.get_rng_state()
    choice = pick_precision("auto", model, 7, batch_size=2, window=3)
    assert torch.equal(torch.get_rng_state(), before)
    assert choice.speedup is not None
    assert choice.precision == ("bf16" if choice.speedup >= 1.1 else "fp32")
    assert pick_precision("auto", model, 7, batch_size=2, window=3) == choice
