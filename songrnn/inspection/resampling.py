"""Resampling: units that take, at every character, the values they had at another place.

What a unit says is then gone, while all its values remain ones that it has (Chan et al. 2022,
Causal Scrubbing); its mean, or zero, may be a value that it never takes. Units that are resampled
together take the values of one place.

D places, N units, T characters, K sets of interventions.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from songrnn.inspection.recording import record_batches
from songrnn.inspection.units import Unit, units_of
from songrnn.model.batch_stepper import BatchStepper
from songrnn.model.engine import Engine
from songrnn.model.intervention import Hold

# tanh(cell) is 1 only for an infinite cell.
_MOST_SQUASHED = 0.999999


@dataclass(frozen=True, eq=False)
class Donors:
    """Places to draw from. units: what the N columns are; values: (D, N), of the cell state its
    tanh; seed: of what is drawn, the same for all sets of interventions that are compared."""

    units: tuple[Unit, ...]
    values: NDArray[np.float32]
    seed: int

    def means(self) -> dict[Unit, float]:
        """Mean of every unit over the places."""
        return dict(
            zip(self.units, self.values.mean(axis=0, dtype=np.float64).tolist(), strict=True)
        )

    def deviations(self) -> dict[Unit, float]:
        """Standard deviation of every unit over the places."""
        return dict(
            zip(self.units, self.values.std(axis=0, dtype=np.float64).tolist(), strict=True)
        )

    def into(
        self, stepper: BatchStepper, texts: Sequence[int], symbols: int
    ) -> Callable[[int], None]:
        """What puts drawn values in place of the held ones, to be called before each symbol t.

        The stepper reads K · B songs: `texts` (B,) under K sets of interventions, one set after the
        other. What is drawn depends on the seed, the text's number and t alone.
        """
        drawn = np.stack(
            [
                np.random.default_rng((self.seed, text)).integers(0, len(self.values), symbols)
                for text in texts
            ]
        )  # (B, symbols)
        layers = max(unit.layer for unit in self.units) + 1
        parts = []
        for layer in range(layers):
            for hold in stepper.held(layer):
                if not isinstance(hold, Hold):
                    continue
                first = self.units.index(Unit(hold.quantity, layer, 0))
                parts.append((hold, first + hold.neurons, hold.songs % len(texts)))

        def put(t: int) -> None:
            for hold, columns, rows in parts:
                values = self.values[drawn[rows, t], columns]
                if hold.quantity == "cell":
                    values = np.arctanh(np.clip(values, -_MOST_SQUASHED, _MOST_SQUASHED))
                hold.put(values)

        return put


def record_donors(engine: Engine, texts: Sequence[NDArray[np.int64]], seed: int) -> Donors:
    """All places of the texts, (T,) symbols each without START and END."""
    found = [batch.values for batch in record_batches(engine, texts)]
    return Donors(units_of(engine), np.concatenate(found), seed)
