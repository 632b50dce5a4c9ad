"""What cells say of themselves holds together, whichever are registered."""

import re

import numpy as np
import pytest

from songrnn.cells import CELLS, HIDDEN, QUANTITIES
from songrnn.cells.cell import CELL, RecurrentCell


@pytest.mark.parametrize("cell", CELLS.values(), ids=CELLS)
def test_a_cell_stacks_the_blocks_that_it_takes(cell: type[RecurrentCell]) -> None:
    assert sorted(cell.stacked) == sorted(cell.blocks)
    assert cell.sigmoids <= len(cell.blocks)
    assert cell.unfolded <= set(cell.blocks)
    assert cell.starts_open is None or cell.starts_open in cell.blocks[: cell.sigmoids]


@pytest.mark.parametrize(("name", "cell"), CELLS.items(), ids=CELLS)
def test_a_cell_has_a_name_that_run_names_can_begin_with(
    name: str, cell: type[RecurrentCell]
) -> None:
    assert name == cell.name
    # What follows a hyphen in a run's name is its size.
    assert re.fullmatch("[a-z][a-z0-9]*", name)


@pytest.mark.parametrize("cell", CELLS.values(), ids=CELLS)
def test_a_cell_shows_a_value_for_every_quantity_it_names(cell: type[RecurrentCell]) -> None:
    made = cell(np.zeros((len(cell.blocks), 3), np.float32), np.zeros(3, np.float32))
    assert len(made.values) == len(cell.quantities)
    assert ("cell" in [quantity.name for quantity in cell.quantities]) == cell.has_cell_state


def test_a_quantity_means_the_same_in_every_cell() -> None:
    for cell in CELLS.values():
        for quantity in cell.quantities:
            assert QUANTITIES[quantity.name] == quantity
    assert QUANTITIES["hidden"] is HIDDEN
    assert QUANTITIES["cell"] is CELL


@pytest.mark.parametrize("cell", CELLS.values(), ids=CELLS)
def test_gates_are_shares_and_the_hidden_state_is_bounded(cell: type[RecurrentCell]) -> None:
    rng = np.random.default_rng(0)
    recurrent = rng.normal(0, 3, (len(cell.blocks), 50)).astype(np.float32)
    hidden = np.zeros(50, np.float32)
    made = cell(recurrent, hidden)
    for _ in range(20):
        made(rng.normal(0, 3, recurrent.shape).astype(np.float32))
        for quantity, values in zip(cell.quantities, made.values, strict=True):
            assert not quantity.is_gate or (values.min() >= 0 and values.max() <= 1)
        assert np.abs(hidden).max() <= 1
