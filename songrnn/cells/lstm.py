"""LSTM: Hochreiter & Schmidhuber 1997 with the forget gate of Gers et al. 2000.

c' = f·c + i·g,  h' = o·tanh(c').
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from songrnn.cells.cell import CANDIDATE, CELL, HALF, Array, Quantity, RecurrentCell, aligned


class Lstm(RecurrentCell):
    """The cell with a memory of its own, the cell state."""

    name = "lstm"
    title = "LSTM"
    blocks = ("input_gate", "forget_gate", "output_gate", "candidate")
    sigmoids = 3
    stacked = ("input_gate", "forget_gate", "candidate", "output_gate")
    # A forget gate that starts open lets gradients through from the first step.
    starts_open = "forget_gate"
    quantities = (
        Quantity("input_gate", "Input gate", "How much of the candidate is let in, 0 to 1.", True),
        Quantity("forget_gate", "Forget gate", "How much of the memory is kept, 0 to 1.", True),
        Quantity("output_gate", "Output gate", "How much of the memory is shown, 0 to 1.", True),
        CANDIDATE,
        CELL,
    )
    has_cell_state = True

    def __init__(self, recurrent: Array, hidden: Array) -> None:
        shape = recurrent.shape[1:]
        self.values = aligned((5, *shape))
        self._recurrent, self._hidden = recurrent, hidden
        self._sums, self._gates = self.values[:4], self.values[:3]
        # Neighbours in memory, so that i·g and f·c are one product.
        self._input_and_forget, self._candidate_and_cell = self.values[:2], self.values[3:]
        self._output, self.cell = self.values[2], self.values[4]
        self._products = aligned((2, *shape))
        self._new, self._kept = self._products
        self._squashed = self._new

    def __call__(self, given: Array) -> None:
        np.add(self._recurrent, given, self._sums)
        np.tanh(self._sums, self._sums)
        np.multiply(self._gates, HALF, self._gates)
        np.add(self._gates, HALF, self._gates)
        np.multiply(self._input_and_forget, self._candidate_and_cell, self._products)
        np.add(self._new, self._kept, self.cell)
        np.tanh(self.cell, self._squashed)
        np.multiply(self._output, self._squashed, self._hidden)

    def hidden_if(self, squashed: Array, at: tuple[Array, ...]) -> Array:
        return self._output[at] * squashed

    @staticmethod
    def torch_layer() -> Callable[..., Any]:
        from torch import nn

        return nn.LSTM
