"""A figure that is compared with a network's own, and how far below it lies."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from songrnn.metrics import bits
from songrnn.statistics import Interval, bootstrap_interval
from songrnn.training.evaluation import Evaluation


@dataclass(frozen=True)
class Comparison:
    """What another way of predicting the same characters makes of them.

    bits_per_character: over all predictions of the split. gain: bits per character that it lies
    below the network alone, with its 95 % interval (bootstrap over tunes).
    """

    bits_per_character: float
    gain: Interval


def compare(tune_losses: NDArray[np.float64], alone: Evaluation) -> Comparison:
    """tune_losses: (tunes,) nats of each tune; alone: the network's own evaluation of them."""
    characters = alone.tune_characters
    rows = np.stack([alone.tune_losses - tune_losses, characters], axis=1)  # (tunes, 2)

    def gain(drawn: NDArray[np.float64]) -> float:
        return bits(float(drawn[:, 0].sum() / drawn[:, 1].sum()))

    interval = bootstrap_interval(rows, np.random.default_rng(0), statistic=gain)
    return Comparison(bits(float(tune_losses.sum() / characters.sum())), interval)
