"""What a stepper's cells have just computed, read in plain order whatever its layout in memory.

Units lie in panels of a width, songs in groups of rows, both padded: (panels, groups, rows, width).
Nobody outside this package has to know; ask for songs × units.

B songs, L layers, H units.
"""

from collections.abc import Sequence

import numpy as np

from songrnn.cells.cell import HIDDEN, Array, RecurrentCell
from songrnn.model.state import State


class Buffers:
    """Views of the memory of B songs side by side, layer by layer.

    hidden: L arrays (panels, groups, rows, width); cells: those that fill them.
    """

    def __init__(
        self, hidden: Sequence[Array], cells: Sequence[RecurrentCell], batch: int, units: int
    ) -> None:
        self.batch, self.units = batch, units
        self._hidden = list(hidden)
        shape = hidden[0].shape
        # (quantities, panels, groups, rows, width) of each layer
        self._shown = [cell.values.reshape(len(cell.values), *shape) for cell in cells]
        self._memory = [cell.cell.reshape(shape) for cell in cells if cell.has_cell_state]
        self._by_name: dict[str, list[Array]] = {HIDDEN.name: self._hidden}
        for k, quantity in enumerate(cells[0].quantities):
            self._by_name[quantity.name] = [values[k] for values in self._shown]

    def values(self, quantity: str, layer: int, unit: int | np.ndarray | None = None) -> Array:
        """A quantity of one layer after the last symbol: (B,) of a unit, (B, n) of several.

        unit: an index, an array of n indices, or None for all H. What is returned may be a view
        that the next step overwrites. Raises ValueError when there is no such quantity or layer.
        """
        try:
            buffer = self._by_name[quantity][layer]
        except (KeyError, IndexError):
            raise ValueError(
                f"There is no {quantity} in layer {layer}; there are "
                f"{', '.join(self._by_name)} in layers 0 to {len(self._hidden) - 1}."
            ) from None
        if unit is None:
            panels, groups, rows, width = buffer.shape
            plain = buffer.transpose(1, 2, 0, 3).reshape(groups * rows, panels * width)
            return plain[: self.batch, : self.units]
        panel, column = np.divmod(unit, buffer.shape[-1])
        if np.ndim(unit) == 0:
            return buffer[panel, :, :, column].reshape(-1)[: self.batch]
        chosen = buffer[panel, :, :, column]  # (n, groups, rows)
        return chosen.reshape(len(chosen), -1).T[: self.batch]

    def state(self) -> State:
        """A copy of what is remembered, (L, B, H)."""
        hidden = self._plain(self._hidden)
        return State(hidden, self._plain(self._memory) if self._memory else None)

    def write(self, state: State, songs: Array) -> None:
        """Put `state` (L, n, H) in place of what the songs (n,) remember."""
        for layer, hidden in enumerate(self._hidden):
            _write(hidden, songs, state.hidden[layer])
            if self._memory and state.cell is not None:
                _write(self._memory[layer], songs, state.cell[layer])

    def recording(self, steps: int) -> "Recording":
        """Room for everything of so many steps."""
        return Recording(self, steps)

    def _plain(self, buffers: Sequence[Array]) -> Array:
        """Copy L buffers (·, panels, groups, rows, width) to (L, ·, B, H); leading axes stay."""
        stack = np.stack(buffers)
        *leading, panels, groups, rows, width = stack.shape
        stack = np.moveaxis(stack, -4, -2)  # (L, ·, groups, rows, panels, width)
        stack = stack.reshape(*leading, groups * rows, panels * width)
        return np.ascontiguousarray(stack[..., : self.batch, : self.units])


class Recording:
    """All quantities of all layers, step after step, put in plain order once at the end."""

    def __init__(self, buffers: Buffers, steps: int) -> None:
        self._buffers = buffers
        self._sources = [*buffers._hidden, *buffers._shown]
        self._noted = [np.empty((steps, *source.shape), np.float32) for source in self._sources]
        self._steps = 0

    def note(self) -> None:
        """Copy what the step just done has computed."""
        for noted, source in zip(self._noted, self._sources, strict=True):
            noted[self._steps] = source
        self._steps += 1

    def quantities(self) -> dict[str, Array]:
        """Name -> (L, B, T, H)."""
        L = len(self._noted) // 2
        hidden, shown = self._noted[:L], self._noted[L:]
        plain = self._buffers._plain
        found = {HIDDEN.name: plain(hidden).swapaxes(1, 2)}
        names = [name for name in self._buffers._by_name if name != HIDDEN.name]
        for k, name in enumerate(names):
            found[name] = plain([values[:, k] for values in shown]).swapaxes(1, 2)
        return found


def _write(buffer: Array, songs: Array, values: Array) -> None:
    """values (n, H) into rows of a buffer (panels, groups, rows, width), the padding set to 0."""
    panels, _, rows, width = buffer.shape
    padded = np.zeros((len(songs), panels, width), np.float32)
    padded.reshape(len(songs), -1)[:, : values.shape[1]] = values
    group, row = np.divmod(songs, rows)
    buffer[:, group, row] = padded.transpose(1, 0, 2)
