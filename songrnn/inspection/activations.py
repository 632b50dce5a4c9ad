"""What every unit does at every character of a text, and how surprised the network is.

A text of T characters makes T + 1 states' worth of predictions: START is fed first and predicts
the first character; the state after the last character predicts END. Column t of a quantity is
the state after reading character t: it has seen t, it predicts t + 1.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from songrnn.corpus.vocabulary import END, START, Vocabulary
from songrnn.model.engine import Engine


@dataclass(frozen=True, eq=False)
class ActivationMap:
    """text: T characters. L layers, H units, V symbols.

    quantities: name ("hidden", "cell", "input_gate", …) -> (L, T, H) float32, column t after
        character t.
    start: name -> (L, H) float32, the same after START, before any character is read.
    next_probabilities: (T + 1, V) float32; row 0 is the prediction after START, row t + 1 the one
        after character t.
    surprisal: (T + 1,) float64, bits; entry t is -log2 of the probability that the network gave
        to character t before reading it, the last entry that of END.
    """

    text: str
    quantities: Mapping[str, np.ndarray]
    start: Mapping[str, np.ndarray]
    next_probabilities: np.ndarray
    surprisal: np.ndarray

    @property
    def nbytes(self) -> int:
        """Bytes that it takes."""
        arrays = (*self.quantities.values(), self.next_probabilities, self.surprisal)
        return sum(each.nbytes for each in arrays)

    def mean_surprisal(self, prime: int, *, ended: bool) -> float | None:
        """Bits per character after the first `prime` ones; END counts when the text `ended`.

        None when nothing is left to average over.
        """
        written = self.surprisal[prime : None if ended else -1]
        return float(written.mean()) if len(written) else None


def activations(engine: Engine, vocabulary: Vocabulary, text: str) -> ActivationMap:
    """Read `text` once from the zero state and note every internal.

    Raises UnknownCharacterError when the text holds a character the network does not know.
    """
    ids = vocabulary.encode(text)  # (T,)
    inputs = np.concatenate([np.array([START], dtype=np.int64), ids])  # (T + 1,)
    logits, _, internals = engine.read(inputs, internals=True)
    assert internals is not None
    # Row 0 belongs to START, which is no character of the text.
    quantities = {
        name: _frozen(np.asarray(values[:, 1:], dtype=np.float32))  # (L, T, H)
        for name, values in internals.items()
    }
    start = {
        name: _frozen(np.array(values[:, 0], dtype=np.float32))  # (L, H)
        for name, values in internals.items()
    }
    log_probabilities = _log_softmax(np.asarray(logits, dtype=np.float64))  # (T + 1, V)
    targets = np.concatenate([ids, np.array([END], dtype=np.int64)])
    surprisal = -log_probabilities[np.arange(len(targets)), targets] / np.log(2)
    return ActivationMap(
        text=text,
        quantities=quantities,
        start=start,
        next_probabilities=_frozen(np.exp(log_probabilities).astype(np.float32)),
        surprisal=_frozen(surprisal),
    )


def _log_softmax(logits: np.ndarray) -> np.ndarray:
    shifted = logits - logits.max(axis=-1, keepdims=True)
    return shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))


def _frozen(array: np.ndarray) -> np.ndarray:
    """The array, read-only: maps are shared between windows."""
    array.setflags(write=False)
    return array
