"""What a network with recall makes of tunes: the same loss, of the mixture's probabilities."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from songrnn.corpus.vocabulary import END, Vocabulary
from songrnn.model.engine import Engine
from songrnn.recall.fitting import by_engine, network_probabilities
from songrnn.recall.gate import Gate, Recall


def losses(
    engine: Engine, gate: Gate, vocabulary: Vocabulary, texts: Sequence[str], strength: float = 1.0
) -> list[NDArray[np.float64]]:
    """−log P in nats of each of the T + 1 predictions of each text, in the order of the texts.

    Each text, all of known characters, is read once from the zero state and an empty memory.
    """
    names = ["", "", *vocabulary.characters]
    symbol_of = {name: symbol for symbol, name in enumerate(names) if name}
    found: list[NDArray[np.float64]] = [np.empty(0)] * len(texts)
    for index, probabilities in network_probabilities(by_engine(engine), vocabulary, texts):
        recall = Recall(gate, names, symbol_of, strength)
        ids = [*vocabulary.encode(texts[index]).tolist(), END]
        result = np.empty(len(ids))
        for t, (truth, log_p) in enumerate(
            zip(ids, np.log(np.maximum(probabilities, 1e-300)), strict=True)
        ):
            result[t] = -recall.mix(log_p)[truth]
            recall.feed(truth)
        found[index] = result
    return found
