"""A network's probabilities interpolated with an n-gram model's.

What comes out is a figure of the two together: it is shown compared with the network's own, never
instead of it.
"""

import math

import numpy as np
from numpy.typing import NDArray

from songrnn.corpus.baselines import ngram_probabilities
from songrnn.corpus.tunebook import Split, Tunebook
from songrnn.store.runs import Run
from songrnn.training.comparison import Comparison, compare
from songrnn.training.evaluation import Evaluation

NGRAM_ORDER = 6


def interpolate(
    run: Run, book: Tunebook, split: Split, alone: Evaluation
) -> tuple[Comparison, float]:
    """The network's probabilities interpolated with an n-gram model's; the n-gram's mean weight.

    The tunes go into two halves by turns; each half is interpolated with the weight that suits the
    other half best, so no tune chooses its own. `alone` is the run's own evaluation on the split.
    """
    read = [tune for tune in book.split(split) if not run.vocabulary.unknown(tune.text)]
    train = [tune.text for tune in book.split("train")]
    grams = ngram_probabilities(train, [tune.text for tune in read], NGRAM_ORDER)
    own = np.exp(-alone.losses)
    turn = np.repeat(np.arange(len(read)) % 2, alone.tune_characters)  # (N,)
    weights = [best_weight(own[turn != half], grams[turn != half]) for half in (0, 1)]
    share = np.array(weights)[turn]
    losses = -np.log((1 - share) * own + share * grams)
    starts = np.concatenate([[0], np.cumsum(alone.tune_characters)[:-1]])
    return compare(np.add.reduceat(losses, starts), alone), float(np.mean(weights))


def best_weight(first: NDArray[np.float64], second: NDArray[np.float64]) -> float:
    """The w for which (1 − w) first + w second, probabilities (N,), has the least loss.

    By expectation maximization (Jelinek & Mercer 1980): the loss has a single minimum in w.
    """
    if not len(first):
        return 0.0
    weight = 0.5
    for _ in range(200):
        mixed = (1 - weight) * first + weight * second
        better = float(np.mean(weight * second / mixed))
        if math.isclose(better, weight, abs_tol=1e-6):
            break
        weight = better
    return weight
