"""GRU: Cho et al. 2014 in the form torch and cuDNN compute.

n = tanh(given + r·recurrent),  h' = n + u·(h − n). The recurrent bias of the candidate stays
inside the reset gate, so it is part of `recurrent` and cannot be folded into `given`.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from songrnn.cells.cell import CANDIDATE, HALF, Array, Quantity, RecurrentCell, aligned


class Gru(RecurrentCell):
    """The cell that keeps or replaces its hidden state, unit by unit."""

    name = "gru"
    title = "GRU"
    blocks = ("reset_gate", "update_gate", "candidate")
    sigmoids = 2
    stacked = blocks
    unfolded = frozenset({"candidate"})
    quantities = (
        Quantity("reset_gate", "Reset gate", "How much of the past the candidate sees, 0 to 1.", True),
        Quantity("update_gate", "Update gate", "How much of the old state is kept, 0 to 1.", True),
        CANDIDATE,
    )  # fmt: skip

    def __init__(self, recurrent: Array, hidden: Array) -> None:
        self.values = aligned(recurrent.shape)
        self._hidden = hidden
        self._recurrent_gates, self._recurrent_candidate = recurrent[:2], recurrent[2]
        self._gates = self.values[:2]
        self._reset, self._update, self._candidate = self.values
        self._change = aligned(recurrent.shape[1:])

    def __call__(self, given: Array) -> None:
        np.add(self._recurrent_gates, given[:2], self._gates)
        np.tanh(self._gates, self._gates)
        np.multiply(self._gates, HALF, self._gates)
        np.add(self._gates, HALF, self._gates)
        np.multiply(self._reset, self._recurrent_candidate, self._candidate)
        np.add(self._candidate, given[2], self._candidate)
        np.tanh(self._candidate, self._candidate)
        np.subtract(self._hidden, self._candidate, self._change)
        np.multiply(self._update, self._change, self._change)
        np.add(self._candidate, self._change, self._hidden)

    @staticmethod
    def torch_layer() -> Callable[..., Any]:
        from torch import nn

        return nn.GRU
