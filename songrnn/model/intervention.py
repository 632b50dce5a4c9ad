"""Holding units at a value while a network reads: what happens when a neuron is switched off.

An Intervention says which units, at what value and where; `Hold` does it inside a stepper, whose
buffers it reaches by indices. It knows nothing of what the units mean.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from songrnn.cells import CELLS
from songrnn.cells.cell import Array, RecurrentCell
from songrnn.config import ModelConfig
from songrnn.model.steering import Steer, Steering, steers

Held = Literal["hidden", "cell"]
Place = Literal["recurrence", "readout"]


@dataclass(frozen=True)
class Intervention:
    """Units `neurons` of `layer`, both counted from 0, held at `values` after every symbol.

    quantity: "hidden", or "cell" where there is a cell state: the hidden state
    then is what the cell makes of that value.
    place: "recurrence" changes what the network remembers and all that follows from it; "readout"
    only what the layer above, or the readout, sees: the memory stays as it was.
    """

    quantity: Held
    layer: int
    neurons: tuple[int, ...]
    values: tuple[float, ...]
    place: Place = "recurrence"

    def __post_init__(self) -> None:
        """Raise ValueError unless there is one value a neuron and no neuron twice."""
        if len(self.neurons) != len(self.values):
            raise ValueError(f"{len(self.neurons)} neurons need as many values")
        if len(set(self.neurons)) != len(self.neurons):
            raise ValueError("a neuron is held once")

    def check(self, config: ModelConfig) -> None:
        """Raise ValueError when a network of that shape has no such units."""
        if self.quantity == "cell" and not CELLS[config.cell].has_cell_state:
            raise ValueError(f"{CELLS[config.cell].title} has no cell state; hold its hidden state")
        if not 0 <= self.layer < config.layers:
            raise ValueError(f"layers go from 0 to {config.layers - 1}; got {self.layer}")
        wrong = [n for n in self.neurons if not 0 <= n < config.hidden_size]
        if wrong:
            raise ValueError(f"neurons go from 0 to {config.hidden_size - 1}; got {wrong[0]}")


# What a network can be asked to do at every symbol.
Change = Intervention | Steering


class Hold:
    """Does one kind of intervention in one layer of a stepper, for all its songs together.

    at: indices into the layer's buffers; values: (n,), one for each place. songs, neurons: (n,)
    whose and which unit each place is.
    """

    def __init__(
        self,
        quantity: Held,
        place: Place,
        cell: RecurrentCell,
        hidden: Array,
        at: tuple[Array, ...],
        values: Array,
        *,
        songs: Array,
        neurons: Array,
    ) -> None:
        self._hidden, self._at = hidden, at
        self._cell = cell if quantity == "cell" else None
        self.quantity, self.songs, self.neurons = quantity, songs, neurons
        self.readout_only = place == "readout"
        self.put(values)
        self._own = self._values

    def put(self, values: Array) -> None:
        """Hold other values (n,) from the next symbol on."""
        self._values = values.astype(np.float32)
        if self._cell is not None:
            self._squashed = np.tanh(self._values)

    def __call__(self) -> None:
        """Put the values in place of what the cell has just computed."""
        hidden, at, cell = self._hidden, self._at, self._cell
        if self.readout_only:
            self._own = hidden[at]
        if cell is None:
            hidden[at] = self._values
            return
        hidden[at] = cell.hidden_if(self._squashed, at)
        if not self.readout_only:
            cell.cell[at] = self._values

    def restore(self) -> None:
        """Undo what only the readout was to see, once it has."""
        if self.readout_only:
            self._hidden[self._at] = self._own


def holds(
    config: ModelConfig,
    layer: int,
    cell: RecurrentCell,
    hidden: Array,
    interventions: Sequence[Sequence[Change]],
    rows_of_a_group: int | None = None,
) -> list[Hold | Steer]:
    """The Holds of one layer, given one sequence of interventions for each song; what steers its
    state comes before what holds units of it.

    hidden: (panels, width) of one song, or (panels, groups, rows, width) of many, when
    rows_of_a_group is its third length. Of two interventions on a unit the later one counts.
    Raises ValueError for units that are not there.
    """
    width = hidden.shape[-1]
    wanted: dict[tuple[Held, Place], dict[tuple[int, int], float]] = {}
    for song, each in enumerate(interventions):
        for one in each:
            one.check(config)
            if isinstance(one, Intervention) and one.layer == layer:
                kind = wanted.setdefault((one.quantity, one.place), {})
                kind |= {(song, n): v for n, v in zip(one.neurons, one.values, strict=True)}
    found: list[Hold | Steer] = [*steers(config, layer, cell, hidden, interventions)]
    # A hidden state is held over what its cell makes of it, the readout's view over everything.
    order = sorted(wanted, key=lambda kind: (kind[1] == "readout", kind[0] == "hidden"))
    for quantity, place in order:
        units = wanted[quantity, place]
        songs, neurons = np.array(list(units), np.intp).reshape(-1, 2).T
        panel, column = np.divmod(neurons, width)
        at: tuple[Array, ...] = (panel, column)
        if rows_of_a_group is not None:
            group, row = np.divmod(songs, rows_of_a_group)
            at = (panel, group, row, column)
        values = np.array(list(units.values()), np.float32)
        hold = Hold(quantity, place, cell, hidden, at, values, songs=songs, neurons=neurons)
        found.append(hold)
    return found
