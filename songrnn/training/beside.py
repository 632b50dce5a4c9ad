"""Two ways to a lower loss that are told beside a network's own figure, never instead of it.

Dynamic evaluation lets the network learn from each tune of a split once it has predicted it, as
the compressor that makes the baseline does. A mixture averages its probabilities with an n-gram
model's. Both change what is measured: the network alone is neither.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from songrnn.corpus.baselines import ngram_probabilities
from songrnn.corpus.tunebook import Split, Tune, Tunebook
from songrnn.corpus.vocabulary import END, START, Vocabulary
from songrnn.errors import CorpusError, UnknownCharacterError
from songrnn.metrics import bits
from songrnn.statistics import Interval, bootstrap_interval
from songrnn.store.runs import Run
from songrnn.training.evaluation import Evaluation

if TYPE_CHECKING:
    import torch

    from songrnn.model.network import CharRNN

# Found on a quarter of folk's validation tunes with the best run; see `dynamic_losses`.
RATE = 3e-4
DECAY = 0.03
# Training tunes whose gradients say how far each weight may go.
STATISTICS_TUNES = 300
NGRAM_ORDER = 6


@dataclass(frozen=True)
class Beside:
    """A figure told beside a network's own.

    bits_per_character: over all predictions of the split. gain: bits per character that it lies
    below the network alone, with its 95 % interval (bootstrap over tunes).
    """

    bits_per_character: float
    gain: Interval


def dynamic_losses(
    network: "CharRNN",
    vocabulary: Vocabulary,
    train: Sequence[Tune],
    tunes: Sequence[Tune],
    *,
    rate: float = RATE,
    decay: float = DECAY,
    progress: Callable[[str, float], None] | None = None,
) -> list[NDArray[np.float64]]:
    """-log p in nats of each prediction of each tune, learning from a tune once it is predicted.

    Each tune is read from the zero state. After it, with g the gradient of its mean loss and s
    the root mean square of a weight's gradients on training tunes, each weight takes a step of
    −rate · g / s, and decay · s / mean(s) (at most 1) of the way back to where it was at first
    (Krause et al. 2018, the RMS rule with its decay prior). The order of the tunes is the
    corpus's. `network` keeps the weights it ends with. Tunes with unknown characters are left out.
    """
    import torch

    network.eval()
    parameters = [one for one in network.parameters() if one.requires_grad]
    first = [one.detach().clone() for one in parameters]
    squares = [torch.zeros_like(one) for one in parameters]
    readable = _readable(train, vocabulary)
    step = max(len(readable) // STATISTICS_TUNES, 1)
    sample = readable[::step][:STATISTICS_TUNES]
    if not sample:
        raise CorpusError("Dynamic evaluation needs training tunes that the run can read.")
    for done, ids in enumerate(sample):
        if progress is not None:
            progress("Gradients on training tunes", done / len(sample))
        _learn_from(network, parameters, ids)
        for square, one in zip(squares, parameters, strict=True):
            if one.grad is not None:
                square.add_(one.grad.square() / len(sample))
    roots = [square.sqrt() for square in squares]
    mean = float(torch.cat([root.flatten() for root in roots]).mean())
    # A weight no gradient ever reached says nothing about how far it may go: it stays.
    pace = [torch.where(root > 1e-3 * mean, rate / (root + 1e-12), 0) for root in roots]
    pull = [(decay * root / mean).clamp(max=1.0) for root in roots]
    found = []
    asked = _readable(tunes, vocabulary)
    for done, ids in enumerate(asked):
        if progress is not None:
            progress("Predicting, then learning", done / len(asked))
        found.append(_learn_from(network, parameters, ids))
        with torch.no_grad():
            for one, start, far, back in zip(parameters, first, pace, pull, strict=True):
                if one.grad is not None:
                    one.add_(back * (start - one) - far * one.grad)
    return found


def dynamic(
    run: Run,
    book: Tunebook,
    split: Split,
    alone: Evaluation,
    *,
    rate: float = RATE,
    decay: float = DECAY,
    progress: Callable[[str, float], None] | None = None,
) -> Beside:
    """Dynamic evaluation of a run on a split; `alone` is its own evaluation there.

    Raises HistoryOnlyError, DamagedRunError, CorpusError.
    """
    import torch

    from songrnn.model.network import CharRNN

    network = CharRNN(run.config.model, run.vocabulary.size)
    weights = {name: torch.from_numpy(array) for name, array in run.weights().items()}
    network.load_state_dict(weights)
    losses = dynamic_losses(
        network,
        run.vocabulary,
        book.split("train"),
        book.split(split),
        rate=rate,
        decay=decay,
        progress=progress,
    )
    return _beside(np.array([one.sum() for one in losses]), alone)


def mixture(run: Run, book: Tunebook, split: Split, alone: Evaluation) -> tuple[Beside, float]:
    """The network's probabilities averaged with an n-gram model's, and the n-gram's mean weight.

    The tunes are taken by turns into two halves; each half is mixed with the weight that suits the
    other one best, so no tune chooses its own.
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
    return _beside(np.add.reduceat(losses, starts), alone), float(np.mean(weights))


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


def _beside(tune_losses: NDArray[np.float64], alone: Evaluation) -> Beside:
    characters = alone.tune_characters
    rows = np.stack([alone.tune_losses - tune_losses, characters], axis=1)  # (tunes, 2)

    def gain(drawn: NDArray[np.float64]) -> float:
        return bits(float(drawn[:, 0].sum() / drawn[:, 1].sum()))

    interval = bootstrap_interval(rows, np.random.default_rng(0), statistic=gain)
    return Beside(bits(float(tune_losses.sum() / characters.sum())), interval)


def _readable(tunes: Sequence[Tune], vocabulary: Vocabulary) -> list[NDArray[np.int64]]:
    """START + text + END of each tune the vocabulary covers."""
    found = []
    for tune in tunes:
        try:
            found.append(np.concatenate([[START], vocabulary.encode(tune.text), [END]]))
        except UnknownCharacterError:
            continue
    return found


def _learn_from(
    network: "CharRNN", parameters: "Sequence[torch.Tensor]", ids: NDArray[np.int64]
) -> NDArray[np.float64]:
    """-log p of each prediction (T,); the gradient of their mean is left in the parameters."""
    import torch
    from torch import nn

    for one in parameters:
        one.grad = None
    line = torch.from_numpy(ids)
    logits, _ = network(line[None, :-1])
    losses = nn.functional.cross_entropy(logits[0], line[1:], reduction="none")
    losses.mean().backward()
    return np.asarray(losses.detach().double().numpy())
