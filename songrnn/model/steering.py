"""Steering: holding one direction of a state at a value while a network reads or composes.

Where an Intervention fixes single units, a Steering moves a whole layer's state along `moves` until
what `reads` reads off it is the target: a property that many units hold together.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from songrnn.cells import CELLS
from songrnn.cells.cell import Array, RecurrentCell
from songrnn.config import ModelConfig

if TYPE_CHECKING:
    from songrnn.model.intervention import Held


@dataclass(frozen=True, eq=False)
class Steering:
    """After every symbol, state += (target − reads · state) · moves.

    quantity: "hidden", or "cell" where there is a cell state, which is then steered before its
    tanh. layer counts from 0; reads, moves: (H,).
    """

    quantity: "Held"
    layer: int
    reads: Array
    moves: Array
    target: float

    def check(self, config: ModelConfig) -> None:
        """Raise ValueError when a network of that shape has no such state."""
        if self.quantity == "cell" and not CELLS[config.cell].has_cell_state:
            raise ValueError(
                f"{CELLS[config.cell].title} has no cell state; steer its hidden state"
            )
        if not 0 <= self.layer < config.layers:
            raise ValueError(f"layers go from 0 to {config.layers - 1}; got {self.layer}")
        if not len(self.reads) == len(self.moves) == config.hidden_size:
            raise ValueError(f"a direction of {config.hidden_size} units has as many numbers")


class Steer:
    """Does one Steering in one layer of a stepper, for the songs that have it.

    hidden: (panels, width) of one song, or (panels, groups, rows, width) of many.
    """

    readout_only = False

    def __init__(
        self, steering: Steering, cell: RecurrentCell, hidden: Array, songs: Sequence[int]
    ) -> None:
        self.quantity = steering.quantity
        self._hidden, self._target = hidden, np.float32(steering.target)
        self._cell = cell if steering.quantity == "cell" else None
        panels, width = hidden.shape[0], hidden.shape[-1]
        padded = np.zeros((2, panels * width), np.float32)
        padded[:, : len(steering.reads)] = steering.reads, steering.moves
        shape = (panels, *(1,) * (hidden.ndim - 2), width)
        self._reads, self._moves = (row.reshape(shape) for row in padded)
        if hidden.ndim == 4:
            _, groups, rows, _ = hidden.shape
            chosen = np.zeros(groups * rows, np.float32)
            chosen[list(songs)] = 1
            self._moves = self._moves * chosen.reshape(1, groups, rows, 1)

    def __call__(self) -> None:
        """Move what the cell has just computed."""
        state = self._hidden if self._cell is None else self._cell.cell
        read = (state * self._reads).sum(axis=(0, -1), keepdims=True)
        state += (self._target - read) * self._moves
        if self._cell is not None:
            self._hidden[...] = self._cell.hidden_if(np.tanh(state), ())

    def restore(self) -> None:
        """Nothing: what is steered stays."""


def steers(
    config: ModelConfig,
    layer: int,
    cell: RecurrentCell,
    hidden: Array,
    interventions: Sequence[Sequence[object]],
) -> list[Steer]:
    """The Steers of one layer, those of the cell state first. Raises ValueError as `check`."""
    wanted: dict[int, tuple[Steering, list[int]]] = {}
    for song, each in enumerate(interventions):
        for one in each:
            if isinstance(one, Steering):
                one.check(config)
                if one.layer == layer:
                    wanted.setdefault(id(one), (one, []))[1].append(song)
    order = sorted(wanted.values(), key=lambda found: found[0].quantity == "hidden")
    return [Steer(one, cell, hidden, songs) for one, songs in order]
