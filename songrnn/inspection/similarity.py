"""What all units did on a few tunes: enough to say which are alike.

Small and quick where the index is thorough: it is made when a page asks for it, of any run.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from songrnn.corpus.tunebook import Tune
from songrnn.corpus.vocabulary import START, Vocabulary
from songrnn.errors import ConfigError
from songrnn.model.engine import Engine

# Characters read.
CHARACTERS = 3000


@dataclass(frozen=True, eq=False)
class Sample:
    """T characters, N columns.

    columns: (quantity, layer, neuron) of the hidden and cell states; states: (T, N) float32, each
    less its mean and divided by its length, so that products are correlations (0 for a unit that
    never changes).
    """

    columns: tuple[tuple[str, int, int], ...]
    states: NDArray[np.float32]

    @property
    def characters(self) -> int:
        """How many were read."""
        return len(self.states)

    def like(
        self, quantity: str, layer: int, neuron: int, count: int = 6
    ) -> list[tuple[str, int, int, float]]:
        """The (quantity, layer, neuron, correlation) most like a neuron, of either sign.

        Its own other state is left out. Raises ConfigError when there is no such neuron.
        """
        wanted = (quantity, layer, neuron)
        if wanted not in self.columns:
            raise ConfigError(f"There is no neuron {neuron} in layer {layer + 1} ({quantity}).")
        found = self.states.T @ self.states[:, self.columns.index(wanted)]
        order = np.argsort(-np.abs(found), kind="stable")
        others = [(*self.columns[n], float(found[n])) for n in order]
        return [each for each in others if each[1:3] != (layer, neuron)][:count]


def sample(
    engine: Engine,
    vocabulary: Vocabulary,
    tunes: Sequence[Tune],
    *,
    characters: int = CHARACTERS,
) -> Sample:
    """Read the first tunes that make up `characters` and that the network knows all letters of.

    Raises ConfigError when it can read none.
    """
    read: list[Mapping[str, NDArray]] = []
    total = 0
    for tune in tunes:
        if vocabulary.unknown(tune.text) or not tune.text:
            continue
        inputs = np.concatenate([np.array([START], np.int64), vocabulary.encode(tune.text)])
        _, _, internals = engine.read(inputs, internals=True)
        assert internals is not None
        read.append({name: np.asarray(values)[:, 1:] for name, values in internals.items()})
        total += len(tune.text)
        if total >= characters:
            break
    if not read:
        raise ConfigError("There is no tune that the network can read.")
    H, L = engine.config.hidden_size, engine.config.layers
    quantities = [name for name in ("hidden", "cell") if name in read[0]]
    joined = {name: np.concatenate([each[name] for each in read], axis=1) for name in read[0]}
    states = np.concatenate(
        [
            np.tanh(joined[name][layer]) if name == "cell" else joined[name][layer]
            for name in quantities
            for layer in range(L)
        ],
        axis=1,
    ).astype(np.float32)  # (T, N)
    states -= states.mean(axis=0)
    length = np.linalg.norm(states, axis=0)
    states /= np.where(length > 0, length, 1)
    return Sample(
        tuple((name, layer, n) for name in quantities for layer in range(L) for n in range(H)),
        states,
    )
