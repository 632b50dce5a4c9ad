"""What recall brings a run on a split, compared with the network alone."""

import numpy as np

from songrnn.corpus.tunebook import Split, Tunebook
from songrnn.model.engine import Engine
from songrnn.recall.evaluation import losses
from songrnn.recall.gate import Gate
from songrnn.store.runs import Run
from songrnn.training.comparison import Comparison, compare
from songrnn.training.evaluation import Evaluation


def evaluate_recall(
    run: Run, book: Tunebook, split: Split, gate: Gate, alone: Evaluation
) -> Comparison:
    """The loss of the mixture on a split; `alone` is the network's own evaluation there.

    The same predictions of the same tunes as `evaluate` makes, each tune with a memory of its own.
    Raises HistoryOnlyError, DamagedRunError.
    """
    texts = [tune.text for tune in book.split(split) if not run.vocabulary.unknown(tune.text)]
    found = losses(Engine.of(run), gate, run.vocabulary, texts)
    return compare(np.array([one.sum() for one in found]), alone)
