"""Reading many songs side by side, symbol after symbol; what a stepper is, see `single_stepper`."""

from collections.abc import Sequence

import numpy as np

from songrnn.cells import CELLS, RecurrentCell
from songrnn.cells.cell import Array, aligned
from songrnn.config import ModelConfig
from songrnn.model.buffers import Buffers
from songrnn.model.folding import ROWS, FoldedWeights
from songrnn.model.intervention import Change, Hold, holds
from songrnn.model.shapes import EPSILON
from songrnn.model.state import State
from songrnn.model.steering import Steer
from songrnn.model.threads import DIRECT_LIMIT, multiplies_directly


class BatchStepper:
    """Many songs side by side, each on its own; rows are multiplied in groups of eight."""

    def __init__(
        self,
        config: ModelConfig,
        symbols: int,
        folded: FoldedWeights,
        batch: int,
        state: State | None = None,
    ) -> None:
        self._config, self.batch = config, batch
        blocks, width = len(CELLS[config.cell].blocks), folded.width
        groups, rows = _grouped(batch, folded)
        P = blocks * folded.padded // width
        gates = (blocks, P // blocks, groups, rows, width)
        self._table = np.ascontiguousarray(
            folded.table.reshape(symbols, P, width).transpose(1, 0, 2)
        )  # (P, V, width)
        self._ids = np.zeros((groups, rows), np.intp)
        self._looked_up = aligned((P, groups, rows, width))
        self._hidden: list[Array] = []
        self._cells: list[RecurrentCell] = []
        self._steps: list[
            tuple[RecurrentCell, list[Array], list[Array], Array, list[Hold | Steer]]
        ] = []
        self._readout_only: list[Hold | Steer] = []
        for layer in folded.layers:
            x = aligned((groups, rows, folded.padded + 1))
            x[..., -1] = 1
            recurrent = aligned((len(layer.recurrent), groups, rows, layer.recurrent.shape[2]))
            following = aligned((len(layer.following), groups, rows, layer.following.shape[2]))
            own = [x[None], layer.recurrent[:, None], recurrent]
            above = [x[None], layer.following[:, None], following]
            if layer is not folded.layers[-1]:
                following = _by_gate(following, gates)
            hidden = x[..., :-1].reshape(groups, rows, -1, width).transpose(2, 0, 1, 3)
            cell = CELLS[config.cell](_by_gate(recurrent, gates), hidden)
            self._hidden.append(hidden)
            self._cells.append(cell)
            self._steps.append((cell, own, above, following, []))
        self._given = self._looked_up.reshape(gates)
        self._readout = following.transpose(1, 2, 0, 3)  # (groups, rows, panels, wide)
        self._gathered = aligned(self._readout.shape)
        self._logits = self._gathered.reshape(groups * rows, -1)[:batch, :symbols]
        self._scaled_bias = folded.scaled_bias
        self.buffers = Buffers(self._hidden, self._cells, batch, config.hidden_size)
        if state is not None:
            self.load(state)

    def feed(self, ids: Array) -> Array:
        """Read one symbol a song, ids (B,); return logits (B, V), valid until the next call."""
        self._ids.reshape(-1)[: self.batch] = ids
        self._table.take(self._ids, 1, self._looked_up, "clip")
        given = self._given
        for cell, own, above, following, held in self._steps:
            np.matmul(*own)
            cell(given)
            for hold in held:
                hold()
            np.matmul(*above)
            given = following
        self._gathered[...] = self._readout
        if self._scaled_bias is not None:
            H = self._config.hidden_size
            last = self._hidden[-1]  # (panels, groups, rows, width), the padded units 0
            mean = last.sum(axis=(0, 3)) / H
            spread = np.sqrt((last * last).sum(axis=(0, 3)) / H - mean * mean + EPSILON)
            self._logits /= spread.reshape(-1, 1)[: self.batch]
            self._logits += self._scaled_bias
        for hold in self._readout_only:
            hold.restore()
        return self._logits

    def hold(self, interventions: Sequence[Sequence[Change]]) -> None:
        """From the next symbol on do these interventions, a sequence for each of the B songs.

        They take the place of those before. Raises ValueError for units that are not there.
        """
        if len(interventions) != self.batch:
            raise ValueError(f"{self.batch} songs need as many interventions")
        for layer, (cell, *_, held) in enumerate(self._steps):
            hidden = self._hidden[layer]
            held[:] = holds(
                self._config, layer, cell, hidden, interventions, rows_of_a_group=hidden.shape[2]
            )
        # Each hold keeps what it found, so they are undone the last one first.
        self._readout_only = [
            hold for *_, held in self._steps for hold in reversed(held) if hold.readout_only
        ]

    def held(self, layer: int) -> Sequence[Hold | Steer]:
        """What is held in a layer, to be given other values."""
        return self._steps[layer][-1]

    def load(self, state: State, rows: Array | slice = slice(None)) -> None:
        """Let the songs `rows` continue from `state` (L, n, H), of which a copy is taken."""
        self.buffers.write(state, np.arange(self.batch)[rows])

    def state(self) -> State:
        """A copy of its memory, (L, B, H)."""
        return self.buffers.state()

    def values(self, quantity: str, layer: int, unit: int | Array | None = None) -> Array:
        """As Buffers.values: (B,) of a unit, (B, n) of several, (B, H) of all."""
        return self.buffers.values(quantity, layer, unit)


def _by_gate(sums: Array, gates: tuple[int, ...]) -> Array:
    """A view of sums (panels, groups, rows, columns) as (blocks, panels, groups, rows, width)."""
    panels, groups, rows, columns = sums.shape
    width = gates[-1]
    parts = sums.reshape(panels, groups, rows, columns // width, width)
    view = parts.transpose(0, 3, 1, 2, 4).reshape(gates)
    assert np.shares_memory(view, sums)
    return view


def _grouped(batch: int, folded: FoldedWeights) -> tuple[int, int]:
    """(groups, rows of a group): together at least `batch`."""
    if not multiplies_directly():
        return 1, batch
    widest = max(max(la.recurrent.shape[2], la.following.shape[2]) for la in folded.layers)
    rows = min(ROWS, DIRECT_LIMIT // ((folded.padded + 1) * widest))
    rows = max(2, min(rows, batch))
    return -(-batch // rows), rows
