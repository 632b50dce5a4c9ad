"""What happens inside a cell once its sums are formed: LSTM, GRU and tanh RNN in numpy.

A cell owns views of buffers and overwrites them at each call; nothing is allocated. It knows
neither weights nor layers. `*S` is whatever shape one gate has for the caller: (H,) for one song,
(panels, groups, rows, width) for a batch.
`blocks` are its sums in their order here, of which the first `sigmoids` pass σ; `values`
(quantities, *S) shows what it computed on the way, named by `quantities`.

    recurrent (blocks, *S)  what the hidden state adds to each gate; written by the caller
    given     (blocks, *S)  what the input adds to each gate, biases included
    hidden    (*S)          the output: this step's hidden state, replacing the last one

σ(x) is ½ tanh(½x) + ½, so that all gates of a cell take one call of tanh. The caller has halved
the sums of the sigmoid gates already, by halving their weights.
"""

import numpy as np

from songrnn.config import Cell

Array = np.ndarray

# An array, as numpy converts a plain number at every call.
_HALF = np.array(0.5, np.float32)


class Lstm:
    """Hochreiter & Schmidhuber 1997 with the forget gate of Gers et al. 2000.

    c' = f·c + i·g,  h' = o·tanh(c').
    """

    blocks = ("input_gate", "forget_gate", "output_gate", "candidate")
    sigmoids = 3
    quantities = (*blocks, "cell")

    def __init__(self, recurrent: Array, hidden: Array) -> None:
        shape = recurrent.shape[1:]
        self.values = aligned((5, *shape))
        self._recurrent, self._hidden = recurrent, hidden
        self._sums, self._gates = self.values[:4], self.values[:3]
        # Neighbours in memory, so that i·g and f·c are one product.
        self._input_and_forget, self._candidate_and_cell = self.values[:2], self.values[3:]
        self.output, self.cell = self.values[2], self.values[4]
        self._products = aligned((2, *shape))
        self._new, self._kept = self._products
        self._squashed = self._new

    def __call__(self, given: Array) -> None:
        np.add(self._recurrent, given, self._sums)
        np.tanh(self._sums, self._sums)
        np.multiply(self._gates, _HALF, self._gates)
        np.add(self._gates, _HALF, self._gates)
        np.multiply(self._input_and_forget, self._candidate_and_cell, self._products)
        np.add(self._new, self._kept, self.cell)
        np.tanh(self.cell, self._squashed)
        np.multiply(self.output, self._squashed, self._hidden)


class Gru:
    """Cho et al. 2014 in the form torch and cuDNN compute.

    n = tanh(given + r·recurrent),  h' = n + u·(h − n). The recurrent bias of the candidate stays
    inside the reset gate, so it is part of `recurrent` and cannot be folded into `given`.
    """

    blocks = ("reset_gate", "update_gate", "candidate")
    sigmoids = 2
    quantities = blocks

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
        np.multiply(self._gates, _HALF, self._gates)
        np.add(self._gates, _HALF, self._gates)
        np.multiply(self._reset, self._recurrent_candidate, self._candidate)
        np.add(self._candidate, given[2], self._candidate)
        np.tanh(self._candidate, self._candidate)
        np.subtract(self._hidden, self._candidate, self._change)
        np.multiply(self._update, self._change, self._change)
        np.add(self._candidate, self._change, self._hidden)


class Rnn:
    """Elman 1990: h' = tanh(given + recurrent). It has no gates to show."""

    blocks = ("hidden",)
    sigmoids = 0
    quantities = ()

    def __init__(self, recurrent: Array, hidden: Array) -> None:
        self.values = aligned((0, *recurrent.shape[1:]))
        self._recurrent, self._hidden = recurrent[0], hidden
        self._sums = aligned(recurrent.shape[1:])

    def __call__(self, given: Array) -> None:
        np.add(self._recurrent, given[0], self._sums)
        np.tanh(self._sums, self._hidden)


CellMaths = Lstm | Gru | Rnn

CELLS: dict[Cell, type[CellMaths]] = {"lstm": Lstm, "gru": Gru, "rnn": Rnn}


def aligned(shape: tuple[int, ...]) -> Array:
    """Zeros in float32 that begin on a cache line: products run up to a third faster."""
    size = 4 * int(np.prod(shape))
    raw = np.zeros(size + 64, np.uint8)
    start = -raw.ctypes.data % 64
    return raw[start : start + size].view(np.float32).reshape(shape)
