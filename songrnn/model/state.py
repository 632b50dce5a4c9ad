"""What a network remembers between two symbols: one type for all cells."""

from dataclasses import dataclass
from typing import Self

import numpy as np

from songrnn.cells import CELLS
from songrnn.config import ModelConfig


@dataclass(frozen=True)
class State:
    """hidden (L, B, H) and, of a cell that has one, the cell state (L, B, H), in float32."""

    hidden: np.ndarray
    cell: np.ndarray | None = None

    @classmethod
    def zeros(cls, config: ModelConfig, batch: int = 1) -> Self:
        """The state before anything was read."""
        shape = (config.layers, batch, config.hidden_size)
        cell = np.zeros(shape, np.float32) if CELLS[config.cell].has_cell_state else None
        return cls(np.zeros(shape, np.float32), cell)

    @property
    def batch(self) -> int:
        """How many songs it remembers side by side."""
        return self.hidden.shape[1]

    def copy(self) -> Self:
        """The same memory in arrays of its own."""
        cell = None if self.cell is None else self.cell.copy()
        return type(self)(self.hidden.copy(), cell)

    def rows(self, rows: np.ndarray) -> Self:
        """The memory of some songs: rows is an array of indices or a mask, (n,) or (B,)."""
        cell = None if self.cell is None else self.cell[:, rows]
        return type(self)(self.hidden[:, rows], cell)
