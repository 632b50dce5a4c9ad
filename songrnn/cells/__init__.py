"""Recurrent cells, a module each. This is where a cell is registered; everyone else asks CELLS.

A cell's module says all there is to know of it: its gates, in which order torch stacks them, its
sums in numpy, its layer in torch, and what it shows while it reads.
"""

from songrnn.cells.cell import HIDDEN, Quantity, RecurrentCell
from songrnn.cells.gru import Gru
from songrnn.cells.lstm import Lstm
from songrnn.cells.rnn import Rnn

# By the name that settings, run names and files use.
CELLS: dict[str, type[RecurrentCell]] = {cell.name: cell for cell in (Lstm, Gru, Rnn)}

# Everything that some cell shows, by name.
QUANTITIES: dict[str, Quantity] = {
    quantity.name: quantity
    for quantity in (HIDDEN, *(shown for cell in CELLS.values() for shown in cell.quantities))
}
