"""The plain recurrent cell: Elman 1990, h' = tanh(given + recurrent). It has no gates to show."""

from collections.abc import Callable
from typing import Any

import numpy as np

from songrnn.cells.cell import Array, RecurrentCell, aligned


class Rnn(RecurrentCell):
    """The tanh RNN."""

    name = "rnn"
    title = "RNN"
    blocks = ("hidden",)
    stacked = blocks

    def __init__(self, recurrent: Array, hidden: Array) -> None:
        self.values = aligned((0, *recurrent.shape[1:]))
        self._recurrent, self._hidden = recurrent[0], hidden
        self._sums = aligned(recurrent.shape[1:])

    def __call__(self, given: Array) -> None:
        np.add(self._recurrent, given[0], self._sums)
        np.tanh(self._sums, self._hidden)

    @staticmethod
    def torch_layer() -> Callable[..., Any]:
        from torch import nn

        return nn.RNN
