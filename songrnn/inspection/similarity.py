"""What all units did on a few tunes: enough to say which are alike.

Small and quick where the index is thorough: it is made when a page asks for it, of any run.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from songrnn.corpus.tunebook import Tune
from songrnn.corpus.vocabulary import Vocabulary
from songrnn.inspection.batch_reader import readable_tunes
from songrnn.inspection.recording import record_batches
from songrnn.inspection.units import Unit, no_such_neuron, units_of
from songrnn.model.engine import Engine

# Characters read.
CHARACTERS = 3000


@dataclass(frozen=True, eq=False)
class UnitSimilarity:
    """T characters, N units.

    states: (T, N) float32 of the hidden and cell states, each less its mean and divided by its
    length, so that products are correlations (0 for a unit that never changes).
    """

    units: tuple[Unit, ...]
    states: NDArray[np.float32]

    @property
    def characters(self) -> int:
        """How many were read."""
        return len(self.states)

    def most_similar(
        self, quantity: str, layer: int, neuron: int, count: int = 6
    ) -> list[tuple[Unit, float]]:
        """The units most correlated with a neuron, of either sign, with the correlation.

        Its own other state is left out. Raises ConfigError when there is no such neuron.
        """
        wanted = (quantity, layer, neuron)
        if wanted not in self.units:
            raise no_such_neuron(*wanted)
        found = self.states.T @ self.states[:, self.units.index(wanted)]
        order = np.argsort(-np.abs(found), kind="stable")
        others = [(self.units[n], float(found[n])) for n in order]
        return [each for each in others if each[0][1:] != (layer, neuron)][:count]


def measure_similarity(
    engine: Engine,
    vocabulary: Vocabulary,
    tunes: Sequence[Tune],
    *,
    characters: int = CHARACTERS,
) -> UnitSimilarity:
    """Read the first tunes that make up `characters` and that the network knows all letters of.

    Raises ConfigError when it can read none.
    """
    texts: list[NDArray[np.int64]] = []
    for tune in readable_tunes([tune for tune in tunes if tune.text], vocabulary):
        texts.append(vocabulary.encode(tune.text))
        if sum(map(len, texts)) >= characters:
            break
    states = np.concatenate([batch.values for batch in record_batches(engine, texts)])
    states -= states.mean(axis=0)
    length = np.linalg.norm(states, axis=0)
    states /= np.where(length > 0, length, 1)
    return UnitSimilarity(units_of(engine), states)
