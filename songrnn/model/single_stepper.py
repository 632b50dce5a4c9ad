"""Reading one song symbol after symbol.

A stepper belongs to one caller: it owns its buffers and its memory, and the arrays it hands out
are overwritten by its next step. The weights it reads are shared and never written.
"""

from collections.abc import Sequence

import numpy as np

from songrnn.cells import CELLS, RecurrentCell
from songrnn.cells.cell import Array, aligned
from songrnn.config import ModelConfig
from songrnn.model.buffers import Buffers
from songrnn.model.folding import FoldedWeights
from songrnn.model.intervention import Change, Hold, holds
from songrnn.model.shapes import EPSILON
from songrnn.model.state import State
from songrnn.model.steering import Steer
from songrnn.model.threads import multiplies_directly

_FIRST = np.zeros(1, np.intp)


class SingleStepper:
    """One song, as fast as a core reads the weights.

    Each layer multiplies once a step: its new hidden state gives the sums for the layer above and
    those for its own next step together. Where products run directly a second row of zeros goes
    along, which costs little and makes the result that of the same song in a BatchStepper, bit for bit.
    """

    batch = 1

    def __init__(
        self, config: ModelConfig, symbols: int, folded: FoldedWeights, state: State | None = None
    ) -> None:
        self._config = config
        blocks = len(CELLS[config.cell].blocks)
        own = blocks * folded.padded
        rows = 2 if multiplies_directly() else 1
        self._table = list(folded.table)  # V of (blocks, panels, width)
        self._multiply = np.matmul if folded.in_panels else np.dot
        self._hidden: list[Array] = []
        self._cells: list[RecurrentCell] = []
        self._steps: list[
            tuple[RecurrentCell, tuple[Array, Array, Array], Array, list[Hold | Steer]]
        ] = []
        self._readout_only = False
        for layer in folded.layers:
            P, K, width = layer.stacked.shape
            x = aligned((rows, K))
            x[:, -1] = 1
            sums = aligned((P, rows, width))
            first = sums[:, 0]  # (P, width)
            if folded.in_panels:
                recurrent, following = first[: own // width], first[own // width :]
                product = (x, layer.stacked, sums)
            else:
                recurrent, following = first[0, :own], first[0, own:]
                product = (x, layer.stacked[0], sums[0])
                if rows == 1:  # a plain vector takes BLAS's faster routine
                    product = (x[0], layer.stacked[0], first[0])
            if layer is not folded.layers[-1]:
                following = following.reshape(blocks, -1, folded.width)
            hidden = x[0, :-1].reshape(-1, folded.width)
            cell = CELLS[config.cell](recurrent.reshape(blocks, -1, folded.width), hidden)
            self._hidden.append(hidden)
            self._cells.append(cell)
            self._steps.append((cell, product, following, []))
        self._readout = following
        # Panels lie apart in memory and have to be gathered.
        self._gathered = aligned(following.shape) if folded.in_panels else following
        self._logits = self._gathered.reshape(-1)[:symbols]
        self._last = self._hidden[-1].reshape(-1)
        self._scaled_bias = folded.scaled_bias
        as_batch = [each[:, None, None] for each in self._hidden]
        self.buffers = Buffers(as_batch, self._cells, 1, config.hidden_size)
        self.load(state or State.zeros(config))

    def feed(self, symbol: int) -> Array:
        """Read one symbol; return the logits (V,) of the next, valid until the next call."""
        multiply = self._multiply
        given = self._table[symbol]
        for cell, (x, matrix, sums), following, held in self._steps:
            cell(given)
            for hold in held:
                hold()
            multiply(x, matrix, sums)
            given = following
        if self._gathered is not self._readout:
            self._gathered[...] = self._readout
        if self._scaled_bias is not None:
            H = self._config.hidden_size
            mean = self._last.sum() / H  # the padded units are 0
            spread = np.sqrt(self._last @ self._last / H - mean * mean + EPSILON)
            self._logits /= spread
            self._logits += self._scaled_bias
        return self._restore() if self._readout_only else self._logits

    def hold(self, interventions: Sequence[Change]) -> None:
        """From the next symbol on do these interventions, in place of those before.

        Raises ValueError for units that are not there.
        """
        for layer, (cell, _, _, held) in enumerate(self._steps):
            held[:] = holds(self._config, layer, cell, self._hidden[layer], [interventions])
        self._readout_only = any(hold.readout_only for *_, held in self._steps for hold in held)

    def _restore(self) -> Array:
        """Form the sums for the next step again from what is truly remembered."""
        logits = self._logits.copy()
        for _, (x, matrix, sums), _, held in self._steps:
            for hold in reversed(held):
                hold.restore()
            self._multiply(x, matrix, sums)
        return logits

    def load(self, state: State) -> None:
        """Continue from `state` (L, 1, H), of which a copy is taken."""
        self.buffers.write(state, _FIRST)
        for _, product, *_ in self._steps:
            self._multiply(*product)

    def state(self) -> State:
        """A copy of its memory, (L, 1, H)."""
        return self.buffers.state()

    def values(self, quantity: str, layer: int, unit: int | Array | None = None) -> Array:
        """As Buffers.values: (1,) of a unit, (1, n) of several, (1, H) of all."""
        return self.buffers.values(quantity, layer, unit)
