"""What every recurrent cell says of itself, and how it is asked for its sums.

A cell owns views of buffers and overwrites them at each call; nothing is allocated. It knows
neither weights nor layers. `*S` is whatever shape one gate has for the caller: (panels, width) for
one song, (panels, groups, rows, width) for a batch.

σ(x) is ½ tanh(½x) + ½, so that all gates of a cell take one call of tanh. The caller has halved
the sums of the sigmoid gates already, by halving their weights.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

Array = np.ndarray

# An array, as numpy converts a plain number at every call.
HALF = np.array(0.5, np.float32)


@dataclass(frozen=True)
class Quantity:
    """Something a cell computes at every symbol, as a page names and explains it.

    is_gate: it lies between 0 and 1, a share of something; else it is signed.
    """

    name: str
    title: str
    meaning: str
    is_gate: bool = False


# What every cell has.
HIDDEN = Quantity("hidden", "Hidden state", "The layer's output, between −1 and 1.")
CANDIDATE = Quantity("candidate", "Candidate", "What would be written, between −1 and 1.")
# What every cell with a cell state shows of it; `values` holds it as it is, readers take the tanh.
CELL = Quantity("cell", "Cell state (tanh)", "The cell's memory, through tanh: between −1 and 1.")


class RecurrentCell:
    """One layer's step from the sums of its gates to its hidden state, in numpy.

    name: as settings, run names and files have it, small letters and digits alone; title: as
    people read it.
    blocks: its sums, in the order in which it takes them; the first `sigmoids` of them are gates
    that pass σ.
    stacked: the same blocks in the order of torch's parameters, where each is H rows.
    unfolded: blocks whose recurrent bias must stay with the recurrent sum, because the cell
    multiplies that sum; all other biases are added to the input's sum beforehand.
    starts_open: the gate whose bias begins at 1, so that a fresh network remembers; None for none.
    quantities: what `values` holds, one after the other. A name means the same in every cell.
    has_cell_state: whether it remembers `cell` besides its hidden state; then CELL is among its
    quantities, `cell` is that part of `values`, and `hidden_if` is its own.
    """

    name: ClassVar[str]
    title: ClassVar[str]
    blocks: ClassVar[tuple[str, ...]]
    sigmoids: ClassVar[int] = 0
    stacked: ClassVar[tuple[str, ...]]
    unfolded: ClassVar[frozenset[str]] = frozenset()
    starts_open: ClassVar[str | None] = None
    quantities: ClassVar[tuple[Quantity, ...]] = ()
    has_cell_state: ClassVar[bool] = False

    values: Array  # (quantities, *S)
    cell: Array  # (*S), where has_cell_state

    def __init__(self, recurrent: Array, hidden: Array) -> None:
        """recurrent (blocks, *S): what the hidden state adds to each block, written by the caller
        before each step. hidden (*S): the hidden state, replaced by each step."""
        raise NotImplementedError

    def __call__(self, given: Array) -> None:
        """Take a step; given (blocks, *S): what the input adds to each block, with the biases."""
        raise NotImplementedError

    def hidden_if(self, squashed: Array, at: tuple[Array, ...]) -> Array:
        """The hidden state of the units `at` (n,), were tanh of their cell state `squashed`."""
        raise TypeError(f"{self.title} has no cell state")

    @staticmethod
    def torch_layer() -> Callable[..., Any]:
        """What makes its layer in torch: called as torch.nn.LSTM is."""
        raise NotImplementedError


def aligned(shape: tuple[int, ...]) -> Array:
    """Zeros in float32 that begin on a cache line: products run up to a third faster."""
    size = 4 * int(np.prod(shape))
    raw = np.zeros(size + 64, np.uint8)
    start = -raw.ctypes.data % 64
    return raw[start : start + size].view(np.float32).reshape(shape)
