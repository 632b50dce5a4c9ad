"""Dynamic evaluation: the network learns from each tune of a split once it has predicted it.

PPMd, the compressor among the baselines, learns while it reads in the same way. It changes what is
measured: the figure is shown compared with the network's own, never instead of it.
"""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from songrnn.corpus.tunebook import Split, Tune, Tunebook
from songrnn.corpus.vocabulary import END, START, Vocabulary
from songrnn.errors import CorpusError, UnknownCharacterError
from songrnn.store.runs import Run
from songrnn.training.comparison import Comparison, compare
from songrnn.training.evaluation import Evaluation

if TYPE_CHECKING:
    import torch

    from songrnn.model.network import CharRNN

# Found on a quarter of folk's validation tunes with the best run; see `dynamic_losses`.
RATE = 3e-4
DECAY = 0.03
# Training tunes whose gradients say how far each weight may go.
STATISTICS_TUNES = 300


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


def evaluate_dynamically(
    run: Run,
    book: Tunebook,
    split: Split,
    alone: Evaluation,
    *,
    rate: float = RATE,
    decay: float = DECAY,
    progress: Callable[[str, float], None] | None = None,
) -> Comparison:
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
    return compare(np.array([one.sum() for one in losses]), alone)


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
