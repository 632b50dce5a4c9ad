"""Reading many texts, those of like length together: order, padding and steppers, once for all.

T symbols of a text, B texts of a batch, K sets of interventions.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from songrnn.corpus.tunebook import Tune
from songrnn.corpus.vocabulary import END, START, Vocabulary
from songrnn.errors import ConfigError
from songrnn.model.batch_stepper import BatchStepper
from songrnn.model.engine import Engine
from songrnn.model.intervention import Change
from songrnn.model.state import State


def readable_tunes(tunes: Sequence[Tune], vocabulary: Vocabulary) -> list[Tune]:
    """The tunes whose characters the network all knows. Raises ConfigError when there are none."""
    known = [tune for tune in tunes if not vocabulary.unknown(tune.text)]
    if not known:
        raise ConfigError("There is no tune that the network can read.")
    return known


@dataclass(frozen=True, eq=False)
class TextBatch:
    """Texts to be read together, the longest first.

    texts: (B,) which ones, as indices. sizes: (B,) their symbols. inputs: (longest + 1, B), START
    first; behind a text's end END is read, and nothing of what follows is to be used. targets:
    alike, the symbol to be predicted after each input. stepper: at the zero state, for K · B texts,
    those under the first set of interventions first; to be fed before the next batch is asked for.
    """

    texts: tuple[int, ...]
    sizes: NDArray[np.int64]
    inputs: NDArray[np.int64]
    targets: NDArray[np.int64]
    stepper: BatchStepper


def batches(
    engine: Engine,
    texts: Sequence[NDArray[np.int64]],
    *,
    most_texts: int,
    most_symbols: int | None = None,
    sets: Sequence[Sequence[Change]] | None = None,
    progress: Callable[[float], None] | None = None,
) -> Iterator[TextBatch]:
    """Batches of all texts, (T,) symbols each without START and END; texts without a symbol too.

    most_texts, most_symbols: of a batch (at least one text). sets: K sequences of interventions,
    under each of which all texts are read. progress is called with the share done.
    """
    order = sorted(range(len(texts)), key=lambda i: (-len(texts[i]), i))
    copies = 1 if sets is None else len(sets)
    stepper: BatchStepper | None = None
    begin = 0
    while begin < len(order) and copies:
        longest = len(texts[order[begin]]) + 1
        size = min(most_texts, max((most_symbols or longest * most_texts) // longest, 1))
        chosen = order[begin : begin + size]
        rows = copies * len(chosen)
        if stepper is None or stepper.batch != rows:
            stepper = engine.batch_stepper(rows)
            if sets is not None:
                stepper.hold([each for each in sets for _ in chosen])
        stepper.load(State.zeros(engine.config, rows))
        yield _padded(texts, chosen, stepper)
        begin += len(chosen)
        if progress is not None:
            progress(begin / len(order))


def neuron_values(
    engine: Engine,
    texts: Sequence[NDArray[np.int64]],
    quantity: str,
    layer: int,
    neuron: int,
) -> list[NDArray[np.float32]]:
    """What one neuron does on each of a few texts (T,), all read together; of a cell state the tanh."""
    found = [np.zeros(0, np.float32) for _ in texts]
    for batch in batches(engine, texts, most_texts=max(len(texts), 1)):
        batch.stepper.feed(batch.inputs[0])
        seen = []
        for symbols in batch.inputs[1:]:
            batch.stepper.feed(symbols)
            seen.append(batch.stepper.values(quantity, layer)[:, neuron].copy())
        for row, text in enumerate(batch.texts):
            values = np.array([each[row] for each in seen[: batch.sizes[row]]], np.float32)
            found[text] = np.tanh(values) if quantity == "cell" else values
    return found


def _padded(
    texts: Sequence[NDArray[np.int64]], chosen: Sequence[int], stepper: BatchStepper
) -> TextBatch:
    sizes = np.array([len(texts[i]) for i in chosen], np.int64)
    inputs = np.full((int(sizes.max()) + 1, len(chosen)), END, np.int64)
    targets = inputs.copy()
    inputs[0] = START
    for row, i in enumerate(chosen):
        inputs[1 : sizes[row] + 1, row] = texts[i]
        targets[: sizes[row], row] = texts[i]
    return TextBatch(tuple(chosen), sizes, inputs, targets, stepper)
